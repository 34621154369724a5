//! Forms joined to visits: published, filled in on two phones, sealed and judged.

use std::collections::BTreeMap;
use std::sync::Arc;

use hudang_evidence::seal::Outcome;
use hudang_evidence::snapshot::Revealed;
use hudang_evidence::time::WallTime;
use hudang_visit::document::Actor;
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::filling::{Filling, Occasion};
use hudang_visit::questionnaire::judge::{Sitting, judge};
use hudang_visit::questionnaire::known::Known;
use hudang_visit::questionnaire::package::{Attachment, Package, PackageError};
use hudang_visit::value::{AnswerPath, InstanceId, InstancePath, Value};
use proptest::prelude::*;
use serde_json::json;

use crate::field::{jia, visit, yi};

/// A household with members, children that are counted, sheep and what they are worth.
const XFORM: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>入户表</h:title><model>
  <instance><data id="ruhu" version="7"><began/><ended/><day/><basics><address/><kind>yurt</kind></basics>
    <members jr:template=""><name/><age/><role>member</role><is_adult/><ills jr:template=""><ill/></ills><ills><ill/></ills></members>
    <members><name/><age/><role>member</role><is_adult/><ills><ill/></ills></members>
    <child_count/><children><toy/></children>
    <has_sheep/><sheep/><worth/><lot/><heads/><note/></data></instance>
  <instance id="kinds"><root><item><name>yurt</name></item><item><name>brick</name></item></root></instance>
  <bind nodeset="/data/began" type="dateTime" jr:preload="timestamp" jr:preloadParams="start"/>
  <bind nodeset="/data/ended" type="dateTime" jr:preload="timestamp" jr:preloadParams="end"/>
  <bind nodeset="/data/day" type="date" jr:preload="date" jr:preloadParams="today"/>
  <bind nodeset="/data/basics/address" required="true()"/>
  <bind nodeset="/data/members/name" required="true()"/>
  <bind nodeset="/data/members/age" type="int" constraint=". &gt;= 0 and . &lt; 130"/>
  <bind nodeset="/data/members/is_adult" calculate="if(../age &gt;= 18, 'yes', 'no')"/>
  <bind nodeset="/data/child_count" type="int"/>
  <bind nodeset="/data/sheep" type="int" relevant="/data/has_sheep = 'yes'" required="true()" constraint=". &lt; 10000"/>
  <bind nodeset="/data/worth" type="int" calculate="/data/sheep * 900" relevant="/data/has_sheep = 'yes'"/>
  <bind nodeset="/data/lot" calculate="once(random())"/>
  <bind nodeset="/data/heads" type="int" calculate="count(/data/members)"/>
  </model></h:head><h:body><group ref="/data/basics"><input ref="/data/basics/address"><label>住址</label></input>
    <select1 ref="/data/basics/kind"><itemset nodeset="instance('kinds')/root/item"><value ref="name"/><label ref="name"/></itemset></select1></group>
  <group ref="/data/members"><repeat nodeset="/data/members"><input ref="/data/members/name"/><input ref="/data/members/age"/>
    <input ref="/data/members/role"/>
    <group ref="/data/members/ills"><repeat nodeset="/data/members/ills"><input ref="/data/members/ills/ill"/></repeat></group></repeat></group>
  <input ref="/data/child_count"/><group ref="/data/children"><repeat nodeset="/data/children" jr:count="/data/child_count">
    <input ref="/data/children/toy"/></repeat></group>
  <input ref="/data/has_sheep"/><input ref="/data/sheep"/><input ref="/data/note"/></h:body></h:html>"#;

fn package(xform: &str) -> Package {
    Package::publish(xform, &[]).unwrap()
}

