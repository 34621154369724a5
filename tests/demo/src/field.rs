//! What four phones do in the field, as files of commands: each phone is a store on the disk and knows no network.

use std::fmt::Write as _;
use std::path::Path;

use hudang_testkit::dibao::{self, Home};

use crate::originals::Originals;
use crate::program::Program;
use crate::{AREAS, CONFLICTING, HOUSEHOLDS, INCOMPLETE, REUSED, TEAMS, household, team_of};

/// Writes the originals where the phones' cameras and microphones would have put them.
pub(crate) fn write_originals(folder: &Path, originals: &Originals) -> anyhow::Result<()> {
    let camera = folder.join("camera");
    std::fs::create_dir_all(&camera)?;
    for n in 1..=usize::from(HOUSEHOLDS) {
        let photo = if n == usize::from(REUSED) { 0 } else { n - 1 };
        std::fs::write(camera.join(format!("{n}.photo")), &originals.photos[photo])?;
        std::fs::write(camera.join(format!("{n}.audio")), &originals.recordings[n - 1])?;
        std::fs::write(camera.join(format!("{n}.sign")), &originals.signatures[n - 1])?;
    }
    Ok(())
}

/// Both people of both teams visit their households.
pub(crate) fn visit(program: &Program, folder: &Path) -> anyhow::Result<()> {
    for (team, people) in TEAMS.iter().enumerate() {
        let mut files = [String::new(), String::new()];
        for n in (1..=HOUSEHOLDS).filter(|n| team_of(*n) == team) {
            first(&mut files[0], n)?;
            second(&mut files[1], n)?;
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

/// The one who asks the questions.
fn first(to: &mut String, n: u8) -> std::fmt::Result {
    let at = household(n);
    writeln!(to, "open {at}")?;
    writeln!(to, "consent {at} visit")?;
    writeln!(to, "consent {at} audio")?;
    writeln!(to, "position {at} 45.5{n:02} 116.9{n:02} --accuracy-cm 800")?;
    writeln!(to, "photo {at} camera/{n}.photo --purpose 门牌")?;
    writeln!(to, "instance {at} members_part/members")?;
    for (path, value) in dibao::asked(&home(n, &at)) {
        writeln!(to, "answer {at} {path} '{value}'")?;
    }
    writeln!(to, "audio {at} camera/{n}.audio --purpose 访谈")?;
    writeln!(to, "sign {at} camera/{n}.sign --role household")?;
    writeln!(to, "confirm {at}")?;
    writeln!(to, "outcome {at} done")?;
    writeln!(
        to,
        "seal {at} --person {} --even-if-incomplete",
        TEAMS[team_of(n)][0]
    )
}

/// The one who looks around.
fn second(to: &mut String, n: u8) -> std::fmt::Result {
    let at = household(n);
    writeln!(to, "open {at}")?;
    for (path, value) in dibao::seen(&home(n, &at)) {
        writeln!(to, "answer {at} {path} '{value}'")?;
    }
    writeln!(to, "note {at} 院内整洁，取暖用煤")?;
    if n == CONFLICTING {
        writeln!(to, "answer {at} {} 95000", dibao::DISPUTED)?;
    }
    Ok(())
}

/// The second person settles what differs, and seals what both brought.
pub(crate) fn seal(program: &Program, folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut settled = Vec::new();
    for (team, people) in TEAMS.iter().enumerate() {
        let person = people[1];
        let mut commands = String::new();
        for n in (1..=HOUSEHOLDS).filter(|n| team_of(*n) == team) {
            let at = household(n);
            for conflict in conflicts(program, person, &at)? {
                settled.push(format!("{at} {} {}", conflict.place, conflict.values));
                writeln!(commands, "pick {at} {} {}", conflict.place, conflict.first)?;
                writeln!(commands, "confirm {at}")?;
            }
            writeln!(commands, "seal {at} --person {person} --even-if-incomplete")?;
        }
        let file = format!("{person}.evening");
        std::fs::write(folder.join(&file), commands)?;
        program.phone_does(person, &file)?;
    }
    Ok(settled)
}

struct Conflict {
    place: String,
    first: String,
    values: String,
}

/// What the phone shows of answers that differ.
fn conflicts(program: &Program, person: &str, at: &str) -> anyhow::Result<Vec<Conflict>> {
    let answers = program.phone_json(person, &["answers", at])?;
    let mut found = Vec::new();
    for conflict in answers["conflicts"].as_array().into_iter().flatten() {
        let values: Vec<String> = conflict["values"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|told| {
                format!(
                    "{}（{}）",
                    told["value"],
                    told["person"].as_str().unwrap_or_default()
                )
            })
            .collect();
        found.push(Conflict {
            place: conflict["place"].as_str().unwrap_or_default().to_owned(),
            first: conflict["values"][0]["value"].to_string(),
            values: values.join(" / "),
        });
    }
    Ok(found)
}
