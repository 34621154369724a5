//! Every route of an office, asked for what exists: by those whose it is, by another contractor of the same contract, and by
//! everybody of another contract. What is not theirs is not found. A route that nobody has classified here fails.

use hudang_archive::{Act, Role, may};
use hudang_evidence::id::BlobHash;
use hudang_sync_server::{Limits, ROUTES, Rate, Route, Who};
use hudang_test_server::{Setting, World};
use hudang_testkit::office::{self, DAY_MS};
use hudang_testkit::visit::Plan;
use serde_json::{Value, json};

/// What strangers must be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stranger {
    /// The thing is not found, with the words that are said of what does not exist.
    NotFound,
    /// The list or figure is theirs, and holds nothing of it.
    Hidden(&'static str),
    /// They may not ask for it at all, or it says nothing of what exists.
    Refused,
    /// It is about nothing that is anybody's.
    Free,
}

/// Whether another contractor of the same contract is a stranger to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// To the contract's parties it is common.
    Contract,
    /// It is one contractor's.
    Contractor,
}

struct Case {
    path: String,
    body: Option<Value>,
    stranger: Stranger,
    of: Of,
}

/// What exists, by name.
struct Things {
    form: String,
    visit: String,
    photo: String,
    device: String,
    installation: String,
    contract: Value,
    /// What the purchaser sees of a change of terms that waits for the second person.
    seen: Value,
    /// A visit of which nobody can tell when it was made.
    uncertain: String,
    /// A decision about other such visits.
    lift: Value,
}

/// The answer of the office to one of these roles.
fn told(world: &World, role: Role, method: &str, path: &str, body: Option<&Value>) -> Value {
    let request = world.office(role, method, path);
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    let response = request.send().unwrap();
    assert!(
        response.status().is_success(),
        "{path}: {}",
        response.text().unwrap()
    );
    response.json().unwrap()
}

fn world() -> (World, Things) {
    let rate = Rate {
        per_second: 10_000,
        burst: 10_000,
    };
    let limits = Limits {
        token_rate: rate,
        stranger_rate: rate,
        ..Limits::DEFAULT
    };
    let mut world = World::with(Setting {
        limits,
        rivals: true,
        ..Setting::default()
    });
    let (mut jia, mut yi) = (world.jia.clone(), world.yi.clone());
    let made = Plan::of(1).carried_out(&mut jia, &mut yi);
    world.synced(&mut yi, &made.of_second());
    world.synced(&mut jia, &made.of_first());
    world.uploads(&mut jia, &made.photo);
    world.later(17 * DAY_MS);
    let uncertain = Plan::of(2).carried_out(&mut jia, &mut yi);
    world.takes_whole(&uncertain, &mut jia, &mut yi);
    (world.jia, world.yi) = (jia, yi);
    assert_eq!(world.stands(uncertain.visit), "received time-uncertain");
    let (handler, leader) = (Role::PurchaserHandler, Role::PurchaserLeader);
    let contract = told(&world, handler, "GET", "/v1/contracts/HT-2026-001", None);
    let mut other = contract.clone();
    other["upload_days"] = json!(20);
    let change = "/v1/contracts/HT-2026-001?from=2026-04-20";
    assert_eq!(
        told(&world, handler, "PUT", change, Some(&other))["written"],
        "proposed"
    );
    let proposal = told(&world, leader, "GET", "/v1/contracts/HT-2026-001/proposal", None);
    let days = json!({ "people": ["jia", "yi"], "days": { "from": "2026-03-24", "to": "2026-03-25" },
        "reasons": ["time-uncertain"], "why": "雪灾断网一周" });
    let lift = told(
        &world,
        leader,
        "POST",
        "/v1/contracts/HT-2026-001/lifts",
        Some(&days),
    );
    let things = Things {
        form: hudang_testkit::form::hash().to_string(),
        visit: made.visit.to_string(),
        photo: BlobHash::of(&made.photo).to_string(),
        device: world.jia.signer().device_id().to_string(),
        installation: world.jia.installation().to_string(),
        contract,
        seen: proposal["recount"]["seen"].clone(),
        uncertain: uncertain.visit.to_string(),
        lift: lift["id"].clone(),
    };
    (world, things)
}

