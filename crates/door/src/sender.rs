//! Sending and taking in the background: one wake-up of the sync machine at a time, on a thread of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hudang_device::ServerAddress;
use hudang_device::platform::Platform;
use hudang_evidence::id::BlobHash;
use hudang_link::{Go, LinkError, Progress, Rest, Wake, Way, enrol_pending, work};
use hudang_sync::phone::{AudioOver, Link, PhoneSync, Settings, WakeBy};
use hudang_visit::Language;

use crate::cross::sending::{LinkKind, RecordingsOver, Sync, SyncPhase, SyncProgress};
use crate::error::{DoorError, Fault};
use crate::hall::Door;

/// The work of sending.
#[derive(Default)]
pub(crate) struct Sender {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    phase: Option<SyncPhase>,
    requests: u64,
    answered: u64,
    broken: u64,
    sent_bytes: u64,
    originals_bytes: u64,
    held: BTreeMap<BlobHash, u64>,
    began_ms: u64,
    ran_ms: u64,
    again_at_ms: Option<u64>,
    problem: Option<DoorError>,
    /// Somebody wants it to stop.
    is_to_stop: bool,
    /// The machine stays between wake-ups: it knows what waits for what.
    machine: Option<(PhoneSync, AudioOver)>,
}

impl Sender {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it goes. Counts of the store are for who has it.
    pub(crate) fn progress(&self, now_ms: u64) -> SyncProgress {
        let state = self.state();
        let phase = state.phase.unwrap_or(SyncPhase::Idle);
        SyncProgress {
            phase,
            requests: state.requests,
            broken: state.broken,
            sent_bytes: state.sent_bytes,
            originals_bytes: state.originals_bytes,
            originals_held_bytes: state.held.values().sum(),
            running_ms: if phase == SyncPhase::Running {
                now_ms.saturating_sub(state.began_ms)
            } else {
                state.ran_ms
            },
            again_in_ms: state.again_at_ms.map(|at_ms| at_ms.saturating_sub(now_ms)),
            ended_ms: None,
            waiting: 0,
            originals_waiting: 0,
            problem: state.problem.clone(),
        }
    }

    /// Lets what is under way come to its end, and sends nothing more in this wake-up.
    pub(crate) fn stop(&self) {
        self.state().is_to_stop = true;
    }

    /// Begins a wake-up, unless one is under way.
    pub(crate) fn begin(
        self: Arc<Self>,
        door: Door,
        platform: Arc<dyn Platform>,
        address: ServerAddress,
        sync: Sync,
        originals_bytes: u64,
        language: Language,
    ) {
        {
            let mut state = self.state();
            if state.phase == Some(SyncPhase::Running) {
                return;
            }
            let machine = state.machine.take();
            *state = State {
                phase: Some(SyncPhase::Running),
                originals_bytes,
                began_ms: platform.clock().mono_ms,
                machine,
                ..State::default()
            };
        }
        std::thread::spawn(move || {
            // Also where the work panics, it is over.
            let over = Over(&self, platform.as_ref());
            let ended = self.work(door, platform.as_ref(), &address, sync);
            over.end(ended.map_err(|error| Fault::from(error).tell(language)));
        });
    }

    fn work(
        &self,
        mut door: Door,
        platform: &dyn Platform,
        address: &ServerAddress,
        sync: Sync,
    ) -> Result<Rest, LinkError> {
        let way = Way::to(address)?;
        let mut refused = None;
        for enrolment in enrol_pending(&mut door, &way)? {
            if let Err(error) = enrolment.outcome {
                refused = Some(error);
            }
        }
        let audio = match sync.recordings {
            RecordingsOver::AnyLink => AudioOver::AnyLink,
            RecordingsOver::WifiOnly => AudioOver::WifiOnly,
        };
        let known = self.state().machine.take();
        let mut machine = match known {
            Some((machine, over)) if over == audio => machine,
            _ => PhoneSync::new(Settings {
                audio,
                ..Settings::default()
            }),
        };
        let wake = Wake {
            link: match sync.link {
                LinkKind::Wifi => Link::Wifi,
                LinkKind::Mobile => Link::Mobile,
            },
            by: WakeBy::Person,
        };
        let rest = work(&mut door, platform, &mut machine, &way, wake, &mut |progress| {
            let mut state = self.state();
            state.note(progress);
            if state.is_to_stop { Go::Stop } else { Go::On }
        });
        if rest == Rest::Idle && refused.is_none() {
            door.hall().device.note_sent()?;
        }
        let mut state = self.state();
        // A machine that was stopped waits for what never left.
        state.machine = (rest != Rest::Stopped).then_some((machine, audio));
        if let Some(error) = refused {
            return Err(error);
        }
        if state.requests > 0 && state.answered == 0 && matches!(rest, Rest::Wait { .. }) {
            return Err(LinkError::Network("no answer".to_owned()));
        }
        Ok(rest)
    }
}

impl State {
    fn note(&mut self, progress: Progress) {
        let add = |to: &mut u64, n: u64| *to = to.saturating_add(n);
        match progress {
            Progress::Asks { bytes } => {
                add(&mut self.requests, 1);
                add(&mut self.sent_bytes, u64::try_from(bytes).unwrap_or(0));
            }
            Progress::Answered => add(&mut self.answered, 1),
            Progress::Broke => add(&mut self.broken, 1),
            Progress::Holds { hash, held_bytes, .. } => {
                let before = self.held.insert(hash, held_bytes).unwrap_or(0);
                add(&mut self.sent_bytes, held_bytes.saturating_sub(before));
            }
        }
    }
}

/// Says when the work is over, however it ends.
struct Over<'a>(&'a Sender, &'a dyn Platform);

impl Over<'_> {
    fn end(self, ended: Result<Rest, DoorError>) {
        let mut state = self.0.state();
        state.again_at_ms = match &ended {
            Ok(Rest::Wait { in_ms }) => Some(self.1.clock().mono_ms.saturating_add(*in_ms)),
            _ => None,
        };
        state.phase = Some(match &ended {
            Ok(Rest::Idle) => SyncPhase::Rested,
            Ok(Rest::Wait { .. }) => SyncPhase::Waiting,
            Ok(Rest::Stopped) => SyncPhase::Paused,
            Err(_) => SyncPhase::Failed,
        });
        state.problem = ended.err();
    }
}

impl Drop for Over<'_> {
    fn drop(&mut self) {
        let clock = self.1.clock();
        let mut state = self.0.state();
        if state.phase == Some(SyncPhase::Running) {
            state.phase = Some(SyncPhase::Failed);
        }
        state.ran_ms = clock.mono_ms.saturating_sub(state.began_ms);
    }
}
