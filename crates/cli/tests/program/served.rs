//! The program, and the program as a server in a process of its own.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A contract of one banner and one month.
pub(crate) const CONTRACT: &str = r#"{
  "id": "HT-2026-001", "title": "东乌旗 2026 年入户核查", "buyer": "minzheng", "contractors": ["xinghe"],
  "term": {"from": "2026-01-01", "to": "2026-12-31"},
  "areas": [{"code": "152525", "name": "东乌珠穆沁旗"}],
  "periods": [{"key": "2026-03", "from": "2026-03-01", "to": "2026-03-31"}],
  "quantities": [{"area": "152525", "period": "2026-03", "visits": 12}],
  "cycle": "quarter", "paid": ["done"],
  "standard": {"title": "留痕标准", "outcomes": {"done": {"investigators": 2}}},
  "roster": [{"person": "jia", "org": "xinghe"}, {"person": "yi", "org": "xinghe"}]
}"#;

/// The program in a folder, answering in JSON, whatever the environment of the test says.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hudang"));
    command.arg("--json").current_dir(folder);
    for name in [
        "ARCHIVE",
        "LANG",
        "SERVER",
        "TOKEN",
        "TLS_FINGERPRINT",
        "RECEIPT_KEY",
    ] {
        command.env_remove(format!("HUDANG_{name}"));
    }
    command
}

/// What a command that must succeed says.
pub(crate) fn json_of(command: &mut Command) -> Value {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

/// What a command says: its result, or its error beside what it printed before.
pub(crate) fn said_by(command: &mut Command) -> Result<Value, (Value, Value)> {
    let output = command.output().unwrap();
    let json = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or_default();
    if output.status.success() {
        Ok(json(&output.stdout))
    } else {
        Err((json(&output.stderr), json(&output.stdout)))
    }
}

/// A server that ends with the test.
pub(crate) struct Served {
    child: Child,
    /// What it said when it began.
    pub(crate) said: Value,
}

impl Served {
    /// Serves the folder's `archive`.
    pub(crate) fn start(folder: &Path, listen: &str) -> Self {
        let mut child = program(folder)
            .args(["serve", "archive", "--origin", "hudang/152525"])
            .args(["--listen", listen])
            .stdout(Stdio::piped())
            .stderr(File::create(folder.join("server.log")).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said = serde_json::from_str(&line).expect("the server starts, whatever happened before");
        Self { child, said }
    }

    /// A text of what it said.
    pub(crate) fn text(&self, member: &str) -> String {
        self.said[member].as_str().unwrap().to_owned()
    }

    /// The program, asking this server with a token.
    pub(crate) fn asked(&self, folder: &Path, token: &str, arguments: &[&str]) -> Command {
        let mut command = program(folder);
        command
            .args(["--server", &self.text("url"), "--token", token])
            .args(["--tls-fingerprint", &self.text("tls_fingerprint")])
            .args(arguments);
        command
    }

    /// Tells it to stop; it ends well.
    pub(crate) fn stops(&mut self) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(told.success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
