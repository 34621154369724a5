//! The server's planner, scene by scene: what it keeps, refuses and asks for, over a server held in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use hudang_evidence::entry::{Entry, Tip};
use hudang_evidence::id::{BlobHash, ContractId, DeviceId, EntryId, SealId, SnapshotHash, VisitId};
use hudang_evidence::note::VerifierKey;
use hudang_evidence::seal::{Head, Seal};
use hudang_evidence::snapshot::SaltedDigest;
use hudang_sync::code;
use hudang_sync::parse::{Keys, Request};
use hudang_sync::server::{Admission, BlobState, DocumentState, EntryState, Plan, RemarkState, View, plan};
use hudang_sync::wire::{Bytes, DocumentId, DocumentParcel, SyncRequest, Verdict};

use crate::field::{Investigator, answers, snapshot, visit};

/// What a server has written, without a disk.
#[derive(Default)]
struct Server {
    keys: BTreeMap<DeviceId, VerifierKey>,
    revoked: BTreeSet<DeviceId>,
    entries: BTreeMap<EntryId, EntryState>,
    devices: BTreeMap<DeviceId, Tip>,
    chains: BTreeMap<(Option<VisitId>, DeviceId), Tip>,
    seals: BTreeMap<SealId, Vec<u8>>,
    snapshots: BTreeSet<SnapshotHash>,
    documents: BTreeMap<[u8; 17], BTreeSet<[u8; 32]>>,
    blobs: BTreeMap<BlobHash, BlobState>,
}

impl Keys for Server {
    fn device(&self, dev: &DeviceId) -> Option<VerifierKey> {
        self.keys.get(dev).cloned()
    }
}

impl View for Server {
    type Error = Infallible;

    fn admission(&self, dev: &DeviceId, _: &ContractId) -> Result<Admission, Infallible> {
        Ok(match (self.keys.contains_key(dev), self.revoked.contains(dev)) {
            (false, _) => Admission::Unknown,
            (true, true) => Admission::Revoked,
            (true, false) => Admission::Admitted,
        })
    }
    fn entry(&self, id: &EntryId) -> Result<EntryState, Infallible> {
        Ok(self.entries.get(id).copied().unwrap_or(EntryState::Absent))
    }
    fn device_tip(&self, dev: &DeviceId) -> Result<Tip, Infallible> {
        Ok(self.devices.get(dev).copied().unwrap_or_default())
    }
    fn chain_tip(&self, visit: Option<VisitId>, dev: &DeviceId) -> Result<Tip, Infallible> {
        Ok(self.chains.get(&(visit, *dev)).copied().unwrap_or_default())
    }
    fn seal(&self, id: &SealId) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.seals.get(id).cloned())
    }
    fn seals_of(&self, visit: &VisitId) -> Result<Vec<(SealId, Vec<Head>)>, Infallible> {
        let seals = self.seals.values().map(|note| Seal::parse(note).unwrap());
        let of_visit = seals.filter(|seal| seal.body().visit == *visit);
        Ok(of_visit
            .map(|seal| (seal.id(), seal.body().heads.clone()))
            .collect())
    }
    fn holds_snapshot(&self, hash: &SnapshotHash) -> Result<bool, Infallible> {
        Ok(self.snapshots.contains(hash))
    }
    fn document(&self, id: &DocumentId, heads: &[[u8; 32]]) -> Result<DocumentState, Infallible> {
        let held = self.documents.get(&id.to_bytes());
        let current = heads
            .iter()
            .all(|head| held.is_some_and(|held| held.contains(head)));
        Ok(if current {
            DocumentState::Current
        } else {
            DocumentState::Behind
        })
    }
    fn remark(&self, _: &SaltedDigest) -> Result<RemarkState, Infallible> {
        Ok(RemarkState::Unnamed)
    }
    fn blob(&self, hash: &BlobHash) -> Result<BlobState, Infallible> {
        Ok(self.blobs.get(hash).copied().unwrap_or(BlobState::Unnamed))
    }
}

