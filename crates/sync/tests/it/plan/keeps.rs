//! What the server keeps and answers, however often and in whatever order it comes.

use super::*;

#[test]
fn a_first_contact_is_taken_whole_in_one_request() {
    let (mut jia, yi, mut shelf) = people();
    let (request, seal) = whole_visit(&mut jia, &yi, visit(1));
    let plan = shelf.takes(&request);
    assert_eq!(plan.entries, [0, 1, 2, 3]);
    assert_eq!(
        (plan.snapshots.as_slice(), plan.documents.as_slice()),
        ([0].as_slice(), [0].as_slice())
    );
    assert_eq!(
        plan.seals.iter().map(|step| step.id).collect::<Vec<_>>(),
        [seal.id()]
    );
    assert_eq!(plan.receipts, [seal.id()], "what it covers came with it");
    assert_eq!(plan.remarks[0].wanted, [0], "its entry came with it");
    let photo = BlobHash::of(PHOTO);
    assert_eq!(
        plan.needs,
        [BlobNeed {
            hash: photo,
            offset: 0
        }]
    );
    let tip = DeviceTip {
        dev: jia.dev(),
        dseq: 4,
    };
    assert_eq!(plan.tips, [tip]);
    assert_eq!(
        (plan.held.len(), problems(&plan), plan.quarantine.len()),
        (0, vec![], 0)
    );
    let answer = plan.into_response();
    assert_eq!(answer.entries, vec![Verdict::Stored; 4]);
    let others = [answer.snapshots, answer.seals, answer.documents, answer.remarks];
    assert_eq!(others, [const { [Verdict::Stored] }; 4].map(Vec::from));
}

#[test]
fn a_repeated_push_writes_nothing_and_brings_the_receipt_again() {
    let (mut jia, yi, mut shelf) = people();
    let (request, seal) = whole_visit(&mut jia, &yi, visit(1));
    shelf.takes(&request);
    shelf.whole.insert(BlobHash::of(PHOTO));
    let before = shelf.clone();
    let plan = shelf.takes(&request);
    assert!(writes_nothing(&plan), "{plan:?}");
    assert_eq!(shelf, before);
    assert_eq!(plan.receipts, [seal.id()]);
    assert_eq!(
        (plan.held.as_slice(), plan.needs.len()),
        ([BlobHash::of(PHOTO)].as_slice(), 0)
    );
    let answer = plan.into_response();
    assert_eq!(answer.entries, vec![Verdict::Already; 4]);
    let others = [answer.snapshots, answer.seals, answer.documents, answer.remarks];
    assert_eq!(others, [const { [Verdict::Already] }; 4].map(Vec::from));
}

#[test]
fn after_a_lost_answer_only_what_is_new_is_written_and_the_upload_goes_on() {
    let (mut jia, yi, mut shelf) = people();
    let (mut request, _) = whole_visit(&mut jia, &yi, visit(1));
    shelf.takes(&request);
    shelf.begun.insert(BlobHash::of(PHOTO), 7);
    // The phone never heard of it, worked on, and sends all of it.
    let more = jia.photo(visit(1), b"another", "住房");
    request.entries.push(Bytes::from(more));
    request.documents = vec![document(DocumentId::Visit(visit(1)), &[head(2)])];
    let plan = shelf.takes(&request);
    assert_eq!(plan.entries, [4]);
    assert_eq!(plan.documents, [0]);
    assert!(plan.seals.is_empty() && plan.snapshots.is_empty() && plan.remarks.is_empty());
    let need = |hash, offset| BlobNeed { hash, offset };
    assert_eq!(
        plan.needs,
        [need(BlobHash::of(PHOTO), 7), need(BlobHash::of(b"another"), 0)]
    );
    assert_eq!(plan.tips[0].dseq, 5);
}

#[test]
fn entries_need_not_wait_for_their_document_and_texts_wait_for_their_entry() {
    let (mut jia, yi, mut shelf) = people();
    let (request, _) = whole_visit(&mut jia, &yi, visit(1));
    // The text overtakes its entry.
    let text_first = SyncRequest {
        remarks: request.remarks.clone(),
        ..SyncRequest::default()
    };
    let plan = shelf.takes(&text_first);
    assert_eq!(plan.verdicts.remarks, [Verdict::refused(code::REMARK_UNNAMED)]);
    assert!(writes_nothing(&plan));
    // Entries without their document, the document in the next request.
    let mut without = request.clone();
    without.documents.clear();
    let plan = shelf.takes(&without);
    assert_eq!((plan.entries.len(), plan.remarks.len()), (4, 1));
    let plan = shelf.takes(&request);
    assert_eq!(
        (plan.entries.len(), plan.documents.as_slice()),
        (0, [0].as_slice())
    );
    assert_eq!(plan.verdicts.documents, [Verdict::Stored]);
    // A document without heads says nothing of what it holds: it is looked at each time.
    let headless = SyncRequest {
        documents: vec![document(DocumentId::Visit(visit(1)), &[])],
        ..SyncRequest::default()
    };
    assert_eq!(shelf.takes(&headless).documents, [0]);
}

