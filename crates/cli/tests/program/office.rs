//! The real program: an office sets up, asks, reports; every command speaks JSON and says what to do when it fails.

use std::fs;
use std::path::Path;
use std::process::Command;

use hudang_testkit::workbook::sheets;
use serde_json::{Value, json};

use crate::served::{CONTRACT, program};

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn hudang(folder: &Path, arguments: &[&str]) -> Ran {
    let output = program(folder).args(arguments).output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs a command that must succeed; returns what it printed as JSON.
fn told(folder: &Path, arguments: &[&str]) -> Value {
    let ran = hudang(folder, arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// Runs a command that must fail; returns its code and exit code.
fn failed(folder: &Path, arguments: &[&str]) -> (String, i32) {
    let ran = hudang(folder, arguments);
    let error: Value = serde_json::from_str(&ran.err).unwrap();
    assert!(!error["error"]["zh"].as_str().unwrap().is_ascii());
    assert!(!error["error"]["en"].as_str().unwrap().is_empty());
    (error["error"]["code"].as_str().unwrap().to_owned(), ran.code)
}

fn office(folder: &Path) {
    told(
        folder,
        &["archive", "init", "archive", "--origin", "hudang/152525"],
    );
    fs::write(folder.join("contract.json"), CONTRACT).unwrap();
    fs::write(folder.join("form.json"), hudang_testkit::form::text()).unwrap();
    let households = "\u{feff}code,area,head\n户-001,152525104201,某某\n户-002,152525,\n";
    fs::write(folder.join("households.csv"), households).unwrap();
    fs::write(
        folder.join("assignments.csv"),
        "household,people\n户-001,jia yi\n户-002,jia yi\n",
    )
    .unwrap();
    assert_eq!(
        told(folder, &["admin", "contract", "contract.json"])["name"],
        "HT-2026-001"
    );
    let form = told(
        folder,
        &["admin", "form", "form.json", "--contract", "HT-2026-001"],
    );
    assert_eq!(
        told(folder, &["admin", "households", "households.csv"])["rows"],
        2
    );
    let form = form["name"].as_str().unwrap();
    let assign = [
        "admin",
        "assignments",
        "assignments.csv",
        "--contract",
        "HT-2026-001",
        "--form",
        form,
    ];
    assert_eq!(told(folder, &assign)["rows"], 2);
}

#[test]
fn a_workbook_becomes_the_form_of_visits() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    office(folder);
    let workbook = concat!(env!("CARGO_MANIFEST_DIR"), "/../../forms/低保入户调查表.xlsx");
    let publish = ["form", "publish", workbook, "--contract", "HT-2026-001"];
    let published = told(folder, &publish);
    assert_eq!(
        (published["title"].as_str(), published["version"].as_str()),
        (Some("低保入户调查表"), Some("2026113001"))
    );
    assert_eq!(
        told(folder, &publish)["name"],
        published["name"],
        "the same workbook is the same form"
    );
    let (code, exit) = failed(
        folder,
        &["form", "publish", workbook, "--contract", "HT-2026-999"],
    );
    assert_eq!((code.as_str(), exit), ("ARCHIVE-UNKNOWN", 2));
    told(folder, &["form", "publish", workbook, "--out", "package.json"]);
    assert_eq!(
        told(folder, &["admin", "form", "package.json"])["name"],
        published["name"]
    );
    fs::write(folder.join("broken.xml"), "<h:html/>").unwrap();
    let (code, exit) = failed(folder, &["form", "publish", "broken.xml"]);
    assert_eq!((code.as_str(), exit), ("FORM-UNUSABLE", 1));
}

#[test]
fn a_contract_changes_with_a_second_person_who_was_shown_what_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    office(folder);
    let mut next: Value = serde_json::from_str(CONTRACT).unwrap();
    next["areas"][0]["code"] = json!("152522");
    next["quantities"][0]["area"] = json!("152522");
    fs::write(folder.join("next.json"), next.to_string()).unwrap();
    let change = ["admin", "contract", "next.json"];
    let dry = told(folder, &[&change[..], &["--dry-run"]].concat());
    let moved = &dry["moved"][0];
    assert_eq!(
        (
            &moved["visits"],
            &moved["before"]["state"],
            &moved["after"]["area"]
        ),
        (&json!(2), &json!("assigned"), &json!("")),
        "who is to be visited lies in no area of it then: {dry}"
    );
    assert_eq!(
        failed(folder, &["admin", "proposal", "HT-2026-001"]).0,
        "CONTRACT-NO-PROPOSAL",
        "nothing was written"
    );
    let written = told(folder, &[&change[..], &["--from", "2026-03-20"]].concat());
    assert_eq!(
        (&written["written"], &written["from"]),
        (&json!("proposed"), &json!("2026-03-20"))
    );
    let shown = told(folder, &["admin", "proposal", "HT-2026-001"]);
    assert_eq!(shown["by"], "local");
    let seen = shown["recount"]["seen"].as_str().unwrap();
    let confirm = ["admin", "confirm", "HT-2026-001", "--seen", seen];
    assert_eq!(failed(folder, &confirm), ("CONTRACT-SECOND-PERSON".to_owned(), 2));
    assert_eq!(told(folder, &["admin", "lifts", "HT-2026-001"]), json!([]));
    let lift = [
        "admin",
        "lift",
        "--contract",
        "HT-2026-001",
        "--people",
        "jia",
        "yi",
    ];
    let days = [
        "--from",
        "2026-03-02",
        "--to",
        "2026-03-08",
        "--reason",
        "late",
        "--why",
        "雪灾断网一周",
    ];
    let lifted = told(folder, &[&lift[..], &days].concat());
    let id = lifted["id"].to_string();
    assert_eq!(
        told(folder, &["admin", "lifts", "HT-2026-001"])[0]["why"],
        "雪灾断网一周"
    );
    told(folder, &["admin", "revoke-lift", &id, "--why", "有误"]);
    assert_eq!(
        told(folder, &["admin", "lifts", "HT-2026-001"])[0]["revoked"],
        true
    );
    let (code, _) = failed(folder, &["admin", "revoke-lift", &id, "--why", "有误"]);
    assert_eq!(code, "ARCHIVE-UNKNOWN");
}

#[test]
fn an_office_sets_up_and_asks() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    office(folder);
    let lines = told(folder, &["counts", "--contract", "HT-2026-001"]);
    let underway: u64 = lines
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["underway"].as_u64().unwrap())
        .sum();
    assert_eq!((underway, &lines[1]["contracted"]), (2, &json!(12)), "{lines}");
    let listed = told(
        folder,
        &["counts", "--contract", "HT-2026-001", "--state", "assigned"],
    );
    let visit = listed[0]["visit"].as_str().unwrap();
    assert_eq!(told(folder, &["visit", "show", visit])["state"], "assigned");
    assert_eq!(
        failed(folder, &["visit", "verify", visit]),
        ("VISIT-FINDINGS".to_owned(), 1)
    );

    let code = told(
        folder,
        &["admin", "code", "--contract", "HT-2026-001", "--person", "jia"],
    );
    assert_eq!(code["name"].as_str().unwrap().len(), 23);
    assert_eq!(told(folder, &["admin", "devices"]), json!([]));
    let auditor = [
        "admin",
        "token",
        "--label",
        "王",
        "--role",
        "auditor",
        "--organisation",
        "shenji",
        "--contract",
        "HT-2026-001",
    ];
    assert!(told(folder, &auditor)["name"].is_string());

    assert_eq!(told(folder, &["archive", "check", "archive"])["found"], json!([]));
    assert_eq!(
        told(folder, &["archive", "rebuild", "archive"])["differences"],
        json!([])
    );
    told(folder, &["archive", "backup", "archive", "backup"]);
    told(folder, &["archive", "restore", "backup", "restored"]);
    // The same for the eyes of whoever has the key.
    let key = told(folder, &["archive", "backup-key", "backup.key"]);
    let recipient = key["recipients"][0].as_str().unwrap();
    told(
        folder,
        &["archive", "backup", "archive", "closed", "--recipient", recipient],
    );
    assert_eq!(
        failed(folder, &["archive", "backup-key", "backup.key"]).0,
        "CLI-FILE"
    );
    assert_eq!(
        failed(folder, &["archive", "restore", "closed", "opened"]).0,
        "BACKUP-KEY"
    );
    told(
        folder,
        &["archive", "restore", "closed", "opened", "--key", "backup.key"],
    );
    for copy in ["restored", "opened"] {
        assert_eq!(
            told(folder, &["archive", "check", copy])["found"],
            json!([]),
            "{copy}"
        );
    }
}

