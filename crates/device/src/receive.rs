//! What happened elsewhere: each change is verified for itself before it is kept.
//!
//! What comes before that which it needs – a document before its form, an entry before its key – is parked and tried
//! again with every later answer. What is wrong becomes a problem to be shown; it never stops the rest.

use std::collections::BTreeSet;

use hudang_contract::versions::Version;
use hudang_evidence::body::Body;
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{DeviceId, FormHash, HouseholdId, Sha256, VisitId};
use hudang_evidence::note::{Note, VerifierKey};
use hudang_evidence::seal::Seal;
use hudang_sync::code;
use hudang_sync::wire::{Assignment, Bytes, Change, DocumentId, SnapshotParcel};
use hudang_visit::accept::{Expected, Quarantine, accept};
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::standard::Standard;
use rusqlite::{OptionalExtension as _, params};

use crate::device::Scope;
use crate::documents::About;
use crate::error::{Result, damaged};
use crate::outbox::Kind;

/// Most changes that are parked; the server has them all and the oldest go first.
const PARKED_MAX: u32 = 4_096;

/// Whether a change could be taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// It is kept, known already, or refused for good.
    Settled,
    /// It needs something that is not here yet.
    TooEarly,
}

const ENTRY: u8 = 0;
const DOCUMENT: u8 = 1;
const SEAL: u8 = 2;

