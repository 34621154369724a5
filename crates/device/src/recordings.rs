//! Recordings: streamed to disk in pieces, each durable on return; unfinished ones are offered again.

use hudang_evidence::body::{Audio, Body, Source};
use hudang_evidence::id::{BlobHash, DeviceId, EntryId, PersonId, VisitId};
use hudang_media::audio::{self, Limits};
use hudang_media::seen;
use hudang_sync::phone::BlobClass;
use rusqlite::{OptionalExtension as _, params};

use crate::captures::Original;
use crate::desk::Desk;
use crate::device::{Device, Scope};
use crate::error::{DeviceError, Result};
use crate::files::Recorder;

/// Names a recording until it is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordingId(pub(crate) [u8; 32]);

impl RecordingId {
    /// The id as bytes, for the shell to hand back.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads the bytes back.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// A recording that is not finished: under way, or cut off by a crash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedRecording {
    /// Which.
    pub id: RecordingId,
    /// Of which visit.
    pub visit: VisitId,
    /// Whose: the key that will state it.
    pub dev: DeviceId,
    /// What it is for.
    pub purpose: String,
    /// When it began, in milliseconds since 1970.
    pub started_ms: i64,
}

struct Row {
    visit: VisitId,
    dev: DeviceId,
    purpose: String,
}