impl Server {
    /// A server at which these people are enrolled.
    fn of(people: &[&Investigator]) -> Self {
        let keys = people.iter().map(|one| (one.dev(), one.signer.verifier()));
        Self {
            keys: keys.collect(),
            ..Self::default()
        }
    }

    fn planned(&self, raw: &SyncRequest) -> Plan {
        let Ok(plan) = plan(&Request::parse(raw.clone(), self), self);
        plan
    }

    /// Plans and carries the plan out, as one transaction would.
    fn takes(&mut self, raw: &SyncRequest) -> Plan {
        let request = Request::parse(raw.clone(), self);
        let Ok(plan) = plan(&request, self);
        for index in &plan.entries {
            let entry = &request.entries[*index].as_ref().unwrap().entry;
            let header = entry.header();
            self.entries.insert(entry.id(), EntryState::Held);
            self.devices.insert(header.dev, Tip::at(header.dseq, entry.id()));
            self.chains
                .insert((header.visit, header.dev), Tip::at(header.seq, entry.id()));
        }
        for index in &plan.quarantine {
            let entry = &request.entries[*index].as_ref().unwrap().entry;
            self.entries.insert(entry.id(), EntryState::Quarantined);
        }
        for index in &plan.snapshots {
            let item = request.snapshots[*index].as_ref().unwrap();
            self.snapshots.insert(item.snapshot.hash());
        }
        for step in &plan.seals {
            self.seals.insert(step.id, step.note.clone());
        }
        for index in &plan.documents {
            let item = request.documents[*index].as_ref().unwrap();
            let held = self.documents.entry(item.document.to_bytes()).or_default();
            held.extend(item.heads.iter().copied());
        }
        for need in &plan.needs {
            let offset = need.offset;
            self.blobs.insert(need.hash, BlobState::Wanted { offset });
        }
        plan
    }
}

fn entries(notes: &[Vec<u8>]) -> SyncRequest {
    SyncRequest {
        entries: notes.iter().cloned().map(Bytes::from).collect(),
        ..SyncRequest::default()
    }
}

fn id(note: &[u8]) -> EntryId {
    Entry::parse(note).unwrap().id()
}

fn pair() -> (Investigator, Investigator, Server) {
    let (jia, yi) = (Investigator::new("jia"), Investigator::new("yi"));
    let server = Server::of(&[&jia, &yi]);
    (jia, yi, server)
}

#[test]
fn a_first_contact_is_kept_whole_and_its_original_asked_for() {
    let (mut jia, _, mut server) = pair();
    let snapshot = snapshot(visit(1), &answers(8, 0));
    let notes = [
        jia.open(visit(1)),
        jia.photo(visit(1), b"door", "门牌"),
        jia.form(visit(1), snapshot.hash()),
    ];
    let plan = server.takes(&entries(&notes));
    assert_eq!(plan.entries, [0, 1, 2]);
    assert_eq!(plan.verdicts.entries, vec![Verdict::Stored; 3]);
    let needs: Vec<_> = plan.needs.iter().map(|need| (need.hash, need.offset)).collect();
    assert_eq!(needs, [(BlobHash::of(b"door"), 0)]);
    assert_eq!((plan.tips[0].dev, plan.tips[0].dseq), (jia.dev(), 3));
    assert!(plan.problems.is_empty());
}

