//! A phone that sends what no phone of ours would send. Whatever it is: no panic reaches the caller, what is
//! stored stays readable, and the next honest payload goes through.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ObjType, ROOT, ReadDoc};
use hudang_evidence::id::{DeviceId, EntryId};
use hudang_visit::accept::{Accepted, Quarantine, accept};
use hudang_visit::document::Actor;
use hudang_visit::document::visit::VisitDocument;
use sha2::{Digest, Sha256};

use crate::accepting::expected;
use crate::field::{at, full, jia, opened, yi};

/// The hook prints each caught panic; thousands of them would bury a real failure.
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let automerge = info
                .location()
                .is_some_and(|at| !at.file().contains("tests/visit"));
            if !automerge {
                loud(info);
            }
        }));
    });
}

/// The phone of the attacker 丙.
fn bing() -> Actor {
    Actor {
        device: DeviceId::of("丙".as_bytes()),
        life: [3; 4],
    }
}

/// A chunk's type and contents.
fn chunks(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (mut length, mut shift, mut head) = (0_usize, 0, 9);
        loop {
            let byte = bytes[head];
            length |= usize::from(byte & 0x7f) << shift;
            (shift, head) = (shift + 7, head + 1);
            if byte & 0x80 == 0 {
                break;
            }
        }
        found.push((bytes[8], bytes[head..head + length].to_vec()));
        bytes = &bytes[head + length..];
    }
    found
}

/// A chunk with the right checksum for whatever it holds (automerge binary format, "Chunk Container").
fn chunk(kind: u8, contents: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    let mut length = contents.len();
    loop {
        let more = length > 0x7f;
        hashed.push(u8::try_from(length & 0x7f).unwrap() | if more { 0x80 } else { 0 });
        length >>= 7;
        if !more {
            break;
        }
    }
    hashed.extend(contents);
    let checksum = Sha256::digest(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &checksum[..4], &hashed].concat()
}

/// A small generator of numbers that gives the same ones each time (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// The server with 乙's work, and what 甲 will send afterwards.
struct Server {
    stored: Accepted,
    honest: Vec<u8>,
    outcomes: BTreeMap<&'static str, usize>,
}

impl Server {
    fn new() -> Self {
        quiet();
        let mut partner = opened(yi());
        partner.set_answer(&at("housing/q1"), &"土炕".into()).unwrap();
        partner
            .record_entry(yi().device, 1, EntryId::of(b"open"))
            .unwrap();
        let stored = accept(None, &partner.save(), &expected()).unwrap();
        let mut next = VisitDocument::load(&stored.bytes, jia()).unwrap();
        next.set_answer(&at("income"), &120_000.into()).unwrap();
        next.record_entry(jia().device, 1, EntryId::of(b"jia")).unwrap();
        Self {
            honest: next.changes_since(&stored.heads),
            stored,
            outcomes: BTreeMap::new(),
        }
    }

    /// Sends a payload, on top of what is stored or as the first; then the honest one must go through.
    fn attack(&mut self, payload: &[u8], first: bool) -> Option<Quarantine> {
        let current = (!first).then_some(self.stored.bytes.as_slice());
        let caught = catch_unwind(AssertUnwindSafe(|| accept(current, payload, &expected())));
        let result = caught.expect("a panic reached the caller");
        let (after, quarantine) = match result {
            Ok(accepted) => (accepted.bytes, None),
            Err(quarantine) => (self.stored.bytes.clone(), Some(quarantine)),
        };
        *self
            .outcomes
            .entry(quarantine.map_or("let in", Quarantine::code))
            .or_default() += 1;
        let base = if first && quarantine.is_none() {
            // The first honest payload is the partner's whole document.
            accept(Some(&after), &self.stored.bytes, &expected())
                .expect("the partner's document")
                .bytes
        } else {
            after
        };
        let next = accept(Some(&base), &self.honest, &expected()).expect("the next honest payload");
        let document = VisitDocument::load(&next.bytes, jia()).expect("the document loads");
        document.answers().expect("the answers can be read");
        document.conflicts().expect("the conflicts can be read");
        assert_eq!(
            document.answer(&at("income")).unwrap().value,
            Some(120_000.into())
        );
        quarantine
    }
}

#[test]
fn single_changes_with_one_byte_altered_and_the_checksum_made_right() {
    let mut server = Server::new();
    let mut phone = VisitDocument::load(&server.stored.bytes, bing()).unwrap();
    let before = phone.heads();
    phone.set_answer(&at("housing/q1"), &"砖瓦房".into()).unwrap();
    phone.set_answer(&at("rooms"), &3.into()).unwrap();
    phone
        .record_entry(bing().device, 1, EntryId::of(b"bing"))
        .unwrap();
    let sent = chunks(&phone.changes_since(&before));
    let mut dice = Dice(1);
    for number in 0..sent.len() {
        for place in 0..sent[number].1.len() {
            for _ in 0..4 {
                let mut altered = sent.clone();
                let flip = u8::try_from(1 + dice.below(255)).unwrap();
                altered[number].1[place] ^= flip;
                let payload: Vec<u8> = altered
                    .iter()
                    .flat_map(|(kind, contents)| chunk(*kind, contents))
                    .collect();
                server.attack(&payload, false);
            }
        }
    }
    println!("{:?}", server.outcomes);
    assert!(
        server.outcomes.values().sum::<usize>() >= 1_500,
        "{:?}",
        server.outcomes
    );
    assert!(
        server.outcomes.contains_key("DOC-PANIC"),
        "the panics that this guards against no longer happen"
    );
}

