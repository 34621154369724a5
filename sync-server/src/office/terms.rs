//! What visits are judged by: contracts and their versions, the forms that are published to them, and what the purchaser lifts.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use chrono::NaiveDate;
use hudang_archive::{ContractProposal, HouseholdLike, Lift, LiftedVisits, Recount, Viewer};
use hudang_contract::contract::{Contract, Quantity};
use hudang_contract::history::Publication;
use hudang_contract::state::Reason;
use hudang_evidence::id::{ContractId, VisitId};
use hudang_visit::Language;
use serde::Deserialize;

use crate::message::{
    ContractVersion, ContractWriting, NewConfirmation, NewLift, NewPublication, NewTeamLift, NewWhy, Page,
    PublishedForm,
};
use crate::office::auth::By;
use crate::office::given::{self, Asked, LARGE, Name, SMALL};
use crate::problem::{Problem, Result};
use crate::shared::Shared;

/// From when on a version would be in force.
#[derive(Deserialize)]
pub(crate) struct InForce {
    from: Option<NaiveDate>,
}

/// The contract that a request gives; it must be the one that the address names.
async fn contract_in(shared: &Arc<Shared>, id: &str, request: Request) -> Result<Contract> {
    given::is_json(&request)?;
    let bytes = given::bytes(shared, request, LARGE).await?;
    let contract = Contract::from_json(&bytes).map_err(|error| {
        let words = |language| {
            error
                .0
                .iter()
                .map(|one| one.message(language))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let code = error
            .0
            .first()
            .map_or("HT-FORM", hudang_contract::problem::Problem::code);
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            code,
            words(Language::Zh),
            words(Language::En),
        )
    })?;
    if contract.id.as_str() == id {
        Ok(contract)
    } else {
        Err(Problem::malformed(
            "网址与合同的编号不同",
            "the address names another contract",
        ))
    }
}

/// `PUT /v1/contracts/{id}`
pub(crate) async fn put_contract(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
    Asked(InForce { from }): Asked<InForce>,
    request: Request,
) -> Result<Json<ContractWriting>> {
    let contract = contract_in(&shared, &id, request).await?;
    let now = shared.now();
    let written = shared
        .work(move |archive| archive.put_contract(&by, contract, from, now))
        .await?;
    Ok(Json(ContractWriting { name: id, written }))
}

/// `POST /v1/contracts/{id}/recount`
pub(crate) async fn recount(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
    Asked(InForce { from }): Asked<InForce>,
    request: Request,
) -> Result<Json<Recount>> {
    let contract = contract_in(&shared, &id, request).await?;
    let now = shared.now();
    let recount = shared
        .work(move |archive| archive.recount(&by, contract, from, now))
        .await?;
    Ok(Json(recount))
}

/// `GET /v1/contracts/{id}/proposal`
pub(crate) async fn proposal(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
) -> Result<Json<ContractProposal>> {
    let id: ContractId = given::id(&id, "contract")?;
    let now = shared.now();
    let found = shared
        .work(move |archive| archive.contract_proposal(&by, &id, now))
        .await?;
    Ok(Json(found))
}

/// `POST /v1/contracts/{id}/confirm`
pub(crate) async fn confirm(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
    request: Request,
) -> Result<Json<Recount>> {
    let id: ContractId = given::id(&id, "contract")?;
    let NewConfirmation { seen } = given::json(&shared, request, SMALL).await?;
    let now = shared.now();
    let recount = shared
        .work(move |archive| archive.confirm_contract(&by, &id, &seen, now))
        .await?;
    Ok(Json(recount))
}

/// `GET /v1/contracts`
pub(crate) async fn contracts(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
) -> Result<Json<Page<ContractId>>> {
    let rows = shared.ask(move |archive| archive.contracts(&by)).await?;
    Ok(Json(Page { rows, next: None }))
}

/// `GET /v1/contracts/{id}`
pub(crate) async fn contract(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
) -> Result<Json<Contract>> {
    let id: ContractId = given::id(&id, "contract")?;
    Ok(Json(shared.ask(move |archive| archive.contract(&by, &id)).await?))
}

