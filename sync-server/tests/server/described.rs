//! What the server says is what its description says, on every route of an office.

use std::collections::BTreeSet;

use hudang_archive::{Act, Role, may};
use hudang_sync_server::{Body, ROUTES, Route, Who, openapi};
use hudang_testkit::visit::Plan;
use serde_json::{Value, json};

use hudang_test_server::World;

/// The description, and the routes whose answers were held against it.
struct Description {
    whole: Value,
    seen: BTreeSet<(&'static str, &'static str)>,
}

impl Description {
    fn fits(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let mut rooted = json!({ "components": self.whole["components"] });
        for (name, member) in schema.as_object().unwrap() {
            rooted[name] = member.clone();
        }
        let check = jsonschema::validator_for(&rooted).unwrap();
        check.validate(value).map_err(|error| error.to_string())
    }

    fn operation(&self, route: &Route) -> &Value {
        &self.whole["paths"][route.path][route.method.to_lowercase()]
    }

    /// What a route takes.
    fn taken(&self, route: &Route) -> &Value {
        &self.operation(route)["requestBody"]["content"]["application/json"]["schema"]
    }

    /// What a route gives.
    fn given(&self, route: &Route) -> &Value {
        &self.operation(route)["responses"][route.status.to_string()]["content"]["application/json"]["schema"]
    }

