//! A draft goes over to the next version of its form: what carries over, what does not, and a partner who still has
//! the version before.

use std::collections::BTreeMap;
use std::sync::Arc;

use hudang_evidence::time::WallTime;
use hudang_visit::accept::{Expected, Quarantine, accept};
use hudang_visit::document::Actor;
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::filling::{Filling, Occasion};
use hudang_visit::questionnaire::known::Known;
use hudang_visit::questionnaire::moving::{Doubt, Fate, MoveError, Plan, Reason, left_behind, plan};
use hudang_visit::questionnaire::package::Package;
use hudang_visit::value::{AnswerPath, InstanceId, InstancePath, Value};

use crate::field::{jia, visit, yi};

/// A form of these parts.
fn form(version: u32, instance: &str, binds: &str, body: &str) -> Arc<Questionnaire> {
    let xform = format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
         xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>入户表</h:title><model>
         <instance><data id="ruhu" version="{version}">{instance}</data></instance>{binds}</model></h:head>
         <h:body>{body}</h:body></h:html>"#
    );
    let text = Package::publish(&xform, &[]).unwrap().render().unwrap();
    Arc::new(Questionnaire::read(text.as_bytes()).unwrap())
}

fn select(kind: &str, path: &str, choices: &[&str]) -> String {
    let item = |choice: &&str| format!("<item><label>{choice}</label><value>{choice}</value></item>");
    let items: Vec<String> = choices.iter().map(item).collect();
    let items = items.concat();
    format!(r#"<{kind} ref="/data/{path}"><label>{path}</label>{items}</{kind}>"#)
}

fn inputs(paths: &[&str]) -> String {
    let input = |path: &&str| format!(r#"<input ref="/data/{path}"><label>{path}</label></input>"#);
    let inputs: Vec<String> = paths.iter().map(input).collect();
    inputs.concat()
}

const MEMBERS: &str = r#"<group ref="/data/members"><repeat nodeset="/data/members"><input ref="/data/members/name"/><input ref="/data/members/age"/></repeat></group>"#;

fn first() -> Arc<Questionnaire> {
    let body = [
        inputs(&["address", "rooms", "gone", "income", "car", "wool", "trust"]),
        select("select1", "roof", &["brick", "ger"]),
        select("select1", "heating", &["coal", "dung"]),
        select("select", "animals", &["sheep", "goat", "camel"]),
        MEMBERS.to_owned(),
    ];
    form(
        1,
        "<address/><rooms/><gone/><income/><car/><wool/><trust/><roof/><heating/><animals/>\
         <members jr:template=\"\"><name/><age/></members>",
        r#"<bind nodeset="/data/income" type="int"/><bind nodeset="/data/members/age" type="int"/>"#,
        &body.concat(),
    )
}

/// `rooms` is a number, `gone` is gone, `income` has moved to a group, `car` is worked out, `wool` is only asked of who
/// has sheep, `trust` must be short, a choice less in three lists, and the members' dogs are new.
fn second() -> Arc<Questionnaire> {
    let body = [
        inputs(&["address", "rooms", "money/income", "wool", "trust", "water"]),
        select("select1", "roof", &["brick", "tile"]),
        select("select1", "heating", &["coal", "dung"]),
        select("select", "animals", &["sheep", "camel"]),
        MEMBERS.to_owned(),
        r#"<group ref="/data/dogs"><repeat nodeset="/data/dogs"><input ref="/data/dogs/name"/></repeat></group>"#
            .to_owned(),
    ];
    form(
        2,
        "<address/><rooms/><money><income/></money><car/><wool/><trust/><water/><roof/><heating/><animals/>\
         <members jr:template=\"\"><name/><age/></members><dogs jr:template=\"\"><name/></dogs>",
        r#"<bind nodeset="/data/rooms" type="int"/><bind nodeset="/data/money/income" type="int"/>
           <bind nodeset="/data/members/age" type="int"/><bind nodeset="/data/car" calculate="'none'"/>
           <bind nodeset="/data/wool" relevant="/data/animals = 'cow'"/>
           <bind nodeset="/data/trust" constraint="string-length(.) &lt; 3"/>"#,
        &body.concat(),
    )
}

fn wall(text: &str) -> WallTime {
    text.parse().unwrap()
}

fn occasion() -> Occasion {
    Occasion {
        visit: visit(),
        opened: wall("2026-03-20T01:00:00.000Z"),
        now: wall("2026-03-20T02:00:00.000Z"),
    }
}

fn at(path: &str) -> AnswerPath {
    path.parse().unwrap()
}

struct Phone {
    actor: Actor,
    document: VisitDocument,
    filling: Filling,
}

impl Phone {
    fn of(actor: Actor, form: &Arc<Questionnaire>) -> Self {
        let document = VisitDocument::genesis(visit(), form.hash(), form.skeleton(), actor).unwrap();
        let filling = Filling::open(Arc::clone(form), &document, occasion(), Known::new()).unwrap();
        Self {
            actor,
            document,
            filling,
        }
    }

    fn says(&mut self, path: &str, value: impl Into<Value>) {
        self.filling
            .answer(&mut self.document, &at(path), &value.into())
            .unwrap();
    }

    fn adds(&mut self, repeat: &str, id: u8) {
        let id = InstanceId::from_bytes([id; 8]);
        self.filling
            .add(&mut self.document, &InstancePath::TOP, repeat, id)
            .unwrap();
    }

    fn plans(&self, from: &Questionnaire, to: &Arc<Questionnaire>) -> Plan {
        plan(from, to, &self.document, occasion()).unwrap()
    }

    fn moves(&mut self, from: &Questionnaire, to: &Arc<Questionnaire>) -> Plan {
        let plan = self.plans(from, to);
        plan.apply(&mut self.document).unwrap();
        self.filling = Filling::open(Arc::clone(to), &self.document, occasion(), Known::new()).unwrap();
        plan
    }

    /// Takes what the other has through the door for remote changes.
    fn takes(&mut self, other: &Self, began: &Questionnaire) -> Result<(), Quarantine> {
        let expected = Expected::visit(visit(), began.hash(), began.skeleton()).unwrap();
        let payload = other.document.payload_for(&self.document.heads());
        let accepted = accept(Some(&self.document.save()), &payload, &expected)?;
        self.document = VisitDocument::load(&accepted.bytes, self.actor).unwrap();
        Ok(())
    }
}

/// A phone that has answered everything.
fn filled() -> Phone {
    let mut phone = Phone::of(jia(), &first());
    for (path, value) in [
        ("address", "额吉淖尔镇"),
        ("rooms", "3"),
        ("gone", "旧题"),
        ("car", "皮卡"),
        ("wool", "12斤"),
        ("trust", "很可信"),
        ("roof", "ger"),
        ("heating", "coal"),
        ("animals", "sheep goat"),
    ] {
        phone.says(path, value);
    }
    phone.says("income", 120_000_i64);
    phone.adds("members", 3);
    phone.says("members[0303030303030303]/age", 61_i64);
    phone
}

#[test]
fn each_answer_s_fate_is_told_before_and_happens() {
    let (from, to) = (first(), second());
    let mut phone = filled();
    let before = phone.document.heads();
    let plan = phone.plans(&from, &to);
    assert_eq!(phone.document.heads(), before, "a preview changes nothing");
    let dropped = |why| Fate::Dropped { why };
    let told: BTreeMap<String, (Fate, Option<Doubt>)> = plan
        .answers
        .iter()
        .map(|item| (item.path.to_string(), (item.fate.clone(), item.doubt)))
        .collect();
    let expected = [
        ("address", Fate::Carried, None),
        (
            "animals",
            Fate::Reduced {
                gone: vec!["goat".to_owned()],
            },
            None,
        ),
        ("car", dropped(Reason::Calculated), None),
        ("gone", dropped(Reason::QuestionGone), None),
        ("heating", Fate::Carried, None),
        (
            "income",
            Fate::Moved {
                to: at("money/income"),
            },
            None,
        ),
        ("members[0303030303030303]/age", Fate::Carried, None),
        ("roof", dropped(Reason::ChoiceGone), None),
        ("rooms", Fate::Carried, None),
        ("trust", Fate::Carried, Some(Doubt::NotAllowed)),
        ("wool", Fate::Carried, Some(Doubt::NotAsked)),
    ];
    let expected: BTreeMap<String, (Fate, Option<Doubt>)> = expected
        .into_iter()
        .map(|(path, fate, doubt)| (path.to_owned(), (fate, doubt)))
        .collect();
    assert_eq!(told, expected);
    assert_eq!(plan.new_questions, ["water", "dogs/name"]);

    assert_eq!(phone.moves(&from, &to), plan);
    assert_eq!(phone.document.asked().unwrap(), to.hash());
    assert_eq!(phone.document.identity().unwrap(), (visit(), from.hash()));
    let sealed = phone.filling.sealed();
    assert_eq!(sealed["rooms"], 3, "a number by now");
    assert_eq!(sealed["money/income"], 120_000);
    assert_eq!(sealed["animals"], "sheep");
    assert_eq!(sealed["car"], "none");
    assert_eq!(sealed["members[0303030303030303]/age"], 61);
    for path in ["gone", "income", "roof", "wool"] {
        assert!(!sealed.contains_key(path), "{path}");
    }
    // What was taken back is in the history, and what is no longer asked is still in sight.
    let left = left_behind(&to, &phone.document).unwrap();
    assert_eq!(left, BTreeMap::from([(at("gone"), Value::from("旧题"))]));

    // The new repeat takes rows, and the document still passes the door.
    phone.adds("dogs", 4);
    phone.says("dogs[0404040404040404]/name", "巴嘎");
    let mut partner = Phone::of(yi(), &from);
    partner.takes(&phone, &from).unwrap();
    assert_eq!(partner.document.asked().unwrap(), to.hash());
    assert_eq!(
        partner.document.standing().unwrap(),
        phone.document.standing().unwrap()
    );
}

#[test]
fn a_text_that_is_no_number_is_taken_back_with_its_reason() {
    let (from, to) = (first(), second());
    let mut phone = Phone::of(jia(), &from);
    phone.says("rooms", "三间");
    let plan = phone.moves(&from, &to);
    assert_eq!(
        plan.answers[0].fate,
        Fate::Dropped {
            why: Reason::TypeChanged
        }
    );
    assert_eq!(plan.lost().count(), 1);
    let answer = phone.document.answer(&at("rooms")).unwrap();
    assert_eq!(answer.value, Some(Value::Cleared));
}

#[test]
fn two_phones_that_move_apart_hold_one_document() {
    let (from, to) = (first(), second());
    let mut east = Phone::of(jia(), &from);
    east.says("income", 5_i64);
    let mut west = Phone::of(yi(), &from);
    west.takes(&east, &from).unwrap();
    east.moves(&from, &to);
    west.moves(&from, &to);
    east.adds("dogs", 4);
    west.adds("dogs", 5);
    east.says("dogs[0404040404040404]/name", "东");
    west.says("dogs[0505050505050505]/name", "西");
    west.takes(&east, &from).unwrap();
    east.takes(&west, &from).unwrap();
    assert_eq!(east.document.heads(), west.document.heads());
    assert_eq!(east.document.conflicts().unwrap(), []);
    let seen = Filling::open(to, &east.document, occasion(), Known::new())
        .unwrap()
        .sealed();
    assert_eq!(seen["dogs[0404040404040404]/name"], "东");
    assert_eq!(seen["dogs[0505050505050505]/name"], "西");
    assert_eq!(seen["money/income"], 5);
}

#[test]
fn what_a_partner_writes_by_the_form_before_is_not_lost() {
    let (from, to) = (first(), second());
    let mut east = filled();
    let mut west = Phone::of(yi(), &from);
    west.takes(&east, &from).unwrap();
    west.filling = Filling::open(Arc::clone(&from), &west.document, occasion(), Known::new()).unwrap();
    east.moves(&from, &to);
    west.says("address", "巴彦胡舒苏木");
    west.says("gone", "后来写的");
    west.says("income", 7_i64);
    east.takes(&west, &from).unwrap();
    let seen = Filling::open(Arc::clone(&to), &east.document, occasion(), Known::new()).unwrap();
    assert_eq!(seen.sealed()["address"], "巴彦胡舒苏木");
    let left = left_behind(&to, &east.document).unwrap();
    assert_eq!(left[&at("gone")], Value::from("后来写的"));
    // The move took the income away from its old place while the partner wrote there: both are shown.
    let places: Vec<String> = east
        .document
        .conflicts()
        .unwrap()
        .into_iter()
        .map(|conflict| conflict.place)
        .collect();
    assert_eq!(places, ["answers/income"]);
}

#[test]
fn two_forms_at_once_stand_in_conflict_for_a_person_to_pick() {
    let (from, to) = (first(), second());
    let other = form(3, "<address/><water/>", "", &inputs(&["address", "water"]));
    let (mut east, mut west) = (Phone::of(jia(), &from), Phone::of(yi(), &from));
    east.moves(&from, &to);
    west.moves(&from, &other);
    east.takes(&west, &from).unwrap();
    let conflicts = east.document.conflicts().unwrap();
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].place, "header/form_now");
    assert!(east.document.set_asked(to.hash()).unwrap());
    assert_eq!(east.document.conflicts().unwrap(), []);
}

