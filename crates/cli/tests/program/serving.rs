//! The real program serves, is asked by itself over HTTPS, and stops when told to.

use std::fs;
use std::path::Path;

use hudang_sync::enrol::SignedInvitation;
use hudang_testkit::workbook::sheets;
use serde_json::{Value, json};

use crate::served::{CONTRACT, Served, json_of, program, said_by};

fn asked(folder: &Path, serving: &Served, token: &str, arguments: &[&str]) -> Result<Value, Value> {
    said_by(&mut serving.asked(folder, token, arguments)).map_err(|(error, _)| error)
}

/// The server's log names no household, person, contract, token or code.
fn says_nothing_of_people(folder: &Path, secrets: &[&str]) {
    let log = fs::read_to_string(folder.join("server.log")).unwrap();
    assert!(log.contains("/v1/"), "requests are logged: {log}");
    for private in ["户-001", "jia", "东乌", "HT-2026-001"].iter().chain(secrets) {
        assert!(!log.contains(private), "{private} is in the log: {log}");
    }
}

/// The workbook of a month in which twelve visits were agreed and none was made.
fn nobody_went_in_march(workbook: &[u8]) {
    let [(_, numbers), (_, rows)] = sheets(workbook).try_into().unwrap();
    assert_eq!(
        numbers[0][0],
        "东乌旗 2026 年入户核查（HT-2026-001）2026-03 月度数量核对"
    );
    assert_eq!(
        numbers[4][..8].join(" "),
        "152525 东乌珠穆沁旗 2026-03 12 0 0 0 0"
    );
    assert_eq!(rows.len(), 1);
}

#[test]
#[allow(clippy::too_many_lines, reason = "one day of an office, in its order")]
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
    let mut serving = Served::start(folder, "127.0.0.1:0");
    let said = serving.said.clone();
    let first = said["token"].as_str().unwrap().to_owned();
    let token = |role: &str, organisation: &str| {
        let made = asked(
            folder,
            &serving,
            &first,
            &[
                "admin",
                "token",
                "--label",
                role,
                "--role",
                role,
                "--organisation",
                organisation,
            ],
        )
        .unwrap();
        made["name"].as_str().unwrap().to_owned()
    };
    let (clerk, supervisor) = (
        token("purchaser-handler", "minzheng"),
        token("supervisor", "xinghe"),
    );
    let clerk = |arguments: &[&str]| asked(folder, &serving, &clerk, arguments).unwrap();
    assert_eq!(
        clerk(&["admin", "contract", "contract.json"])["name"],
        "HT-2026-001"
    );
    let form = clerk(&["admin", "form", "form.json", "--contract", "HT-2026-001"])["name"]
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
    assert_eq!(asked(folder, &serving, &supervisor, &assign).unwrap()["rows"], 1);
    let code = ["admin", "code", "--contract", "HT-2026-001", "--person", "jia"];
    let code = asked(folder, &serving, &supervisor, &code).unwrap();
    let invitation = SignedInvitation::parse(code["invitation"].as_str().unwrap()).unwrap();
    let invitation = serde_json::to_value(invitation.invitation()).unwrap();
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
    nobody_went_in_march(&fs::read(folder.join("month.xlsx")).unwrap());
    let check = asked(folder, &serving, &first, &["archive", "check", "archive"]).unwrap();
    assert_eq!(check["found"], json!([]));
    asked(folder, &serving, &first, &["archive", "backup", "archive", "one"]).unwrap();
    assert!(folder.join("archive-backups/one/tls.cert").exists());
    let refused = asked(folder, &serving, &first, &["counts", "--contract", "HT-2026-001"]).unwrap_err();
    assert_eq!(refused["error"]["code"], "TOKEN-ROLE");
    let (url, other) = (serving.text("url"), "0".repeat(64));
    let other = [
        "--server",
        &url,
        "--token",
        &first,
        "--tls-fingerprint",
        &other,
        "admin",
        "contracts",
    ];
    let (stranger, _) = said_by(program(folder).args(other)).unwrap_err();
    assert_eq!(stranger["error"]["code"], "CLI-SERVER");

    serving.stops();
    says_nothing_of_people(folder, &[&first, invitation["code"].as_str().unwrap()]);
    let code = ["admin", "code", "--contract", "HT-2026-001", "--person", "yi"];
    let named = json_of(
        program(folder)
            .args(code)
            .args(["--url", "https://10.1.2.3:8443"]),
    );
    let invitation = SignedInvitation::parse(named["name"].as_str().unwrap()).unwrap();
    let invitation = serde_json::to_value(invitation.invitation()).unwrap();
    assert_eq!(invitation["tls"], said["tls_fingerprint"], "the same certificate");
}
