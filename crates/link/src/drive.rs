//! One wake-up: the machine's actions are carried out until it rests.
//!
//! The store is used on the caller's thread only, one step at a time. Requests and pieces go on threads of their own, as many as the
//! machine asks for at once; each carries its bytes and its signature with it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Scope;

use hudang_device::Carried;
use hudang_device::platform::Platform;
use hudang_evidence::id::{BlobHash, Sha256};
use hudang_sync::phone::{Action, BlobFailure, Event, FailureKind, Link, PhoneSync, WakeBy};
use hudang_sync::wire::{SyncRequest, pack};

use crate::hold::Hold;
use crate::request::{self, Answer, Brought, Piece, SYNC_PATH};
use crate::way::Way;

/// Why and over what the phone wakes.
#[derive(Debug, Clone, Copy)]
pub struct Wake {
    /// The link that there is.
    pub link: Link,
    /// The reason.
    pub by: WakeBy,
}

/// How the machine came to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// Nothing is to do until something happens.
    Idle,
    /// It wants to be woken in so many milliseconds.
    Wait {
        /// How long from now.
        in_ms: u64,
    },
    /// It was told to stop before it was done; another wake-up goes on, with a new machine.
    Stopped,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// As long as there is something to do.
    On,
    /// What is under way comes to its end, nothing more leaves.
    Stop,
}

/// What a person may be shown meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// A request leaves, of so many bytes.
    Asks {
        /// Its size on the wire, headers apart.
        bytes: usize,
    },
    /// Its answer was taken in.
    Answered,
    /// A request or a piece did not come through; the machine tries again.
    Broke,
    /// The server holds an original up to here.
    Holds {
        /// Which.
        hash: BlobHash,
        /// How much of it.
        held_bytes: u64,
        /// Its size.
        size_bytes: u64,
    },
}

/// What a worker brings back.
enum Back {
    Answer { number: u64, answer: Answer },
    Piece { hash: BlobHash, brought: Brought },
}

struct Drive<'a, H> {
    device: &'a mut H,
    platform: &'a dyn Platform,
    machine: &'a mut PhoneSync,
    way: &'a Way,
    sizes: BTreeMap<BlobHash, u64>,
    wait_until_ms: Option<u64>,
    progress: &'a mut dyn FnMut(Progress) -> Go,
    go: Go,
}

/// Wakes the machine and works until it rests. The store is whole at every moment: this may be killed anywhere.
pub fn work<H: Hold>(
    device: &mut H,
    platform: &dyn Platform,
    machine: &mut PhoneSync,
    way: &Way,
    wake: Wake,
    progress: &mut dyn FnMut(Progress) -> Go,
) -> Rest {
    let now_ms = platform.clock().mono_ms;
    let mut actions: VecDeque<Action> = machine
        .on(Event::Wake {
            now_ms,
            link: wake.link,
            by: wake.by,
        })
        .into();
    let mut drive = Drive {
        device,
        platform,
        machine,
        way,
        sizes: BTreeMap::new(),
        wait_until_ms: None,
        progress,
        go: Go::On,
    };
    let (back, arrived): (Sender<Back>, Receiver<Back>) = channel();
    std::thread::scope(|scope| {
        let mut under_way = 0_usize;
        loop {
            while let Some(action) = actions.pop_front() {
                let (event, leaves) = drive.carry_out(action, scope, &back);
                under_way = under_way.saturating_add(usize::from(leaves));
                actions.extend(event.into_iter().flat_map(|event| drive.machine.on(event)));
            }
            if under_way == 0 {
                break;
            }
            let Ok(arrival) = arrived.recv() else { break };
            under_way = under_way.saturating_sub(1);
            let event = drive.takes(arrival);
            actions.extend(drive.machine.on(event));
        }
    });
    let now_ms = platform.clock().mono_ms;
    match drive.wait_until_ms {
        _ if drive.go == Go::Stop => Rest::Stopped,
        Some(until_ms) => Rest::Wait {
            in_ms: until_ms.saturating_sub(now_ms),
        },
        None => Rest::Idle,
    }
}

