//! The outbox, what comes back, and when an original may go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hudang_device::platform::NoFaults;
use hudang_device::{IfIncomplete, Retention};
use hudang_evidence::id::BlobHash;
use hudang_evidence::note::NoteSigner;
use hudang_evidence::receipt::{Receipt, ReceiptBody};
use hudang_evidence::seal::Outcome;
use hudang_evidence::time::WallTime;
use hudang_sync::phone::{Action, Applied, OutboxContent, Refusal, Want};
use hudang_sync::wire::{
    Bytes, Change, DocumentId, DocumentParcel, ReceiptParcel, RefusalKind, SnapshotParcel,
};

use crate::field::{MORNING_MS, ORIGIN, Phone, at, photo, visit, who};
use crate::hub::Hub;

fn everything() -> Want {
    Want {
        bytes_max: usize::MAX,
        items_max: usize::MAX,
        skip: BTreeSet::new(),
        hold: BTreeMap::new(),
    }
}

fn worked() -> Phone {
    let mut phone = Phone::with("phone", &["jia", "yi"]);
    phone.open("jia");
    phone.open("yi");
    phone.interviews("jia");
    phone
}

#[test]
fn the_outbox_drains_in_order_and_a_lost_answer_changes_nothing() {
    let phone = worked();
    let batch = phone.device.load_batch(&everything()).unwrap();
    let dseqs: Vec<u64> = batch
        .items
        .iter()
        .filter_map(|item| match &item.content {
            OutboxContent::Entry { dev, dseq, .. } => Some((*dev, *dseq)),
            _ => None,
        })
        .fold(BTreeMap::<_, Vec<u64>>::new(), |mut all, (dev, dseq)| {
            all.entry(dev).or_default().push(dseq);
            all
        })
        .into_values()
        .max_by_key(Vec::len)
        .unwrap();
    assert!(dseqs.iter().copied().eq(1..=dseqs.len() as u64));
    assert_eq!(
        batch
            .items
            .iter()
            .filter(|item| matches!(item.content, OutboxContent::Document(_)))
            .count(),
        1
    );

    // The first answer is lost; then the app is killed, starts again, and everything is sent once more.
    let mut hub = Hub::default();
    hub.knows(&phone);
    let mut request = hudang_sync::wire::SyncRequest::default();
    for item in &batch.items {
        if let OutboxContent::Entry { note, .. } = &item.content {
            request.entries.push(note.clone());
        }
    }
    hub.answer(&phone.device.installation().to_string(), &request);
    let mut phone = phone.restarted(Arc::new(NoFaults));
    hub.sync(&mut phone);
    assert!(phone.device.outbox().unwrap().is_empty());
    assert_eq!(hub.duplicates, request.entries.len());
    // An acknowledgement that comes twice is no harm.
    let twice = Applied {
        acknowledged: batch.items.iter().map(|item| item.key).collect(),
        ..Applied::default()
    };
    phone.device.apply(&twice).unwrap();
    assert!(phone.device.load_batch(&everything()).unwrap().items.is_empty());
}

#[test]
fn what_changed_since_it_was_sent_is_not_settled_by_the_answer() {
    let mut phone = worked();
    let batch = phone.device.load_batch(&everything()).unwrap();
    phone
        .device
        .answer(&who("jia"), visit(), &at("income"), &5_i64.into())
        .unwrap();
    let answer = Applied {
        acknowledged: batch.items.iter().map(|item| item.key).collect(),
        ..Applied::default()
    };
    phone.device.apply(&answer).unwrap();
    let left = phone.device.load_batch(&everything()).unwrap().items;
    assert_eq!(left.len(), 1);
    assert!(matches!(left[0].content, OutboxContent::Document(_)));
}

