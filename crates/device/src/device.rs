//! The store, opened: one database, one directory of originals, and who is unlocked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use hudang_evidence::id::{DeviceId, InstallationId};
use hudang_evidence::note::{NoteSigner, VerifierKey, installation_id};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use crate::cipher::{PinCost, StoreKey};
use crate::documents::Drawer;
use crate::error::{DeviceError, Result, damaged};
use crate::files::{Files, Recorder};
use crate::forms::Forms;
use crate::lock::Lock;
use crate::outbox::Handed;
use crate::platform::{Clock, Faults, IoPoint, Platform, random};
use crate::schema;

/// The setting that holds when sending came to rest last.
const SENT_MS: &str = "sent_ms";

/// How the store is opened.
pub struct Opening {
    /// The directory that it has for itself.
    pub directory: PathBuf,
    /// Its key, from the platform's keystore.
    pub key: StoreKey,
    /// Version and build of the app, as it stands in entries, e.g. `1.4.0+9f3c`.
    pub app: String,
    /// Under this much free space no photos and recordings are begun.
    pub reserve_bytes: u64,
    /// What a guess at a PIN that is set from now on costs: [`PinCost::NOW`], in tests as little as there is.
    pub pin_cost: PinCost,
    /// Clocks, randomness, free space.
    pub platform: Arc<dyn Platform>,
    /// Decides whether steps of IO happen.
    pub faults: Arc<dyn Faults>,
}

/// The reserve that is kept free for answers and entries.
pub const RESERVE_BYTES: u64 = 200 << 20;

/// The phone's store and use cases.
pub struct Device {
    pub(crate) db: Connection,
    pub(crate) house: House,
    pub(crate) recorders: BTreeMap<[u8; 32], Recorder>,
    // The last field: the database is closed before another process may open it.
    _lock: Lock,
}

/// What use cases need beside the database.
pub(crate) struct House {
    pub(crate) platform: Arc<dyn Platform>,
    pub(crate) faults: Arc<dyn Faults>,
    pub(crate) files: Files,
    pub(crate) app: String,
    pub(crate) reserve_bytes: u64,
    pub(crate) pin_cost: PinCost,
    pub(crate) life: [u8; 4],
    pub(crate) installation: NoteSigner,
    pub(crate) unlocked: BTreeMap<DeviceId, NoteSigner>,
    pub(crate) forms: Forms,
    pub(crate) drawer: Drawer,
    pub(crate) handed: Handed,
}

/// One transaction, with what use cases need beside it.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) house: &'a House,
}

const DATABASE: &str = "hudang.db";

impl Device {
    /// Whether a store lies in a directory, whatever it holds.
    pub fn is_in(directory: &Path) -> bool {
        directory.join(DATABASE).exists()
    }

    /// Makes a new store in an empty directory and opens it.
    pub fn create(opening: Opening) -> Result<Self> {
        if Self::is_in(&opening.directory) {
            return Err(DeviceError::StorePlace);
        }
        Self::start(opening)
    }

    /// Opens a store that no other process has open. Left-overs of what was cut off are removed; unfinished recordings
    /// are offered again.
    pub fn open(opening: Opening) -> Result<Self> {
        if !Self::is_in(&opening.directory) {
            return Err(DeviceError::StorePlace);
        }
        Self::start(opening)
    }

    fn start(opening: Opening) -> Result<Self> {
        let Opening {
            directory,
            key,
            app,
            reserve_bytes,
            pin_cost,
            platform,
            faults,
        } = opening;
        let files = Files::prepare(&directory, key.clone(), Arc::clone(&faults))?;
        let lock = Lock::take(&directory)?;
        faults.at(IoPoint::DatabaseOpen)?;
        let mut db = connect(&directory.join(DATABASE), &key)?;
        schema::migrate(&mut db)?;
        let (secret, life) = first_settings(&mut db, platform.as_ref())?;
        let name = format!(
            "installation/{}",
            installation_id(&NoteSigner::device(&secret).public())
        );
        let house = House {
            platform,
            faults,
            files,
            app,
            reserve_bytes,
            pin_cost,
            life,
            installation: NoteSigner::new(&name, &secret)?,
            unlocked: BTreeMap::new(),
            forms: Forms::default(),
            drawer: Drawer::default(),
            handed: Handed::default(),
        };
        let device = Self {
            db,
            house,
            recorders: BTreeMap::new(),
            _lock: lock,
        };
        device.tidy()?;
        Ok(device)
    }

    /// Names the installation.
    pub fn installation(&self) -> InstallationId {
        installation_id(&self.house.installation.public())
    }

    /// When sending came to rest last, by this phone's clock in milliseconds since 1970; nothing before the first time.
    pub fn sent_ms(&self) -> Result<Option<i64>> {
        let ms = self.scope().number(SENT_MS)?;
        Ok(i64::try_from(ms).ok().filter(|ms| *ms > 0))
    }

