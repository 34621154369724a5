//! Questions for a photo, a recording or a file: the answer names an original, and the entry that brought it stands.

use std::sync::Arc;

use hudang_evidence::body::{Amend, Body, Source};
use hudang_evidence::id::BlobHash;
use hudang_evidence::snapshot::Revealed;
use hudang_visit::assess::{MissingCode, assess};
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::originals::hold_originals;
use hudang_visit::questionnaire::package::Package;
use hudang_visit::{Language, Outcome};
use serde_json::json;

use crate::chain::{Person, facts, missing, seal, standard, thorough_pair};

fn questionnaire() -> Arc<Questionnaire> {
    const XFORM: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
      xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>照片</h:title><model>
      <instance><data id="photos"><door/><note/><members jr:template=""><card/></members></data></instance>
      <bind nodeset="/data/door" type="binary"/><bind nodeset="/data/members/card" type="binary"/>
      </model></h:head><h:body><upload ref="/data/door" mediatype="image/*"/><input ref="/data/note"/>
      <group ref="/data/members"><repeat nodeset="/data/members"><upload ref="/data/members/card" mediatype="image/*"/></repeat></group>
      </h:body></h:html>"#;
    let text = Package::publish(XFORM, &[]).unwrap().render().unwrap();
    Arc::new(Questionnaire::read(text.as_bytes()).unwrap())
}

fn blob(picture: &str) -> String {
    BlobHash::of(picture.as_bytes()).to_string()
}

fn answers(pairs: &[(&str, serde_json::Value)]) -> Revealed {
    Revealed {
        answers: pairs
            .iter()
            .map(|(path, value)| ((*path).to_owned(), value.clone()))
            .collect(),
        withheld: 0,
    }
}

/// What the form alone finds in these answers, as the evidence stands.
fn found(people: &[&Person], sealed: &hudang_evidence::seal::SealBody, answers: &Revealed) -> Vec<String> {
    let facts = facts(sealed, people, Some(answers));
    let mut assessment = assess(&facts, &standard());
    assessment.missing.clear();
    hold_originals(&questionnaire(), answers, &facts, &mut assessment);
    missing(&assessment)
}

#[test]
fn an_original_of_the_visit_is_an_answer_and_no_other_is() {
    let (jia, yi) = thorough_pair();
    let people = [&jia, &yi];
    let sealed = seal(&people, Outcome::Done);
    let good = answers(&[
        ("door", json!(blob("door"))),
        // As the name of a file; and a partner's photo is as good.
        (
            "members[0000000000000001]/card",
            json!(format!("{}.jpg", blob("room 2"))),
        ),
        ("note", json!("IMG_0001.jpg")),
        ("members", json!(["0000000000000001"])),
    ]);
    assert_eq!(found(&people, &sealed, &good), Vec::<String>::new());
    let foreign = answers(&[
        ("door", json!(blob("another visit's door"))),
        ("members[0000000000000001]/card", json!("IMG_0001.jpg")),
        ("members[0000000000000002]/card", json!("x")),
    ]);
    assert_eq!(
        found(&people, &sealed, &foreign),
        ["FORM-ORIGINAL form:door", "FORM-ORIGINAL form:members/card"]
    );
}

#[test]
fn an_original_whose_entry_was_withdrawn_counts_no_more_until_it_is_stated_again() {
    let (mut jia, yi) = thorough_pair();
    let named = answers(&[("door", json!(blob("door")))]);
    let before = seal(&[&jia, &yi], Outcome::Done);
    assert_eq!(found(&[&jia, &yi], &before, &named), Vec::<String>::new());
    let door = jia.entries[4].id();
    assert!(matches!(jia.entries[4].body(), Body::Photo(photo) if photo.sha256.to_string() == blob("door")));
    jia.states(Body::Amend(Amend {
        of: door,
        withdraw: true,
        reason: "wrong-household".to_owned(),
        sd: None,
    }));
    // Also where it was withdrawn after the seal.
    assert_eq!(found(&[&jia, &yi], &before, &named), ["FORM-ORIGINAL form:door"]);
    jia.photographs("门牌", "door", Source::Camera);
    let after = seal(&[&jia, &yi], Outcome::Done);
    assert_eq!(found(&[&jia, &yi], &after, &named), Vec::<String>::new());
}

#[test]
fn what_is_missing_says_what_to_do() {
    let (jia, yi) = thorough_pair();
    let named = answers(&[("door", json!(blob("nothing")))]);
    let facts = facts(&seal(&[&jia, &yi], Outcome::Done), &[&jia, &yi], Some(&named));
    let mut assessment = assess(&facts, &standard());
    assessment.missing.clear();
    hold_originals(&questionnaire(), &named, &facts, &mut assessment);
    let piece = &assessment.missing[0];
    assert_eq!(piece.code, MissingCode::FormOriginal);
    let zh = piece.message(Language::Zh);
    assert!(zh.contains("door") && zh.contains("重新拍摄"), "{zh}");
    assert!(piece.message(Language::En).contains("withdrawn"));
}