#[test]
fn small_batches_hold_at_least_one_row_and_leave_out_what_is_parked() {
    let phone = worked();
    let tiny = Want {
        bytes_max: 1,
        ..everything()
    };
    let batch = phone.device.load_batch(&tiny).unwrap();
    assert!(batch.more);
    assert_eq!(batch.items.len(), 1);
    let first = batch.items[0].key;
    let OutboxContent::Entry { dev, .. } = batch.items[0].content else {
        panic!("an entry comes first")
    };
    let skipping = Want {
        skip: [first].into(),
        hold: [(dev, 1)].into(),
        ..everything()
    };
    let batch = phone.device.load_batch(&skipping).unwrap();
    assert!(batch.items.iter().all(|item| match item.content {
        OutboxContent::Entry { dev: other, .. } => other != dev,
        _ => true,
    }));
}

#[test]
fn a_refused_row_stays_with_its_reason() {
    let mut phone = worked();
    let rows = phone.device.outbox().unwrap();
    let refused = Applied {
        refused: vec![Refusal {
            key: rows[0].key,
            code: "SYNC-DEVICE-UNKNOWN".to_owned(),
            kind: RefusalKind::Yours,
        }],
        waiting: vec![(rows[1].key, rows[0].key)],
        ..Applied::default()
    };
    phone.device.apply(&refused).unwrap();
    let after = phone.device.outbox().unwrap();
    assert_eq!(after.len(), rows.len());
    assert_eq!(after[0].refusal.as_deref(), Some("SYNC-DEVICE-UNKNOWN"));
    assert_eq!(after[1].waits_for, Some(rows[0].key));
}

#[test]
fn a_server_that_lost_entries_gets_them_again_in_order() {
    let mut phone = worked();
    let dev = phone.device.people().unwrap()[0].dev;
    let mut hub = Hub::default();
    hub.knows(&phone);
    hub.sync(&mut phone);
    let mut restored = Hub::default();
    restored.knows(&phone);
    phone
        .device
        .carry_out(Action::Resend { dev, after_dseq: 0 })
        .unwrap();
    let other = phone.device.people().unwrap()[1].dev;
    phone
        .device
        .carry_out(Action::Resend {
            dev: other,
            after_dseq: 0,
        })
        .unwrap();
    restored.sync(&mut phone);
    assert_eq!(restored.entries, hub.entries);
    assert_eq!(restored.blobs, hub.blobs);
}

/// Whether each snapshot that waits would go with a seed.
fn seeded(phone: &Phone) -> Vec<bool> {
    let batch = phone.device.load_batch(&everything()).unwrap();
    let parcels = batch.items.into_iter().filter_map(|item| match item.content {
        OutboxContent::Snapshot(parcel) => Some(parcel),
        _ => None,
    });
    parcels
        .map(|parcel| {
            let (snapshot, disclosures) = parcel.open().unwrap();
            parcel != SnapshotParcel::new(&snapshot, &disclosures)
        })
        .collect()
}

#[test]
fn a_seed_goes_with_its_snapshot_once_and_is_forgotten() {
    let mut phone = worked();
    let before = seeded(&phone);
    assert!(!before.is_empty() && before.iter().all(|is_seeded| *is_seeded));
    let mut hub = Hub::default();
    hub.knows(&phone);
    hub.sync(&mut phone);
    assert_eq!(seeded(&phone), Vec::<bool>::new());
    let dev = phone.device.people().unwrap()[0].dev;
    phone
        .device
        .carry_out(Action::Resend { dev, after_dseq: 0 })
        .unwrap();
    assert_eq!(
        seeded(&phone),
        vec![false; before.len()],
        "sent again with its salts"
    );
}

#[test]
fn a_request_uses_its_counter_up_before_it_goes() {
    let mut phone = worked();
    let sign = |phone: &mut Phone| {
        let content = hudang_evidence::id::Sha256::of(b"body");
        phone
            .device
            .sign_request("POST", "/v1/sync", content)
            .unwrap()
            .counter
    };
    assert_eq!(sign(&mut phone), 1);
    let mut phone = phone.restarted(Arc::new(NoFaults));
    assert_eq!(sign(&mut phone), 2);
    phone
        .device
        .carry_out(Action::RaiseCounter { above: 40 })
        .unwrap();
    assert_eq!(sign(&mut phone), 41);
}

