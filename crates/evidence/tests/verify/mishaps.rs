//! What happens in honest work too: partners without a link, seals side by side, clocks.

use std::collections::BTreeSet;

use hudang_evidence::entry::Entry;
use hudang_evidence::note::NoteSigner;
use hudang_evidence::seal::Seal;
use hudang_evidence::verify::{Code, Weight};

use crate::field::{
    Holdings, Person, STEP_MS, consent, open, receipt, seal_body, server, visit, wall, whole,
};

/// Jia and yi open the visit apart; both have stated something.
fn apart() -> (Person, Person, Holdings) {
    let (mut jia, mut yi) = (Person::new("jia", 1), Person::new("yi", 2));
    let mut held = Holdings::new(visit(1), &[&jia, &yi]);
    for body in [open("jia"), consent()] {
        held.entries.push(jia.states(held.visit, body));
    }
    for body in [open("yi"), consent()] {
        held.entries.push(yi.states(held.visit, body));
    }
    (jia, yi, held)
}

#[test]
fn a_partner_without_a_link_seals_later() {
    let (jia, yi, mut held) = apart();
    let mut alone = seal_body(held.visit, &[&jia], &[]);
    alone.missing = vec!["yi".parse().unwrap()];
    let (first, note) = Seal::sign(alone, &[&jia.signer()]).unwrap();
    held.seals.push(note);
    let report = held.verify();
    assert_eq!(report.codes(), BTreeSet::from([Code::ChainUnsealed]));
    assert_eq!(
        (report.governing, report.is_countable()),
        (Some(first.id()), false)
    );

    let mut both = seal_body(held.visit, &[&jia, &yi], &[]);
    both.supersedes = Some(first.id());
    let (second, note) = Seal::sign(both, &[&yi.signer()]).unwrap();
    held.seals.push(note);
    let report = held.verify();
    assert_eq!(report.codes(), BTreeSet::new());
    assert_eq!(
        (report.governing, report.is_countable()),
        (Some(second.id()), true)
    );

    held.seals.remove(0);
    let codes = held.verify().codes();
    assert_eq!(codes, BTreeSet::from([Code::SealAwaited, Code::SealUnsigned]));
}

#[test]
fn a_seal_gains_a_signature_and_stays_the_same_seal() {
    let (jia, yi, mut held) = apart();
    let body = seal_body(held.visit, &[&jia, &yi], &[]);
    held.seals
        .push(Seal::sign(body.clone(), &[&jia.signer()]).unwrap().1);
    assert_eq!(held.verify().codes(), BTreeSet::from([Code::SealUnsigned]));
    held.seals.push(Seal::sign(body, &[&yi.signer()]).unwrap().1);
    assert!(held.verify().is_countable());
}

#[test]
fn two_seals_side_by_side() {
    let (jia, yi, mut held) = apart();
    for (body, who) in [
        (seal_body(held.visit, &[&jia], &[]), &jia),
        (seal_body(held.visit, &[&yi], &[]), &yi),
    ] {
        held.seals.push(Seal::sign(body, &[&who.signer()]).unwrap().1);
    }
    let report = held.verify();
    assert!(report.codes().contains(&Code::SealsCompete));
    assert_eq!((report.governing, report.is_countable()), (None, false));
}

#[test]
fn a_stranger_on_a_seal() {
    let (jia, yi, mut held) = apart();
    let body = seal_body(held.visit, &[&jia, &yi], &[]);
    let stranger = Person::new("bing", 3);
    held.seals.push(
        Seal::sign(body.clone(), &[&jia.signer(), &yi.signer(), &stranger.signer()])
            .unwrap()
            .1,
    );
    assert!(held.finds(Code::SignerUnknown));
    let mut renamed = body;
    renamed.participants = vec![jia.participant(), stranger.participant()];
    renamed.participants.sort();
    held.seals = vec![Seal::sign(renamed, &[&jia.signer(), &yi.signer()]).unwrap().1];
    assert!(held.finds(Code::SealParticipant) && !held.verify().is_countable());
}

