//! The door itself: one store, shared by the screens' sessions and by the work of sending.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hudang_device::Device;
use hudang_device::platform::Platform;
use hudang_evidence::id::{PersonId, VisitId};
use hudang_visit::Language;

use crate::acts::forms::Shown;
use crate::cross::today::Sealing;
use crate::error::{DoorError, Fault, Result};
use crate::sender::Sender;
use crate::session::{Session, SessionKey, Sessions};
use crate::table::{ARGUMENTS_BYTES_MAX, Carries, Needs, find};

/// Commands that a screen sends by itself: they keep no session from locking.
const UNASKED: [&str; 4] = ["form_news", "recording_append", "start", "sync_progress"];

/// What the door is told of the phone around it.
#[derive(Debug, Clone)]
pub struct Furnishing {
    /// Version of the app.
    pub version: String,
    /// The reserve that the store keeps free, for telling how much fits.
    pub reserve_bytes: u64,
}

/// The command door over one store.
#[derive(Clone)]
pub struct Door {
    hall: Arc<Mutex<Hall>>,
    sender: Arc<Sender>,
    practice: Practice,
}

/// Who practises where.
#[derive(Clone)]
enum Practice {
    /// This door leads to a store to practise in.
    Here,
    /// These sessions are at other doors for now.
    Elsewhere(Arc<Mutex<BTreeMap<SessionKey, Door>>>),
}

/// The store and who uses it.
pub(crate) struct Hall {
    pub(crate) device: Device,
    pub(crate) platform: Arc<dyn Platform>,
    pub(crate) furnishing: Furnishing,
    pub(crate) sessions: Sessions,
    /// What the screen was shown of a form last.
    pub(crate) shown: Option<Shown>,
    /// How many lines of a visit are missing, where that was worked out and nothing happened since.
    pub(crate) lacks: BTreeMap<VisitId, usize>,
    /// Who has sealed a visit, where that was worked out and nothing happened since.
    pub(crate) sealings: BTreeMap<VisitId, Sealing>,
}

/// One call.
pub(crate) struct Call<'a> {
    pub(crate) hall: &'a mut Hall,
    pub(crate) door: &'a Door,
    pub(crate) key: &'a SessionKey,
    /// Bytes beside the arguments.
    pub(crate) body: &'a [u8],
}

impl Door {
    /// Opens the door over a store.
    pub fn new(device: Device, platform: Arc<dyn Platform>, furnishing: Furnishing) -> Self {
        Self::over(device, platform, furnishing, Practice::Elsewhere(Arc::default()))
    }

    fn over(device: Device, platform: Arc<dyn Platform>, furnishing: Furnishing, practice: Practice) -> Self {
        Self {
            hall: Arc::new(Mutex::new(Hall {
                device,
                platform,
                furnishing,
                sessions: Sessions::default(),
                shown: None,
                lacks: BTreeMap::new(),
                sealings: BTreeMap::new(),
            })),
            sender: Arc::new(Sender::default()),
            practice,
        }
    }

    /// The door that a session is at.
    pub(crate) fn of(&self, key: &SessionKey) -> Self {
        self.practising()
            .and_then(|practising| practising.get(key).cloned())
            .unwrap_or_else(|| self.clone())
    }

    /// Whether nothing behind this door is real.
    pub(crate) fn is_practice(&self) -> bool {
        matches!(self.practice, Practice::Here)
    }

    fn practising(&self) -> Option<MutexGuard<'_, BTreeMap<SessionKey, Self>>> {
        match &self.practice {
            Practice::Here => None,
            Practice::Elsewhere(practising) => {
                Some(practising.lock().unwrap_or_else(PoisonError::into_inner))
            }
        }
    }

    /// Leads a session to a store to practise in; whoever practised before is back, since there is one such store.
    pub(crate) fn practises(
        &self,
        key: &SessionKey,
        device: Device,
        platform: Arc<dyn Platform>,
        furnishing: Furnishing,
    ) -> Self {
        let door = Self::over(device, platform, furnishing, Practice::Here);
        if let Some(mut practising) = self.practising() {
            practising.clear();
            practising.insert(key.clone(), door.clone());
        }
        door
    }

    /// Leads a session back; whether it had practised.
    pub(crate) fn ends_practice(&self, key: &SessionKey) -> bool {
        self.practising()
            .is_some_and(|mut practising| practising.remove(key).is_some())
    }

    /// Carries a command out: its reply as JSON. Blocks on the disk, never on the network.
    pub fn call(
        &self,
        key: &SessionKey,
        name: &str,
        arguments: &[u8],
        body: &[u8],
    ) -> core::result::Result<Vec<u8>, DoorError> {
        let door = match name {
            // The way back is this door's.
            "practice_end" => self.clone(),
            _ => self.of(key),
        };
        let mut hall = door.hall();
        let called = hall.call(&door, key, name, arguments, body);
        called.map_err(|fault| fault.tell(hall.language(key)))
    }

    /// The hall, for one step. A step that panicked changed nothing that was not committed.
    pub(crate) fn hall(&self) -> MutexGuard<'_, Hall> {
        self.hall.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn sender(&self) -> &Arc<Sender> {
        &self.sender
    }
}

