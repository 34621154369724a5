//! What a phone may see and has not seen: its own visits, what partners wrote in them, assignments with their
//! contract, standard and form, receipts.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use hudang_contract::versions::Version;
use hudang_evidence::id::{ContractId, FormHash, InstallationId, VisitId};
use hudang_evidence::note::VerifierKey;
use hudang_evidence::snapshot::{Disclosure, Snapshot};
use hudang_sync::wire::{
    Assignment, Bytes, Change, CommentParcel, DocumentId, DocumentParcel, ReceiptParcel, Register,
    ReturnParcel, SnapshotParcel,
};
use rusqlite::{Connection, params};

use super::Sender;
use crate::assigned::{Assigned, Tie};
use crate::decision::{Comment, Household};
use crate::derive::{self, parse_id};
use crate::error::{ArchiveError, Result};
use crate::file;
use crate::journal::{self, Kind, Row};
use crate::known::Known;
use crate::phones::{self, Device};
use crate::returns;

/// Most bytes of changes in one answer: a minute on a 2G link.
const BYTES_MAX: usize = 256 << 10;
/// Most changes in one answer.
const CHANGES_MAX: usize = 4_000;

/// What is new for a phone.
#[derive(Debug, Default)]
pub(super) struct News {
    /// In the order of the journal.
    pub(super) changes: Vec<Change>,
    /// Where to go on from.
    pub(super) cursor: u64,
    /// Whether there is more after that.
    pub(super) more: bool,
}

/// Everything after `cursor` that the sender may see, up to the limits of one answer.
pub(super) fn since(db: &Connection, known: &Known, sender: &Sender, cursor: u64) -> Result<News> {
    let head = journal::head(db)?;
    let mut places = Earliest::default();
    for device in sender.working() {
        places_in_visits(db, sender, device, cursor, &mut places)?;
        places_of_assignments(db, device, cursor, &mut places)?;
    }
    let contracts: BTreeSet<&ContractId> = sender.working().map(|device| &device.contract).collect();
    for contract in contracts {
        let mut select = db.prepare_cached(
            "SELECT journal FROM contract_version WHERE contract = ?1 AND journal > ?2
             UNION ALL SELECT journal FROM form_publication WHERE contract = ?1 AND journal > ?2",
        )?;
        for place in select.query_map(params![contract.as_str(), cursor], |row| row.get(0))? {
            places.add(place?);
        }
    }
    let mut gather = Gather {
        db,
        known,
        sender,
        news: News::default(),
        bytes: 0,
        told: Told::default(),
    };
    let (places, are_all) = places.sorted();
    for place in places {
        if gather.bytes >= BYTES_MAX || gather.news.changes.len() >= CHANGES_MAX {
            gather.news.more = true;
            return Ok(gather.news);
        }
        gather.place(place)?;
        gather.news.cursor = place;
    }
    gather.news.more = !are_all;
    if are_all {
        // A restored archive may be behind the phone: its cursor then goes back with it.
        gather.news.cursor = head;
    }
    Ok(gather.news)
}

/// The first places of the journal of all that are added: no more than one answer may hold, however many there are.
#[derive(Default)]
struct Earliest {
    found: BinaryHeap<u64>,
    is_cut: bool,
}

impl Earliest {
    fn add(&mut self, place: u64) {
        if self.found.len() < CHANGES_MAX {
            self.found.push(place);
            return;
        }
        self.is_cut = true;
        if let Some(mut last) = self.found.peek_mut()
            && place < *last
        {
            *last = place;
        }
    }

    /// In order, each once; and whether these are all.
    fn sorted(self) -> (Vec<u64>, bool) {
        let mut places = self.found.into_sorted_vec();
        places.dedup();
        (places, !self.is_cut)
    }
}