#[test]
fn a_seal_that_says_otherwise_than_the_openings() {
    let (jia, yi, held) = apart();
    let body = seal_body(held.visit, &[&jia, &yi], &[]);
    let sealed = |body| {
        let mut held = held.clone();
        held.seals
            .push(Seal::sign(body, &[&jia.signer(), &yi.signer()]).unwrap().1);
        held.verify().codes()
    };
    let mut other = body.clone();
    other.contract = "HT-2026-002".parse().unwrap();
    // Their keys are of another contract than the seal says.
    let foreign = [Code::SealUnsigned, Code::SignerRefused, Code::SealHeader];
    assert_eq!(sealed(other), BTreeSet::from(foreign));
    let mut other = body.clone();
    other.opened = wall(0);
    assert_eq!(sealed(other), BTreeSet::from([Code::SealOpened]));
    assert_eq!(sealed(body), BTreeSet::new());
}

#[test]
fn opened_in_another_name_or_twice() {
    let mut jia = Person::new("jia", 1);
    let mut held = Holdings::new(visit(1), &[&jia]);
    held.entries.push(jia.states(held.visit, open("yi")));
    held.entries.push(jia.states(held.visit, open("jia")));
    assert_eq!(
        held.verify().codes(),
        BTreeSet::from([Code::OpenPerson, Code::ChainOpen])
    );
}

#[test]
fn a_clock_that_is_moved() {
    let (mut jia, _, mut held) = apart();
    jia.wall_off_ms = 3_600_000;
    held.entries.push(jia.states(held.visit, consent()));
    assert_eq!(held.verify().codes(), BTreeSet::from([Code::ClockJump]));
    let at = Entry::parse(held.entries.last().unwrap()).unwrap().header().wall;
    let right_ms = at.ms() - 3_600_000 - wall(0).ms() + i64::try_from(STEP_MS).unwrap();
    held.entries.push(jia.anchors(held.visit, right_ms, &server()));
    assert_eq!(
        held.verify().codes(),
        BTreeSet::from([Code::ClockJump, Code::ClockOff])
    );
    // A second time of the same boot, a day apart from what the clock counted.
    held.entries
        .push(jia.anchors(held.visit, right_ms + 86_400_000, &server()));
    assert!(held.finds(Code::ClockConflict));
    jia.boot_ms = 90_000;
    held.entries.push(jia.states(held.visit, consent()));
    assert!(held.finds(Code::ClockBack));
}

#[test]
fn a_time_that_the_server_did_not_sign_for_this_phone() {
    let (mut jia, yi, mut held) = apart();
    held.entries.push(jia.anchors(held.visit, 150_000, &server()));
    assert_eq!(held.verify().codes(), BTreeSet::new());
    let other = NoteSigner::new("hudang/150000", &[9; 32]).unwrap();
    let forger = NoteSigner::new(server().name(), &[8; 32]).unwrap();
    for signer in [other, forger] {
        let (mut jia, mut held) = (jia.clone(), held.clone());
        held.entries.push(jia.anchors(held.visit, 180_000, &signer));
        assert_eq!(held.verify().codes(), BTreeSet::from([Code::AnchorSignature]));
    }
    // The time that Yi's phone was given, in Jia's chain.
    let note = yi.clone().anchors(held.visit, 180_000, &server());
    let given = Entry::parse(&note).unwrap().body().clone();
    held.entries.push(jia.states(held.visit, given));
    assert_eq!(held.verify().codes(), BTreeSet::from([Code::AnchorSignature]));
}

#[test]
fn receipts_that_name_what_is_not_there() {
    let (_, _, mut held) = whole(1);
    let seal = Seal::parse(&held.seals[0]).unwrap().id();
    held.receipts.push(receipt(held.visit, seal, &[b"never sealed"]));
    assert_eq!(held.verify().codes(), BTreeSet::from([Code::ReceiptBlob]));
    held.receipts.pop();
    held.receipts.push(receipt(
        held.visit,
        hudang_evidence::id::SealId::of(b"other"),
        &[],
    ));
    assert_eq!(held.verify().codes(), BTreeSet::from([Code::ReceiptSeal]));
}

#[test]
fn every_code_is_one_word_and_speaks_two_languages() {
    let words: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(words.len(), Code::ALL.len());
    for code in Code::ALL {
        assert!(code.as_str().bytes().all(|c| c.is_ascii_uppercase() || c == b'-'));
        assert!(!code.zh().is_ascii() && code.en().is_ascii());
        assert!(code.weight() <= Weight::Broken);
    }
}
