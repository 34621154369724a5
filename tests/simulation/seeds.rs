//! The invariants: no sealed visit is lost, none is counted twice, what was promised is kept, every chain verifies,
//! and the read models are those of the journal.

use std::collections::BTreeMap;

use hudang_archive::{Archive, CheckFinding, CheckListener, CheckProgress};
use hudang_evidence::id::{BlobHash, HouseholdId};
use hudang_testkit::office::{assignment, at, household, is_consistent, local, set_up, stands, visit};
use hudang_testkit::person::Person;
use hudang_testkit::phone::Phone;
use hudang_testkit::visit::{Made, Plan};

use crate::world::{ARRIVAL_MS, World};

/// Rounds after which phones on a good network must be done.
const CALM_ROUNDS: usize = 12;

#[derive(Default)]
struct Heard(Vec<CheckFinding>);

impl CheckListener for Heard {
    fn found(&mut self, finding: CheckFinding) {
        self.0.push(finding);
    }

    fn progress(&mut self, _progress: CheckProgress) {}
}

struct Visited {
    plan: Plan,
    made: Made,
}

/// The phones of a pair make some visits, of which one may be a second one of a household.
fn make_visits(world: &mut World, phones: &mut [Phone; 2]) -> Vec<Visited> {
    let visits = 1 + world.chance.below(4);
    let mut made = Vec::new();
    for n in (1..).take(visits) {
        let again = n > 1 && world.chance.happens(300);
        let of = if again { 1 } else { n };
        if again {
            world
                .archive()
                .assign(&local(), vec![assignment(n, of)], at(0))
                .unwrap();
        }
        let plan = Plan {
            household: household(of),
            visit: visit(n),
            ..Plan::of(n)
        };
        let [jia, yi] = phones;
        let one = plan.carried_out(&mut jia.person, &mut yi.person);
        jia.keeps_first(&one);
        yi.keeps_second(&one);
        made.push(Visited { plan, made: one });
    }
    made
}

fn run(seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new(&folder.path().join("archive"), seed);
    set_up(world.archive(), 4);
    let key = world.archive().receipt_key();
    let mut phones = [("jia", 1), ("yi", 2)].map(|(name, secret)| {
        let person = Person::enrolled(world.archive(), name, secret);
        Phone::new(person, key.clone())
    });
    let visits = make_visits(&mut world, &mut phones);
    world.trouble = world.chance.below(250);
    for _ in 0..12 {
        let mut chance = world.chance.clone();
        let which = world.chance.below(2);
        let actions = 1 + world.chance.below(40);
        if world.chance.happens(200) {
            phones[which].restarts();
        }
        phones[which].works(&mut world, &mut chance, actions);
    }
    world.trouble = 0;
    let mut chance = world.chance.clone();
    for _ in 0..CALM_ROUNDS {
        for phone in &mut phones {
            phone.works(&mut world, &mut chance, 400);
        }
    }
    check(seed, world, &phones, &visits);
}

fn check(seed: u64, world: World, phones: &[Phone; 2], visits: &[Visited]) {
    for phone in phones {
        assert!(
            phone.is_done(),
            "seed {seed}: {} rows left, {:?}",
            phone.outbox.len(),
            phone.refused
        );
    }
    let archive = world.into_archive();
    for one in visits {
        let stands = stands(&archive, one.plan.visit);
        let is_looked_into = archive
            .inspection(&local(), &BlobHash::of(&one.made.photo))
            .unwrap()
            .is_some();
        // R4: nothing is received before it was looked into, whatever was killed.
        assert_eq!(
            stands.starts_with("sealed"),
            !is_looked_into,
            "seed {seed}: {stands}"
        );
    }
    archive.look_again();
    archive.settle(at(ARRIVAL_MS)).unwrap();
    let mut first: BTreeMap<HouseholdId, &Visited> = BTreeMap::new();
    for one in visits {
        let known = first.entry(one.plan.household).or_insert(one);
        let expected = if known.plan.visit == one.plan.visit {
            "counted"
        } else {
            "received repeat"
        };
        assert_eq!(stands(&archive, one.plan.visit), expected, "seed {seed}");
        let named = &phones[0].receipts[&one.made.seal];
        assert!(
            named.contains(&BlobHash::of(&one.made.photo)),
            "seed {seed}: the receipt is not whole"
        );
        let file = archive.visit_outline(&local(), one.plan.visit).unwrap();
        assert_eq!(
            file.entries.len(),
            one.made.entries.iter().map(Vec::len).sum::<usize>(),
            "seed {seed}"
        );
    }
    let receipts: Vec<Vec<u8>> = phones.iter().flat_map(|phone| phone.notes.clone()).collect();
    clean(&archive, &receipts, seed);
    is_consistent(archive);
}

/// What the archive's own check finds, where the journal has to be the one that these receipts name.
pub(crate) fn found(archive: &Archive, receipts: &[Vec<u8>]) -> Vec<CheckFinding> {
    let mut heard = Heard::default();
    archive.check(receipts, &mut heard).unwrap();
    heard.0.retain(|finding| finding.code != "BLOB-UNNAMED");
    heard.0
}

/// It finds nothing.
pub(crate) fn clean(archive: &Archive, receipts: &[Vec<u8>], seed: u64) {
    let found = found(archive, receipts);
    assert!(found.is_empty(), "seed {seed}: {found:?}");
}

fn setting(name: &str) -> Option<u64> {
    #[expect(clippy::disallowed_methods, reason = "how many seeds is said from outside")]
    std::env::var(name).ok()?.parse().ok()
}

/// Runs the seed that was named, or as many as were asked for, and so many where nothing was said.
pub(crate) fn each_seed(seeds: u64, run: fn(u64)) {
    if let Some(seed) = setting("HUDANG_SEED") {
        return run(seed);
    }
    let seeds = setting("HUDANG_SEEDS").unwrap_or(seeds);
    std::thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || (0..seeds).filter(|seed| seed % 2 == half).for_each(run));
        }
    });
}

#[test]
fn whatever_happens_all_of_it_arrives_once() {
    each_seed(300, run);
}
