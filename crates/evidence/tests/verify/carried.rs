//! A signature covers what was there when it was made: it carries over to a seal that only adds, and to no other.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::body::{Amend, Anchor, Body, SealMade, SyncHeads, Waiver};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{
    BlobHash, EntryId, FormHash, HouseholdId, InstallationId, SealId, SnapshotHash, StandardHash,
};
use hudang_evidence::seal::{MediaItem, Outcome, Seal, SealBody};
use hudang_evidence::signed_time::TimeSignature;
use hudang_evidence::snapshot::{Disclosure, SaltedDigest};
use hudang_evidence::verify::{AnswerKind, Code, SealedAnswer, SealedAnswers, Signature, Stale};
use proptest::prelude::*;

use crate::field::{Holdings, Person, consent, open, photo, seal_body, visit, wall};

const DOOR: &[u8] = b"door";
const ROOM: &[u8] = b"room";

/// Jia has sealed alone; yi's chain is not in that seal.
struct Story {
    jia: Person,
    yi: Person,
    held: Holdings,
    first: Seal,
    /// Jia's photo of the door.
    door: EntryId,
    /// What yi's seal will say.
    next: SealBody,
    answers: SealedAnswers,
}

fn digest(salt: u8, name: &str, value: &str) -> SaltedDigest {
    SaltedDigest::of(&Disclosure::new([salt; 16], name, value.into()))
}

fn answer(salt: u8, name: &str, value: &str, kind: AnswerKind) -> (String, SealedAnswer) {
    let answer = SealedAnswer {
        digest: digest(salt, name, value),
        question: name.to_owned(),
        kind,
    };
    (name.to_owned(), answer)
}

fn members(ids: &[&str]) -> AnswerKind {
    AnswerKind::Instances(ids.iter().map(|id| (*id).to_owned()).collect())
}

fn story() -> Story {
    let (mut jia, mut yi) = (Person::new("jia", 1), Person::new("yi", 2));
    let mut held = Holdings::new(visit(1), &[&jia, &yi]);
    // Yi's clock is behind, so that the visit was opened earlier than jia knew.
    yi.wall_off_ms = -600_000;
    for body in [open("jia"), photo(DOOR), consent()] {
        held.entries.push(jia.states(held.visit, body));
    }
    let door = Entry::parse(&held.entries[1]).unwrap().id();
    held.keep(DOOR);
    let answers: BTreeMap<String, SealedAnswer> = [
        answer(1, "income", "120000", AnswerKind::Given),
        answer(1, "name", "某某", AnswerKind::Given),
        answer(1, "phone", "", AnswerKind::Blank),
        answer(1, "worth", "9000", AnswerKind::Calculated),
        answer(1, "members", "[a,b]", members(&["a", "b"])),
    ]
    .into();
    let answers = SealedAnswers {
        named: answers,
        withheld: BTreeSet::new(),
    };
    let mut alone = seal_body(held.visit, &[&jia], &[DOOR]);
    alone.missing = vec!["yi".parse().unwrap()];
    alone.snapshot = Some(SnapshotHash::of(b"first"));
    held.answers.insert(SnapshotHash::of(b"first"), answers.clone());
    let (first, note) = Seal::sign(alone, &[&jia.signer()]).unwrap();
    held.seals.push(note);
    for body in [open("yi"), consent()] {
        held.entries.push(yi.states(held.visit, body));
    }
    let next = first.body().clone();
    Story {
        jia,
        yi,
        held,
        first,
        door,
        next,
        answers,
    }
}

impl Story {
    fn add(&mut self, by_jia: bool, body: Body) -> EntryId {
        let person = if by_jia { &mut self.jia } else { &mut self.yi };
        let note = person.states(self.held.visit, body);
        let id = Entry::parse(&note).unwrap().id();
        self.held.entries.push(note);
        id
    }

