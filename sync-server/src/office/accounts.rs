//! Organisations, accounts, and what opens them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use hudang_archive::{Access, Account, AccountKind, NewAccount, Organisation, Role, Viewer};
use hudang_evidence::id::OrgId;

use crate::address::Client;
use crate::message::{MadeSlip, Named, NewSlip, NewToken, Page, SlipToUse};
use crate::office::auth::By;
use crate::office::given::{self, Asked, Name, SMALL};
use crate::office::paging::{Paging, page};
use crate::problem::{Problem, Result};
use crate::shared::Shared;

/// The organisation of those who run the machine, where none is named.
const MACHINE: &str = "machine";

/// `POST /v1/organisations`
pub(crate) async fn put_organisation(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    request: Request,
) -> Result<(StatusCode, Json<Named>)> {
    let organisation: Organisation = given::json(&shared, request, SMALL).await?;
    let (now, name) = (shared.now(), organisation.id.to_string());
    shared
        .work(move |archive| archive.put_organisation(&by, organisation, now))
        .await?;
    Ok((StatusCode::CREATED, Json(Named { name })))
}

/// `GET /v1/organisations`
pub(crate) async fn organisations(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Organisation>>> {
    let all = shared.ask(move |archive| archive.organisations(&by)).await?;
    Ok(Json(page(all, &paging, |one| one.id.to_string())))
}

#[derive(serde::Deserialize)]
pub(crate) struct OfContract {
    contract: String,
    after: Option<u64>,
    limit: Option<u32>,
}

/// `GET /v1/access`: who opened what of a contract.
pub(crate) async fn accesses(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Asked(asked): Asked<OfContract>,
) -> Result<Json<Page<Access>>> {
    let contract = given::id(&asked.contract, "contract")?;
    let (after, limit) = (asked.after.unwrap_or(0), given::rows(asked.limit));
    let rows = shared
        .ask(move |archive| archive.accesses(&by, &contract, after, limit))
        .await?;
    let is_full = rows.len() as u64 == u64::from(limit);
    let next = rows
        .last()
        .filter(|_| is_full)
        .map(|last| last.journal.to_string());
    Ok(Json(Page { rows, next }))
}

/// `POST /v1/accounts`
pub(crate) async fn create_account(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    request: Request,
) -> Result<(StatusCode, Json<Named>)> {
    let account: NewAccount = given::json(&shared, request, SMALL).await?;
    let (now, name) = (shared.now(), account.label.clone());
    shared
        .work(move |archive| archive.create_account(&by, account, now))
        .await?;
    Ok((StatusCode::CREATED, Json(Named { name })))
}

/// `GET /v1/accounts`
pub(crate) async fn accounts(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Account>>> {
    let all = shared.ask(move |archive| archive.accounts(&by)).await?;
    Ok(Json(page(all, &paging, |one| one.label.clone())))
}

/// `DELETE /v1/accounts/{label}`
pub(crate) async fn revoke_account(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(label): Name,
) -> Result<StatusCode> {
    let now = shared.now();
    shared
        .work(move |archive| archive.revoke_account(&by, &label, now))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/tokens`: a program's account with its token.
pub(crate) async fn create_token(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    request: Request,
) -> Result<(StatusCode, Json<Named>)> {
    let wanted: NewToken = given::json(&shared, request, SMALL).await?;
    let account = wanted_account(&by, wanted)?;
    let (now, random) = (shared.now(), given::random()?);
    let name = shared
        .work(move |archive| archive.create_token(&by, account, random, now))
        .await?;
    Ok((StatusCode::CREATED, Json(Named { name })))
}

fn wanted_account(by: &Viewer, wanted: NewToken) -> Result<NewAccount> {
    let NewToken {
        label,
        role,
        organisation,
        contracts,
    } = wanted;
    let role =
        Role::parse(&role).ok_or_else(|| Problem::malformed("没有这个角色", "there is no such role"))?;
    let usual = match role {
        Role::SystemAdmin => MACHINE.parse::<OrgId>().ok(),
        _ if by.role() == Some(Role::SystemAdmin) => None,
        _ => by.organisation().cloned(),
    };
    let organisation = organisation.or(usual).ok_or_else(|| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "ACCOUNT-ORGANISATION",
            "请写明该账号属于哪个单位（--organisation），编号与合同中的一致。",
            "Name the account's organisation (--organisation), as contracts name it.",
        )
    })?;
    Ok(NewAccount {
        label,
        organisation,
        role,
        contracts,
        kind: AccountKind::Program,
        person: None,
    })
}

/// `POST /v1/slips`
pub(crate) async fn create_slip(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    request: Request,
) -> Result<(StatusCode, Json<MadeSlip>)> {
    let NewSlip { account } = given::json(&shared, request, SMALL).await?;
    let (now, random) = (shared.now(), given::random()?);
    let made = shared
        .work(move |archive| archive.create_slip(&by, &account, random, now))
        .await?;
    let slip = MadeSlip {
        slip: made.text,
        effective: made.effective,
        expires: made.expires,
    };
    Ok((StatusCode::CREATED, Json(slip)))
}

/// `POST /v1/slips/redeem`: whoever has the slip gets the account's token for it, once.
pub(crate) async fn redeem_slip(
    State(shared): State<Arc<Shared>>,
    Extension(client): Extension<Client>,
    request: Request,
) -> Result<(StatusCode, Json<Named>)> {
    let redeemed = redeemed(&shared, request).await;
    if redeemed.is_err() {
        // A slip has 256 bits; still nobody shall try them at will.
        shared.rates.stranger(client)?;
    }
    Ok((StatusCode::CREATED, Json(Named { name: redeemed? })))
}

async fn redeemed(shared: &Arc<Shared>, request: Request) -> Result<String> {
    let SlipToUse { slip } = given::json(shared, request, SMALL).await?;
    let (now, random) = (shared.now(), given::random()?);
    shared
        .work(move |archive| archive.redeem_slip(slip.trim(), random, now))
        .await
}
