//! A visit that was begun by mistake: void, and brought back.

use hudang_evidence::body::{Amend, Body, Void};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{EntryId, PersonId, VisitId};
use hudang_visit::facts::voids;
use rusqlite::params;

use crate::desk::Desk;
use crate::device::{Device, Scope};
use crate::error::{DeviceError, Result};

/// Why a visit that was void goes on, as an `amend` says it.
const REASON_GOES_ON: &str = "goes-on";

impl Device {
    /// States that a visit is not to be finished. It takes nothing more, its originals stay here and are not sent; the office
    /// sees that it is void, and it counts nowhere. Refused once anybody sealed it.
    pub fn void(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        reason: &str,
        text: Option<&str>,
    ) -> Result<EntryId> {
        self.commit(|scope| {
            let mut desk = Desk::take(scope, visit, scope.holder(person)?.dev)?;
            if scope.is_recording(visit)? {
                return Err(DeviceError::RecordingOpen);
            }
            if !scope.seal_notes(visit)?.is_empty() {
                return Err(DeviceError::VisitSealed);
            }
            let sd = text.map(|text| desk.remark("void", text)).transpose()?;
            let entry = desk.state(Body::Void(Void {
                reason: reason.to_owned(),
                sd,
            }))?;
            scope.keep_unsent(visit)?;
            desk.put_away()?;
            Ok(entry.id())
        })
    }

    /// Takes back that a visit is void: whatever stands in the way of going on is withdrawn.
    pub fn unvoid(&mut self, person: &PersonId, visit: VisitId) -> Result<()> {
        self.commit(|scope| {
            let mut desk = Desk::take(scope, visit, scope.holder(person)?.dev)?;
            let entries = scope.entries(visit)?;
            for of in voids(&entries.iter().collect::<Vec<&Entry>>()) {
                desk.state(Body::Amend(Amend {
                    of: of.id(),
                    withdraw: true,
                    reason: REASON_GOES_ON.to_owned(),
                    sd: None,
                }))?;
            }
            scope.send_again(visit)?;
            desk.put_away()
        })
    }
}

impl Scope<'_> {
    /// Whether a visit is void: stated, not withdrawn, and nothing sealed.
    pub(crate) fn is_voided(&self, visit: VisitId) -> Result<bool> {
        // Before every change of an answer: most visits have no such entry.
        let mut stated = self
            .db
            .prepare_cached("SELECT 1 FROM entry WHERE visit = ?1 AND kind = 'void'")?;
        if !stated.exists([visit.to_bytes()])? {
            return Ok(false);
        }
        let entries = self.entries(visit)?;
        let is_stated = !voids(&entries.iter().collect::<Vec<&Entry>>()).is_empty();
        Ok(is_stated && self.seal_notes(visit)?.is_empty())
    }

    /// Sends the originals of a visit that goes on.
    pub(crate) fn send_again(&self, visit: VisitId) -> Result<()> {
        self.db
            .execute("DELETE FROM unsent WHERE visit = ?1", [visit.to_bytes()])?;
        Ok(())
    }

    /// Keeps the originals here that no other visit names.
    fn keep_unsent(&self, visit: VisitId) -> Result<()> {
        let entries = self.entries(visit)?;
        let mut elsewhere = self
            .db
            .prepare_cached("SELECT 1 FROM entry WHERE visit <> ?1 AND instr(note, ?2) > 0")?;
        for (blob, _) in entries.iter().filter_map(|entry| entry.body().blob()) {
            if elsewhere.exists(params![visit.to_bytes(), blob.to_string().as_bytes()])? {
                continue;
            }
            self.db.execute(
                "INSERT INTO unsent (hash, visit) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING",
                params![blob.as_bytes(), visit.to_bytes()],
            )?;
        }
        Ok(())
    }
}
