//! Any manipulations together, in any number.

use std::collections::BTreeSet;

use hudang_evidence::verify::Weight;
use proptest::prelude::*;

use crate::field::{Holdings, visited, whole};

/// One thing that is done to what is held.
#[derive(Debug, Clone)]
enum Deed {
    Flip(usize, usize),
    Drop(usize),
    Swap(usize, usize),
    Splice(usize, usize),
    DropSeal,
    DropBlob(usize),
    SwapBlobs,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (0..8_usize, any::<usize>()).prop_map(|(note, bit)| Deed::Flip(note, bit)),
        (0..7_usize).prop_map(Deed::Drop),
        (0..4_usize, 0..4_usize)
            .prop_filter("two places", |(a, b)| a != b)
            .prop_map(|(a, b)| Deed::Swap(a, b)),
        (0..8_usize, 0..8_usize).prop_map(|(to, from)| Deed::Splice(to, from)),
        Just(Deed::DropSeal),
        (0..2_usize).prop_map(Deed::DropBlob),
        Just(Deed::SwapBlobs),
    ]
}

fn act(held: &mut Holdings, other: &Holdings, deed: &Deed) {
    match *deed {
        Deed::Flip(note, bit) => {
            if let Some(note) = held.entries.get_mut(note) {
                let bit = bit % (note.len() * 8);
                note[bit / 8] ^= 1 << (bit % 8);
            }
        }
        Deed::Drop(place) if place < held.entries.len() => drop(held.entries.remove(place)),
        Deed::Swap(a, b) if a.max(b) < held.entries.len() => held.entries.swap(a, b),
        Deed::Splice(to, from) if to < held.entries.len() => {
            held.entries[to].clone_from(&other.entries[from]);
        }
        Deed::DropSeal => held.seals.clear(),
        Deed::DropBlob(place) => {
            let name = held.blobs.keys().nth(place).copied();
            name.map(|name| held.blobs.remove(&name));
        }
        Deed::SwapBlobs => {
            let names: Vec<_> = held.blobs.keys().copied().collect();
            if let [a, b] = names[..] {
                let (of_a, of_b) = (held.blobs[&a], held.blobs[&b]);
                held.blobs.insert(a, of_b);
                held.blobs.insert(b, of_a);
            }
        }
        _ => {}
    }
}

/// What is held, apart from order between chains.
fn state(held: &Holdings) -> impl PartialEq + use<> {
    (held.entries.clone(), held.seals.clone(), held.blobs.clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_that_was_manipulated_counts(deeds in proptest::collection::vec(deed(), 1..5)) {
        let (jia, yi, held) = whole(1);
        let (_, _, other) = visited(2, jia, yi);
        let mut after = held.clone();
        for deed in &deeds {
            act(&mut after, &other, deed);
        }
        // Two swaps or flips may undo each other.
        prop_assume!(state(&after) != state(&held));
        let report = after.verify();
        let found = report.findings.iter().any(|finding| finding.code.weight() != Weight::Notice);
        prop_assert!(found || report.governing.is_none(), "{:?}", report);
        prop_assert!(!report.is_countable());
    }

    #[test]
    fn how_chains_lie_among_each_other_changes_nothing(picks in proptest::collection::vec(any::<bool>(), 8)) {
        let (_, _, held) = whole(1);
        let of_jia = [0, 1, 2, 3, 7];
        let mut jia = of_jia.into_iter();
        let mut yi = [4, 5, 6].into_iter();
        let mut mixed = held.clone();
        mixed.entries.clear();
        for pick in picks {
            let next = if pick { jia.next().or_else(|| yi.next()) } else { yi.next().or_else(|| jia.next()) };
            mixed.entries.extend(next.map(|place: usize| held.entries[place].clone()));
        }
        let report = mixed.verify();
        prop_assert_eq!(&report.findings, &BTreeSet::new());
        prop_assert_eq!(report, held.verify());
    }
}
