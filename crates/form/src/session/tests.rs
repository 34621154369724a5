//! Sessions told as stories.

mod judging;
mod random;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Answers, Changes, Environment, Given, Session, SessionError, View, ViewKind};
use crate::form::{Attachments, Form, FormError};

fn environment() -> Environment {
    let now = chrono::DateTime::parse_from_rfc3339("2026-01-31T10:00:00+08:00").unwrap();
    Environment::new(now, 7)
}

fn xform(data: &str, model: &str, body: &str) -> String {
    format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
            xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>户</h:title><model>
            <instance><data id="hu" version="1">{data}<meta><instanceID/></meta></data></instance>{model}</model></h:head>
            <h:body>{body}</h:body></h:html>"#
    )
}

fn read(data: &str, model: &str, body: &str) -> Result<Form, FormError> {
    Form::from_xform(&xform(data, model, body), &Attachments::none())
}

fn open(data: &str, model: &str, body: &str) -> Session {
    Session::open(Arc::new(read(data, model, body).unwrap()), environment(), None).0
}

fn value(session: &Session, key: &str) -> String {
    session.view_at(key).unwrap().value.unwrap()
}

fn keys(changes: &Changes) -> Vec<&str> {
    changes.changed.iter().map(|view| &*view.key).collect()
}

/// A household's form: members with age and work, sheep and their worth.
fn household() -> Session {
    open(
        r#"<has_sheep/><sheep/><worth/><member jr:template=""><age/><works/><no/></member><workers/>"#,
        r#"<bind nodeset="/data/sheep" type="int" relevant="/data/has_sheep = 'yes'" constraint=". &lt; 1000"
                jr:constraintMsg="太多了" required="true()"/>
           <bind nodeset="/data/worth" calculate="/data/sheep * 900"/>
           <bind nodeset="/data/member/age" type="int"/>
           <bind nodeset="/data/member/works" relevant="../age &gt;= 16"/>
           <bind nodeset="/data/member/no" calculate="position(..)"/>
           <bind nodeset="/data/workers" calculate="count(/data/member[works = 'yes'])"/>"#,
        r#"<input ref="/data/has_sheep"/><input ref="/data/sheep"><label>几只羊</label></input>
           <repeat nodeset="/data/member"><input ref="/data/member/age"/>
           <input ref="/data/member/works"><label>第<output value="../no"/>人有工作吗</label></input></repeat>"#,
    )
}

#[test]
fn an_answer_changes_what_depends_on_it_and_nothing_else() {
    let mut session = household();
    let changes = session.set("/data/has_sheep", "yes").unwrap();
    assert_eq!(keys(&changes), ["/data/has_sheep", "/data/sheep"]);
    let changes = session.set("/data/sheep", "40").unwrap();
    assert_eq!(keys(&changes), ["/data/sheep", "/data/worth"]);
    assert_eq!(value(&session, "/data/worth"), "36000");
    assert_eq!(session.set("/data/sheep", "40").unwrap(), Changes::default());
    let changes = session.set("/data/sheep", "4000").unwrap();
    assert_eq!(changes.changed[0].message.as_deref(), Some("太多了"));
    assert!(!changes.changed[0].is_valid());
}

#[test]
fn an_answer_that_is_not_relevant_is_kept_hidden_and_not_sent() {
    let mut session = household();
    session.set("/data/has_sheep", "yes").unwrap();
    session.set("/data/sheep", "40").unwrap();
    session.set("/data/has_sheep", "no").unwrap();
    assert_eq!(value(&session, "/data/sheep"), "");
    assert!(
        !session.submission().contains("<sheep>"),
        "{}",
        session.submission()
    );
    assert_eq!(session.answers().values["/data/sheep"], "40");
    session.set("/data/has_sheep", "yes").unwrap();
    assert_eq!(value(&session, "/data/sheep"), "40");
}

#[test]
fn keys_stay_while_positions_move() {
    let mut session = household();
    for id in ["奶奶", "爸爸", "我"] {
        session.add_with_id("/data/member", id).unwrap();
        session.set(&format!("/data/member[{id}]/age"), "40").unwrap();
    }
    session.set("/data/member[我]/works", "yes").unwrap();
    assert_eq!(value(&session, "/data/workers"), "1");
    let changes = session.remove("/data/member[爸爸]").unwrap();
    assert!(changes.gone.contains(&"/data/member[爸爸]/age".to_owned()));
    assert_eq!(
        session.reference("/data/member[我]").as_deref(),
        Some("/data/member[2]")
    );
    assert_eq!(value(&session, "/data/member[我]/no"), "2");
    let label = session.view_at("/data/member[我]/works").unwrap().label;
    assert_eq!(label.as_deref(), Some("第2人有工作吗"));
    // Whoever stood before is not told.
    assert!(
        changes.changed.iter().all(|view| !view.key.contains("奶奶")),
        "{changes:?}"
    );
}

