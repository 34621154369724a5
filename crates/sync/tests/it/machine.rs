//! The phone's machine, scene by scene: what it asks for, and what it does when things go wrong.

use hudang_evidence::id::{BlobHash, DeviceId, SealId, VisitId};
use hudang_sync::code;
use hudang_sync::phone::{
    Action, Applied, AudioOver, Batch, BlobClass, BlobFailure, BlobItem, Event, FailureKind, Link,
    OutboxContent, OutboxItem, OutboxKey, PhoneSync, Settings, WakeBy, Want,
};
use hudang_sync::wire::{
    BlobNeed, Bytes, DeviceTip, StandingParcel, SyncRequest, SyncResponse, Verdict, join_hashes, split_visits,
};

fn dev() -> DeviceId {
    DeviceId::of("甲".as_bytes())
}

fn entry(dseq: u64) -> OutboxItem {
    OutboxItem {
        key: OutboxKey(dseq),
        content: OutboxContent::Entry {
            dev: dev(),
            dseq,
            blob: None,
            note: Bytes::from(vec![u8::try_from(dseq).unwrap(); 8]),
        },
    }
}

fn seal(key: u64) -> OutboxItem {
    OutboxItem {
        key: OutboxKey(key),
        content: OutboxContent::Seal(Bytes::from(vec![9; 8])),
    }
}

fn rows(items: Vec<OutboxItem>) -> Event {
    Event::Batch(Batch {
        items,
        ..Batch::default()
    })
}

fn blob(name: &str, size_bytes: u64, class: BlobClass) -> BlobItem {
    BlobItem {
        hash: BlobHash::of(name.as_bytes()),
        size_bytes,
        class,
    }
}

fn failed(kind: FailureKind) -> Event {
    Event::Failed {
        kind,
        now_ms: 1_000,
        jitter: u32::MAX,
    }
}

fn answered(number: u64, response: SyncResponse) -> Event {
    Event::Answered {
        number,
        response: Box::new(response),
        now_ms: 1_000,
        jitter: u32::MAX,
    }
}

/// A machine on this link that has been woken and wants to read the outbox.
fn awake(settings: Settings, link: Link) -> PhoneSync {
    let mut machine = PhoneSync::new(settings);
    let woken = machine.on(Event::Wake {
        now_ms: 1_000,
        link,
        by: WakeBy::Person,
    });
    assert!(matches!(woken.as_slice(), [Action::LoadBatch(_)]), "{woken:?}");
    machine
}

fn sent(actions: &[Action]) -> (u64, &SyncRequest) {
    match actions {
        [Action::Send { number, request }] => (*number, request),
        other => panic!("no request: {other:?}"),
    }
}

fn applied(actions: &[Action]) -> &Applied {
    match actions.first() {
        Some(Action::Apply(applied)) => applied,
        other => panic!("nothing to store: {other:?}"),
    }
}

/// What the last action wants from the outbox.
fn wanted(actions: &[Action]) -> &Want {
    match actions.last() {
        Some(Action::LoadBatch(want)) => want,
        other => panic!("the outbox is not read: {other:?}"),
    }
}

#[test]
fn it_asks_whether_visits_count_once_nothing_else_is_to_be_sent() {
    let visit = VisitId::new(1, [1; 10]);
    let with = |items| {
        Event::Batch(Batch {
            items,
            standings_asked: vec![visit],
            ..Batch::default()
        })
    };
    let mut machine = awake(Settings::default(), Link::Wifi);
    let first = machine.on(with(vec![entry(1)]));
    assert_eq!(sent(&first).1.standings_asked, None);
    let mut machine = awake(Settings::default(), Link::Wifi);
    let idle = machine.on(with(Vec::new()));
    let (number, request) = sent(&idle);
    assert_eq!(
        split_visits(request.standings_asked.as_ref().unwrap()),
        Some(vec![visit])
    );
    let standing = StandingParcel {
        visit,
        state: "counted".to_owned(),
        reasons: Vec::new(),
        missing: Vec::new(),
        seal: SealId::from_bytes([2; 32]),
    };
    let response = SyncResponse {
        standings: vec![standing.clone()],
        ..SyncResponse::default()
    };
    let after = machine.on(answered(number, response));
    assert_eq!(applied(&after).standings, [standing]);
}

#[test]
fn a_lost_answer_costs_a_wait_and_everything_is_sent_again() {
    let mut machine = awake(Settings::default(), Link::Wifi);
    let first = machine.on(rows(vec![entry(1), seal(2)]));
    let (number, request) = sent(&first);
    assert_eq!((request.entries.len(), request.seals.len()), (1, 1));
    let after = machine.on(failed(FailureKind::Network));
    assert_eq!(after, [Action::Wait { until_ms: 3_000 }]);
    let woken = machine.on(Event::Wake {
        now_ms: 3_000,
        link: Link::Wifi,
        by: WakeBy::Timer,
    });
    wanted(&woken);
    let again = machine.on(rows(vec![entry(1), seal(2)]));
    assert_ne!(sent(&again).0, number);
    // The answer to the first request comes after all: it says nothing of the second one.
    let late = SyncResponse {
        entries: vec![Verdict::Stored],
        seals: vec![Verdict::Stored],
        ..SyncResponse::default()
    };
    assert_eq!(machine.on(answered(number, late.clone())), []);
    let done = machine.on(answered(sent(&again).0, late));
    assert_eq!(applied(&done).acknowledged, [OutboxKey(2), OutboxKey(1)]);
    assert_eq!(done.last(), Some(&Action::Idle));
}