/// Routes about who may ask, and about the machine.
fn of_accounts(route: &Route) -> Option<Case> {
    use Of::{Contract, Contractor};
    use Stranger::{Free, Hidden, NotFound, Refused};
    let (path, body, stranger, of) = match (route.method, route.path) {
        ("GET", "/v1/access") => ("/v1/access?contract=HT-2026-001".into(), None, NotFound, Contract),
        ("GET", "/v1/organisations") => ("/v1/organisations".into(), None, Hidden("\"xinghe\""), Contractor),
        ("POST", "/v1/accounts") => {
            let body =
                json!({ "label": "x", "organisation": "xinghe", "role": "supervisor", "kind": "program" });
            ("/v1/accounts".into(), Some(body), Refused, Contractor)
        }
        ("GET", "/v1/accounts") => ("/v1/accounts".into(), None, Hidden("\"xinghe\""), Contractor),
        ("DELETE", "/v1/accounts/{label}") => ("/v1/accounts/supervisor".into(), None, NotFound, Contractor),
        ("POST", "/v1/tokens") => {
            let body = json!({ "label": "y", "organisation": "xinghe", "role": "supervisor" });
            ("/v1/tokens".into(), Some(body), Refused, Contractor)
        }
        ("POST", "/v1/slips") => {
            let body = json!({ "account": "supervisor" });
            ("/v1/slips".into(), Some(body), NotFound, Contractor)
        }
        // What one brings oneself, and what the machine's administrator does.
        (_, "/v1/forms" | "/metrics") | ("POST", "/v1/organisations") => {
            (route.path.into(), None, Free, Contract)
        }
        (_, path) if path.starts_with("/v1/archive/") => (path.into(), None, Free, Contract),
        _ => return None,
    };
    Some(Case {
        path,
        body,
        stranger,
        of,
    })
}

/// Routes about terms, and about what the purchaser decides.
fn of_terms(route: &Route, on: &Things) -> Option<Case> {
    use Of::Contract;
    use Stranger::NotFound;
    let (path, body, stranger, of) = match (route.method, route.path) {
        ("PUT", "/v1/contracts/{id}") => (
            "/v1/contracts/HT-2026-001".into(),
            Some(on.contract.clone()),
            NotFound,
            Contract,
        ),
        ("POST", "/v1/contracts/{id}/recount") => (
            "/v1/contracts/HT-2026-001/recount".into(),
            Some(on.contract.clone()),
            NotFound,
            Contract,
        ),
        ("POST", "/v1/contracts/{id}/confirm") => {
            let body = json!({ "seen": on.seen });
            let path = "/v1/contracts/HT-2026-001/confirm";
            (path.into(), Some(body), NotFound, Contract)
        }
        ("POST", "/v1/contracts/{id}/forms") => {
            let body = json!({ "form": on.form });
            let path = "/v1/contracts/HT-2026-001/forms";
            (path.into(), Some(body), NotFound, Contract)
        }
        ("POST", "/v1/contracts/{id}/lifts") => {
            let body = json!({ "people": ["jia", "yi"], "days": { "from": "2026-03-26", "to": "2026-03-27" },
                "reasons": ["time-uncertain"], "why": "雪灾断网一周" });
            let path = "/v1/contracts/HT-2026-001/lifts";
            (path.into(), Some(body), NotFound, Contract)
        }
        ("POST", "/v1/visits/{id}/lift") => {
            let body = json!({ "reasons": ["time-uncertain"], "why": "雪灾断网一周" });
            let path = format!("/v1/visits/{}/lift", on.uncertain);
            (path, Some(body), NotFound, Contract)
        }
        ("POST", "/v1/lifts/{id}/revoke") => {
            let body = json!({ "why": "核对有误" });
            let path = format!("/v1/lifts/{}/revoke", on.lift);
            (path, Some(body), NotFound, Contract)
        }
        ("GET", path) if path.starts_with("/v1/contracts/{id}/") => {
            (path.replace("{id}", "HT-2026-001"), None, NotFound, Contract)
        }
        ("GET", "/v1/visits/{id}/twins") => {
            (format!("/v1/visits/{}/twins", on.visit), None, NotFound, Contract)
        }
        _ => return of_accounts(route),
    };
    Some(Case {
        path,
        body,
        stranger,
        of,
    })
}

