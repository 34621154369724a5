//! A lying pair among honest ones, with keys that were enrolled in the ordinary way, on the same bad disk and bad network
//! (EVIDENCE §1.10): whatever the liars make of their visits, none of it counts that the rules forbid, and no honest
//! visit loses anything by it. What their phones are told is theirs, and every receipt holds the journal to its word.

use std::collections::BTreeSet;

use hudang_contract::contract::Contract;
use hudang_contract::history::Publication;
use hudang_evidence::body::{Amend, Body};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, StandardHash, VisitId};
use hudang_evidence::seal::{Seal, SealBody};
use hudang_sync::wire::{Change, SyncRequest};
use hudang_testkit::chance::Chance;
use hudang_testkit::form;
use hudang_testkit::office::{
    assigned_to, at, contract, household, household_in, is_consistent, local, set_up, stands, terms_asking,
    visit,
};
use hudang_testkit::person::Person;
use hudang_testkit::phone::Phone;
use hudang_testkit::sound::tone_of;
use hudang_testkit::visit::{Made, Plan, claimed_photo, photographed, recorded};
use hudang_visit::standard::Standard;
use serde_json::json;

use crate::seeds::{each_seed, found};
use crate::world::World;

/// Rounds after which phones on a good network must be done.
const CALM_ROUNDS: usize = 12;
/// The first visit and household of the liars; honest ones come before.
const FIRST_LIE: u8 = 100;
/// The question of the tests' form that holds the identity number here.
const IDENTITY: &str = "head/phone";
/// A valid number, of nobody.
const NUMBER: &str = "15250419721020954X";

/// What passes for a photo.
const INVENTED: &[u8] = b"\x9e\x37\x79\xb9\x7f\x4a\x7c\x15";

/// What the liars do with one of their visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    /// R1: after both sealed, one withdraws the other's photo and seals again alone.
    WithdrawsPartnersPhoto,
    /// R1: one seals again alone and says another opening.
    MovesTheOpening,
    /// R2: the second signature is by a key that was revoked.
    SignsByRevokedKey,
    /// R3: both sign on one phone.
    SharesAPhone,
    /// R3: one signs for two.
    SignsAlone,
    /// R4: a photo that is eight bytes.
    InventsAPhoto,
    /// R4: a second of sound that is said to be a quarter of an hour.
    StretchesARecording,
    /// R5: the lax standard of another contract.
    ChoosesTheStandard,
    /// R8: an honest visit's photo.
    ReusesAPhoto,
    /// R9: the family of the visit before under another code.
    VisitsTheFamilyAgain,
    /// Nothing was asked.
    AsksNothing,
}

impl Lie {
    const ALL: [Self; 11] = [
        Self::WithdrawsPartnersPhoto,
        Self::MovesTheOpening,
        Self::SignsByRevokedKey,
        Self::SharesAPhone,
        Self::SignsAlone,
        Self::InventsAPhoto,
        Self::StretchesARecording,
        Self::ChoosesTheStandard,
        Self::ReusesAPhoto,
        Self::VisitsTheFamilyAgain,
        Self::AsksNothing,
    ];

    /// Where a visit stands that was made so; the start of it, where the reason depends on what else came.
    const fn comes_to(self) -> &'static str {
        match self {
            Self::WithdrawsPartnersPhoto | Self::SignsAlone => "received one-investigator",
            // Nothing of a revoked key is kept, so that what the seal names never comes.
            Self::SignsByRevokedKey => "sealed",
            Self::SharesAPhone => "received shared-phone",
            Self::MovesTheOpening | Self::InventsAPhoto | Self::StretchesARecording => {
                "received evidence-broken"
            }
            Self::ChoosesTheStandard => "received standard-foreign",
            Self::ReusesAPhoto => "received media-reused",
            Self::VisitsTheFamilyAgain => "received repeat",
            Self::AsksNothing => "received incomplete",
        }
    }
}