impl<H: Hold> Drive<'_, H> {
    fn tell(&mut self, progress: Progress) {
        if (self.progress)(progress) == Go::Stop {
            self.go = Go::Stop;
        }
    }

    fn now_ms(&self) -> u64 {
        self.platform.clock().mono_ms
    }

    fn jitter(&self) -> u32 {
        let mut bytes = [0; 4];
        self.platform.random(&mut bytes);
        u32::from_be_bytes(bytes)
    }

    fn failed(&self, kind: FailureKind) -> Event {
        Event::Failed {
            kind,
            now_ms: self.now_ms(),
            jitter: self.jitter(),
        }
    }

    fn piece_failed(&self, hash: BlobHash, kind: BlobFailure) -> Event {
        Event::BlobFailed {
            hash,
            kind,
            now_ms: self.now_ms(),
            jitter: self.jitter(),
        }
    }

    /// Carries an action out; what the machine is to be told at once, and whether something is under way now.
    fn carry_out<'scope>(
        &mut self,
        action: Action,
        scope: &'scope Scope<'scope, '_>,
        back: &Sender<Back>,
    ) -> (Option<Event>, bool) {
        let is_answer = matches!(action, Action::Apply(_));
        let outside = match self.device.with(|device| device.carry_out(action)) {
            Ok(Carried::Done) => {
                if is_answer {
                    self.tell(Progress::Answered);
                }
                return (None, false);
            }
            Ok(Carried::Report(event)) => {
                if let Event::Batch(batch) = &event {
                    self.sizes
                        .extend(batch.blobs.iter().map(|blob| (blob.hash, blob.size_bytes)));
                }
                return (Some(event), false);
            }
            Ok(Carried::Outside(action)) => action,
            Err(_) => return (Some(self.failed(FailureKind::Storage)), false),
        };
        match outside {
            Action::Send { .. } | Action::Upload { .. } if self.go == Go::Stop => (None, false),
            Action::Send { number, request } => match self.send(number, &request, scope, back) {
                Ok(()) => (None, true),
                Err(kind) => (Some(self.failed(kind)), false),
            },
            Action::Upload { hash, offset, len } => match self.upload(hash, offset, len, scope, back) {
                Ok(()) => (None, true),
                Err(kind) => (Some(self.piece_failed(hash, kind)), false),
            },
            Action::Wait { until_ms } => {
                self.wait_until_ms = Some(until_ms);
                (None, false)
            }
            Action::Idle => {
                self.wait_until_ms = None;
                (None, false)
            }
            // The store's own actions never come back from it.
            Action::LoadBatch(_) | Action::Apply(_) | Action::Resend { .. } | Action::RaiseCounter { .. } => {
                (None, false)
            }
        }
    }

    fn send<'scope>(
        &mut self,
        number: u64,
        request: &SyncRequest,
        scope: &'scope Scope<'scope, '_>,
        back: &Sender<Back>,
    ) -> Result<(), FailureKind> {
        let packed = pack(request).map_err(|_| FailureKind::Storage)?;
        let content = Sha256::of(&packed);
        let signed = self
            .device
            .with(|device| device.sign_request("POST", SYNC_PATH, content))
            .map_err(|_| FailureKind::Storage)?;
        self.tell(Progress::Asks { bytes: packed.len() });
        let (way, back) = (self.way.clone(), back.clone());
        scope.spawn(move || {
            let answer = request::sync(&way, packed, &signed);
            // Nobody waits any more where the work was given up.
            let _unheard = back.send(Back::Answer { number, answer });
        });
        Ok(())
    }

    fn upload<'scope>(
        &mut self,
        hash: BlobHash,
        offset: u64,
        len: u64,
        scope: &'scope Scope<'scope, '_>,
        back: &Sender<Back>,
    ) -> Result<(), BlobFailure> {
        let size_bytes = self.sizes.get(&hash).copied().ok_or(BlobFailure::Gone)?;
        let bytes = if len == 0 {
            Vec::new()
        } else {
            self.device
                .with(|device| device.read_blob(&hash, offset, len))
                .map_err(|_| BlobFailure::Gone)?
        };
        let piece = Piece {
            hash,
            size_bytes,
            offset,
            bytes,
        };
        let (method, path) = piece.target();
        // Where it is the whole original, the body's hash is the original's.
        let content = if piece.bytes.len() as u64 == size_bytes {
            Sha256::from_bytes(*hash.as_bytes())
        } else {
            Sha256::of(&piece.bytes)
        };
        let signed = self
            .device
            .with(|device| device.sign_request(method, &path, content))
            .map_err(|_| BlobFailure::Busy { retry_after_ms: None })?;
        let (way, back) = (self.way.clone(), back.clone());
        scope.spawn(move || {
            let brought = request::piece(&way, piece, &signed);
            let _unheard = back.send(Back::Piece { hash, brought });
        });
        Ok(())
    }

    /// What a worker brought back, for the machine.
    fn takes(&mut self, arrival: Back) -> Event {
        match arrival {
            Back::Answer {
                number,
                answer: Ok(response),
            } => Event::Answered {
                number,
                response,
                now_ms: self.now_ms(),
                jitter: self.jitter(),
            },
            Back::Answer {
                answer: Err(kind), ..
            } => {
                self.tell(Progress::Broke);
                self.failed(kind)
            }
            Back::Piece { hash, brought } => match brought {
                Brought::Sent(offset) => {
                    let size_bytes = self.sizes.get(&hash).copied().unwrap_or(offset);
                    self.tell(Progress::Holds {
                        hash,
                        held_bytes: offset,
                        size_bytes,
                    });
                    Event::BlobSent { hash, offset }
                }
                Brought::From(offset) => Event::BlobOffset { hash, offset },
                Brought::Replayed(above) => {
                    // Kept with the next request; where even this fails, the next try says so.
                    let _kept = self
                        .device
                        .with(|device| device.carry_out(Action::RaiseCounter { above }));
                    self.piece_failed(hash, BlobFailure::Busy { retry_after_ms: None })
                }
                Brought::Failed(kind) => {
                    self.tell(Progress::Broke);
                    self.piece_failed(hash, kind)
                }
            },
        }
    }
}
