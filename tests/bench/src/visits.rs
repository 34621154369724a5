//! The visits that are measured: 94 changes, 12 entries, a seal, all signed by two people.

use std::sync::atomic::{AtomicUsize, Ordering};

use hudang_archive::Archive;
use hudang_contract::contract::Contract;
use hudang_evidence::id::{HouseholdId, Sha256, VisitId};
use hudang_sync::wire::Verdict;
use hudang_testkit::office::{DAY_MS, assigned_to, at, contract, household_in, local, open, put_form};
use hudang_testkit::person::Person;
use hudang_testkit::visit::{Made, Plan};

/// Answers and statements that make 94 changes and 12 entries.
pub(crate) const ANSWERS: u32 = 81;
const STATEMENTS: u32 = 6;
/// Threads that work at once, on either side of a figure.
pub(crate) const THREADS: usize = 2;
/// Rows that the office sends at a time.
const OFFICE_ROWS: usize = 10_000;

/// Two people who visit together, each with a phone.
pub(crate) type Pair = [Person; 2];

fn ten(n: usize) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&(n as u64 + 1).to_be_bytes());
    bytes
}

/// An office with its contract and this many pairs, all enrolled.
pub(crate) fn office(archive: &Archive, pairs: usize) -> Vec<Pair> {
    let names: Vec<[&'static str; 2]> = (0..pairs)
        .map(|n| ["a", "b"].map(|half| &*Box::leak(format!("p{n:03}{half}").into_boxed_str())))
        .collect();
    let mut terms = serde_json::to_value(contract()).unwrap();
    let roster = names.iter().flatten();
    terms["roster"] = roster
        .map(|name| serde_json::json!({ "person": name, "org": "xinghe" }))
        .collect();
    let all = Contract::from_json(terms.to_string().as_bytes()).unwrap();
    archive
        .put_contract(&local(), all, None, at(-2 * DAY_MS))
        .unwrap();
    put_form(archive);
    let enrolled = |name, secret: usize| {
        let person = Person::stranger(name, u8::try_from(secret).unwrap());
        let random: [u8; 20] = Sha256::of(person.name.as_bytes()).as_bytes()[..20]
            .try_into()
            .unwrap();
        let code = archive
            .create_enrol_code(
                &local(),
                contract().id,
                name.parse().unwrap(),
                at(0),
                random,
                at(-DAY_MS),
            )
            .unwrap();
        archive.enrol(&code, person.keys(), None, at(-DAY_MS)).unwrap();
        person
    };
    let pairs = names.into_iter().enumerate();
    pairs
        .map(|(n, [a, b])| [enrolled(a, 2 * n + 1), enrolled(b, 2 * n + 2)])
        .collect()
}

/// Gives the pairs in turn one household each to visit, from the n-th on.
pub(crate) fn assign(archive: &Archive, pairs: &[Pair], from: usize, visits: usize) {
    let numbers: Vec<usize> = (from..from + visits).collect();
    for chunk in numbers.chunks(OFFICE_ROWS) {
        let households = chunk.iter().map(|n| {
            let mut household = household_in(0, "152525104201");
            household.id = HouseholdId::new(1, ten(*n));
            household.code = format!("{n}");
            household
        });
        archive
            .put_households(&local(), households.collect(), at(0))
            .unwrap();
        let assignments = chunk.iter().map(|n| {
            let people = pairs[n % pairs.len()].each_ref().map(|person| person.name);
            let mut assignment = assigned_to(1, 1, people);
            assignment.visit = VisitId::new(1, ten(*n));
            assignment.household = HouseholdId::new(1, ten(*n));
            assignment
        });
        archive.assign(&local(), assignments.collect(), at(0)).unwrap();
    }
}

/// A grey picture whose comment is its own number: another original for each visit, and cheap to describe.
fn photo(n: usize) -> Vec<u8> {
    let mut bytes = hudang_testkit::picture::picture(1);
    // Bytes after the last chunk of a PNG are ignored by readers.
    bytes.extend_from_slice(&(n as u64).to_be_bytes());
    bytes
}

/// A visit of each pair counts once its original is here: what is measured is work that somebody is paid for. Done with phones
/// and an archive of their own.
pub(crate) fn assert_complete(answers: u32) {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    let mut pairs = office(&archive, 1);
    assign(&archive, &pairs, 0, 2);
    for n in 0..2 {
        let visit = made(n, answers, &mut pairs[0]);
        let [first, second] = &mut pairs[0];
        visit.brought(&archive, first, second, DAY_MS);
    }
}

/// The n-th visit. Its photo is a few bytes of its own: originals are measured apart.
pub(crate) fn made(n: usize, answers: u32, pair: &mut Pair) -> Made {
    made_with(n, answers, photo(n), pair)
}

/// The n-th visit, with this photo.
pub(crate) fn made_with(n: usize, answers: u32, photo: Vec<u8>, [first, second]: &mut Pair) -> Made {
    let plan = Plan {
        visit: VisitId::new(1, ten(n)),
        household: HouseholdId::new(1, ten(n)),
        opened_ms: 60_000 * i64::try_from(n % 10_000).unwrap(),
        photo,
        answers,
        statements: STATEMENTS,
        ..Plan::of(1)
    };
    plan.carried_out(first, second)
}

/// The work of each pair: the visits from the n-th on, dealt as [`assign`] dealt them.
pub(crate) fn work_of(pairs: &mut [Pair], from: usize, visits: usize, answers: u32) -> Vec<Vec<Made>> {
    let number = pairs.len();
    let mut work: Vec<Vec<Made>> = Vec::new();
    work.resize_with(number, Vec::new);
    let places: Vec<_> = work.iter_mut().zip(pairs.iter_mut()).enumerate().collect();
    in_turn(THREADS, places, |(place, (made_by, pair))| {
        let of_pair = (from..from + visits).filter(|n| n % number == place);
        made_by.extend(of_pair.map(|n| made(n, answers, pair)));
    });
    work
}

/// Does each task once, on so many threads.
pub(crate) fn in_turn<T: Send>(threads: usize, tasks: Vec<T>, work: impl Fn(T) + Sync) {
    let tasks: Vec<_> = tasks
        .into_iter()
        .map(|task| std::sync::Mutex::new(Some(task)))
        .collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let task = task.lock().unwrap().take();
                    task.into_iter().for_each(&work);
                }
            });
        }
    });
}

/// Whatever was sent must be kept, or the figure measures refusals.
pub(crate) fn assert_kept(answer: &hudang_sync::wire::SyncResponse) {
    for verdicts in [
        &answer.entries,
        &answer.seals,
        &answer.snapshots,
        &answer.documents,
    ] {
        assert!(verdicts.iter().all(Verdict::is_kept), "{verdicts:?}");
    }
}
