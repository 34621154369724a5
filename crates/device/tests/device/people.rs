//! Enrolling, unlocking, and what a wrong PIN or key costs.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hudang_device::platform::system::SystemPlatform;
use hudang_device::platform::{NoFaults, Platform as _};
use hudang_device::{
    Device, DeviceError, FoundHousehold, OpenVisit, PinCost, ServerAddress, StoreKey, VisitCode,
};
use hudang_evidence::body::{Body, Enrol};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{FormHash, InstallationId, VisitId};
use hudang_evidence::note::{Note, VerifierKey};
use hudang_evidence::time::WallTime;
use hudang_sync::enrol::{Confirmation, Invitation, SignedInvitation};
use hudang_sync::phone::{OutboxContent, Want};
use hudang_sync::wire::{Change, Register};
use hudang_visit::Language;
use hudang_visit::document::household::HouseholdField;

use crate::field::{
    Hands, MORNING_MS, ORIGIN, PIN, Phone, at, dispatch, invitation, invitation_to, opening, register,
    server, visit, who,
};

#[test]
fn an_enrolment_is_signed_by_both_keys_and_confirmed_by_the_server() {
    let mut phone = Phone::new("phone");
    let message = phone.device.enrol(&invitation("jia"), PIN).unwrap();
    let note = Note::parse(&message.note).unwrap();
    let name = format!("installation/{}", phone.device.installation());
    let keys = [
        VerifierKey::device(&message.device_public).unwrap(),
        VerifierKey::new(&name, &message.installation_public).unwrap(),
    ];
    assert_eq!(note.verify(&keys).unwrap().len(), 2);
    assert_eq!(
        phone.device.pending_enrolments().unwrap(),
        std::slice::from_ref(&message)
    );

    let confirmation = |installation| {
        let confirmation = Confirmation {
            at: WallTime::from_ms(MORNING_MS).unwrap(),
            contract: "HT-2026-001".parse().unwrap(),
            dev: message.dev,
            installation,
            origin: ORIGIN.to_owned(),
            person: who("jia"),
        };
        confirmation.sign(&server()).unwrap()
    };
    let stranger = confirmation(InstallationId::from_bytes([0; 32]));
    assert_eq!(
        phone.device.confirm_enrolment(&stranger).unwrap_err().code(),
        "ENROL-CONFIRMATION"
    );
    let good = confirmation(phone.device.installation());
    assert_eq!(phone.device.confirm_enrolment(&good).unwrap(), who("jia"));
    assert!(phone.device.people().unwrap()[0].confirmed);
    assert!(phone.device.pending_enrolments().unwrap().is_empty());
    let address = ServerAddress {
        url: "https://127.0.0.1:8443".to_owned(),
        tls: None,
    };
    assert_eq!(phone.device.server().unwrap(), Some(address));
}

#[test]
fn another_server_cannot_take_the_phone_over() {
    let mut phone = Phone::with("phone", &["jia"]);
    let key = hudang_evidence::note::NoteSigner::new(ORIGIN, &[98; 32]).unwrap();
    let other = Invitation {
        server_key: key.verifier().to_string(),
        url: "https://10.66.66.66:443".to_owned(),
        ..invitation("jia").invitation().clone()
    };
    let other = SignedInvitation::sign(other, &key).unwrap();
    let known = phone.device.server().unwrap();
    assert_eq!(
        phone.device.enrol(&other, "000000").unwrap_err().code(),
        "INVITATION-FOREIGN"
    );
    assert_eq!(phone.device.people().unwrap().len(), 1);
    assert_eq!(phone.device.server().unwrap(), known);
    phone.device.lock(&who("jia")).unwrap();
    phone.device.unlock(&who("jia"), PIN).unwrap();
}

/// The server's word on the newest enrolment of a person.
fn confirmed(phone: &Phone, person: &str) -> Vec<u8> {
    let message = phone.device.pending_enrolments().unwrap().pop().unwrap();
    let confirmation = Confirmation {
        at: WallTime::from_ms(MORNING_MS).unwrap(),
        contract: "HT-2026-001".parse().unwrap(),
        dev: message.dev,
        installation: phone.device.installation(),
        origin: ORIGIN.to_owned(),
        person: who(person),
    };
    confirmation.sign(&server()).unwrap()
}

