//! A phone with a platform that the test holds in its hands, and what people do with it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};

use hudang_device::platform::{Clock, Faults, IoPoint, NoFaults, Platform};
use hudang_device::{Device, Hand, OpenVisit, Opening, PinCost, Signatory, StoreKey};
use hudang_evidence::body::{ConsentTo, Coordinates, Position, Source};
use hudang_evidence::id::{FormHash, HouseholdId, PersonId, Sha256, VisitId};
use hudang_evidence::note::NoteSigner;
use hudang_evidence::seal::Outcome;
use hudang_evidence::time::WallTime;
use hudang_sync::enrol::{Invitation, SignedInvitation};
use hudang_sync::phone::Applied;
use hudang_sync::wire::{Assignment, Bytes, Change, Register};
use hudang_testkit::office::terms_asking;
use hudang_visit::value::AnswerPath;
use serde_json::json;

/// 2026-03-02, a Monday, 09:00 in Xilingol.
pub(crate) const MORNING_MS: i64 = 1_772_413_200_000;
pub(crate) const PIN: &str = "246810";
pub(crate) const ORIGIN: &str = "hudang/152525";

/// Clocks, randomness and free space in the hands of the test.
pub(crate) struct Hands {
    pub(crate) wall_ms: AtomicI64,
    pub(crate) mono_ms: AtomicU64,
    pub(crate) boot: AtomicU64,
    pub(crate) free_bytes: AtomicU64,
    seed: String,
    drawn: AtomicU64,
}

impl Hands {
    pub(crate) fn later(&self, ms: i64) {
        self.wall_ms.fetch_add(ms, Ordering::SeqCst);
        self.mono_ms
            .fetch_add(u64::try_from(ms).unwrap(), Ordering::SeqCst);
    }
}

impl Platform for Hands {
    fn clock(&self) -> Clock {
        self.later(1_000);
        Clock {
            wall_ms: self.wall_ms.load(Ordering::SeqCst),
            mono_ms: self.mono_ms.load(Ordering::SeqCst),
            boot: format!("boot-{}", self.boot.load(Ordering::SeqCst)),
        }
    }

    fn random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let n = self.drawn.fetch_add(1, Ordering::SeqCst);
            let hash = Sha256::of(format!("{}/{n}", self.seed).as_bytes());
            chunk.copy_from_slice(&hash.as_bytes()[..chunk.len()]);
        }
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(self.free_bytes.load(Ordering::SeqCst))
    }
}

/// Stops the phone, or fills its disk, before the `n`-th step of IO.
pub(crate) struct Trip {
    left: AtomicUsize,
    lasting: bool,
    kind: io::ErrorKind,
    pub(crate) fired: AtomicUsize,
}

impl Trip {
    /// Nothing happens from the `n`-th step on, as after a kill.
    pub(crate) fn kill_before(n: usize) -> Arc<Self> {
        Self::new(n, true, io::ErrorKind::Other)
    }

    /// The disk is full at the `n`-th step only.
    pub(crate) fn full_at(n: usize) -> Arc<Self> {
        Self::new(n, false, io::ErrorKind::StorageFull)
    }

    /// How many steps were taken so far, of a trip at `usize::MAX`.
    pub(crate) fn used(&self) -> usize {
        usize::MAX - self.left.load(Ordering::SeqCst)
    }

    fn new(n: usize, lasting: bool, kind: io::ErrorKind) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicUsize::new(n),
            lasting,
            kind,
            fired: AtomicUsize::new(0),
        })
    }
}

impl Faults for Trip {
    fn at(&self, _: IoPoint) -> io::Result<()> {
        let left = self.left.load(Ordering::SeqCst);
        let trips = if self.lasting { left <= 1 } else { left == 1 };
        self.left.store(left.saturating_sub(1), Ordering::SeqCst);
        if trips {
            self.fired.fetch_add(1, Ordering::SeqCst);
            return Err(self.kind.into());
        }
        Ok(())
    }
}

/// A phone with its directory.
pub(crate) struct Phone {
    pub(crate) device: Device,
    pub(crate) hands: Arc<Hands>,
    pub(crate) directory: PathBuf,
    room: Option<tempfile::TempDir>,
}

pub(crate) fn key() -> StoreKey {
    StoreKey::new([7; 32])
}

pub(crate) fn opening(directory: &Path, hands: &Arc<Hands>, faults: Arc<dyn Faults>) -> Opening {
    Opening {
        directory: directory.to_owned(),
        key: key(),
        app: "0.1.0+test".to_owned(),
        reserve_bytes: 200 << 20,
        pin_cost: PinCost {
            memory_kib: 8,
            passes: 1,
        },
        platform: Arc::clone(hands) as Arc<dyn Platform>,
        faults,
    }
}

