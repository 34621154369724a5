//! A phone whose clock the test holds, and a screen that asks it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use hudang_device::platform::{Clock, NoFaults, Platform};
use hudang_device::{Device, Opening, PinCost, StoreKey};
use hudang_door::error::DoorError;
use hudang_door::{Door, Furnishing, SessionKey};
use hudang_evidence::id::{HouseholdId, Sha256, VisitId};
use hudang_evidence::note::NoteSigner;
use hudang_evidence::time::WallTime;
use hudang_sync::enrol::{Confirmation, Invitation, SignedInvitation};
use hudang_sync::phone::Applied;
use hudang_sync::wire::{Assignment, Bytes, Change, Register};
use hudang_testkit::office::terms_asking;
use serde_json::{Value, json};

/// 2026-03-02, a Monday, 09:00 in Xilingol.
const MORNING_MS: i64 = 1_772_413_200_000;
const ORIGIN: &str = "hudang/152525";
pub(crate) const PIN: &str = "246810";

pub(crate) struct Hands {
    wall_ms: AtomicI64,
    mono_ms: AtomicU64,
    drawn: AtomicU64,
}

impl Hands {
    pub(crate) fn later(&self, ms: u64) {
        self.wall_ms
            .fetch_add(i64::try_from(ms).unwrap(), Ordering::SeqCst);
        self.mono_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Platform for Hands {
    fn clock(&self) -> Clock {
        self.later(1);
        Clock {
            wall_ms: self.wall_ms.load(Ordering::SeqCst),
            mono_ms: self.mono_ms.load(Ordering::SeqCst),
            boot: "boot".to_owned(),
        }
    }

    fn random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let n = self.drawn.fetch_add(1, Ordering::SeqCst);
            let hash = Sha256::of(format!("door/{n}").as_bytes());
            chunk.copy_from_slice(&hash.as_bytes()[..chunk.len()]);
        }
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(8 << 30)
    }
}

/// A phone on which jia, yi and bing are enrolled; jia and yi go to the household.
pub(crate) struct Phone {
    pub(crate) door: Door,
    pub(crate) hands: Arc<Hands>,
    directory: PathBuf,
    room: tempfile::TempDir,
}

/// One screen of a phone.
pub(crate) struct Screen<'a> {
    pub(crate) phone: &'a Phone,
    pub(crate) key: SessionKey,
}

fn opening(directory: &std::path::Path, hands: &Arc<Hands>) -> Opening {
    Opening {
        directory: directory.to_owned(),
        key: StoreKey::new([7; 32]),
        app: "0.1.0+test".to_owned(),
        reserve_bytes: 200 << 20,
        pin_cost: PinCost {
            memory_kib: 8,
            passes: 1,
        },
        platform: Arc::clone(hands) as Arc<dyn Platform>,
        faults: Arc::new(NoFaults),
    }
}

fn door(device: Device, hands: &Arc<Hands>) -> Door {
    let furnishing = Furnishing {
        version: "0.1.0".to_owned(),
        reserve_bytes: 200 << 20,
    };
    Door::new(device, Arc::clone(hands) as Arc<dyn Platform>, furnishing)
}

impl Phone {
    pub(crate) fn new() -> Self {
        // Nobody listens there.
        Self::of_server("https://127.0.0.1:1")
    }

    /// The same with a server of one's own.
    pub(crate) fn of_server(url: &str) -> Self {
        Self::made(url, |_, _| ())
    }

    /// The same after that server confirmed everybody.
    pub(crate) fn confirmed(url: &str) -> Self {
        Self::made(url, |device, person| {
            for message in device.pending_enrolments().unwrap() {
                let confirmation = Confirmation {
                    at: WallTime::from_ms(MORNING_MS).unwrap(),
                    contract: "HT-2026-001".parse().unwrap(),
                    dev: message.dev,
                    installation: device.installation(),
                    origin: ORIGIN.to_owned(),
                    person: person.parse().unwrap(),
                };
                let note = confirmation.sign(&server()).unwrap();
                device.confirm_enrolment(&note).unwrap();
            }
        })
    }

    fn made(url: &str, then: impl Fn(&mut Device, &str)) -> Self {
        let room = tempfile::tempdir().unwrap();
        let hands = Arc::new(Hands {
            wall_ms: AtomicI64::new(MORNING_MS),
            mono_ms: AtomicU64::new(5_000_000),
            drawn: AtomicU64::new(0),
        });
        let directory = room.path().to_owned();
        let mut device = Device::create(opening(&directory, &hands)).unwrap();
        for person in ["jia", "yi", "bing"] {
            device.enrol(&invitation_to(person, url), PIN).unwrap();
            then(&mut device, person);
            device.lock(&person.parse().unwrap()).unwrap();
        }
        device.apply(&dispatch()).unwrap();
        Self {
            door: door(device, &hands),
            hands,
            directory,
            room,
        }
    }