    /// Yi seals what is there, in place of jia's seal.
    fn seals(&mut self) -> SealId {
        let fresh = seal_body(self.held.visit, &[&self.jia, &self.yi], &[]);
        if self.next.opened == self.first.body().opened {
            let opened = self.held.entries.iter().filter_map(|note| {
                let entry = Entry::parse(note).unwrap();
                matches!(entry.body(), Body::Open(_)).then(|| entry.header().wall)
            });
            self.next.opened = opened.min().unwrap();
        }
        self.next.heads = fresh.heads;
        self.next.participants = fresh.participants;
        self.next.missing = Vec::new();
        self.next.supersedes = Some(self.first.id());
        let snapshot = SnapshotHash::of(b"next");
        self.held.answers.insert(snapshot, self.answers.clone());
        self.next.snapshot = self.next.snapshot.map(|_| snapshot);
        let (seal, note) = Seal::sign(self.next.clone(), &[&self.yi.signer()]).unwrap();
        self.held.seals.push(note);
        seal.id()
    }

    fn of_jia(&self) -> Signature {
        self.held.verify().parts[&"jia".parse().unwrap()].signature
    }
}

/// What is different when yi seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Edit {
    // These only add.
    Photo,
    NewAnswer,
    BlankFilled,
    Recalculated,
    MemberAdded,
    ValueWithheld,
    OwnAmended,
    OtherWaived,
    WaivedAndWithdrawn,
    PartnerSynced,
    PartnerAnchored,
    // These do not.
    Outcome,
    Form,
    Household,
    Standard,
    Opening,
    Later,
    MediaDropped,
    PartnerStated,
    Withdrawn,
    Waived,
    AnswerWaived,
    AnswerChanged,
    AnswerGone,
    SaltedAnew,
    MemberGone,
    AllAnswersGone,
    Returned,
}

const EDITS: [Edit; 28] = [
    Edit::Photo,
    Edit::NewAnswer,
    Edit::BlankFilled,
    Edit::Recalculated,
    Edit::MemberAdded,
    Edit::ValueWithheld,
    Edit::OwnAmended,
    Edit::OtherWaived,
    Edit::WaivedAndWithdrawn,
    Edit::PartnerSynced,
    Edit::PartnerAnchored,
    Edit::Outcome,
    Edit::Form,
    Edit::Household,
    Edit::Standard,
    Edit::Opening,
    Edit::Later,
    Edit::MediaDropped,
    Edit::PartnerStated,
    Edit::Withdrawn,
    Edit::Waived,
    Edit::AnswerWaived,
    Edit::AnswerChanged,
    Edit::AnswerGone,
    Edit::SaltedAnew,
    Edit::MemberGone,
    Edit::AllAnswersGone,
    Edit::Returned,
];

impl Edit {
    fn only_adds(self) -> bool {
        self < Self::Outcome
    }

