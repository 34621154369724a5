//! The manipulations of EVIDENCE §1.7, each by name.

use std::collections::BTreeSet;

use hudang_evidence::body::Body;
use hudang_evidence::entry::{Entry, Tip};
use hudang_evidence::verify::{Code, check_device};

use crate::field::{Holdings, consent, photo, visited, whole};

/// Entries that the seal covers, by their place: all but the last, which says that the seal was made.
const COVERED: usize = 7;

#[test]
fn a_whole_visit_has_no_findings_and_counts() {
    let (_, _, held) = whole(1);
    let report = held.verify();
    assert_eq!(report.findings, BTreeSet::new());
    assert!(report.is_countable());
    assert_eq!((report.entries, report.signers.len()), (8, 2));
}

/// A finding that is more than a notice, for a note with one bit turned over.
fn each_flip_is_found(notes: fn(&mut Holdings) -> &mut Vec<Vec<u8>>) {
    let (_, _, mut held) = whole(1);
    for place in 0..notes(&mut held).len() {
        for bit in 0..notes(&mut held)[place].len() * 8 {
            notes(&mut held)[place][bit / 8] ^= 1 << (bit % 8);
            assert!(!held.verify().is_countable(), "note {place}, bit {bit}");
            notes(&mut held)[place][bit / 8] ^= 1 << (bit % 8);
        }
    }
    assert!(held.verify().is_countable());
}

