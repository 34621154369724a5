//! Every route with who may use it: one table, from which the doors, their description and their test are made.

use std::sync::Arc;

use axum::routing::{MethodRouter, delete, get, head, options, patch, post, put};
use hudang_archive::{
    Access, Account, Act, ContractProposal, Count, Household, HouseholdLike, Lift, NewAccount, Organisation,
    Recount, Return, VisitRow,
};
use hudang_contract::contract::{Quantity, Terms};
use hudang_evidence::id::ContractId;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use crate::health::{Live, Ready};
use crate::message::{
    Code, ContractVersion, ContractWriting, HouseholdFile, Job, MadeSlip, Named, NewAssignments, NewCode,
    NewConfirmation, NewHouseholds, NewLift, NewPublication, NewReturn, NewSlip, NewTeamLift, NewToken,
    NewWhy, Page, Phone, PublishedForm, Reason, SlipToUse, VisitFile, VisitShown, Written,
};
use crate::shared::Shared;
use crate::{health, office, openapi, phone};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anyone; nothing secret is answered.
    Anyone,
    /// An enrolled phone, by its signature.
    Phone,
    /// Someone of an office, by a token whose role may do this.
    Office(Act),
}

/// What a body is.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    /// JSON, with what describes it.
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// Text of this content type, described in `docs/http.md`.
    Text(&'static str),
    /// Bytes of this content type.
    Bytes(&'static str),
}

/// One route.
pub struct Route {
    /// The method in capitals.
    pub method: &'static str,
    /// The path, with `{names}` of its parts.
    pub path: &'static str,
    /// Who may use it.
    pub who: Who,
    /// What it is for.
    pub summary: &'static str,
    /// The body that it takes, if it takes one.
    pub takes: Option<Body>,
    /// What it answers, unless that is nothing.
    pub gives: Option<Body>,
    /// Status when all is well.
    pub status: u16,
    /// Parameters after the `?`.
    pub query: &'static [&'static str],
    pub(crate) handler: fn() -> MethodRouter<Arc<Shared>>,
}

const NOTE: Option<Body> = Some(Body::Text("text/plain; charset=utf-8"));
const SYNC: Option<Body> = Some(Body::Bytes(hudang_sync::wire::CONTENT_TYPE));
const PIECE: Option<Body> = Some(Body::Bytes("application/offset+octet-stream"));

/// A JSON body of this type.
const fn json<T: JsonSchema>() -> Body {
    Body::Json(SchemaGenerator::subschema_for::<T>)
}

const fn open<T: JsonSchema>(
    path: &'static str,
    summary: &'static str,
    handler: fn() -> MethodRouter<Arc<Shared>>,
) -> Route {
    Route {
        method: "GET",
        path,
        who: Who::Anyone,
        summary,
        takes: None,
        gives: Some(json::<T>()),
        status: 200,
        query: &[],
        handler,
    }
}

const fn signed(
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    status: u16,
    handler: fn() -> MethodRouter<Arc<Shared>>,
) -> Route {
    Route {
        method,
        path,
        who: Who::Phone,
        summary,
        takes: None,
        gives: None,
        status,
        query: &[],
        handler,
    }
}

const fn asks<T: JsonSchema>(
    path: &'static str,
    act: Act,
    summary: &'static str,
    query: &'static [&'static str],
    handler: fn() -> MethodRouter<Arc<Shared>>,
) -> Route {
    Route {
        method: "GET",
        path,
        who: Who::Office(act),
        summary,
        takes: None,
        gives: Some(json::<T>()),
        status: 200,
        query,
        handler,
    }
}

const fn tells<I: JsonSchema, O: JsonSchema>(
    method: &'static str,
    path: &'static str,
    act: Act,
    summary: &'static str,
    status: u16,
    handler: fn() -> MethodRouter<Arc<Shared>>,
) -> Route {
    Route {
        method,
        path,
        who: Who::Office(act),
        summary,
        takes: Some(json::<I>()),
        gives: Some(json::<O>()),
        status,
        query: &[],
        handler,
    }
}

