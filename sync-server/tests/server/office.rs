//! The office sets up, asks, takes a backup and has the archive checked.

use std::time::{Duration, Instant};

use hudang_archive::Role;
use hudang_testkit::visit::Plan;
use hudang_testkit::workbook::sheets;
use serde_json::{Value, json};

use hudang_test_server::{World, refused};

fn told(response: reqwest::blocking::Response) -> Value {
    assert!(response.status().is_success(), "{}", response.text().unwrap());
    response.json().unwrap()
}

#[test]
fn an_office_sets_up_and_lists_in_pages() {
    let world = World::new();
    let clerk = |method, path: &str| world.office(Role::PurchaserHandler, method, path);
    let contract = told(clerk("GET", "/v1/contracts/HT-2026-001").send().unwrap());
    let written = told(
        clerk("PUT", "/v1/contracts/HT-2026-001")
            .json(&contract)
            .send()
            .unwrap(),
    );
    assert_eq!(written["name"], "HT-2026-001");
    assert_eq!(
        refused(clerk("PUT", "/v1/contracts/HT-2").json(&contract).send().unwrap()).0,
        400
    );
    let mut empty = contract.clone();
    empty["areas"] = json!([]);
    assert_eq!(
        refused(
            clerk("PUT", "/v1/contracts/HT-2026-001")
                .json(&empty)
                .send()
                .unwrap()
        )
        .0,
        422
    );
    let form = told(
        clerk("POST", "/v1/forms")
            .header("content-type", "application/json")
            .body(hudang_testkit::form::text())
            .send()
            .unwrap(),
    );
    let households: Vec<Value> = (0..250)
        .map(|n| json!({ "code": format!("新-{n:03}"), "area": "152525" }))
        .collect();
    let written = told(
        clerk("POST", "/v1/households")
            .json(&json!({ "households": households }))
            .send()
            .unwrap(),
    );
    assert_eq!(written["rows"], 250);
    let (mut after, mut seen) = (String::new(), Vec::new());
    loop {
        let query = [("limit", "100"), ("after", after.as_str())];
        let page = told(clerk("GET", "/v1/households").query(&query).send().unwrap());
        seen.extend(
            page["rows"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["code"].clone()),
        );
        let Some(next) = page["next"].as_str() else { break };
        after = next.to_owned();
    }
    assert_eq!(seen.len(), 258);
    let assigned = json!({ "contract": "HT-2026-001", "form": form["name"],
        "assignments": [{ "household": "新-001", "people": ["jia", "yi"] }] });
    let office = world
        .office(Role::Supervisor, "POST", "/v1/assignments")
        .json(&assigned);
    assert_eq!(told(office.send().unwrap())["rows"], 1);
    let unknown = json!({ "contract": "HT-2026-001", "form": form["name"],
        "assignments": [{ "household": "无", "people": ["jia"] }] });
    let office = world
        .office(Role::Supervisor, "POST", "/v1/assignments")
        .json(&unknown);
    assert_eq!(refused(office.send().unwrap()).0, 404);
    let devices = told(
        world
            .office(Role::Auditor, "GET", "/v1/devices?limit=1")
            .send()
            .unwrap(),
    );
    assert_eq!(devices["rows"].as_array().unwrap().len(), 1);
    let next = format!("/v1/devices?limit=1&after={}", devices["next"].as_str().unwrap());
    let devices = told(world.office(Role::Auditor, "GET", &next).send().unwrap());
    assert_eq!(
        (devices["rows"][0]["person"].as_str(), devices["next"].as_str()),
        (Some("yi"), None)
    );
}

#[test]
fn a_token_is_made_used_and_taken_back() {
    let world = World::new();
    let asked =
        json!({ "label": "审计一", "role": "auditor", "organisation": "shenjiting", "contracts": [] });
    let made = told(
        world
            .office(Role::SystemAdmin, "POST", "/v1/tokens")
            .json(&asked)
            .send()
            .unwrap(),
    );
    let token = made["name"].as_str().unwrap();
    let uses = || {
        world
            .bare("GET", "/v1/accounts")
            .bearer_auth(token)
            .send()
            .unwrap()
    };
    let listed = told(uses());
    assert!(!listed.to_string().contains("hudang_"), "{listed}");
    let path = "/v1/accounts/%E5%AE%A1%E8%AE%A1%E4%B8%80";
    assert_eq!(
        world
            .office(Role::SystemAdmin, "DELETE", path)
            .send()
            .unwrap()
            .status(),
        204
    );
    assert_eq!(refused(uses()), (401, "TOKEN-UNKNOWN".to_owned()));
}

