//! An office with a contract of two banners and its households, and what can be asked of its archive.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use hudang_archive::{
    Archive, Assignment, Count, Faults, FormFile, Household, NewAccount, NewArchive, NoFaults, Opening, Role,
    Viewer, VisitFilter,
};
use hudang_contract::contract::Contract;
use hudang_contract::history::Publication;
use hudang_evidence::id::{BlobHash, ContractId, FormHash, HouseholdId, InstallationId, OrgId, VisitId};
use hudang_evidence::time::WallTime;
use serde_json::{Value, json};

/// 2026-03-20, in the contract's one period.
pub const MORNING_MS: i64 = 1_774_000_000_000;
pub const DAY_MS: i64 = 86_400_000;
/// The secret key of the tests' server.
pub const SERVER_SECRET: [u8; 32] = [77; 32];
const CONTRACT: &str = r#"{
  "id": "HT-2026-001", "title": "东乌旗 2026 年入户核查", "buyer": "minzheng", "contractors": ["xinghe", "heyuan"],
  "term": {"from": "2026-01-01", "to": "2026-12-31"},
  "areas": [{"code": "152525", "name": "东乌珠穆沁旗"}, {"code": "152526", "name": "西乌珠穆沁旗"}],
  "periods": [{"key": "2026-03", "from": "2026-03-01", "to": "2026-03-31"}],
  "quantities": [{"area": "152525", "period": "2026-03", "visits": 12},
                 {"area": "152526", "period": "2026-03", "visits": 12}],
  "cycle": "quarter", "paid": ["done"],
  "standard": {"title": "留痕标准", "outcomes": {
    "done": {"investigators": 2, "questions": [{"path": "income", "min": 1}],
             "photos": [{"purpose": "门牌", "min": 1}]},
    "refused": {"investigators": 2, "photos": [{"purpose": "门牌", "min": 1}]}}},
  "roster": [{"person": "jia", "org": "xinghe"}, {"person": "yi", "org": "xinghe"}, {"person": "wu", "org": "xinghe"},
             {"person": "bing", "org": "heyuan"}, {"person": "ding", "org": "heyuan"}]
}"#;

pub fn at(later_ms: i64) -> WallTime {
    WallTime::from_ms(MORNING_MS + later_ms).unwrap()
}

pub fn contract() -> Contract {
    // Read once: every entry that a person signs asks for it.
    static READ: LazyLock<Contract> = LazyLock::new(|| Contract::from_json(CONTRACT.as_bytes()).unwrap());
    READ.clone()
}

/// The contract as JSON, for a version that differs.
pub fn terms() -> Value {
    serde_json::from_str(CONTRACT).unwrap()
}

/// The contract with a standard for visits that are done.
pub fn terms_asking(done: &Value) -> Value {
    let mut terms: Value = serde_json::from_str(CONTRACT).unwrap();
    terms["standard"]["outcomes"] = json!({ "done": done });
    terms
}

pub(crate) fn form() -> FormHash {
    crate::form::hash()
}

pub fn visit(n: u8) -> VisitId {
    VisitId::new(1_774_000_000_000, [n; 10])
}

pub fn household(n: u8) -> HouseholdId {
    HouseholdId::new(1, [n; 10])
}

/// Opens or makes an archive.
pub fn open_with(root: &Path, faults: Arc<dyn Faults>) -> hudang_archive::Result<Archive> {
    let new = NewArchive {
        origin: "hudang/152525".to_owned(),
        secret: SERVER_SECRET,
        identity_secret: [78; 32],
    };
    Archive::open(
        root,
        &Opening {
            new: Some(new),
            now: at(-2 * DAY_MS),
            seed: [9; 32],
            faults,
        },
    )
}

pub fn open(root: &Path) -> Archive {
    open_with(root, Arc::new(NoFaults)).unwrap()
}

/// A contract of another purchaser with another contractor, on whose roster somebody has the name of one here.
pub fn other_contract() -> Contract {
    let mut terms: Value = serde_json::from_str(CONTRACT).unwrap();
    terms["id"] = json!("HT-2026-002");
    terms["buyer"] = json!("minzheng-2");
    terms["contractors"] = json!(["qita"]);
    terms["roster"] = json!([{ "person": "jia", "org": "qita" }, { "person": "geng", "org": "qita" }]);
    Contract::from_json(terms.to_string().as_bytes()).unwrap()
}

/// A second contract of the same purchaser, with another contractor.
pub fn second_contract() -> Contract {
    let mut terms: Value = serde_json::from_str(CONTRACT).unwrap();
    terms["id"] = json!("HT-2026-003");
    terms["contractors"] = json!(["heyuan"]);
    terms["roster"] = json!([{ "person": "xin", "org": "heyuan" }, { "person": "ren", "org": "heyuan" }]);
    Contract::from_json(terms.to_string().as_bytes()).unwrap()
}

/// Whoever sits at the machine.
pub fn local() -> Viewer {
    Viewer::machine("office")
}

/// The organisation of the contract whose people have this role; the contract's first contractor.
pub fn organisation(role: Role) -> OrgId {
    let name = match role {
        Role::ContractorAdmin | Role::Supervisor | Role::Investigator => "xinghe",
        Role::PurchaserHandler | Role::PurchaserLeader => "minzheng",
        Role::Evaluator => "pinggu",
        Role::Auditor => "shenji",
        Role::SystemAdmin => "machine",
    };
    name.parse().unwrap()
}