    fn put(self, story: &mut Story) {
        let amend = |of| {
            Body::Amend(Amend {
                of,
                withdraw: true,
                reason: "wrong-household".to_owned(),
                sd: None,
            })
        };
        let waive = |requirement: &str| {
            Body::Waiver(Waiver {
                requirement: requirement.to_owned(),
                reason: "household-refused".to_owned(),
                sd: None,
            })
        };
        let set = |story: &mut Story, (name, answer)| {
            story.answers.named.insert(name, answer);
        };
        match self {
            Self::Photo => {
                story.add(false, photo(ROOM));
                story.held.keep(ROOM);
                story.next.media.push(MediaItem {
                    sha256: BlobHash::of(ROOM),
                    bytes: ROOM.len() as u64,
                });
                story.next.media.sort();
                story.next.media.dedup();
            }
            Self::NewAnswer => set(story, answer(2, "rooms", "3", AnswerKind::Given)),
            Self::BlankFilled => set(story, answer(2, "phone", "13900000001", AnswerKind::Given)),
            Self::Recalculated => set(story, answer(2, "worth", "18000", AnswerKind::Calculated)),
            Self::MemberAdded => set(story, answer(2, "members", "[a,b,c]", members(&["a", "b", "c"]))),
            Self::ValueWithheld => {
                if let Some(name) = story.answers.named.remove("name") {
                    story.answers.withheld.insert(name.digest);
                }
            }
            Self::OwnAmended => {
                let own = story.add(false, consent());
                story.add(false, amend(own));
            }
            Self::OtherWaived => {
                story.add(false, waive("audio"));
            }
            Self::WaivedAndWithdrawn => {
                let waiver = story.add(false, waive("photo:门牌"));
                story.add(false, amend(waiver));
            }
            Self::PartnerSynced => {
                let heads = vec![story.yi.head(story.held.visit)];
                story.add(true, Body::Sync(SyncHeads { heads }));
                let seal = story.first.id();
                story.add(true, Body::Seal(SealMade { seal }));
            }
            Self::PartnerAnchored => {
                let origin = "hudang/152502".to_owned();
                story.add(
                    true,
                    Body::Anchor(Anchor {
                        origin,
                        at: wall(120_000),
                        mono_ms: 120_000,
                        sig: TimeSignature::from_bytes([0; 64]),
                    }),
                );
            }
            Self::Outcome => story.next.outcome = Outcome::Refused,
            Self::Form => story.next.form = FormHash::of(b"other"),
            Self::Household => story.next.household = HouseholdId::new(2, [9; 10]),
            Self::Standard => story.next.standard = StandardHash::of(b"lax"),
            Self::Opening => story.next.opened = wall(-86_400_000),
            Self::Later => story.next.opened = wall(86_400_000),
            Self::MediaDropped => story.next.media.retain(|item| item.sha256 != BlobHash::of(DOOR)),
            Self::PartnerStated => {
                story.add(true, consent());
            }
            Self::Withdrawn => {
                let door = story.door;
                story.add(false, amend(door));
            }
            Self::Waived => {
                story.add(false, waive("photo:门牌"));
            }
            Self::AnswerWaived => {
                story.add(false, waive("question:income"));
            }
            Self::AnswerChanged => set(story, answer(2, "income", "500", AnswerKind::Given)),
            Self::AnswerGone => {
                story.answers.named.remove("income");
            }
            Self::SaltedAnew => set(story, answer(2, "income", "120000", AnswerKind::Given)),
            Self::MemberGone => set(story, answer(3, "members", "[a]", members(&["a"]))),
            Self::AllAnswersGone => story.next.snapshot = None,
            Self::Returned => {
                let first = story.first.id();
                story.held.returned.insert(first);
            }
        }
    }
}

#[test]
fn what_only_adds_keeps_the_partners_signature() {
    for edit in EDITS.iter().filter(|edit| edit.only_adds()) {
        let mut story = story();
        edit.put(&mut story);
        let governing = story.seals();
        let report = story.held.verify();
        assert_eq!(report.governing, Some(governing));
        assert_eq!(story.of_jia(), Signature::Stands, "{edit:?}");
        assert_eq!(report.signers.len(), 2, "{edit:?}");
    }
}

#[test]
fn what_changes_anything_makes_it_stale_and_says_why() {
    let why = |edit| {
        let mut story = story();
        Edit::put(edit, &mut story);
        story.seals();
        let report = story.held.verify();
        assert!(report.codes().contains(&Code::SignatureStale), "{edit:?}");
        assert!(!report.is_countable(), "{edit:?}");
        match story.of_jia() {
            Signature::Stale(stale) => stale,
            other => panic!("{edit:?}: {other:?}"),
        }
    };
    for (edit, stale) in [
        (Edit::Outcome, Stale::Outcome),
        (Edit::Form, Stale::Header),
        (Edit::Household, Stale::Header),
        (Edit::Standard, Stale::Header),
        (Edit::Opening, Stale::Opening),
        (Edit::Later, Stale::Opening),
        (Edit::MediaDropped, Stale::Media),
        (Edit::PartnerStated, Stale::Chain),
        (Edit::Withdrawn, Stale::Amended),
        (Edit::Waived, Stale::Amended),
        (Edit::AnswerWaived, Stale::Amended),
        (Edit::AnswerChanged, Stale::Answers),
        (Edit::AnswerGone, Stale::Answers),
        (Edit::SaltedAnew, Stale::Answers),
        (Edit::MemberGone, Stale::Answers),
        (Edit::AllAnswersGone, Stale::Answers),
        (Edit::Returned, Stale::Returned),
    ] {
        assert_eq!(why(edit), stale, "{edit:?}");
    }
}