impl hudang_link::Hold for Door {
    fn with<T>(&mut self, step: impl FnOnce(&mut Device) -> T) -> T {
        let mut hall = self.hall();
        // What a list worked out may change by what comes.
        hall.lacks.clear();
        hall.sealings.clear();
        step(&mut hall.device)
    }
}

impl Hall {
    fn call(
        &mut self,
        door: &Door,
        key: &SessionKey,
        name: &str,
        arguments: &[u8],
        body: &[u8],
    ) -> Result<Vec<u8>> {
        let command = find(name).ok_or_else(|| Fault::Command(name.chars().take(64).collect()))?;
        if arguments.len() > ARGUMENTS_BYTES_MAX {
            return Err(Fault::TooLarge(arguments.len()));
        }
        match command.carries {
            Carries::Nothing if !body.is_empty() => return Err(Fault::Content),
            Carries::Bytes(_) if body.is_empty() => return Err(Fault::Content),
            Carries::Bytes(max) if body.len() > max => return Err(Fault::TooLarge(body.len())),
            _ => {}
        }
        self.lock_idle()?;
        if command.needs == Needs::Pin && self.session(key).acting.is_none() {
            return Err(Fault::Locked);
        }
        if !UNASKED.contains(&name) {
            let now_ms = self.now_ms();
            self.sessions.touch(key, now_ms);
        }
        let mut call = Call {
            hall: self,
            door,
            key,
            body,
        };
        (command.run)(&mut call, arguments)
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.platform.clock().mono_ms
    }

    pub(crate) fn session(&mut self, key: &SessionKey) -> &mut Session {
        let now_ms = self.now_ms();
        self.sessions.of(key, now_ms)
    }

    pub(crate) fn language(&mut self, key: &SessionKey) -> Language {
        self.session(key).language.into()
    }

    /// Locks sessions that were idle too long, and the keys that nobody needs then.
    pub(crate) fn lock_idle(&mut self) -> Result<()> {
        let now_ms = self.now_ms();
        let people = self.sessions.sweep(now_ms);
        self.lock_keys(people)
    }

    /// Locks the keys of these people.
    pub(crate) fn lock_keys(&mut self, people: BTreeSet<PersonId>) -> Result<()> {
        for person in people {
            self.device.lock(&person)?;
        }
        Ok(())
    }

    /// Whether people of a session have to do with a visit: assigned to it, or in its chains.
    fn concerns(&self, people: &BTreeSet<PersonId>, visit: VisitId) -> Result<bool> {
        let visits = self.device.visits()?;
        let Some(info) = visits.iter().find(|info| info.visit == visit) else {
            return Ok(false);
        };
        let is_assigned = self.device.assignments()?.iter().any(|one| {
            let is_of = match one.visit {
                Some(named) => named == visit,
                None => one.household == info.household && one.contract == info.contract,
            };
            is_of && one.persons.iter().any(|person| people.contains(person))
        });
        Ok(is_assigned
            || self
                .device
                .status(visit)?
                .people
                .iter()
                .any(|person| people.contains(person)))
    }
}

impl Call<'_> {
    pub(crate) fn session(&mut self) -> &mut Session {
        self.hall.session(self.key)
    }

    pub(crate) fn language(&mut self) -> Language {
        self.hall.language(self.key)
    }

    /// Who acts.
    pub(crate) fn acting(&mut self) -> Result<PersonId> {
        self.session().acting.clone().ok_or(Fault::Locked)
    }

    /// Refuses visits that are none of this session's.
    pub(crate) fn may_see(&mut self, visit: VisitId) -> Result<()> {
        if self.session().visits.contains(&visit) {
            return Ok(());
        }
        let people = self.session().people.clone();
        if !self.hall.concerns(&people, visit)? {
            return Err(Fault::NotYours);
        }
        self.session().visits.insert(visit);
        Ok(())
    }

    /// The same for what changes the visit: what was worked out of it is forgotten. Gives who acts.
    pub(crate) fn may_change(&mut self, visit: VisitId) -> Result<PersonId> {
        self.may_see(visit)?;
        self.hall.lacks.remove(&visit);
        self.hall.sealings.remove(&visit);
        self.acting()
    }
}
