//! Real phone stores under one seed: apps killed between any two steps of IO, disks full for a moment, clocks that
//! jump, a bad network, a server that is killed. What a person was told is done is on the server in the end.

use std::collections::{BTreeMap, BTreeSet};

use hudang_archive::{Comment, Looking};
use hudang_device::{DeviceError, IfIncomplete, OpenVisit};
use hudang_evidence::body::{ConsentTo, Source};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, PersonId, VisitId};
use hudang_evidence::seal::Outcome;
use hudang_testkit::office::{at, is_consistent, local, set_up, stands, visit};
use hudang_testkit::picture::picture;
use hudang_visit::value::AnswerPath;

use crate::pocket::Pocket;
use crate::seeds::{clean, each_seed};
use crate::world::World;

/// Sync rounds on a good network after which everything must have arrived.
const CALM_ROUNDS: usize = 8;
/// Rounds after which both phones know what the office and the other phone said.
const HEARD_ROUNDS: usize = 3;
/// Times that somebody may have to sign anew, at most.
const SIGNING_ROUNDS: usize = 4;

/// What the two people were told is done.
#[derive(Default)]
struct Told {
    originals: BTreeSet<BlobHash>,
    answers: BTreeMap<&'static str, i64>,
}

struct Field {
    world: World,
    pockets: Vec<Pocket>,
    told: BTreeMap<VisitId, Told>,
}

fn who(name: &str) -> PersonId {
    name.parse().unwrap()
}

fn path(text: &str) -> AnswerPath {
    text.parse().unwrap()
}

impl Field {
    fn new(folder: &std::path::Path, seed: u64) -> Self {
        let mut world = World::new(&folder.join("archive"), seed);
        world.is_at(0);
        set_up(world.archive(), 3);
        // One phone for both, or one for each.
        let phones = if world.chance.happens(300) { 1 } else { 2 };
        let mut pockets: Vec<Pocket> = ["east", "west"][..phones]
            .iter()
            .map(|name| Pocket::new(folder.join(name), name, seed, &world))
            .collect();
        for (n, name) in ["jia", "yi"].into_iter().enumerate() {
            let phone = n % phones;
            pockets[phone].enrols(&world, name, u8::try_from(n).unwrap() + 1);
        }
        for pocket in &mut pockets {
            pocket.syncs(&mut world, 400);
        }
        let trouble = world.chance.below(200);
        let mut field = Self {
            world,
            pockets,
            told: BTreeMap::new(),
        };
        field.troubles(trouble);
        field
    }

    /// Somebody passes a place with a network.
    fn passes_a_network(&mut self) {
        if self.world.chance.happens(400) {
            let which = self.world.chance.below(self.pockets.len());
            let actions = 1 + self.world.chance.below(30);
            self.pockets[which].syncs(&mut self.world, actions);
        }
    }

    fn opens(&mut self, phone: usize, person: &str, of: VisitId) {
        let pocket = &mut self.pockets[phone];
        pocket.does("open", |device| {
            let assignments = device.assignments()?;
            let found = assignments.into_iter().find(|one| one.visit == Some(of));
            let assignment = found.expect("the assignment was pulled");
            let opening = OpenVisit {
                visit: assignment.visit,
                household: assignment.household,
                contract: assignment.contract,
                form: assignment.form.expect("the form was pulled"),
                assigned: assignment.persons,
            };
            device.open_visit(&who(person), &opening)
        });
    }

    fn photographs(&mut self, phone: usize, person: &str, of: VisitId, n: u8) {
        let photo = picture(n);
        let hash = BlobHash::of(&photo);
        self.pockets[phone].does("photo", |device| {
            // After a kill a person looks whether it is there.
            if has_original(&device.entry_notes(of)?, hash) {
                return Ok(());
            }
            device
                .add_photo(&who(person), of, &photo, "门牌", Source::Camera)
                .map(|_| ())
        });
        self.told.entry(of).or_default().originals.insert(hash);
    }