#[test]
fn the_plan_is_the_same_for_a_cursor_older_than_anything_and_for_one_ahead() {
    let (mut jia, yi, mut shelf) = people();
    let (request, _) = whole_visit(&mut jia, &yi, visit(1));
    shelf.takes(&entries(&[&jia.entries[0].1]));
    let with = |cursor| {
        let request = SyncRequest {
            cursor,
            ..request.clone()
        };
        shelf.plan(&request).unwrap()
    };
    assert_eq!(with(0), with(u64::MAX));
    assert_eq!(with(0).entries, [1, 2, 3]);
    assert_eq!(with(0).into_response().cursor, 0, "the journal's keeper sets it");
}

#[test]
fn a_restored_server_says_where_it_stands_and_takes_what_it_lacks() {
    let (mut jia, yi, mut shelf) = people();
    let (request, seal) = whole_visit(&mut jia, &yi, visit(1));
    shelf.takes(&request);
    shelf.restored_to(1);
    // The phone believes that four are there and sends the fifth, with the seal once more.
    let fifth = jia.sealed(visit(1), &seal);
    let mut later = entries(&[&fifth]);
    later.seals = request.seals.clone();
    let plan = shelf.takes(&later);
    assert_eq!(plan.verdicts.entries, [Verdict::refused(code::HOLE)]);
    assert_eq!(
        plan.tips,
        [DeviceTip {
            dev: jia.dev(),
            dseq: 1
        }]
    );
    assert_eq!(plan.receipts, []);
    assert_eq!(
        problems(&plan),
        [(code::SEAL_WAITS, seal.id().to_string().as_str())]
    );
    let all: Vec<&Vec<u8>> = jia.entries.iter().map(|(_, note)| note).collect();
    let plan = shelf.takes(&entries(&all));
    assert_eq!(plan.entries, [1, 2, 3, 4]);
    assert_eq!(plan.receipts, [seal.id()]);
}

#[test]
fn two_phones_alternate_in_one_visit_and_the_receipt_goes_to_whoever_comes_last() {
    let (mut jia, mut yi, mut shelf) = people();
    let of = visit(1);
    let mut turns = vec![jia.open(of), yi.open(of)];
    turns.push(jia.photo(of, PHOTO, "门牌"));
    turns.push(yi.photo(of, b"the yard", "院落"));
    turns.push(jia.photo(of, b"the stove", "取暖"));
    for turn in &turns[..3] {
        let plan = shelf.takes(&entries(&[turn]));
        assert_eq!(plan.verdicts.entries, [Verdict::Stored]);
        assert!(plan.problems.is_empty(), "{plan:?}");
    }
    // 甲 seals over 乙's second photo, which 乙's phone has not sent.
    let (seal, note) = jia.seal(of, &yi, &[]);
    let mut of_jia = entries(&[&turns[4]]);
    of_jia.seals = vec![Bytes::from(note)];
    let plan = shelf.takes(&of_jia);
    assert_eq!(plan.verdicts.seals, [Verdict::Stored]);
    assert_eq!(plan.receipts, []);
    assert_eq!(problems(&plan)[0].0, code::SEAL_WAITS);
    let plan = shelf.takes(&entries(&[&turns[3]]));
    assert_eq!(plan.receipts, [seal.id()], "it need not send the seal itself");
    // Each phone's own history grew by its own entries alone.
    let tips = |who: &Investigator| DeviceTip {
        dev: who.dev(),
        dseq: who.device_tip.seq,
    };
    assert_eq!(plan.tips, [tips(&yi)]);
    let all: Vec<&Vec<u8>> = turns.iter().collect();
    let mut expected = [tips(&jia), tips(&yi)];
    expected.sort_by_key(|tip| tip.dev);
    assert_eq!(shelf.takes(&entries(&all)).tips, expected);
    // In whatever order the same work comes, the server holds the same.
    let mut other = Shelf::knowing(&[&jia, &yi]);
    let shuffled: Vec<&Vec<u8>> = [4, 3, 2, 1, 0].map(|at: usize| &turns[at]).to_vec();
    let plan = other.takes(&entries(&shuffled));
    assert_eq!(plan.verdicts.entries, vec![Verdict::Stored; 5]);
    let ids = |shelf: &Shelf| {
        let mut ids: Vec<_> = shelf.entries.iter().map(Entry::id).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&other), ids(&shelf));
}

#[test]
fn a_second_signature_joins_the_seal_that_is_held() {
    let (jia, yi, mut shelf) = people();
    let (both, _) = jia.clone().seal(visit(1), &yi, &[]);
    let signed = |who: &Investigator| Seal::sign(both.body().clone(), &[&who.signer]).unwrap().1;
    shelf.takes(&seals(&[&signed(&jia)]));
    let plan = shelf.takes(&seals(&[&signed(&yi)]));
    assert_eq!(plan.verdicts.seals, [Verdict::Stored]);
    let kept = &shelf.seals[&both.id()].0;
    let keys = [jia.signer.verifier(), yi.signer.verifier()];
    assert_eq!(Seal::verify(kept, &keys).unwrap().1.len(), 2);
    let again = shelf.takes(&seals(&[&signed(&jia), &signed(&yi)]));
    assert_eq!(again.verdicts.seals, [Verdict::Already, Verdict::Already]);
    assert!(writes_nothing(&again));
}