#[test]
fn hostile_changes_become_problems_and_touch_nothing() {
    let mut phone = worked();
    let before = phone.device.document(visit()).unwrap().heads();
    let bytes = |text: &str| Bytes::from(text.as_bytes().to_vec());
    let changes = vec![
        Change::Key(bytes("no key")),
        Change::Entry(bytes("no entry")),
        Change::Seal(bytes("no seal")),
        Change::Contract(bytes("{}")),
        Change::Standard(bytes("[]")),
        Change::Document(DocumentParcel::new(
            DocumentId::Visit(visit()),
            vec![0x85, 0x6f, 0x4a, 0x83, 1],
            &[],
        )),
        Change::Unknown(77),
    ];
    let applied = Applied {
        changes,
        cursor: Some(9),
        ..Applied::default()
    };
    phone.device.apply(&applied).unwrap();
    assert!(phone.device.problems().unwrap().len() >= 6);
    assert_eq!(phone.device.document(visit()).unwrap().heads(), before);
    assert_eq!(phone.device.load_batch(&everything()).unwrap().cursor, 9);
}

#[test]
fn an_original_goes_only_when_a_verified_receipt_names_it_and_retention_allows() {
    let mut phone = worked();
    let blob = BlobHash::of(&photo(1));
    let receipt = |signer: &NoteSigner| {
        let body = ReceiptBody {
            blobs: vec![blob],
            journal: hudang_evidence::journal::JournalHead::START,
            origin: ORIGIN.to_owned(),
            received: false,
            recv: WallTime::from_ms(MORNING_MS).unwrap(),
            seal: hudang_evidence::id::SealId::of(b"seal"),
            visit: visit(),
        };
        let (_, note) = Receipt::sign(body, signer).unwrap();
        Applied {
            blobs_held: vec![blob],
            receipts: vec![ReceiptParcel {
                note: Bytes::from(note),
                proof: None,
            }],
            ..Applied::default()
        }
    };
    let keep = Retention { keep_days: 30 };
    let forged = NoteSigner::new(ORIGIN, &[1; 32]).unwrap();
    phone.device.apply(&receipt(&forged)).unwrap();
    phone.hands.later(31 * 86_400_000);
    assert_eq!(phone.device.wipe(&who("jia"), keep, "retention").unwrap(), None);
    assert!(
        phone
            .device
            .problems()
            .unwrap()
            .iter()
            .any(|problem| problem.code == "RECEIPT-SIGNATURE")
    );

    phone.device.apply(&receipt(&crate::field::server())).unwrap();
    let longer = Retention { keep_days: 90 };
    assert_eq!(phone.device.wipe(&who("jia"), longer, "retention").unwrap(), None);
    let wiped = phone
        .device
        .wipe(&who("jia"), keep, "retention")
        .unwrap()
        .unwrap();
    assert_eq!(wiped.blobs, [blob]);
    assert_eq!(
        phone.device.read_blob(&blob, 0, 1).unwrap_err().code(),
        "BLOB-GONE"
    );
    assert!(!phone.directory.join("blobs").join(blob.to_string()).exists());
    // Gone from here, not from the visit: nothing is missing because of it.
    let missing = phone.device.missing(visit()).unwrap().missing;
    assert!(
        missing
            .iter()
            .all(|piece| piece.code.to_string() != "ASSESS-MEDIA"),
        "{missing:?}"
    );
}

