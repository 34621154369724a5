//! What is known before the form asks: preset, written over, followed, and held to the visit.

use std::sync::Arc;

use hudang_evidence::body::{Amend, Body, ConsentTo, Source as Src};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, EntryId};
use hudang_evidence::snapshot::Revealed;
use hudang_visit::Outcome;
use hudang_visit::assess::assess;
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::filling::{Filling, Occasion};
use hudang_visit::questionnaire::known::{Known, Source, hold_to_visit, of_visit};
use hudang_visit::questionnaire::package::Package;
use serde_json::json;

use crate::chain::{Person, facts, missing, seal, standard, thorough_pair};
use crate::field::{jia, visit};

fn questionnaire() -> Arc<Questionnaire> {
    const XFORM: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
      xmlns:jr="http://openrosa.org/javarosa" xmlns:hudang="https://hudang.org/xforms"><h:head><h:title>已知</h:title><model>
      <instance><data id="known"><code/><banner/><outcome/><agreed/><place/><door/><front/><kind>yurt</kind>
        <head/><who/><members jr:template=""><code/></members></data></instance>
      <bind nodeset="/data/code" required="true()"/><bind nodeset="/data/place" type="geopoint"/>
      <bind nodeset="/data/door" type="binary"/><bind nodeset="/data/front" type="binary"/><bind nodeset="/data/who" calculate="/data/head"/>
      </model></h:head><h:body>
      <input ref="/data/code" hudang:from="household.code"/>
      <select1 ref="/data/banner" hudang:from="household.area"><item><label>旗</label><value>152525</value></item>
        <item><label>镇</label><value>152525100</value></item><item><label>盟</label><value>1525</value></item></select1>
      <select1 ref="/data/outcome" hudang:from="visit.outcome"><item><label>完成</label><value>done</value></item>
        <item><label>无人</label><value>nobody_at_home</value></item></select1>
      <select1 ref="/data/agreed" hudang:from="visit.consent"><item><label>是</label><value>yes</value></item>
        <item><label>否</label><value>no</value></item></select1>
      <input ref="/data/place" hudang:from="visit.position"/>
      <upload ref="/data/door" mediatype="image/*" hudang:from="photo:门牌"/>
      <upload ref="/data/front" mediatype="image/*" appearance="new" hudang:from="photo:门牌"/>
      <input ref="/data/kind" hudang:from="household.phone"/><input ref="/data/head" hudang:from="household.heaad"/>
      <group ref="/data/members"><repeat nodeset="/data/members"><input ref="/data/members/code" hudang:from="household.code"/></repeat></group>
      </h:body></h:html>"#;
    let text = Package::publish(XFORM, &[]).unwrap().render().unwrap();
    Arc::new(Questionnaire::read(text.as_bytes()).unwrap())
}

fn known(person: &Person, outcome: Outcome) -> Known {
    let entries: Vec<&Entry> = person.entries.iter().collect();
    let mut known = of_visit(&entries, Some(outcome));
    known.insert(Source::Code, "户-001".to_owned());
    known.insert(Source::Area, "152525104201".to_owned());
    known.insert(Source::Phone, "13800000000".to_owned());
    known
}

fn open(known: Known) -> (VisitDocument, Filling) {
    let form = questionnaire();
    let document = VisitDocument::genesis(visit(), form.hash(), form.skeleton(), jia()).unwrap();
    let occasion = Occasion {
        visit: visit(),
        opened: "2026-03-20T01:00:00.000Z".parse().unwrap(),
        now: "2026-03-20T02:00:00.000Z".parse().unwrap(),
    };
    let filling = Filling::open(form, &document, occasion, known).unwrap();
    (document, filling)
}