/// An account in this role, named after it; evaluators and auditors read the contract.
pub fn account(role: Role) -> NewAccount {
    let reads = matches!(role, Role::Evaluator | Role::Auditor);
    NewAccount {
        contracts: reads.then(|| vec![contract().id]),
        ..NewAccount::program(role.as_str().to_owned(), organisation(role), role)
    }
}

/// Writes contract and form.
pub fn put_contract(archive: &Archive) {
    put_terms(archive, contract());
}

/// The same with other terms under the contract's name.
fn put_terms(archive: &Archive, terms: Contract) {
    archive
        .put_contract(&local(), terms, None, at(-2 * DAY_MS))
        .unwrap();
    put_form(archive);
}

/// Writes the form and publishes it to the contract.
pub fn put_form(archive: &Archive) {
    put_form_to(archive, &contract().id);
}

/// The same to any contract.
pub fn put_form_to(archive: &Archive, id: &ContractId) {
    let form = FormFile {
        text: crate::form::text().to_owned(),
    };
    let form = archive.put_form(&local(), form, at(-2 * DAY_MS)).unwrap();
    let publication = Publication {
        form,
        identity: String::new(),
    };
    archive
        .publish_form(&local(), id, publication, None, at(-2 * DAY_MS))
        .unwrap();
}

/// Household n in this area.
pub fn household_in(n: u8, area: &str) -> Household {
    Household {
        id: household(n),
        code: format!("户-{n:03}"),
        area: area.to_owned(),
        address: String::new(),
        head: String::new(),
        phone: String::new(),
        township: String::new(),
        village: String::new(),
    }
}

/// Writes contract, form, and `households` households, of which household n is to get visit n.
pub fn set_up(archive: &Archive, households: u8) {
    set_up_under(archive, contract(), households);
}

/// The same with other terms under the contract's name.
pub fn set_up_under(archive: &Archive, terms: Contract, households: u8) {
    let now = at(-2 * DAY_MS);
    put_terms(archive, terms);
    let row = |n| household_in(n, "152525104201");
    archive
        .put_households(&local(), (1..=households).map(row).collect(), now)
        .unwrap();
    archive
        .assign(
            &local(),
            (1..=households).map(|n| assignment(n, n)).collect(),
            now,
        )
        .unwrap();
}

/// Jia and yi are to make this visit to this household.
pub fn assignment(of_visit: u8, of_household: u8) -> Assignment {
    assigned_to(of_visit, of_household, ["jia", "yi"])
}

/// Two people are to make this visit to this household.
pub fn assigned_to(of_visit: u8, of_household: u8, people: [&str; 2]) -> Assignment {
    Assignment {
        visit: visit(of_visit),
        household: household(of_household),
        contract: contract().id,
        form: form(),
        people: people.map(|person| person.parse().unwrap()).to_vec(),
    }
}

/// Sends an original in two pieces, and has it looked into.
pub fn upload(
    archive: &Archive,
    bytes: &[u8],
    sender: InstallationId,
    later_ms: i64,
) -> hudang_archive::Result<()> {
    upload_only(archive, bytes, sender, later_ms)?;
    archive.settle(at(later_ms)).map(|_| ())
}

/// Sends an original in two pieces; nobody looks into it.
pub fn upload_only(
    archive: &Archive,
    bytes: &[u8],
    sender: InstallationId,
    later_ms: i64,
) -> hudang_archive::Result<()> {
    let hash = BlobHash::of(bytes);
    let state = archive.create_upload(hash, bytes.len() as u64, sender, at(later_ms))?;
    if state.held {
        return Ok(());
    }
    let mut from = usize::try_from(state.received).unwrap();
    for to in [bytes.len() / 2, bytes.len()] {
        if to > from {
            let mut writing = archive.write_upload(hash, from as u64, sender)?;
            writing.write(&bytes[from..to])?;
            writing.finish(at(later_ms))?;
            from = to;
        }
    }
    Ok(())
}

/// The counts as `state reason number`.
pub fn counts(archive: &Archive) -> Vec<String> {
    let line = |count: Count| format!("{} {} {}", count.state, count.reason, count.visits).replace("  ", " ");
    archive
        .counts(&local(), &contract().id)
        .unwrap()
        .into_iter()
        .map(line)
        .collect()
}

/// State and reason of one visit.
pub fn stands(archive: &Archive, visit: VisitId) -> String {
    let row = archive.visit(&local(), visit).unwrap().expect("the visit");
    format!("{} {}", row.state, row.reason).trim().to_owned()
}

/// Whether the counts are those of the visits, and a rebuild gives the same tables.
pub fn is_consistent(archive: Archive) {
    let root = archive.root().to_owned();
    let mut by_place: BTreeMap<(String, String), u64> = BTreeMap::new();
    let all = VisitFilter {
        contract: Some(contract().id),
        ..VisitFilter::default()
    };
    archive
        .walk_visits(&local(), &all, &mut |row| {
            *by_place.entry((row.state, row.reason)).or_default() += 1;
            Ok(())
        })
        .unwrap();
    let mut counted: BTreeMap<(String, String), u64> = BTreeMap::new();
    for count in archive.counts(&local(), &contract().id).unwrap() {
        *counted.entry((count.state, count.reason)).or_default() += count.visits;
    }
    assert_eq!(counted, by_place);
    archive.close();
    let rebuilt =
        hudang_archive::rebuild(&root, hudang_archive::Differences::Report, &mut |_, _| {}).unwrap();
    assert_eq!(rebuilt.differences, []);
}
