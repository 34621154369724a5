//! A phone with its real store, whose app is killed and whose disk is full now and then.

use std::path::PathBuf;
use std::sync::Arc;

use hudang_archive::{Keys, ServerPlace};
use hudang_device::platform::{Faults, Platform};
use hudang_device::{Carried, Device, DeviceError, Opening, PinCost, StoreKey};
use hudang_evidence::id::{PersonId, Sha256};
use hudang_sync::enrol::SignedInvitation;
use hudang_sync::phone::{Action, Event, FailureKind, Link, PhoneSync, Settings, WakeBy};
use hudang_testkit::chance::Chance;
use hudang_testkit::office::{DAY_MS, at, contract, local};
use hudang_testkit::phone::Piece;

use crate::hands::{Hands, Mishap, Trip};
use crate::world::World;

const PIN: &str = "246810";
/// Steps of IO among which a mishap may fall; a photo or a seal takes fewer.
const STEPS: usize = 14;

pub(crate) struct Pocket {
    device: Option<Device>,
    directory: PathBuf,
    hands: Arc<Hands>,
    trip: Arc<Trip>,
    people: Vec<PersonId>,
    machine: PhoneSync,
    now_ms: u64,
    /// Of a thousand deeds so many meet with a mishap.
    pub(crate) trouble: usize,
    pub(crate) chance: Chance,
}

impl Pocket {
    pub(crate) fn new(directory: PathBuf, name: &str, seed: u64, world: &World) -> Self {
        let mut pocket = Self {
            device: None,
            directory,
            hands: Arc::new(Hands::new(format!("{seed}/{name}"), world.time())),
            trip: Arc::default(),
            people: Vec::new(),
            machine: PhoneSync::new(Settings::default()),
            now_ms: 0,
            trouble: 0,
            chance: Chance::new(seed ^ u64::from(name.as_bytes()[0]) << 32),
        };
        pocket.device = Some(Device::create(pocket.opening()).unwrap());
        pocket
    }

    fn opening(&self) -> Opening {
        Opening {
            directory: self.directory.clone(),
            key: StoreKey::new([7; 32]),
            app: "0.1.0+simulation".to_owned(),
            reserve_bytes: 200 << 20,
            pin_cost: PinCost {
                memory_kib: 8,
                passes: 1,
            },
            platform: Arc::clone(&self.hands) as Arc<dyn Platform>,
            faults: Arc::clone(&self.trip) as Arc<dyn Faults>,
        }
    }

    /// Whether the phone ever started again, so that nothing but its wall clock tells some times.
    pub(crate) fn has_rebooted(&self) -> bool {
        self.hands.has_rebooted()
    }

    pub(crate) fn device(&mut self) -> &mut Device {
        self.device.as_mut().unwrap()
    }

    /// The office's code is scanned and the server confirms.
    pub(crate) fn enrols(&mut self, world: &World, name: &str, secret: u8) {
        let person: PersonId = name.parse().unwrap();
        let archive = world.archive();
        let contract = contract().id;
        let code = archive
            .create_enrol_code(
                &local(),
                contract.clone(),
                person.clone(),
                at(DAY_MS),
                [secret; 20],
                at(-DAY_MS),
            )
            .unwrap();
        let place = ServerPlace {
            url: "https://127.0.0.1:8443".to_owned(),
            fingerprint: None,
        };
        let invitation = archive
            .invite(&local(), &place, &code, contract, person.clone(), at(DAY_MS))
            .unwrap();
        let invitation = SignedInvitation::parse(&invitation).unwrap();
        let message = self.device().enrol(&invitation, PIN).unwrap();
        let keys = Keys {
            installation: message.installation_public,
            device: message.device_public,
        };
        let enrolled = archive.enrol(&code, keys, None, at(-DAY_MS)).unwrap();
        self.device().confirm_enrolment(&enrolled.note).unwrap();
        self.device().unlock(&person, PIN).unwrap();
        self.people.push(person);
    }

    /// The app starts again, in the phone that may have started again too; its people unlock it.
    fn starts(&mut self) {
        drop(self.device.take());
        if self.chance.happens(200) {
            self.hands.reboots();
        }
        let mut device = Device::open(self.opening()).unwrap();
        for person in &self.people {
            device.unlock(person, PIN).unwrap();
        }
        self.device = Some(device);
        self.machine = PhoneSync::new(Settings::default());
    }

