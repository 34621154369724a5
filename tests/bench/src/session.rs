//! What an answer costs where there is much beside it: members of a household whom it does not concern, and villages
//! among which a township's are to be found.

use std::sync::Arc;
use std::time::Instant;

use hudang_form::form::{Attachments, Form};
use hudang_form::session::Session;
use hudang_form::xlsform::{Options, Workbook, read_workbook, to_xform};

use crate::Row;
use crate::engine::morning;
use crate::percentile::percentile;

const WORKBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../forms/低保入户调查表.xlsx");
const AREAS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/data/areas/inner-mongolia.csv"
);
const MEMBERS: usize = 200;
const ANSWERS: usize = 2_000;
/// Two numbers that pass the check: answers that change birth, sex and what is compared with them.
const ID_NUMBERS: [&str; 2] = ["11010519491231002X", "440524188001010014"];
const VILLAGES_MS: f64 = 2.0;

/// An identity number in a household of one member and of two hundred, taken in turn.
pub(crate) fn members() -> Vec<Row> {
    let workbook = read_workbook(&std::fs::read(WORKBOOK).unwrap()).unwrap();
    let xform = to_xform(&workbook, &Options::default()).unwrap().xform;
    let form = Arc::new(Form::from_xform(&xform, &Attachments::none()).unwrap());
    let mut households = [1, MEMBERS].map(|members| household(&form, members));
    let mut times = [const { Vec::new() }; 2];
    for n in 0..ANSWERS {
        for ((session, key), times) in households.iter_mut().zip(&mut times) {
            let begun = Instant::now();
            let changes = session.set(key, ID_NUMBERS[n % 2]).unwrap();
            times.push(begun.elapsed().as_secs_f64() * 1_000_000.0);
            assert!(changes.changed.len() >= 2, "what depends on it follows");
        }
    }
    let [one, many] = times.map(|times| percentile(times, 50));
    vec![Row {
        id: "members",
        what: format!("an identity number in a household of {MEMBERS} members, median, beside one of 1"),
        ours: many,
        beside: one,
        unit: "µs",
        ratio: many / one,
        goal: "≤ 2".to_owned(),
        met: many / one <= 2.0,
    }]
}

/// A visit to a household, and the key of its middle member's identity number.
fn household(form: &Arc<Form>, members: usize) -> (Session, String) {
    let (mut session, _) = Session::open(Arc::clone(form), morning(), None);
    let set = |session: &mut Session, reference: &str, value: &str| {
        let key = session.key_at(reference).unwrap();
        session.set(&key, value).unwrap();
    };
    set(&mut session, "/data/basics/outcome", "done");
    let repeat = session.key_at("/data/members_part/members").unwrap();
    let count = |session: &Session| {
        session
            .instance_ids(&repeat)
            .map_or(0, |instances| instances.len())
    };
    while count(&session) < members {
        session.add(&repeat).unwrap();
    }
    for number in 1..=members {
        let member = format!("/data/members_part/members[{number}]");
        set(
            &mut session,
            &format!("{member}/member_name"),
            &format!("成员{number}"),
        );
        set(&mut session, &format!("{member}/has_id"), "yes");
        set(&mut session, &format!("{member}/birth"), "1949-12-31");
    }
    let middle = format!("/data/members_part/members[{}]/id_number", members.div_ceil(2));
    let key = session.key_at(&middle).unwrap();
    (session, key)
}

/// A township is answered, and its villages are there to choose from.
pub(crate) fn villages() -> Vec<Row> {
    let Ok(areas) = std::fs::read(AREAS) else {
        eprintln!("villages: skipped, because there is no {AREAS}");
        return Vec::new();
    };
    let text = String::from_utf8(areas).unwrap();
    let townships: Vec<&str> = text
        .lines()
        .filter(|line| line.contains(",township,"))
        .map(|line| line.split(',').next().unwrap())
        .collect();
    let count = text.lines().filter(|line| line.contains(",village,")).count();
    let form = Arc::new(cascade(&text));
    let (mut session, _) = Session::open(form, morning(), None);
    let key = |session: &Session, name: &str| session.key_at(&format!("/data/{name}")).unwrap();
    let [league, banner, township, village] =
        ["league", "banner", "township", "village"].map(|name| key(&session, name));
    let mut times = Vec::new();
    for code in townships {
        session.set(&league, &code[..4]).unwrap();
        session.set(&banner, &code[..6]).unwrap();
        let begun = Instant::now();
        let changes = session.set(&township, code).unwrap();
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        let told = changes.changed.iter().find(|view| view.key == village);
        let choices = told.and_then(|view| view.choices.as_ref());
        let expected = text
            .lines()
            .filter(|line| line.ends_with(&format!(",village,{code}")))
            .count();
        assert_eq!(
            choices.map_or(0, |choices| choices.len()),
            expected,
            "villages of {code}"
        );
    }
    let asked = times.len();
    let ours = percentile(times, 99);
    vec![Row {
        id: "villages",
        what: format!("a township until its villages of {count} are there to choose, p99 of {asked}"),
        ours,
        beside: VILLAGES_MS,
        unit: "ms",
        ratio: ours / VILLAGES_MS,
        goal: format!("≤ {VILLAGES_MS} ms"),
        met: ours <= VILLAGES_MS,
    }]
}

/// League, banner, township and village, each below the one before, from one list in a file.
fn cascade(areas: &str) -> Form {
    let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
    let from_file = "select_one_from_file areas.csv";
    let survey = vec![
        row(["type", "name", "label", "choice_filter"]),
        row([from_file, "league", "盟市", "level = 'league'"]),
        row([from_file, "banner", "旗县", "parent = ${league}"]),
        row([from_file, "township", "苏木乡镇", "parent = ${banner}"]),
        row([from_file, "village", "嘎查村", "parent = ${township}"]),
    ];
    let workbook = Workbook::from_rows([("survey", survey)]);
    let xform = to_xform(&workbook, &Options::default()).unwrap().xform;
    let list = areas.replacen("code,name,", "name,label,", 1);
    let attachments = Attachments::none().with("areas.csv", list.into_bytes());
    Form::from_xform(&xform, &attachments).unwrap()
}