#[test]
fn any_bit_of_an_entry() {
    // A photo and a statement after the seal; the others are of the same make.
    for place in [1, 7] {
        let (_, _, mut held) = whole(1);
        held.entries = vec![held.entries[place].clone()];
        held.seals.clear();
        held.receipts.clear();
        let place = 0;
        for bit in 0..held.entries[place].len() * 8 {
            held.entries[place][bit / 8] ^= 1 << (bit % 8);
            let codes = held.verify().codes();
            let named = [
                Code::EntrySignature,
                Code::EntryForm,
                Code::EntrySequence,
                Code::KeyUnknown,
            ];
            let named = named.iter().any(|code| codes.contains(code));
            assert!(named, "entry {place}, bit {bit}: {codes:?}");
            held.entries[place][bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn any_bit_of_a_seal() {
    each_flip_is_found(|held| &mut held.seals);
}

#[test]
fn any_bit_of_a_receipt() {
    let (_, _, mut held) = whole(1);
    for bit in 0..held.receipts[0].len() * 8 {
        held.receipts[0][bit / 8] ^= 1 << (bit % 8);
        assert!(held.finds(Code::ReceiptSignature), "bit {bit}");
        held.receipts[0][bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn a_dropped_entry_leaves_a_hole_or_a_cut_tail() {
    let (_, _, held) = whole(1);
    for place in 0..COVERED {
        let mut less = held.clone();
        less.entries.remove(place);
        let ends_a_chain = place == 3 || place == 6;
        // Jia's chain goes on after the seal, so that its end is a hole too.
        let code = if place == 6 {
            Code::SealTail
        } else {
            Code::ChainHole
        };
        assert!(less.finds(code), "{place}");
        assert_eq!(less.finds(Code::SealTail), ends_a_chain, "{place}");
    }
}

#[test]
fn a_cut_tail() {
    let (_, _, held) = whole(1);
    for left in 4..COVERED {
        let mut cut = held.clone();
        cut.entries.truncate(left);
        assert!(cut.finds(Code::SealTail), "{left}");
    }
}

#[test]
fn a_dropped_visit_leaves_a_hole_of_the_device() {
    let (jia, yi, first) = whole(1);
    let (jia, yi, _dropped) = visited(2, jia, yi);
    let (_, _, third) = visited(3, jia, yi);
    let mut tip = Tip::START;
    let of_jia = |held: &Holdings| -> Vec<Entry> {
        let entries = held.entries.iter().map(|note| Entry::parse(note).unwrap());
        let dev = Entry::parse(&held.entries[0]).unwrap().header().dev;
        entries.filter(|entry| entry.header().dev == dev).collect()
    };
    for entry in of_jia(&first) {
        tip = check_device(tip, &entry).unwrap();
    }
    assert_eq!(tip.seq, 5);
    let found = check_device(tip, &of_jia(&third)[0]).unwrap_err();
    assert_eq!(found.code, Code::DeviceHole);
    assert!(found.subject.ends_with(" 6"));
    assert!(third.verify().is_countable(), "within the visit nothing shows");
}

#[test]
fn another_order() {
    let (_, _, held) = whole(1);
    for (a, b) in [(0, 1), (1, 2), (0, 3), (4, 5), (5, 6)] {
        let mut other = held.clone();
        other.entries.swap(a, b);
        assert!(other.finds(Code::ChainOrder), "{a} {b}");
    }
}

#[test]
fn an_entry_twice() {
    let (_, _, held) = whole(1);
    for place in 0..held.entries.len() {
        let mut twice = held.clone();
        twice.entries.push(held.entries[place].clone());
        let report = twice.verify();
        assert_eq!(report.codes(), BTreeSet::from([Code::ChainTwice]));
        assert!(report.is_countable(), "the same entry again does no harm");
    }
}

#[test]
fn pieces_of_another_visit() {
    let (jia, yi, held) = whole(1);
    let (_, _, other) = visited(2, jia, yi);
    let mut spliced = held.clone();
    spliced.entries[2] = other.entries[2].clone();
    assert!(spliced.finds(Code::Spliced) && spliced.finds(Code::ChainHole));
    let mut spliced = held.clone();
    spliced.seals.clone_from(&other.seals);
    assert!(spliced.finds(Code::Spliced) && !spliced.verify().is_countable());
    let mut spliced = held;
    spliced.receipts.clone_from(&other.receipts);
    assert!(spliced.finds(Code::Spliced));
}

#[test]
fn a_forked_device() {
    // A restored backup: the phone goes on from before its last entries.
    let (jia, yi, mut held) = whole(1);
    let mut restored = jia.clone();
    restored.chains.insert(
        held.visit,
        Tip::at(2, Entry::parse(&held.entries[1]).unwrap().id()),
    );
    held.entries.push(restored.states(held.visit, photo(b"another")));
    assert!(held.finds(Code::ChainFork));

    // The same over two visits.
    let (_, _, second) = visited(2, jia.clone(), yi);
    let mut restored = jia.clone();
    let note = restored.states(crate::field::visit(3), crate::field::open("jia"));
    let first = Entry::parse(&second.entries[0]).unwrap();
    let tip = check_device(jia.device, &first).unwrap();
    assert_eq!(
        check_device(tip, &Entry::parse(&note).unwrap()).unwrap_err().code,
        Code::DeviceFork
    );
}

#[test]
fn a_rewritten_past() {
    // The key's holder signs the third entry anew; the fourth still names the old one.
    let (jia, _, mut held) = whole(1);
    let before = Entry::parse(&held.entries[1]).unwrap();
    let mut again = jia;
    again.device = Tip::at(2, before.id());
    again.chains.insert(held.visit, Tip::at(2, before.id()));
    held.entries[2] = again.states(held.visit, photo(b"better"));
    let codes = held.verify().codes();
    assert!(
        codes.contains(&Code::ChainPrev) && codes.contains(&Code::DevicePrev),
        "{codes:?}"
    );
    assert!(codes.contains(&Code::SealMedia));
}

#[test]
fn a_rewritten_end() {
    let (jia, _, mut held) = whole(1);
    let before = Entry::parse(&held.entries[2]).unwrap();
    let mut again = jia;
    again.device = Tip::at(3, before.id());
    again.chains.insert(held.visit, Tip::at(3, before.id()));
    held.entries[3] = again.states(held.visit, consent());
    assert!(held.finds(Code::SealHead));
}

#[test]
fn exchanged_and_missing_originals() {
    let (_, _, held) = whole(1);
    let names: Vec<_> = held.blobs.keys().copied().collect();
    let mut swapped = held.clone();
    let (a, b) = (held.blobs[&names[0]], held.blobs[&names[1]]);
    swapped.blobs.insert(names[0], b);
    swapped.blobs.insert(names[1], a);
    assert_eq!(swapped.verify().codes(), BTreeSet::from([Code::MediaSwapped]));
    let mut missing = held.clone();
    missing.blobs.remove(&names[0]);
    let report = missing.verify();
    assert_eq!(report.codes(), BTreeSet::from([Code::MediaAwaited]));
    assert!(!report.is_countable());
}

#[test]
fn a_key_that_nobody_enrolled() {
    let (jia, _, mut held) = whole(1);
    held.keys.remove(&jia.dev());
    assert!(held.finds(Code::KeyUnknown) && held.finds(Code::SignerUnknown));
}

#[test]
fn work_after_the_seal() {
    let (mut jia, _, mut held) = whole(1);
    held.entries.push(jia.states(held.visit, photo(b"late")));
    assert!(held.finds(Code::EntryAfterSeal));
    let (mut jia, _, mut held) = whole(1);
    let of = Entry::parse(&held.entries[1]).unwrap().id();
    let amend = hudang_evidence::body::Amend {
        of,
        withdraw: true,
        reason: "wrong-household".to_owned(),
        sd: None,
    };
    held.entries.push(jia.states(held.visit, Body::Amend(amend)));
    assert_eq!(held.verify().codes(), BTreeSet::new());
}