    fn answers(&mut self, phone: usize, person: &str, of: VisitId, at: &'static str, value: i64) {
        let pocket = &mut self.pockets[phone];
        for typed in [value / 100, value] {
            pocket.does("draft", |device| device.draft(of, &path(at), &typed.into()));
        }
        pocket.does("answer", |device| {
            device.answer(&who(person), of, &path(at), &value.into())
        });
        self.told.entry(of).or_default().answers.insert(at, value);
    }

    /// Both make one visit, each what they make of it, in some order.
    fn visits(&mut self, n: u8) {
        let of = visit(n);
        let second = self.pockets.len() - 1;
        let both_answer = self.world.chance.happens(300);
        let hours = i64::try_from(self.world.chance.below(36)).unwrap();
        self.world.waits(hours * 3_600_000);
        self.opens(0, "jia", of);
        self.passes_a_network();
        self.pockets[0].does("consent", |device| {
            device.consent(&who("jia"), of, ConsentTo::Visit, true)
        });
        self.photographs(0, "jia", of, n);
        self.answers(0, "jia", of, "income", 120_000 + i64::from(n));
        self.passes_a_network();
        self.opens(second, "yi", of);
        self.photographs(second, "yi", of, 100 + n);
        self.answers(second, "yi", of, "housing/rooms", 3);
        if both_answer {
            self.answers(second, "yi", of, "income", 95_000);
        }
        self.passes_a_network();
        self.pockets[0].does("page", |device| {
            device.confirm_page(&who("jia"), of, Some("income"))
        });
        self.pockets[0].does("outcome", |device| {
            device.set_outcome(&who("jia"), of, Outcome::Done)
        });
        if second > 0 {
            self.seals(0, &["jia"], of);
        }
        self.passes_a_network();
    }

    /// The last of these people picks where two answers stand, and all of them seal what is here.
    fn seals(&mut self, phone: usize, people: &[&str], of: VisitId) {
        let pocket = &mut self.pockets[phone];
        let person = people[people.len() - 1];
        let people: Vec<PersonId> = people.iter().map(|person| who(person)).collect();
        for conflict in pocket.device().conflicts(of).unwrap() {
            let value = conflict.values[0].value.clone();
            pocket.does("pick", |device| {
                device.pick(&who(person), of, &conflict.place, &value)
            });
        }
        pocket.does("seal", |device| {
            match device.seal(of, &people, IfIncomplete::Seal) {
                Ok(_) | Err(DeviceError::AlreadySealed) => Ok(()),
                Err(error) => Err(error),
            }
        });
    }

    fn troubles(&mut self, trouble: usize) {
        self.world.trouble = trouble;
        for pocket in &mut self.pockets {
            pocket.trouble = trouble;
        }
    }

    /// The office sends a visit back; one of the two mends it, or each does something, and both seal again.
    fn is_returned(&mut self, n: u8, seed: u64) {
        let of = visit(n);
        let comment = Comment {
            at: "photo:门牌".to_owned(),
            text: "看不清门牌号".to_owned(),
        };
        self.world
            .archive()
            .return_visit(&local(), of, vec![comment], self.world.now())
            .unwrap();
        let due = if self.pockets.len() == 1 {
            "received shared-phone"
        } else {
            "received returned"
        };
        let stood = stands(self.world.archive(), of);
        assert!(
            stood == due || self.is_uncertain(&stood),
            "seed {seed}: {stood} {:?}",
            self.world.archive().findings(&local(), of).unwrap()
        );
        self.calms(HEARD_ROUNDS);
        let trouble = self.world.chance.below(200);
        self.troubles(trouble);
        let second = self.pockets.len() - 1;
        let mut pair = [(0, "jia"), (second, "yi")];
        if self.world.chance.happens(500) {
            pair.reverse();
        }
        let [(phone, person), (other_phone, other)] = pair;
        self.photographs(phone, person, of, 200 + n);
        self.passes_a_network();
        if self.world.chance.happens(300) {
            self.photographs(other_phone, other, of, 220 + n);
            self.answers(other_phone, other, of, "housing/rooms", 4);
        }
        self.seals(phone, &[person], of);
        self.passes_a_network();
        self.calms(HEARD_ROUNDS);
        self.seals(other_phone, &[other], of);
        self.all_sign(of);
    }