impl Scope<'_> {
    /// Takes up what came with an answer.
    pub(crate) fn receive(&self, changes: &[Change]) -> Result<()> {
        self.receive_foundations(changes)?;
        for change in changes {
            match change {
                Change::Entry(note) => self.take_or_park(ENTRY, note)?,
                Change::Seal(note) => self.take_or_park(SEAL, note)?,
                Change::Document(parcel) => match (parcel.id(), parcel.id().map(DocumentId::to_bytes)) {
                    (Some(_), Some(id)) => {
                        let bytes = [id.as_slice(), &parcel.payload].concat();
                        self.take_or_park(DOCUMENT, &bytes)?;
                    }
                    _ => self.problem(code::DOCUMENT, &Sha256::of(&parcel.payload).to_string())?,
                },
                Change::Snapshot(parcel) => self.take_snapshot(parcel)?,
                Change::Receipt(parcel) => self.receipt(parcel)?,
                Change::Return(parcel) => self.take_return(parcel)?,
                Change::Unknown(number) => self.problem(code::VERSION, &format!("change/{number}"))?,
                _ => {}
            }
        }
        self.retry_parked()?;
        for dev in self.house.unlocked.keys() {
            self.acknowledge_all(*dev)?;
        }
        Ok(())
    }

    /// Keys, forms, standards, contracts, assignments: what the rest is judged by.
    fn receive_foundations(&self, changes: &[Change]) -> Result<()> {
        // An assignment on the wire does not name its form; the server sends the form just before.
        let mut form = None;
        for change in changes {
            match change {
                Change::Key(text) => self.take_key(text)?,
                Change::Form(bytes) => {
                    form = self.keep_form(bytes)?;
                    if form.is_none() {
                        self.problem(code::MALFORMED, "form")?;
                    }
                }
                Change::Standard(json) => self.take_standard(json)?,
                Change::Contract(json) => self.take_contract(json)?,
                Change::Assignment(assignment) => self.take_assignment(assignment, form)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn take_key(&self, text: &Bytes) -> Result<()> {
        let key = core::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse::<VerifierKey>().ok());
        let Some(key) = key else {
            return self.problem(code::MALFORMED, "key");
        };
        // The device's name is the hash of its key, so that no other key can be given for it.
        self.db.execute(
            "INSERT INTO partner (dev, public) VALUES (?1, ?2) ON CONFLICT (dev) DO NOTHING",
            params![DeviceId::of(key.public()).as_bytes(), key.public()],
        )?;
        Ok(())
    }

    fn take_standard(&self, json: &[u8]) -> Result<()> {
        let Ok(standard) = Standard::from_json(json) else {
            return self.problem(code::MALFORMED, "standard");
        };
        self.keep_standard(&standard)
    }

    fn keep_standard(&self, standard: &Standard) -> Result<()> {
        self.db.execute(
            "INSERT INTO standard (hash, json) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING",
            params![standard.hash().as_bytes(), standard.canonical().as_bytes()],
        )?;
        Ok(())
    }

    fn take_contract(&self, json: &[u8]) -> Result<()> {
        let Ok(Version { no, from, contract }) = Version::from_json(json) else {
            return self.problem(code::MALFORMED, "contract");
        };
        self.keep_standard(contract.standard())?;
        self.db.execute(
            "INSERT INTO contract (id, no, from_day, standard, json) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id, no) DO UPDATE SET from_day = excluded.from_day, standard = excluded.standard,
             json = excluded.json",
            params![
                contract.id.as_str(),
                no,
                from.map(|day| day.to_string()).unwrap_or_default(),
                contract.standard().hash().as_bytes(),
                serde_json::to_vec(&contract).map_err(|error| damaged("a contract", error))?
            ],
        )?;
        Ok(())
    }

    fn take_assignment(&self, assignment: &Assignment, form: Option<FormHash>) -> Result<()> {
        let usable = assignment
            .contract
            .parse::<hudang_evidence::id::ContractId>()
            .is_ok()
            && assignment
                .persons
                .iter()
                .all(|person| person.parse::<hudang_evidence::id::PersonId>().is_ok());
        if !usable {
            return self.problem(code::MALFORMED, &assignment.household.to_string());
        }
        let visit = assignment
            .visit
            .map(|visit| visit.to_bytes().to_vec())
            .unwrap_or_default();
        // One that was found in the field has its code from now on.
        self.db.execute(
            "UPDATE assignment SET code = ?2 WHERE household = ?1 AND code = ''",
            params![assignment.household.to_bytes(), assignment.code],
        )?;
        let register = assignment.register.clone().unwrap_or_default();
        self.db.execute(
            "INSERT INTO assignment
               (household, contract, visit, form, persons, code, withdrawn, area, head, address, phone,
                township, village)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT (household, contract, visit) DO UPDATE SET persons = excluded.persons,
               code = excluded.code, withdrawn = excluded.withdrawn, area = excluded.area,
               head = excluded.head, address = excluded.address, phone = excluded.phone,
               township = excluded.township, village = excluded.village,
               form = CASE excluded.form WHEN x'' THEN form ELSE excluded.form END",
            params![
                assignment.household.to_bytes(),
                assignment.contract,
                visit,
                form.map(|form| form.as_bytes().to_vec()).unwrap_or_default(),
                assignment.persons.join(" "),
                assignment.code,
                assignment.withdrawn,
                register.area,
                register.head,
                register.address,
                register.phone,
                register.township,
                register.village
            ],
        )?;
        Ok(())
    }

    fn take_or_park(&self, kind: u8, payload: &[u8]) -> Result<()> {
        if self.take(kind, payload)? == Taken::TooEarly {
            let hash = Sha256::of(&[&[kind], payload].concat());
            self.db.execute(
                "INSERT INTO parked (kind, hash, payload) VALUES (?1, ?2, ?3) ON CONFLICT (hash) DO NOTHING",
                params![kind, hash.as_bytes(), payload],
            )?;
            self.db.execute(
                "DELETE FROM parked WHERE n <= (SELECT max(n) FROM parked) - ?1",
                [PARKED_MAX],
            )?;
        }
        Ok(())
    }

    /// Tries again what came too early, as long as that brings anything.
    pub(crate) fn retry_parked(&self) -> Result<()> {
        loop {
            let mut select = self
                .db
                .prepare_cached("SELECT n, kind, payload FROM parked ORDER BY kind, n")?;
            let parked: Vec<(i64, u8, Vec<u8>)> = select
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let mut settled = false;
            for (n, kind, payload) in parked {
                if self.take(kind, &payload)? == Taken::Settled {
                    self.db.execute("DELETE FROM parked WHERE n = ?1", [n])?;
                    settled = true;
                }
            }
            if !settled {
                return Ok(());
            }
        }
    }

    fn take(&self, kind: u8, payload: &[u8]) -> Result<Taken> {
        match kind {
            ENTRY => self.take_entry(payload),
            SEAL => self.take_seal(payload),
            _ => self.take_document(payload),
        }
    }

    /// The key of a device, of this phone or a partner's.
    pub(crate) fn key_of(&self, dev: DeviceId) -> Result<Option<VerifierKey>> {
        let mut select = self.db.prepare_cached(
            "SELECT public FROM partner WHERE dev = ?1 UNION SELECT public FROM person WHERE dev = ?1",
        )?;
        let public: Option<[u8; 32]> = select.query_row([dev.as_bytes()], |row| row.get(0)).optional()?;
        Ok(public.and_then(|public| VerifierKey::device(&public).ok()))
    }

    fn take_entry(&self, note: &[u8]) -> Result<Taken> {
        let name = || Sha256::of(note).to_string();
        let Ok(claimed) = Entry::parse(note) else {
            self.problem(code::ENTRY, &name())?;
            return Ok(Taken::Settled);
        };
        let dev = claimed.header().dev;
        if self.is_own(dev)? {
            // Own entries come from nowhere else; one that is not here is of a copy of this store.
            let mut known = self.db.prepare_cached("SELECT 1 FROM entry WHERE id = ?1")?;
            if !known.exists([claimed.id().as_bytes()])? {
                self.problem(code::FORK, &claimed.id().to_string())?;
            }
            return Ok(Taken::Settled);
        }
        let Some(key) = self.key_of(dev)? else {
            return Ok(Taken::TooEarly);
        };
        match Entry::verify(note, &key) {
            Ok(entry) => {
                self.keep_entry(&entry, note, false)?;
            }
            Err(_) => self.problem(code::ENTRY_SIGNATURE, &claimed.id().to_string())?,
        }
        Ok(Taken::Settled)
    }

    fn take_seal(&self, note: &[u8]) -> Result<Taken> {
        let name = Sha256::of(note).to_string();
        let (Ok(claimed), Ok(parsed)) = (Seal::parse(note), Note::parse(note)) else {
            self.problem(code::SEAL, &name)?;
            return Ok(Taken::Settled);
        };
        let mut keys = Vec::new();
        for claim in parsed.claimed() {
            let dev = claim.strip_prefix("dev/").and_then(|dev| dev.parse().ok());
            let key = dev.map(|dev| self.key_of(dev)).transpose()?.flatten();
            let Some(key) = key else {
                return Ok(Taken::TooEarly);
            };
            keys.push(key);
        }
        if Seal::verify(note, &keys).is_err() {
            self.problem(code::SEAL_SIGNATURE, &claimed.id().to_string())?;
            return Ok(Taken::Settled);
        }
        self.keep_seal(claimed.id(), claimed.body().visit, note)?;
        Ok(Taken::Settled)
    }

    fn take_snapshot(&self, parcel: &SnapshotParcel) -> Result<()> {
        match parcel.open() {
            Some((snapshot, disclosures)) => self.keep_snapshot(&snapshot, &disclosures),
            None => self.problem(code::SNAPSHOT, "change"),
        }
    }

    fn take_document(&self, bytes: &[u8]) -> Result<Taken> {
        let Some((id, payload)) = bytes.split_at_checked(17) else {
            return Ok(Taken::Settled);
        };
        match DocumentId::from_bytes(id) {
            Some(DocumentId::Visit(visit)) => self.take_visit(visit, payload),
            Some(DocumentId::Household(household)) => self.take_household(household, payload),
            None => Ok(Taken::Settled),
        }
    }

    /// Merges a partner's changes into the document; nothing that was written here is lost by it. Before the visit is
    /// open here its document is parked: the form is known for certain only then.
    fn take_visit(&self, visit: VisitId, payload: &[u8]) -> Result<Taken> {
        let Some(about) = self.about(visit)? else {
            return Ok(Taken::TooEarly);
        };
        let Some(form) = self.questionnaire(&about.began)? else {
            return Ok(Taken::TooEarly);
        };
        let expected = Expected::visit(visit, about.began, form.skeleton())?;
        let subject = DocumentId::Visit(visit);
        match accept(Some(&self.document_bytes(visit)?), payload, &expected) {
            Ok(accepted) => {
                if !accepted.new_hashes.is_empty() {
                    self.replace_document(visit, &accepted.bytes)?;
                    self.follow_form(visit, &about, &accepted.bytes)?;
                    self.merge_filling(visit, &accepted.bytes)?;
                }
                for fork in &accepted.forks {
                    self.problem(code::FORK, &format!("{} {}", fork.device, fork.seq))?;
                }
                self.server_sent(visit)?;
                Ok(Taken::Settled)
            }
            Err(Quarantine::Incomplete) => Ok(Taken::TooEarly),
            Err(quarantine) => {
                self.problem(quarantine.code(), &subject.to_string())?;
                Ok(Taken::Settled)
            }
        }
    }

    /// Notes the form that a partner took the visit over to. As long as that form is not here, the one before is asked.
    fn follow_form(&self, visit: VisitId, about: &About, document: &[u8]) -> Result<()> {
        let asked = VisitDocument::load(document, self.reader())?.asked()?;
        if asked != about.form {
            self.ask_form(visit, asked)?;
        }
        Ok(())
    }

    /// Where nothing of the document waits to be sent, the server has all of it now.
    fn server_sent(&self, visit: VisitId) -> Result<()> {
        let mut waits = self
            .db
            .prepare_cached("SELECT 1 FROM outbox WHERE kind = ?1 AND subject = ?2")?;
        let subject = DocumentId::Visit(visit).to_bytes();
        if !waits.exists(params![Kind::Document as u8, subject])? {
            self.server_has_document(visit)?;
        }
        Ok(())
    }

    fn take_household(&self, household: HouseholdId, payload: &[u8]) -> Result<Taken> {
        let current: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT document FROM household WHERE id = ?1")?
            .query_row([household.to_bytes()], |row| row.get(0))
            .optional()?;
        let expected = Expected::household(household)?;
        match accept(current.as_deref(), payload, &expected) {
            Ok(accepted) => {
                self.db.execute(
                    "INSERT INTO household (id, document) VALUES (?1, ?2)
                     ON CONFLICT (id) DO UPDATE SET document = excluded.document",
                    params![household.to_bytes(), accepted.bytes],
                )?;
                Ok(Taken::Settled)
            }
            Err(Quarantine::Incomplete) => Ok(Taken::TooEarly),
            Err(quarantine) => {
                let subject = DocumentId::Household(household).to_string();
                self.problem(quarantine.code(), &subject)?;
                Ok(Taken::Settled)
            }
        }
    }

    /// The persons whose chains of a visit are here.
    pub(crate) fn present(&self, visit: VisitId) -> Result<BTreeSet<hudang_evidence::id::PersonId>> {
        let entries = self.entries(visit)?;
        let opens = entries.iter().filter_map(|entry| match entry.body() {
            Body::Open(open) => Some(open.person.clone()),
            _ => None,
        });
        Ok(opens.collect())
    }
}
