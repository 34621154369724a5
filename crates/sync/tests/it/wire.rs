//! Messages as bytes.

use hudang_evidence::id::{BlobHash, DeviceId, EntryId, FormHash, HouseholdId, SealId, VisitId};
use hudang_evidence::salt::SaltSeed;
use hudang_evidence::snapshot::{Disclosure, Snapshot};
use hudang_sync::code;
use hudang_sync::wire::{
    Assignment, BlobNeed, Bytes, Change, ClockParcel, DeviceTip, DocumentId, DocumentParcel, ITEMS_MAX,
    Limits, MissingParcel, Problem, ReceiptParcel, RefusalKind, Register, RemarkParcel, SnapshotParcel,
    StandingParcel, SyncRequest, SyncResponse, UnsentTip, Verdict, WireError, join_hashes, join_visits, pack,
    unpack,
};
use minicbor::{Decode, Encode, Encoder};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::field::{answers, snapshot, visit};

fn bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..200).prop_map(Bytes::from)
}

fn document() -> impl Strategy<Value = DocumentParcel> {
    let id = any::<([u8; 16], bool)>().prop_map(|(id, is_visit)| {
        if is_visit {
            DocumentId::Visit(VisitId::from_bytes(id))
        } else {
            DocumentId::Household(HouseholdId::from_bytes(id))
        }
    });
    (id, vec(any::<u8>(), 0..300), vec(any::<[u8; 32]>(), 0..4))
        .prop_map(|(id, payload, heads)| DocumentParcel::new(id, payload, &heads))
}

fn disclosures() -> impl Strategy<Value = Vec<Disclosure>> {
    vec((any::<[u8; 16]>(), any::<Option<i32>>(), ".{0,20}"), 0..8).prop_map(|values| {
        let named = values.into_iter().enumerate();
        named
            .map(|(n, (salt, number, text))| {
                let value = number.map_or_else(|| text.clone().into(), serde_json::Value::from);
                Disclosure::new(salt, &format!("answer/{n}"), value)
            })
            .collect()
    })
}

/// A snapshot with some of its values.
fn revealed() -> impl Strategy<Value = (Snapshot, Vec<Disclosure>)> {
    (any::<[u8; 16]>(), any::<[u8; 32]>(), disclosures(), 0_usize..9).prop_map(|(visit, form, all, keep)| {
        let snapshot = Snapshot::new(VisitId::from_bytes(visit), FormHash::from_bytes(form), &all).unwrap();
        (snapshot, all.into_iter().take(keep).collect())
    })
}

fn parcel() -> impl Strategy<Value = SnapshotParcel> {
    revealed().prop_map(|(snapshot, disclosures)| SnapshotParcel::new(&snapshot, &disclosures))
}

fn request() -> impl Strategy<Value = SyncRequest> {
    (
        (
            any::<u16>(),
            any::<u64>(),
            vec(bytes(), 0..5),
            vec(parcel(), 0..3),
        ),
        (
            vec(bytes(), 0..3),
            vec(document(), 0..3),
            disclosures(),
            vec(any::<[u8; 32]>(), 0..4),
            proptest::option::of(clock()),
            proptest::option::of(vec(0_u64..9, 0..3)),
        ),
    )
        .prop_map(
            |((version, cursor, entries, snapshots), (seals, documents, texts, blobs, clock, asked))| {
                SyncRequest {
                    version,
                    cursor,
                    entries,
                    snapshots,
                    seals,
                    documents,
                    remarks: vec![RemarkParcel::new(visit(1), &texts)],
                    blobs_wanted_status: join_hashes(&blobs),
                    clock,
                    standings_asked: asked
                        .map(|asked| join_visits(&asked.into_iter().map(visit).collect::<Vec<_>>())),
                }
            },
        )
}

fn clock() -> impl Strategy<Value = ClockParcel> {
    let tip = (any::<[u8; 32]>(), any::<u64>(), any::<[u8; 32]>()).prop_map(|(dev, dseq, id)| UnsentTip {
        dev: DeviceId::from_bytes(dev),
        dseq,
        id: EntryId::from_bytes(id),
    });
    ("[a-f0-9-]{0,36}", any::<u64>(), vec(tip, 0..3)).prop_map(|(boot, mono_ms, unsent)| ClockParcel {
        boot,
        mono_ms,
        unsent,
    })
}