#[test]
fn a_move_that_one_place_cannot_hold_is_refused() {
    let from = first();
    let phone = filled();
    let says = |to: &Arc<Questionnaire>| plan(&from, to, &phone.document, occasion()).unwrap_err();
    assert_eq!(says(&from), MoveError::Same);
    let repeat = r#"<group ref="/data/address"><repeat nodeset="/data/address"><input ref="/data/address/line"/></repeat></group>"#;
    let as_rows = form(2, "<address jr:template=\"\"><line/></address>", "", repeat);
    assert_eq!(says(&as_rows), MoveError::Kind("address".to_owned()));
    let as_question = form(2, "<members/>", "", &inputs(&["members"]));
    assert_eq!(says(&as_question), MoveError::Kind("members".to_owned()));
    let inner = r#"<group ref="/data/members"><repeat nodeset="/data/members"><input ref="/data/members/name"/>
        <group ref="/data/members/ills"><repeat nodeset="/data/members/ills"><input ref="/data/members/ills/ill"/></repeat></group></repeat></group>"#;
    let with_inner = form(
        2,
        "<members jr:template=\"\"><name/><ills jr:template=\"\"><ill/></ills></members>",
        "",
        inner,
    );
    assert_eq!(says(&with_inner), MoveError::Inner("ills".to_owned()));
    // Where nobody has added a row yet there is room.
    let empty = Phone::of(jia(), &from);
    plan(&from, &with_inner, &empty.document, occasion()).unwrap();
}