#[test]
fn whole_documents_with_bytes_altered_and_the_checksum_made_right() {
    let mut server = Server::new();
    // Both as phones save it and with its columns plain, where an altered byte reaches past the inflating.
    let plain = AutoCommit::load(&full(bing()).save()).unwrap().save_nocompress();
    let mut dice = Dice(2);
    for saved in [full(bing()).save(), plain] {
        let [(kind, contents)] = chunks(&saved).try_into().unwrap();
        for case in 0..700 {
            let mut altered = contents.clone();
            for _ in 0..=dice.below(3) {
                let place = dice.below(altered.len());
                altered[place] ^= u8::try_from(1 + dice.below(255)).unwrap();
            }
            server.attack(&chunk(kind, &altered), case % 2 == 0);
        }
    }
    println!("{:?}", server.outcomes);
    assert_eq!(server.outcomes.values().sum::<usize>(), 1_400);
}

#[test]
fn chunks_cut_short_doubled_or_mixed() {
    let mut server = Server::new();
    let phone = full(bing());
    let all = phone.changes_since(&[]);
    let parts = chunks(&all);
    let mut dice = Dice(3);
    for case in 0..300 {
        let mut payload = match case % 3 {
            0 => all[..dice.below(all.len())].to_vec(),
            1 => {
                let (kind, contents) = &parts[dice.below(parts.len())];
                let cut = dice.below(contents.len());
                [all.clone(), chunk(*kind, &contents[..cut])].concat()
            }
            _ => {
                let mut mixed = Vec::new();
                for _ in 0..parts.len() {
                    let (kind, contents) = &parts[dice.below(parts.len())];
                    mixed.extend(chunk(*kind, contents));
                }
                mixed
            }
        };
        if case % 7 == 0 {
            payload.extend(phone.save());
        }
        server.attack(&payload, case % 2 == 0);
    }
    println!("{:?}", server.outcomes);
}

/// The attacker's copy of the document, with automerge at hand.
fn tampered(server: &Server, tamper: impl FnOnce(&mut AutoCommit)) -> Vec<u8> {
    let actor = [bing().device.as_bytes().as_slice(), &bing().life].concat();
    let mut doc = AutoCommit::load(&server.stored.bytes)
        .unwrap()
        .with_actor(ActorId::from(actor));
    tamper(&mut doc);
    doc.save()
}

#[test]
fn each_trick_has_its_name() {
    let mut server = Server::new();
    let mut is = |tamper: fn(&mut AutoCommit)| {
        let payload = tampered(&server, tamper);
        server.attack(&payload, false).map_or("let in", Quarantine::code)
    };
    let found: Vec<&str> = vec![
        is(|doc| drop(doc.put_object(ROOT, "answers", ObjType::Map).unwrap())),
        is(|doc| doc.put(ROOT, "extra", 1).unwrap()),
        is(|doc| doc.delete(ROOT, "ev").unwrap()),
        is(|doc| {
            let answers = doc.get(ROOT, "answers").unwrap().unwrap().1;
            drop(doc.put_object(&answers, "members", ObjType::Map).unwrap());
        }),
        is(|doc| {
            let answers = doc.get(ROOT, "answers").unwrap().unwrap().1;
            doc.delete(&answers, "housing/q1").unwrap();
        }),
        is(|doc| {
            let answers = doc.get(ROOT, "answers").unwrap().unwrap().1;
            doc.put(&answers, "rooms", 1.5).unwrap();
        }),
        is(|doc| {
            let answers = doc.get(ROOT, "answers").unwrap().unwrap().1;
            doc.put(&answers, "story", "长".repeat(10_000)).unwrap();
        }),
        is(|doc| {
            let header = doc.get(ROOT, "header").unwrap().unwrap().1;
            doc.put(&header, "outcome", "vanished").unwrap();
        }),
        is(|doc| {
            let ev = doc.get(ROOT, "ev").unwrap().unwrap().1;
            doc.put(&ev, format!("{}/00000002", yi().device), vec![0_u8; 32])
                .unwrap();
        }),
    ];
    assert_eq!(
        found,
        [
            "DOC-HIDDEN",
            "DOC-SCHEMA",
            "DOC-SCHEMA",
            "DOC-HIDDEN",
            "DOC-DELETES",
            "DOC-SCHEMA",
            "DOC-SCHEMA",
            "DOC-SCHEMA",
            "DOC-SCHEMA",
        ]
    );
}