#[test]
fn nothing_opens_and_nothing_moves_before_the_server_has_confirmed() {
    let mut phone = Phone::with("phone", &["jia"]);
    let note = confirmed(&phone, "jia");
    phone.device.confirm_enrolment(&note).unwrap();
    let (known, old) = (
        phone.device.server().unwrap(),
        phone.device.people().unwrap()[0].dev,
    );
    let elsewhere = invitation_to("jia", "https://10.1.1.1:8443");
    let message = phone.device.enrol(&elsewhere, "135791").unwrap();
    assert_eq!(
        message.server.url, "https://10.1.1.1:8443",
        "where the enrolment itself is sent"
    );
    // Until then the old key, PIN and address stand.
    assert_eq!(phone.device.people().unwrap()[0].dev, old);
    assert_eq!(phone.device.server().unwrap(), known);
    phone.device.lock(&who("jia")).unwrap();
    assert_eq!(
        phone.device.unlock(&who("jia"), "135791").unwrap_err().code(),
        "PIN-WRONG"
    );
    phone.device.unlock(&who("jia"), PIN).unwrap();
    phone.open("jia");
    // A second person is on nobody's word here either.
    phone.device.enrol(&invitation("yi"), "246802").unwrap();
    assert_eq!(
        phone.device.unlock(&who("yi"), "246802").unwrap_err().code(),
        "ENROL-PENDING"
    );

    let pending = phone.device.pending_enrolments().unwrap();
    assert_eq!(pending.len(), 2);
    let note = confirmed(&phone, "yi");
    phone.device.confirm_enrolment(&note).unwrap();
    phone.device.unlock(&who("yi"), "246802").unwrap();
    let note = confirmed(&phone, "jia");
    phone.device.confirm_enrolment(&note).unwrap();
    assert_eq!(
        phone.device.server().unwrap().unwrap().url,
        "https://10.1.1.1:8443"
    );
    assert_eq!(
        phone.device.unlock(&who("jia"), PIN).unwrap_err().code(),
        "PIN-WRONG"
    );
    phone.device.unlock(&who("jia"), "135791").unwrap();
    // The new key says how far the old one went.
    let want = Want {
        bytes_max: 1 << 20,
        items_max: 1_000,
        skip: std::collections::BTreeSet::new(),
        hold: std::collections::BTreeMap::new(),
    };
    let entries: Vec<Entry> = phone
        .device
        .load_batch(&want)
        .unwrap()
        .items
        .into_iter()
        .filter_map(|item| match item.content {
            OutboxContent::Entry { note, .. } => Some(Entry::parse(&note).unwrap()),
            _ => None,
        })
        .collect();
    let last = entries
        .iter()
        .filter(|entry| entry.header().dev == old)
        .map(|entry| entry.header().dseq);
    let succession = entries.iter().find_map(|entry| match entry.body() {
        Body::Enrol(Enrol {
            succeeds: Some(succession),
            ..
        }) => Some(*succession),
        _ => None,
    });
    let succession = succession.unwrap();
    assert_eq!((succession.dev, Some(succession.dseq)), (old, last.max()));
}

#[test]
fn a_wrong_pin_slows_down_and_never_wipes() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    phone.device.lock(&who("jia")).unwrap();
    for _ in 0..2 {
        let error = phone.device.unlock(&who("jia"), "000000").unwrap_err();
        assert!(matches!(error, DeviceError::PinWrong { wait_ms: 0 }));
    }
    let third = phone.device.unlock(&who("jia"), "000000").unwrap_err();
    assert!(matches!(third, DeviceError::PinWrong { wait_ms: 30_000 }));
    // Neither the right PIN, nor another start of the app, nor a moved wall clock shortens the wait.
    assert_eq!(
        phone.device.unlock(&who("jia"), PIN).unwrap_err().code(),
        "PIN-WAIT"
    );
    let mut phone = phone.restarted(Arc::new(NoFaults));
    phone.hands.wall_ms.fetch_add(86_400_000, Ordering::SeqCst);
    assert_eq!(
        phone.device.unlock(&who("jia"), PIN).unwrap_err().code(),
        "PIN-WAIT"
    );
    // Nor does a restart of the phone.
    phone.hands.boot.store(2, Ordering::SeqCst);
    phone.hands.mono_ms.store(1_000, Ordering::SeqCst);
    let error = phone.device.unlock(&who("jia"), PIN).unwrap_err();
    assert!(error.message(Language::Zh).contains("秒后再试"));
    phone.hands.later(31_000);
    phone.device.unlock(&who("jia"), PIN).unwrap();
    // The count starts anew.
    let error = phone.device.unlock(&who("jia"), "000000").unwrap_err();
    assert!(matches!(error, DeviceError::PinWrong { wait_ms: 0 }));
}