fn questionnaire() -> Arc<Questionnaire> {
    Arc::new(Questionnaire::read(package(XFORM).render().unwrap().as_bytes()).unwrap())
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

fn sitting() -> Sitting {
    Sitting {
        visit: visit(),
        sealed: wall("2026-03-20T03:00:00.000Z"),
        outcome: Outcome::Done,
    }
}

struct Phone {
    document: VisitDocument,
    filling: Filling,
}

impl Phone {
    fn of(actor: Actor) -> Self {
        let form = questionnaire();
        let document = VisitDocument::genesis(visit(), form.hash(), form.skeleton(), actor).unwrap();
        let filling = Filling::open(form, &document, occasion(), Known::new()).unwrap();
        Self { document, filling }
    }

    fn says(&mut self, path: &str, value: impl Into<Value>) {
        let path: AnswerPath = path.parse().unwrap();
        self.filling
            .answer(&mut self.document, &path, &value.into())
            .unwrap();
    }

    fn refuses(&mut self, path: &str, value: impl Into<Value>) -> &'static str {
        let path: AnswerPath = path.parse().unwrap();
        let refused = self.filling.answer(&mut self.document, &path, &value.into());
        refused.unwrap_err().code()
    }

    fn adds(&mut self, id: u8) -> InstancePath {
        let id = InstanceId::from_bytes([id; 8]);
        self.filling
            .add(&mut self.document, &InstancePath::TOP, "members", id)
            .unwrap();
        InstancePath::TOP.join("members", id).unwrap()
    }

    fn hears(&mut self, other: &Self) {
        self.document.merge(&other.document).unwrap();
        self.filling.merge(&self.document, occasion().opened).unwrap();
    }

    /// The same document opened anew.
    fn again(&self) -> Self {
        let filling = Filling::open(questionnaire(), &self.document, occasion(), Known::new()).unwrap();
        Self {
            document: self.document.clone(),
            filling,
        }
    }

    fn members(&self) -> Vec<String> {
        let members = self.filling.sealed()["members"].clone();
        serde_json::from_value(members).unwrap()
    }

    fn sealed(&mut self) -> Revealed {
        Revealed {
            answers: self.filling.sealed_now(),
            withheld: 0,
        }
    }
}

/// A visit without anything to be found.
fn whole() -> Phone {
    let mut phone = Phone::of(jia());
    phone.says("basics/address", "示例嘎查");
    let member = phone.members()[0].clone();
    phone.says(&format!("members[{member}]/name"), "某某");
    phone.says(&format!("members[{member}]/age"), 70);
    phone.says("has_sheep", "yes");
    phone.says("sheep", 40);
    phone
}

fn found(answers: &BTreeMap<String, serde_json::Value>) -> Vec<String> {
    let sealed = Revealed {
        answers: answers.clone(),
        withheld: 0,
    };
    let verdict = judge(&questionnaire(), &sealed, sitting());
    let shown = |finding: &hudang_visit::questionnaire::judge::FormFinding| {
        format!("{} {}", finding.code, finding.path)
    };
    verdict.findings.iter().map(shown).collect()
}

#[test]
fn a_package_is_read_as_it_was_written_and_nothing_else() {
    let package = package(XFORM);
    let text = package.render().unwrap();
    assert_eq!(Package::parse(text.as_bytes()).unwrap(), package);
    assert_eq!((package.name.as_str(), package.version.as_str()), ("入户表", "7"));
    assert_eq!(
        serde_json::to_value(&package.skeleton).unwrap(),
        json!({"repeats": [{"name": "members", "instances": 1, "repeats": [
            {"name": "ills", "instances": 1, "repeats": []}]}]})
    );
    let code = |text: &str| Questionnaire::read(text.as_bytes()).unwrap_err().code();
    assert_eq!(code("{}"), "FORM-FIELDS");
    assert_eq!(code("no"), "FORM-JSON");
    assert_eq!(code(&text.replace("\"format\":1", "\"format\":2")), "FORM-FORMAT");
    assert_eq!(
        code(&text.replace("\"instances\":1", "\"instances\":2")),
        "FORM-SKELETON"
    );
    assert_eq!(
        code(&text.replace("\"version\":\"7\"", "\"version\":\"8\"")),
        "FORM-SKELETON"
    );
    assert_eq!(code(&text.replace("</h:html>", "")), "HT-FORM-XML");
    assert_eq!(code(&text.replacen('{', "{ ", 1)), "FORM-JSON");
    let twice = [(); 2].map(|()| Attachment {
        name: "a.csv".to_owned(),
        text: String::new(),
    });
    assert_eq!(
        Package::publish(XFORM, &twice).unwrap_err().code(),
        "FORM-ATTACHMENTS"
    );
    let large = [Attachment {
        name: "a.csv".to_owned(),
        text: "x".repeat(5 << 20),
    }];
    assert!(matches!(
        Package::publish(XFORM, &large),
        Err(PackageError::TooLarge { .. })
    ));
    let inside = XFORM.replace(
        r#"<repeat nodeset="/data/members">"#,
        r#"<repeat nodeset="/data/members" jr:count="2">"#,
    );
    assert_eq!(Package::publish(&inside, &[]).unwrap_err().code(), "FORM-REPEAT");
}

