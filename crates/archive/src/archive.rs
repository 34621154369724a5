//! One open archive, and the two ways into its database: read what was committed, or have a job committed.

use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use hudang_evidence::id::Sha256;
use hudang_evidence::note::{NoteSigner, VerifierKey};
use hudang_evidence::time::WallTime;
use rusqlite::Connection;

use crate::access::Lately;
use crate::blobs::Blobs;
use crate::decision::{self, Decision};
use crate::directory::{Directory, NewArchive};
use crate::error::{ArchiveError, Result};
use crate::faults::{Faults, NoFaults};
use crate::inspect::Looks;
use crate::journal::Salts;
use crate::known::Known;
use crate::marks::Marker;
use crate::quota::Quotas;
use crate::readers::Readers;
use crate::replay::ReplayWindows;
use crate::schema;
use crate::viewer::Viewer;
use crate::writer::{self, Scope, Writer};

/// How to open an archive.
#[derive(Clone)]
pub struct Opening {
    /// What to make where nothing is there; without it a missing archive is an error.
    pub new: Option<NewArchive>,
    /// The server's clock now.
    pub now: WallTime,
    /// Thirty-two random bytes, anew at each opening: what the salts of the journal's rows are drawn from.
    pub seed: [u8; 32],
    /// Decides which steps of IO fail; for tests.
    pub faults: Arc<dyn Faults>,
}

impl Opening {
    /// Opens what is there.
    pub fn existing(now: WallTime, seed: [u8; 32]) -> Self {
        Self {
            new: None,
            now,
            seed,
            faults: Arc::new(NoFaults),
        }
    }

    /// Opens what is there, or makes a new archive.
    pub fn or_new(new: NewArchive, now: WallTime, seed: [u8; 32]) -> Self {
        Self {
            new: Some(new),
            now,
            seed,
            faults: Arc::new(NoFaults),
        }
    }
}

/// An open archive. Shared by all threads; closing waits for jobs that were taken.
pub struct Archive {
    pub(crate) writer: Writer,
    pub(crate) readers: Readers,
    pub(crate) known: Arc<Known>,
    pub(crate) blobs: Arc<Blobs>,
    pub(crate) signer: Arc<NoteSigner>,
    pub(crate) faults: Arc<dyn Faults>,
    pub(crate) quotas: Quotas,
    pub(crate) replays: ReplayWindows,
    /// What was looked at in the last minutes.
    pub(crate) lately: Lately,
    /// Which originals are looked into now.
    pub(crate) looks: Mutex<Looks>,
    /// How many looks there are, those that were given up and have not ended among them.
    pub(crate) looks_under_way: Arc<AtomicUsize>,
    // Last, so that the directory is given free only when nothing works in it any more.
    pub(crate) directory: Directory,
}

impl Archive {
    /// Opens or makes the archive in `root`.
    pub fn open(root: &Path, opening: &Opening) -> Result<Self> {
        let directory = Directory::open(root, opening.new.as_ref())?;
        let mut connection = writer::connect(&directory.database())?;
        schema::migrate(&mut connection)?;
        let signer = NoteSigner::new(directory.origin(), directory.secret())
            .map_err(|error| ArchiveError::Damaged(format!("the archive's origin: {error}")))?;
        let blobs = Arc::new(Blobs::open(root, Arc::clone(&opening.faults))?);
        let known = Arc::new(Known::default());
        let archive = Self {
            writer: Writer::start(
                connection,
                Arc::clone(&known),
                Marker::new(directory.identity_secret()),
                Arc::clone(&opening.faults),
                Salts::new(opening.seed),
            )?,
            known,
            readers: Readers::new(directory.database()),
            blobs,
            signer: Arc::new(signer),
            faults: Arc::clone(&opening.faults),
            quotas: Quotas::DEFAULT,
            replays: ReplayWindows::default(),
            lately: Lately::default(),
            looks: Mutex::default(),
            looks_under_way: Arc::default(),
            directory,
        };
        archive.know_server_key(opening.now)?;
        Ok(archive)
    }

    /// Lets waiting jobs finish and lets go of the directory.
    pub fn close(self) {
        self.writer.close();
    }

    /// Sets what a phone may leave here.
    pub const fn limit(&mut self, quotas: Quotas) {
        self.quotas = quotas;
    }

    /// The server's name in receipts and requests.
    pub fn origin(&self) -> &str {
        self.directory.origin()
    }

    /// The key that checks this server's receipts.
    pub fn receipt_key(&self) -> VerifierKey {
        self.signer.verifier()
    }

    /// Where the archive is.
    pub fn root(&self) -> &Path {
        self.directory.root()
    }

    /// Reads the last committed state.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.readers.read(work)
    }

    /// Has a job committed; see [`Writer::submit`].
    pub(crate) fn submit<T, F>(&self, work: F) -> Result<T>
    where
        F: FnOnce(&Scope<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.writer.submit(work)
    }

    /// The journal names each key that has signed receipts, so that a lost or exchanged key is noticed.
    fn know_server_key(&self, now: WallTime) -> Result<()> {
        let public = Sha256::from_bytes(self.signer.public());
        let known: Option<Vec<u8>> = self.read(|db| {
            use rusqlite::OptionalExtension as _;
            let newest = "SELECT public FROM server_key ORDER BY journal DESC LIMIT 1";
            Ok(db.query_row(newest, [], |row| row.get(0)).optional()?)
        })?;
        match known {
            Some(known) if known == public.as_bytes() => Ok(()),
            Some(_) => Err(ArchiveError::Damaged(
                "server.key is not the key that the journal names".into(),
            )),
            None => {
                let origin = self.origin().to_owned();
                self.submit(move |scope| {
                    let by = Viewer::machine("archive");
                    decision::record(scope, now, &by, Decision::ServerKey { origin, public }).map(|_| ())
                })
            }
        }
    }
}
