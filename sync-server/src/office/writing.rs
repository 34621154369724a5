//! What an office decides: forms, households, assignments.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use hudang_archive::{Archive, ArchiveError, Assignment, FormFile, Household, Return, Viewer};
use hudang_evidence::id::{FormHash, HouseholdId, VisitId};

use crate::message::{Named, NewAssignments, NewHousehold, NewHouseholds, NewReturn, Page, Written};
use crate::office::auth::{By, Purpose};
use crate::office::given::{self, Asked, LARGE, Name, SMALL};
use crate::office::paging::Paging;
use crate::problem::{Problem, Result};
use crate::shared::Shared;

/// `POST /v1/forms`
pub(crate) async fn put_form(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    request: Request,
) -> Result<Json<Named>> {
    given::is_json(&request)?;
    let bytes = given::bytes(&shared, request, LARGE).await?;
    let text =
        String::from_utf8(bytes).map_err(|_| Problem::malformed("表单须为 UTF-8", "a form is UTF-8"))?;
    let now = shared.now();
    let hash = shared
        .work(move |archive| archive.put_form(&by, FormFile { text }, now))
        .await?;
    Ok(Json(Named {
        name: hash.to_string(),
    }))
}

/// `GET /v1/forms/{sha256}`: the form's own bytes.
pub(crate) async fn form(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(hash): Name,
) -> Result<axum::response::Response> {
    use axum::response::IntoResponse as _;
    let hash: FormHash = given::id(&hash, "form")?;
    let form = shared.ask(move |archive| archive.form(&by, &hash)).await?;
    Ok(([("content-type", "application/json")], form.text).into_response())
}

/// `POST /v1/households`
pub(crate) async fn put_households(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    request: Request,
) -> Result<Json<Written>> {
    let given: NewHouseholds = given::json(&shared, request, LARGE).await?;
    let now = shared.now();
    let with_id =
        |household: NewHousehold| Ok(household.with_id(HouseholdId::new(given::ms(now), given::random()?)));
    let households = given
        .households
        .into_iter()
        .map(with_id)
        .collect::<Result<Vec<Household>>>()?;
    let written = shared
        .work(move |archive| archive.put_households(&by, households, now))
        .await?;
    Ok(Json(Written { rows: written.len() }))
}

/// `GET /v1/households`
pub(crate) async fn households(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Purpose(purpose): Purpose,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Household>>> {
    let looking = shared.looking(purpose);
    let limit = given::rows(paging.limit);
    let after = paging.after.unwrap_or_default();
    let rows = shared
        .ask(move |archive| archive.households(&by, &after, limit, &looking))
        .await?;
    let next = (rows.len() as u64 == u64::from(limit)).then(|| rows.last().map(|last| last.code.clone()));
    Ok(Json(Page {
        rows,
        next: next.flatten(),
    }))
}

/// `POST /v1/assignments`
pub(crate) async fn assign(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    request: Request,
) -> Result<Json<Written>> {
    let given: NewAssignments = given::json(&shared, request, LARGE).await?;
    let now = shared.now();
    let mut visits = Vec::new();
    for _ in &given.assignments {
        visits.push(VisitId::new(given::ms(now), given::random()?));
    }
    let rows = visits.len();
    shared
        .work(move |archive| {
            let assignments = resolved(archive, &by, given, visits)?;
            archive.assign(&by, assignments, now)
        })
        .await?;
    Ok(Json(Written { rows }))
}

/// `POST /v1/visits/{id}/return`
pub(crate) async fn return_visit(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
    request: Request,
) -> Result<Json<Return>> {
    let id: VisitId = given::id(&id, "visit")?;
    let NewReturn { comments } = given::json(&shared, request, SMALL).await?;
    let now = shared.now();
    let returned = shared
        .work(move |archive| archive.return_visit(&by, id, comments, now))
        .await?;
    Ok(Json(returned))
}

fn resolved(
    archive: &Archive,
    by: &Viewer,
    given: NewAssignments,
    visits: Vec<VisitId>,
) -> Result<Vec<Assignment>, ArchiveError> {
    let NewAssignments {
        contract,
        form,
        assignments,
    } = given;
    let resolve = |(one, visit): (crate::message::NewAssignment, VisitId)| {
        Ok(Assignment {
            visit,
            household: archive.household(by, &one.household)?.id,
            contract: contract.clone(),
            form,
            people: one.people,
        })
    };
    assignments.into_iter().zip(visits).map(resolve).collect()
}