/// `GET /v1/contracts/{id}/versions`
pub(crate) async fn versions(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
) -> Result<Json<Vec<ContractVersion>>> {
    let id: ContractId = given::id(&id, "contract")?;
    let versions = shared.ask(move |archive| archive.versions(&by, &id)).await?;
    let shown = (1..).zip(versions.items()).map(|(no, item)| ContractVersion {
        no,
        from: item.from,
        decided: item.decided,
        standard: item.what.standard().hash(),
    });
    Ok(Json(shown.collect()))
}

/// `GET /v1/contracts/{id}/agreed`
pub(crate) async fn agreed(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
) -> Result<Json<Vec<Quantity>>> {
    let id: ContractId = given::id(&id, "contract")?;
    let versions = shared.ask(move |archive| archive.versions(&by, &id)).await?;
    Ok(Json(versions.agreed()))
}

/// `POST /v1/contracts/{id}/forms`
pub(crate) async fn publish_form(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
    request: Request,
) -> Result<Json<Vec<PublishedForm>>> {
    let id: ContractId = given::id(&id, "contract")?;
    let NewPublication { form, from, identity } = given::json(&shared, request, SMALL).await?;
    let now = shared.now();
    let published = shared
        .work(move |archive| {
            archive.publish_form(&by, &id, Publication { form, identity }, from, now)?;
            archive.publications(&by, &id)
        })
        .await?;
    Ok(Json(PublishedForm::all(&published)))
}

/// `GET /v1/contracts/{id}/forms`
pub(crate) async fn published_forms(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
) -> Result<Json<Vec<PublishedForm>>> {
    let id: ContractId = given::id(&id, "contract")?;
    let published = shared.ask(move |archive| archive.publications(&by, &id)).await?;
    Ok(Json(PublishedForm::all(&published)))
}

/// The reasons that words mean.
fn reasons(words: &[String]) -> Result<BTreeSet<Reason>> {
    let reason = |word: &String| given::id(word, "reason");
    words.iter().map(reason).collect()
}

/// `POST /v1/visits/{id}/lift`
pub(crate) async fn lift_visit(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
    request: Request,
) -> Result<Json<Lift>> {
    let id: VisitId = given::id(&id, "visit")?;
    let NewLift { reasons: words, why } = given::json(&shared, request, SMALL).await?;
    lift(&shared, by, LiftedVisits::Visit(id), &words, why).await
}

/// `POST /v1/contracts/{id}/lifts`
pub(crate) async fn lift_team(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
    request: Request,
) -> Result<Json<Lift>> {
    let contract: ContractId = given::id(&id, "contract")?;
    let NewTeamLift {
        people,
        days,
        reasons: words,
        why,
    } = given::json(&shared, request, SMALL).await?;
    let of = LiftedVisits::Team {
        contract,
        people: people.into_iter().collect(),
        days,
    };
    lift(&shared, by, of, &words, why).await
}

async fn lift(
    shared: &Arc<Shared>,
    by: Viewer,
    of: LiftedVisits,
    words: &[String],
    why: String,
) -> Result<Json<Lift>> {
    let reasons = reasons(words)?;
    let now = shared.now();
    let lift = shared
        .work(move |archive| archive.lift(&by, of, reasons, &why, now))
        .await?;
    Ok(Json(lift))
}

/// `GET /v1/contracts/{id}/lifts`
pub(crate) async fn lifts(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
) -> Result<Json<Vec<Lift>>> {
    let id: ContractId = given::id(&id, "contract")?;
    Ok(Json(shared.ask(move |archive| archive.lifts(&by, &id)).await?))
}

/// `GET /v1/visits/{id}/twins`
pub(crate) async fn twins(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
) -> Result<Json<Vec<HouseholdLike>>> {
    let id: VisitId = given::id(&id, "visit")?;
    Ok(Json(
        shared
            .ask(move |archive| archive.households_like(&by, id))
            .await?,
    ))
}

/// `POST /v1/lifts/{id}/revoke`
pub(crate) async fn revoke_lift(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
    request: Request,
) -> Result<StatusCode> {
    let id: u64 = given::id(&id, "lift")?;
    let NewWhy { why } = given::json(&shared, request, SMALL).await?;
    let now = shared.now();
    shared
        .work(move |archive| archive.revoke_lift(&by, id, &why, now))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
