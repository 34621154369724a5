//! Promises held on random forms and random edits.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::{Answers, Changes, Session, View};
use super::{environment, read};
use crate::form::Form;

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