#[test]
fn a_repeat_that_is_made_in_another_way_does_not_pass_the_door() {
    use automerge::transaction::Transactable as _;
    use automerge::{AutoCommit, ObjType, ReadDoc as _};
    let from = first();
    let phone = Phone::of(jia(), &from);
    let mut doc = AutoCommit::load(&phone.document.save()).unwrap();
    let (_, answers) = doc.get(automerge::ROOT, "answers").unwrap().unwrap();
    doc.put_object(&answers, "dogs", ObjType::Map).unwrap();
    let expected = Expected::visit(visit(), from.hash(), from.skeleton()).unwrap();
    let refused = accept(Some(&phone.document.save()), &doc.save(), &expected);
    assert!(refused.is_err(), "{refused:?}");
}

#[test]
fn moving_on_and_back_keeps_what_stands() {
    let (from, to) = (first(), second());
    let mut phone = filled();
    phone.moves(&from, &to);
    phone.adds("dogs", 4);
    phone.moves(&to, &from);
    assert_eq!(phone.document.asked().unwrap(), from.hash());
    let sealed = phone.filling.sealed();
    assert_eq!(sealed["income"], 120_000);
    assert_eq!(sealed["gone"], "旧题");
    assert_eq!(sealed["members[0303030303030303]/age"], 61);
}