fn verdict() -> impl Strategy<Value = Verdict> {
    let kind = prop_oneof![
        Just(RefusalKind::Yours),
        Just(RefusalKind::TryAgain),
        Just(RefusalKind::Ours)
    ];
    prop_oneof![
        Just(Verdict::Stored),
        Just(Verdict::Already),
        ("[A-Z-]{0,20}", kind).prop_map(|(code, kind)| Verdict::Refused { code, kind }),
        "[A-Z-]{0,20}".prop_map(|code| Verdict::Quarantined { code }),
    ]
}

fn standing() -> impl Strategy<Value = StandingParcel> {
    let missing =
        (".{0,8}", ".{0,8}", any::<u64>(), any::<u64>()).prop_map(|(code, requirement, have, need)| {
            MissingParcel {
                code,
                requirement,
                have,
                need,
            }
        });
    let seal = any::<[u8; 32]>().prop_map(SealId::from_bytes);
    (0_u64..9, ".{0,8}", vec(".{0,8}", 0..3), vec(missing, 0..3), seal).prop_map(
        |(n, state, reasons, missing, seal)| StandingParcel {
            visit: visit(n),
            state,
            reasons,
            missing,
            seal,
        },
    )
}

fn receipt() -> impl Strategy<Value = ReceiptParcel> {
    (bytes(), proptest::option::of(bytes())).prop_map(|(note, proof)| ReceiptParcel { note, proof })
}

fn assignment() -> impl Strategy<Value = Assignment> {
    (
        any::<[u8; 16]>(),
        any::<Option<[u8; 16]>>(),
        vec("[a-z]{1,8}", 0..3),
        ".{0,12}",
        any::<bool>(),
        proptest::option::of(register()),
    )
        .prop_map(
            |(household, visit, persons, code, withdrawn, register)| Assignment {
                household: HouseholdId::from_bytes(household),
                contract: "HT-2026-001".to_owned(),
                visit: visit.map(VisitId::from_bytes),
                persons,
                code,
                withdrawn,
                register,
            },
        )
}

fn register() -> impl Strategy<Value = Register> {
    (".{0,12}", ".{0,12}", ".{0,40}", ".{0,12}", ".{0,12}", ".{0,12}").prop_map(
        |(area, head, address, phone, township, village)| Register {
            area,
            head,
            address,
            phone,
            township,
            village,
        },
    )
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        bytes().prop_map(Change::Entry),
        bytes().prop_map(Change::Seal),
        document().prop_map(Change::Document),
        parcel().prop_map(Change::Snapshot),
        assignment().prop_map(Change::Assignment),
        bytes().prop_map(Change::Contract),
        bytes().prop_map(Change::Standard),
        bytes().prop_map(Change::Form),
        receipt().prop_map(Change::Receipt),
        bytes().prop_map(Change::Key),
        (10_u64..).prop_map(Change::Unknown),
    ]
}

fn response() -> impl Strategy<Value = SyncResponse> {
    let lists = vec(vec(verdict(), 0..4), 5..=5);
    let need = any::<([u8; 32], u64)>().prop_map(|(hash, offset)| BlobNeed {
        hash: BlobHash::from_bytes(hash),
        offset,
    });
    let tip = any::<([u8; 32], u64)>().prop_map(|(dev, dseq)| DeviceTip {
        dev: DeviceId::from_bytes(dev),
        dseq,
    });
    let problem = ("[A-Z-]{0,20}", ".{0,30}").prop_map(|(code, subject)| Problem { code, subject });
    (
        (
            any::<(u16, u64, bool, i64)>(),
            lists,
            vec(need, 0..3),
            vec(any::<[u8; 32]>(), 0..3),
        ),
        (
            vec(receipt(), 0..3),
            vec(change(), 0..6),
            vec(problem, 0..3),
            vec(tip, 0..3),
            proptest::option::of(any::<[u8; 32]>()),
            vec(standing(), 0..3),
        ),
    )
        .prop_map(
            |(
                (fixed, mut lists, upload, held),
                (receipts, changes, problems, tips, signature, standings),
            )| {
                let mut list = || lists.pop().unwrap();
                let (version, cursor, more, server_time_ms) = fixed;
                SyncResponse {
                    version,
                    cursor,
                    more,
                    entries: list(),
                    snapshots: list(),
                    seals: list(),
                    documents: list(),
                    remarks: list(),
                    upload,
                    held: join_hashes(&held),
                    receipts,
                    changes,
                    problems,
                    tips,
                    server_time_ms,
                    time_signature: signature.map(|bytes| Bytes::from(bytes.to_vec())),
                    standings,
                }
            },
        )
}