impl Phone {
    /// A new phone; `name` makes its randomness its own.
    pub(crate) fn new(name: &str) -> Self {
        let room = tempfile::tempdir().unwrap();
        let hands = Arc::new(Hands {
            wall_ms: AtomicI64::new(MORNING_MS),
            // No two phones were started at one moment.
            mono_ms: AtomicU64::new(5_000_000 + 60_000 * name.bytes().map(u64::from).sum::<u64>()),
            boot: AtomicU64::new(1),
            free_bytes: AtomicU64::new(8 << 30),
            seed: name.to_owned(),
            drawn: AtomicU64::new(0),
        });
        let directory = room.path().to_owned();
        let device = Device::create(opening(&directory, &hands, Arc::new(NoFaults))).unwrap();
        Self {
            device,
            hands,
            directory,
            room: Some(room),
        }
    }

    /// A phone with these people, who are unlocked, and the office's visit.
    pub(crate) fn with(name: &str, people: &[&str]) -> Self {
        let mut phone = Self::new(name);
        for person in people {
            phone.device.enrol(&invitation(person), PIN).unwrap();
        }
        phone.device.apply(&dispatch()).unwrap();
        phone
    }

    /// The same phone after its app was started again with these faults; everybody is unlocked again where the
    /// faults let that happen.
    pub(crate) fn restarted(self, faults: Arc<dyn Faults>) -> Self {
        let Self {
            device,
            hands,
            directory,
            room,
        } = self;
        drop(device);
        let device = Device::open(opening(&directory, &hands, faults)).unwrap();
        Self {
            device,
            hands,
            directory,
            room,
        }
    }

    pub(crate) fn unlock_all(&mut self) {
        for person in self.device.people().unwrap() {
            self.device.unlock(&person.person, PIN).unwrap();
        }
    }

    /// A copy of the phone's directory as another phone of its own, as it is on the disk now.
    pub(crate) fn copied(&self, faults: Arc<dyn Faults>) -> Self {
        let room = tempfile::tempdir().unwrap();
        copy(&self.directory, room.path());
        let hands = Arc::new(Hands {
            wall_ms: AtomicI64::new(self.hands.wall_ms.load(Ordering::SeqCst)),
            mono_ms: AtomicU64::new(self.hands.mono_ms.load(Ordering::SeqCst)),
            boot: AtomicU64::new(1),
            free_bytes: AtomicU64::new(8 << 30),
            seed: format!("{} copied", self.hands.seed),
            drawn: AtomicU64::new(0),
        });
        let device = Device::open(opening(room.path(), &hands, faults)).unwrap();
        Self {
            device,
            hands,
            directory: room.path().to_owned(),
            room: Some(room),
        }
    }

    pub(crate) fn open(&mut self, person: &str) -> VisitId {
        self.device.open_visit(&who(person), &open_visit()).unwrap()
    }

    /// Opens the visit and takes a position: somebody who was there.
    pub(crate) fn arrives(&mut self, person: &str) {
        let visit = self.open(person);
        self.device.position(&who(person), visit, position()).unwrap();
    }

    /// What one thorough investigator does alone.
    pub(crate) fn interviews(&mut self, person: &str) {
        let (me, visit) = (who(person), visit());
        let device = &mut self.device;
        device.consent(&me, visit, ConsentTo::Visit, true).unwrap();
        device.consent(&me, visit, ConsentTo::Audio, true).unwrap();
        device.position(&me, visit, position()).unwrap();
        for (purpose, shade) in [("门牌", 1), ("居住环境", 2), ("居住环境", 3)] {
            device
                .add_photo(&me, visit, &photo(shade), purpose, Source::Camera)
                .unwrap();
        }
        device.draft(visit, &at("income"), &120_i64.into()).unwrap();
        device.draft(visit, &at("income"), &120_000_i64.into()).unwrap();
        device
            .answer(&me, visit, &at("income"), &120_000_i64.into())
            .unwrap();
        device.draft(visit, &at("head/name"), &"巴特尔".into()).unwrap();
        device.confirm_page(&me, visit, Some("income")).unwrap();
        let recording = device.recording_start(&me, visit, "访谈").unwrap();
        for piece in wav(4).chunks(16_000) {
            device.recording_append(recording, piece).unwrap();
        }
        device.recording_finish(recording).unwrap();
        self.household_signs(person);
        let device = &mut self.device;
        device.note(&me, visit, "院内有拖拉机一台").unwrap();
        device.set_outcome(&me, visit, Outcome::Done).unwrap();
    }

    /// The household signs the answers as they stand.
    pub(crate) fn household_signs(&mut self, person: &str) {
        self.device
            .add_signature(
                &who(person),
                visit(),
                &photo(9),
                &Signatory::Household,
                &Hand::Own,
            )
            .unwrap();
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    for item in std::fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        let target = to.join(item.file_name());
        if item.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&item.path(), &target);
        } else {
            std::fs::copy(item.path(), &target).unwrap();
        }
    }
}

