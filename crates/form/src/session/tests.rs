//! Sessions told as stories, and promises held on random forms.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use proptest::prelude::*;

use super::{Answers, Changes, Environment, Session, SessionError, View, ViewKind};
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

/// Two top questions, a calculation, and a repeat; which rule looks at what is drawn.
#[derive(Debug, Clone)]
struct Drawn {
    calculate: Vec<usize>,
    relevant: Vec<Option<usize>>,
    in_repeat: usize,
}

const TERMS: [&str; 8] = [
    "/data/a",
    "/data/b",
    "sum(/data/m/x)",
    "count(/data/m)",
    "/data/m[2]/x",
    "count(/data/m[x > 1])",
    "sum(/data/m[position() < last()]/x)",
    "indexed-repeat(/data/m/x, /data/m, /data/a)",
];
const INNER: [&str; 5] = [
    "../x + 1",
    "position(..)",
    "../../a * ../x",
    "sum(../../m/x) - ../x",
    "/data/m[position() = position(current()/..) - 1]/x",
];

fn drawn() -> impl Strategy<Value = Drawn> {
    let terms = proptest::collection::vec(0..TERMS.len(), 3);
    let relevant = proptest::collection::vec(proptest::option::of(0..TERMS.len()), 3);
    (terms, relevant, 0..INNER.len()).prop_map(|(calculate, relevant, in_repeat)| Drawn {
        calculate,
        relevant,
        in_repeat,
    })
}

impl Drawn {
    fn form(&self) -> Arc<Form> {
        let mut model = String::new();
        for (index, (term, relevant)) in self.calculate.iter().zip(&self.relevant).enumerate() {
            let relevant = relevant.map(|term| format!("relevant=\"{} &gt; 1\"", escaped(TERMS[term])));
            let (calculate, relevant) = (escaped(TERMS[*term]), relevant.unwrap_or_default());
            let _infallible = write!(
                model,
                "<bind nodeset=\"/data/c{index}\" calculate=\"{calculate} + 1\" {relevant}/>"
            );
        }
        let inner = INNER[self.in_repeat];
        let _infallible = write!(model, "<bind nodeset=\"/data/m/y\" calculate=\"{inner}\"/>");
        model += r#"<bind nodeset="/data/a" type="int"/><bind nodeset="/data/b" type="int" required="/data/a = 1"/>
            <bind nodeset="/data/m/x" type="int" relevant="/data/b != 3" constraint=". &lt; ../../a + 3"/>"#;
        let body = r#"<input ref="/data/a"/><input ref="/data/b"><label>还有<output value="sum(/data/m/y)"/></label></input>
            <repeat nodeset="/data/m"><input ref="/data/m/x"/></repeat>
            <select1 ref="/data/s"><itemset nodeset="/data/m[x != '']"><value ref="x"/><label ref="y"/></itemset></select1>
            <input ref="/data/c2"><label><output value="/data/c0"/></label></input>"#;
        let data = r#"<a/><b/><c0/><c1/><c2/><m jr:template=""><x/><y/></m><s/>"#;
        Arc::new(read(data, &model, body).unwrap())
    }
}

fn escaped(text: &str) -> String {
    text.replace('<', "&lt;").replace('>', "&gt;")
}

