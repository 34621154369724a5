//! `hudang-demo screens`: a phone's screens on this machine, with a server behind them and households to visit.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use crate::ledger::{Ledger, for_program, say};
use crate::office::{self, Agenda, Job, Office};
use crate::program::{Program, Screens, Server, text};
use crate::{PIN, SCREEN_TEAM, TEAMS, name_of};

/// The store of the phone that two people share.
const STORE: &str = "phone";
/// Who may be enrolled beside them.
const THIRD: &str = SCREEN_TEAM[0];

/// The screens of the main build.
const BUILT: &str = "ui/visit/dist";

struct Options {
    folder: PathBuf,
    ui: PathBuf,
    households: u16,
    is_json: bool,
    is_lan: bool,
}

fn options(arguments: &[String]) -> anyhow::Result<Options> {
    let mut options = Options {
        folder: PathBuf::from("target/screens-demo"),
        ui: PathBuf::from(BUILT),
        households: 30,
        is_json: false,
        is_lan: false,
    };
    let mut rest = arguments.iter();
    while let Some(option) = rest.next() {
        let mut place = || rest.next().map(PathBuf::from).context("A directory is missing");
        match option.as_str() {
            "--json" => options.is_json = true,
            "--lan" => options.is_lan = true,
            "--folder" => options.folder = place()?,
            "--ui" => options.ui = place()?,
            "--households" => {
                let number = place()?;
                let number = number.to_str().and_then(|number| number.parse().ok());
                options.households = number.context("--households needs a number up to 65535")?;
            }
            other => anyhow::bail!(
                "unknown option {other}; usage: screens [--json] [--lan] [--folder DIR] [--ui DIR] [--households N]"
            ),
        }
    }
    Ok(options)
}

/// A server with a contract, and a phone on which two people are enrolled and have households to visit.
pub(crate) struct Field {
    pub(crate) program: Program,
    pub(crate) server: Server,
    pub(crate) office: Office,
    pub(crate) folder: PathBuf,
}

impl Field {
    /// Sets all of it up in an empty directory.
    pub(crate) fn set_up(folder: &Path, households: u16) -> anyhow::Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder).context("Clear the directory")?;
        }
        std::fs::create_dir_all(folder).context("Make the directory")?;
        let folder = folder.canonicalize()?;
        let program = Program::in_folder(&folder)?;
        let server = program.serve("127.0.0.1:0")?;
        let agenda = Agenda {
            households: 1..=households,
            team: |_| TEAMS[0],
            job: Job::Screens,
        };
        let office = office::set_up(&program, &server, &folder, crate::now()?.date(), &agenda)?;
        enrol(&program, &server, &office, &folder, TEAMS[0])?;
        Ok(Self {
            program,
            server,
            office,
            folder,
        })
    }

    /// The store of its phone.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.join(STORE)
    }
}

/// Serves until it is told to stop: with `--json` when its standard input closes.
pub(crate) fn main(arguments: &[String]) -> anyhow::Result<()> {
    let options = options(arguments)?;
    let ui = std::path::absolute(&options.ui)?;
    let field = Field::set_up(&options.folder, options.households)?;
    let Field {
        program,
        server,
        office,
        folder,
    } = &field;
    let third = invitation(program, server, office, THIRD)?;
    let screens = program.screens(STORE, &ui, listening(options.is_lan))?;
    if options.is_json {
        let told = json!({
            "url": screens.url, "phone_id": screens.id(), "pin": PIN, "people": TEAMS[0],
            "names": TEAMS[0].map(name_of), "third": THIRD,
            "invitation": third, "folder": folder, "program": program.path, "store": field.store(),
            "ui": ui, "server": server.url, "server_id": server.id(), "tls_fingerprint": server.fingerprint,
            "token": office.purchaser, "contractor_token": office.contractor, "leader_token": office.leader,
        });
        for_program(&told);
        // Whoever started this ends it by going away.
        std::io::stdin().read_to_end(&mut Vec::new())?;
        return Ok(());
    }
    show(&mut Ledger::default(), &screens, TEAMS[0], &ui);
    screens.stay()
}

/// A phone for trying the screens beside the demonstration, with households of its own.
pub(crate) fn beside(
    program: &Program,
    server: &Server,
    office: &Office,
    folder: &Path,
    is_lan: bool,
    ledger: &mut Ledger,
) -> anyhow::Result<Screens> {
    let agenda = Agenda {
        households: 101..=130,
        team: |_| SCREEN_TEAM,
        job: Job::Field,
    };
    office.assign(program, server, folder, &agenda)?;
    enrol(program, server, office, folder, SCREEN_TEAM)?;
    let ui = std::path::absolute(BUILT)?;
    let screens = program.screens(STORE, &ui, listening(is_lan))?;
    show(ledger, &screens, SCREEN_TEAM, &ui);
    Ok(screens)
}

const fn listening(is_lan: bool) -> &'static [&'static str] {
    if is_lan { &["--lan"] } else { &[] }
}

fn invitation(program: &Program, server: &Server, office: &Office, person: &str) -> anyhow::Result<String> {
    let code = office::invitation(program, server, office.of(person), person)?;
    text(&code, "invitation")
}

/// Two people share one phone; their work of today comes with the first sync.
fn enrol(
    program: &Program,
    server: &Server,
    office: &Office,
    folder: &Path,
    people: [&str; 2],
) -> anyhow::Result<()> {
    program.phone_json(STORE, &["init"])?;
    for person in people {
        let file = format!("{person}.invitation");
        std::fs::write(folder.join(&file), invitation(program, server, office, person)?)?;
        program.phone_json(STORE, &["enrol", "--invitation", &file])?;
    }
    program.phone_json(STORE, &["sync"])?;
    Ok(())
}

fn show(ledger: &mut Ledger, screens: &Screens, people: [&str; 2], ui: &Path) {
    ledger.name("手机界面", &screens.url);
    let who = format!("{}，密码 {PIN}", people.map(name_of).join("、"));
    ledger.name("调查员", &who);
    if let Some(print) = &screens.fingerprint {
        ledger.name("证书指纹（浏览器会提示证书不受信任，核对后继续）", print);
    }
    if !ui.join("index.html").is_file() {
        say("界面尚未构建：cd ui && npm ci && npm run build");
    }
}