    fn is_troubled(&mut self) -> bool {
        let trouble = self.trouble;
        self.chance.happens(trouble)
    }

    /// Something may happen in the next steps of IO, or to the clock.
    fn shake(&mut self) {
        if self.is_troubled() {
            let steps = 1 + self.chance.below(STEPS) as u64;
            let mishap = if self.chance.happens(300) {
                Mishap::Full
            } else {
                Mishap::Kill
            };
            self.trip.arm(steps, mishap);
        }
        if self.is_troubled() && self.chance.happens(100) {
            let minutes = i64::try_from(self.chance.below(60)).unwrap() - 30;
            self.hands.jumps(minutes * 60_000);
        }
    }

    /// The person does something until the app says that it is done.
    pub(crate) fn does<T>(
        &mut self,
        what: &str,
        mut act: impl FnMut(&mut Device) -> Result<T, DeviceError>,
    ) -> T {
        loop {
            self.shake();
            let done = act(self.device());
            let (dead, tripped) = self.trip.disarm();
            match done {
                Ok(done) => {
                    if dead {
                        self.starts();
                    }
                    return done;
                }
                Err(_) if dead => self.starts(),
                Err(DeviceError::Full) if tripped => {}
                Err(error) => panic!("{what}: {error}"),
            }
        }
    }

    /// Wakes and works until there is nothing to do, at most so many actions.
    pub(crate) fn syncs(&mut self, world: &mut World, actions_max: usize) {
        self.now_ms += 3_600_000;
        let mut open = self.machine.on(Event::Wake {
            now_ms: self.now_ms,
            link: Link::Wifi,
            by: WakeBy::Person,
        });
        for _ in 0..actions_max {
            if open.is_empty() {
                return;
            }
            let action = open.remove(0);
            self.shake();
            let event = self.acts(action, world);
            let (dead, _) = self.trip.disarm();
            if dead {
                self.starts();
                return;
            }
            if let Some(event) = event {
                open.extend(self.machine.on(event));
            }
        }
        // It leaves the network for good.
        self.machine = PhoneSync::new(Settings::default());
    }

    fn acts(&mut self, action: Action, world: &mut World) -> Option<Event> {
        let jitter = u32::try_from(self.chance.bits() >> 32).unwrap();
        let now_ms = self.now_ms;
        let failed = |kind| Some(Event::Failed { kind, now_ms, jitter });
        let outside = match self.device().carry_out(action) {
            Ok(Carried::Done) => return None,
            Ok(Carried::Report(event)) => return Some(event),
            Ok(Carried::Outside(action)) => action,
            Err(_) => return failed(FailureKind::Storage),
        };
        let device = self.device();
        let installation = device.installation();
        match outside {
            Action::Send { number, request } => {
                let Ok(signed) = device.sign_request("POST", "/v1/sync", Sha256::of(b"")) else {
                    return failed(FailureKind::Storage);
                };
                match world.push(installation, signed.counter, &request) {
                    Ok(response) => Some(Event::Answered {
                        number,
                        response: Box::new(response),
                        now_ms,
                        jitter,
                    }),
                    Err(kind) => failed(kind),
                }
            }
            Action::Upload { hash, offset, len } => {
                let read = device.read_blob(&hash, 0, u64::MAX);
                let Ok(whole) = read else {
                    return Some(Event::BlobFailed {
                        hash,
                        kind: hudang_sync::phone::BlobFailure::Busy { retry_after_ms: None },
                        now_ms,
                        jitter,
                    });
                };
                let from = usize::try_from(offset).unwrap();
                let to = from + usize::try_from(len).unwrap();
                let size = whole.len() as u64;
                Some(
                    match world.carry(installation, hash, size, offset, &whole[from..to]) {
                        Piece::Sent(offset) => Event::BlobSent { hash, offset },
                        Piece::At(offset) => Event::BlobOffset { hash, offset },
                        Piece::Failed(kind) => Event::BlobFailed {
                            hash,
                            kind,
                            now_ms,
                            jitter,
                        },
                    },
                )
            }
            _ => None,
        }
    }
}