/// Rows about the person's visits that came after the cursor from elsewhere, but for what others brought who have nothing to
/// do with them. Whoever was replaced still gets receipts, and nothing else.
fn places_in_visits(
    db: &Connection,
    sender: &Sender,
    device: &Device,
    cursor: u64,
    places: &mut Earliest,
) -> Result<()> {
    let mut visits =
        db.prepare_cached("SELECT visit FROM interest WHERE person = ?1 AND contract = ?2 AND changed > ?3")?;
    let own = params![device.person.as_str(), device.contract.as_str(), cursor];
    let visits: Vec<[u8; 16]> = visits
        .query_map(own, |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut rows = db.prepare_cached(
        "SELECT journal.seq, journal.kind, journal.device, by_key FROM (
           SELECT journal AS place, device AS by_key FROM entry WHERE visit = ?1 AND journal > ?2
           UNION ALL SELECT journal, 0 FROM seal WHERE visit = ?1 AND journal > ?2
           UNION ALL SELECT journal, 0 FROM document_part WHERE visit = ?1 AND journal > ?2
           UNION ALL SELECT journal, 0 FROM snapshot WHERE visit = ?1 AND journal > ?2
           UNION ALL SELECT journal, 0 FROM receipt WHERE visit = ?1 AND journal > ?2
           UNION ALL SELECT journal, 0 FROM visit_return WHERE visit = ?1 AND journal > ?2)
         JOIN journal ON journal.seq = place WHERE journal.device <> ?3",
    )?;
    for visit in visits {
        let assigned = Assigned::read(db, VisitId::from_bytes(visit))?;
        let tie = assigned.tie(device);
        if tie == Tie::None {
            continue;
        }
        let mut strangers = Strangers::new(db, &assigned);
        let found = rows.query_map(params![visit, cursor, sender.installation.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
        for row in found {
            let (place, kind, by, by_key): (u64, String, Vec<u8>, i64) = row?;
            let is_receipt = Kind::parse(&kind)? == Kind::Receipt;
            if is_receipt || (tie == Tie::Assigned && !strangers.brought(&by, by_key)?) {
                places.add(place);
            }
        }
    }
    Ok(())
}

/// Who brought rows about a visit without having to do with it, asked once for each.
struct Strangers<'a> {
    db: &'a Connection,
    assigned: &'a Assigned,
    keys: BTreeMap<i64, bool>,
    phones: BTreeMap<Vec<u8>, bool>,
}

impl<'a> Strangers<'a> {
    const fn new(db: &'a Connection, assigned: &'a Assigned) -> Self {
        Self {
            db,
            assigned,
            keys: BTreeMap::new(),
            phones: BTreeMap::new(),
        }
    }

    /// Whether a stranger signed the entry, or where it is no entry, a phone of strangers brought it.
    fn brought(&mut self, by: &[u8], by_key: i64) -> Result<bool> {
        let is_strange = |device: &Device| self.assigned.tie(device) == Tie::None;
        if by_key != 0 {
            if let Some(known) = self.keys.get(&by_key) {
                return Ok(*known);
            }
            let device = phones::device_where(self.db, "n = ?1", by_key)?;
            let found = device.as_ref().is_none_or(is_strange);
            self.keys.insert(by_key, found);
            return Ok(found);
        }
        // Returns come from the office.
        let Ok(phone) = <[u8; 32]>::try_from(by) else {
            return Ok(false);
        };
        if let Some(known) = self.phones.get(by) {
            return Ok(*known);
        }
        let on_it = phones::devices_on(self.db, &InstallationId::from_bytes(phone))?;
        let found = on_it.iter().all(is_strange);
        self.phones.insert(by.to_vec(), found);
        Ok(found)
    }
}

fn places_of_assignments(db: &Connection, device: &Device, cursor: u64, places: &mut Earliest) -> Result<()> {
    let mut select = db.prepare_cached(
        "SELECT DISTINCT journal FROM assignment WHERE person = ?1 AND contract = ?2 AND journal > ?3",
    )?;
    let own = params![device.person.as_str(), device.contract.as_str(), cursor];
    for place in select.query_map(own, |row| row.get(0))? {
        places.add(place?);
    }
    Ok(())
}

/// What an answer holds already and need not say twice.
#[derive(Default)]
struct Told {
    contracts: BTreeSet<ContractId>,
    forms: BTreeSet<FormHash>,
    /// The one that was told last: an assignment is with that one.
    form_before: Option<FormHash>,
    keys: BTreeSet<[u8; 32]>,
}

struct Gather<'a> {
    db: &'a Connection,
    known: &'a Known,
    sender: &'a Sender,
    news: News,
    bytes: usize,
    told: Told,
}