#[test]
fn what_is_sealed_is_relevant_typed_and_named_by_path() {
    let mut phone = whole();
    phone.says("note", "无");
    phone.says("note", Value::Cleared);
    let member = phone.members()[0].clone();
    let ills = phone.filling.sealed()[&format!("members[{member}]/ills")].clone();
    let mut sealed = phone.sealed().answers;
    let lot = sealed.remove("lot").unwrap();
    assert!(lot.as_str().unwrap().starts_with("0."), "{lot}");
    sealed.remove("meta/instanceID").unwrap();
    assert_eq!(
        json!(sealed),
        json!({
            "began": "2026-03-20T09:00:00.000+08:00", "ended": "2026-03-20T10:00:00.000+08:00", "day": "2026-03-20",
            "basics/address": "示例嘎查", "basics/kind": "yurt", "members": [member],
            format!("members[{member}]/name"): "某某", format!("members[{member}]/age"): 70,
            format!("members[{member}]/role"): "member", format!("members[{member}]/is_adult"): "yes",
            format!("members[{member}]/ills"): ills,
            "has_sheep": "yes", "sheep": 40, "worth": 36000, "heads": 1
        })
    );
    phone.says("has_sheep", "no");
    assert!(
        !phone.filling.sealed().contains_key("sheep"),
        "not relevant, so not sealed"
    );
    assert!(
        phone
            .document
            .answers()
            .unwrap()
            .contains_key(&"sheep".parse().unwrap()),
        "but kept"
    );
    assert_eq!(
        phone.document.answers().unwrap().len(),
        7,
        "only what people wrote, and the lot that was drawn, is in the document"
    );
}

#[test]
fn a_visit_without_fault_has_no_findings_and_each_fault_has_its_code() {
    let mut phone = whole();
    let good = phone.sealed().answers;
    assert_eq!(found(&good), Vec::<String>::new());
    let member = phone.members()[0].clone();
    let name = format!("members[{member}]/name");
    let age = format!("members[{member}]/age");
    let with = |path: &str, value: Option<serde_json::Value>| {
        let mut answers = good.clone();
        match value {
            Some(value) => answers.insert(path.to_owned(), value),
            None => answers.remove(path),
        };
        found(&answers)
    };
    assert_eq!(with("basics/address", None), ["FORM-REQUIRED basics/address"]);
    assert_eq!(with(&name, None), [format!("FORM-REQUIRED {name}")]);
    assert_eq!(with(&age, Some(json!(200))), [format!("FORM-CONSTRAINT {age}")]);
    assert_eq!(with("worth", Some(json!(1))), ["FORM-CALCULATION worth"]);
    assert_eq!(with("worth", None), ["FORM-CALCULATION worth"]);
    assert_eq!(with("sheep", Some(json!(41))), ["FORM-CALCULATION worth"]);
    assert_eq!(
        with("lot", Some(json!("0.5"))),
        Vec::<String>::new(),
        "chance is kept as sealed"
    );
    assert_eq!(
        with("has_sheep", Some(json!("no"))),
        ["FORM-IRRELEVANT sheep", "FORM-IRRELEVANT worth"]
    );
    assert_eq!(
        with("basics/kind", Some(json!("tent"))),
        ["FORM-CHOICE basics/kind"]
    );
    assert_eq!(with("day", Some(json!("2026-02-30"))), ["FORM-TYPE day"]);
    assert_eq!(
        with("heads", Some(json!("1"))),
        ["FORM-CALCULATION heads", "FORM-TYPE heads"]
    );
    assert_eq!(with("income", Some(json!(1))), ["FORM-UNKNOWN income"]);
    assert_eq!(
        with("members[00c0ffee00c0ffee]/name", Some(json!("谁"))),
        ["FORM-UNKNOWN members[00c0ffee00c0ffee]/name"]
    );
    let mut counted = good.clone();
    counted.insert("child_count".to_owned(), json!(1));
    counted.insert("children/2/toy".to_owned(), json!("球"));
    assert_eq!(
        found(&counted),
        ["FORM-UNKNOWN children/2/toy"],
        "only one is counted"
    );
    assert_eq!(
        with("members", Some(json!([member, member]))).len(),
        6,
        "no list, so nobody is there"
    );
    let refused = judge(
        &questionnaire(),
        &Revealed::default(),
        Sitting {
            outcome: Outcome::Refused,
            ..sitting()
        },
    );
    assert!(
        refused
            .findings
            .iter()
            .all(|finding| finding.code.to_string() != "FORM-REQUIRED")
    );
}