    /// The same phone after its app was killed.
    pub(crate) fn killed(self) -> Self {
        let Self {
            door: before,
            hands,
            directory,
            room,
        } = self;
        drop(before);
        let device = Device::open(opening(&directory, &hands)).unwrap();
        Self {
            door: door(device, &hands),
            hands,
            directory,
            room,
        }
    }

    /// Whether something lies in the store's directory.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.directory.join(name).exists()
    }

    pub(crate) fn screen(&self, key: &str) -> Screen<'_> {
        Screen {
            phone: self,
            key: SessionKey::new(key),
        }
    }

    /// A screen of somebody who gave the PIN.
    pub(crate) fn unlocked(&self, person: &str) -> Screen<'_> {
        let screen = self.screen(person);
        screen.asks("unlock", &json!({"person": person, "pin": PIN}));
        screen
    }
}

impl Screen<'_> {
    pub(crate) fn tries(&self, name: &str, arguments: &Value) -> Result<Value, DoorError> {
        self.brings(name, arguments, &[])
    }

    pub(crate) fn brings(&self, name: &str, arguments: &Value, body: &[u8]) -> Result<Value, DoorError> {
        let arguments = arguments.to_string();
        let reply = self
            .phone
            .door
            .call(&self.key, name, arguments.as_bytes(), body)?;
        Ok(serde_json::from_slice(&reply).unwrap())
    }

    pub(crate) fn asks(&self, name: &str, arguments: &Value) -> Value {
        self.tries(name, arguments)
            .unwrap_or_else(|error| panic!("{name} {arguments}: {error:?}"))
    }

    /// The code with which a command is refused.
    pub(crate) fn refused(&self, name: &str, arguments: &Value) -> String {
        self.tries(name, arguments).unwrap_err().code
    }

    /// Opens the household's visit.
    pub(crate) fn opens(&self) -> Value {
        let arguments = json!({"household": household(), "contract": "HT-2026-001"});
        self.asks("visit_open", &arguments)["visit"].clone()
    }
}

pub(crate) fn household() -> HouseholdId {
    HouseholdId::new(1, [3; 10])
}

/// The office named no visit of this one.
pub(crate) fn second_household() -> HouseholdId {
    HouseholdId::new(1, [4; 10])
}

pub(crate) fn visit() -> VisitId {
    VisitId::new(u64::try_from(MORNING_MS).unwrap(), [7; 10])
}

fn server() -> NoteSigner {
    NoteSigner::new(ORIGIN, &[99; 32]).unwrap()
}

pub(crate) fn invitation(person: &str) -> SignedInvitation {
    invitation_to(person, "https://127.0.0.1:1")
}

/// An invitation that leads elsewhere.
pub(crate) fn invitation_to(person: &str, url: &str) -> SignedInvitation {
    let invitation = Invitation {
        origin: ORIGIN.to_owned(),
        server_key: server().verifier().to_string(),
        contract: "HT-2026-001".parse().unwrap(),
        person: person.parse().unwrap(),
        expires: WallTime::from_ms_clamped(MORNING_MS + 259_200_000),
        code: "ABCDE-FGHJK".to_owned(),
        tls: None,
        url: url.to_owned(),
    };
    SignedInvitation::sign(invitation, &server()).unwrap()
}

/// What the office sent.
fn dispatch() -> Applied {
    let mut contract = terms_asking(&json!({
        "investigators": 2,
        "questions": [{"path": "income", "min": 1}],
        "photos": [{"purpose": "门牌", "min": 1}],
        "audio": {"purpose": "访谈", "min_seconds": 3, "gap_max_seconds": 60, "consent": true},
        "signatures": [{"role": "household", "min": 1}],
        "consents": ["visit"],
        "gps": {"accuracy_max_cm": 5000},
        "waivers": [{"for": "audio", "reasons": ["household-refused"], "witness": true}]
    }));
    contract["roster"][0]["name"] = json!("包乌云");
    let form = hudang_testkit::form::text().as_bytes().to_vec();
    let assignment = Assignment {
        household: household(),
        contract: "HT-2026-001".to_owned(),
        visit: Some(visit()),
        persons: vec!["jia".to_owned(), "yi".to_owned()],
        code: "户-001".to_owned(),
        withdrawn: false,
        register: Some(Register {
            area: "152525".to_owned(),
            head: "户主一".to_owned(),
            address: "示例嘎查 1 号".to_owned(),
            phone: "13900000001".to_owned(),
            township: "示例苏木".to_owned(),
            village: "示例嘎查".to_owned(),
        }),
    };
    let at_any_time = Assignment {
        household: second_household(),
        visit: None,
        code: "户-002".to_owned(),
        register: None,
        ..assignment.clone()
    };
    Applied {
        changes: vec![
            Change::Contract(Bytes::from(
                json!({"no": 1, "contract": contract}).to_string().into_bytes(),
            )),
            Change::Form(Bytes::from(form)),
            Change::Assignment(assignment),
            Change::Assignment(at_any_time),
        ],
        cursor: Some(1),
        ..Applied::default()
    }
}