#[test]
fn a_partner_cannot_be_forged_where_the_writers_are_known() {
    let server = Server::new();
    let forged = AutoCommit::load(&server.stored.bytes).unwrap();
    let actor = [jia().device.as_bytes().as_slice(), &jia().life].concat();
    let mut forged = forged.with_actor(ActorId::from(actor));
    let answers = forged.get(ROOT, "answers").unwrap().unwrap().1;
    forged.put(&answers, "income", 0).unwrap();
    let current = Some(server.stored.bytes.as_slice());
    let known = expected().written_by([bing().device]);
    assert_eq!(accept(current, &forged.save(), &known), Err(Quarantine::Writer));
    assert!(accept(current, &server.honest, &known.written_by([jia().device])).is_ok());
    // Where they are not, the second change of the same number is told apart from nonsense.
    let fooled = accept(current, &forged.save(), &expected()).unwrap();
    assert_eq!(
        accept(Some(&fooled.bytes), &server.honest, &expected()),
        Err(Quarantine::Clash)
    );
}

#[test]
fn an_entry_that_is_written_over_is_kept_in_sight() {
    let server = Server::new();
    let actor = [yi().device.as_bytes().as_slice(), &[77; 4]].concat();
    let mut doc = AutoCommit::load(&server.stored.bytes)
        .unwrap()
        .with_actor(ActorId::from(actor));
    let ev = doc.get(ROOT, "ev").unwrap().unwrap().1;
    doc.put(
        &ev,
        format!("{}/00000001", yi().device),
        EntryId::of(b"other").as_bytes().to_vec(),
    )
    .unwrap();
    let after = accept(Some(&server.stored.bytes), &doc.save(), &expected()).unwrap();
    let mut both = [EntryId::of(b"open"), EntryId::of(b"other")];
    both.sort_unstable();
    assert_eq!(after.forks[0].entries, both);
}

#[test]
fn a_change_that_uses_up_all_numbers_is_refused() {
    let mut server = Server::new();
    let mut phone = VisitDocument::load(&server.stored.bytes, bing()).unwrap();
    let before = phone.heads();
    phone.set_answer(&at("rooms"), &3.into()).unwrap();
    let [(kind, contents)] = chunks(&phone.changes_since(&before)).try_into().unwrap();
    // Dependencies, the actor, then seq and start_op (automerge binary format, "Change chunks").
    let seq = 1 + usize::from(contents[0]) * 32 + 1 + 36;
    assert_eq!(contents[seq], 1);
    let renumbered = |start: &[u8]| chunk(kind, &[&contents[..=seq], start, &contents[seq + 2..]].concat());
    assert_eq!(server.attack(&renumbered(&[contents[seq + 1]]), false), None);
    assert_eq!(
        server.attack(&renumbered(&[0x80, 0x80, 0x04]), false),
        Some(Quarantine::Numbering)
    );
    let huge = [0xff; 8].iter().chain(&[0x7f]).copied().collect::<Vec<u8>>();
    assert_eq!(
        server.attack(&renumbered(&huge), false),
        Some(Quarantine::TooLarge)
    );
}

#[test]
fn a_few_bytes_that_stand_for_gigabytes_are_refused_unread() {
    let mut server = Server::new();
    let zip = |bytes: &[u8]| {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    };
    // No actors, no heads, no change columns, one column of operations: its type, its length, its data.
    let document = |column: u8, data: &[u8]| {
        let mut length = Vec::new();
        let mut rest = data.len();
        while rest > 0x7f {
            length.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
            rest >>= 7;
        }
        length.push(u8::try_from(rest).unwrap());
        chunk(0, &[&[0, 0, 0, 1, column][..], &length, data].concat())
    };
    let billions = [0xff, 0xff, 0xff, 0xff, 0x7f];
    let run = [&billions[..4], &[0x0f, 1]].concat();
    let nulls = [&[0][..], &billions].concat();
    let zeros = zip(&vec![0; 64 << 20]);
    for payload in [
        document(0x42, &run),
        document(0x42, &nulls),
        document(0x34, &billions),
        document(0x70, &[1, 0xff, 0xff, 0xff, 0x7f]),
        document(0x13, &[&[0xff, 0xff, 0x03][..], &[0xff, 0xff, 0x03]].concat()),
        document(0x57 | 8, &zeros),
        chunk(2, &zeros),
        vec![0; 3 << 20],
    ] {
        assert_eq!(server.attack(&payload, true), Some(Quarantine::TooLarge));
    }
    for payload in [
        vec![],
        vec![0; 100],
        chunk(3, &[0]),
        chunk(9, &[]),
        chunk(0, &[0xff; 10]),
    ] {
        assert_eq!(server.attack(&payload, false), Some(Quarantine::Malformed));
    }
}