#[test]
fn steps_that_cannot_be_taken_are_refused() {
    let mut session = open(
        "<fixed>1</fixed><group><a/></group>",
        r#"<bind nodeset="/data/fixed" readonly="true()"/>"#,
        r#"<input ref="/data/fixed"/><repeat nodeset="/data/group" jr:count="2"><input ref="/data/group/a"/></repeat>"#,
    );
    let refused = |result: Result<Changes, SessionError>| result.unwrap_err().code();
    assert_eq!(refused(session.set("/data/gone", "1")), "HT-ANSWER-UNKNOWN");
    assert_eq!(refused(session.set("/data/meta", "1")), "HT-ANSWER-VALUE");
    assert_eq!(refused(session.set("/data/fixed", "2")), "HT-ANSWER-READONLY");
    assert_eq!(refused(session.add("/data/group")), "HT-ANSWER-REPEAT");
    assert_eq!(refused(session.remove("/data/group[1]")), "HT-ANSWER-REPEAT");
    assert_eq!(refused(session.language("zh")), "HT-ANSWER-LANGUAGE");
    let mut session = household();
    session.add_with_id("/data/member", "a").unwrap();
    assert_eq!(
        refused(session.add_with_id("/data/member", "a")),
        "HT-ANSWER-INSTANCE"
    );
    assert_eq!(
        refused(session.add_with_id("/data/member", "a/b")),
        "HT-ANSWER-INSTANCE"
    );
}

#[test]
fn a_count_beyond_all_reason_is_bounded() {
    let mut session = open(
        "<n/><r><a/></r>",
        r#"<bind nodeset="/data/n" type="decimal"/>"#,
        r#"<input ref="/data/n"/><repeat nodeset="/data/r" jr:count="/data/n"><input ref="/data/r/a"/></repeat>"#,
    );
    session.set("/data/n", "2.9").unwrap();
    assert!(session.view_at("/data/r[2]/a").is_some());
    assert!(session.view_at("/data/r[3]/a").is_none());
    session.set("/data/n", "-5").unwrap();
    assert!(session.view_at("/data/r[1]/a").is_none());
    session.set("/data/n", "1e300").unwrap();
    assert!(session.view_at("/data/r[10000]/a").is_some());
    assert!(session.view_at("/data/r[10001]/a").is_none());
}

#[test]
fn circles_of_calculations_are_refused_and_printed() {
    let model = r#"<bind nodeset="/data/a" calculate="/data/c + 1"/><bind nodeset="/data/b" calculate="/data/a"/>
        <bind nodeset="/data/c" calculate="../b"/>"#;
    let error = read("<a/><b/><c/>", model, "").unwrap_err();
    let FormError::Circle(circle) = error else {
        panic!("{error}");
    };
    assert!(
        circle.contains("/data/a") && circle.contains("/data/b") && circle.contains("/data/c"),
        "{circle}"
    );
}

#[test]
fn a_running_total_over_instances_is_no_circle() {
    let mut session = open(
        r#"<m jr:template=""><x/><sum/></m>"#,
        r#"<bind nodeset="/data/m/x" type="int"/><bind nodeset="/data/m/sum" type="int"
            calculate="../x + coalesce(/data/m[position() = position(current()/..) - 1]/sum, 0)"/>"#,
        r#"<repeat nodeset="/data/m"><input ref="/data/m/x"/></repeat>"#,
    );
    for id in ["a", "b", "c"] {
        session.add_with_id("/data/m", id).unwrap();
        session.set(&format!("/data/m[{id}]/x"), "2").unwrap();
    }
    assert_eq!(value(&session, "/data/m[c]/sum"), "6");
    session.set("/data/m[a]/x", "10").unwrap();
    assert_eq!(value(&session, "/data/m[c]/sum"), "14");
}