#[test]
fn leaving_out_the_partner_or_a_part_of_the_chain_makes_it_stale() {
    let mut story = story();
    story.seals();
    story.held.seals.pop();
    let shorter = Entry::parse(&story.held.entries[1]).unwrap();
    let dev = story.jia.dev();
    for cut in [true, false] {
        let mut next = story.next.clone();
        if cut {
            for head in next.heads.iter_mut().filter(|head| head.dev == dev) {
                (head.seq, head.id) = (2, shorter.id());
            }
        } else {
            next.heads.retain(|head| head.dev != dev);
            next.participants.retain(|one| one.dev != dev);
        }
        let mut held = story.held.clone();
        held.seals
            .push(Seal::sign(next, &[&story.yi.signer()]).unwrap().1);
        let report = held.verify();
        let part = report.parts[&"jia".parse().unwrap()];
        assert_eq!(part.signature, Signature::Stale(Stale::Dropped));
        assert!(!report.is_countable());
    }
}

#[test]
fn answers_that_are_not_here_cannot_be_compared() {
    let mut story = story();
    story
        .answers
        .named
        .insert("rooms".to_owned(), answer(2, "rooms", "3", AnswerKind::Given).1);
    story.seals();
    assert_eq!(story.of_jia(), Signature::Stands);
    let all = story.held.answers.clone();
    for name in all.keys() {
        story.held.answers = all.clone();
        story.held.answers.remove(name);
        assert_eq!(story.of_jia(), Signature::Stale(Stale::AnswersAwaited));
    }
}

#[test]
fn an_amendment_after_the_seal_is_no_less_than_one_before() {
    let mut story = story();
    story.seals();
    let both = story.held.seals.len();
    assert_eq!(story.held.verify().signers.len(), 2);
    Edit::Withdrawn.put(&mut story);
    assert_eq!(story.held.seals.len(), both);
    assert_eq!(story.of_jia(), Signature::Stale(Stale::Amended));
}

#[test]
fn each_step_of_a_chain_of_seals_must_add() {
    // A, then B, then A again with a photo; B's signature carries over from the second to the third.
    let mut story = story();
    let second = story.seals();
    let note = story.jia.states(story.held.visit, photo(ROOM));
    story.held.entries.push(note);
    story.held.keep(ROOM);
    let mut third = story.next.clone();
    third.supersedes = Some(second);
    third.heads = seal_body(story.held.visit, &[&story.jia, &story.yi], &[]).heads;
    third.media.push(MediaItem {
        sha256: BlobHash::of(ROOM),
        bytes: ROOM.len() as u64,
    });
    third.media.sort();
    let (seal, note) = Seal::sign(third.clone(), &[&story.jia.signer()]).unwrap();
    story.held.seals.push(note);
    let report = story.held.verify();
    assert_eq!((report.governing, report.signers.len()), (Some(seal.id()), 2));
    // A fourth that takes back what the second said: nothing carries over it.
    let mut fourth = third;
    fourth.supersedes = Some(seal.id());
    fourth.outcome = Outcome::Refused;
    let (fourth, note) = Seal::sign(fourth, &[&story.jia.signer()]).unwrap();
    story.held.seals.push(note);
    assert_eq!(story.held.verify().signers.len(), 1);
    // And one that says the same as the third again: what was broken in between stays broken.
    let mut fifth = seal.body().clone();
    fifth.supersedes = Some(fourth.id());
    story
        .held
        .seals
        .push(Seal::sign(fifth, &[&story.jia.signer()]).unwrap().1);
    let report = story.held.verify();
    assert_eq!(report.signers, BTreeSet::from(["jia".parse().unwrap()]));
    assert_eq!(
        report.parts[&"yi".parse().unwrap()].signature,
        Signature::Stale(Stale::Outcome)
    );
}

