//! What a form draws once is the visit's from then on: when a phone opens the draft again, and between two phones.

use std::collections::BTreeMap;
use std::sync::Arc;

use hudang_evidence::time::WallTime;
use hudang_visit::document::Actor;
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::filling::{Filling, Occasion};
use hudang_visit::questionnaire::known::Known;
use hudang_visit::questionnaire::package::Package;
use hudang_visit::value::{AnswerPath, InstanceId, InstancePath, Value};

use crate::field::{jia, visit, yi};

const DRAWN: [&str; 4] = ["stamp", "lot", "id", "late"];

/// `late` is drawn only when `more` says yes, so that an opening with answers draws in another order; `code` mixes
/// chance with an answer and follows it.
fn questionnaire() -> Arc<Questionnaire> {
    const XFORM: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
      xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>抽签</h:title><model>
      <instance><data id="lots"><late/><stamp/><lot/><id/><more/><name/><code/><mixed/>
        <members jr:template=""><name/><key/></members></data></instance>
      <bind nodeset="/data/late" calculate="uuid()" relevant="/data/more = 'yes'"/>
      <bind nodeset="/data/stamp" calculate="once(now())"/>
      <bind nodeset="/data/lot" calculate="once(random())"/>
      <bind nodeset="/data/id" calculate="uuid()"/>
      <bind nodeset="/data/code" calculate="concat(/data/name, '-', random() &lt; 2)"/>
      <bind nodeset="/data/mixed" calculate="concat(/data/name, '-', uuid())"/>
      <bind nodeset="/data/members/key" calculate="uuid()"/>
      </model></h:head><h:body><input ref="/data/more"/><input ref="/data/name"/>
      <group ref="/data/members"><repeat nodeset="/data/members"><input ref="/data/members/name"/></repeat></group>
      </h:body></h:html>"#;
    let text = Package::publish(XFORM, &[]).unwrap().render().unwrap();
    Arc::new(Questionnaire::read(text.as_bytes()).unwrap())
}

fn occasion(opened: &str, now: &str) -> Occasion {
    let wall = |text: &str| -> WallTime { text.parse().unwrap() };
    Occasion {
        visit: visit(),
        opened: wall(opened),
        now: wall(now),
    }
}

const EARLY: &str = "2026-03-20T01:00:00.000Z";
const LATER: &str = "2026-03-20T04:00:00.000Z";
const NEXT_DAY: &str = "2026-03-21T01:00:00.000Z";

struct Phone {
    document: VisitDocument,
    filling: Filling,
}

impl Phone {
    fn of(actor: Actor, opened: &str) -> Self {
        let form = questionnaire();
        let document = VisitDocument::genesis(visit(), form.hash(), form.skeleton(), actor).unwrap();
        let filling = Filling::open(form, &document, occasion(opened, opened), Known::new()).unwrap();
        Self { document, filling }
    }

    fn says(&mut self, path: &str, value: &str) {
        let path: AnswerPath = path.parse().unwrap();
        self.filling
            .answer(&mut self.document, &path, &value.into())
            .unwrap();
    }

    fn adds(&mut self, id: u8) {
        let id = InstanceId::from_bytes([id; 8]);
        self.filling
            .add(&mut self.document, &InstancePath::TOP, "members", id)
            .unwrap();
    }

    /// The same document, opened anew at another time.
    fn again(&self, opened: &str, now: &str) -> Filling {
        Filling::open(
            questionnaire(),
            &self.document,
            occasion(opened, now),
            Known::new(),
        )
        .unwrap()
    }

    fn drawn(&self) -> BTreeMap<String, serde_json::Value> {
        drawn(&self.filling)
    }
}

fn drawn(filling: &Filling) -> BTreeMap<String, serde_json::Value> {
    let mut sealed = filling.sealed();
    sealed.retain(|path, _| DRAWN.contains(&path.as_str()) || path.ends_with("/key"));
    sealed
}