/// Two people; the second has two keys more, for lies.
struct Liars {
    bing: Phone,
    ding: Phone,
    on_bings_phone: Person,
    revoked: Person,
    /// The visit and household that the office gives them next.
    next: u8,
    told: Vec<(Lie, VisitId)>,
}

/// One of the two seals again over all that is there by then.
fn seals_again(made: &mut Made, by: &Person, change: impl FnOnce(&mut SealBody)) {
    let first = Seal::parse(&made.seals[0]).unwrap();
    let mut body = first.body().clone();
    let (dev, tip) = (by.signer().device_id(), by.tip(made.visit));
    for head in body.heads.iter_mut().filter(|head| head.dev == dev) {
        (head.seq, head.id) = (tip.seq, tip.id);
    }
    body.supersedes = Some(first.id());
    change(&mut body);
    let (_, note) = Seal::sign(body, &[&by.signer()]).unwrap();
    made.seals.push(note);
}

impl Liars {
    fn arrive(world: &World) -> Self {
        let archive = world.archive();
        let key = archive.receipt_key();
        let bing = Person::enrolled(archive, "bing", 3);
        let ding = Person::enrolled(archive, "ding", 4);
        let on_bings_phone = bing.shares_phone(archive, "ding", 5);
        let revoked = Person::enrolled(archive, "ding", 6);
        archive
            .revoke_device(&local(), revoked.signer().device_id(), "left", at(0))
            .unwrap();
        Self {
            bing: Phone::new(bing, key.clone()),
            ding: Phone::new(ding, key),
            on_bings_phone,
            revoked,
            next: FIRST_LIE,
            told: Vec::new(),
        }
    }

    /// The office gives them a household, and they make what they make of it. `honest` are photos of visits that count.
    fn visit(&mut self, world: &World, lie: Lie, honest: &[Vec<u8>]) {
        if lie == Lie::VisitsTheFamilyAgain {
            // Once as it should be.
            let n = self.is_given_one(world);
            self.makes(world, of_the_family(n), lie);
        }
        let n = self.is_given_one(world);
        let plan = match lie {
            Lie::InventsAPhoto => Plan {
                claims: Some(vec![claimed_photo(
                    BlobHash::of(INVENTED),
                    INVENTED.len() as u64,
                    "image/jpeg",
                    [4_000, 3_000],
                )]),
                photo: INVENTED.to_vec(),
                ..Plan::of(n)
            },
            Lie::StretchesARecording => stretched(n),
            Lie::ChoosesTheStandard => Plan {
                standard: Some(lax()),
                ..Plan::of(n)
            },
            Lie::ReusesAPhoto => Plan {
                photo: honest[0].clone(),
                ..Plan::of(n)
            },
            Lie::VisitsTheFamilyAgain => of_the_family(n),
            Lie::SignsAlone => Plan {
                both_sign: false,
                ..Plan::of(n)
            },
            Lie::AsksNothing => Plan {
                income: false,
                ..Plan::of(n)
            },
            _ => Plan::of(n),
        };
        let of = plan.visit;
        self.makes(world, plan, lie);
        self.told.push((lie, of));
    }

    fn is_given_one(&mut self, world: &World) -> u8 {
        let n = self.next;
        self.next += 1;
        let archive = world.archive();
        let now = at(0);
        archive
            .put_households(&local(), vec![household_in(n, "152525104201")], now)
            .unwrap();
        archive
            .assign(&local(), vec![assigned_to(n, n, ["bing", "ding"])], now)
            .unwrap();
        n
    }