#[test]
fn two_keys_of_one_person_are_one_person() {
    let mut story = story();
    let mut second_key = Person::new("jia", 3);
    story.held.keys.insert(
        second_key.dev(),
        Holdings::new(story.held.visit, &[&second_key])
            .keys
            .remove(&second_key.dev())
            .unwrap(),
    );
    let body = story.first.body().clone();
    for states in [open("jia"), consent()] {
        let note = second_key.states(story.held.visit, states);
        story.held.entries.push(note);
    }
    // Jia alone, with both keys; then everybody, signed with the second key only.
    story.held.seals.clear();
    let mut both = seal_body(story.held.visit, &[&story.jia, &second_key], &[DOOR]);
    both.opened = body.opened.min(both.opened);
    story.held.seals.push(
        Seal::sign(both, &[&story.jia.signer(), &second_key.signer()])
            .unwrap()
            .1,
    );
    let report = story.held.verify();
    assert_eq!(report.signers.len(), 1);
    assert!(!report.is_countable());
}

#[test]
fn only_what_was_admitted_signs_and_a_stranger_harms_nobody() {
    let (jia, yi, whole) = crate::field::whole(1);
    let body = Seal::parse(&whole.seals[0]).unwrap().body().clone();
    let (seal, note) = Seal::sign(
        body,
        &[&jia.signer(), &yi.signer(), &Person::new("bing", 3).signer()],
    )
    .unwrap();
    let mut held = whole.clone();
    held.seals = vec![note];
    let bing = Person::new("bing", 3);
    held.keys.extend(Holdings::new(held.visit, &[&bing]).keys);
    let report = held.verify();
    assert_eq!(report.codes(), BTreeSet::from([Code::SignerRefused]));
    assert!(report.is_countable(), "one that was admitted loses nothing");
    // What was refused when it was received does not count, and nobody else's signature stands in for it.
    held.refused.insert((seal.id(), yi.dev()));
    let report = held.verify();
    assert!(report.codes().contains(&Code::SealUnsigned));
    assert_eq!(report.parts[&"yi".parse().unwrap()].signature, Signature::Refused);
    assert_eq!(report.signers, BTreeSet::from(["jia".parse().unwrap()]));
    // A key of another contract is no signer either.
    let mut held = whole;
    held.keys.get_mut(&yi.dev()).unwrap().contract = Some("HT-2026-009".parse().unwrap());
    assert_eq!(held.verify().signers.len(), 1);
}

#[test]
fn whoever_only_opened_was_not_there() {
    for late in [false, true] {
        let (mut jia, mut yi) = (Person::new("jia", 1), Person::new("yi", 2));
        let mut held = Holdings::new(visit(1), &[&jia, &yi]);
        for body in [open("jia"), photo(DOOR)] {
            held.entries.push(jia.states(held.visit, body));
        }
        held.keep(DOOR);
        held.entries.push(yi.states(held.visit, open("yi")));
        let body = seal_body(held.visit, &[&jia, &yi], &[DOOR]);
        held.seals
            .push(Seal::sign(body, &[&jia.signer(), &yi.signer()]).unwrap().1);
        if late {
            held.entries.push(yi.states(held.visit, consent()));
        }
        let report = held.verify();
        assert!(
            report.codes().contains(&Code::SignerAbsent),
            "{late}: {:?}",
            report.codes()
        );
        assert!(!report.is_countable());
        let part = report.parts[&"yi".parse().unwrap()];
        assert_eq!((part.opened, part.traced, part.counts()), (true, false, false));
    }
}