#[test]
fn a_locked_key_states_nothing_and_costs_no_answer() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    phone.device.lock(&who("jia")).unwrap();
    let error = phone.device.note(&who("jia"), visit(), "x").unwrap_err();
    assert_eq!(error.code(), "PERSON-LOCKED");
    phone.device.draft(visit(), &at("income"), &1_i64.into()).unwrap();
    phone
        .device
        .answer(&who("jia"), visit(), &at("income"), &1_i64.into())
        .unwrap();
    let document = phone.device.document(visit()).unwrap();
    assert_eq!(document.answer(&at("income")).unwrap().value, Some(1_i64.into()));
}

#[test]
fn after_a_forgotten_pin_a_new_key_succeeds_and_drafts_stay() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    phone.device.draft(visit(), &at("income"), &1_i64.into()).unwrap();
    let old = phone.device.people().unwrap()[0].dev;
    let recording = phone
        .device
        .recording_start(&who("jia"), visit(), "访谈")
        .unwrap();
    phone
        .device
        .recording_append(recording, &crate::field::wav(1))
        .unwrap();
    phone.device.lock(&who("jia")).unwrap();
    phone.device.enrol(&invitation("jia"), "135791").unwrap();
    let note = confirmed(&phone, "jia");
    phone.device.confirm_enrolment(&note).unwrap();
    phone.device.unlock(&who("jia"), "135791").unwrap();
    let people = phone.device.people().unwrap();
    assert_eq!(people.len(), 1);
    assert_ne!(people[0].dev, old);
    assert_eq!(phone.device.drafts(visit()).unwrap().len(), 1);
    phone.open("jia");
    phone.device.recording_finish(recording).unwrap();
    phone.device.confirm_page(&who("jia"), visit(), None).unwrap();
}

#[test]
fn a_phone_may_be_handed_from_thread_to_thread() {
    fn is_send<T: Send>() {}
    is_send::<Device>();
}

#[test]
fn a_pin_opens_what_was_wrapped_at_another_cost() {
    let phone = Phone::with("phone", &["jia"]);
    let mut later = opening(&phone.directory, &phone.hands, Arc::new(NoFaults));
    later.pin_cost = PinCost {
        memory_kib: 64,
        passes: 2,
    };
    drop(phone.device);
    let mut device = Device::open(later).unwrap();
    device.unlock(&who("jia"), PIN).unwrap();
    device.enrol(&invitation("yi"), PIN).unwrap();
    device.lock(&who("yi")).unwrap();
    device.unlock(&who("yi"), PIN).unwrap();
}

#[test]
fn another_store_key_opens_nothing() {
    let phone = Phone::with("phone", &["jia"]);
    let hands: &Arc<Hands> = &phone.hands;
    let mut other = opening(&phone.directory, hands, Arc::new(NoFaults));
    other.key = StoreKey::new([8; 32]);
    drop(phone.device);
    assert_eq!(Device::open(other).err().unwrap().code(), "STORE-KEY");
    let database = std::fs::read(phone.directory.join("hudang.db")).unwrap();
    assert!(!database.windows(6).any(|window| window == b"SQLite"));
}

#[test]
fn a_second_process_is_kept_out_until_the_first_is_gone() {
    let phone = Phone::with("phone", &["jia"]);
    let again = || opening(&phone.directory, &phone.hands, Arc::new(NoFaults));
    let error = Device::open(again()).err().unwrap();
    assert_eq!(error.code(), "STORE-LOCKED");
    assert!(error.message(Language::Zh).contains("另一个程序"));
    drop(phone.device);
    assert_eq!(Device::open(again()).unwrap().people().unwrap().len(), 1);
}

#[test]
fn the_machine_gives_clocks_randomness_and_space() {
    let room = tempfile::tempdir().unwrap();
    let system = SystemPlatform::new(room.path()).unwrap();
    let (before, after) = (system.clock(), system.clock());
    assert!(before.wall_ms > MORNING_MS && after.mono_ms >= before.mono_ms);
    // Another process of the same start of the machine names the start alike.
    let boot = SystemPlatform::new(room.path()).unwrap().clock().boot;
    #[cfg(target_os = "linux")]
    assert_eq!(boot, before.boot);
    assert!(!boot.is_empty() && boot.trim() == boot);
    let (mut one, mut two) = ([0; 32], [0; 32]);
    system.random(&mut one);
    system.random(&mut two);
    assert_ne!(one, two);
    assert!(system.free_bytes().unwrap() > 0);
}

