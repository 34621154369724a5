//! The smallest server: keeps what phones send, and tells each what the others sent.

use std::collections::{BTreeMap, BTreeSet};

use hudang_device::{Carried, Device};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, SealId, Sha256};
use hudang_evidence::note::{Note, NoteSigner, VerifierKey};
use hudang_evidence::receipt::{Receipt, ReceiptBody};
use hudang_evidence::seal::Seal;
use hudang_evidence::time::WallTime;
use hudang_evidence::verify::{
    AnswersBySnapshot, Enrolled, Held, HeldBlob, Keyring, Report, Rulings, verify_visit,
};
use hudang_sync::phone::{Action, Event, Link, PhoneSync, Settings, WakeBy};
use hudang_sync::wire::{
    Bytes, Change, CommentParcel, ReceiptParcel, ReturnParcel, SyncRequest, SyncResponse, Verdict,
};

use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::signed::sealed_answers;

use crate::field::{MORNING_MS, ORIGIN, Phone, server, visit};

#[derive(Default)]
pub(crate) struct Hub {
    /// Who sent what, in order.
    journal: Vec<(String, Change)>,
    pub(crate) entries: BTreeMap<(String, u64), Vec<u8>>,
    pub(crate) seals: BTreeMap<Sha256, Vec<u8>>,
    pub(crate) blobs: BTreeMap<BlobHash, Vec<u8>>,
    keys: BTreeMap<String, String>,
    pub(crate) keyring: Keyring,
    answers: AnswersBySnapshot,
    returned: BTreeSet<SealId>,
    pub(crate) requests: usize,
    pub(crate) duplicates: usize,
}

impl Hub {
    /// A hub with the phones of both investigators, each on an own one; no visit is open yet.
    pub(crate) fn with_two_phones() -> (Self, Phone, Phone) {
        let (east, west) = (Phone::with("east", &["jia"]), Phone::with("west", &["yi"]));
        let mut hub = Self::default();
        hub.knows(&east);
        hub.knows(&west);
        (hub, east, west)
    }

    /// Lets the hub know the people of a phone, as an enrolment would.
    pub(crate) fn knows(&mut self, phone: &Phone) {
        for message in phone.device.pending_enrolments().unwrap() {
            let key = VerifierKey::device(&message.device_public).unwrap();
            self.keys.insert(message.dev.to_string(), key.to_string());
            let people = phone.device.people().unwrap();
            let person = people.iter().find(|person| person.dev == message.dev).unwrap();
            self.keyring.insert(
                message.dev,
                Enrolled {
                    key,
                    person: person.person.clone(),
                    contract: Some(person.contract.clone()),
                    installation: Some(phone.device.installation()),
                },
            );
        }
    }

    /// Answers a request.
    pub(crate) fn answer(&mut self, from: &str, request: &SyncRequest) -> SyncResponse {
        self.requests += 1;
        let mut response = SyncResponse::default();
        for note in &request.entries {
            let entry = Entry::parse(note).unwrap();
            let place = (entry.header().dev.to_string(), entry.header().dseq);
            let known = self.entries.insert(place, note.to_vec());
            response
                .entries
                .push(self.kept(known.is_some(), from, Change::Entry(note.clone())));
        }
        for parcel in &request.snapshots {
            let (snapshot, disclosures) = parcel.open().unwrap();
            let form = Questionnaire::read(hudang_testkit::form::text().as_bytes()).unwrap();
            let form = (form.hash() == snapshot.form()).then_some(&form);
            self.answers
                .insert(snapshot.hash(), sealed_answers(form, &snapshot, &disclosures));
            response
                .snapshots
                .push(self.kept(false, from, Change::Snapshot(parcel.clone())));
        }
        for note in &request.seals {
            let id = *Seal::parse(note).unwrap().id().as_bytes();
            let known = self
                .seals
                .get(&Sha256::from_bytes(id))
                .map(|known| Note::parse(known).unwrap());
            let joined = known.map_or_else(
                || note.to_vec(),
                |known| {
                    known
                        .with_signatures_of(&Note::parse(note).unwrap())
                        .unwrap()
                        .render()
                        .into_bytes()
                },
            );
            self.seals.insert(Sha256::from_bytes(id), joined);
            response
                .seals
                .push(self.kept(false, from, Change::Seal(note.clone())));
        }
        for parcel in &request.documents {
            response
                .documents
                .push(self.kept(false, from, Change::Document(parcel.clone())));
        }
        for parcel in &request.remarks {
            parcel.open().unwrap();
            response.remarks.push(Verdict::Stored);
        }
        let asked = hudang_sync::wire::split_hashes(&request.blobs_wanted_status).unwrap();
        let named = request
            .entries
            .iter()
            .filter_map(|note| Entry::parse(note).unwrap().body().blob());
        let wanted: BTreeSet<BlobHash> = asked
            .into_iter()
            .map(BlobHash::from_bytes)
            .chain(named.map(|(blob, _)| blob))
            .collect();
        let mut held = Vec::new();
        for hash in wanted {
            if self.blobs.contains_key(&hash) {
                held.push(*hash.as_bytes());
            } else {
                response
                    .upload
                    .push(hudang_sync::wire::BlobNeed { hash, offset: 0 });
            }
        }
        response.held = hudang_sync::wire::join_hashes(&held);
        let cursor = usize::try_from(request.cursor.saturating_sub(1)).unwrap();
        for key in self.keys.values() {
            response
                .changes
                .push(Change::Key(Bytes::from(key.clone().into_bytes())));
        }
        for (sender, change) in self.journal.iter().skip(cursor) {
            if sender != from {
                response.changes.push(change.clone());
            }
        }
        response.cursor = self.journal.len() as u64 + 1;
        response.receipts = self.receipts();
        response.server_time_ms = MORNING_MS;
        response
    }