#[test]
fn what_is_known_stands_and_gives_way_to_what_somebody_writes() {
    let mut jia = Person::new("jia", 1);
    jia.asks(ConsentTo::Visit, true);
    jia.asks(ConsentTo::Audio, false);
    jia.locates(9_000, false);
    jia.locates(1_200, false);
    jia.locates(300, true);
    jia.photographs("门牌", "door", Src::Camera);
    jia.photographs("合影", "both", Src::Camera);
    jia.photographs("门牌", "album", Src::Import);
    let (mut document, mut filling) = open(known(&jia, Outcome::NobodyAtHome));
    let [door, album] = [b"door".as_slice(), b"album"].map(BlobHash::of);
    let sealed = filling.sealed();
    assert_eq!(sealed["code"], "户-001");
    assert_eq!(
        sealed["banner"], "152525",
        "the longest choice that the code begins with"
    );
    assert_eq!(sealed["outcome"], "nobody_at_home");
    assert_eq!(sealed["agreed"], "no", "the household refused the recording");
    assert_eq!(
        sealed["place"], "45.5 117.0 0.0 12.0",
        "the best that was not simulated"
    );
    assert_eq!(sealed["door"], format!("{album}.jpg"));
    assert_eq!(sealed["front"], format!("{door}.jpg"), "one that was taken now");
    // What the form presets stands, a source that nobody knows gives nothing, and of members nothing is known.
    assert_eq!(sealed["kind"], "yurt");
    assert!(!sealed.contains_key("head"));
    assert!(document.answers().unwrap().is_empty(), "nobody said any of it");

    let path = "code".parse().unwrap();
    filling.answer(&mut document, &path, &"户-002".into()).unwrap();
    filling
        .answer(&mut document, &"banner".parse().unwrap(), &"".into())
        .unwrap();
    assert_eq!(document.answers().unwrap().len(), 2);
    // The visit goes on: what nobody wrote follows it.
    jia.asks(ConsentTo::Audio, true);
    let changes = filling.set_known(&document, known(&jia, Outcome::Done)).unwrap();
    assert!(!changes.changed.is_empty());
    let sealed = filling.sealed();
    assert_eq!(
        (&sealed["code"], &sealed["outcome"]),
        (&json!("户-002"), &json!("done"))
    );
    assert_eq!(sealed["agreed"], "yes");
    assert!(!sealed.contains_key("banner"), "taken back by a person");
    assert_eq!(document.answers().unwrap().len(), 2);
}

fn withdraw(person: &mut Person, of: EntryId) {
    person.states(Body::Amend(Amend {
        of,
        withdraw: true,
        reason: "blurred".to_owned(),
        sd: None,
    }));
}

#[test]
fn a_photo_that_was_withdrawn_is_no_answer_and_the_last_one_is() {
    let mut jia = Person::new("jia", 1);
    let first = jia.photographs("门牌", "door", Src::Camera);
    jia.photographs("门牌", "door again", Src::Camera);
    let again = format!("{}.jpg", BlobHash::of(b"door again"));
    assert_eq!(open(known(&jia, Outcome::Done)).1.sealed()["door"], again);
    let of = Source::Photo("门牌".to_owned());
    withdraw(&mut jia, first);
    assert_eq!(known(&jia, Outcome::Done)[&of], again);
    let second = jia.entries[2].id();
    withdraw(&mut jia, second);
    assert!(!known(&jia, Outcome::Done).contains_key(&of));
}

#[test]
fn an_answer_that_contradicts_the_visit_is_told() {
    let (jia, yi) = thorough_pair();
    let people = [&jia, &yi];
    let sealed = seal(&people, Outcome::Done);
    let found = |outcome: &str, agreed: &str| {
        let answers = [("outcome", json!(outcome)), ("agreed", json!(agreed))];
        let answers = answers.map(|(path, value)| (path.to_owned(), value));
        let revealed = Revealed {
            answers: answers.into_iter().collect(),
            withheld: 0,
        };
        let facts = facts(&sealed, &people, Some(&revealed));
        let mut assessment = assess(&facts, &standard());
        assessment.missing.clear();
        hold_to_visit(&questionnaire(), &revealed, &facts, &mut assessment);
        missing(&assessment)
    };
    assert_eq!(found("done", "yes"), Vec::<String>::new());
    assert_eq!(found("nobody_at_home", "yes").len(), 1);
    assert!(
        found("nobody_at_home", "no")
            .iter()
            .all(|one| one.contains("FORM-CONTRADICTS"))
    );
    assert_eq!(found("nobody_at_home", "no").len(), 2);
}