#[derive(Debug, Clone)]
enum Edit {
    Set(&'static str, u8),
    SetInner(usize, u8),
    Add,
    Remove(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (
            prop_oneof![Just("/data/a"), Just("/data/b"), Just("/data/s")],
            0_u8..5
        )
            .prop_map(|(key, to)| Edit::Set(key, to)),
        (0_usize..4, 0_u8..5).prop_map(|(at, to)| Edit::SetInner(at, to)),
        Just(Edit::Add),
        (0_usize..4).prop_map(Edit::Remove),
    ]
}

/// 0 stands for no answer.
fn answer(to: u8) -> String {
    if to == 0 { String::new() } else { to.to_string() }
}

fn take(session: &mut Session, edit: &Edit) -> Option<Changes> {
    let inner = |session: &Session, at: usize| session.key_at(&format!("/data/m[{}]", at + 1));
    match edit {
        Edit::Set(key, to) => session.set(key, &answer(*to)).ok(),
        Edit::SetInner(at, to) => {
            let key = inner(session, *at)?;
            session.set(&format!("{key}/x"), &answer(*to)).ok()
        }
        Edit::Add => session.add("/data/m").ok(),
        Edit::Remove(at) => {
            let key = inner(session, *at)?;
            session.remove(&key).ok()
        }
    }
}

fn by_key(views: Vec<View>) -> BTreeMap<String, View> {
    views.into_iter().map(|view| (view.key.clone(), view)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// After every step: what was told adds up to what is, and that is what one would see who opened the answers anew.
    #[test]
    fn step_by_step_is_the_same_as_from_scratch(drawn in drawn(), edits in proptest::collection::vec(edit(), 1..20)) {
        let form = drawn.form();
        let (mut session, first) = Session::open(Arc::clone(&form), environment(), None);
        let mut told = by_key(first.changed);
        for edit in &edits {
            let Some(changes) = take(&mut session, edit) else { continue };
            for key in changes.gone {
                prop_assert!(told.remove(&key).is_some(), "{} was never there", key);
            }
            for view in changes.changed {
                prop_assert_ne!(told.get(&view.key), Some(&view), "told without a change");
                told.insert(view.key.clone(), view);
            }
            let shown = by_key(session.views());
            prop_assert_eq!(&told, &shown);
            let text = serde_json::to_string(&session.answers()).unwrap();
            let answers: Answers = serde_json::from_str(&text).unwrap();
            let (anew, _) = Session::open(Arc::clone(&form), environment(), Some(&answers));
            prop_assert_eq!(by_key(anew.views()), shown);
        }
    }

    /// The order in which independent questions are answered does not matter.
    #[test]
    fn any_order_of_the_same_answers_gives_the_same(drawn in drawn(), answers in proptest::collection::vec(1_u8..5, 5), order in Just([0, 1, 2, 3, 4]).prop_shuffle()) {
        let form = drawn.form();
        let set = |order: &[usize]| {
            let (mut session, _) = Session::open(Arc::clone(&form), environment(), None);
            for id in ["p", "q", "r"] {
                session.add_with_id("/data/m", id).unwrap();
            }
            let keys = ["/data/a", "/data/b", "/data/m[p]/x", "/data/m[q]/x", "/data/m[r]/x"];
            for index in order {
                session.set(keys[*index], &answers[*index].to_string()).unwrap();
            }
            by_key(session.views())
        };
        prop_assert_eq!(set(&[0, 1, 2, 3, 4]), set(&order));
    }
}

/// What one person does in a household of which the other does something else at the same time.
#[derive(Debug, Clone)]
struct Work {
    top: u8,
    inner: Option<u8>,
    leaves: bool,
    added: Vec<u8>,
}

fn work() -> impl Strategy<Value = Work> {
    let added = proptest::collection::vec(1_u8..5, 0..3);
    (0_u8..5, proptest::option::of(0_u8..5), any::<bool>(), added).prop_map(|(top, inner, leaves, added)| {
        Work {
            top,
            inner,
            leaves,
            added,
        }
    })
}

impl Work {
    /// Takes the steps in a session that was opened with `common`.
    fn done(&self, form: &Arc<Form>, common: &Answers, top: &str, member: &str) -> Session {
        let (mut session, _) = Session::open(Arc::clone(form), environment(), Some(common));
        session.set(top, &answer(self.top)).unwrap();
        if let Some(inner) = self.inner {
            let _not_while_hidden = session.set(&format!("/data/m[{member}]/x"), &answer(inner));
        }
        if self.leaves {
            session.remove(&format!("/data/m[{member}]")).unwrap();
        }
        for (index, value) in self.added.iter().enumerate() {
            let id = format!("{member}{index}");
            session.add_with_id("/data/m", &id).unwrap();
            session.set(&format!("/data/m[{id}]/x"), &answer(*value)).unwrap();
        }
        session
    }
}

/// What a document makes of what two phones wrote: of each value whoever changed it, of instances those that nobody
/// removed and then what each added. What is calculated may come from either.
fn union(common: &Answers, one: &Answers, other: &Answers) -> Answers {
    let mut values = BTreeMap::new();
    let keys = one.values.keys().chain(other.values.keys());
    for key in keys {
        let (old, mine, theirs) = (common.values.get(key), one.values.get(key), other.values.get(key));
        let kept = if mine == old { theirs } else { mine };
        if let Some(kept) = kept {
            values.insert(key.clone(), kept.clone());
        }
    }
    let ids = |answers: &Answers| answers.instances.get("/data/m").cloned().unwrap_or_default();
    let (old, mine, theirs) = (ids(common), ids(one), ids(other));
    let mut all: Vec<String> = old
        .iter()
        .filter(|id| mine.contains(id) && theirs.contains(id))
        .cloned()
        .collect();
    let is_new = |id: &&String| !old.contains(id);
    all.extend(mine.iter().filter(is_new).cloned());
    all.extend(theirs.iter().filter(is_new).cloned());
    Answers {
        values,
        instances: BTreeMap::from([("/data/m".to_owned(), all)]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Both phones come to the same, which is what one would see who opened the merged answers anew; merging once more
    /// changes nothing.
    #[test]
    fn two_phones_merged_either_way_come_to_the_same(drawn in drawn(), jia in work(), yi in work()) {
        let form = drawn.form();
        let (mut before, _) = Session::open(Arc::clone(&form), environment(), None);
        for id in ["p", "q"] {
            before.add_with_id("/data/m", id).unwrap();
            before.set(&format!("/data/m[{id}]/x"), "2").unwrap();
        }
        let common = before.answers();
        let mut one = jia.done(&form, &common, "/data/a", "p");
        let mut other = yi.done(&form, &common, "/data/b", "q");
        let merged = union(&common, &one.answers(), &other.answers());
        let mut told = by_key(one.views());
        let changes = one.merge(&merged);
        for key in changes.gone {
            told.remove(&key);
        }
        told.extend(by_key(changes.changed));
        other.merge(&merged);
        let (anew, _) = Session::open(Arc::clone(&form), environment(), Some(&merged));
        let expected = by_key(anew.views());
        prop_assert_eq!(&told, &expected);
        prop_assert_eq!(&by_key(one.views()), &expected);
        prop_assert_eq!(&by_key(other.views()), &expected);
        prop_assert_eq!(one.merge(&merged), Changes::default());
    }
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
    let session = Session::judge(Arc::clone(&form), environment(), &answers);
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