#[test]
fn unknown_names_and_functions_are_problems_with_the_nearest_known_one() {
    let model = r#"<bind nodeset="/data/total" calculate="/data/shep * lenght('x')"/>"#;
    let form = read("<sheep/><total/>", model, "").unwrap();
    let problems: Vec<String> = form.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "/data/total: calculate=\"/data/shep * lenght('x')\": there is no function lenght() (character 14)",
            "/data/total: calculate=\"/data/shep * lenght('x')\": there is no shep (character 7); is it sheep?",
        ]
    );
    let session = Session::open(Arc::new(form), environment(), None).0;
    assert_eq!(session.faults().count(), 1);
}

#[test]
fn broken_forms_say_what_is_wrong() {
    let code = |data: &str, model: &str, body: &str| read(data, model, body).unwrap_err().code();
    assert_eq!(code("<a/><a/>", "", ""), "HT-FORM-TWICE");
    assert_eq!(
        code("<a/>", "", r#"<input ref="/data/a"/><input ref="/data/a"/>"#),
        "HT-FORM-TWICE"
    );
    assert_eq!(
        code("<a/>", r#"<bind nodeset="/data/a" relevant="1 +"/>"#, ""),
        "HT-FORM-EXPRESSION"
    );
    assert_eq!(code("<a/>", "", "<input/>"), "HT-FORM-BODY");
    assert_eq!(
        code("<a/>", r#"<instance id="t" src="jr://file/t.csv"/>"#, ""),
        "HT-FORM-FILE-MISSING"
    );
    let deep = format!("{}{}", "<g>".repeat(100), "</g>".repeat(100));
    assert_eq!(code(&deep, "", ""), "HT-FORM-DEPTH");
    let laughs = format!("<!DOCTYPE x [<!ENTITY a 'ha'>]>{}", xform("<a>&a;</a>", "", ""));
    let error = Form::from_xform(&laughs, &Attachments::none()).unwrap_err();
    assert_eq!(error.code(), "HT-FORM-XML");
    assert!(error.advice_zh().contains("DTD"));
}

#[test]
fn another_phone_s_answers_come_through_the_same_door() {
    let (mut one, mut other) = (household(), household());
    one.add_with_id("/data/member", "a").unwrap();
    one.set("/data/member[a]/age", "20").unwrap();
    one.set("/data/member[a]/works", "yes").unwrap();
    other.add_with_id("/data/member", "b").unwrap();
    let mut both = one.answers();
    both.instances
        .get_mut("/data/member")
        .unwrap()
        .push("b".to_owned());
    let changes = other.merge(&both);
    assert!(keys(&changes).contains(&"/data/workers"));
    one.merge(&both);
    let sorted = |session: &Session| {
        let views = session
            .views()
            .into_iter()
            .filter(|view| !view.key.starts_with("/data/meta"));
        views
            .map(|view| (view.key.clone(), view))
            .collect::<BTreeMap<_, _>>()
    };
    assert_eq!(sorted(&one), sorted(&other));
}

#[test]
fn an_answer_by_hand_stands_until_the_calculation_gives_something_else() {
    let mut session = open(
        "<a/><b/>",
        r#"<bind nodeset="/data/b" calculate="if(/data/a > 1, 'many', 'few')"/>"#,
        r#"<input ref="/data/a"/><input ref="/data/b"/>"#,
    );
    session.set("/data/a", "5").unwrap();
    session.set("/data/b", "some").unwrap();
    session.set("/data/a", "6").unwrap();
    assert_eq!(value(&session, "/data/b"), "some");
    session.set("/data/a", "1").unwrap();
    assert_eq!(value(&session, "/data/b"), "few");
}

#[test]
fn media_of_a_label_come_with_the_view() {
    let model = r#"<itext><translation lang="zh"><text id="a"><value>门牌</value>
        <value form="image">jr://images/door.jpg</value><value form="audio">jr://audio/door.mp3</value></text></translation>
        <translation lang="mn"><text id="a"><value>хаалга</value></text></translation></itext>"#;
    let mut session = open(
        "<a/>",
        model,
        r#"<input ref="/data/a"><label ref="jr:itext('a')"/></input>"#,
    );
    let files = |session: &Session| -> Vec<String> {
        let view = session.view_at("/data/a").unwrap();
        view.media.iter().map(|media| media.file().to_owned()).collect()
    };
    assert_eq!(files(&session), ["door.jpg", "door.mp3"]);
    let changes = session.language("mn").unwrap();
    assert_eq!(keys(&changes), ["/data/a"]);
    assert!(files(&session).is_empty());
}

#[test]
fn kinds_tell_repeats_from_their_instances() {
    let mut session = household();
    session.add_with_id("/data/member", "a").unwrap();
    let kind = |key| session.view_at(key).unwrap().kind;
    assert_eq!(kind("/data/member"), ViewKind::OpenRepeat);
    assert_eq!(kind("/data/member[a]"), ViewKind::Instance);
}

#[test]
fn who_judges_sees_the_rules_on_what_is_given() {
    let form = read(
        "<made/><stamp/><sheep/><worth/><child><age/></child>",
        r#"<bind nodeset="/data/made" type="dateTime" calculate="now()"/>
           <bind nodeset="/data/stamp" calculate="once(uuid())"/>
           <bind nodeset="/data/sheep" type="int" required="true()" constraint=". &lt; 1000"/>
           <bind nodeset="/data/worth" calculate="/data/sheep * 900"/>
           <bind nodeset="/data/child/age" type="int"/>"#,
        r#"<input ref="/data/sheep"/><repeat nodeset="/data/child"><input ref="/data/child/age"/></repeat>"#,
    );
    let form = Arc::new(form.unwrap());
    let mut answers = Answers::default();
    for (key, value) in [
        ("/data/made", "2020-01-01T00:00:00.000+08:00"),
        ("/data/stamp", "kept"),
        ("/data/sheep", "5000"),
    ] {
        answers.values.insert(key.to_owned(), value.to_owned());
    }
    let session = Session::judge(&form, environment(), &Given::of(answers));
    let mut seen = Vec::new();
    session.each_held(&mut |places, held| {
        assert!(places.is_empty(), "no instance was given");
        match held {
            super::Held::Value {
                question,
                value,
                required,
                allowed,
                ..
            } => {
                let name = &form.question(*question).name.local;
                seen.push(format!("{name} {value} {required} {allowed}"));
            }
            super::Held::Repeat { ids, .. } => seen.push(format!("child {ids:?}")),
        }
    });
    assert_eq!(
        seen,
        [
            "made 2020-01-01T00:00:00.000+08:00 false true",
            "stamp kept false true",
            "sheep 5000 true false",
            "worth 4500000 false true",
            "child []",
            "instanceID  false true",
        ],
        "what is fleeting is kept, what follows is worked out"
    );
}

#[test]
fn texts_are_read_in_another_language_and_what_is_calculated_stays() {
    let model = r#"<itext><translation lang="中文 (zh)" default="true()">
        <text id="a"><value>几只羊?<output value="/data/b"/></value></text><text id="x"><value>羊</value></text>
        <text id="m"><value>太多</value></text><text id="h"><value>山羊也算</value></text></translation>
        <translation lang="ᠮᠣᠩᠭᠤᠯ (mn)">
        <text id="a"><value>ᠬᠣᠨᠢ <output value="/data/b"/></value></text><text id="x"><value>ᠬᠣᠨᠢ</value></text>
        <text id="m"><value>-</value></text><text id="h"><value/></text></translation></itext>
        <bind nodeset="/data/a" constraint=". &lt; 9" jr:constraintMsg="jr:itext('m')"/>
        <bind nodeset="/data/b" calculate="jr:choice-name(/data/c, '/data/c')"/>"#;
    let body = r#"<input ref="/data/a"><label ref="jr:itext('a')"/><hint ref="jr:itext('h')"/></input>
        <select1 ref="/data/c"><item><label ref="jr:itext('x')"/><value>sheep</value></item></select1>"#;
    let mut session = open("<a/><b/><c/>", model, body);
    session.set("/data/c", "sheep").unwrap();
    session.set("/data/a", "10").unwrap();
    let before = session.views();
    let form = Arc::clone(session.form());
    let read = session.views_in(form.language_of("mn").unwrap());
    let at = |views: &[View], key: &str| views.iter().find(|view| view.key == key).unwrap().clone();
    let sheep = at(&read, "/data/a");
    assert_eq!(
        sheep.label.as_deref(),
        Some("ᠬᠣᠨᠢ 羊"),
        "what is calculated is in the session's language"
    );
    assert_eq!(
        sheep.message.as_deref(),
        Some("太多"),
        "what was not translated comes as it is"
    );
    assert_eq!(sheep.hint.as_deref(), Some("山羊也算"));
    let choices = at(&read, "/data/c").choices.unwrap();
    assert_eq!(choices.first().map(|choice| choice.label.as_str()), Some("ᠬᠣᠨᠢ"));
    assert_eq!(session.views(), before);
    assert_eq!(session.views_in("en"), before);
}