/// The one place where each route is classified.
fn case(route: &Route, on: &Things) -> Option<Case> {
    use Of::{Contract, Contractor};
    use Stranger::{Hidden, NotFound, Refused};
    let household = office::household(1).to_string();
    let (path, body, stranger, of) = match (route.method, route.path) {
        ("GET", "/v1/contracts") => ("/v1/contracts".into(), None, Hidden("HT-2026-001"), Contract),
        ("GET", "/v1/contracts/{id}") => ("/v1/contracts/HT-2026-001".into(), None, NotFound, Contract),
        ("GET", "/v1/forms/{sha256}") => (format!("/v1/forms/{}", on.form), None, NotFound, Contract),
        ("POST", "/v1/households") => {
            let body = json!({ "households": [{ "id": household, "code": "户-001", "area": "152525" }] });
            ("/v1/households".into(), Some(body), NotFound, Contractor)
        }
        ("GET", "/v1/households") => ("/v1/households".into(), None, Hidden("户-002"), Contractor),
        ("GET", "/v1/households/{code}") => {
            (format!("/v1/households/{household}"), None, NotFound, Contractor)
        }
        ("POST", "/v1/assignments") => {
            let body = json!({ "contract": "HT-2026-001", "form": on.form,
                "assignments": [{ "household": "户-001", "people": ["bing"] }] });
            ("/v1/assignments".into(), Some(body), NotFound, Contractor)
        }
        ("POST", "/v1/enrol-codes") => {
            let body = json!({ "contract": "HT-2026-001", "person": "jia", "hours": 2 });
            ("/v1/enrol-codes".into(), Some(body), Refused, Contractor)
        }
        ("GET", "/v1/devices") => ("/v1/devices".into(), None, Hidden("\"xinghe\""), Contractor),
        ("POST", "/v1/devices/{id}/revoke") => {
            let body = json!({ "reason": "x" });
            (
                format!("/v1/devices/{}/revoke", on.device),
                Some(body),
                NotFound,
                Contractor,
            )
        }
        ("POST", "/v1/installations/{id}/revoke") => {
            let body = json!({ "reason": "x" });
            let path = format!("/v1/installations/{}/revoke", on.installation);
            (path, Some(body), NotFound, Contractor)
        }
        ("GET", "/v1/counts") => (
            "/v1/counts?contract=HT-2026-001".into(),
            None,
            Hidden("assigned"),
            Contractor,
        ),
        ("GET", "/v1/visits") => ("/v1/visits".into(), None, Hidden("户-001"), Contractor),
        ("GET", "/v1/visits/{id}") => (format!("/v1/visits/{}", on.visit), None, NotFound, Contractor),
        ("POST", "/v1/visits/{id}/return") => {
            let body = json!({ "comments": [{ "at": "", "text": "不清楚" }] });
            (
                format!("/v1/visits/{}/return", on.visit),
                Some(body),
                NotFound,
                Contractor,
            )
        }
        ("GET", "/v1/visits/{id}/file") => (
            format!("/v1/visits/{}/file", on.visit),
            None,
            NotFound,
            Contractor,
        ),
        ("GET", "/v1/blobs/{sha256}") => (format!("/v1/blobs/{}", on.photo), None, NotFound, Contractor),
        ("GET", "/v1/reports/month/{month}") => (
            "/v1/reports/month/2026-03?contract=HT-2026-001".into(),
            None,
            NotFound,
            Contract,
        ),
        _ => return of_terms(route, on),
    };
    Some(Case {
        path,
        body,
        stranger,
        of,
    })
}

