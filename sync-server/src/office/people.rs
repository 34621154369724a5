//! Phones.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use hudang_archive::ServerPlace;
use hudang_evidence::id::{DeviceId, InstallationId};
use hudang_evidence::time::WallTime;

use crate::message::{Code, NewCode, Page, Phone, Reason};
use crate::office::auth::By;
use crate::office::given::{self, Asked, Name, SMALL};
use crate::office::paging::{Paging, page};
use crate::problem::Result;
use crate::shared::Shared;

const HOUR_MS: i64 = 3_600_000;

/// `POST /v1/enrol-codes`
pub(crate) async fn create_code(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    request: Request,
) -> Result<(StatusCode, Json<Code>)> {
    let NewCode {
        contract,
        person,
        hours,
    } = given::json(&shared, request, SMALL).await?;
    let (now, random) = (shared.now(), given::random()?);
    let expires = WallTime::from_ms_clamped(now.ms().saturating_add(i64::from(hours) * HOUR_MS));
    let place = ServerPlace {
        url: shared.public_url.clone(),
        fingerprint: shared.fingerprint,
    };
    let (code, invitation) = shared
        .work(move |archive| {
            let (of, whose) = (contract.clone(), person.clone());
            let code = archive.create_enrol_code(&by, of, whose, expires, random, now)?;
            let invitation = archive.invite(&by, &place, &code, contract, person, expires)?;
            Ok((code, invitation))
        })
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(Code {
            code,
            expires,
            invitation,
        }),
    ))
}

/// `GET /v1/devices`
pub(crate) async fn devices(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Phone>>> {
    let devices = shared.ask(move |archive| archive.devices(&by)).await?;
    let row = |device: hudang_archive::Device| Phone {
        device: device.id,
        person: device.person,
        org: device.org,
        contract: device.contract,
        installation: device.installation,
        revoked: device.revoked.is_some(),
    };
    Ok(Json(page(
        devices.into_iter().map(row).collect(),
        &paging,
        |one: &Phone| one.device.to_string(),
    )))
}

/// `POST /v1/devices/{id}/revoke`
pub(crate) async fn revoke_device(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
    request: Request,
) -> Result<StatusCode> {
    let id: DeviceId = given::id(&id, "device")?;
    let Reason { reason } = given::json(&shared, request, SMALL).await?;
    let now = shared.now();
    shared
        .work(move |archive| archive.revoke_device(&by, id, &reason, now))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/installations/{id}/revoke`
pub(crate) async fn revoke_installation(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Name(id): Name,
    request: Request,
) -> Result<StatusCode> {
    let id: InstallationId = given::id(&id, "installation")?;
    let Reason { reason } = given::json(&shared, request, SMALL).await?;
    let now = shared.now();
    shared
        .work(move |archive| archive.revoke_installation(&by, id, &reason, now))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