impl Gather<'_> {
    fn push(&mut self, change: Change, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.news.changes.push(change);
    }

    fn place(&mut self, place: u64) -> Result<()> {
        // A decision may hold ten thousand assignments; what it says to this phone is in the tables.
        if journal::kind(self.db, place)? == Kind::Decision {
            return self.decision(place);
        }
        self.row(&journal::read(self.db, place)?)
    }

    fn row(&mut self, row: &Row) -> Result<()> {
        let bytes = row.payload.len();
        match row.kind {
            Kind::Entry => {
                self.key_of(row.seq)?;
                self.push(Change::Entry(Bytes::from(row.payload.clone())), bytes);
            }
            Kind::Seal => self.push(Change::Seal(Bytes::from(row.payload.clone())), bytes),
            Kind::VisitDocument if !row.is_erased() => {
                let document = DocumentId::Visit(derive::visit_of(row)?);
                // The heads of a part are not kept; the reader applies it and has them.
                let parcel = DocumentParcel::new(document, row.payload.clone(), &[]);
                self.push(Change::Document(parcel), bytes);
            }
            Kind::Snapshot => self.snapshot(row)?,
            Kind::Receipt => {
                let parcel = ReceiptParcel {
                    note: Bytes::from(row.payload.clone()),
                    proof: None,
                };
                self.push(Change::Receipt(parcel), bytes);
            }
            _ => {}
        }
        Ok(())
    }

    fn snapshot(&mut self, row: &Row) -> Result<()> {
        let wrong = |error: &dyn core::fmt::Display| {
            ArchiveError::Damaged(format!("journal row {}: {error}", row.seq))
        };
        let snapshot = Snapshot::parse(&row.payload).map_err(|error| wrong(&error))?;
        self.form_of_move(snapshot.form())?;
        let texts = file::disclosures_of(self.db, snapshot.visit(), snapshot.hash().as_bytes())?;
        let disclosures: Vec<Disclosure> = texts
            .iter()
            .map(|text| Disclosure::parse(text).map_err(|error| wrong(&error)))
            .collect::<Result<_>>()?;
        let bytes = texts.iter().map(String::len).sum();
        self.push(
            Change::Snapshot(SnapshotParcel::new(&snapshot, &disclosures)),
            bytes,
        );
        Ok(())
    }

    /// The key that checks the entry at this place, once in an answer.
    fn key_of(&mut self, place: u64) -> Result<()> {
        let entry = hudang_evidence::entry::Entry::parse(&journal::payload(self.db, place)?)
            .map_err(|error| ArchiveError::Damaged(format!("journal row {place}: {error}")))?;
        let Some(device) = phones::device_where(self.db, "id = ?1", entry.header().dev.as_bytes())? else {
            return Ok(());
        };
        if self.told.keys.insert(device.public) {
            let key = VerifierKey::device(&device.public)
                .map_err(|error| ArchiveError::Damaged(format!("an enrolled key: {error}")))?
                .to_string();
            self.push(Change::Key(Bytes::from(key.into_bytes())), 128);
        }
        Ok(())
    }

    fn decision(&mut self, place: u64) -> Result<()> {
        if let Some(contract) = derive::version_at(self.db, place)? {
            return self.contract(&parse_id(&contract)?);
        }
        if let Some(form) = derive::published_at(self.db, place)? {
            // A draft may move to it.
            return self.form(form);
        }
        if returns::is_at(self.db, place)? {
            return self.returned(place);
        }
        self.assignments(place)
    }

    /// A visit that was sent back, with what is to be mended.
    fn returned(&mut self, place: u64) -> Result<()> {
        let (visit, found) = returns::at(self.db, place)?;
        let comment = |one: Comment| CommentParcel {
            at: one.at,
            text: one.text,
        };
        let comments: Vec<CommentParcel> = found.comments.into_iter().map(comment).collect();
        let size = comments.iter().map(|one| one.at.len() + one.text.len()).sum();
        let parcel = ReturnParcel {
            visit,
            seal: found.seal,
            at_ms: found.at.ms(),
            comments,
        };
        self.push(Change::Return(parcel), size);
        Ok(())
    }

    /// The versions of a contract with their evidence standards, once in an answer.
    fn contract(&mut self, id: &ContractId) -> Result<()> {
        if !self.told.contracts.insert(id.clone()) {
            return Ok(());
        }
        let versions = derive::versions(self.db, self.known, id)?;
        for (no, item) in (1..).zip(versions.items()) {
            let standard = item.what.standard().canonical().as_bytes().to_vec();
            let size = standard.len();
            self.push(Change::Standard(Bytes::from(standard)), size);
            let version = Version {
                no,
                from: item.from,
                contract: (*item.what).clone(),
            };
            let json = version
                .to_json()
                .map_err(|error| ArchiveError::Damaged(format!("a contract: {error}")))?;
            let size = json.len();
            self.push(Change::Contract(Bytes::from(json)), size);
        }
        Ok(())
    }

    /// A visit may have been taken over to a form that none of the sender's assignments is with.
    fn form_of_move(&mut self, hash: FormHash) -> Result<()> {
        let mut select = self
            .db
            .prepare_cached("SELECT 1 FROM assignment WHERE person = ?1 AND form = ?2")?;
        for device in &self.sender.devices {
            if select.exists(params![device.person.as_str(), hash.as_bytes()])? {
                return Ok(());
            }
        }
        if self.told.forms.contains(&hash) {
            return Ok(());
        }
        self.form(hash)
    }

    /// A form, unless it is the one that was told last.
    fn form(&mut self, hash: FormHash) -> Result<()> {
        self.told.forms.insert(hash);
        if self.told.form_before.replace(hash) == Some(hash) {
            return Ok(());
        }
        let Some(form) = derive::form(self.db, &hash)? else {
            return Ok(());
        };
        let bytes = form.text.into_bytes();
        let size = bytes.len();
        self.push(Change::Form(Bytes::from(bytes)), size);
        Ok(())
    }

    /// The sender's assignments of one decision, each with what it needs: a contract or form may be older than
    /// anything that this phone has asked for.
    fn assignments(&mut self, place: u64) -> Result<()> {
        let mut found: BTreeMap<VisitId, bool> = BTreeMap::new();
        for device in self.sender.working() {
            let mut select = self.db.prepare_cached(
                "SELECT visit, withdrawn FROM assignment WHERE person = ?1 AND contract = ?2 AND journal = ?3",
            )?;
            let own = params![device.person.as_str(), device.contract.as_str(), place];
            let rows = select.query_map(own, |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
            for row in rows {
                let (visit, withdrawn) = row?;
                // One of two people on the phone who still goes is enough.
                let gone = found.entry(VisitId::from_bytes(visit)).or_insert(true);
                *gone = *gone && withdrawn != 0;
            }
        }
        for (visit, withdrawn) in found {
            self.assignment(visit, withdrawn)?;
        }
        Ok(())
    }

    fn assignment(&mut self, visit: VisitId, withdrawn: bool) -> Result<()> {
        let mut select = self.db.prepare_cached(
            "SELECT assignment.household, contract, form, person, withdrawn, coalesce(household.code, ''),
                    household.details
             FROM assignment LEFT JOIN household ON household.id = assignment.household
             WHERE visit = ?1 ORDER BY withdrawn, person",
        )?;
        let mut rows = select.query([visit.to_bytes()])?;
        let mut change: Option<(Assignment, FormHash)> = None;
        while let Some(row) = rows.next()? {
            let form = FormHash::from_bytes(row.get(2)?);
            let person: String = row.get(3)?;
            // Whoever goes no more does not hear who goes instead.
            let is_here = |device: &Device| device.person.as_str() == person;
            if withdrawn && !self.sender.working().any(is_here) {
                continue;
            }
            let (assignment, _) = match &mut change {
                Some(known) => known,
                None => change.insert((
                    Assignment {
                        household: hudang_evidence::id::HouseholdId::from_bytes(row.get(0)?),
                        contract: row.get(1)?,
                        visit: Some(visit),
                        persons: Vec::new(),
                        code: row.get(5)?,
                        withdrawn,
                        register: register(row.get(6)?).filter(|_| !withdrawn),
                    },
                    form,
                )),
            };
            if row.get::<_, i64>(4)? == 0 || withdrawn {
                assignment.persons.push(person);
            }
        }
        let Some((assignment, form)) = change else {
            return Ok(());
        };
        if !withdrawn {
            self.contract(&parse_id(&assignment.contract)?)?;
            self.form(form)?;
        }
        let told = assignment.register.as_ref().map_or(0, |register| {
            let Register {
                area,
                head,
                address,
                phone,
                township,
                village,
            } = register;
            [area, head, address, phone, township, village]
                .map(String::len)
                .iter()
                .sum()
        });
        self.push(Change::Assignment(assignment), 96 + told);
        Ok(())
    }
}

/// What the register says of a household, from its stored details.
fn register(details: Option<String>) -> Option<Register> {
    let household: Household = serde_json::from_str(&details?).ok()?;
    Some(Register {
        area: household.area,
        head: household.head,
        address: household.address,
        phone: household.phone,
        township: household.township,
        village: household.village,
    })
}
