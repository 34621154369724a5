//! A draft goes over to the next version of its form, alone and with a partner who has not got that version yet.

use hudang_device::IfIncomplete;
use hudang_evidence::body::Body;
use hudang_evidence::entry::Entry;
use hudang_evidence::id::FormHash;
use hudang_evidence::seal::Seal;
use hudang_evidence::verify::Code;
use hudang_sync::phone::Applied;
use hudang_sync::wire::{Bytes, Change};
use hudang_visit::questionnaire::moving::Fate;
use hudang_visit::questionnaire::package::Package;
use hudang_visit::value::{InstancePath, Value};

use crate::field::{Phone, at, visit, who};
use crate::hub::Hub;

/// The form of the tests a year later: `land/mu` is asked no more, `land/area` and the dogs are new.
fn next_year() -> String {
    let package = Package::parse(hudang_testkit::form::text().as_bytes()).unwrap();
    let xform = package
        .xform
        .replace("version=\"1\"", "version=\"2\"")
        .replace("<mu/>", "<area/>")
        .replace("/data/land/mu", "/data/land/area")
        .replace(
            "<members><name/></members>",
            "<members><name/></members><dogs jr:template=\"\"><name/></dogs>",
        )
        .replace(
            "</h:body>",
            "<group ref=\"/data/dogs\"><repeat nodeset=\"/data/dogs\"><input ref=\"/data/dogs/name\"/></repeat></group></h:body>",
        );
    Package::publish(&xform, &[]).unwrap().render().unwrap()
}

fn hash() -> FormHash {
    FormHash::of(next_year().as_bytes())
}

/// The office publishes the new form.
fn receives_form(phone: &mut Phone) {
    let applied = Applied {
        changes: vec![Change::Form(Bytes::from(next_year().into_bytes()))],
        ..Applied::default()
    };
    phone.device.apply(&applied).unwrap();
}

fn says(phone: &mut Phone, person: &str, path: &str, value: impl Into<Value>) {
    phone
        .device
        .answer(&who(person), visit(), &at(path), &value.into())
        .unwrap();
}

fn form_of(phone: &Phone) -> FormHash {
    phone.device.visits().unwrap()[0].form
}

fn sealed(phone: &Phone) -> std::collections::BTreeMap<String, serde_json::Value> {
    phone
        .device
        .look(visit(), hudang_visit::questionnaire::filling::Filling::sealed)
        .unwrap()
}

/// The forms that the visit's `form` entries name, in the order of the chain.
fn stated(phone: &Phone) -> Vec<FormHash> {
    let notes = phone.device.entry_notes(visit()).unwrap();
    let entries = notes.iter().map(|note| Entry::parse(note).unwrap());
    entries
        .filter_map(|entry| match entry.body() {
            Body::Form(form) => Some(form.form),
            _ => None,
        })
        .collect()
}