#[test]
fn after_a_lost_answer_the_same_again_writes_nothing_and_is_answered_alike() {
    let (mut jia, mut yi, mut server) = pair();
    let notes = [jia.open(visit(1)), jia.photo(visit(1), b"door", "门牌")];
    let theirs = [yi.open(visit(1))];
    let (seal, note) = jia.seal(visit(1), &yi, &[b"door"]);
    server.takes(&entries(&theirs));
    let request = SyncRequest {
        seals: vec![Bytes::from(note)],
        ..entries(&notes)
    };
    let first = server.takes(&request);
    assert_eq!(first.receipts, [seal.id()]);
    // Half of the photo came meanwhile.
    let door = BlobHash::of(b"door");
    server.blobs.insert(door, BlobState::Wanted { offset: 2 });
    let again = server.takes(&request);
    assert!(again.entries.is_empty() && again.seals.is_empty() && again.quarantine.is_empty());
    assert_eq!(again.verdicts.entries, vec![Verdict::Already; 2]);
    assert_eq!(again.verdicts.seals, [Verdict::Already]);
    assert_eq!(
        again.receipts, first.receipts,
        "the receipt may have been lost with the answer"
    );
    assert_eq!(again.tips, first.tips);
    assert_eq!(again.needs[0].offset, 2, "the upload goes on from where it is");
    server.blobs.insert(door, BlobState::Held);
    let held = server.takes(&request);
    assert!(held.needs.is_empty());
    assert_eq!(held.held, [door]);
}

#[test]
fn one_item_twice_in_a_request_is_written_once() {
    let (mut jia, _, mut server) = pair();
    let note = jia.open(visit(1));
    let plan = server.takes(&entries(&[note.clone(), note]));
    assert_eq!(plan.entries, [0]);
    assert_eq!(plan.verdicts.entries, [Verdict::Stored, Verdict::Already]);
}

#[test]
fn entries_before_their_document_and_a_document_before_its_entries_are_both_kept() {
    let (mut jia, _, mut server) = pair();
    let note = jia.open(visit(1));
    let parcel = DocumentParcel::new(DocumentId::Visit(visit(1)), vec![1, 2, 3], &[[7; 32]]);
    let document = SyncRequest {
        documents: vec![parcel],
        ..SyncRequest::default()
    };
    assert_eq!(server.takes(&entries(&[note])).entries, [0]);
    assert_eq!(server.takes(&document).documents, [0]);
    let again = server.takes(&document);
    assert_eq!(
        (again.documents.len(), &again.verdicts.documents[0]),
        (0, &Verdict::Already)
    );

    let mut other = Server::of(&[&jia]);
    assert_eq!(other.takes(&document).documents, [0]);
}

#[test]
fn an_entry_that_comes_too_early_waits_for_the_one_before_it() {
    let (mut jia, _, mut server) = pair();
    let notes = [
        jia.open(visit(1)),
        jia.photo(visit(1), b"door", "门牌"),
        jia.open(visit(2)),
    ];
    let early = server.takes(&entries(&notes[1..]));
    assert!(early.entries.is_empty() && early.needs.is_empty());
    assert_eq!(early.verdicts.entries, vec![Verdict::refused(code::HOLE); 2]);
    assert_eq!(early.tips[0].dseq, 0, "the phone learns where the server is");
    // Shuffled, they are written in the order of the device.
    let shuffled = [notes[2].clone(), notes[0].clone(), notes[1].clone()];
    assert_eq!(server.takes(&entries(&shuffled)).entries, [1, 2, 0]);
}

#[test]
fn a_seal_waits_for_the_other_phone_and_then_gets_its_receipt() {
    let (mut jia, mut yi, mut server) = pair();
    let first = [jia.open(visit(1))];
    let second = [yi.open(visit(1))];
    let (seal, note) = jia.seal(visit(1), &yi, &[]);
    let request = SyncRequest {
        seals: vec![Bytes::from(note)],
        ..entries(&first)
    };
    let plan = server.takes(&request);
    assert_eq!(plan.verdicts.seals, [Verdict::Stored]);
    assert!(plan.receipts.is_empty());
    assert_eq!(
        (plan.problems[0].code.as_str(), &plan.problems[0].subject),
        (code::SEAL_WAITS, &seal.id().to_string())
    );
    assert_eq!(server.takes(&entries(&second)).receipts, [seal.id()]);
}

