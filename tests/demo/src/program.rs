//! The program `hudang` beside this one, run as an office, a server and phones run it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use serde_json::Value;

/// The program, in the demo's directory.
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    folder: PathBuf,
}

/// A phone's screens, being served.
pub(crate) struct Screens {
    child: Child,
    pub(crate) url: String,
    pub(crate) fingerprint: Option<String>,
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    pub(crate) fingerprint: String,
    /// The first administrator's token, of a new archive.
    pub(crate) token: Option<String>,
}

impl Program {
    pub(crate) fn in_folder(folder: &Path) -> anyhow::Result<Self> {
        let path = std::env::current_exe()?.with_file_name("hudang");
        anyhow::ensure!(path.is_file(), "{} is not built", path.display());
        Ok(Self {
            path,
            folder: folder.to_owned(),
        })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).current_dir(&self.folder);
        command
    }

    /// Runs a command whose JSON answer is wanted; an error is the sentence that the program prints.
    pub(crate) fn json(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = self.command(arguments).arg("--json").output()?;
        anyhow::ensure!(
            output.status.success(),
            "hudang {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("Read what hudang {} said", arguments.join(" ")))
    }

    /// What a command prints for people.
    pub(crate) fn plain(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command(arguments).output()?;
        anyhow::ensure!(
            output.status.success(),
            "hudang {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Runs a file of commands on a phone; an error is the last sentence that it prints.
    pub(crate) fn phone_does(&self, store: &str, file: &str) -> anyhow::Result<()> {
        let output = self.phone(store, &["do", file]).output()?;
        anyhow::ensure!(
            output.status.success(),
            "{store} {file}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(())
    }

    /// A command on a phone's store.
    pub(crate) fn phone(&self, store: &str, arguments: &[&str]) -> Command {
        let mut command = self.command(&["phone", "--store", store]);
        command
            .args(arguments)
            .env("HUDANG_PIN", crate::PIN)
            // The phones of the demonstration are one machine; each is told apart as a phone of its own would be.
            .env("HUDANG_STARTED_EARLIER_S", started_earlier_s(store).to_string())
            .arg("--json");
        command
    }

    /// Asks a phone.
    pub(crate) fn phone_json(&self, store: &str, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = self.phone(store, arguments).output()?;
        anyhow::ensure!(
            output.status.success(),
            "{store} {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// What a phone says to something that it must refuse.
    pub(crate) fn phone_refuses(&self, store: &str, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = self.phone(store, arguments).output()?;
        anyhow::ensure!(!output.status.success(), "{store} {}: done", arguments.join(" "));
        Ok(serde_json::from_slice(&output.stderr)?)
    }

    /// Starts the server and waits until it listens.
    pub(crate) fn serve(&self, listen: &str) -> anyhow::Result<Server> {
        let log = std::fs::File::create(self.folder.join("server.log"))?;
        let mut child = self
            .command(&["--json", "serve", "archive", "--origin", "hudang/152525"])
            .args(["--listen", listen, "--log", "json"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let mut line = String::new();
        let said = child.stdout.take().context("The server's words")?;
        BufReader::new(said).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line).context("The server did not start; see server.log")?;
        Ok(Server {
            child,
            url: text(&said, "url")?,
            fingerprint: text(&said, "tls_fingerprint")?,
            token: text(&said, "token").ok(),
        })
    }
}

impl Program {
    /// Serves a phone's screens and waits until it listens.
    pub(crate) fn screens(&self, store: &str, ui: &Path, options: &[&str]) -> anyhow::Result<Screens> {
        let ui = ui.to_str().context("The place of the screens")?;
        let mut arguments = vec!["serve", "--ui", ui];
        arguments.extend(options);
        let mut child = self.phone(store, &arguments).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let said = child.stdout.take().context("The phone's words")?;
        BufReader::new(said).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line).context("The phone's screens are not served")?;
        Ok(Screens {
            child,
            url: text(&said, "url")?,
            fingerprint: text(&said, "tls_fingerprint").ok(),
        })
    }
}

impl Screens {
    /// The process that serves them.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Stays until it ends.
    pub(crate) fn stay(mut self) -> anyhow::Result<()> {
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Screens {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
    }
}

impl Server {
    /// The process that serves.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The options with which the program asks this server.
    pub(crate) fn asked_with<'a>(&'a self, token: &'a str) -> Vec<&'a str> {
        vec![
            "--server",
            &self.url,
            "--tls-fingerprint",
            &self.fingerprint,
            "--token",
            token,
        ]
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let id = self.child.id().to_string();
        anyhow::ensure!(Command::new("kill").arg(&id).status()?.success(), "kill {id}");
        let status = self.child.wait()?;
        anyhow::ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A demonstration that fails leaves no server behind.
        let _gone_already = self.child.kill();
    }
}

/// A text member of an answer.
pub(crate) fn text(value: &Value, member: &str) -> anyhow::Result<String> {
    let text = value.get(member).and_then(Value::as_str);
    Ok(text
        .with_context(|| format!("No {member} in {value}"))?
        .to_owned())
}

/// How much earlier the phone of this store was started than the machine that plays it.
fn started_earlier_s(store: &str) -> u64 {
    let place = crate::NAMES.iter().position(|(person, _)| *person == store);
    let place = place.map_or(crate::NAMES.len(), |place| place);
    u64::try_from(place).unwrap_or(0).saturating_mul(3_600)
}