#[test]
fn a_preview_changes_nothing_and_the_step_is_one_commit() {
    let mut phone = Phone::with("phone", &["jia", "yi"]);
    let mut hub = Hub::default();
    hub.knows(&phone);
    phone.open("jia");
    phone.arrives("yi");
    phone.interviews("jia");
    says(&mut phone, "jia", "land/mu", "12.5");
    assert_eq!(
        phone.device.plan_move(visit(), &hash()).unwrap_err().code(),
        "FORM-UNKNOWN"
    );
    receives_form(&mut phone);
    let heads = phone.device.document(visit()).unwrap().heads();
    let plan = phone.device.plan_move(visit(), &hash()).unwrap();
    assert_eq!(phone.device.document(visit()).unwrap().heads(), heads);
    let lost: Vec<String> = plan.lost().map(|item| item.path.to_string()).collect();
    assert_eq!(lost, ["land/mu"]);
    assert!(plan.answers.iter().any(|item| item.fate == Fate::Carried));

    // What was shown is what is done: after another answer it is to be looked at again.
    says(&mut phone, "jia", "housing/rooms", 3_i64);
    let refused = phone.device.move_to_form(&who("jia"), visit(), &plan);
    assert_eq!(refused.unwrap_err().code(), "MOVE-CHANGED");
    let typed = phone.device.draft(visit(), &at("housing/rooms"), &4_i64.into());
    typed.unwrap();
    let plan = phone.device.plan_move(visit(), &hash()).unwrap();
    let refused = phone.device.move_to_form(&who("jia"), visit(), &plan);
    assert_eq!(refused.unwrap_err().code(), "VISIT-DRAFT");
    assert_eq!(form_of(&phone), hudang_testkit::form::hash());
    phone.device.confirm_page(&who("jia"), visit(), None).unwrap();
    let plan = phone.device.plan_move(visit(), &hash()).unwrap();
    phone.device.move_to_form(&who("jia"), visit(), &plan).unwrap();
    assert_eq!(form_of(&phone), hash());
    let forms = stated(&phone);
    assert_eq!(
        forms[forms.len() - 2..],
        [hudang_testkit::form::hash(), hash()],
        "what stood before and what stands after are both stated"
    );

    // It is so after a restart too, and the new form takes answers and rows.
    let mut phone = phone.restarted(std::sync::Arc::new(hudang_device::platform::NoFaults));
    phone.unlock_all();
    says(&mut phone, "jia", "land/area", "12.5");
    let dog = phone
        .device
        .add_instance(&who("jia"), visit(), &InstancePath::TOP, "dogs")
        .unwrap();
    says(&mut phone, "jia", &format!("dogs[{dog}]/name"), "巴嘎");
    let all = sealed(&phone);
    assert_eq!(all["housing/rooms"], 4);
    assert!(!all.contains_key("land/mu"));
    assert_eq!(
        phone.device.left_behind(visit()).unwrap(),
        [(at("land/mu"), Value::from("12.5"))]
    );

    // The seal names the new form, and whoever verifies finds nothing.
    phone.household_signs("jia");
    phone
        .device
        .seal(visit(), &[who("jia"), who("yi")], IfIncomplete::Refuse)
        .unwrap();
    let seal = Seal::parse(&phone.device.seal_notes(visit()).unwrap()[0]).unwrap();
    assert_eq!(seal.body().form, hash());
    hub.sync(&mut phone);
    let report = hub.verify();
    assert!(report.is_countable(), "{:?}", report.findings);
    assert_eq!(report.codes(), [Code::SharedPhone].into());

    // A sealed visit stays with its form.
    let back = phone.device.plan_move(visit(), &hudang_testkit::form::hash());
    assert_eq!(back.unwrap_err().code(), "VISIT-SEALED");
}

#[test]
fn a_partner_without_the_new_form_goes_on_and_follows_when_it_comes() {
    let (mut hub, mut east, mut west) = Hub::with_two_phones();
    east.open("jia");
    west.arrives("yi");
    east.interviews("jia");
    says(&mut east, "jia", "land/mu", "12.5");
    receives_form(&mut east);
    let plan = east.device.plan_move(visit(), &hash()).unwrap();
    east.device.move_to_form(&who("jia"), visit(), &plan).unwrap();
    hub.sync(&mut east);
    hub.sync(&mut west);

    // The partner's phone knows that the visit was taken over, asks the form that it has, and cannot seal.
    assert_eq!(form_of(&west), hash());
    says(&mut west, "yi", "housing/rooms", 3_i64);
    says(&mut west, "yi", "land/mu", "13.5");
    west.device
        .set_outcome(&who("yi"), visit(), hudang_evidence::seal::Outcome::Done)
        .unwrap();
    let refused = west.device.seal(visit(), &[who("yi")], IfIncomplete::Seal);
    assert_eq!(refused.unwrap_err().code(), "FORM-UNKNOWN");

    receives_form(&mut west);
    assert_eq!(sealed(&west)["housing/rooms"], 3);
    assert!(!sealed(&west).contains_key("land/mu"));
    says(&mut west, "yi", "land/area", "13");
    hub.sync(&mut west);
    hub.sync(&mut east);
    hub.sync(&mut west);
    assert_eq!(sealed(&east), sealed(&west));
    assert_eq!(
        east.device.left_behind(visit()).unwrap(),
        [(at("land/mu"), Value::from("13.5"))],
        "what the partner wrote by the form before is in sight"
    );
    let first = east
        .device
        .seal(visit(), &[who("jia")], IfIncomplete::Seal)
        .unwrap();
    hub.sync(&mut east);
    hub.sync(&mut west);
    let joined = west
        .device
        .seal(visit(), &[who("yi")], IfIncomplete::Seal)
        .unwrap();
    assert_eq!(joined.id, first.id);
    hub.sync(&mut west);
    let report = hub.verify();
    assert!(report.is_countable(), "{:?}", report.findings);
}