fn asked(world: &World, token: &str, route: &Route, case: &Case) -> (u16, String) {
    let request = world
        .bare(route.method, &case.path)
        .bearer_auth(token)
        .header("purpose", "audit");
    let request = match &case.body {
        Some(body) => request.json(body),
        None => request,
    };
    let response = request.send().unwrap();
    let status = response.status().as_u16();
    let bytes = response.bytes().unwrap();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

/// What a stranger whose role may do this is told.
fn is_blind(world: &World, token: &str, route: &Route, case: &Case, who: &str) {
    let (status, text) = asked(world, token, route, case);
    let name = format!("{} {} as {who}: {status} {text}", route.method, case.path);
    match case.stranger {
        Stranger::NotFound => {
            assert_eq!(status, 404, "{name}");
            assert!(text.contains("ARCHIVE-UNKNOWN"), "{name}");
        }
        Stranger::Hidden(marker) => {
            assert!(status == 200 || status == 404, "{name}");
            assert!(!text.contains(marker), "{name}");
        }
        Stranger::Refused => assert!(matches!(status, 403 | 404 | 422), "{name}"),
        Stranger::Free => {}
    }
}

#[test]
fn not_found_is_what_strangers_are_told_of_everything_that_exists() {
    let (world, things) = world();
    let mut seen = 0;
    let office = |route: &&Route| matches!(route.who, Who::Office(_));
    for route in ROUTES.iter().filter(office) {
        let Who::Office(act) = route.who else { continue };
        let case = case(route, &things)
            .unwrap_or_else(|| panic!("{} {} is classified nowhere", route.method, route.path));
        for role in Role::ALL.into_iter().filter(|role| may(*role, act)) {
            if let Some(token) = world.elsewhere(role) {
                is_blind(
                    &world,
                    token,
                    route,
                    &case,
                    &format!("another contract's {role:?}"),
                );
                seen += 1;
            }
            if let Some(token) = world.rival(role).filter(|_| case.of == Of::Contractor) {
                is_blind(
                    &world,
                    token,
                    route,
                    &case,
                    &format!("another contractor's {role:?}"),
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen}");
    // Whose it is finds it, after all that; what changes most comes last.
    let last = |route: &&Route| {
        let place = [Act::ReturnVisit, Act::RevokeDevice, Act::RevokeToken];
        place
            .iter()
            .position(|act| route.who == Who::Office(*act))
            .map_or(0, |place| place + 1)
    };
    let mut routes: Vec<&Route> = ROUTES.iter().filter(office).collect();
    routes.sort_by_key(last);
    for route in routes {
        let Who::Office(act) = route.who else { continue };
        let Some(mut case) = case(route, &things).filter(|case| case.stranger != Stranger::Free) else {
            continue;
        };
        if route.path == "/v1/assignments" {
            case.body = Some(json!({ "contract": "HT-2026-001", "form": things.form,
                "assignments": [{ "household": "户-001", "people": ["jia", "yi"] }] }));
        }
        // Not the clerk who proposed it confirms a change of terms.
        let own = Role::ALL.into_iter().find(|role| {
            let is_other = act != Act::ConfirmContract || *role != Role::PurchaserHandler;
            *role != Role::SystemAdmin && may(*role, act) && is_other
        });
        let Some(role) = own else { continue };
        let (status, text) = asked(&world, world.token(role), route, &case);
        assert!(
            (200..300).contains(&status),
            "{} {} as {role:?}: {status} {text}",
            route.method,
            case.path
        );
        if let Stranger::Hidden(marker) = case.stranger {
            assert!(
                text.contains(marker),
                "{} {} as {role:?}: {text}",
                route.method,
                case.path
            );
        }
    }
}
