//! What the server refuses or keeps apart, and that nothing else is held up by it.

use super::*;

#[test]
fn a_document_that_may_not_be_written_holds_up_nothing_else() {
    let (mut jia, yi, mut shelf) = people();
    let foreign = DocumentId::Household(HouseholdId::new(1, random("household", 7)));
    shelf.forbidden.insert(foreign);
    let (mut request, _) = whole_visit(&mut jia, &yi, visit(1));
    request.documents.insert(0, document(foreign, &[head(9)]));
    let plan = shelf.takes(&request);
    let refused = Verdict::refused(code::DOCUMENT_FORBIDDEN);
    assert_eq!(plan.verdicts.documents, [refused, Verdict::Stored]);
    assert_eq!(
        (plan.documents.as_slice(), plan.entries.len()),
        ([1].as_slice(), 4)
    );
}

#[test]
fn a_revoked_device_adds_nothing_and_what_it_had_sent_stays() {
    let (mut jia, mut yi, mut shelf) = people();
    let sent = jia.open(visit(1));
    shelf.takes(&entries(&[&sent]));
    shelf.admits(&jia, Admission::Revoked);
    let late = jia.photo(visit(1), PHOTO, "门牌");
    let partners = yi.open(visit(1));
    let plan = shelf.takes(&entries(&[&sent, &late, &partners]));
    let refused = Verdict::refused(code::DEVICE_REVOKED);
    assert_eq!(
        plan.verdicts.entries,
        [Verdict::Already, refused.clone(), Verdict::Stored]
    );
    assert_eq!(plan.entries, [2]);
    assert!(
        plan.needs.is_empty(),
        "nobody asks for what a refused entry names"
    );
    // A seal stands by whoever may still sign it.
    let (with_partner, note) = yi.seal(visit(1), &jia, &[]);
    let body: SealBody = with_partner.body().clone();
    let (_, alone) = Seal::sign(body, &[&jia.signer]).unwrap();
    assert_eq!(shelf.takes(&seals(&[&alone])).verdicts.seals, [refused]);
    assert!(shelf.seals.is_empty());
    // Signed by both, it is kept with the line that was admitted; the other is told and left out.
    let (_, both) = Seal::sign(with_partner.body().clone(), &[&yi.signer, &jia.signer]).unwrap();
    let plan = shelf.takes(&seals(&[&both]));
    assert_eq!(plan.verdicts.seals, [Verdict::Stored]);
    let refused: Vec<_> = plan.refused.iter().map(|one| (one.dev, one.code)).collect();
    assert_eq!(refused, [(jia.dev(), code::DEVICE_REVOKED)]);
    let keys = [jia.signer.verifier(), yi.signer.verifier()];
    let kept = &shelf.seals[&with_partner.id()].0;
    assert_eq!(Seal::verify(kept, &keys).unwrap().1, [yi.dev()]);
    assert_eq!(shelf.takes(&seals(&[&note])).verdicts.seals, [Verdict::Already]);
}

#[test]
fn unknown_devices_and_foreign_contracts_are_refused_one_by_one() {
    let (mut jia, _, mut shelf) = people();
    let mut stranger = Investigator::new("bing");
    let (known, unknown) = (jia.open(visit(1)), stranger.open(visit(1)));
    let plan = shelf.takes(&entries(&[&unknown, &known]));
    assert_eq!(
        plan.verdicts.entries,
        [Verdict::refused(code::DEVICE_UNKNOWN), Verdict::Stored]
    );
    shelf.admits(&stranger, Admission::OtherContract);
    let plan = shelf.takes(&entries(&[&unknown]));
    assert_eq!(plan.verdicts.entries, [Verdict::refused(code::OTHER_CONTRACT)]);
}

#[test]
fn an_entry_that_is_too_large_or_tampered_with_is_refused_alone_and_leaves_a_hole() {
    let (mut jia, mut yi, mut shelf) = people();
    let opened = jia.open(visit(1));
    let text = Note::parse(&jia.photo(visit(1), PHOTO, "门牌"))
        .unwrap()
        .text()
        .to_owned();
    let of_size = |times| {
        let text = text.replace("门牌", &"门".repeat(times));
        Note::sign(&text, &[&jia.signer]).unwrap().into_bytes()
    };
    let large = of_size(16 << 10);
    let fits = shelf.plan(&entries(&[&opened, &of_size(16)])).unwrap();
    assert_eq!(fits.entries, [0, 1], "it is the size alone that is refused");
    let mut tampered = yi.open(visit(2));
    let at = tampered.iter().position(|byte| *byte == b'{').unwrap() + 9;
    tampered[at] ^= 1;
    let after = jia.form(visit(1), snapshot(visit(1), &answers(2, 1)).hash());
    let plan = shelf.takes(&entries(&[&opened, &large, &after, &tampered]));
    assert_eq!(plan.entries, [0]);
    assert_eq!(plan.verdicts.entries[1], Verdict::refused(code::ENTRY));
    assert_eq!(plan.verdicts.entries[2], Verdict::refused(code::HOLE));
    assert!(!plan.verdicts.entries[3].is_kept());
    assert_eq!(
        plan.tips,
        [DeviceTip {
            dev: jia.dev(),
            dseq: 1
        }]
    );
}

#[test]
fn both_sides_of_a_fork_are_kept_apart_once_and_others_go_on() {
    let (mut jia, mut yi, mut shelf) = people();
    let opened = jia.open(visit(1));
    // The phone was set back to a backup after its first entry and worked on a second time.
    let mut copy = jia.clone();
    let first = jia.photo(visit(1), PHOTO, "门牌");
    let second = copy.photo(visit(1), b"the copy's", "门牌");
    let third = copy.photo(visit(1), b"the copy's next", "院落");
    shelf.takes(&entries(&[&opened, &first]));
    let partners = yi.open(visit(1));
    let request = entries(&[&second, &third, &partners]);
    let plan = shelf.takes(&request);
    let fork = Verdict::quarantined(code::FORK);
    assert_eq!(
        plan.verdicts.entries,
        [fork.clone(), fork.clone(), Verdict::Stored]
    );
    assert_eq!(plan.quarantine, [0, 1]);
    let forks = problems(&plan)
        .iter()
        .filter(|(code, _)| *code == code::FORK)
        .count();
    assert_eq!(forks, 2);
    let again = shelf.takes(&request);
    assert_eq!(again.quarantine, [0_usize; 0]);
    assert_eq!(again.verdicts.entries, [fork.clone(), fork, Verdict::Already]);
    // The history that came first goes on.
    let next = jia.photo(visit(1), b"next", "院落");
    assert_eq!(
        shelf.takes(&entries(&[&next])).verdicts.entries,
        [Verdict::Stored]
    );
}

#[test]
fn an_original_that_no_entry_names_is_not_taken() {
    let (_, _, mut shelf) = people();
    let stray = BlobHash::of(b"stray");
    let request = SyncRequest {
        blobs_wanted_status: join_hashes([stray.as_bytes(), stray.as_bytes()]),
        ..SyncRequest::default()
    };
    let plan = shelf.takes(&request);
    assert_eq!(
        problems(&plan),
        [(code::BLOB_UNNAMED, stray.to_string().as_str())]
    );
    assert!(plan.needs.is_empty() && plan.held.is_empty());
}

#[test]
fn where_the_store_cannot_be_read_nothing_is_decided() {
    let (mut jia, yi, mut shelf) = people();
    let (request, _) = whole_visit(&mut jia, &yi, visit(1));
    shelf.breaks = true;
    assert_eq!(shelf.plan(&request), Err(Unreadable));
}
