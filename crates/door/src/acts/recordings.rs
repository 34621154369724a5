//! Recordings: begun, brought piece by piece, ended or thrown away.

use hudang_device::{DeviceError, RecordingId, UnfinishedRecording};
use hudang_evidence::id::VisitId;

use crate::acts::statements::kept;
use crate::cross::capture::{Kept, OfRecording, StartRecording, Unfinished};
use crate::cross::form::Saved;
use crate::cross::{Done, Nothing};
use crate::error::{Fault, Result};
use crate::hall::{Call, Hall};
use crate::words;

pub(crate) fn recording_start(call: &mut Call<'_>, start: StartRecording) -> Result<Unfinished> {
    let person = call.may_change(start.visit)?;
    let device = &mut call.hall.device;
    let id = device.recording_start(&person, start.visit, start.purpose.as_str())?;
    call.session().recordings.insert(id);
    let rows = call.hall.device.recordings_unfinished()?;
    let row = rows.iter().find(|row| row.id == id);
    Ok(shown(row.ok_or(DeviceError::RecordingUnknown)?, true))
}

pub(crate) fn recording_append(call: &mut Call<'_>, of: OfRecording) -> Result<Saved> {
    let id = words::recording(of.recording.as_str())?;
    if !call.session().recordings.contains(&id) {
        return Err(Fault::NotYours);
    }
    let body = call.body;
    call.hall.device.recording_append(id, body)?;
    Ok(Saved { saved: true })
}

pub(crate) fn recording_finish(call: &mut Call<'_>, of: OfRecording) -> Result<Kept> {
    let (id, visit) = wanted(call, &of)?;
    let entry = call.hall.device.recording_finish(id)?;
    call.session().recordings.remove(&id);
    kept(call, visit, entry)
}

pub(crate) fn recording_discard(call: &mut Call<'_>, of: OfRecording) -> Result<Done> {
    let (id, _) = wanted(call, &of)?;
    call.hall.device.recording_discard(id)?;
    call.session().recordings.remove(&id);
    Ok(Done::DONE)
}

/// A recording of a visit that this session may change.
fn wanted(call: &mut Call<'_>, of: &OfRecording) -> Result<(RecordingId, VisitId)> {
    let id = words::recording(of.recording.as_str())?;
    let rows = call.hall.device.recordings_unfinished()?;
    let row = rows.iter().find(|row| row.id == id);
    let visit = row.ok_or(DeviceError::RecordingUnknown)?.visit;
    call.may_change(visit)?;
    Ok((id, visit))
}

pub(crate) fn recordings_unfinished(call: &mut Call<'_>, _: Nothing) -> Result<Vec<Unfinished>> {
    let mut rows = Vec::new();
    for row in call.hall.device.recordings_unfinished()? {
        if call.may_see(row.visit).is_ok() {
            let running = call.session().recordings.contains(&row.id);
            rows.push(shown(&row, running));
        }
    }
    Ok(rows)
}

/// The unfinished recordings of one visit.
pub(crate) fn of_visit(hall: &mut Hall, key: &crate::SessionKey, visit: VisitId) -> Result<Vec<Unfinished>> {
    let rows = hall.device.recordings_unfinished()?;
    let session = hall.session(key);
    let of_visit = rows.iter().filter(|row| row.visit == visit);
    Ok(of_visit
        .map(|row| shown(row, session.recordings.contains(&row.id)))
        .collect())
}

fn shown(row: &UnfinishedRecording, running: bool) -> Unfinished {
    Unfinished {
        recording: words::recording_name(row.id),
        visit: row.visit,
        purpose: row.purpose.clone(),
        started_ms: row.started_ms,
        running,
    }
}