#[test]
fn what_the_register_says_comes_with_the_assignment_and_goes_with_it() {
    let mut phone = Phone::with("phone", &["jia"]);
    assert_eq!(phone.device.assignments().unwrap()[0].register, register());
    let mut taken_back = dispatch();
    for change in &mut taken_back.changes {
        if let Change::Assignment(assignment) = change {
            assignment.withdrawn = true;
            assignment.register = None;
        }
    }
    phone.device.apply(&taken_back).unwrap();
    let kept = &phone.device.assignments().unwrap()[0];
    assert_eq!((kept.withdrawn, &kept.register), (true, &Register::default()));
}

#[test]
fn a_household_on_nobodys_list_may_be_added_and_visited() {
    let mut phone = Phone::with("phone", &["jia"]);
    let found = FoundHousehold {
        contract: "HT-2026-001".parse().unwrap(),
        area: "152525104".to_owned(),
        head: "新来户主".to_owned(),
        address: "示例嘎查北井".to_owned(),
        phone: String::new(),
    };
    let elsewhere = FoundHousehold {
        contract: "HT-2026-009".parse().unwrap(),
        ..found.clone()
    };
    let refused = phone.device.add_household(&who("jia"), &elsewhere);
    assert_eq!(refused.unwrap_err().code(), "CONTRACT-UNKNOWN");
    let household = phone.device.add_household(&who("jia"), &found).unwrap();
    let document = phone.device.household(household).unwrap().unwrap();
    assert_eq!(
        document.field(HouseholdField::Head).unwrap().value,
        Some("新来户主".into())
    );
    let assignments = phone.device.assignments().unwrap();
    let mine = assignments.iter().find(|one| one.household == household).unwrap();
    let opening = OpenVisit {
        visit: None,
        household,
        contract: found.contract.clone(),
        form: mine.form.unwrap(),
        assigned: vec![who("jia")],
    };
    let visit = phone.device.open_visit(&who("jia"), &opening).unwrap();
    assert!(
        phone
            .device
            .outbox()
            .unwrap()
            .iter()
            .any(|row| row.visit == Some(visit))
    );

    // The office takes it into its register and sends somebody there again: the code is that of both.
    let mut sent = dispatch();
    for change in &mut sent.changes {
        if let Change::Assignment(assignment) = change {
            assignment.household = household;
            assignment.code = "户-099".to_owned();
        }
    }
    phone.device.apply(&sent).unwrap();
    let assignments = phone.device.assignments().unwrap();
    let codes = assignments.iter().filter(|one| one.household == household);
    assert_eq!(
        codes.map(|one| one.code.as_str()).collect::<Vec<_>>(),
        ["户-099", "户-099"]
    );
}

#[test]
fn a_partner_joins_by_the_code_of_a_visit_with_no_network_in_between() {
    let [mut first, mut second] =
        [("first", "jia"), ("second", "yi")].map(|(name, person)| Phone::with(name, &[person]));
    let found = FoundHousehold {
        contract: "HT-2026-001".parse().unwrap(),
        area: String::new(),
        head: String::new(),
        address: "示例嘎查北井".to_owned(),
        phone: String::new(),
    };
    let household = first.device.add_household(&who("jia"), &found).unwrap();
    let form = first.device.assignments().unwrap()[0].form.unwrap();
    let opening = OpenVisit {
        visit: None,
        household,
        contract: found.contract.clone(),
        form,
        assigned: vec![who("jia")],
    };
    let visit = first.device.open_visit(&who("jia"), &opening).unwrap();
    let code = first.device.visit_code(visit).unwrap();
    let told: VisitCode = serde_json::from_str(&serde_json::to_string(&code).unwrap()).unwrap();
    assert_eq!(second.device.join_by_code(&who("yi"), &told).unwrap(), visit);
    assert_eq!(second.device.join_by_code(&who("yi"), &told).unwrap(), visit);
    let header = |phone: &Phone| phone.device.document(visit).unwrap().header().unwrap();
    assert_eq!(header(&first), header(&second));
    let assignments = second.device.assignments().unwrap();
    assert!(
        assignments
            .iter()
            .any(|one| one.household == household && one.persons == [who("yi")])
    );
    let other = VisitCode {
        household: code.household,
        form: FormHash::of(b"another"),
        ..code
    };
    assert_eq!(
        second.device.join_by_code(&who("yi"), &other).unwrap_err().code(),
        "VISIT-OTHER"
    );
    let unknown = VisitCode {
        visit: VisitId::new(1, [9; 10]),
        ..other
    };
    assert_eq!(
        second
            .device
            .join_by_code(&who("yi"), &unknown)
            .unwrap_err()
            .code(),
        "FORM-UNKNOWN"
    );
    assert_eq!(second.device.visits().unwrap().len(), 1);
}