    fn makes(&mut self, world: &World, plan: Plan, lie: Lie) {
        let plan = Plan {
            opened_ms: world.elapsed_ms(),
            ..plan
        };
        world.waits(7_200_000);
        let bing = &mut self.bing.person;
        let ding = match lie {
            Lie::SharesAPhone => &mut self.on_bings_phone,
            Lie::SignsByRevokedKey => &mut self.revoked,
            _ => &mut self.ding.person,
        };
        let mut made = plan.carried_out(bing, ding);
        let later_ms = plan.opened_ms + 1_800_000;
        match lie {
            Lie::WithdrawsPartnersPhoto => {
                let photo = made.entries[0]
                    .iter()
                    .map(|note| Entry::parse(note).unwrap())
                    .find(|entry| matches!(entry.body(), Body::Photo(_)))
                    .unwrap();
                let withdrawn = Body::Amend(Amend {
                    of: photo.id(),
                    withdraw: true,
                    reason: "wrong-household".to_owned(),
                    sd: None,
                });
                let note = ding.states(made.visit, later_ms, withdrawn);
                made.entries[1].push(note);
                seals_again(&mut made, ding, |body| body.wall = at(later_ms));
            }
            Lie::MovesTheOpening => seals_again(&mut made, ding, |body| {
                body.opened = at(plan.opened_ms + 60_000);
                body.wall = at(later_ms);
            }),
            _ => {}
        }
        self.bing.keeps_first(&made);
        if lie == Lie::SharesAPhone {
            self.bing.keeps_second(&made);
        } else {
            self.ding.keeps_second(&made);
        }
    }

    /// They write into somebody else's visit: another household, another opening.
    fn meddles(&mut self, world: &World, of: VisitId) {
        let opened = Body::Open(hudang_evidence::body::Open {
            household: household(FIRST_LIE),
            form: form::hash(),
            standard: contract().standard().hash(),
            person: "ding".parse().unwrap(),
        });
        let note = self.ding.person.states(of, world.elapsed_ms(), opened);
        self.ding.put_entries(&[note]);
    }
}

fn of_the_family(n: u8) -> Plan {
    Plan {
        further: vec![(IDENTITY, json!(NUMBER))],
        ..Plan::of(n)
    }
}

fn stretched(n: u8) -> Plan {
    let sound = tone_of(n.into(), 1);
    let mut said = recorded(&sound);
    if let Body::Audio(audio) = &mut said {
        audio.duration_ms = 900_000;
    }
    let plan = Plan::of(n);
    Plan {
        claims: Some(vec![photographed(&plan.photo), said]),
        recording: Some(sound),
        ..plan
    }
}

/// The standard of another contract, which asks for less.
fn lax() -> StandardHash {
    let json = json!({ "title": "宽松", "outcomes": { "done": { "investigators": 2 } } });
    Standard::from_json(json.to_string().as_bytes()).unwrap().hash()
}

/// Another contract of the same purchaser, whose standard is lax.
fn put_lax_contract(world: &World) {
    let mut other = terms_asking(&json!({ "investigators": 2 }));
    other["id"] = json!("HT-2026-002");
    other["standard"]["title"] = json!("宽松");
    let lax = Contract::from_json(other.to_string().as_bytes()).unwrap();
    world
        .archive()
        .put_contract(&local(), lax, None, at(-86_400_000))
        .unwrap();
}

fn shuffled(chance: &mut Chance) -> Vec<Lie> {
    let mut lies = Lie::ALL.to_vec();
    for at in (1..lies.len()).rev() {
        lies.swap(at, chance.below(at + 1));
    }
    lies.truncate(2 + chance.below(4));
    lies
}