const PAGE: &[&str] = &["after", "limit"];
const VISITS: &[&str] = &[
    "contract", "area", "period", "state", "reason", "from", "until", "after", "limit",
];

/// All routes.
pub const ROUTES: &[Route] = &[
    open::<Live>("/health/live", "The process answers", || get(health::live)),
    open::<Ready>("/health/ready", "The archive can be read", || get(health::ready)),
    open::<Map<String, Value>>("/openapi.json", "This description", || get(openapi::description)),
    Route {
        method: "POST",
        path: "/v1/enrol",
        who: Who::Anyone,
        summary: "Enrol a person on a phone with a one-time code; signed inside",
        takes: NOTE,
        gives: NOTE,
        status: 200,
        query: &[],
        handler: || post(phone::enrol),
    },
    Route {
        takes: SYNC,
        gives: SYNC,
        ..signed(
            "POST",
            "/v1/sync",
            "Bring what a phone has, take what it has not seen",
            200,
            || post(phone::sync),
        )
    },
    Route {
        who: Who::Anyone,
        ..signed("OPTIONS", "/v1/blobs", "What of tus is spoken", 204, || {
            options(phone::describe)
        })
    },
    Route {
        takes: PIECE,
        ..signed("POST", "/v1/blobs", "Begin an upload", 201, || {
            post(phone::create)
        })
    },
    signed("HEAD", "/v1/blobs/{sha256}", "How far an upload is", 200, || {
        head(phone::state)
    }),
    Route {
        takes: PIECE,
        ..signed("PATCH", "/v1/blobs/{sha256}", "Go on with an upload", 204, || {
            patch(phone::append)
        })
    },
    signed("DELETE", "/v1/blobs/{sha256}", "Give an upload up", 204, || {
        delete(phone::abandon)
    }),
    Route {
        query: &["from"],
        ..tells::<Terms, ContractWriting>(
            "PUT",
            "/v1/contracts/{id}",
            Act::PutContract,
            "Write a contract, or propose its next version",
            200,
            || put(office::terms::put_contract),
        )
    },
    Route {
        query: &["from"],
        ..tells::<Terms, Recount>(
            "POST",
            "/v1/contracts/{id}/recount",
            Act::PutContract,
            "What a version of a contract would change; writes nothing",
            200,
            || post(office::terms::recount),
        )
    },
    asks::<ContractProposal>(
        "/v1/contracts/{id}/proposal",
        Act::ConfirmContract,
        "The version that waits for a second person, with what it would change",
        &[],
        || get(office::terms::proposal),
    ),
    tells::<NewConfirmation, Recount>(
        "POST",
        "/v1/contracts/{id}/confirm",
        Act::ConfirmContract,
        "Put the proposed version into force, as a second person",
        200,
        || post(office::terms::confirm),
    ),
    asks::<Page<ContractId>>("/v1/contracts", Act::SeeCounts, "Ids of contracts", &[], || {
        get(office::terms::contracts)
    }),
    asks::<Terms>(
        "/v1/contracts/{id}",
        Act::SeeCounts,
        "A contract in its newest version",
        &[],
        || get(office::terms::contract),
    ),
    asks::<Vec<ContractVersion>>(
        "/v1/contracts/{id}/versions",
        Act::SeeCounts,
        "The versions of a contract",
        &[],
        || get(office::terms::versions),
    ),
    asks::<Vec<Quantity>>(
        "/v1/contracts/{id}/agreed",
        Act::SeeCounts,
        "How many visits are agreed by area and period",
        &[],
        || get(office::terms::agreed),
    ),
    tells::<NewPublication, Vec<PublishedForm>>(
        "POST",
        "/v1/contracts/{id}/forms",
        Act::PublishForm,
        "Publish a form to a contract",
        200,
        || post(office::terms::publish_form),
    ),
    asks::<Vec<PublishedForm>>(
        "/v1/contracts/{id}/forms",
        Act::SeeVisits,
        "The forms that were published to a contract",
        &[],
        || get(office::terms::published_forms),
    ),
    tells::<NewTeamLift, Lift>(
        "POST",
        "/v1/contracts/{id}/lifts",
        Act::Lift,
        "Let the visits of a team and a stretch of days count",
        200,
        || post(office::terms::lift_team),
    ),
    asks::<Vec<Lift>>(
        "/v1/contracts/{id}/lifts",
        Act::SeeVisits,
        "What the purchaser let count",
        &[],
        || get(office::terms::lifts),
    ),
    tells::<NewLift, Lift>(
        "POST",
        "/v1/visits/{id}/lift",
        Act::Lift,
        "Let a visit count",
        200,
        || post(office::terms::lift_visit),
    ),
    asks::<Vec<HouseholdLike>>(
        "/v1/visits/{id}/twins",
        Act::SeeTwins,
        "Other households that a visit's household may be",
        &[],
        || get(office::terms::twins),
    ),
    Route {
        gives: None,
        ..tells::<NewWhy, ()>(
            "POST",
            "/v1/lifts/{id}/revoke",
            Act::Lift,
            "Take back what let visits count",
            204,
            || post(office::terms::revoke_lift),
        )
    },
    tells::<Map<String, Value>, Named>("POST", "/v1/forms", Act::PutForm, "Add a form", 200, || {
        post(office::writing::put_form)
    }),
    asks::<Map<String, Value>>("/v1/forms/{sha256}", Act::SeeVisits, "A form", &[], || {
        get(office::writing::form)
    }),
    tells::<NewHouseholds, Written>(
        "POST",
        "/v1/households",
        Act::PutHouseholds,
        "Add or change households",
        200,
        || post(office::writing::put_households),
    ),
    asks::<Page<Household>>(
        "/v1/households",
        Act::OpenHousehold,
        "Households by code",
        PAGE,
        || get(office::writing::households),
    ),
    asks::<HouseholdFile>(
        "/v1/households/{code}",
        Act::OpenHousehold,
        "A household and where its visits stand",
        &[],
        || get(office::file::household),
    ),
    tells::<NewAssignments, Written>(
        "POST",
        "/v1/assignments",
        Act::Assign,
        "Say who visits whom",
        200,
        || post(office::writing::assign),
    ),
    tells::<NewCode, Code>(
        "POST",
        "/v1/enrol-codes",
        Act::CreateEnrolCode,
        "A one-time code with its invitation",
        201,
        || post(office::people::create_code),
    ),
    asks::<Page<Phone>>(
        "/v1/devices",
        Act::ListDevices,
        "Phones and who holds them",
        PAGE,
        || get(office::people::devices),
    ),
    Route {
        gives: None,
        ..tells::<Reason, ()>(
            "POST",
            "/v1/devices/{id}/revoke",
            Act::RevokeDevice,
            "Take a key's right to add evidence",
            204,
            || post(office::people::revoke_device),
        )
    },
    Route {
        gives: None,
        ..tells::<Reason, ()>(
            "POST",
            "/v1/installations/{id}/revoke",
            Act::RevokeDevice,
            "Take a phone's right to ask",
            204,
            || post(office::people::revoke_installation),
        )
    },
    asks::<Vec<Count>>(
        "/v1/counts",
        Act::SeeCounts,
        "Counts by area, period, state, reason",
        &["contract"],
        || get(office::reading::counts),
    ),
    asks::<Page<VisitRow>>(
        "/v1/visits",
        Act::SeeVisits,
        "Visits by opening time",
        VISITS,
        || get(office::reading::visits),
    ),
    asks::<VisitShown>(
        "/v1/visits/{id}",
        Act::SeeVisits,
        "Where a visit stands and why",
        &[],
        || get(office::reading::visit),
    ),
    tells::<NewReturn, Return>(
        "POST",
        "/v1/visits/{id}/return",
        Act::ReturnVisit,
        "Send a sealed visit back to be mended",
        200,
        || post(office::writing::return_visit),
    ),
    asks::<VisitFile>(
        "/v1/visits/{id}/file",
        Act::OpenHousehold,
        "Everything about a visit: what was signed, answers, keys, names of originals",
        &[],
        || get(office::file::visit),
    ),
    Route {
        gives: Some(Body::Bytes("application/octet-stream")),
        ..asks::<()>(
            "/v1/blobs/{sha256}",
            Act::OpenHousehold,
            "An original, whole or by Range",
            &[],
            || get(office::file::original),
        )
    },
    Route {
        gives: Some(Body::Bytes(office::reading::XLSX)),
        ..asks::<()>(
            "/v1/reports/month/{month}",
            Act::TakeReport,
            "The month's workbook",
            &["contract"],
            || get(office::reading::month),
        )
    },
    asks::<Page<Access>>(
        "/v1/access",
        Act::SeeAccess,
        "Who opened what of a contract, when, what for",
        &["contract", "after", "limit"],
        || get(office::accounts::accesses),
    ),
    tells::<Organisation, Named>(
        "POST",
        "/v1/organisations",
        Act::PutOrganisation,
        "Make an organisation, or rename it",
        201,
        || post(office::accounts::put_organisation),
    ),
    asks::<Page<Organisation>>(
        "/v1/organisations",
        Act::ListTokens,
        "Organisations that one has to do with",
        PAGE,
        || get(office::accounts::organisations),
    ),
    tells::<NewAccount, Named>(
        "POST",
        "/v1/accounts",
        Act::CreateToken,
        "Make an account; nothing opens it yet",
        201,
        || post(office::accounts::create_account),
    ),
    asks::<Page<Account>>(
        "/v1/accounts",
        Act::ListTokens,
        "Accounts, with who made them and what opens them; never secrets",
        PAGE,
        || get(office::accounts::accounts),
    ),
    Route {
        takes: None,
        gives: None,
        ..tells::<(), ()>(
            "DELETE",
            "/v1/accounts/{label}",
            Act::RevokeToken,
            "Take an account back",
            204,
            || delete(office::accounts::revoke_account),
        )
    },
    tells::<NewToken, Named>(
        "POST",
        "/v1/tokens",
        Act::CreateToken,
        "Make a program's account with its token; shown once",
        201,
        || post(office::accounts::create_token),
    ),
    tells::<NewSlip, MadeSlip>(
        "POST",
        "/v1/slips",
        Act::CreateToken,
        "Make a one-time slip for an account; shown once",
        201,
        || post(office::accounts::create_slip),
    ),
    Route {
        who: Who::Anyone,
        ..tells::<SlipToUse, Named>(
            "POST",
            "/v1/slips/redeem",
            Act::CreateToken,
            "Turn a slip into the token of its account, once",
            201,
            || post(office::accounts::redeem_slip),
        )
    },
    Route {
        takes: None,
        ..tells::<(), Job>(
            "POST",
            "/v1/archive/checks",
            Act::CheckArchive,
            "Begin to check the whole archive",
            202,
            || post(office::jobs::start_check),
        )
    },
    asks::<Job>(
        "/v1/archive/checks/{id}",
        Act::CheckArchive,
        "How far a check is",
        &[],
        || get(office::jobs::follow_check),
    ),
    tells::<Named, Job>(
        "POST",
        "/v1/archive/backups",
        Act::BackUp,
        "Begin a backup of this name",
        202,
        || post(office::jobs::start_backup),
    ),
    asks::<Job>(
        "/v1/archive/backups/{id}",
        Act::BackUp,
        "How far a backup is",
        &[],
        || get(office::jobs::follow_backup),
    ),
    Route {
        method: "GET",
        path: "/metrics",
        who: Who::Office(Act::SeeMetrics),
        summary: "The machine's figures for Prometheus",
        takes: None,
        gives: Some(Body::Text(crate::metrics::CONTENT)),
        status: 200,
        query: &[],
        handler: || get(office::machine::metrics),
    },
];
