//! What a form draws once stays what it was: over a reopening, between two phones, and in what is sealed.

use std::sync::Arc;

use hudang_evidence::time::WallTime;
use hudang_visit::document::Actor;
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::filling::{Filling, Occasion};
use hudang_visit::questionnaire::package::Package;
use hudang_visit::value::{AnswerPath, InstanceId, InstancePath};

use crate::field::{jia, visit, yi};

const XFORM: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>抽取</h:title><model>
  <instance><data id="drawn"><agreed/><agreed_at/><first_name/><lot/><number/>
    <members jr:template=""><name/><id/><chance/></members></data></instance>
  <bind nodeset="/data/agreed_at" calculate="if(/data/agreed = 'yes', once(now()), '')"/>
  <bind nodeset="/data/first_name" calculate="if(/data/agreed = 'yes', once(/data/number), '')"/>
  <bind nodeset="/data/lot" calculate="random()"/>
  <bind nodeset="/data/members/id" calculate="once(uuid())"/>
  <bind nodeset="/data/members/chance" calculate="random()"/>
  </model></h:head><h:body><input ref="/data/agreed"/><input ref="/data/number"/>
  <repeat nodeset="/data/members"><input ref="/data/members/name"/></repeat></h:body></h:html>"#;

struct Phone {
    document: VisitDocument,
    filling: Filling,
}

fn questionnaire() -> Arc<Questionnaire> {
    let package = Package::publish(XFORM, &[]).unwrap();
    Arc::new(Questionnaire::read(package.render().unwrap().as_bytes()).unwrap())
}

fn occasion(now: &str) -> Occasion {
    Occasion {
        visit: visit(),
        opened: "2026-03-20T01:00:00.000Z".parse::<WallTime>().unwrap(),
        now: now.parse::<WallTime>().unwrap(),
    }
}

const MORNING: &str = "2026-03-20T02:00:00.000Z";
const NEXT_DAY: &str = "2026-03-21T02:00:00.000Z";

impl Phone {
    fn of(actor: Actor) -> Self {
        let form = questionnaire();
        let document = VisitDocument::genesis(visit(), form.hash(), form.skeleton(), actor).unwrap();
        let filling = Filling::open(form, &document, occasion(MORNING)).unwrap();
        Self { document, filling }
    }

    fn says(&mut self, path: &str, value: &str) {
        let path: AnswerPath = path.parse().unwrap();
        self.filling
            .answer(&mut self.document, &path, &value.into())
            .unwrap();
    }

    fn adds(&mut self, id: u8) -> String {
        let id = InstanceId::from_bytes([id; 8]);
        self.filling
            .add(&mut self.document, &InstancePath::TOP, "members", id)
            .unwrap();
        InstancePath::TOP.join("members", id).unwrap().to_string()
    }

    fn reopened(&self, now: &str) -> Self {
        Self {
            document: self.document.clone(),
            filling: Filling::open(questionnaire(), &self.document, occasion(now)).unwrap(),
        }
    }

    fn hears(&mut self, other: &Self) {
        let opened = self.filling.opened();
        self.document.merge(&other.document).unwrap();
        self.filling.merge(&self.document, opened).unwrap();
    }

    fn sealed(&self, path: &str) -> String {
        let sealed = self.filling.sealed();
        sealed.get(path).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
    }
}

#[test]
fn what_was_drawn_is_the_same_after_a_reopening() {
    let mut phone = Phone::of(jia());
    phone.says("number", "12");
    phone.says("agreed", "yes");
    let member = phone.adds(5);
    phone.says(&format!("{member}/name"), "某某");
    let sealed = phone.filling.sealed();
    assert!(phone.sealed("agreed_at").starts_with("2026-03-20T10:00"), "{sealed:?}");
    phone.says("number", "13");
    let mut again = phone.reopened(NEXT_DAY);
    assert_eq!(again.filling.sealed(), phone.filling.sealed());
    assert_eq!(again.sealed("first_name"), "12", "once");
    again.says(&format!("{member}/name"), "某某某");
    let another = again.adds(6);
    assert_eq!(again.sealed("agreed_at"), phone.sealed("agreed_at"));
    assert_eq!(again.sealed(&format!("{member}/id")), phone.sealed(&format!("{member}/id")));
    for name in ["id", "chance"] {
        let (one, other) = (format!("{member}/{name}"), format!("{another}/{name}"));
        assert_ne!(again.sealed(&one), again.sealed(&other), "no two places draw the same");
        let path: AnswerPath = other.parse().unwrap();
        assert!(again.document.answer(&path).unwrap().value.is_some(), "kept like an answer");
    }
}

#[test]
fn two_phones_that_drew_apart_agree_after_they_met() {
    let (mut first, mut second) = (Phone::of(jia()), Phone::of(yi()));
    assert_eq!(first.sealed("lot"), second.sealed("lot"));
    let (grandmother, father) = (first.adds(5), second.adds(9));
    let (hers, his) = (format!("{grandmother}/id"), format!("{father}/id"));
    let (drawn_first, drawn_second) = (first.sealed(&hers), second.sealed(&his));
    assert_ne!(drawn_first, drawn_second);
    // Both draw the same question, from different answers.
    first.says("number", "1");
    first.says("agreed", "yes");
    second.says("number", "2");
    second.filling.set_now(NEXT_DAY.parse().unwrap());
    second.says("agreed", "yes");
    assert_ne!(first.sealed("agreed_at"), second.sealed("agreed_at"));
    first.hears(&second);
    second.hears(&first);
    assert_eq!(first.filling.sealed(), second.filling.sealed());
    assert_eq!(first.reopened(NEXT_DAY).filling.sealed(), first.filling.sealed());
    assert_eq!((first.sealed(&hers), first.sealed(&his)), (drawn_first, drawn_second));
}
