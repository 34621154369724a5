//! Times that the server signed: kept, stated once in a chain and boot, and what they prove.

use std::sync::atomic::Ordering;

use hudang_device::IfIncomplete;
use hudang_evidence::body::Body;
use hudang_evidence::entry::Entry;
use hudang_evidence::note::NoteSigner;
use hudang_evidence::signed_time::TimeStatement;
use hudang_evidence::time::WallTime;
use hudang_sync::phone::{Applied, SignedTime, Want};

use crate::field::{MORNING_MS, Phone, server, visit, who};
use crate::hub::Hub;

const HOUR_MS: i64 = 3_600_000;

fn nothing() -> Want {
    Want {
        bytes_max: 1,
        items_max: 1,
        skip: std::collections::BTreeSet::new(),
        hold: std::collections::BTreeMap::new(),
    }
}

/// The phone meets a server whose clock says this.
pub(crate) fn meets(phone: &mut Phone, by: &NoteSigner, server_time_ms: i64) {
    let asked = phone.device.load_batch(&nothing()).unwrap().moment.unwrap();
    let statement = TimeStatement {
        at: WallTime::from_ms(server_time_ms).unwrap(),
        boot: asked.boot.clone(),
        installation: phone.device.installation(),
        mono_ms: asked.mono_ms,
        origin: by.name().to_owned(),
    };
    let signed_time = SignedTime {
        asked,
        server_time_ms,
        signature: statement.sign(by).unwrap(),
    };
    let applied = Applied {
        signed_time: Some(signed_time),
        ..Applied::default()
    };
    phone.device.apply(&applied).unwrap();
}

fn kinds(phone: &Phone) -> Vec<&'static str> {
    let notes = phone.device.entry_notes(visit()).unwrap();
    notes
        .iter()
        .map(|note| Entry::parse(note).unwrap().body().kind())
        .collect()
}

fn anchors(phone: &Phone) -> usize {
    kinds(phone).into_iter().filter(|kind| *kind == "anchor").count()
}

#[test]
fn a_chain_gets_one_signed_time_of_each_boot() {
    let mut phone = Phone::with("phone", &["jia"]);
    meets(&mut phone, &server(), MORNING_MS);
    phone.open("jia");
    assert_eq!(kinds(&phone), ["open", "anchor"]);
    for hour in 1..5 {
        phone.hands.later(HOUR_MS);
        meets(&mut phone, &server(), MORNING_MS + hour * HOUR_MS);
    }
    assert_eq!(anchors(&phone), 1);
    let opening = phone.device.status(visit()).unwrap().opening.unwrap();
    assert!(
        opening.is_anchored && opening.width_ms < 2 * 60_000,
        "{opening:?}"
    );

    // It starts again, and works on before it meets the server: the time joins the chain at that contact.
    phone.hands.boot.fetch_add(1, Ordering::SeqCst);
    phone.interviews("jia");
    assert_eq!(anchors(&phone), 1);
    meets(&mut phone, &server(), MORNING_MS + 6 * HOUR_MS);
    meets(&mut phone, &server(), MORNING_MS + 7 * HOUR_MS);
    assert_eq!(anchors(&phone), 2);
}

#[test]
fn a_locked_person_s_chain_gets_its_time_before_the_seal() {
    let mut hub = Hub::default();
    let mut phone = Phone::with("phone", &["jia", "yi"]);
    hub.knows(&phone);
    phone.open("jia");
    phone.open("yi");
    phone.interviews("jia");
    phone
        .device
        .position(&who("yi"), visit(), crate::field::position())
        .unwrap();
    phone.device.lock(&who("jia")).unwrap();
    phone.device.lock(&who("yi")).unwrap();
    meets(&mut phone, &server(), MORNING_MS + HOUR_MS);
    assert_eq!(anchors(&phone), 0);
    phone.unlock_all();
    phone
        .device
        .seal(visit(), &[who("jia"), who("yi")], IfIncomplete::Seal)
        .unwrap();
    assert_eq!(anchors(&phone), 2);
    hub.sync(&mut phone);
    hub.sync(&mut phone);
    let report = hub.verify();
    assert!(report.is_countable(), "{:?}", report.findings);
}

#[test]
fn a_wall_clock_that_is_off_is_told_and_harms_nothing() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.hands.wall_ms.fetch_sub(20 * 24 * HOUR_MS, Ordering::SeqCst);
    meets(&mut phone, &server(), MORNING_MS);
    phone.open("jia");
    let opening = phone.device.status(visit()).unwrap().opening.unwrap();
    assert!(
        opening.is_anchored && opening.at_ms.abs_diff(MORNING_MS) < 60_000,
        "{opening:?}"
    );
    let off_ms = opening.wall_off_ms + 20 * 24 * HOUR_MS;
    assert!(off_ms.abs() < 60_000, "{opening:?}");
}

#[test]
fn a_time_that_the_known_key_did_not_sign_proves_nothing() {
    let mut phone = Phone::with("phone", &["jia"]);
    let forger = NoteSigner::new(server().name(), &[66; 32]).unwrap();
    meets(&mut phone, &forger, MORNING_MS - 20 * 24 * HOUR_MS);
    phone.open("jia");
    assert_eq!(kinds(&phone), ["open"]);
    let problems = phone.device.problems().unwrap();
    assert!(problems.iter().any(|problem| problem.code == "TIME-SIGNATURE"));
    let opening = phone.device.status(visit()).unwrap().opening.unwrap();
    assert!(!opening.is_anchored);
    // The next one is right, and nothing is wrong any more.
    meets(&mut phone, &server(), MORNING_MS);
    assert_eq!(phone.device.problems().unwrap(), []);
    assert!(matches!(
        Entry::parse(&phone.device.entry_notes(visit()).unwrap()[1])
            .unwrap()
            .body(),
        Body::Anchor(_)
    ));
}
