//! Looking into originals that came in: after the upload was answered, as fast as the machine has time.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::{MutexGuard, PoisonError};

use hudang_evidence::id::BlobHash;
use hudang_evidence::time::WallTime;
use hudang_media::{audio, photo};

use crate::archive::Archive;
use crate::derive::{self, Inspection};
use crate::error::{ArchiveError, Result};
use crate::journal::{Kind, Record};
use crate::judge;
use crate::roles::Act;
use crate::uploads::{append_and_derive, names_it};
use crate::viewer::Viewer;

/// Largest original that is read into memory to look into it; a larger one is held all the same.
const INSPECT_BYTES_MAX: u64 = 256 << 20;

/// What came of looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looked {
    /// Originals that were looked into.
    pub done: u32,
    /// Originals that could not be read. They are passed over until [`Archive::look_again`].
    pub failed: u32,
}

impl Archive {
    /// Looks into at most `limit` originals that nobody has looked into, oldest first. A server calls it in the
    /// background until nothing is left. One that cannot be read does not hold up the others.
    pub fn inspect_waiting(&self, limit: u32, now: WallTime) -> Result<Looked> {
        let passed_over = self.unreadable().clone();
        let most = u64::from(limit).saturating_add(passed_over.len() as u64);
        let waiting: Vec<([u8; 32], u64)> = self.read(|db| {
            let mut select = db.prepare_cached(
                "SELECT hash, bytes FROM blob WHERE inspected = 0 ORDER BY journal LIMIT ?1",
            )?;
            let rows = select.query_map([most], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })?;
        let waiting = waiting
            .into_iter()
            .map(|(hash, bytes)| (BlobHash::from_bytes(hash), bytes))
            .filter(|(hash, _)| !passed_over.contains(hash));
        let mut looked = Looked::default();
        for (hash, bytes) in waiting.take(limit as usize) {
            if let Ok(inspection) = self.look_into(&hash, bytes) {
                self.keep_inspection(hash, &inspection, now)?;
                looked.done += 1;
            } else {
                self.unreadable().insert(hash);
                looked.failed += 1;
            }
        }
        Ok(looked)
    }

    /// Takes up again the originals that could not be read.
    pub fn look_again(&self) {
        self.unreadable().clear();
    }

    fn unreadable(&self) -> MutexGuard<'_, BTreeSet<BlobHash>> {
        self.unreadable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was seen in an original that a visit of the viewer's names; nothing where nobody has looked yet.
    pub fn inspection(&self, viewer: &Viewer, hash: &BlobHash) -> Result<Option<Inspection>> {
        viewer.check(Act::OpenHousehold)?;
        self.read(|db| {
            let is_named = names_it(db, &viewer.sight(db)?, hash)?;
            let found = derive::inspection_of(db, hash)?;
            Ok(found.filter(|_| is_named))
        })
    }

    fn look_into(&self, hash: &BlobHash, bytes: u64) -> Result<Inspection> {
        if bytes > INSPECT_BYTES_MAX {
            return Ok(Inspection::Other {
                code: "MEDIA-TOO-LARGE".into(),
            });
        }
        let file = self.open_held(hash)?;
        let mut content = Vec::new();
        file.take(INSPECT_BYTES_MAX)
            .read_to_end(&mut content)
            .map_err(ArchiveError::io("read a blob"))?;
        Ok(see(&content))
    }

    fn keep_inspection(&self, hash: BlobHash, inspection: &Inspection, now: WallTime) -> Result<()> {
        let payload = serde_json::to_vec(inspection)
            .map_err(|error| ArchiveError::Damaged(format!("an inspection: {error}")))?;
        self.submit(move |scope| {
            if derive::inspection_of(scope.db, &hash)?.is_some() {
                return Ok(());
            }
            let record = Record {
                kind: Kind::Inspection,
                device: b"",
                subject: hash.as_bytes(),
                payload: &payload,
            };
            let touched = append_and_derive(scope, now, &record)?;
            judge::judge_touched(scope, &touched)
        })
    }
}

/// Reads what the bytes are.
fn see(content: &[u8]) -> Inspection {
    let limits = photo::Limits::default();
    match photo::inspect(content, &limits) {
        Ok(facts) => {
            // A picture that cannot be decoded here is kept; it only cannot be searched for.
            let dhashes = photo::fingerprint(content, &limits)
                .map(|print| print.orientations().iter().map(ToString::to_string).collect())
                .unwrap_or_default();
            Inspection::Photo {
                mime: facts.format.media_type().into(),
                width: facts.width,
                height: facts.height,
                dhashes,
                taken: facts.taken_local.map(|time| time.to_string()).unwrap_or_default(),
                truncated: facts.truncated,
            }
        }
        Err(no_photo) => match audio::inspect(content, &audio::Limits::default()) {
            Ok(facts) => Inspection::Recording {
                mime: facts.container.media_type().into(),
                duration_ms: facts.duration_ms,
                gap_ms: facts.longest_gap_ms,
                silent: facts.silent,
                truncated: facts.truncated,
                damaged: facts.damaged,
            },
            Err(audio::AudioError::Type { .. }) if content.starts_with(b"%PDF-") => {
                Inspection::Other { code: String::new() }
            }
            Err(audio::AudioError::Type { .. }) => Inspection::Other {
                code: no_photo.code().into(),
            },
            Err(no_audio) => Inspection::Other {
                code: no_audio.code().into(),
            },
        },
    }
}