fn run(seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new(&folder.path().join("archive"), seed);
    set_up(world.archive(), 3);
    put_lax_contract(&world);
    let publication = Publication {
        form: form::hash(),
        identity: IDENTITY.to_owned(),
    };
    world
        .archive()
        .publish_form(&local(), &contract().id, publication, None, at(-86_400_000))
        .unwrap();
    let key = world.archive().receipt_key();
    let mut honest = [("jia", 1), ("yi", 2)]
        .map(|(name, secret)| Phone::new(Person::enrolled(world.archive(), name, secret), key.clone()));
    let mut liars = Liars::arrive(&world);
    let mut made = Vec::new();
    for n in 1..=3 {
        let [jia, yi] = &mut honest;
        let one = Plan::of(n).carried_out(&mut jia.person, &mut yi.person);
        jia.keeps_first(&one);
        yi.keeps_second(&one);
        made.push(one);
    }
    let trouble = world.chance.below(200);
    let mut lies = shuffled(&mut world.chance);
    for _ in 0..10 {
        world.trouble = trouble;
        let mut chance = world.chance.clone();
        let actions = 1 + world.chance.below(40);
        match world.chance.below(4) {
            which @ (0 | 1) => honest[which].works(&mut world, &mut chance, actions),
            2 => liars.bing.works(&mut world, &mut chance, actions),
            _ => liars.ding.works(&mut world, &mut chance, actions),
        }
        if world.chance.happens(300) {
            let of = made[world.chance.below(made.len())].visit;
            liars.meddles(&world, of);
        }
        // What they do next; the office's own work meets with no trouble here.
        world.trouble = 0;
        world.rests();
        let counted: Vec<Vec<u8>> = made
            .iter()
            .filter(|one| stands(world.archive(), one.visit) == "counted")
            .map(|one| one.photo.clone())
            .collect();
        let next = lies
            .iter()
            .position(|lie| *lie != Lie::ReusesAPhoto || !counted.is_empty());
        if let Some(next) = next {
            let lie = lies.remove(next);
            liars.visit(&world, lie, &counted);
        }
    }
    let mut chance = world.chance.clone();
    for _ in 0..CALM_ROUNDS {
        for phone in honest.iter_mut().chain([&mut liars.bing, &mut liars.ding]) {
            phone.works(&mut world, &mut chance, 400);
        }
        world.rests();
    }
    check(seed, world, &honest, &made, &mut liars);
}

fn check(seed: u64, world: World, honest: &[Phone; 2], made: &[Made], liars: &mut Liars) {
    let now_ms = world.elapsed_ms();
    let archive = world.into_archive();
    let findings = |visit| archive.findings(&local(), visit).unwrap();
    for phone in honest {
        assert!(phone.is_done(), "seed {seed}: {:?}", phone.refused);
    }
    for one in made {
        assert_eq!(
            stands(&archive, one.visit),
            "counted",
            "seed {seed}: {:?}",
            findings(one.visit)
        );
    }
    assert!(!liars.told.is_empty(), "seed {seed}");
    for (lie, visit) in &liars.told {
        let stood = stands(&archive, *visit);
        assert!(
            stood.starts_with(lie.comes_to()),
            "seed {seed}, {lie:?}: {stood} {:?}",
            findings(*visit)
        );
    }
    let own: BTreeSet<VisitId> = (FIRST_LIE..=u8::MAX).map(visit).collect();
    let ding = &mut liars.ding.person;
    let answer = ding.sends(&archive, SyncRequest::default(), now_ms);
    for change in &answer.changes {
        let of = match change {
            Change::Entry(note) => Entry::parse(note).unwrap().header().visit,
            Change::Seal(note) => Some(Seal::parse(note).unwrap().body().visit),
            Change::Snapshot(parcel) => parcel.open().map(|(snapshot, _)| snapshot.visit()),
            Change::Assignment(assignment) => assignment.visit,
            Change::Return(parcel) => Some(parcel.visit),
            _ => None,
        };
        assert!(of.is_none_or(|of| own.contains(&of)), "seed {seed}: {change:?}");
    }
    let receipts: Vec<Vec<u8>> = honest.iter().flat_map(|phone| phone.notes.clone()).collect();
    assert!(!receipts.is_empty(), "seed {seed}");
    let lying: BTreeSet<String> = liars.told.iter().map(|(_, visit)| visit.to_string()).collect();
    let found = found(&archive, &receipts);
    let wrong: Vec<_> = found.iter().filter(|one| !lying.contains(&one.subject)).collect();
    assert!(wrong.is_empty(), "seed {seed}: {wrong:?}");
    is_consistent(archive);
}

#[test]
fn nothing_counts_that_was_not_made_and_no_honest_visit_is_harmed() {
    each_seed(60, run);
}