#[test]
fn the_archive_is_checked_and_copied_while_at_work() {
    let world = World::new();
    let admin = |method, path: &str| world.office(Role::SystemAdmin, method, path);
    let ended = |path: &str| {
        let began = Instant::now();
        loop {
            let job = told(admin("GET", path).send().unwrap());
            if job["done"] == true {
                return job;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{job}");
            std::thread::sleep(Duration::from_millis(30));
        }
    };
    let check = told(admin("POST", "/v1/archive/checks").send().unwrap());
    let check = ended(&format!("/v1/archive/checks/{}", check["id"]));
    assert_eq!(
        (check["found"].as_array().unwrap().len(), check["failed"].as_str()),
        (0, Some("")),
        "{check}"
    );
    let outside = admin("POST", "/v1/archive/backups")
        .json(&json!({ "name": "../outside" }))
        .send()
        .unwrap();
    assert_eq!(refused(outside).0, 400);
    let name = format!("backup-{}", std::process::id());
    let copy = told(
        admin("POST", "/v1/archive/backups")
            .json(&json!({ "name": name }))
            .send()
            .unwrap(),
    );
    let copy = ended(&format!("/v1/archive/backups/{}", copy["id"]));
    assert_eq!(copy["failed"], "", "{copy}");
    let root = world.root.path();
    let folder = root.with_file_name(format!("{}-backups", root.file_name().unwrap().to_string_lossy()));
    hudang_testkit::office::open(&folder.join(name)).close();
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_months_workbook_holds_the_rows_that_the_office_lists() {
    let world = World::new();
    let (mut jia, mut yi) = (world.jia.clone(), world.yi.clone());
    for n in 1..=2 {
        let made = Plan::of(n).carried_out(&mut jia, &mut yi);
        world.synced(&mut yi, &made.of_second());
        if n == 1 {
            world.synced(&mut jia, &made.of_first());
        }
    }
    let asks = |path: &str| world.office(Role::ContractorAdmin, "GET", path).send().unwrap();
    let book = asks("/v1/reports/month/2026-03?contract=HT-2026-001");
    assert_eq!(book.status(), 200);
    let [(_, numbers), (_, rows)] = sheets(&book.bytes().unwrap()).try_into().unwrap();
    let listed: Value = asks("/v1/visits?contract=HT-2026-001").json().unwrap();
    let mut listed: Vec<&Value> = listed["rows"].as_array().unwrap().iter().collect();
    listed.retain(|row| row["state"] != "assigned");
    let text = |row: &Value, member: &str| row[member].as_str().unwrap_or_default().to_owned();
    let cells = |row: &&Value| {
        ["household_code", "visit", "area", "period", "outcome", "seal"].map(|member| text(row, member))
    };
    let in_book = |row: &Vec<String>| [0, 1, 2, 3, 6, 9].map(|column| row[column].clone());
    let (mut expected, mut found): (Vec<_>, Vec<_>) = (
        listed.iter().map(cells).collect(),
        rows[1..].iter().map(in_book).collect(),
    );
    expected.sort();
    found.sort();
    assert_eq!((found.len(), &found), (2, &expected));
    let of_first = rows.iter().find(|row| row[0] == "户-001").unwrap();
    assert_eq!(
        [4, 5, 7].map(|column| of_first[column].as_str()),
        ["已封存", "照片、录音原件未传完或待查验", "2026-03-20 18:46:40"]
    );
    // One is on its way and one has only begun.
    let of_banner = numbers.iter().find(|row| row[0] == "152525").unwrap();
    assert_eq!(of_banner[..8].join(" "), "152525 东乌珠穆沁旗 2026-03 12 2 0 0 0");
    assert_eq!(
        refused(asks("/v1/reports/month/2026-13?contract=HT-2026-001")).0,
        400
    );
}
