//! The real program serves, is asked by itself over HTTPS, and stops when told to.

#![allow(
    clippy::disallowed_methods,
    reason = "writes the files that the program reads"
)]

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{BufRead as _, BufReader};
    use std::path::Path;
    use std::process::{Child, Command, Stdio};

    use serde_json::{Value, json};

    const CONTRACT: &str = r#"{
      "id": "HT-2026-001", "title": "东乌旗 2026 年入户核查", "buyer": "minzheng", "contractors": ["xinghe"],
      "term": {"from": "2026-01-01", "to": "2026-12-31"},
      "areas": [{"code": "152525", "name": "东乌珠穆沁旗"}],
      "periods": [{"key": "2026-03", "from": "2026-03-01", "to": "2026-03-31"}],
      "quantities": [{"area": "152525", "period": "2026-03", "visits": 12}],
      "cycle": "quarter", "paid": ["done"],
      "standard": {"title": "留痕标准", "outcomes": {"done": {"investigators": 2}}},
      "roster": [{"person": "jia", "org": "xinghe"}, {"person": "yi", "org": "xinghe"}]
    }"#;

    /// A server that ends with the test.
    struct Serving {
        child: Child,
        said: Value,
    }

    impl Serving {
        /// Tells it to stop; it ends well.
        fn stops(&mut self) {
            let id = self.child.id().to_string();
            let told = Command::new("kill").args(["-TERM", &id]).status().unwrap();
            assert!(told.success());
            assert!(self.child.wait().unwrap().success());
        }
    }

    impl Drop for Serving {
        fn drop(&mut self) {
            let _ = self.child.kill();
        }
    }

    fn serve(folder: &Path) -> Serving {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hudang"))
            .args([
                "--json",
                "serve",
                "archive",
                "--origin",
                "hudang/152525",
                "--listen",
                "127.0.0.1:0",
            ])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(fs::File::create(folder.join("server.log")).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said = serde_json::from_str(&line).unwrap();
        Serving { child, said }
    }

    fn asked(folder: &Path, said: &Value, token: &str, arguments: &[&str]) -> Result<Value, Value> {
        let text = |member: &str| said[member].as_str().unwrap().to_owned();
        let output = Command::new(env!("CARGO_BIN_EXE_hudang"))
            .args(["--json", "--server", &text("url"), "--token", token])
            .args(["--tls-fingerprint", &text("tls_fingerprint")])
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap();
        let json = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or_default();
        if output.status.success() {
            Ok(json(&output.stdout))
        } else {
            Err(json(&output.stderr))
        }
    }

    /// The server's log names no household, person, contract, token or code.
    fn says_nothing_of_people(folder: &Path, secrets: &[&str]) {
        let log = fs::read_to_string(folder.join("server.log")).unwrap();
        assert!(log.contains("/v1/"), "requests are logged: {log}");
        for private in ["户-001", "jia", "东乌", "HT-2026-001"].iter().chain(secrets) {
            assert!(!log.contains(private), "{private} is in the log: {log}");
        }
    }

    #[test]
    fn an_office_works_through_a_running_server() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path();
        fs::write(folder.join("contract.json"), CONTRACT).unwrap();
        fs::write(folder.join("form.json"), hudang_testkit::form::text()).unwrap();
        fs::write(folder.join("households.csv"), "code,area\n户-001,152525\n").unwrap();
        fs::write(
            folder.join("assignments.csv"),
            "household,people\n户-001,jia yi\n",
        )
        .unwrap();
        let mut serving = serve(folder);
        let said = serving.said.clone();
        let first = said["token"].as_str().unwrap().to_owned();
        let token = |role: &str| {
            let made = asked(
                folder,
                &said,
                &first,
                &["admin", "token", "--label", role, "--role", role],
            )
            .unwrap();
            made["name"].as_str().unwrap().to_owned()
        };
        let (clerk, supervisor) = (token("purchaser-handler"), token("supervisor"));
        let clerk = |arguments: &[&str]| asked(folder, &said, &clerk, arguments).unwrap();
        assert_eq!(
            clerk(&["admin", "contract", "contract.json"])["name"],
            "HT-2026-001"
        );
        let form = clerk(&["admin", "form", "form.json"])["name"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(clerk(&["admin", "households", "households.csv"])["rows"], 1);
        let assign = [
            "admin",
            "assignments",
            "assignments.csv",
            "--contract",
            "HT-2026-001",
            "--form",
            &form,
        ];
        assert_eq!(asked(folder, &said, &supervisor, &assign).unwrap()["rows"], 1);
        let code = ["admin", "code", "--contract", "HT-2026-001", "--person", "jia"];
        let code = asked(folder, &said, &supervisor, &code).unwrap();
        let invitation: Value = serde_json::from_str(code["invitation"].as_str().unwrap()).unwrap();
        assert_eq!(invitation["tls"], said["tls_fingerprint"]);
        assert_eq!(invitation["url"], said["url"]);
        let counts = clerk(&["counts", "--contract", "HT-2026-001"]);
        assert_eq!(counts[0]["underway"], 1, "{counts}");
        assert_eq!(counts[1]["contracted"], 12, "{counts}");
        clerk(&[
            "report",
            "month",
            "2026-03",
            "--contract",
            "HT-2026-001",
            "--out",
            "month.xlsx",
        ]);
        assert!(fs::read(folder.join("month.xlsx")).unwrap().starts_with(b"PK"));
        let check = asked(folder, &said, &first, &["archive", "check", "archive"]).unwrap();
        assert_eq!(check["found"], json!([]));
        asked(folder, &said, &first, &["archive", "backup", "archive", "one"]).unwrap();
        assert!(folder.join("archive-backups/one/tls.cert").exists());
        let refused = asked(folder, &said, &first, &["counts", "--contract", "HT-2026-001"]).unwrap_err();
        assert_eq!(refused["error"]["code"], "TOKEN-ROLE");
        let other = json!({ "url": said["url"], "tls_fingerprint": "0".repeat(64) });
        let stranger = asked(folder, &other, &first, &["admin", "contracts"]).unwrap_err();
        assert_eq!(stranger["error"]["code"], "CLI-SERVER");

        serving.stops();
        says_nothing_of_people(folder, &[&first, invitation["code"].as_str().unwrap()]);
        let closed = Command::new(env!("CARGO_BIN_EXE_hudang"))
            .args([
                "--json",
                "admin",
                "code",
                "--contract",
                "HT-2026-001",
                "--person",
                "yi",
            ])
            .args(["--url", "https://10.1.2.3:8443"])
            .current_dir(folder)
            .output()
            .unwrap();
        let named: Value = serde_json::from_slice(&closed.stdout).unwrap();
        let invitation: Value = serde_json::from_str(named["name"].as_str().unwrap()).unwrap();
        assert_eq!(invitation["tls"], said["tls_fingerprint"], "the same certificate");
    }
}
