//! Recordings: begun, brought piece by piece, ended or thrown away.

use hudang_device::{Device, DeviceError, RecordingId, UnfinishedRecording};
use hudang_evidence::id::VisitId;

use crate::acts::statements::kept;
use crate::cross::capture::{AppendPiece, Kept, OfRecording, StartRecording, Unfinished};
use crate::cross::form::Saved;
use crate::cross::{Done, Nothing};
use crate::error::Result;
use crate::hall::Call;
use crate::words;

pub(crate) fn recording_start(call: &mut Call<'_>, start: StartRecording) -> Result<Unfinished> {
    let person = call.may_change(start.visit)?;
    let device = &mut call.hall.device;
    let id = device.recording_start(&person, start.visit, start.purpose.as_str())?;
    call.session().recordings.insert(id);
    let rows = call.hall.device.recordings_unfinished()?;
    let row = rows.iter().find(|row| row.id == id);
    Ok(shown(row.ok_or(DeviceError::RecordingUnknown)?))
}

/// A recording that this session began goes on also while it is locked. One that another run of the app began goes on
/// once its person's PIN was given: what the screen still holds of it is not lost with the app.
pub(crate) fn recording_append(call: &mut Call<'_>, piece: AppendPiece) -> Result<Saved> {
    let id = words::recording(piece.recording.as_str())?;
    if !call.session().recordings.contains(&id) {
        call.acting()?;
        let person = call.hall.device.recording_person(id)?;
        if !person.is_some_and(|person| call.session().people.contains(&person)) {
            return Err(DeviceError::PersonLocked.into());
        }
        call.session().recordings.insert(id);
    }
    let body = call.body;
    call.hall.device.recording_append_at(id, piece.offset, body)?;
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
            rows.push(shown(&row));
        }
    }
    Ok(rows)
}

/// The unfinished recordings of one visit.
pub(crate) fn of_visit(device: &Device, visit: VisitId) -> Result<Vec<Unfinished>> {
    let rows = device.recordings_unfinished()?;
    Ok(rows.iter().filter(|row| row.visit == visit).map(shown).collect())
}

fn shown(row: &UnfinishedRecording) -> Unfinished {
    Unfinished {
        recording: words::recording_name(row.id),
        visit: row.visit,
        purpose: row.purpose.clone(),
        started_ms: row.started_ms,
    }
}
