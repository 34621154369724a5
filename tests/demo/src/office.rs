//! What the purchaser and the contractors' offices decide before anybody goes out.

use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::Context as _;
use chrono::{Datelike as _, Months, NaiveDate};
use serde_json::{Value, json};

use crate::program::{Program, Server, text};
use crate::{AREAS, CONTRACT, SCREEN_TEAM, TEAMS, household, name_of};

/// What is asked of the visits.
#[derive(Clone, Copy)]
pub(crate) enum Job {
    /// The trade's form, as the bureau wrote it in Excel, and of each kind what a phone without a screen captures.
    Field,
    /// The same form, and all that a careful purchaser asks of somebody with a camera in the hand.
    Screens,
    /// A short form, and what a desktop window can capture.
    Window,
}

impl Job {
    const fn form(self) -> &'static str {
        match self {
            Self::Field | Self::Screens => "forms/低保入户调查表.xlsx",
            Self::Window => "tests/demo/window.xml",
        }
    }

    /// What a visit that was done must contain.
    fn done(self) -> Value {
        let of_form = |photos: Value, signatures: Value| {
            json!({
                "investigators": 2,
                "questions": [{"path": "basics/applicant_name", "min": 1},
                              {"path": "members_part/members/member_name", "min": 1}],
                "photos": photos,
                "audio": {"purpose": "访谈", "min_seconds": 3, "gap_max_seconds": 60, "consent": true},
                "consents": ["visit"],
                "gps": {"accuracy_max_cm": 5000},
                "signatures": signatures,
                "waivers": [{"for": "audio", "reasons": ["household-refused"], "witness": true},
                            {"for": "gps", "reasons": ["no-signal", "device-failed"], "witness": true},
                            {"for": "sign:household", "reasons": ["cannot-write"], "witness": true}]
            })
        };
        match self {
            Self::Field => of_form(
                json!([{"purpose": "门牌", "min": 1}]),
                json!([{"role": "household", "min": 1}]),
            ),
            Self::Screens => of_form(
                json!([{"purpose": "门牌", "min": 1}, {"purpose": "合影", "min": 1},
                       {"purpose": "居住环境", "min": 2}, {"purpose": "存折", "min": 1}]),
                json!([{"role": "household", "min": 1}, {"role": "investigator", "min": 2}]),
            ),
            Self::Window => json!({
                "investigators": 2,
                "questions": [{"path": "name", "min": 1}],
                "photos": [{"purpose": "门牌", "min": 1}],
                "consents": ["visit"],
                "signatures": [{"role": "household", "min": 1}]
            }),
        }
    }
}

/// Which households are visited, and by whom.
#[derive(Clone)]
pub(crate) struct Agenda {
    pub(crate) households: RangeInclusive<u16>,
    pub(crate) team: fn(u16) -> [&'static str; 2],
    pub(crate) job: Job,
}

/// The tokens of the people at their desks, and the form that they published.
pub(crate) struct Office {
    /// Of the first team's contractor.
    pub(crate) contractor: String,
    /// Of the second team's.
    second: String,
    pub(crate) purchaser: String,
    /// Who decides for the purchaser what a person has to decide.
    pub(crate) leader: String,
    pub(crate) administrator: String,
    form: String,
}

/// Makes the tokens, and writes contract, form, households and assignments.
pub(crate) fn set_up(
    program: &Program,
    server: &Server,
    folder: &Path,
    today: NaiveDate,
    agenda: &Agenda,
) -> anyhow::Result<Office> {
    let administrator = server.token.clone().context("The new archive gave no token")?;
    let made_by = |token: &str, label: &str, role: &str, organisation: &str| -> anyhow::Result<String> {
        let mut arguments = server.asked_with(token);
        arguments.extend(["admin", "token", "--label", label, "--role", role]);
        arguments.extend(["--organisation", organisation]);
        text(&program.json(&arguments)?, "name")
    };
    let made =
        |label: &str, role: &str, organisation: &str| made_by(&administrator, label, role, organisation);
    let leader = made("东乌旗民政局分管领导", "purchaser-leader", "minzheng")?;
    // Whom an office has takes in the others; what the administrator made for it now would wait a day.
    let purchaser = made_by(&leader, "东乌旗民政局经办", "purchaser-handler", "minzheng")?;
    let mut office = Office {
        contractor: made("星河社工办公室", "contractor-admin", "xinghe")?,
        second: made("禾源社工办公室", "contractor-admin", "heyuan")?,
        leader,
        purchaser,
        administrator: administrator.clone(),
        form: String::new(),
    };
    std::fs::write(
        folder.join("contract.json"),
        contract(today, agenda.job)?.to_string(),
    )?;
    let mut write = server.asked_with(&office.purchaser);
    write.extend(["admin", "contract", "contract.json"]);
    program.json(&write)?;
    let workbook = Path::new(agenda.job.form())
        .canonicalize()
        .context("The form's file")?;
    let workbook = workbook.to_str().context("The form's place")?;
    let mut publish = server.asked_with(&office.purchaser);
    publish.extend(["form", "publish", workbook, "--contract", CONTRACT]);
    let published = program.json(&publish)?;
    office.form = text(&published, "name")?;
    office.assign(program, server, folder, agenda)?;
    Ok(office)
}

impl Office {
    /// Writes households and who goes to them.
    pub(crate) fn assign(
        &self,
        program: &Program,
        server: &Server,
        folder: &Path,
        agenda: &Agenda,
    ) -> anyhow::Result<()> {
        std::fs::write(folder.join("households.csv"), households(agenda))?;
        let mut households = server.asked_with(&self.purchaser);
        households.extend(["admin", "households", "households.csv"]);
        program.json(&households)?;
        for office in [&self.contractor, &self.second] {
            let of_office = |team: [&str; 2]| self.of(team[0]) == office;
            std::fs::write(folder.join("assignments.csv"), assignments(agenda, of_office))?;
            let mut assignments = server.asked_with(office);
            assignments.extend(["admin", "assignments", "assignments.csv", "--contract", CONTRACT]);
            assignments.extend(["--form", &self.form]);
            program.json(&assignments)?;
        }
        Ok(())
    }