#[test]
fn a_draft_that_is_opened_again_has_what_was_drawn() {
    let mut phone = Phone::of(jia(), EARLY);
    phone.says("more", "yes");
    phone.adds(3);
    let before = phone.drawn();
    assert_eq!(before.len(), 5, "{before:?}");
    let again = phone.again(EARLY, NEXT_DAY);
    assert_eq!(drawn(&again), before);
    assert_eq!(again.sealed()["mixed"], phone.filling.sealed()["mixed"]);
    // Also where it turns out that a partner had opened the visit before.
    let again = phone.again("2026-03-19T01:00:00.000Z", NEXT_DAY);
    assert_eq!(drawn(&again), before);
    for path in ["stamp", "lot", "id", "late", "members[0303030303030303]/key"] {
        let answer = phone.document.answer(&path.parse().unwrap()).unwrap();
        assert!(answer.value.is_some_and(|value| value.is_answered()), "{path}");
    }
    // What is merely calculated is not in the document.
    let code = phone.document.answer(&"code".parse().unwrap()).unwrap();
    assert_eq!(code.value, None);
}

#[test]
fn what_follows_an_answer_is_not_frozen_by_chance() {
    let mut phone = Phone::of(jia(), EARLY);
    phone.says("name", "乌云");
    phone.says("name", "其木格");
    let sealed = phone.filling.sealed();
    assert_eq!(sealed["code"], "其木格-true");
    // The chance in it is the same at each answer.
    let chance = |sealed: &BTreeMap<String, serde_json::Value>| {
        let text = sealed["mixed"].as_str().unwrap().to_owned();
        text.split_once('-').unwrap().1.to_owned()
    };
    let before = chance(&sealed);
    phone.says("name", "巴图");
    assert_eq!(chance(&phone.filling.sealed()), before);
}

#[test]
fn a_question_that_goes_and_comes_keeps_its_draw() {
    let mut phone = Phone::of(jia(), EARLY);
    phone.says("more", "yes");
    let before = phone.drawn()["late"].clone();
    phone.says("more", "no");
    assert!(!phone.drawn().contains_key("late"));
    phone.says("more", "yes");
    assert_eq!(phone.drawn()["late"], before);
}

#[test]
fn two_phones_that_drew_apart_agree_after_the_merge_and_nobody_has_to_pick() {
    let (mut east, mut west) = (Phone::of(jia(), EARLY), Phone::of(yi(), LATER));
    east.says("name", "乌云");
    west.says("more", "yes");
    east.adds(3);
    assert_ne!(
        east.drawn()["stamp"],
        west.drawn()["stamp"],
        "each drew at its time"
    );
    for _ in 0..2 {
        east.document.merge(&west.document).unwrap();
        west.document.merge(&east.document).unwrap();
    }
    let opened = EARLY.parse().unwrap();
    east.filling.merge(&east.document, opened).unwrap();
    west.filling.merge(&west.document, opened).unwrap();
    let agreed = east.drawn();
    assert_eq!(agreed.len(), 5, "{agreed:?}");
    assert_eq!(west.drawn(), agreed);
    assert_eq!(drawn(&east.again(EARLY, NEXT_DAY)), agreed);
    let raw = east.document.conflicts().unwrap();
    assert!(
        raw.iter().any(|conflict| conflict.place == "answers/stamp"),
        "{raw:?}"
    );
    assert_eq!(questionnaire().conflicts(&east.document).unwrap(), []);
    // It stays so when both go on.
    east.says("name", "其木格");
    west.says("name", "巴图");
    assert_eq!(east.drawn(), agreed);
    assert_eq!(west.drawn(), agreed);
}

#[test]
fn nobody_can_write_over_a_draw() {
    let mut phone = Phone::of(jia(), EARLY);
    let value: Value = "1".into();
    let refused = phone
        .filling
        .answer(&mut phone.document, &"lot".parse().unwrap(), &value);
    assert_eq!(refused.unwrap_err().code(), "ANSWER-CALCULATED");
}

#[test]
fn a_document_that_was_only_looked_at_is_not_written() {
    let phone = Phone::of(jia(), EARLY);
    let heads = phone.document.heads();
    let _seen = phone.again(EARLY, NEXT_DAY);
    assert_eq!(phone.document.heads(), heads);
    assert_eq!(drawn(&phone.again(EARLY, NEXT_DAY)), phone.drawn());
}
