//! `hudang-demo app`: the app's window over a phone that is enrolled and has households to visit, with a server behind it.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use crate::ledger::{Ledger, say};
use crate::screens::Field;
use crate::{PIN, TEAMS, name_of};

const HOUSEHOLDS: u16 = 30;

/// Opens the window and stays until it is closed; server and phone are made anew each time.
pub(crate) fn main(arguments: &[String]) -> anyhow::Result<()> {
    let [window] = arguments else {
        anyhow::bail!("usage: app PROGRAM");
    };
    let field = Field::set_up(Path::new("target/app"), HOUSEHOLDS)?;
    let mut ledger = Ledger::default();
    let who = format!("{}，密码 {PIN}", TEAMS[0].map(name_of).join(" 或 "));
    ledger.name("窗口打开后选调查员", &who);
    ledger.name("服务器", &field.server.url);
    say("关闭窗口即结束。");
    let status = Command::new(window)
        .arg("--store")
        .arg(field.store())
        .status()
        .with_context(|| format!("Start {window}"))?;
    anyhow::ensure!(status.success(), "the window: {status}");
    Ok(())
}