    /// Where what somebody signed has changed since, that person looks at it and signs anew: the phone says who.
    fn all_sign(&mut self, of: VisitId) {
        let second = self.pockets.len() - 1;
        for _ in 0..SIGNING_ROUNDS {
            self.calms(HEARD_ROUNDS);
            let signers = |field: &mut Self, phone: usize| {
                let signers = field.pockets[phone].device().visit_signers(of).unwrap();
                signers
                    .into_iter()
                    .filter(|one| !one.signed)
                    .map(|one| one.person)
            };
            let all: Vec<PersonId> = signers(self, 0).collect();
            let Some(person) = all.first() else { return };
            let phone = if *person == who("jia") { 0 } else { second };
            let person = person.to_string();
            self.seals(phone, &[&person], of);
        }
    }

    /// A phone that started again has only its wall clock for what it stated before, and that may be wrong.
    fn is_uncertain(&self, stood: &str) -> bool {
        stood == "received time-uncertain" && self.pockets.iter().any(Pocket::has_rebooted)
    }

    fn calm(&mut self) {
        self.calms(CALM_ROUNDS);
    }

    /// Syncs so many rounds on a good network.
    fn calms(&mut self, rounds: usize) {
        self.troubles(0);
        for _ in 0..rounds {
            for pocket in &mut self.pockets {
                pocket.syncs(&mut self.world, 600);
            }
            self.world.rests();
        }
    }

    fn check(mut self, seed: u64) {
        for pocket in &mut self.pockets {
            let device = pocket.device();
            assert_eq!(device.problems().unwrap(), [], "seed {seed}");
            assert!(
                device.outbox().unwrap().is_empty(),
                "seed {seed}: {:?}",
                device.outbox().unwrap()
            );
            for of in self.told.keys() {
                assert!(device.status(*of).unwrap().received, "seed {seed}");
            }
        }
        // Two people on one phone are for the purchaser to decide.
        let due = if self.pockets.len() == 1 {
            "received shared-phone"
        } else {
            "counted"
        };
        for of in self.told.keys() {
            let stood = stands(self.world.archive(), *of);
            assert!(
                stood == due || self.is_uncertain(&stood),
                "seed {seed}: {stood} {:?}",
                self.world.archive().findings(&local(), *of).unwrap()
            );
        }
        let archive = self.world.into_archive();
        for (of, told) in &self.told {
            let file = archive.visit_outline(&local(), *of).unwrap();
            let notes: Vec<Vec<u8>> = file.entries.iter().map(|entry| entry.bytes.clone()).collect();
            for original in &told.originals {
                assert!(has_original(&notes, *original), "seed {seed}");
                archive
                    .open_blob(&local(), original, &Looking::at(at(0)))
                    .unwrap();
            }
        }
        clean(&archive, &[], seed);
        is_consistent(archive);
    }
}

fn has_original(notes: &[Vec<u8>], hash: BlobHash) -> bool {
    notes.iter().any(|note| {
        let blob = Entry::parse(note).unwrap().body().blob();
        blob.is_some_and(|(named, _)| named == hash)
    })
}

fn run(seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut field = Field::new(folder.path(), seed);
    let visits = 1 + u8::try_from(field.world.chance.below(3)).unwrap();
    for n in 1..=visits {
        field.visits(n);
    }
    field.calm();
    // What both wrote is at both phones; the second investigator seals all of it.
    for n in 1..=visits {
        let second = field.pockets.len() - 1;
        let of_one_phone: &[&str] = if second == 0 { &["jia", "yi"] } else { &["yi"] };
        field.seals(second, of_one_phone, visit(n));
        field.all_sign(visit(n));
    }
    field.calm();
    for n in 1..=visits {
        if field.world.chance.happens(200) {
            field.is_returned(n, seed);
        }
    }
    field.calm();
    field.check(seed);
}

#[test]
fn what_a_person_was_told_is_done_is_on_the_server_in_the_end() {
    each_seed(120, run);
}
