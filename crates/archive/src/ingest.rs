//! One push and pull of a phone: check signatures and documents on the caller's thread, decide and append in the
//! writer's turn, answer after the commit.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use hudang_evidence::id::{DeviceId, InstallationId, SnapshotHash};
use hudang_evidence::note::{NoteSigner, VerifierKey};
use hudang_evidence::snapshot::Revealed;
use hudang_sync::parse::{Keys, Request};
use hudang_sync::server;
use hudang_sync::wire::{SyncRequest, SyncResponse};
use rusqlite::Connection;

use crate::archive::Archive;
use crate::blobs::Blobs;
use crate::contacts::{self, Arrival};
use crate::derive;
use crate::error::{ArchiveError, Result};
use crate::journal;
use crate::judge::{self, form};
use crate::phones::{self, Device, Installation};
use crate::quota::Quotas;
use crate::receipts;
use crate::writer::Scope;

mod append;
mod brought;
mod changes;
mod documents;
mod held;
mod standings;

use documents::Tried;

/// Who sends a request.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    installation: InstallationId,
    devices: Vec<Device>,
}

impl Sender {
    /// The people on the phone whose keys were not revoked.
    fn working(&self) -> impl Iterator<Item = &Device> {
        self.devices.iter().filter(|device| device.revoked.is_none())
    }
}

/// A request with everything that was worked out before the writer's turn.
struct Job {
    request: Request,
    tried: Vec<Option<Tried>>,
    /// The answers of the request's snapshots, where all values are what the snapshot says.
    revealed: BTreeMap<SnapshotHash, Arc<Revealed>>,
    sender: Sender,
    counter: u64,
    arrival: Arrival,
    signer: Arc<NoteSigner>,
    blobs: Arc<Blobs>,
    quotas: Quotas,
}

impl Archive {
    /// Takes a phone's push and gives it what it has not seen. Whatever is `Stored` in the answer is durable.
    /// The caller has checked the request's signature and admitted its counter ([`Archive::admit`]).
    pub fn sync(
        &self,
        installation: &Installation,
        counter: u64,
        request: SyncRequest,
        arrival: Arrival,
    ) -> Result<SyncResponse> {
        let job = self.prepare(installation, counter, request, arrival)?;
        let (sender, cursor) = (job.sender.clone(), job.request.cursor);
        let moment = job.request.moment.clone();
        let asked = job.request.standings_asked.clone();
        let pushes = job.changes_something() || self.read(|db| job.is_contact_due(db))?;
        let mut response = if pushes {
            self.submit(move |scope| carry_out(scope, job))?
        } else {
            // Asking only needs no turn of the writer; the counter is kept with the next push.
            self.read(|db| job.answer(db))?
        };
        let news = self.read(|db| changes::since(db, &self.known, &sender, cursor))?;
        response.changes = news.changes;
        response.cursor = news.cursor;
        response.more = news.more;
        if !asked.is_empty() {
            response.standings = self.read(|db| standings::of(db, &sender, &asked))?;
        }
        response.server_time_ms = arrival.asked.ms();
        // Who states a signed time has heard all that was decided until then.
        response.time_signature = moment
            .filter(|_| !response.more)
            .and_then(|moment| contacts::signed_time(moment, installation.id, arrival.asked, &self.signer));
        Ok(response)
    }

    /// Everything that can be worked out before the writer's turn: reads are short, and what takes long holds no
    /// connection.
    fn prepare(
        &self,
        installation: &Installation,
        counter: u64,
        request: SyncRequest,
        arrival: Arrival,
    ) -> Result<Job> {
        let keys = StoredKeys::new(self);
        let request = Request::parse(request, &keys);
        keys.finish()?;
        let (devices, grounds) = self.read(|db| {
            let devices = phones::devices_on(db, &installation.id)?;
            Ok((devices, documents::grounds(db, &self.known, &request)?))
        })?;
        let tried = documents::try_all(&request, grounds)?;
        for item in request.entries.iter().flatten() {
            self.known
                .entries
                .put(item.entry.id(), Arc::new(item.entry.clone()));
        }
        let mut revealed = BTreeMap::new();
        for item in request.snapshots.iter().flatten() {
            if let Ok(answers) = item.snapshot.reveal(&item.disclosures) {
                revealed.insert(item.snapshot.hash(), Arc::new(answers));
            }
        }
        self.judge_forms(&request, &revealed)?;
        Ok(Job {
            request,
            tried,
            revealed,
            sender: Sender {
                installation: installation.id,
                devices,
            },
            counter,
            arrival,
            signer: Arc::clone(&self.signer),
            blobs: Arc::clone(&self.blobs),
            quotas: self.quotas,
        })
    }
}