impl Device {
    /// Begins a recording.
    pub fn recording_start(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        purpose: &str,
    ) -> Result<RecordingId> {
        let scope = self.scope();
        scope.check_space(0)?;
        scope.check_may_state(person, visit)?;
        let (id, dev) = (scope.random::<32>(), scope.holder(person)?.dev);
        // The file first: a row without a file would offer nothing, a file without a row is swept up.
        let recorder = self.house.files.create_recording(id)?;
        self.commit(|scope| {
            scope.db.execute(
                "INSERT INTO recording (id, visit, dev, purpose, started_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    id,
                    visit.to_bytes(),
                    dev.as_bytes(),
                    purpose,
                    scope.clock().wall_ms
                ],
            )?;
            Ok(())
        })?;
        self.recorders.insert(id, recorder);
        Ok(RecordingId(id))
    }

    /// Adds a piece of at most a second; durable when this returns. After an error the piece may be given again.
    pub fn recording_append(&mut self, id: RecordingId, piece: &[u8]) -> Result<()> {
        let mut recorder = self.take_recorder(id)?;
        let appended = self.house.files.append(&mut recorder, piece);
        self.recorders.insert(id.0, recorder);
        appended
    }

    /// The same for a piece of which it is not known whether it was kept before, e.g. as the app was killed before it
    /// could answer: `offset` says after how many bytes of sound it begins. What is kept already is not kept twice.
    ///
    /// [`DeviceError::RecordingGap`] where sound before it is missing.
    pub fn recording_append_at(&mut self, id: RecordingId, offset: u64, piece: &[u8]) -> Result<()> {
        let mut recorder = self.take_recorder(id)?;
        let known = recorder.sound_bytes().checked_sub(offset);
        let appended = match known.map(|known| piece.get(usize::try_from(known).unwrap_or(usize::MAX)..)) {
            None => Err(DeviceError::RecordingGap),
            Some(Some(rest)) if !rest.is_empty() => self.house.files.append(&mut recorder, rest),
            Some(_) => Ok(()),
        };
        self.recorders.insert(id.0, recorder);
        appended
    }

    fn take_recorder(&mut self, id: RecordingId) -> Result<Recorder> {
        if let Some(recorder) = self.recorders.remove(&id.0) {
            return Ok(recorder);
        }
        self.scope().recording(id)?;
        self.house.files.resume_recording(id.0)
    }

    /// Whose key will state a recording: the one in use of the person who began it.
    pub fn recording_person(&self, id: RecordingId) -> Result<Option<PersonId>> {
        let dev = self.scope().recording(id)?.dev;
        let person = self.people()?.into_iter().find(|person| person.dev == dev);
        Ok(person.map(|person| person.person))
    }

    /// Ends a recording, also one that a crash cut off: its file becomes an original, the entry names it.
    pub fn recording_finish(&mut self, id: RecordingId) -> Result<EntryId> {
        let row = self.scope().recording(id)?;
        self.scope().signer(row.dev)?;
        Desk::take(&self.scope(), row.visit, row.dev)?.check_open()?;
        self.recorders.remove(&id.0);
        let path = self.house.files.recording_path(&id.0);
        if !path.exists() {
            self.tidy()?;
        }
        let frames = self.house.files.read_recording(&path)?;
        let facts = audio::inspect(&frames.clear, &Limits::default())?;
        let hash = BlobHash::of(&frames.clear);
        if frames.torn {
            self.house.files.trim_recording(&path, frames.end)?;
        }
        let body = Body::Audio(Audio {
            sha256: hash,
            bytes: facts.size_bytes,
            mime: facts.container.media_type().to_owned(),
            duration_ms: facts.duration_ms,
            gap_ms: facts.longest_gap_ms,
            silent: facts.silent,
            src: Source::Recorder,
            purpose: row.purpose.clone(),
        });
        let original = Original {
            hash,
            size_bytes: facts.size_bytes,
            class: BlobClass::Audio,
            seen: seen::recording(&facts),
        };
        let is_here = self.scope().has_blob(&original.hash)?;
        if !is_here {
            self.house.files.take_name(&path, &original.hash)?;
        }
        let committed = self.commit(|scope| scope.finish_recording(id, &row, &original, body));
        if committed.is_err() && !is_here {
            // Where this fails too, the next start does it.
            let blob = self.house.files.blob_path(&original.hash);
            let _ = self.take_back_unnamed(&blob, &original.hash, id);
        } else if is_here {
            self.house.files.remove(&path)?;
        }
        committed
    }

    /// The recordings that are not finished.
    pub fn recordings_unfinished(&self) -> Result<Vec<UnfinishedRecording>> {
        let mut select = self.db.prepare_cached(
            "SELECT id, visit, dev, purpose, started_ms FROM recording ORDER BY started_ms, id",
        )?;
        let rows = select.query_map([], |row| {
            Ok(UnfinishedRecording {
                id: RecordingId(row.get(0)?),
                visit: VisitId::from_bytes(row.get(1)?),
                dev: DeviceId::from_bytes(row.get(2)?),
                purpose: row.get(3)?,
                started_ms: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The sound of an unfinished recording so far, to listen to before deciding.
    pub fn recording_bytes(&self, id: RecordingId) -> Result<Vec<u8>> {
        self.scope().recording(id)?;
        let path = self.house.files.recording_path(&id.0);
        Ok(self.house.files.read_recording(&path)?.clear)
    }

    /// Throws an unfinished recording away, because a person said so.
    pub fn recording_discard(&mut self, id: RecordingId) -> Result<()> {
        self.scope().recording(id)?;
        self.commit(|scope| {
            scope.db.execute("DELETE FROM recording WHERE id = ?1", [id.0])?;
            Ok(())
        })?;
        self.recorders.remove(&id.0);
        self.house.files.remove(&self.house.files.recording_path(&id.0))
    }

    /// After a commit that may have failed: takes the file back unless an original of that name is on record.
    fn take_back_unnamed(&self, blob: &std::path::Path, hash: &BlobHash, id: RecordingId) -> Result<()> {
        if self.scope().has_blob(hash)? {
            return Ok(());
        }
        self.house.files.take_back(blob, &id.0)
    }

    /// Brings files and rows into line after a crash: a recording whose rename was not followed by its commit is
    /// taken back, files that no row names are removed, also originals that were wiped.
    pub(crate) fn tidy(&self) -> Result<()> {
        let files = &self.house.files;
        let scope = self.scope();
        for (path, _) in files.list("tmp")? {
            files.remove(&path)?;
        }
        for (path, hash) in files.list("blobs")? {
            if let Some(hash) = hash
                && scope.has_blob(&BlobHash::from_bytes(hash))?
            {
                continue;
            }
            match files.file_id(&path)? {
                Some(id) if scope.recording(RecordingId(id)).is_ok() => files.take_back(&path, &id)?,
                _ => files.remove(&path)?,
            }
        }
        for (path, id) in files.list("recordings")? {
            let known = id.is_some_and(|id| scope.recording(RecordingId(id)).is_ok());
            if !known {
                files.remove(&path)?;
            }
        }
        Ok(())
    }
}

impl Scope<'_> {
    fn recording(&self, id: RecordingId) -> Result<Row> {
        let mut select = self
            .db
            .prepare_cached("SELECT visit, (SELECT dev FROM person WHERE person = old.person ORDER BY confirmed DESC, n DESC LIMIT 1), purpose
             FROM recording JOIN person AS old ON old.dev = recording.dev WHERE id = ?1")?;
        // A person who got a new key since finishes with that one.
        let row = select.query_row([id.0], |row| {
            Ok(Row {
                visit: VisitId::from_bytes(row.get(0)?),
                dev: DeviceId::from_bytes(row.get(1)?),
                purpose: row.get(2)?,
            })
        });
        row.optional()?.ok_or(DeviceError::RecordingUnknown)
    }

    /// Whether a recording of the visit is not finished.
    pub(crate) fn is_recording(&self, visit: VisitId) -> Result<bool> {
        let mut select = self
            .db
            .prepare_cached("SELECT 1 FROM recording WHERE visit = ?1")?;
        Ok(select.exists([visit.to_bytes()])?)
    }

    fn finish_recording(
        &self,
        id: RecordingId,
        row: &Row,
        original: &Original,
        body: Body,
    ) -> Result<EntryId> {
        let mut desk = Desk::take(self, row.visit, row.dev)?;
        self.keep_blob(original)?;
        desk.document.add_media(original.hash, &row.purpose)?;
        let entry = desk.state(body)?;
        desk.put_away()?;
        self.db.execute("DELETE FROM recording WHERE id = ?1", [id.0])?;
        Ok(entry.id())
    }
}