#[test]
fn one_phone_and_one_machine_are_seen() {
    let (mut jia, mut yi, held) = crate::field::whole(1);
    assert_eq!(held.verify().shared, BTreeSet::new());
    let mut one_phone = held.clone();
    for enrolled in one_phone.keys.values_mut() {
        enrolled.installation = Some(InstallationId::of(b"one"));
    }
    let report = one_phone.verify();
    assert_eq!(report.codes(), BTreeSet::from([Code::SharedPhone]));
    assert_eq!((report.shared.len(), report.is_countable()), (1, true));
    // Two installations that were started at one moment: the server's time less the time since is the same.
    for (apart_ms, found) in [
        (0, true),
        (1_900, true),
        (-1_900, true),
        (2_100, false),
        (3_600_000, false),
    ] {
        let mut one_machine = held.clone();
        let mut anchor = |person: &mut Person, later_ms: i64| {
            let mono_ms = (person.device.seq + 1) * crate::field::STEP_MS;
            let anchor = Anchor {
                origin: "hudang/152502".to_owned(),
                at: wall(i64::try_from(mono_ms).unwrap() + later_ms),
                mono_ms,
                sig: TimeSignature::from_bytes([0; 64]),
            };
            one_machine
                .entries
                .push(person.states(held.visit, Body::Anchor(anchor)));
        };
        let before = (jia.clone(), yi.clone());
        anchor(&mut jia, 0);
        anchor(&mut yi, apart_ms);
        (jia, yi) = before;
        let codes = one_machine.verify().codes();
        assert_eq!(
            codes.contains(&Code::SharedMachine),
            found,
            "{apart_ms}: {codes:?}"
        );
    }
}

#[test]
fn whom_the_office_replaced_is_not_awaited() {
    let (jia, yi, mut held) = crate::field::whole(1);
    let mut bing = Person::new("bing", 3);
    held.keys.extend(Holdings::new(held.visit, &[&bing]).keys);
    for body in [open("bing"), consent()] {
        held.entries.push(bing.states(held.visit, body));
    }
    let mut body = seal_body(held.visit, &[&jia, &yi, &bing], &[&[1, 1], &[1, 2, 2]]);
    body.heads.retain(|head| head.dev != jia.dev());
    body.heads.push(
        Seal::parse(&held.seals[0])
            .unwrap()
            .body()
            .heads
            .iter()
            .find(|head| head.dev == jia.dev())
            .copied()
            .unwrap(),
    );
    body.heads.sort();
    held.receipts.clear();
    held.seals = vec![Seal::sign(body, &[&jia.signer(), &bing.signer()]).unwrap().1];
    let report = held.verify();
    assert_eq!(report.codes(), BTreeSet::from([Code::SealUnsigned]));
    held.replaced.insert("yi".parse().unwrap());
    let report = held.verify();
    assert_eq!(report.codes(), BTreeSet::new());
    assert!(report.is_countable());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_signature_carries_over_iff_everything_only_adds(
        edits in proptest::collection::vec(proptest::sample::select(&EDITS[..]), 0..6),
        adds in proptest::collection::vec(proptest::sample::select(&EDITS[..11]), 0..6),
    ) {
        for edits in [[edits, adds.clone()].concat(), adds] {
            let mut story = story();
            for edit in &edits {
                edit.put(&mut story);
            }
            // One edit may undo another; the model goes by what is left.
            let before = &story.held.answers[&SnapshotHash::of(b"first")];
            let answers_stand = story.next.snapshot.is_some() && before.named.iter().all(|(name, was)| {
                let now = story.answers.named.get(name);
                match &was.kind {
                    AnswerKind::Blank | AnswerKind::Calculated => true,
                    AnswerKind::Given => match now {
                        Some(now) => now.digest == was.digest,
                        None => story.answers.withheld.contains(&was.digest),
                    },
                    AnswerKind::Instances(_) => now.is_some_and(|now| {
                        matches!(&now.kind, AnswerKind::Instances(ids) if ids.contains("a") && ids.contains("b"))
                    }),
                }
            });
            let media_stand = story.next.media.iter().any(|item| item.sha256 == BlobHash::of(DOOR));
            let opening_stands = !edits.iter().any(|edit| matches!(edit, Edit::Opening | Edit::Later));
            let others = edits.iter().filter(|edit| !edit.only_adds()).all(|edit| matches!(
                edit,
                Edit::Opening | Edit::Later | Edit::MediaDropped | Edit::AnswerChanged | Edit::AnswerGone
                    | Edit::SaltedAnew | Edit::MemberGone | Edit::AllAnswersGone
            ));
            story.seals();
            let carries = answers_stand && media_stand && opening_stands && others;
            prop_assert_eq!(story.of_jia() == Signature::Stands, carries, "{:?}", edits);
        }
    }
}
