//! What waits to be sent, sending it, and what went wrong.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::id::{BlobHash, VisitId};
use hudang_sync::phone::{BlobClass, BlobItem, Want};
use hudang_visit::Language;

use crate::acts::today::state;
use crate::cross::Nothing;
use crate::cross::sending::{Outbox, Parcel, ProblemView, Sync, SyncProgress};
use crate::error::{DoorError, Fault, Result, explained};
use crate::hall::{Call, Hall};

/// The originals that wait, as far as the store tells at once.
pub(crate) fn originals(hall: &Hall) -> Result<Vec<BlobItem>> {
    let want = Want {
        bytes_max: 1,
        items_max: 1,
        skip: BTreeSet::new(),
        hold: BTreeMap::new(),
    };
    Ok(hall.device.load_batch(&want)?.blobs)
}

pub(crate) fn outbox(call: &mut Call<'_>, _: Nothing) -> Result<Outbox> {
    let language = call.language();
    let waiting: BTreeMap<BlobHash, BlobItem> = originals(call.hall)?
        .into_iter()
        .map(|item| (item.hash, item))
        .collect();
    let rows = call.hall.device.outbox()?;
    let assignments = call.hall.device.assignments()?;
    let mut parcels = Vec::new();
    for info in call.hall.device.visits()? {
        let visit = info.visit;
        if call.may_see(visit).is_err() {
            continue;
        }
        let (state, _) = state(call.hall, visit)?;
        let of_visit = || rows.iter().filter(|row| row.visit == Some(visit));
        let refusals = of_visit().filter_map(|row| row.refusal.as_deref());
        let mut parcel = Parcel {
            visit,
            code: assignments
                .iter()
                .find(|one| one.household == info.household)
                .map(|one| one.code.clone())
                .unwrap_or_default(),
            rows: of_visit().count(),
            refusals: told(refusals, language),
            photos: 0,
            photo_bytes: 0,
            recordings: 0,
            recording_bytes: 0,
            state,
        };
        add_originals(call.hall, visit, &waiting, &mut parcel)?;
        let has_any = parcel.rows > 0 || parcel.photos > 0 || parcel.recordings > 0;
        if has_any || state.is_sealed() {
            parcels.push(parcel);
        }
    }
    parcels.sort_by(|a, b| a.code.cmp(&b.code).then(a.visit.cmp(&b.visit)));
    let originals = call.hall.device.originals_waiting()?;
    let of_phone = rows.iter().filter(|row| row.visit.is_none());
    let refusals = of_phone.filter_map(|row| row.refusal.as_deref());
    Ok(Outbox {
        parcels,
        refusals_of_phone: told(refusals, language),
        rows_of_phone: rows.iter().filter(|row| row.visit.is_none()).count(),
        originals_bytes: waiting.values().map(|item| item.size_bytes).sum(),
        originals,
        and_more: originals > waiting.len(),
    })
}

/// What was refused, each reason once.
fn told<'a>(refusals: impl Iterator<Item = &'a str>, language: Language) -> Vec<DoorError> {
    let codes: BTreeSet<&str> = refusals.collect();
    codes.into_iter().map(|code| explained(code, language)).collect()
}

fn add_originals(
    hall: &Hall,
    visit: VisitId,
    waiting: &BTreeMap<BlobHash, BlobItem>,
    parcel: &mut Parcel,
) -> Result<()> {
    if waiting.is_empty() {
        return Ok(());
    }
    let media = hall.device.document(visit)?.media();
    for blob in media.map_err(hudang_device::DeviceError::from)?.keys() {
        let Some(item) = waiting.get(blob) else {
            continue;
        };
        let (number, bytes) = match item.class {
            BlobClass::Audio => (&mut parcel.recordings, &mut parcel.recording_bytes),
            BlobClass::Photo | BlobClass::Paper => (&mut parcel.photos, &mut parcel.photo_bytes),
        };
        *number = number.saturating_add(1);
        *bytes = bytes.saturating_add(item.size_bytes);
    }
    Ok(())
}

pub(crate) fn sync(call: &mut Call<'_>, sync: Sync) -> Result<SyncProgress> {
    if call.door.is_practice() {
        return Err(Fault::Practice);
    }
    let language = call.language();
    let address = call
        .hall
        .device
        .server()?
        .ok_or(hudang_link::LinkError::NoServer)?;
    let originals_bytes = originals(call.hall)?.iter().map(|item| item.size_bytes).sum();
    let platform = std::sync::Arc::clone(&call.hall.platform);
    let sender = std::sync::Arc::clone(call.door.sender());
    sender.begin(
        call.door.clone(),
        platform,
        address,
        sync,
        originals_bytes,
        language,
    );
    sync_progress(call, Nothing {})
}

pub(crate) fn sync_pause(call: &mut Call<'_>, _: Nothing) -> Result<SyncProgress> {
    call.door.sender().stop();
    sync_progress(call, Nothing {})
}

pub(crate) fn sync_progress(call: &mut Call<'_>, _: Nothing) -> Result<SyncProgress> {
    let now_ms = call.hall.now_ms();
    let mut progress = call.door.sender().progress(now_ms);
    progress.ended_ms = call.hall.device.sent_ms()?;
    progress.waiting = call.hall.device.outbox()?.len();
    progress.originals_waiting = call.hall.device.originals_waiting()?;
    Ok(progress)
}

pub(crate) fn problems(call: &mut Call<'_>, _: Nothing) -> Result<Vec<ProblemView>> {
    let language = call.language();
    let visits = call.hall.device.visits()?;
    let view = |problem: hudang_device::StoredProblem| {
        let visit: Option<VisitId> = problem.subject.parse().ok();
        ProblemView {
            message: explained(&problem.code, language).message,
            visit: visit.filter(|visit| visits.iter().any(|info| info.visit == *visit)),
            code: problem.code,
            subject: problem.subject,
            at_ms: problem.at_ms,
        }
    };
    Ok(call.hall.device.problems()?.into_iter().map(view).collect())
}