    /// Asks, and holds question and answer against the description.
    fn ask(&mut self, world: &World, method: &str, at: &str, names: &str, body: Option<&Value>) -> Value {
        let route = ROUTES
            .iter()
            .find(|route| (route.method, route.path) == (method, at))
            .unwrap();
        let path = at
            .split('/')
            .map(|part| if part.starts_with('{') { names } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let query = if route.query.contains(&"contract") {
            "?contract=HT-2026-001"
        } else {
            ""
        };
        let path = format!("{path}{query}");
        let request = match route.who {
            Who::Office(act) => {
                // Who confirms is not who wrote.
                let is_leaders = matches!(act, Act::ConfirmContract | Act::Lift);
                let leader = Some(Role::PurchaserLeader).filter(|_| is_leaders);
                let role = leader.or_else(|| {
                    Role::ALL
                        .into_iter()
                        .find(|role| *role != Role::Investigator && may(*role, act))
                });
                world.office(role.unwrap(), method, &path)
            }
            _ => world.bare(method, &path),
        };
        let request = match body {
            Some(body) => {
                self.fits(self.taken(route), body)
                    .unwrap_or_else(|error| panic!("{method} {at} takes: {error}"));
                request.json(body)
            }
            None => request,
        };
        let response = request.send().unwrap();
        assert_eq!(response.status().as_u16(), route.status, "{method} {at}");
        self.seen.insert((route.method, route.path));
        if route.gives.is_none() {
            return Value::Null;
        }
        let answer: Value = response.json().unwrap();
        self.fits(self.given(route), &answer)
            .unwrap_or_else(|error| panic!("{method} {at} gives: {error}\n{answer}"));
        answer
    }
}

fn is_json(body: Option<Body>) -> bool {
    matches!(body, Some(Body::Json(_)))
}

/// A contract's next version, from proposal to force, and what the purchaser lifts under it.
fn terms(told: &mut Description, world: &World, contract: &Value) {
    let mut next = contract.clone();
    next["title"] = json!("东乌旗 2026 年入户核查（补充）");
    told.ask(
        world,
        "POST",
        "/v1/contracts/{id}/recount",
        "HT-2026-001",
        Some(&next),
    );
    told.ask(world, "PUT", "/v1/contracts/{id}", "HT-2026-001", Some(&next));
    let proposal = told.ask(world, "GET", "/v1/contracts/{id}/proposal", "HT-2026-001", None);
    let seen = json!({ "seen": proposal["recount"]["seen"] });
    told.ask(
        world,
        "POST",
        "/v1/contracts/{id}/confirm",
        "HT-2026-001",
        Some(&seen),
    );
    let versions = told.ask(world, "GET", "/v1/contracts/{id}/versions", "HT-2026-001", None);
    assert_eq!(versions.as_array().unwrap().len(), 2);
    told.ask(world, "GET", "/v1/contracts/{id}/agreed", "HT-2026-001", None);
    let late = json!({ "people": ["jia", "yi"], "days": { "from": "2026-03-20", "to": "2026-03-21" },
        "reasons": ["late"], "why": "雪灾断网" });
    let lift = told.ask(
        world,
        "POST",
        "/v1/contracts/{id}/lifts",
        "HT-2026-001",
        Some(&late),
    );
    told.ask(world, "GET", "/v1/contracts/{id}/lifts", "HT-2026-001", None);
    let (id, why) = (lift["id"].to_string(), json!({ "why": "有误" }));
    told.ask(world, "POST", "/v1/lifts/{id}/revoke", &id, Some(&why));
}

#[test]
fn every_answer_to_an_office_is_as_described() {
    let world = World::new();
    let (mut jia, mut yi) = (world.jia.clone(), world.yi.clone());
    let made = Plan::of(1).carried_out(&mut jia, &mut yi);
    world.synced(&mut yi, &made.of_second());
    world.synced(&mut jia, &made.of_first());
    let mut told = Description {
        whole: openapi(),
        seen: BTreeSet::new(),
    };
    for path in ["/health/live", "/health/ready", "/openapi.json"] {
        told.ask(&world, "GET", path, "", None);
    }
    told.ask(&world, "GET", "/v1/contracts", "", None);
    let contract = told.ask(&world, "GET", "/v1/contracts/{id}", "HT-2026-001", None);
    told.ask(
        &world,
        "PUT",
        "/v1/contracts/{id}",
        "HT-2026-001",
        Some(&contract),
    );
    terms(&mut told, &world, &contract);
    let form: Value = serde_json::from_str(hudang_testkit::form::text()).unwrap();
    let form = told.ask(&world, "POST", "/v1/forms", "", Some(&form));
    let form = form["name"].as_str().unwrap();
    told.ask(&world, "GET", "/v1/forms/{sha256}", form, None);
    let published = json!({ "form": form, "identity": "head/phone" });
    told.ask(
        &world,
        "POST",
        "/v1/contracts/{id}/forms",
        "HT-2026-001",
        Some(&published),
    );
    told.ask(&world, "GET", "/v1/contracts/{id}/forms", "HT-2026-001", None);
    let new = json!({ "households": [{ "code": "N-1", "area": "152525", "head": "巴特尔" }] });
    told.ask(&world, "POST", "/v1/households", "", Some(&new));
    told.ask(&world, "GET", "/v1/households", "", None);
    told.ask(&world, "GET", "/v1/households/{code}", "N-1", None);
    let whom = json!({ "contract": "HT-2026-001", "form": form,
        "assignments": [{ "household": "N-1", "people": ["jia", "yi"] }] });
    told.ask(&world, "POST", "/v1/assignments", "", Some(&whom));
    let code = json!({ "contract": "HT-2026-001", "person": "yi", "hours": 2 });
    told.ask(&world, "POST", "/v1/enrol-codes", "", Some(&code));
    let counts = told.ask(&world, "GET", "/v1/counts", "", None);
    assert!(!counts.as_array().unwrap().is_empty());
    let visits = told.ask(&world, "GET", "/v1/visits", "", None);
    assert!(!visits["rows"].as_array().unwrap().is_empty());
    let visit = made.visit.to_string();
    told.ask(&world, "GET", "/v1/visits/{id}", &visit, None);
    let file = told.ask(&world, "GET", "/v1/visits/{id}/file", &visit, None);
    assert!(!file["entries"].as_array().unwrap().is_empty());
    told.ask(&world, "GET", "/v1/visits/{id}/twins", &visit, None);
    let mend = json!({ "comments": [{ "at": "photo:门牌", "text": "看不清" }] });
    told.ask(&world, "POST", "/v1/visits/{id}/return", &visit, Some(&mend));
    let seen = told.ask(&world, "GET", "/v1/access", "", None);
    assert!(!seen["rows"].as_array().unwrap().is_empty());
    let org = json!({ "id": "heyuan", "kind": "contractor", "name": "禾源社工" });
    told.ask(&world, "POST", "/v1/organisations", "", Some(&org));
    told.ask(&world, "GET", "/v1/organisations", "", None);
    let token = json!({ "label": "one", "role": "supervisor" });
    told.ask(&world, "POST", "/v1/tokens", "", Some(&token));
    let account = json!({ "label": "two", "organisation": "xinghe", "role": "supervisor", "kind": "person" });
    told.ask(&world, "POST", "/v1/accounts", "", Some(&account));
    told.ask(&world, "GET", "/v1/accounts", "", None);
    let slip = told.ask(
        &world,
        "POST",
        "/v1/slips",
        "",
        Some(&json!({ "account": "two" })),
    );
    let slip = json!({ "slip": slip["slip"] });
    told.ask(&world, "POST", "/v1/slips/redeem", "", Some(&slip));
    told.ask(&world, "DELETE", "/v1/accounts/{label}", "one", None);
    let check = told.ask(&world, "POST", "/v1/archive/checks", "", None);
    let check = check["id"].to_string();
    told.ask(&world, "GET", "/v1/archive/checks/{id}", &check, None);
    let devices = told.ask(&world, "GET", "/v1/devices", "", None);
    let device = &devices["rows"][0];
    let why = json!({ "reason": "lost" });
    let id = device["device"].as_str().unwrap();
    told.ask(&world, "POST", "/v1/devices/{id}/revoke", id, Some(&why));
    let id = device["installation"].as_str().unwrap();
    told.ask(&world, "POST", "/v1/installations/{id}/revoke", id, Some(&why));

    // Backups are followed as checks are; making one here would leave a directory behind. No visit here has a reason that
    // the purchaser may lift.
    let unasked: Vec<_> = ROUTES
        .iter()
        .filter(|route| is_json(route.takes) || is_json(route.gives))
        .map(|route| (route.method, route.path))
        .filter(|route| !told.seen.contains(route) && !route.1.starts_with("/v1/archive/backups"))
        .filter(|route| route.1 != "/v1/visits/{id}/lift")
        .collect();
    assert_eq!(unasked, []);
}

#[test]
fn a_refusal_is_as_described_and_so_is_what_may_not_be_sent() {
    let world = World::new();
    let told = Description {
        whole: openapi(),
        seen: BTreeSet::new(),
    };
    let route = ROUTES
        .iter()
        .find(|route| route.path == "/v1/enrol-codes")
        .unwrap();
    let wrong = json!({ "contract": "HT-2026-001", "person": "bing", "hours": 2, "colour": "red" });
    assert!(told.fits(told.taken(route), &wrong).is_err());
    let sent = world
        .office(Role::ContractorAdmin, "POST", route.path)
        .json(&wrong);
    let answer = sent.send().unwrap();
    assert_eq!(answer.status(), 400);
    let problem =
        &told.operation(route)["responses"]["default"]["content"]["application/problem+json"]["schema"];
    let answer: Value = answer.json().unwrap();
    told.fits(problem, &answer).unwrap();
    assert!(told.fits(problem, &json!({ "status": 400 })).is_err());
    assert!(
        told.fits(told.given(route), &answer).is_err(),
        "a problem is no code"
    );
}