#[test]
fn entries_behind_a_refused_one_wait_and_nothing_else_does() {
    let mut machine = awake(Settings::default(), Link::Wifi);
    let request = machine.on(rows(vec![entry(1), entry(2), entry(3), seal(4)]));
    let response = SyncResponse {
        entries: vec![
            Verdict::Stored,
            Verdict::refused(code::OTHER_CONTRACT),
            Verdict::refused(code::HOLE),
        ],
        seals: vec![Verdict::Stored],
        ..SyncResponse::default()
    };
    let after = machine.on(answered(sent(&request).0, response));
    let stored = applied(&after);
    assert_eq!(stored.acknowledged, [OutboxKey(4), OutboxKey(1)]);
    assert_eq!(stored.refused.len(), 1);
    assert_eq!(stored.refused[0].key, OutboxKey(2));
    assert_eq!(stored.waiting, [(OutboxKey(3), OutboxKey(2))]);
    // What comes later of the same device waits with them, a seal does not.
    let more = machine.on(Event::OutboxChanged);
    assert_eq!(wanted(&more).hold.get(&dev()), Some(&2));
    let request = machine.on(rows(vec![entry(3), entry(5), seal(6)]));
    assert_eq!(
        (sent(&request).1.entries.len(), sent(&request).1.seals.len()),
        (0, 1)
    );
}

#[test]
fn a_server_that_was_restored_gets_what_it_lacks_once_more() {
    let mut machine = awake(Settings::default(), Link::Wifi);
    let request = machine.on(rows(vec![entry(7)]));
    let hole = SyncResponse {
        entries: vec![Verdict::refused(code::HOLE)],
        tips: vec![DeviceTip { dev: dev(), dseq: 4 }],
        ..SyncResponse::default()
    };
    let after = machine.on(answered(sent(&request).0, hole.clone()));
    assert!(
        after.contains(&Action::Resend {
            dev: dev(),
            after_dseq: 4
        }),
        "{after:?}"
    );
    // Where that did not help, it is not tried for ever.
    let request = machine.on(rows(vec![entry(7)]));
    let after = machine.on(answered(sent(&request).0, hole));
    assert_eq!(applied(&after).refused.len(), 1);
    assert!(!after.iter().any(|action| matches!(action, Action::Resend { .. })));
}

#[test]
fn a_used_counter_is_left_behind_at_once() {
    let mut machine = awake(Settings::default(), Link::Wifi);
    machine.on(rows(vec![entry(1)]));
    let after = machine.on(failed(FailureKind::Counter { highest: 41 }));
    assert_eq!(after.first(), Some(&Action::RaiseCounter { above: 41 }));
    wanted(&after);
}

#[test]
fn an_item_that_is_too_large_is_found_by_halving_and_left_aside() {
    let mut machine = awake(Settings::default(), Link::Wifi);
    machine.on(rows(vec![entry(1), seal(2)]));
    let after = machine.on(failed(FailureKind::TooLarge));
    assert_eq!(wanted(&after).items_max, 1);
    let request = machine.on(rows(vec![seal(2)]));
    sent(&request);
    let after = machine.on(failed(FailureKind::TooLarge));
    assert_eq!(applied(&after).refused[0].key, OutboxKey(2));
    assert_eq!(applied(&after).refused[0].code, code::TOO_LARGE);
    assert!(wanted(&after).skip.contains(&OutboxKey(2)));
}

#[test]
fn a_busy_server_says_when_to_come_and_a_person_need_not_wait() {
    let mut machine = awake(Settings::default(), Link::Wifi);
    machine.on(rows(vec![entry(1)]));
    let busy = FailureKind::Busy {
        retry_after_ms: Some(60_000),
    };
    assert_eq!(machine.on(failed(busy)), [Action::Wait { until_ms: 61_000 }]);
    let woken = machine.on(Event::Wake {
        now_ms: 2_000,
        link: Link::Wifi,
        by: WakeBy::Person,
    });
    wanted(&woken);
}

#[test]
fn a_refused_installation_is_shown_and_asks_rarely() {
    let mut machine = awake(Settings::default(), Link::Wifi);
    machine.on(rows(vec![entry(1)]));
    let refused = FailureKind::Refused {
        code: code::DEVICE_REVOKED.to_owned(),
    };
    let after = machine.on(failed(refused));
    assert_eq!(
        applied(&after).request_refused.as_deref(),
        Some(code::DEVICE_REVOKED)
    );
    assert_eq!(after.last(), Some(&Action::Wait { until_ms: 901_000 }));
}

