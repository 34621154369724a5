//! Looking into originals that came in: part of receiving, and beside the writer's turn.
//!
//! A worker takes the next original that nobody has looked into, looks, and hands in what it saw; any number of workers
//! may do so at once, up to [`LOOKS_MAX`]. Phones take turns, so that one that sends a thousand large files holds up
//! nobody else. What is under way is known in memory alone: after a crash the rows still say what nobody has looked into.
//!
//! One look holds at most [`LOOK_BYTES_MAX`]: the file, and for a photo its pixels; a larger file is none that can be
//! looked into. It ends within [`LOOK_MAX`]; one that does not is given up, with its place among the looks until it ends
//! after all.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use hudang_evidence::id::BlobHash;
use hudang_evidence::original::Seen;
use hudang_evidence::time::WallTime;
use hudang_media::audio::AudioError;
use hudang_media::{audio, photo, seen};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::archive::Archive;
use crate::derive::{self, Inspection, Touched};
use crate::error::{ArchiveError, Result};
use crate::faults::IoPoint;
use crate::journal::{Kind, Record};
use crate::judge;
use crate::receipts;
use crate::roles::Act;
use crate::search::{Prints, Search};
use crate::uploads::{append_into, naming};
use crate::viewer::Viewer;

/// Most memory of one look in bytes: the file and, for a photo, its pixels.
pub const LOOK_BYTES_MAX: u64 = 256 << 20;
/// Most looks at once; with [`LOOK_BYTES_MAX`] the bound of the memory of all.
pub const LOOKS_MAX: usize = 4;
/// By how much a look steps back behind all else that the server does (setpriority(2)).
#[cfg(target_os = "linux")]
const LOOK_NICENESS: i32 = 10;
/// How long one look may take. An hour of sound is decoded in seconds.
pub const LOOK_MAX: Duration = Duration::from_mins(5);

/// Originals of one phone that a worker takes at once, so that a visit is judged once and not for each of them.
const TAKEN_MAX: usize = 8;
/// Bytes above which no further original is taken with the others.
const TAKEN_BYTES_MAX: u64 = 32 << 20;

/// What came of looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looked {
    /// Originals that were looked into.
    pub done: u32,
    /// Originals that could not be read. They are passed over until [`Archive::look_again`].
    pub failed: u32,
}

/// What is known of looks in memory.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    /// Under way.
    taken: BTreeSet<BlobHash>,
    /// Those that could not be read when they were to be looked into.
    unreadable: BTreeSet<BlobHash>,
    /// The phone whose originals were taken last.
    last: Vec<u8>,
}

/// Originals that a worker looks into; given back when dropped.
struct Taken<'a> {
    archive: &'a Archive,
    all: Vec<(BlobHash, u64)>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut looks = self.archive.looks();
        for (hash, _) in &self.all {
            looks.taken.remove(hash);
        }
    }
}

impl Archive {
    /// Looks into the next originals of one phone that nobody has looked into: a few small ones, or a large one. Workers
    /// call it at the same time, each until nothing is left. One that cannot be read does not hold up the others.
    pub fn inspect_next(&self, now: WallTime) -> Result<Looked> {
        self.inspect_at_most(TAKEN_MAX, now)
    }

    /// Looks into at most `limit` originals, one phone's after the other's.
    pub fn inspect_waiting(&self, limit: u32, now: WallTime) -> Result<Looked> {
        let mut looked = Looked::default();
        while looked.done + looked.failed < limit {
            let left = limit.saturating_sub(looked.done + looked.failed) as usize;
            let next = self.inspect_at_most(left.min(TAKEN_MAX), now)?;
            if next == Looked::default() {
                break;
            }
            looked.done += next.done;
            looked.failed += next.failed;
        }
        Ok(looked)
    }

    /// Looks until nothing is left that can be read: what a server at rest has done.
    pub fn settle(&self, now: WallTime) -> Result<Looked> {
        self.inspect_waiting(u32::MAX, now)
    }

    /// Takes up again the originals that could not be read.
    pub fn look_again(&self) {
        self.looks().unreadable.clear();
    }

    /// What was seen in an original that a visit of the viewer's names; nothing where nobody has looked yet.
    pub fn inspection(&self, viewer: &Viewer, hash: &BlobHash) -> Result<Option<Inspection>> {
        viewer.check(Act::OpenHousehold)?;
        self.read(|db| {
            let is_named = naming(db, &viewer.sight(db)?, hash)?.is_some();
            let found = derive::inspection_of(db, hash)?;
            Ok(found.filter(|_| is_named))
        })
    }

