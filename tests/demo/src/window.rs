//! `hudang-demo window`: a server, a short form, a contract that asks only for what a desktop window can capture, and
//! two invitations. The phone's store is the window's own to make.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use crate::ledger::for_program;
use crate::office::{self, Agenda, Job};
use crate::program::{Program, text};
use crate::{PIN, TEAMS};

/// Serves until standard input closes; what was set up is told in one line of JSON.
pub(crate) fn main(arguments: &[String]) -> anyhow::Result<()> {
    let folder = match arguments {
        [option, folder] if option == "--folder" => PathBuf::from(folder),
        _ => anyhow::bail!("usage: window --folder DIR"),
    };
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context("Clear the directory")?;
    }
    std::fs::create_dir_all(&folder).context("Make the directory")?;
    let folder = folder.canonicalize()?;
    let program = Program::in_folder(&folder)?;
    let server = program.serve("127.0.0.1:0")?;
    let agenda = Agenda {
        households: 1..=3,
        team: |_| TEAMS[0],
        job: Job::Window,
    };
    let office = office::set_up(&program, &server, &folder, crate::now()?.date(), &agenda)?;
    let mut invitations = Vec::new();
    for person in TEAMS[0] {
        let code = office::invitation(&program, &server, office.of(person), person)?;
        invitations.push(text(&code, "invitation")?);
    }
    let told = json!({
        "pin": PIN, "people": TEAMS[0], "invitations": invitations, "program": program.path,
        "store": folder.join("phone"), "server": server.url, "tls_fingerprint": server.fingerprint,
        "token": office.purchaser, "leader_token": office.leader,
    });
    for_program(&told);
    // Whoever started this ends it by going away.
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