    /// Notes that sending has come to rest now: what could be sent was sent.
    pub fn note_sent(&mut self) -> Result<()> {
        self.commit(|scope| {
            let now_ms = u64::try_from(scope.clock().wall_ms).unwrap_or_default();
            scope.set_number(SENT_MS, now_ms)
        })
    }

    /// Starts a new life: to be called once after the store was restored from a copy, so that its changes to
    /// documents are not numbered like those that the original made since.
    pub fn begin_new_life(&mut self) -> Result<()> {
        let life: [u8; 4] = random(self.house.platform.as_ref());
        self.commit(|scope| scope.set_setting("life", &life))?;
        self.house.life = life;
        Ok(())
    }

    /// Runs one action as one transaction.
    pub(crate) fn commit<T>(&mut self, work: impl FnOnce(&Scope<'_>) -> Result<T>) -> Result<T> {
        let done = self.transact(work);
        if done.is_err() {
            self.house.drawer.clear();
        }
        done
    }

    fn transact<T>(&mut self, work: impl FnOnce(&Scope<'_>) -> Result<T>) -> Result<T> {
        self.house.faults.at(IoPoint::TransactionBegin)?;
        let transaction = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&Scope {
            db: &transaction,
            house: &self.house,
        })?;
        self.house.faults.at(IoPoint::CommitBefore)?;
        transaction.commit()?;
        self.house.faults.at(IoPoint::CommitAfter)?;
        Ok(done)
    }

    /// Reads outside of a transaction.
    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope {
            db: &self.db,
            house: &self.house,
        }
    }
}

impl Scope<'_> {
    pub(crate) fn clock(&self) -> Clock {
        self.house.platform.clock()
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        random(self.house.platform.as_ref())
    }

    pub(crate) fn setting(&self, name: &str) -> Result<Option<Vec<u8>>> {
        setting(self.db, name)
    }

    pub(crate) fn set_setting(&self, name: &str, value: &[u8]) -> Result<()> {
        set_setting(self.db, name, value)
    }

    /// A setting that is a number; 0 where it was never set.
    pub(crate) fn number(&self, name: &str) -> Result<u64> {
        let bytes = self.setting(name)?;
        Ok(bytes
            .and_then(|bytes| <[u8; 8]>::try_from(bytes).ok())
            .map_or(0, u64::from_be_bytes))
    }

    pub(crate) fn set_number(&self, name: &str, value: u64) -> Result<()> {
        self.set_setting(name, &value.to_be_bytes())
    }

    /// The server's key, as the invitation gave it.
    pub(crate) fn server_key(&self) -> Result<Option<VerifierKey>> {
        let text = self.setting("server-key")?;
        text.map(|text| {
            let text = String::from_utf8(text).map_err(|error| damaged("server key", error))?;
            text.parse().map_err(|error| damaged("server key", error))
        })
        .transpose()
    }

    /// Refuses where too little would stay free.
    pub(crate) fn check_space(&self, size_bytes: u64) -> Result<()> {
        let free_bytes = self.house.platform.free_bytes()?;
        let needed_bytes = self.house.reserve_bytes.saturating_add(size_bytes);
        if free_bytes < needed_bytes {
            return Err(DeviceError::SpaceLow {
                free_bytes,
                needed_bytes,
            });
        }
        Ok(())
    }
}

fn setting(db: &Connection, name: &str) -> Result<Option<Vec<u8>>> {
    let mut select = db.prepare_cached("SELECT value FROM setting WHERE name = ?1")?;
    Ok(select.query_row([name], |row| row.get(0)).optional()?)
}

fn set_setting(db: &Connection, name: &str, value: &[u8]) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO setting (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![name, value])?;
    Ok(())
}

/// SQLCipher readies itself with the first key that a process gives it; stores opened at the same moment were seen to
/// fail there, once.
static OPENING: Mutex<()> = Mutex::new(());

fn connect(path: &Path, key: &StoreKey) -> Result<Connection> {
    let _one_at_a_time = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    hudang_private::database(path)?;
    let db = Connection::open(path)?;
    // SQLCipher would otherwise write to standard error.
    db.execute_batch("PRAGMA cipher_log_level = NONE; PRAGMA cipher_log = off;")?;
    db.execute_batch(&key.pragma())?;
    // The first read tells whether the key is right.
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;",
    )?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// The installation's key and the life of the store, made at the first start.
fn first_settings(db: &mut Connection, platform: &dyn Platform) -> Result<([u8; 32], [u8; 4])> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if setting(&transaction, "installation")?.is_none() {
        set_setting(&transaction, "installation", &random::<32>(platform))?;
        set_setting(&transaction, "life", &random::<4>(platform))?;
    }
    let secret = setting(&transaction, "installation")?.and_then(|bytes| bytes.try_into().ok());
    let life = setting(&transaction, "life")?.and_then(|bytes| bytes.try_into().ok());
    transaction.commit()?;
    secret
        .zip(life)
        .ok_or_else(|| DeviceError::Damaged("the installation's key".to_owned()))
}
