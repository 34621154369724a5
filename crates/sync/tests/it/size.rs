//! How much a visit takes on the wire.

use hudang_evidence::body::{Anchor, Audio, Body, Consent, ConsentTo, Position, Source};
use hudang_evidence::id::BlobHash;
use hudang_evidence::signed_time::TimeSignature;
use hudang_evidence::time::WallTime;
use hudang_sync::wire::{
    Bytes, ClockParcel, DocumentId, DocumentParcel, SnapshotParcel, SyncRequest, message_bytes, pack,
};

use crate::field::{Investigator, answers, random, snapshot, visit};

/// 12 entries, the seal and a document of 1.8 KB, which does not compress because automerge did it already.
fn visit_push() -> SyncRequest {
    let (mut jia, yi) = (Investigator::new("jia"), Investigator::new("yi"));
    let visit = visit(1);
    let photos: Vec<Vec<u8>> = (0..4).map(|n| random::<64>("photo", n).to_vec()).collect();
    let mut entries = vec![jia.open(visit)];
    for to in [ConsentTo::Visit, ConsentTo::Audio] {
        entries.push(jia.add(visit, Body::Consent(Consent { to, given: true })));
    }
    for (photo, purpose) in photos.iter().zip(["门牌", "合影", "居住环境", "羊圈"]) {
        entries.push(jia.photo(visit, photo, purpose));
    }
    let at = hudang_evidence::body::Coordinates {
        lat_e7: 439_331_240,
        lon_e7: 1_160_481_201,
    };
    entries.push(jia.add(
        visit,
        Body::Gps(Position {
            at,
            accuracy_cm: 620,
            mock: false,
            fix: None,
        }),
    ));
    let recording = random::<64>("audio", 0);
    entries.push(jia.add(
        visit,
        Body::Audio(Audio {
            sha256: BlobHash::of(&recording),
            bytes: 4_812_311,
            mime: "audio/webm".to_owned(),
            duration_ms: 1_422_100,
            gap_ms: 3_120,
            silent: false,
            src: Source::Recorder,
            purpose: "访谈".to_owned(),
        }),
    ));
    let snapshot = snapshot(visit, &answers(120, 0));
    entries.push(jia.form(visit, snapshot.hash()));
    entries.push(jia.form(visit, snapshot.hash()));
    let media: Vec<&[u8]> = photos
        .iter()
        .map(Vec::as_slice)
        .chain([recording.as_slice()])
        .collect();
    let (seal, note) = jia.seal(visit, &yi, &media);
    entries.push(jia.sealed(visit, &seal));
    assert_eq!(entries.len(), 12);
    SyncRequest {
        entries: entries.into_iter().map(Bytes::from).collect(),
        seals: vec![Bytes::from(note)],
        documents: vec![DocumentParcel::new(
            DocumentId::Visit(visit),
            random::<1800>("document", 0).to_vec(),
            &[random("head", 0)],
        )],
        ..SyncRequest::default()
    }
}

#[test]
fn a_visit_goes_up_in_8_kb() {
    let request = visit_push();
    let bare = pack(&request).unwrap().len();
    let disclosures = answers(120, 0);
    let snapshot = snapshot(visit(1), &disclosures);
    let with_answers = SyncRequest {
        snapshots: vec![SnapshotParcel::new(&snapshot, &disclosures)],
        ..request.clone()
    };
    let whole = pack(&with_answers).unwrap().len();
    eprintln!(
        "12 entries, seal, document of 1.8 KB: {} bytes, {bare} packed; with 120 salted answers: {} bytes, {whole} packed",
        message_bytes(&request),
        message_bytes(&with_answers),
    );
    assert!(bare <= 8 << 10, "{bare}");
}

#[test]
fn a_signed_time_costs_a_visit_less_than_a_photo_s_statement() {
    let mut request = visit_push();
    let bare = pack(&request).unwrap().len();
    let (mut jia, visit) = (Investigator::new("jia"), visit(1));
    let mut notes = vec![jia.open(visit)];
    let anchor = Anchor {
        at: WallTime::from_ms(1_772_413_200_000).unwrap(),
        mono_ms: 183_261_235,
        origin: "hudang/152525".to_owned(),
        sig: TimeSignature::from_bytes(random("signature", 0)),
    };
    notes.push(jia.add(visit, Body::Anchor(anchor)));
    request.entries.push(Bytes::from(notes.remove(1)));
    let anchored = pack(&request).unwrap().len();
    request.clock = Some(ClockParcel {
        boot: "9b2c1c5e-7a0b-4a6f-8f0e-1d2c3b4a5968".to_owned(),
        mono_ms: 183_261_235,
        unsent: Vec::new(),
    });
    let asked = pack(&request).unwrap().len();
    eprintln!(
        "an anchor: {} bytes of {bare}; the clock of a request: {} bytes",
        anchored - bare,
        asked - anchored
    );
    assert!(anchored - bare <= 300, "{}", anchored - bare);
    assert!(asked - anchored <= 64, "{}", asked - anchored);
}
