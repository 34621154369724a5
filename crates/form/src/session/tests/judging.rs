//! What who judges sees, however the answers are given.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::{Answers, Given, Session};
use super::{environment, read};
use crate::form::Form;

fn held(form: &Arc<Form>, given: &Given<'_>) -> Vec<String> {
    let session = Session::judge(form, environment(), given);
    let mut seen = Vec::new();
    session.each_held(&mut |places, held| seen.push(format!("{places:?} {held:?}")));
    assert_eq!(session.faults().count(), 0);
    seen
}

#[test]
fn answers_by_question_are_those_by_key() {
    let form = read(
        r#"<a/><m jr:template=""><g><x/></g><y/></m><all/>"#,
        r#"<bind nodeset="/data/a" type="int"/>
           <bind nodeset="/data/m/g/x" type="decimal" required="true()" constraint=". &lt; /data/a"/>
           <bind nodeset="/data/m/y" calculate="../g/x * current()/../../a"/>
           <bind nodeset="/data/all" calculate="sum(/data/m/y)"/>"#,
        r#"<input ref="/data/a"/><repeat nodeset="/data/m"><input ref="/data/m/g/x"/></repeat>"#,
    );
    let form = Arc::new(form.unwrap());
    let question = |path: &str| form.at_path(path).unwrap();
    let instances = BTreeMap::from([("/data/m".to_owned(), vec!["p".to_owned(), "q".to_owned()])]);

    let mut by_key = Given::of(Answers {
        instances: instances.clone(),
        ..Answers::default()
    });
    let mut by_question = by_key.clone();
    for (key, value) in [
        ("/data/a", "3"),
        ("/data/m[p]/g/x", "2.5"),
        ("/data/m[q]/g/x", "4.0"),
    ] {
        by_key.keyed.values.insert(key.to_owned(), value.to_owned());
    }
    by_question.put(question("/data/a"), Cow::Borrowed("3"));
    assert_eq!(by_question.alone(question("/data/a")), Some("3"));
    for (instance, value) in [
        ("/data/m[p]", "2.5"),
        ("/data/m[q]", "4.0"),
        ("/data/m[nobody]", "1.0"),
    ] {
        let place = (instance, question("/data/m"));
        by_question.put_inside(place, question("/data/m/g/x"), Cow::Borrowed(value));
    }
    let seen = held(&form, &by_question);
    assert_eq!(seen, held(&form, &by_key));
    assert!(
        seen.iter().any(|seen| seen.contains(r#"value: "19.5""#)),
        "{seen:#?}"
    );
}

#[test]
fn choices_do_not_hang_on_texts_that_nobody_reads() {
    let form = read(
        "<name/><chosen/>",
        r#"<instance id="list"><root><item><name>x</name><itextId>a</itextId></item></root></instance>
           <itext><translation lang="zh"><text id="a"><value>甲</value></text>
           <text id="hello"><value><output value="/data/name"/>你好</value></text></translation></itext>"#,
        r#"<input ref="/data/name"><label ref="jr:itext('hello')"/></input><select1 ref="/data/chosen">
           <itemset nodeset="instance('list')/root/item"><value ref="name"/><label ref="jr:itext(itextId)"/></itemset></select1>"#,
    );
    let form = Arc::new(form.unwrap());
    let chosen = form.at_path("/data/chosen").unwrap();
    assert!(form.lasting_choices(chosen).is_some());
    for (answer, is_there) in [("x", true), ("y", false)] {
        let mut given = Given::default();
        given.put(chosen, Cow::Borrowed(answer));
        let seen = held(&form, &given);
        let value = format!("value: {answer:?}");
        assert_eq!(
            seen.iter().any(|seen| seen.contains(&format!(" {value}"))),
            is_there,
            "{seen:#?}"
        );
    }
}