    fn looks(&self) -> MutexGuard<'_, Looks> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn inspect_at_most(&self, limit: usize, now: WallTime) -> Result<Looked> {
        let taken = self.take(limit)?;
        let (mut seen, mut looked) = (Vec::new(), Looked::default());
        for (hash, bytes) in &taken.all {
            match self.look_into(hash, *bytes) {
                Ok(Some(inspection)) => seen.push((*hash, inspection)),
                // All places are taken by looks that were given up: it is taken up again when one has ended.
                Ok(None) => break,
                Err(_) => {
                    self.looks().unreadable.insert(*hash);
                    looked.failed += 1;
                }
            }
        }
        looked.done = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        if !seen.is_empty() {
            self.keep_inspections(seen, now)?;
        }
        Ok(looked)
    }

    /// Takes originals of the phone whose turn it is.
    fn take(&self, limit: usize) -> Result<Taken<'_>> {
        // Held throughout, so that no two workers take the same; the reads are of a few rows.
        let mut looks = self.looks();
        let mut all = Vec::new();
        let mut tried = Vec::new();
        while all.is_empty() {
            let Some(sender) = self.read(|db| next_sender(db, &looks.last))? else {
                break;
            };
            if tried.contains(&sender) {
                break;
            }
            looks.last.clone_from(&sender);
            self.read(|db| of_sender(db, &sender, &looks, limit, &mut all))?;
            tried.push(sender);
        }
        looks.taken.extend(all.iter().map(|(hash, _)| *hash));
        Ok(Taken { archive: self, all })
    }

    /// What an original is; nothing where no look is free.
    fn look_into(&self, hash: &BlobHash, bytes: u64) -> Result<Option<Inspection>> {
        if bytes > LOOK_BYTES_MAX {
            return Ok(Some(unseen("MEDIA-TOO-LARGE")));
        }
        let Some(place) = Place::take(&self.looks_under_way) else {
            return Ok(None);
        };
        let reading = || {
            self.faults.at(IoPoint::BlobRead)?;
            let mut content = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
            std::fs::File::open(self.blobs.path(hash))?
                .take(LOOK_BYTES_MAX)
                .read_to_end(&mut content)?;
            Ok(content)
        };
        let content = reading().map_err(ArchiveError::io("read a blob"))?;
        look_within(LOOK_MAX, place, move || see(&content))
    }

    fn keep_inspections(&self, seen: Vec<(BlobHash, Inspection)>, now: WallTime) -> Result<()> {
        for (hash, inspection) in &seen {
            // What the writer cannot read either is its error to tell.
            if let Ok(Some(prints)) = Prints::of(inspection) {
                let search = self.read(|db| Search::begin(db, prints, Some(&self.known.dhashes)))?;
                self.known.searches.put(*hash, Arc::new(search));
            }
        }
        let signer = Arc::clone(&self.signer);
        self.submit(move |scope| {
            let mut touched = Touched::default();
            for (hash, inspection) in &seen {
                if derive::inspection_of(scope.db, hash)?.is_some() {
                    continue;
                }
                let payload = serde_json::to_vec(inspection)
                    .map_err(|error| ArchiveError::Damaged(format!("an inspection: {error}")))?;
                let record = Record {
                    kind: Kind::Inspection,
                    device: b"",
                    subject: hash.as_bytes(),
                    payload: &payload,
                };
                append_into(scope, now, &record, &mut touched)?;
            }
            judge::judge_touched(scope, &touched)?;
            receipts::issue_complete(scope, &touched, &signer, now)
        })
    }
}

/// The next phone after this one, in a circle, of whose originals one waits.
fn next_sender(db: &Connection, last: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut select = db.prepare_cached(
        "SELECT sender FROM blob WHERE inspected = 0 AND sender > ?1 ORDER BY sender LIMIT 1",
    )?;
    let after = select.query_row([last], |row| row.get(0)).optional()?;
    if after.is_some() {
        return Ok(after);
    }
    let mut select =
        db.prepare_cached("SELECT sender FROM blob WHERE inspected = 0 ORDER BY sender LIMIT 1")?;
    Ok(select.query_row([], |row| row.get(0)).optional()?)
}

