//! The visits that are measured: 94 changes, 12 entries, a seal, all signed by two people.

use hudang_archive::Archive;
use hudang_evidence::id::{HouseholdId, VisitId};
use hudang_testkit::office::{assigned_to, at, household_in, put_contract};
use hudang_testkit::person::Person;
use hudang_testkit::visit::{Made, Plan};

/// Answers and statements that make 94 changes and 12 entries.
const ANSWERS: u32 = 81;
const STATEMENTS: u32 = 6;

fn sixteen(n: usize) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&(n as u64 + 1).to_be_bytes());
    bytes
}

/// An office with its contract and this many assigned households, and two enrolled people.
pub(crate) fn office(archive: &Archive, visits: usize) -> [Person; 2] {
    put_contract(archive);
    for chunk in (0..visits).collect::<Vec<_>>().chunks(10_000) {
        let households = chunk.iter().map(|n| {
            let mut household = household_in(0, "152525104201");
            household.id = HouseholdId::new(1, sixteen(*n));
            household.code = format!("{n}");
            household
        });
        archive
            .put_households("office", households.collect(), at(0))
            .unwrap();
        let assignments = chunk.iter().map(|n| {
            let mut assignment = assigned_to(1, 1, ["jia", "yi"]);
            assignment.visit = VisitId::new(1, sixteen(*n));
            assignment.household = HouseholdId::new(1, sixteen(*n));
            assignment
        });
        archive.assign("office", assignments.collect(), at(0)).unwrap();
    }
    [
        Person::enrolled(archive, "jia", 1),
        Person::enrolled(archive, "yi", 2),
    ]
}

/// A grey picture whose comment is its own number: another original for each visit, and cheap to describe.
fn photo(n: usize) -> Vec<u8> {
    let mut bytes = hudang_testkit::picture::picture(1);
    // Bytes after the last chunk of a PNG are ignored by readers.
    bytes.extend_from_slice(&(n as u64).to_be_bytes());
    bytes
}

/// The n-th visit. Its photo is a few bytes of its own: originals are measured apart.
pub(crate) fn made(n: usize, people: &mut [Person; 2]) -> Made {
    let plan = Plan {
        visit: VisitId::new(1, sixteen(n)),
        household: HouseholdId::new(1, sixteen(n)),
        opened_ms: 60_000 * i64::try_from(n % 10_000).unwrap(),
        photo: photo(n),
        answers: ANSWERS,
        statements: STATEMENTS,
        ..Plan::of(1)
    };
    let [jia, yi] = people;
    plan.carried_out(jia, yi)
}
