//! What four phones do in the field, as files of commands: each phone is a store on the disk and knows no network.

use std::fmt::Write as _;
use std::path::Path;

use hudang_testkit::dibao::{
    self, Answer, DOOR, Home, INTERVIEW, PHOTOS_ASKING, PHOTOS_LOOKING, SIGNATURE, Said,
};
use serde_json::Value;

use crate::ledger::Ledger;
use crate::originals::Originals;
use crate::program::Program;
use crate::{
    AREAS, CONFLICTING, HOUSEHOLDS, INCOMPLETE, REUSED, REUSED_FROM, TEAMS, household, name_of, team_of,
};

/// Writes the originals where the phones' cameras and microphones put them.
pub(crate) fn write_originals(folder: &Path, originals: &[Originals]) -> anyhow::Result<()> {
    let camera = folder.join("camera");
    std::fs::create_dir_all(&camera)?;
    let write = |n: u8, name: &str, bytes: &[u8]| std::fs::write(folder.join(taken(n, name)), bytes);
    for (n, of_household) in (1..=HOUSEHOLDS).zip(originals) {
        for (purpose, photo) in &of_household.photos {
            write(n, purpose, photo)?;
            if n == REUSED_FROM && *purpose == DOOR {
                write(REUSED, "旧照", photo)?;
            }
        }
        write(n, SIGNATURE, &of_household.signature)?;
        write(n, INTERVIEW, &of_household.recording)?;
    }
    Ok(())
}

/// Where something lies that was taken at a household.
fn taken(n: u8, name: &str) -> String {
    format!("camera/{n}-{name}")
}

/// Both people of both teams visit their households.
pub(crate) fn visit(program: &Program, folder: &Path) -> anyhow::Result<()> {
    for (team, people) in TEAMS.iter().enumerate() {
        let mut files = [String::new(), String::new()];
        for n in (1..=HOUSEHOLDS).filter(|n| team_of(*n) == team) {
            asks(&mut files[0], n)?;
            looks_around(&mut files[1], n)?;
        }
        for (person, commands) in people.iter().zip(files) {
            let file = format!("{person}.day");
            std::fs::write(folder.join(&file), commands)?;
            program.phone_does(person, &file)?;
        }
    }
    Ok(())
}

/// The household as the form will know it.
fn home(n: u8, code: &str) -> Home<'_> {
    Home {
        n,
        code,
        area: AREAS[usize::from(n % 2)],
        people: TEAMS[team_of(n)],
        members: 2,
        is_incomplete: n == INCOMPLETE,
    }
}

/// Answers as the screens give them: a question for a file gets the name of an original that was taken before.
fn answers(to: &mut String, at: &str, answers: Vec<Answer>) -> std::fmt::Result {
    for (path, said) in answers {
        match said {
            Said::Value(value) => writeln!(to, "answer {at} {path} '{value}'")?,
            Said::Original(what) => writeln!(to, "answer {at} {path} --original {what}")?,
        }
    }
    Ok(())
}

/// The one who asks the questions.
fn asks(to: &mut String, n: u8) -> std::fmt::Result {
    let at = household(n);
    writeln!(to, "open {at}")?;
    writeln!(to, "consent {at} visit")?;
    writeln!(to, "consent {at} audio")?;
    position(to, &at, n)?;
    for purpose in PHOTOS_ASKING {
        writeln!(to, "photo {at} {} --purpose {purpose}", taken(n, purpose))?;
    }
    writeln!(to, "audio {at} {} --purpose {INTERVIEW}", taken(n, INTERVIEW))?;
    writeln!(to, "sign {at} {} --role household", taken(n, SIGNATURE))?;
    writeln!(to, "instance {at} members_part/members")?;
    answers(to, &at, dibao::asked(&home(n, &at)))?;
    writeln!(to, "confirm {at}")?;
    writeln!(to, "outcome {at} done")?;
    let person = TEAMS[team_of(n)][0];
    writeln!(to, "seal {at} --person {person} --even-if-incomplete")
}

/// The one who looks around.
fn looks_around(to: &mut String, n: u8) -> std::fmt::Result {
    let at = household(n);
    writeln!(to, "open {at}")?;
    position(to, &at, n)?;
    for purpose in PHOTOS_LOOKING {
        let name = if n == REUSED && purpose == DOOR {
            "旧照"
        } else {
            purpose
        };
        writeln!(to, "photo {at} {} --purpose {purpose}", taken(n, name))?;
    }
    answers(to, &at, dibao::seen(&home(n, &at)))?;
    writeln!(to, "note {at} 院内整洁，取暖用煤")?;
    if n == CONFLICTING {
        writeln!(to, "answer {at} {} 95000", dibao::DISPUTED)?;
    }
    Ok(())
}

/// Neighbours: the demonstration goes from door to door in seconds.
fn position(to: &mut String, at: &str, n: u8) -> std::fmt::Result {
    writeln!(to, "position {at} 45.5000{n:02} 116.9000{n:02} --accuracy-cm 800")
}

/// The second person settles what differs, and seals what both brought.
pub(crate) fn seal(program: &Program, folder: &Path, ledger: &mut Ledger) -> anyhow::Result<()> {
    let mut settled = 0_usize;
    for (team, people) in TEAMS.iter().enumerate() {
        let [asked, person] = *people;
        let mut commands = String::new();
        for n in (1..=HOUSEHOLDS).filter(|n| team_of(*n) == team) {
            let at = household(n);
            let answers = program.phone_json(person, &["answers", &at])?;
            for conflict in answers["conflicts"].as_array().into_iter().flatten() {
                settled += 1;
                ledger.figure(
                    "两机答案不同的户",
                    household(CONFLICTING).as_str(),
                    at.as_str(),
                    "",
                );
                // What the household said to the one who asked; that one has signed it.
                let value = of_person(conflict, asked);
                let other = of_person(conflict, person);
                let label = |who| format!("  {} 填写的牲畜出售收入", name_of(who));
                ledger.figure(&label(asked), SAID_TO_FIRST, value, "元");
                ledger.figure(&label(person), "95000.0", other, "元");
                let place = conflict["place"].as_str().unwrap_or_default();
                writeln!(commands, "pick {at} {place} {value}")?;
                writeln!(commands, "confirm {at}")?;
            }
            writeln!(commands, "seal {at} --person {person} --even-if-incomplete")?;
        }
        let file = format!("{person}.evening");
        std::fs::write(folder.join(&file), commands)?;
        program.phone_does(person, &file)?;
    }
    ledger.figure("由第二调查员选定的不同答案", 1, settled, "处");
    Ok(())
}

/// What the household with two answers said to the one who asked.
const SAID_TO_FIRST: &str = "60030.0";

/// The value that a person wrote down.
fn of_person<'a>(conflict: &'a Value, person: &str) -> &'a Value {
    let mut written = conflict["values"].as_array().into_iter().flatten();
    let own = written.find(|written| written["person"] == person);
    own.map_or(&Value::Null, |written| &written["value"])
}