/// The oldest originals of a phone that nobody has looked into or looks into now.
fn of_sender(
    db: &Connection,
    sender: &[u8],
    looks: &Looks,
    limit: usize,
    all: &mut Vec<(BlobHash, u64)>,
) -> Result<()> {
    let passed = looks.taken.len().saturating_add(looks.unreadable.len());
    let mut select = db.prepare_cached(
        "SELECT hash, bytes FROM blob WHERE inspected = 0 AND sender = ?1 ORDER BY journal LIMIT ?2",
    )?;
    let mut rows = select.query(params![sender, limit.saturating_add(passed)])?;
    let mut sum_bytes = 0_u64;
    while let Some(row) = rows.next()? {
        let (hash, bytes) = (BlobHash::from_bytes(row.get(0)?), row.get(1)?);
        if looks.taken.contains(&hash) || looks.unreadable.contains(&hash) {
            continue;
        }
        sum_bytes = sum_bytes.saturating_add(bytes);
        if all.len() >= limit || (!all.is_empty() && sum_bytes > TAKEN_BYTES_MAX) {
            break;
        }
        all.push((hash, bytes));
    }
    Ok(())
}

/// One of the looks that there may be at once; free again when dropped, also by a look that was given up.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(under_way: &Arc<AtomicUsize>) -> Option<Self> {
        let more = |now: usize| (now < LOOKS_MAX).then_some(now + 1);
        let taken = under_way.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
        taken.ok().map(|_| Self(Arc::clone(under_way)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Looks on a thread of its own, for as long as is allowed.
fn look_within(
    limit: Duration,
    place: Place,
    look: impl FnOnce() -> Inspection + Send + 'static,
) -> Result<Option<Inspection>> {
    let (found, waiting) = sync_channel(1);
    let look = move || {
        step_back();
        // What is looked into is gone before its place is free.
        let inspection = look();
        drop(place);
        // Nobody waits any more where the look was given up.
        let _unheard = found.send(inspection);
    };
    std::thread::Builder::new()
        .name("archive-look".into())
        .spawn(look)
        .map_err(ArchiveError::io("look into a blob"))?;
    match waiting.recv_timeout(limit) {
        Ok(inspection) => Ok(Some(inspection)),
        Err(RecvTimeoutError::Timeout) => Ok(Some(unseen("MEDIA-SLOW"))),
        // The decoders are other people's code on hostile input: what makes one panic is no photo and no recording.
        Err(RecvTimeoutError::Disconnected) => Ok(Some(unseen("MEDIA-FAULT"))),
    }
}

/// Lets those who send and ask go first on the cores there are: a look may take its time.
fn step_back() {
    // On Linux a priority is a thread's; elsewhere it would be the whole process's. Where it is refused the look is only not slower.
    #[cfg(target_os = "linux")]
    let _refused = rustix::process::setpriority_process(None, LOOK_NICENESS);
}

fn unseen(code: &str) -> Inspection {
    Inspection::of(seen::other(code))
}

/// Reads what the bytes are.
fn see(content: &[u8]) -> Inspection {
    let size_bytes = content.len() as u64;
    let usual = photo::Limits::default();
    let limits = photo::Limits {
        memory_bytes_max: usual
            .memory_bytes_max
            .min(LOOK_BYTES_MAX.saturating_sub(size_bytes)),
        ..usual
    };
    let no_photo = match photo::look(content, &limits) {
        Ok(look) => return Inspection::of_photo(&look),
        Err(no_photo) => no_photo,
    };
    match audio::inspect(content, &audio::Limits::default()) {
        Ok(facts) => Inspection::of_recording(&facts),
        Err(AudioError::Type { .. }) if content.starts_with(b"%PDF-") => Inspection::of(Seen::Paper {
            mime: "application/pdf".to_owned(),
        }),
        Err(AudioError::Type { .. }) => unseen(no_photo.code()),
        Err(no_audio) => unseen(no_audio.code()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_that_does_not_end_is_given_up_and_keeps_its_place_until_it_ends() {
        let under_way = Arc::new(AtomicUsize::new(0));
        let place = || Place::take(&under_way);
        let (end, ended) = sync_channel::<()>(1);
        let endless = move || {
            let _told = ended.recv();
            unseen("")
        };
        let given_up = look_within(Duration::from_millis(1), place().unwrap(), endless).unwrap();
        assert_eq!(given_up, Some(unseen("MEDIA-SLOW")));
        let others: Vec<Place> = std::iter::from_fn(place).collect();
        assert_eq!(others.len(), LOOKS_MAX - 1, "its place is not free");
        drop(others);
        drop(end);
        while under_way.load(Ordering::SeqCst) > 0 {
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_makes_a_decoder_panic_is_nothing_and_takes_nobody_with_it() {
        let under_way = Arc::new(AtomicUsize::new(0));
        let place = Place::take(&under_way).unwrap();
        let found = look_within(LOOK_MAX, place, || panic!("a decoder")).unwrap();
        assert_eq!(found, Some(unseen("MEDIA-FAULT")));
        while under_way.load(Ordering::SeqCst) > 0 {
            std::thread::yield_now();
        }
    }
}