    /// The token of the office that a person works for.
    pub(crate) fn of(&self, person: &str) -> &str {
        if TEAMS[1].contains(&person) {
            &self.second
        } else {
            &self.contractor
        }
    }
}

/// A one-time code as the office's screen shows it.
pub(crate) fn invitation(
    program: &Program,
    server: &Server,
    token: &str,
    person: &str,
) -> anyhow::Result<Value> {
    let mut arguments = server.asked_with(token);
    arguments.extend(["admin", "code", "--contract", CONTRACT, "--person", person]);
    program.json(&arguments)
}

/// Two banners, twelve visits in each this month.
fn contract(today: NaiveDate, job: Job) -> anyhow::Result<Value> {
    let from = today.with_day(1).context("The first of the month")?;
    let next = from
        .checked_add_months(Months::new(1))
        .context("The next month")?;
    let to = next.pred_opt().context("The last of the month")?;
    let period = from.format("%Y-%m").to_string();
    let quantity = |area: &str| json!({"area": area, "period": period, "visits": 12});
    let member = |person: &str, org: &str| json!({"person": person, "org": org, "name": name_of(person)});
    Ok(json!({
        "id": CONTRACT, "title": "内蒙古入户核查", "buyer": "minzheng", "contractors": ["xinghe", "heyuan"],
        "term": {"from": from.to_string(), "to": to.to_string()},
        "areas": [{"code": AREAS[0], "name": "达尔罕茂明安联合旗"}, {"code": AREAS[1], "name": "西乌珠穆沁旗"}],
        "periods": [{"key": period, "from": from.to_string(), "to": to.to_string()}],
        "quantities": AREAS.map(quantity),
        "cycle": "quarter", "paid": ["done"],
        "standard": {"title": "留痕标准", "outcomes": {
        "nobody-at-home": {"investigators": 2, "attempts": {"days": 2, "purpose": "门牌"}},
        "refused": {"investigators": 2, "photos": [{"purpose": "门牌", "min": 1}], "gps": {"accuracy_max_cm": 5000}},
        "moved": {"investigators": 2, "photos": [{"purpose": "门牌", "min": 1}], "gps": {"accuracy_max_cm": 5000}},
        "done": job.done()}},
        "roster": [member(TEAMS[0][0], "xinghe"), member(TEAMS[0][1], "xinghe"),
                   member(TEAMS[1][0], "heyuan"), member(TEAMS[1][1], "heyuan"),
                   member(SCREEN_TEAM[0], "xinghe"), member(SCREEN_TEAM[1], "xinghe")]
    }))
}

fn households(agenda: &Agenda) -> String {
    let mut csv = "code,area,head,address,phone,township,village\n".to_owned();
    for n in agenda.households.clone() {
        let area = AREAS[usize::from(n % 2)];
        csv += &[
            &household(n),
            area,
            &format!("户主{n}"),
            &format!("示例嘎查 {n} 号"),
            &format!("1390000{n:04}"),
            "示例苏木",
            "示例嘎查",
        ]
        .join(",");
        csv.push('\n');
    }
    csv
}

fn assignments(agenda: &Agenda, is_sent: impl Fn([&'static str; 2]) -> bool) -> String {
    let mut csv = "household,people\n".to_owned();
    for n in agenda.households.clone().filter(|n| is_sent((agenda.team)(*n))) {
        csv += &[household(n), (agenda.team)(n).join(" ")].join(",");
        csv.push('\n');
    }
    csv
}
