//! What a visit's originals and fixes say about when and where it was made (EVIDENCE §1.10 R8): findings for a person,
//! never a rejection. A camera's clock may be wrong, and a fix a kilometre off.

use std::collections::BTreeSet;

use hudang_contract::contract::Contract;
use hudang_evidence::body::{Body, Coordinates};
use hudang_evidence::entry::{self, Entry};
use hudang_evidence::id::{BlobHash, VisitId};
use hudang_evidence::original::Seen;
use hudang_visit::doubts::{APART_METRES_MAX, is_another_time};
use rusqlite::Connection;
use serde_json::json;

use crate::derive::{Inspection, inspection_of};
use crate::error::Result;
use crate::travel;

/// A photo that was taken at another time than the visit.
const EXIF_TIME: &str = "EXIF-TIME";
/// A photo or a fix from somewhere else than the rest of the visit.
const EXIF_PLACE: &str = "EXIF-PLACE";
/// Two fixes of one person or one phone that no car could join.
const TRAVEL: &str = "TRAVEL";
/// A recording in which hardly anybody speaks.
const AUDIO_SPEECH: &str = "AUDIO-SPEECH";

/// When the visit was made, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bracket {
    /// No earlier than this.
    pub(super) from_ms: i64,
    /// No later than this.
    pub(super) to_ms: i64,
}

/// All findings about times and places; none before the visit is sealed.
pub(super) fn find(
    db: &Connection,
    visit: VisitId,
    entries: &[&Entry],
    bracket: Option<Bracket>,
    terms: Option<&Contract>,
) -> Result<Vec<(String, serde_json::Value)>> {
    let mut findings = Vec::new();
    let Some(bracket) = bracket else {
        return Ok(findings);
    };
    let speech_percent_min = terms.map_or(0, |terms| u64::from(terms.standard().speech_percent_min()));
    // The first place that the visit names, and by what.
    let mut first: Option<(Coordinates, serde_json::Value)> = None;
    let mut seen = BTreeSet::new();
    for original in standing(entries) {
        let (place, about) = match original {
            Standing::Fix(at) => (Some(at), json!("gps")),
            Standing::Original(blob) => {
                if !seen.insert(blob) {
                    continue;
                }
                let place = match inspection_of(db, &blob)? {
                    Some(Inspection {
                        seen: Seen::Photo(photo),
                        offset_minutes,
                        ..
                    }) => {
                        let taken = photo.taken.unwrap_or_default();
                        if is_another_time(&taken, offset_minutes, bracket.from_ms, bracket.to_ms) {
                            findings.push((EXIF_TIME.to_owned(), json!({ "blob": blob, "taken": taken })));
                        }
                        photo.gps
                    }
                    Some(Inspection {
                        seen: Seen::Recording(recording),
                        speech_ms: Some(speech_ms),
                        ..
                    }) => {
                        let duration_ms = recording.duration_ms;
                        if speech_ms.saturating_mul(100) < duration_ms.saturating_mul(speech_percent_min) {
                            let details =
                                json!({ "blob": blob, "speech_ms": speech_ms, "duration_ms": duration_ms });
                            findings.push((AUDIO_SPEECH.to_owned(), details));
                        }
                        None
                    }
                    _ => None,
                };
                (place, json!(blob))
            }
        };
        let Some(place) = place else { continue };
        match &first {
            None => first = Some((place, about)),
            Some((other, of)) => {
                let metres = place.metres_to(*other);
                if metres > APART_METRES_MAX {
                    findings.push((
                        EXIF_PLACE.to_owned(),
                        json!({ "blob": about, "other": of, "metres": metres.round() }),
                    ));
                }
            }
        }
    }
    findings.extend(travels(db, visit)?);
    Ok(findings)
}

/// What says where or when.
enum Standing {
    Fix(Coordinates),
    Original(BlobHash),
}

/// Fixes first, then photos and recordings, none that was withdrawn.
fn standing(entries: &[&Entry]) -> Vec<Standing> {
    let withdrawn = entry::amended(entries.iter().copied());
    let bodies = || {
        let standing = entries.iter().filter(|entry| !withdrawn.contains(&entry.id()));
        standing.map(|entry| entry.body())
    };
    let fixes = bodies().filter_map(|body| match body {
        Body::Gps(position) => Some(Standing::Fix(position.at)),
        _ => None,
    });
    let originals = bodies().filter_map(|body| match body {
        Body::Photo(photo) => Some(Standing::Original(photo.sha256)),
        Body::Audio(audio) => Some(Standing::Original(audio.sha256)),
        _ => None,
    });
    fixes.chain(originals).collect()
}

fn travels(db: &Connection, visit: VisitId) -> Result<Vec<(String, serde_json::Value)>> {
    let mut others = BTreeSet::new();
    for own in travel::of_visit(db, visit)? {
        let beside = travel::beside(db, &own.person, &own.installation, &own.fix)?;
        others.extend(
            beside
                .iter()
                .filter(|other| other.is_out_of_reach(&own.fix))
                .map(|other| other.visit),
        );
    }
    Ok(others
        .into_iter()
        .map(|other| (TRAVEL.to_owned(), json!({ "visit": other })))
        .collect())
}