#[test]
fn a_revoked_device_keeps_what_it_brought_and_brings_nothing_more() {
    let (mut jia, mut yi, mut server) = pair();
    let (old, theirs) = (jia.open(visit(1)), yi.open(visit(1)));
    server.takes(&entries(std::slice::from_ref(&old)));
    server.revoked.insert(jia.dev());
    let new = jia.photo(visit(1), b"door", "门牌");
    let plan = server.takes(&entries(&[old, new, theirs]));
    let expected = [
        Verdict::Already,
        Verdict::refused(code::DEVICE_REVOKED),
        Verdict::Stored,
    ];
    assert_eq!(plan.verdicts.entries, expected);
    assert!(plan.needs.is_empty(), "its photo is not asked for");
}

#[test]
fn a_stranger_is_refused_alone() {
    let (mut jia, _, mut server) = pair();
    let mut stranger = Investigator::new("wu");
    let plan = server.takes(&entries(&[stranger.open(visit(1)), jia.open(visit(1))]));
    assert_eq!(
        plan.verdicts.entries,
        [Verdict::refused(code::DEVICE_UNKNOWN), Verdict::Stored]
    );
}

#[test]
fn a_second_history_is_kept_apart_and_holds_up_nobody() {
    let (mut jia, mut yi, mut server) = pair();
    let mut copy = jia.clone();
    let kept = [jia.open(visit(1)), jia.open(visit(2))];
    let forked = [copy.open(visit(3)), copy.open(visit(4)), copy.open(visit(5))];
    server.takes(&entries(&kept));
    let plan = server.takes(&entries(&[forked.as_slice(), &[yi.open(visit(1))]].concat()));
    assert_eq!(plan.quarantine, [0, 1, 2]);
    assert_eq!(plan.entries, [3]);
    assert_eq!(
        plan.verdicts.entries[..3],
        vec![Verdict::quarantined(code::FORK); 3]
    );
    let again = server.takes(&entries(&forked));
    assert!(again.quarantine.is_empty(), "the proof is kept once");
    // The first history goes on.
    assert_eq!(server.takes(&entries(&[jia.open(visit(6))])).entries, [0]);
    assert_eq!(server.entries[&id(&forked[2])], EntryState::Quarantined);
}

#[test]
fn two_phones_that_alternate_never_wait_for_one_another() {
    let (mut jia, mut yi, mut server) = pair();
    for n in 1..=6 {
        for person in [&mut jia, &mut yi] {
            let note = if n == 1 {
                person.open(visit(1))
            } else {
                person.photo(visit(1), format!("{} {n}", person.name).as_bytes(), "院落")
            };
            let plan = server.takes(&entries(&[note]));
            assert_eq!(plan.verdicts.entries, [Verdict::Stored]);
            assert_eq!((plan.tips.len(), plan.tips[0].dseq), (1, n));
            assert!(plan.problems.is_empty());
        }
    }
}

#[test]
fn where_a_phone_reads_from_does_not_change_what_is_kept_of_it() {
    let (mut jia, _, server) = pair();
    let request = entries(&[jia.open(visit(1))]);
    let plans = [0, 7, u64::MAX].map(|cursor| {
        server.planned(&SyncRequest {
            cursor,
            ..request.clone()
        })
    });
    assert!(plans.iter().all(|plan| *plan == plans[0] && plan.entries == [0]));
}

#[test]
fn an_original_that_nothing_names_is_not_asked_for() {
    let (_, _, server) = pair();
    let unnamed = BlobHash::of(b"nothing");
    let request = SyncRequest {
        blobs_wanted_status: Bytes::from(unnamed.as_bytes().to_vec()),
        ..SyncRequest::default()
    };
    let plan = server.planned(&request);
    assert!(plan.needs.is_empty() && plan.held.is_empty());
    assert_eq!(plan.problems[0].code, code::BLOB_UNNAMED);
}