impl Archive {
    /// Judges the answers that come with their seals, so that the writer's turn need not.
    fn judge_forms(&self, request: &Request, revealed: &BTreeMap<SnapshotHash, Arc<Revealed>>) -> Result<()> {
        for item in request.seals.iter().flatten() {
            let body = item.seal.body();
            let Some(answers) = body.snapshot.and_then(|hash| revealed.get(&hash)) else {
                continue;
            };
            if let Some(form) = self.read(|db| derive::questionnaire(db, &self.known, body.form))? {
                form::verdict(&self.known, &item.seal, &form, answers);
            }
        }
        Ok(())
    }
}

impl Job {
    fn changes_something(&self) -> bool {
        let request = &self.request;
        !(request.entries.is_empty()
            && request.snapshots.is_empty()
            && request.seals.is_empty()
            && request.documents.is_empty()
            && request.remarks.is_empty())
    }

    /// Whether the contact itself is to be kept. A phone that never said what its clock says has no anchors to lie with;
    /// one that once did is held to its contacts, whatever it leaves out.
    fn is_contact_due(&self, db: &Connection) -> Result<bool> {
        let said = contacts::Said {
            moment: self.request.moment.as_ref(),
            is_silent: self.request.unsent.is_none(),
        };
        contacts::is_due(db, &self.sender.installation, said, self.arrival.asked)
    }

    /// Answers a request that brings nothing.
    fn answer(&self, db: &Connection) -> Result<SyncResponse> {
        let held = held::Held::new(db, &self.blobs, &self.sender, &self.request);
        Ok(server::plan(&self.request, &held)?.into_response())
    }
}

/// The writer's turn: decide against what is stored now, append, derive, judge, sign receipts.
fn carry_out(scope: &Scope<'_>, job: Job) -> Result<SyncResponse> {
    let is_contact_due = job.is_contact_due(scope.db)?;
    let first = journal::head(scope.db)?.saturating_add(1);
    let Job {
        request,
        tried,
        revealed,
        sender,
        counter,
        arrival,
        signer,
        blobs,
        quotas,
    } = job;
    let now = arrival.received;
    phones::keep_counter(scope.db, &sender.installation, counter)?;
    let held = held::Held::new(scope.db, &blobs, &sender, &request);
    let mut plan = server::plan(&request, &held)?;
    brought::account(scope.db, sender.installation, &request, &plan, &quotas, now)?;
    let mut appended = append::Appended::new(scope, now, &sender);
    appended.entries(&request, &plan)?;
    appended.snapshots(&request, &plan, &revealed)?;
    appended.seals(&request, &plan)?;
    appended.documents(&request, &mut plan, tried)?;
    appended.remarks(&request, &plan)?;
    let touched = appended.touched;
    if is_contact_due {
        let moment = request.moment.clone();
        let unsent = request.unsent.as_deref().unwrap_or_default();
        contacts::record(scope, &sender.installation, moment, unsent, arrival, first)?;
    }
    judge::judge_touched(scope, &touched)?;
    let mut notes = Vec::new();
    for seal in &plan.receipts {
        if let Some(visit) = held.visit_of_seal(seal) {
            notes.extend(receipts::due(scope, visit, seal, &signer, now)?);
        }
    }
    let mut response = plan.into_response();
    response.receipts = notes;
    Ok(response)
}

/// The keys of enrolled devices. A key is found by its own hash, so that one that was read once need not be read
/// again; whether the device may add evidence now is asked in the writer's turn.
struct StoredKeys<'a> {
    archive: &'a Archive,
    failed: RefCell<Option<ArchiveError>>,
}

impl<'a> StoredKeys<'a> {
    fn new(archive: &'a Archive) -> Self {
        Self {
            archive,
            failed: RefCell::default(),
        }
    }

    /// A key that could not be read must not look like one that is unknown.
    fn finish(self) -> Result<()> {
        self.failed.into_inner().map_or(Ok(()), Err)
    }

    fn read(&self, dev: &DeviceId) -> Result<Option<VerifierKey>> {
        let device = self
            .archive
            .read(|db| phones::device_where(db, "id = ?1", dev.as_bytes()))?;
        let Some(device) = device else { return Ok(None) };
        VerifierKey::device(&device.public)
            .map(Some)
            .map_err(|error| ArchiveError::Damaged(format!("an enrolled key: {error}")))
    }
}

impl Keys for StoredKeys<'_> {
    fn device(&self, dev: &DeviceId) -> Option<VerifierKey> {
        let found = self.archive.known.keys.get_or(*dev, || self.read(dev));
        found.unwrap_or_else(|error| {
            self.failed.borrow_mut().get_or_insert(error);
            None
        })
    }
}