#[test]
fn a_form_that_is_open_on_the_screen_is_drawn_anew_when_a_partner_moves() {
    let (mut hub, mut east, mut west) = Hub::with_two_phones();
    east.open("jia");
    west.open("yi");
    receives_form(&mut east);
    receives_form(&mut west);
    says(&mut east, "jia", "income", 5_i64);
    hub.sync(&mut east);
    hub.sync(&mut west);
    says(&mut west, "yi", "housing/rooms", 3_i64);
    let _before = west.device.news(visit());
    let plan = east.device.plan_move(visit(), &hash()).unwrap();
    east.device.move_to_form(&who("jia"), visit(), &plan).unwrap();
    hub.sync(&mut east);
    hub.sync(&mut west);
    let news = west.device.news(visit());
    let has = |keys: &[&str], key: &str| keys.contains(&key);
    let gone: Vec<&str> = news.gone.iter().map(String::as_str).collect();
    let changed: Vec<&str> = news.changed.iter().map(|view| view.key.as_str()).collect();
    assert!(has(&gone, "/data/land/mu"), "{gone:?}");
    assert!(has(&changed, "/data/land/area"), "{changed:?}");
    assert_eq!(sealed(&west)["housing/rooms"], 3);
}

#[test]
fn what_was_drawn_stays_when_the_phone_starts_again() {
    let package = Package::parse(hudang_testkit::form::text().as_bytes()).unwrap();
    let xform = package
        .xform
        .replace("<worth/>", "<worth/><lot/><stamp/>")
        .replace(
            "</model>",
            "<bind nodeset=\"/data/lot\" calculate=\"uuid()\"/><bind nodeset=\"/data/stamp\" calculate=\"once(now())\"/></model>",
        );
    let text = Package::publish(&xform, &[]).unwrap().render().unwrap();
    let mut phone = Phone::with("phone", &["jia"]);
    let applied = Applied {
        changes: vec![Change::Form(Bytes::from(text.clone().into_bytes()))],
        ..Applied::default()
    };
    phone.device.apply(&applied).unwrap();
    let opening = hudang_device::OpenVisit {
        form: FormHash::of(text.as_bytes()),
        ..crate::field::open_visit()
    };
    phone.device.open_visit(&who("jia"), &opening).unwrap();
    says(&mut phone, "jia", "income", 5_i64);
    let before = sealed(&phone);
    assert!(
        before.contains_key("lot") && before.contains_key("stamp"),
        "{before:?}"
    );
    phone.hands.later(86_400_000);
    let mut phone = phone.restarted(std::sync::Arc::new(hudang_device::platform::NoFaults));
    assert_eq!(sealed(&phone), before);
    says(&mut phone, "jia", "income", 6_i64);
    let after = sealed(&phone);
    assert_eq!(
        (&after["lot"], &after["stamp"]),
        (&before["lot"], &before["stamp"])
    );
}