    fn kept(&mut self, known: bool, from: &str, change: Change) -> Verdict {
        if known {
            self.duplicates += 1;
            return Verdict::Already;
        }
        self.journal.push((from.to_owned(), change));
        Verdict::Stored
    }

    fn receipts(&self) -> Vec<ReceiptParcel> {
        let signer: NoteSigner = server();
        let receipt = |note: &Vec<u8>| {
            let seal = Seal::parse(note).unwrap();
            let media = seal.body().media.iter().map(|item| item.sha256);
            let body = ReceiptBody {
                blobs: media.filter(|blob| self.blobs.contains_key(blob)).collect(),
                journal: hudang_evidence::journal::JournalHead::START,
                origin: ORIGIN.to_owned(),
                received: false,
                recv: WallTime::from_ms(MORNING_MS).unwrap(),
                seal: seal.id(),
                visit: seal.body().visit,
            };
            let (_, note) = Receipt::sign(body, &signer).unwrap();
            ReceiptParcel {
                note: Bytes::from(note),
                proof: None,
            }
        };
        self.seals.values().map(receipt).collect()
    }

    /// The office sends the visit of this seal back.
    pub(crate) fn returns(&mut self, seal: SealId, text: &str) {
        let comments = vec![CommentParcel {
            at: "photo:门牌".to_owned(),
            text: text.to_owned(),
        }];
        self.returned.insert(seal);
        let parcel = ReturnParcel {
            visit: visit(),
            seal,
            at_ms: MORNING_MS,
            comments,
        };
        self.journal.push(("office".to_owned(), Change::Return(parcel)));
    }

    /// Syncs a phone until there is nothing to do.
    pub(crate) fn sync(&mut self, phone: &mut Phone) {
        let name = phone.device.installation().to_string();
        let mut machine = PhoneSync::new(Settings::default());
        let mut queue = machine.on(Event::Wake {
            now_ms: 1,
            link: Link::Wifi,
            by: WakeBy::Person,
        });
        for _ in 0..200 {
            let mut next = Vec::new();
            for action in core::mem::take(&mut queue) {
                next.extend(self.step(&name, &mut phone.device, &mut machine, action));
            }
            if next.is_empty() {
                return;
            }
            queue = next;
        }
        panic!("the phone never comes to rest");
    }

    fn step(
        &mut self,
        name: &str,
        device: &mut Device,
        machine: &mut PhoneSync,
        action: Action,
    ) -> Vec<Action> {
        match device.carry_out(action).unwrap() {
            Carried::Report(event) => machine.on(event),
            Carried::Outside(Action::Send { number, request }) => machine.on(Event::Answered {
                number,
                response: Box::new(self.answer(name, &request)),
                now_ms: 1,
                jitter: 0,
            }),
            Carried::Outside(Action::Upload { hash, offset, len }) => {
                let piece = device.read_blob(&hash, offset, len).unwrap();
                let blob = self.blobs.entry(hash).or_default();
                blob.truncate(usize::try_from(offset).unwrap());
                blob.extend(piece);
                let offset = blob.len() as u64;
                machine.on(Event::BlobSent { hash, offset })
            }
            Carried::Done | Carried::Outside(_) => Vec::new(),
        }
    }

    /// What an independent verifier finds in what the hub holds.
    pub(crate) fn verify(&self) -> Report {
        let of_visit = |note: &&Vec<u8>| Entry::parse(note).unwrap().header().visit == Some(visit());
        let mut entries: Vec<&Vec<u8>> = self.entries.values().filter(of_visit).collect();
        entries.sort_by_key(|note| {
            let entry = Entry::parse(note).unwrap();
            (entry.header().dev, entry.header().seq)
        });
        let entries: Vec<&[u8]> = entries.into_iter().map(Vec::as_slice).collect();
        let seals: Vec<&[u8]> = self.seals.values().map(Vec::as_slice).collect();
        let receipts: Vec<Vec<u8>> = self
            .receipts()
            .into_iter()
            .map(|parcel| parcel.note.into())
            .collect();
        let receipts: Vec<&[u8]> = receipts.iter().map(Vec::as_slice).collect();
        let blobs = self
            .blobs
            .iter()
            .map(|(name, bytes)| {
                let held = HeldBlob {
                    sha256: BlobHash::of(bytes),
                    bytes: bytes.len() as u64,
                };
                (*name, held)
            })
            .collect();
        verify_visit(&Held {
            visit: visit(),
            entries: &entries,
            seals: &seals,
            receipts: &receipts,
            blobs: &blobs,
            keys: &self.keyring,
            answers: &self.answers,
            rulings: Rulings {
                returned: &self.returned,
                ..Rulings::NONE
            },
            server: Some(&server().verifier()),
        })
    }
}
