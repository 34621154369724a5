//! `hudang-demo screens`: a phone's screens on this machine, with a server behind them and households to visit.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use crate::office::{self, Agenda};
use crate::program::{Program, text};
use crate::{PIN, TEAMS};

/// The store of the phone that two people share.
const STORE: &str = "phone";
/// Who may be enrolled beside them.
const THIRD: &str = TEAMS[1][0];

const AGENDA: Agenda = Agenda {
    households: 30,
    team_of: |_| 0,
};

struct Options {
    folder: PathBuf,
    ui: PathBuf,
    is_json: bool,
    is_lan: bool,
}

fn options(arguments: &[String]) -> anyhow::Result<Options> {
    let mut options = Options {
        folder: PathBuf::from("target/screens-demo"),
        ui: PathBuf::from("ui/visit/dist"),
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
            other => anyhow::bail!(
                "unknown option {other}; usage: screens [--json] [--lan] [--folder DIR] [--ui DIR]"
            ),
        }
    }
    Ok(options)
}

/// Serves until it is told to stop: with `--json` when its standard input closes.
pub(crate) fn main(arguments: &[String]) -> anyhow::Result<()> {
    let options = options(arguments)?;
    if options.folder.exists() {
        std::fs::remove_dir_all(&options.folder).context("Clear the directory")?;
    }
    std::fs::create_dir_all(&options.folder).context("Make the directory")?;
    let folder = options.folder.canonicalize()?;
    let ui = std::path::absolute(&options.ui)?;
    let program = Program::in_folder(&folder)?;
    let server = program.serve("127.0.0.1:0")?;
    let tokens = office::set_up(
        &program,
        &server,
        &folder,
        crate::today()?,
        AGENDA,
        !options.is_json,
    )?;
    let invitation = |person: &str| -> anyhow::Result<String> {
        text(
            &office::invitation(&program, &server, &tokens.contractor, person)?,
            "invitation",
        )
    };
    program.phone_json(STORE, &["init"])?;
    for person in TEAMS[0] {
        let file = format!("{person}.invitation");
        std::fs::write(folder.join(&file), invitation(person)?)?;
        program.phone_json(STORE, &["enrol", "--invitation", &file])?;
    }
    program.phone_json(STORE, &["sync"])?;
    let third = invitation(THIRD)?;
    let screens = program.screens(STORE, &ui, if options.is_lan { &["--lan"] } else { &[] })?;
    if options.is_json {
        let told = json!({
            "url": screens.url, "phone_id": screens.id(), "pin": PIN, "people": TEAMS[0], "third": THIRD,
            "invitation": third, "folder": folder, "program": program.path, "store": folder.join(STORE),
            "ui": ui, "server": server.url, "tls_fingerprint": server.fingerprint, "token": tokens.purchaser,
        });
        println!("{told}");
        // Whoever started this ends it by going away.
        std::io::stdin().read_to_end(&mut Vec::new())?;
        return Ok(());
    }
    show(&screens.url, screens.fingerprint.as_deref(), &ui);
    screens.stay()
}

pub(crate) fn show(url: &str, fingerprint: Option<&str>, ui: &Path) {
    println!(
        "手机界面：{url}（{} 的 PIN 为 {PIN}，{} 户待入户）",
        TEAMS[0].join("、"),
        AGENDA.households
    );
    if let Some(print) = fingerprint {
        println!("证书指纹：{print}（浏览器会提示证书不受信任，核对后继续）");
    }
    if !ui.join("index.html").is_file() {
        println!("界面尚未构建：cd ui && npm ci && npm run build");
    }
}