#[test]
fn a_household_that_nobody_asked_has_nothing_wrong_in_its_questionnaire() {
    let nothing = Revealed::default();
    let ended = |outcome| judge(&questionnaire(), &nothing, Sitting { outcome, ..sitting() });
    assert!(ended(Outcome::Refused).is_whole());
    assert!(!ended(Outcome::Done).is_whole());
}

#[test]
fn nothing_is_found_that_may_follow_from_an_erased_value() {
    let mut phone = whole();
    let good = phone.sealed().answers;
    for gone in good.keys() {
        let mut answers = good.clone();
        answers.remove(gone);
        let sealed = Revealed { answers, withheld: 1 };
        let verdict = judge(&questionnaire(), &sealed, sitting());
        assert_eq!((verdict.findings.len(), verdict.withheld), (0, 1), "{gone}");
        assert!(!verdict.is_whole());
    }
    let sealed = Revealed {
        answers: BTreeMap::from([("income".to_owned(), json!(1))]),
        withheld: 3,
    };
    assert_eq!(
        judge(&questionnaire(), &sealed, sitting()).findings.len(),
        1,
        "a name is told by itself"
    );
}

#[test]
fn a_hostile_snapshot_costs_little() {
    let many: Vec<String> = (0..50_000_u64).map(|n| format!("{n:016x}")).collect();
    let mut answers = BTreeMap::from([("members".to_owned(), json!(many))]);
    for n in 0..50_000 {
        answers.insert(format!("x{n}"), json!(n));
        answers.insert(format!("children/{}/toy", n % 2_000), json!("球"));
    }
    assert!(found(&answers).len() < 100);
}

#[test]
fn phones_apart_preset_the_same_and_merge() {
    let (mut first, mut second) = (Phone::of(jia()), Phone::of(yi()));
    assert_eq!(
        first.filling.sealed(),
        second.filling.sealed(),
        "the same before they met"
    );
    let grandmother = first.adds(5);
    first.says(&format!("{grandmother}/name"), "奶奶");
    let father = second.adds(9);
    second.says(&format!("{father}/name"), "爸爸");
    second.says("child_count", 2);
    second.says("children/2/toy", "球");
    first.hears(&second);
    second.hears(&first);
    assert_eq!(first.filling.sealed(), second.filling.sealed());
    assert_eq!(first.filling.sealed(), first.again().filling.sealed());
    assert_eq!(first.members().len(), 3);
    assert_eq!(first.filling.sealed()["heads"], 3);
    assert_eq!(first.filling.sealed()["children/2/toy"], "球");
    assert_eq!(
        first.filling.sealed()[&format!("{grandmother}/role")],
        "member",
        "preset where it was added"
    );
    first
        .filling
        .set_removed(&mut first.document, &father, true)
        .unwrap();
    assert_eq!(
        (first.members().len(), &first.filling.sealed()["heads"]),
        (2, &json!(2))
    );
    first
        .filling
        .set_removed(&mut first.document, &father, false)
        .unwrap();
    assert_eq!(first.filling.sealed()[&format!("{father}/name")], "爸爸");
    assert_eq!(first.filling.sealed(), second.filling.sealed());
}

