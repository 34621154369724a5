//! Sealed visits of the trade's form judged again, on one core, and one answer in it, the automerge write included.

use std::sync::Arc;
use std::time::Instant;

use hudang_evidence::id::{BlobHash, DeviceId, VisitId};
use hudang_evidence::original::Original;
use hudang_evidence::seal::Outcome;
use hudang_evidence::snapshot::Revealed;
use hudang_evidence::time::WallTime;
use hudang_testkit::dibao::{self, Home, INTERVIEW, PHOTOS_ASKING, PHOTOS_LOOKING, SIGNATURE, Said};
use hudang_testkit::office::{MORNING_MS, contract};
use hudang_visit::assess::{Assessment, Missing};
use hudang_visit::document::Actor;
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::facts::{Evidence, Stage, VisitFacts, by_wall_clock, is_no_investigator, is_not_stale};
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::filling::{Filling, Occasion};
use hudang_visit::questionnaire::judge::{Sitting, judge};
use hudang_visit::questionnaire::known::{Known, hold_to_visit};
use hudang_visit::questionnaire::originals::hold_originals;
use hudang_visit::value::{AnswerPath, InstanceId, InstancePath};

use crate::Row;
use crate::percentile::percentile;

const JUDGED: usize = 3_000;
const JUDGED_PER_S_GOAL: f64 = 3_000.0;
const ANSWER_MS_GOAL: f64 = 1.0;

pub(crate) fn run() -> Vec<Row> {
    let questionnaire = Arc::new(Questionnaire::read(dibao::published().as_bytes()).unwrap());
    let (sealed, _) = filled(&questionnaire, 2);
    let sitting = Sitting {
        visit: visit(),
        sealed: WallTime::from_ms(MORNING_MS + 7_200_000).unwrap(),
        outcome: Outcome::Done,
    };
    assert_eq!(judge(&questionnaire, &sealed, sitting).findings, []);
    assert_eq!(unheld(&questionnaire, &sealed), []);
    let began = Instant::now();
    for _ in 0..JUDGED {
        assert!(judge(&questionnaire, &sealed, sitting).is_whole());
    }
    let per_s = JUDGED as f64 / began.elapsed().as_secs_f64();
    let (_, times) = filled(&questionnaire, 8);
    let answers = times.len();
    let answer_ms = percentile(times, 99);
    vec![
        Row {
            id: "judge",
            what: format!(
                "sealed visits of {} answers judged by their form on one core",
                sealed.answers.len()
            ),
            ours: per_s,
            beside: JUDGED_PER_S_GOAL,
            unit: "/s",
            ratio: per_s / JUDGED_PER_S_GOAL,
            goal: "≥ 1".to_owned(),
            met: per_s >= JUDGED_PER_S_GOAL,
        },
        Row {
            id: "form-answer",
            what: format!(
                "one answer in 低保入户调查表 with 8 members, automerge write included, p99 of {answers}"
            ),
            ours: answer_ms,
            beside: ANSWER_MS_GOAL,
            unit: "ms",
            ratio: answer_ms / ANSWER_MS_GOAL,
            goal: "≤ 1".to_owned(),
            met: answer_ms <= ANSWER_MS_GOAL,
        },
    ]
}

/// Questions for a file that name no original of the visit, where it has those that the form asks for.
fn unheld(questionnaire: &Questionnaire, sealed: &Revealed) -> Vec<Missing> {
    let draft = Stage::Draft {
        visit: visit(),
        outcome: Outcome::Done,
        standard: contract().standard().hash(),
    };
    let mut facts = VisitFacts::derive(&Evidence {
        entries: &[],
        stage: draft,
        answers: None,
        original: &|_| Original::Elsewhere,
        stated_at: &by_wall_clock,
        is_investigator: &is_no_investigator,
        is_stale: &is_not_stale,
    });
    let purposes = [&PHOTOS_ASKING[..], &PHOTOS_LOOKING, &[INTERVIEW, SIGNATURE]].concat();
    facts.originals = purposes.into_iter().map(original).collect();
    let mut assessment = Assessment {
        outcome: Outcome::Done,
        missing: Vec::new(),
        waived: Vec::new(),
    };
    hold_originals(questionnaire, sealed, &facts, &mut assessment);
    hold_to_visit(questionnaire, sealed, &facts, &mut assessment);
    assessment.missing
}

/// The original that was taken for a purpose.
fn original(purpose: &str) -> BlobHash {
    BlobHash::of(purpose.as_bytes())
}

fn visit() -> VisitId {
    VisitId::new(u64::try_from(MORNING_MS).unwrap(), [7; 10])
}

/// A visit filled in, as it is sealed, with how long each answer took.
fn filled(questionnaire: &Arc<Questionnaire>, members: usize) -> (Revealed, Vec<f64>) {
    let actor = Actor {
        device: DeviceId::of(b"phone"),
        life: [1; 4],
    };
    let mut document =
        VisitDocument::genesis(visit(), questionnaire.hash(), questionnaire.skeleton(), actor).unwrap();
    let occasion = Occasion {
        visit: visit(),
        opened: WallTime::from_ms(MORNING_MS).unwrap(),
        now: WallTime::from_ms(MORNING_MS + 3_600_000).unwrap(),
    };
    let mut filling = Filling::open(Arc::clone(questionnaire), &document, occasion, Known::new()).unwrap();
    for n in 1..members {
        let id = InstanceId::from_bytes([u8::try_from(n).unwrap(); 8]);
        filling
            .add(&mut document, &InstancePath::TOP, "members_part/members", id)
            .unwrap();
    }
    let home = Home {
        n: 4,
        code: "户-004",
        area: "152526",
        people: ["jia", "yi"],
        members,
        is_incomplete: false,
    };
    let mut times = Vec::new();
    for (path, value) in [dibao::asked(&home), dibao::seen(&home)].concat() {
        let key = filling.session().key_at(&format!("/data/{path}")).unwrap();
        let path = questionnaire
            .names()
            .path_of_key(questionnaire.form(), &key)
            .unwrap();
        let path: AnswerPath = path.parse().unwrap();
        let value = match value {
            Said::Value(value) => value,
            Said::Original(purpose) => format!("{}.jpg", original(purpose)),
        };
        let began = Instant::now();
        filling
            .answer(&mut document, &path, &value.as_str().into())
            .unwrap();
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    let revealed = Revealed {
        answers: filling.sealed_now(),
        withheld: 0,
    };
    (revealed, times)
}
