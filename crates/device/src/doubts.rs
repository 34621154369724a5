//! What speaks against the photos of a visit, told while its household is still there.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::body::Body;
use hudang_evidence::entry::{self, Entry};
use hudang_evidence::id::{BlobHash, VisitId};
use hudang_visit::doubts::{APART_METRES_MAX, Doubt, is_another_time, of_photos};
use hudang_visit::facts::VisitFacts;
use hudang_visit::standard::Standard;
use rusqlite::params;

use crate::device::Scope;
use crate::error::Result;

/// What speaks against photos, by purpose and original.
pub type Doubts = BTreeMap<(String, BlobHash), BTreeSet<Doubt>>;

impl Scope<'_> {
    /// What speaks against the photos of a visit.
    pub(crate) fn doubts(
        &self,
        visit: VisitId,
        entries: &[Entry],
        facts: &VisitFacts,
        standard: &Standard,
    ) -> Result<Doubts> {
        let mut found = of_photos(facts, standard);
        self.add_doubts_of_cameras(entries, facts, &mut found)?;
        self.add_reused(visit, facts, &mut found)?;
        Ok(found)
    }

    /// Photos whose camera was somewhere else than the visit, or at another time, by the rules of the server.
    fn add_doubts_of_cameras(&self, entries: &[Entry], facts: &VisitFacts, found: &mut Doubts) -> Result<()> {
        let withdrawn = entry::amended(entries.iter());
        let mut standing = entries.iter().filter(|entry| !withdrawn.contains(&entry.id()));
        let here = standing.clone().find_map(|entry| match entry.body() {
            Body::Gps(position) if !position.mock => Some(position.at),
            _ => None,
        });
        // Before the server was met, what the phone's clock said is all that there is.
        let from_ms = self.opening_time(entries)?.map(|opening| {
            let width_ms = if opening.is_anchored { opening.width_ms } else { 0 };
            opening.at_ms.saturating_sub(width_ms)
        });
        standing.try_for_each(|entry| {
            let Body::Photo(photo) = entry.body() else {
                return Ok(());
            };
            let place = (photo.purpose.clone(), photo.sha256);
            let stated_ms = facts.photo_times.get(&place).map(|at| at.ms());
            let is_other_time = photo.taken.as_ref().is_some_and(|taken| {
                let bracket = from_ms.zip(stated_ms);
                bracket.is_some_and(|(from_ms, to_ms)| is_another_time(taken, None, from_ms, to_ms))
            });
            let apart = photo.gps.zip(here).map(|(there, here)| there.metres_to(here));
            let is_elsewhere = apart.is_some_and(|metres| metres > APART_METRES_MAX);
            let doubts = [
                (Doubt::OtherTime, is_other_time),
                (Doubt::OtherPlace, is_elsewhere),
            ];
            let held = doubts
                .into_iter()
                .filter(|(_, holds)| *holds)
                .map(|(doubt, _)| doubt);
            for doubt in held {
                found.entry(place.clone()).or_default().insert(doubt);
            }
            Ok(())
        })
    }

    /// Photos that are in another visit of this phone, byte by byte, and were not withdrawn there.
    fn add_reused(&self, visit: VisitId, facts: &VisitFacts, found: &mut Doubts) -> Result<()> {
        let mut select = self.db.prepare_cached(
            "SELECT DISTINCT visit FROM entry WHERE blob = ?1 AND blob <> x'' AND visit <> ?2 AND visit <> x''",
        )?;
        for photo in &facts.photos {
            let rows =
                select.query_map(params![photo.blob.as_bytes(), visit.to_bytes()], |row| row.get(0))?;
            for row in rows {
                if self.stands_in(VisitId::from_bytes(row?), &photo.blob)? {
                    let place = (photo.purpose.clone(), photo.blob);
                    found.entry(place).or_default().insert(Doubt::Reused);
                }
            }
        }
        Ok(())
    }

    /// Whether an entry of the visit that was not withdrawn brings the original; what is void is no visit.
    fn stands_in(&self, visit: VisitId, blob: &BlobHash) -> Result<bool> {
        if self.is_voided(visit)? {
            return Ok(false);
        }
        let entries = self.entries(visit)?;
        let withdrawn = entry::amended(entries.iter());
        let brings = |entry: &Entry| entry.body().blob().is_some_and(|(found, _)| found == *blob);
        Ok(entries
            .iter()
            .any(|entry| brings(entry) && !withdrawn.contains(&entry.id())))
    }
}