#[test]
fn a_count_that_grows_again_brings_the_answers_back() {
    let mut phone = Phone::of(jia());
    phone.says("child_count", 2);
    phone.says("children/2/toy", "球");
    phone.says("child_count", 1);
    assert!(!phone.filling.sealed().contains_key("children/2/toy"));
    assert_eq!(phone.refuses("children/2/toy", "绳"), "ANSWER-UNKNOWN");
    phone.says("child_count", 3);
    assert_eq!(phone.filling.sealed()["children/2/toy"], "球");
    assert_eq!(phone.filling.sealed(), phone.again().filling.sealed());
}

#[test]
fn what_cannot_be_an_answer_is_refused_and_changes_nothing() {
    let mut phone = whole();
    let before = phone.filling.sealed();
    assert_eq!(phone.refuses("income", 5), "ANSWER-UNKNOWN");
    assert_eq!(
        phone.refuses("members[00c0ffee00c0ffee]/name", "谁"),
        "ANSWER-UNKNOWN"
    );
    assert_eq!(phone.refuses("worth", 5), "ANSWER-CALCULATED");
    assert_eq!(phone.refuses("sheep", "许多"), "ANSWER-VALUE");
    assert_eq!(phone.refuses("basics/kind", "tent"), "ANSWER-VALUE");
    assert_eq!(phone.filling.sealed(), before);
    assert_eq!(phone.again().filling.sealed(), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Document → session → document: whatever two phones do, both hold the same, a document opened anew says the
    /// same as the session that went along, and the judge never finds a calculation that does not follow.
    #[test]
    fn a_document_and_its_session_never_part(steps in proptest::collection::vec((0..2_usize, 0..9_usize, 0..4_u8), 1..40)) {
        let mut phones = [Phone::of(jia()), Phone::of(yi())];
        for (index, (who, what, n)) in steps.into_iter().enumerate() {
            let mut met = None;
            {
                let phone = &mut phones[who];
                let members = phone.filling.sealed().get("members").cloned();
                let members: Vec<String> = members.map(|ids| serde_json::from_value(ids).unwrap()).unwrap_or_default();
                let member = members.get(usize::from(n) % members.len().max(1));
                match (what, member) {
                    (0, _) => { phone.adds(u8::try_from(index).unwrap() * 2 + u8::try_from(who).unwrap() + 1); }
                    (1, Some(id)) => phone.says(&format!("members[{id}]/age"), i64::from(n) * 9),
                    (2, Some(id)) if members.len() > 1 => {
                        let path = InstancePath::TOP.join("members", id.parse().unwrap()).unwrap();
                        phone.filling.set_removed(&mut phone.document, &path, true).unwrap();
                    }
                    (3, _) => phone.says("child_count", i64::from(n)),
                    (4, _) if phone.filling.session().kept("/data/children[1]/toy").is_some() => phone.says("children/1/toy", "球"),
                    (5, _) => phone.says("has_sheep", if n % 2 == 0 { "yes" } else { "no" }),
                    (6, _) => phone.says("sheep", i64::from(n) * 100),
                    (7, _) => phone.says("basics/kind", if n % 2 == 0 { "brick" } else { "yurt" }),
                    (8, _) => met = Some(1 - who),
                    _ => {}
                }
            }
            if let Some(other) = met {
                let document = phones[other].document.clone();
                phones[who].document.merge(&document).unwrap();
                let phone = &mut phones[who];
                phone.filling.merge(&phone.document, occasion().opened).unwrap();
            }
            let phone = &phones[who];
            prop_assert_eq!(phone.filling.sealed(), phone.again().filling.sealed());
        }
        let [first, second] = &mut phones;
        first.hears(second);
        second.hears(first);
        prop_assert_eq!(first.filling.sealed(), second.filling.sealed());
        let findings = found(&first.sealed().answers);
        prop_assert!(findings.iter().all(|found| found.starts_with("FORM-REQUIRED")), "{:?}", findings);
    }
}