#[test]
fn a_file_and_a_report_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    office(folder);
    told(folder, &["household", "export", "户-001", "file"]);
    let page = fs::read_to_string(folder.join("file/index.html")).unwrap();
    assert!(page.contains("户-001") && page.contains("已派单"), "{page}");
    let sums = Command::new("sha256sum")
        .args(["-c", "SHA256SUMS"])
        .current_dir(folder.join("file"))
        .status();
    assert!(sums.unwrap().success());
    assert_eq!(
        failed(folder, &["household", "export", "户-001", "file"]).0,
        "DOSSIER-NOT-EMPTY"
    );

    let report = [
        "report",
        "month",
        "2026-03",
        "--contract",
        "HT-2026-001",
        "--out",
        "report.xlsx",
    ];
    assert_eq!(told(folder, &report)["visits"], 0);
    let [(_, numbers), (_, rows)] = sheets(&fs::read(folder.join("report.xlsx")).unwrap())
        .try_into()
        .unwrap();
    assert_eq!(
        (numbers.len(), rows.len()),
        (5, 1),
        "one line that was agreed, and no visit yet"
    );
    assert_eq!(
        numbers[4][..8].join(" "),
        "152525 东乌珠穆沁旗 2026-03 12 0 0 0 0"
    );
}

#[test]
fn what_goes_wrong_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(failed(folder, &["counts", "--contract", "HT-1"]).1, 2);
    office(folder);
    assert_eq!(
        failed(folder, &["counts", "--contract", "HT-9"]).0,
        "ARCHIVE-UNKNOWN"
    );
    assert_eq!(failed(folder, &["visit", "show", "x"]).0, "CLI-INPUT");
    assert_eq!(
        failed(folder, &["photo", "inspect", "contract.json"]),
        ("PHOTO-TYPE".to_owned(), 1)
    );
    assert_eq!(failed(folder, &["audio", "inspect", "contract.json"]).1, 1);
    assert_eq!(failed(folder, &["photo", "inspect", "none.jpg"]).0, "CLI-FILE");
    fs::write(
        folder.join("vague.json"),
        CONTRACT.replace("\"visits\": 12", "\"visits\": 0"),
    )
    .unwrap();
    assert_eq!(
        failed(folder, &["admin", "contract", "vague.json"]).0,
        "HT-QUANTITY-ZERO"
    );
    fs::write(folder.join("wrong.csv"), "名称\n一\n").unwrap();
    assert_eq!(failed(folder, &["admin", "households", "wrong.csv"]).0, "CLI-CSV");
    assert_eq!(
        failed(folder, &["archive", "init", ".", "--origin", "x"]).0,
        "ARCHIVE-NOT-EMPTY"
    );
}