proptest! {
    #[test]
    fn every_request_comes_back(request in request()) {
        let packed = pack(&request).unwrap();
        prop_assert_eq!(unpack::<SyncRequest>(&packed, Limits::DEFAULT).unwrap(), request);
    }

    #[test]
    fn every_response_comes_back(response in response()) {
        let packed = pack(&response).unwrap();
        prop_assert_eq!(unpack::<SyncResponse>(&packed, Limits::DEFAULT).unwrap(), response);
    }

    #[test]
    fn a_snapshot_arrives_byte_for_byte((snapshot, disclosures) in revealed()) {
        let parcel = SnapshotParcel::new(&snapshot, &disclosures);
        let packed = pack(&parcel).unwrap();
        let parcel: SnapshotParcel = unpack(&packed, Limits::DEFAULT).unwrap();
        prop_assert_eq!(parcel.open(), Some((snapshot, disclosures)));
    }

    #[test]
    fn altered_bytes_never_harm_the_reader(
        request in request(),
        response in response(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let limits = Limits { packed_bytes_max: 1 << 20, message_bytes_max: 1 << 20 };
        for mut packed in [pack(&request).unwrap(), pack(&response).unwrap()] {
            let at = at.index(packed.len());
            packed[at] = byte;
            let _ = unpack::<SyncRequest>(&packed, limits);
            let _ = unpack::<SyncResponse>(&packed, limits);
            packed.truncate(cut.index(packed.len()));
            prop_assert!(unpack::<SyncRequest>(&packed, limits).is_err());
        }
        // The same below the compression, where each byte reaches the reader of the CBOR.
        for mut cbor in [minicbor::to_vec(&request).unwrap(), minicbor::to_vec(&response).unwrap()] {
            let at = at.index(cbor.len());
            cbor[at] = byte;
            if let Ok(request) = minicbor::decode::<SyncRequest>(&cbor) {
                let _ = hudang_sync::parse::Request::parse(request, &crate::field::Nobody);
            }
            let _ = minicbor::decode::<SyncResponse>(&cbor);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn the_bytes_of_a_request_are_fixed() {
    let mut request = SyncRequest {
        cursor: 7,
        entries: vec![Bytes::from(b"entry".to_vec())],
        seals: vec![Bytes::from(b"seal".to_vec())],
        documents: vec![DocumentParcel::new(
            DocumentId::Household(HouseholdId::from_bytes([2; 16])),
            b"change".to_vec(),
            &[[3; 32]],
        )],
        remarks: vec![RemarkParcel::new(VisitId::from_bytes([4; 16]), &[])],
        ..SyncRequest::default()
    };
    request.ask_about(&[BlobHash::from_bytes([5; 32])]);
    let cbor = minicbor::to_vec(&request).unwrap();
    assert_eq!(
        hex(&cbor),
        concat!(
            "88",
            "01",
            "07",
            "8145656e747279",
            "80",
            "81447365616c",
            "8183",
            "5101020202020202020202020202",
            "02020202",
            "466368616e6765",
            "5820",
            "0303030303030303030303030303030303030303030303030303030303030303",
            "8182",
            "5004040404040404040404040404040404",
            "40",
            "5820",
            "0505050505050505050505050505050505050505050505050505050505050505",
        )
    );
    // The number of the dictionary, then the magic number of Zstandard (RFC 8878 §3.1.1).
    assert_eq!(hex(&pack(&request).unwrap()[..5]), "0128b52ffd");
}

#[test]
fn the_bytes_of_a_response_are_fixed() {
    let response = SyncResponse {
        cursor: 9,
        entries: vec![Verdict::Stored, Verdict::Already, Verdict::refused(code::HOLE)],
        documents: vec![Verdict::quarantined("X")],
        upload: vec![BlobNeed {
            hash: BlobHash::from_bytes([1; 32]),
            offset: 500,
        }],
        receipts: vec![ReceiptParcel {
            note: Bytes::from(b"note".to_vec()),
            proof: None,
        }],
        changes: vec![Change::Form(Bytes::from(b"form".to_vec())), Change::Unknown(77)],
        problems: vec![Problem {
            code: "A".to_owned(),
            subject: "b".to_owned(),
        }],
        server_time_ms: 1_772_413_200_000,
        ..SyncResponse::default()
    };
    assert_eq!(
        hex(&minicbor::to_vec(&response).unwrap()),
        concat!(
            "91",
            "01",
            "09",
            "f4",
            "83",
            "8100",
            "8101",
            "830269",
            "53594e432d484f4c45",
            "01",
            "80",
            "80",
            "81",
            "82036158",
            "80",
            "81825820",
            "0101010101010101010101010101010101010101010101010101010101010101",
            "1901f4",
            "40",
            "8181446e6f7465",
            "82",
            "820744666f726d",
            "81184d",
            "818261416162",
            "80",
            "1b0000019cac0f2680",
            "f6",
            "80",
        )
    );
}

#[test]
fn a_phone_of_the_version_before_and_one_of_the_version_after_are_understood() {
    // Two fields more than this version knows, and one verdict and one change of unknown kinds.
    let mut e = Encoder::new(Vec::new());
    e.array(12).unwrap().u16(2).unwrap().u64(7).unwrap();
    for _ in 2..7 {
        e.array(0).unwrap();
    }
    e.bytes(&[])
        .unwrap()
        .null()
        .unwrap()
        .null()
        .unwrap()
        .str("new")
        .unwrap()
        .map(1)
        .unwrap()
        .u8(1)
        .unwrap()
        .array(0)
        .unwrap();
    let request: SyncRequest = minicbor::decode(&e.into_writer()).unwrap();
    assert_eq!(
        request,
        SyncRequest {
            version: 2,
            cursor: 7,
            ..SyncRequest::default()
        }
    );

    let read = |cbor: &[u8]| minicbor::decode::<Verdict>(cbor).unwrap();
    assert_eq!(read(&[0x82, 0x00, 0x05]), Verdict::Stored);
    assert_eq!(read(&[0x82, 0x18, 0x63, 0x05]), Verdict::refused(code::VERSION));
    assert!(!read(&[0x82, 0x18, 0x63, 0x05]).is_kept());
    assert_eq!(
        minicbor::decode::<Change>(&[0x83, 0x18, 0x63, 0x05, 0x80]).unwrap(),
        Change::Unknown(99)
    );
}

#[derive(Encode, Decode)]
struct Many(#[n(0)] u16, #[n(1)] u64, #[n(2)] Vec<Bytes>);

#[test]
fn a_small_message_cannot_become_a_large_one() {
    let limits = Limits {
        packed_bytes_max: 1 << 20,
        message_bytes_max: 1 << 20,
    };
    let bomb = pack(&Many(1, 0, vec![Bytes::from(vec![0; 64 << 20])])).unwrap();
    assert!(bomb.len() < 16 << 10, "{}", bomb.len());
    let refused = unpack::<SyncRequest>(&bomb, limits).unwrap_err();
    assert!(
        matches!(refused, WireError::TooLarge { size_bytes, .. } if size_bytes > 64 << 20),
        "{refused}"
    );
    assert_eq!(refused.code(), "SYNC-TOO-LARGE");

    let empty_items = pack(&Many(1, 0, vec![Bytes::from(Vec::new()); ITEMS_MAX + 1])).unwrap();
    assert!(matches!(
        unpack::<SyncRequest>(&empty_items, limits),
        Err(WireError::Cbor(_))
    ));

    // A list that says that it holds 2^60 items, and a byte string of 2^60 bytes.
    for head in [0x9b, 0x5b] {
        let mut cbor = vec![0x88, 1, 7, head, 0x10];
        cbor.extend([0; 7]);
        assert!(minicbor::decode::<SyncRequest>(&cbor).is_err());
    }
    let large = vec![1; (1 << 20) + 1];
    assert!(matches!(
        unpack::<SyncRequest>(&large, limits),
        Err(WireError::TooLarge { .. })
    ));
}

#[test]
fn what_is_no_message_is_named() {
    let code_of = |bytes: &[u8]| unpack::<SyncRequest>(bytes, Limits::DEFAULT).unwrap_err().code();
    assert_eq!(code_of(&[]), "SYNC-MALFORMED");
    assert_eq!(code_of(b"\x01not a frame"), "SYNC-MALFORMED");
    assert_eq!(code_of(b"\x02(\xb5/\xfd"), "SYNC-VERSION");
    let mut two = pack(&SyncRequest::default()).unwrap();
    let frame = two[1..].to_vec();
    two.extend(frame);
    assert_eq!(code_of(&two), "SYNC-MALFORMED");
}

#[test]
fn every_code_says_what_to_do_in_two_languages() {
    for explanation in code::EXPLANATIONS {
        let is_named = explanation.code.starts_with("SYNC-") || explanation.code == code::TIME_SIGNATURE;
        assert!(is_named, "{explanation:?}");
        assert!(
            explanation.zh.ends_with('。') && explanation.en.ends_with('.'),
            "{explanation:?}"
        );
        let same = code::EXPLANATIONS
            .iter()
            .filter(|other| other.code == explanation.code)
            .count();
        assert_eq!(same, 1, "{}", explanation.code);
    }
    assert_eq!(code::kind("SYNC-HOLE"), RefusalKind::TryAgain);
}

#[test]
fn values_that_belong_to_another_snapshot_are_refused() {
    let (mine, other) = (answers(3, 0), answers(3, 1));
    let parcel = SnapshotParcel::new(&snapshot(visit(1), &mine), &other);
    assert_eq!(parcel.open(), None);
    let hidden = SnapshotParcel::new(&snapshot(visit(1), &mine), &mine[..1]);
    assert_eq!(hidden.open().unwrap().1, mine[..1]);
}

proptest! {
    #[test]
    fn salts_from_a_seed_come_back_each_beside_its_value(
        seed in any::<[u8; 32]>(),
        numbers in proptest::collection::vec(any::<i64>(), 0..40),
    ) {
        let seed = SaltSeed::from_bytes(seed);
        let numbered = numbers.iter().enumerate();
        let all: Vec<Disclosure> = numbered
            .map(|(n, number)| seed.disclose(&format!("answer/{n}"), (*number).into()))
            .collect();
        let snapshot = snapshot(visit(1), &all);
        let parcel = SnapshotParcel::seeded(&snapshot, &all, &seed);
        let packed = pack(&parcel).unwrap();
        let parcel: SnapshotParcel = unpack(&packed, Limits::DEFAULT).unwrap();
        prop_assert_eq!(parcel.open(), Some((snapshot.clone(), all.clone())));
        // With an erased value the digests travel, and no seed that would let it be guessed.
        if let Some((_, rest)) = all.split_first() {
            let parcel = SnapshotParcel::seeded(&snapshot, rest, &seed);
            prop_assert_eq!(&parcel, &SnapshotParcel::new(&snapshot, rest));
        }
        let other = SaltSeed::from_bytes([0; 32]);
        if other != seed && !all.is_empty() {
            prop_assert_eq!(SnapshotParcel::seeded(&snapshot, &all, &other), SnapshotParcel::new(&snapshot, &all));
        }
    }
}