/// Asks about these originals; the server wants all of them from their first byte.
fn wants_all(machine: &mut PhoneSync, blobs: &[BlobItem]) -> Vec<Action> {
    let request = machine.on(Event::Batch(Batch {
        blobs: blobs.to_vec(),
        ..Batch::default()
    }));
    let asked = sent(&request).1.blobs_wanted_status.len() / 32;
    let response = SyncResponse {
        upload: blobs
            .iter()
            .take(asked)
            .map(|blob| BlobNeed {
                hash: blob.hash,
                offset: 0,
            })
            .collect(),
        ..SyncResponse::default()
    };
    let mut actions = machine.on(answered(sent(&request).0, response));
    actions.retain(|action| matches!(action, Action::Upload { .. } | Action::Idle | Action::Wait { .. }));
    actions
}

#[test]
fn photos_go_before_recordings_and_recordings_wait_for_wifi_where_told() {
    let blobs = [
        blob("photo", 300, BlobClass::Photo),
        blob("recording", 900, BlobClass::Audio),
    ];
    let settings = Settings {
        uploads_max: 1,
        audio: AudioOver::WifiOnly,
        ..Settings::default()
    };
    let mut machine = awake(settings, Link::Mobile);
    let photo = blobs[0].hash;
    let upload = Action::Upload {
        hash: photo,
        offset: 0,
        len: 300,
    };
    assert_eq!(wants_all(&mut machine, &blobs), [upload]);
    let whole = machine.on(Event::BlobSent {
        hash: photo,
        offset: 300,
    });
    assert_eq!(applied(&whole).blobs_held, [photo]);
    // The receipt is asked for; the recording is not even asked about.
    let request = machine.on(Event::Batch(Batch {
        blobs: blobs[1..].to_vec(),
        ..Batch::default()
    }));
    assert!(sent(&request).1.blobs_wanted_status.is_empty());
    let rest = machine.on(answered(sent(&request).0, SyncResponse::default()));
    assert_eq!(rest.last(), Some(&Action::Idle));
    machine.on(Event::Wake {
        now_ms: 5_000,
        link: Link::Wifi,
        by: WakeBy::Link,
    });
    assert!(matches!(
        wants_all(&mut machine, &blobs[1..]).as_slice(),
        [Action::Upload { len: 900, .. }]
    ));
}

#[test]
fn an_original_goes_on_where_the_server_is() {
    let recording = blob("recording", 1_000, BlobClass::Audio);
    let settings = Settings {
        wifi_piece_bytes_max: 400,
        ..Settings::default()
    };
    let mut machine = awake(settings, Link::Wifi);
    let upload = |offset, len| Action::Upload {
        hash: recording.hash,
        offset,
        len,
    };
    let sent_up_to = |offset| Event::BlobSent {
        hash: recording.hash,
        offset,
    };
    assert_eq!(wants_all(&mut machine, &[recording]), [upload(0, 400)]);
    assert_eq!(machine.on(sent_up_to(400)), [upload(400, 400)]);
    let elsewhere = Event::BlobOffset {
        hash: recording.hash,
        offset: 650,
    };
    assert_eq!(machine.on(elsewhere), [upload(650, 350)]);
    // The connection breaks: the server is asked how far it came.
    let broken = machine.on(Event::BlobFailed {
        hash: recording.hash,
        kind: BlobFailure::Network,
        now_ms: 1_000,
        jitter: u32::MAX,
    });
    assert_eq!(broken, [Action::Wait { until_ms: 3_000 }]);
    machine.on(Event::Wake {
        now_ms: 3_000,
        link: Link::Wifi,
        by: WakeBy::Timer,
    });
    let request = machine.on(Event::Batch(Batch {
        blobs: vec![recording],
        ..Batch::default()
    }));
    let held = SyncResponse {
        held: join_hashes([recording.hash.as_bytes()]),
        ..SyncResponse::default()
    };
    let done = machine.on(answered(sent(&request).0, held));
    assert_eq!(applied(&done).blobs_held, [recording.hash]);
}

#[test]
fn a_damaged_original_is_sent_anew_a_few_times_and_then_shown() {
    let photo = blob("photo", 300, BlobClass::Photo);
    let mut machine = awake(Settings::default(), Link::Wifi);
    let mut actions = wants_all(&mut machine, &[photo]);
    let mut sendings = 0;
    while matches!(actions.as_slice(), [Action::Upload { offset: 0, .. }]) {
        sendings += 1;
        actions = machine.on(Event::BlobFailed {
            hash: photo.hash,
            kind: BlobFailure::Mismatch,
            now_ms: 1_000,
            jitter: 0,
        });
    }
    assert_eq!(sendings, 3);
    assert_eq!(
        applied(&actions).blobs_refused,
        [(photo.hash, code::BLOB_MISMATCH.to_owned())]
    );
}

#[test]
fn a_full_phone_loses_nothing_and_tries_again() {
    let mut machine = awake(Settings::default(), Link::Wifi);
    let after = machine.on(failed(FailureKind::Storage));
    assert_eq!(after, [Action::Wait { until_ms: 3_000 }]);
}
