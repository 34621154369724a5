//! PIN sessions: which screen acts for whom, and until when.

use std::collections::{BTreeMap, BTreeSet};

use hudang_device::RecordingId;
use hudang_evidence::id::{BlobHash, PersonId, VisitId};

use crate::cross::people::Tongue;

/// After how long without a command a session locks, in milliseconds.
pub const IDLE_MS: u64 = 10 * 60_000;

/// Most sessions that are remembered; the one that was idle longest gives way.
const SESSIONS_MAX: usize = 64;

/// Names the session of one screen. The shell makes it, and keeps it from others.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionKey(String);

impl SessionKey {
    /// Wraps what the shell knows the screen by, e.g. a cookie.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }
}

/// What an original is, of which a reply told.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) size_bytes: u64,
    pub(crate) mime: String,
}

/// One session.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) acting: Option<PersonId>,
    /// Everybody whose PIN was given in it.
    pub(crate) people: BTreeSet<PersonId>,
    pub(crate) language: Tongue,
    /// Visits that it may see.
    pub(crate) visits: BTreeSet<VisitId>,
    /// Originals of which a reply told it.
    pub(crate) named: BTreeMap<BlobHash, Named>,
    /// Recordings that it began.
    pub(crate) recordings: BTreeSet<RecordingId>,
    last_ms: u64,
}

impl Session {
    /// Forgets whom it acts for and what it may see. A recording that it began goes on.
    pub(crate) fn lock(&mut self) -> BTreeSet<PersonId> {
        self.acting = None;
        self.visits.clear();
        self.named.clear();
        std::mem::take(&mut self.people)
    }
}

/// All sessions.
#[derive(Default)]
pub(crate) struct Sessions {
    all: BTreeMap<SessionKey, Session>,
}

impl Sessions {
    /// The session of a screen; a new one where it has none.
    pub(crate) fn of(&mut self, key: &SessionKey, now_ms: u64) -> &mut Session {
        if !self.all.contains_key(key) && self.all.len() >= SESSIONS_MAX {
            let oldest = self.all.iter().min_by_key(|(_, session)| session.last_ms);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.all.remove(&oldest);
            }
        }
        self.all.entry(key.clone()).or_insert_with(|| Session {
            last_ms: now_ms,
            ..Session::default()
        })
    }

    /// Notes that the screen was used.
    pub(crate) fn touch(&mut self, key: &SessionKey, now_ms: u64) {
        self.of(key, now_ms).last_ms = now_ms;
    }

    /// Locks what was idle too long; gives whose keys no session needs any more.
    pub(crate) fn sweep(&mut self, now_ms: u64) -> BTreeSet<PersonId> {
        let mut left = BTreeSet::new();
        for session in self.all.values_mut() {
            if now_ms.saturating_sub(session.last_ms) >= IDLE_MS {
                left.extend(session.lock());
            }
        }
        self.unneeded(left)
    }

    /// Those of `people` whom no session acts for.
    pub(crate) fn unneeded(&self, people: BTreeSet<PersonId>) -> BTreeSet<PersonId> {
        let is_needed = |person: &PersonId| self.all.values().any(|session| session.people.contains(person));
        people.into_iter().filter(|person| !is_needed(person)).collect()
    }
}