pub(crate) fn server() -> NoteSigner {
    NoteSigner::new(ORIGIN, &[99; 32]).unwrap()
}

pub(crate) fn who(person: &str) -> PersonId {
    person.parse().unwrap()
}

pub(crate) fn invitation(person: &str) -> SignedInvitation {
    invitation_to(person, "https://127.0.0.1:8443")
}

/// An invitation that leads elsewhere.
pub(crate) fn invitation_to(person: &str, url: &str) -> SignedInvitation {
    let invitation = Invitation {
        origin: ORIGIN.to_owned(),
        server_key: server().verifier().to_string(),
        contract: "HT-2026-001".parse().unwrap(),
        person: who(person),
        expires: WallTime::from_ms_clamped(MORNING_MS + 259_200_000),
        code: "ABCDE-FGHJK".to_owned(),
        tls: None,
        url: url.to_owned(),
    };
    SignedInvitation::sign(invitation, &server()).unwrap()
}

pub(crate) fn visit() -> VisitId {
    VisitId::new(u64::try_from(MORNING_MS).unwrap(), [7; 10])
}

pub(crate) fn household() -> HouseholdId {
    HouseholdId::new(1, [3; 10])
}

pub(crate) fn open_visit() -> OpenVisit {
    OpenVisit {
        visit: Some(visit()),
        household: household(),
        contract: "HT-2026-001".parse().unwrap(),
        form: FormHash::of(hudang_testkit::form::text().as_bytes()),
        assigned: vec![who("jia"), who("yi")],
    }
}

/// What the office's register says of the household.
pub(crate) fn register() -> Register {
    Register {
        area: "152525".to_owned(),
        head: "户主一".to_owned(),
        address: "示例嘎查 1 号".to_owned(),
        phone: "13900000001".to_owned(),
        township: "示例苏木".to_owned(),
        village: "示例嘎查".to_owned(),
    }
}

/// What the office sent to every phone.
pub(crate) fn dispatch() -> Applied {
    let contract = terms_asking(&json!({
        "investigators": 2,
        "questions": [{"path": "income", "min": 1}, {"path": "head/name", "min": 1}],
        "photos": [{"purpose": "门牌", "min": 1}, {"purpose": "居住环境", "min": 2}],
        "audio": {"purpose": "访谈", "min_seconds": 3, "gap_max_seconds": 60, "consent": true},
        "signatures": [{"role": "household", "min": 1}],
        "consents": ["visit"],
        "gps": {"accuracy_max_cm": 5000},
        "waivers": [{"for": "audio", "reasons": ["household-refused"], "witness": true}]
    }));
    let assignment = Assignment {
        household: household(),
        contract: "HT-2026-001".to_owned(),
        visit: Some(visit()),
        persons: vec!["jia".to_owned(), "yi".to_owned()],
        code: "户-001".to_owned(),
        withdrawn: false,
        register: Some(register()),
    };
    Applied {
        changes: vec![
            Change::Contract(Bytes::from(
                json!({"no": 1, "contract": contract}).to_string().into_bytes(),
            )),
            Change::Form(Bytes::from(hudang_testkit::form::text().as_bytes().to_vec())),
            Change::Assignment(assignment),
        ],
        cursor: Some(1),
        ..Applied::default()
    }
}

pub(crate) fn at(path: &str) -> AnswerPath {
    path.parse().unwrap()
}

pub(crate) fn position() -> Position {
    Position {
        at: Coordinates {
            lat_e7: 455_000_000,
            lon_e7: 1_170_000_000,
        },
        accuracy_cm: 800,
        mock: false,
        fix: None,
    }
}

/// A small picture, different for each shade.
pub(crate) fn photo(shade: u8) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(64, 48, |x, y| {
        let (x, y) = (u8::try_from(x).unwrap(), u8::try_from(y).unwrap());
        image::Rgb([x.wrapping_mul(3).wrapping_add(shade), y.wrapping_mul(5), shade])
    });
    let mut bytes = io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A tone of so many seconds: 8 kHz, 16 bits, one channel.
pub(crate) fn wav(seconds: u32) -> Vec<u8> {
    let data_bytes = seconds * 16_000;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data_bytes).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(8_000_u32.to_le_bytes());
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend(2_u16.to_le_bytes());
    bytes.extend(16_u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(data_bytes.to_le_bytes());
    for n in 0..data_bytes / 2 {
        let loud: i16 = if n / 8 % 2 == 0 { 9_000 } else { -9_000 };
        bytes.extend(loud.to_le_bytes());
    }
    bytes
}