#[test]
fn a_partners_work_never_overwrites_an_edit_that_was_not_synced() {
    let (mut hub, mut east, mut west) = Hub::with_two_phones();
    west.open("yi");
    west.device
        .answer(&who("yi"), visit(), &at("income"), &1_i64.into())
        .unwrap();
    hub.sync(&mut west);
    // The partner's work comes before the visit is open here, and is taken up when it is.
    hub.sync(&mut east);
    east.open("jia");
    let document = east.device.document(visit()).unwrap();
    assert_eq!(document.answer(&at("income")).unwrap().value, Some(1_i64.into()));
    west.device
        .answer(&who("yi"), visit(), &at("income"), &2_i64.into())
        .unwrap();
    east.device
        .answer(&who("jia"), visit(), &at("income"), &3_i64.into())
        .unwrap();
    east.device
        .draft(visit(), &at("head/name"), &"巴".into())
        .unwrap();
    hub.sync(&mut west);
    hub.sync(&mut east);
    let document = east.device.document(visit()).unwrap();
    assert_eq!(document.answer(&at("income")).unwrap().conflicts.len(), 2);
    assert_eq!(east.device.drafts(visit()).unwrap().len(), 1);
    let unsealed = east
        .device
        .seal(visit(), &[who("jia")], IfIncomplete::Seal)
        .unwrap_err();
    assert_eq!(unsealed.code(), "VISIT-DRAFT");
}

#[test]
fn a_conflict_that_two_settle_differently_is_one_again_for_both() {
    let (mut hub, mut east, mut west) = Hub::with_two_phones();
    west.open("yi");
    hub.sync(&mut west);
    hub.sync(&mut east);
    east.open("jia");
    let income = at("income");
    let in_conflict = |phone: &Phone| -> Vec<(String, usize)> {
        let conflicts = phone.device.conflicts(visit()).unwrap().into_iter();
        conflicts.map(|one| (one.place, one.values.len())).collect()
    };
    let both = vec![("answers/income".to_owned(), 2), ("header/outcome".to_owned(), 2)];
    for (phone, person, value, outcome) in [
        (&mut east, "jia", 2_i64, Outcome::Done),
        (&mut west, "yi", 3, Outcome::Refused),
    ] {
        let person = who(person);
        phone
            .device
            .answer(&person, visit(), &income, &value.into())
            .unwrap();
        phone.device.set_outcome(&person, visit(), outcome).unwrap();
    }
    let meet = |hub: &mut Hub, east: &mut Phone, west: &mut Phone| {
        hub.sync(east);
        hub.sync(west);
        hub.sync(east);
    };
    meet(&mut hub, &mut east, &mut west);
    assert_eq!(
        [in_conflict(&east), in_conflict(&west)],
        [both.clone(), both.clone()]
    );
    // Each takes the own side, or each the other's, without a network between them.
    for turned in [false, true] {
        for (phone, person, is_two) in [(&mut east, "jia", !turned), (&mut west, "yi", turned)] {
            let (value, outcome) = if is_two { (2_i64, "done") } else { (3, "refused") };
            let person = who(person);
            phone
                .device
                .pick(&person, visit(), "answers/income", &value.into())
                .unwrap();
            phone
                .device
                .pick(&person, visit(), "header/outcome", &outcome.into())
                .unwrap();
            assert_eq!(in_conflict(phone), []);
        }
        meet(&mut hub, &mut east, &mut west);
        assert_eq!(
            [in_conflict(&east), in_conflict(&west)],
            [both.clone(), both.clone()],
            "turned: {turned}"
        );
        // The form shows it too, to whoever had it open.
        for (phone, person) in [(&mut east, "jia"), (&mut west, "yi")] {
            let other = at("head/name");
            phone
                .device
                .answer(&who(person), visit(), &other, &"巴".into())
                .unwrap();
            assert_eq!(in_conflict(phone), both, "another answer settles nothing");
        }
        meet(&mut hub, &mut east, &mut west);
        assert_eq!(
            [in_conflict(&east), in_conflict(&west)],
            [both.clone(), both.clone()]
        );
    }
    // The same choice of both is none.
    for (phone, person) in [(&mut east, "jia"), (&mut west, "yi")] {
        phone
            .device
            .pick(&who(person), visit(), "answers/income", &2_i64.into())
            .unwrap();
        phone
            .device
            .pick(&who(person), visit(), "header/outcome", &"done".into())
            .unwrap();
    }
    meet(&mut hub, &mut east, &mut west);
    assert_eq!([in_conflict(&east), in_conflict(&west)], [vec![], vec![]]);
}
