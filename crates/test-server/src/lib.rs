//! A real server over HTTP with an office, two phones, and a client; for the tests of the server and for the attacks.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::assigning_clones,
    clippy::large_types_passed_by_value,
    clippy::missing_panics_doc,
    clippy::new_without_default,
    clippy::disallowed_methods,
    reason = "in a test a surprise is a failure"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hudang_archive::{Archive, Faults, NewAccount, NoFaults, Role};
use hudang_evidence::id::{BlobHash, ContractId, Sha256, VisitId};
use hudang_evidence::time::WallTime;
use hudang_link::pinned;
use hudang_sync::wire::{self, Limits as Wire, SyncRequest, SyncResponse, Verdict};
use hudang_sync_server::{Config, Limits, Server, Transport};
use hudang_testkit::office::{self, DAY_MS};
use hudang_testkit::person::Person;
use hudang_testkit::visit::Made;
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::Value;

/// The server's name.
pub const ORIGIN: &str = "hudang/152525";

/// A server at work.
pub struct World {
    pub root: tempfile::TempDir,
    pub jia: Person,
    pub yi: Person,
    pub base: String,
    pub client: Client,
    pub print: Option<Sha256>,
    tokens: Vec<(Role, String)>,
    /// Opens for the administrator of the contract's other contractor.
    second_contractor: String,
    /// Others, where the setting asks for them.
    pub rivals: Option<Rivals>,
    server: Option<Server>,
    pub runtime: tokio::runtime::Runtime,
    now_ms: Arc<AtomicI64>,
}

/// Another contractor of the same contract with its people and offices, and the offices of another contract.
#[derive(Clone)]
pub struct Rivals {
    pub bing: Person,
    pub ding: Person,
    /// Who has jia's name under the other contract.
    pub namesake: Person,
    same: Vec<(Role, String)>,
    other: Vec<(Role, String)>,
}

impl Rivals {
    fn set_up(archive: &Archive) -> Self {
        let other = office::other_contract();
        let id = other.id.clone();
        archive
            .put_contract(&office::local(), other, None, office::at(-2 * DAY_MS))
            .unwrap();
        let token = |n: u8, role: Role, organisation: &str, contracts: Option<Vec<ContractId>>| {
            let account = NewAccount {
                contracts,
                ..NewAccount::program(
                    format!("{organisation}-{}", role.as_str()),
                    organisation.parse().unwrap(),
                    role,
                )
            };
            let made = archive.create_token(&office::local(), account, [n; 32], office::at(-3 * DAY_MS));
            (role, made.unwrap())
        };
        Self {
            bing: Person::enrolled(archive, "bing", 3),
            ding: Person::enrolled(archive, "ding", 4),
            namesake: Person::enrolled_under(archive, id.clone(), "jia", 5),
            same: vec![
                token(20, Role::ContractorAdmin, "heyuan", None),
                token(21, Role::Supervisor, "heyuan", None),
            ],
            other: vec![
                token(30, Role::ContractorAdmin, "qita", None),
                token(31, Role::Supervisor, "qita", None),
                token(32, Role::PurchaserHandler, "minzheng-2", None),
                token(33, Role::PurchaserLeader, "minzheng-2", None),
                token(34, Role::Evaluator, "pinggu", Some(vec![id.clone()])),
                token(35, Role::Auditor, "shenji", Some(vec![id])),
            ],
        }
    }
}

fn of_role(tokens: &[(Role, String)], role: Role) -> Option<&str> {
    let of = tokens.iter().find(|(other, _)| *other == role);
    of.map(|(_, token)| token.as_str())
}

/// How a world differs from the usual one.
pub struct Setting {
    pub limits: Limits,
    pub faults: Arc<dyn Faults>,
    pub transport: Transport,
    pub now_ms: i64,
    /// Whether there is another contractor, and another contract.
    pub rivals: bool,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            limits: Limits::DEFAULT,
            faults: Arc::new(NoFaults),
            transport: Transport::Plain,
            now_ms: 3 * DAY_MS,
            rivals: false,
        }
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(Setting::default())
    }

    pub fn with(setting: Setting) -> Self {
        let root = tempfile::tempdir().unwrap();
        let archive = office::open_with(root.path(), Arc::new(NoFaults)).unwrap();
        office::set_up(&archive, 8);
        let (jia, yi) = Person::pair(&archive);
        let mut tokens = Vec::new();
        for (n, role) in (0_u8..).zip(Role::ALL) {
            if role != Role::Investigator {
                let made = archive.create_token(
                    &office::local(),
                    office::account(role),
                    [n; 32],
                    office::at(-3 * DAY_MS),
                );
                tokens.push((role, made.unwrap()));
            }
        }
        let second = NewAccount::program(
            "heyuan-admin".to_owned(),
            "heyuan".parse().unwrap(),
            Role::ContractorAdmin,
        );
        let second = archive.create_token(&office::local(), second, [200; 32], office::at(-3 * DAY_MS));
        let second_contractor = second.unwrap();
        let rivals = setting.rivals.then(|| Rivals::set_up(&archive));
        archive.close();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        let mut world = Self {
            root,
            jia,
            yi,
            base: String::new(),
            client: client(None),
            print: None,
            tokens,
            second_contractor,
            rivals,
            server: None,
            runtime,
            now_ms: Arc::default(),
        };
        world.start(setting);
        world
    }

    /// Starts the server on the directory as it is.
    pub fn start(&mut self, setting: Setting) {
        let archive = office::open_with(self.root.path(), setting.faults).unwrap();
        self.serve(archive, setting.limits, setting.transport, setting.now_ms);
    }

    fn serve(&mut self, archive: Archive, limits: Limits, transport: Transport, now_ms: i64) {
        self.now_ms.store(now_ms, Ordering::Relaxed);
        let now = Arc::clone(&self.now_ms);
        let config = Config {
            transport,
            limits,
            clock: Arc::new(move || at(now.load(Ordering::Relaxed))),
            ..Config::new("127.0.0.1:0".parse().unwrap())
        };
        let server = self.runtime.block_on(Server::start(archive, config)).unwrap();
        server.url().clone_into(&mut self.base);
        self.print = server.fingerprint();
        self.client = client(self.print);
        self.server = Some(server);
    }

    /// Stops the server and waits for it.
    pub fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.stop());
        }
    }

    /// The server's clock goes on to so long after the first morning.
    pub fn later(&self, now_ms: i64) {
        self.now_ms.store(now_ms, Ordering::Relaxed);
    }

    /// What tells the server to stop.
    pub fn stop_handle(&self) -> hudang_sync_server::Stop {
        self.server.as_ref().unwrap().stop_handle()
    }

    /// The token of another contractor's office under the same contract.
    pub fn rival(&self, role: Role) -> Option<&str> {
        of_role(&self.rivals.as_ref()?.same, role)
    }

    /// The token of an office of another contract.
    pub fn elsewhere(&self, role: Role) -> Option<&str> {
        of_role(&self.rivals.as_ref()?.other, role)
    }

    /// Lets time go by at the server.
    pub fn waits(&self, later_ms: i64) {
        self.now_ms.fetch_add(later_ms, Ordering::Relaxed);
    }

    pub fn token(&self, role: Role) -> &str {
        self.tokens
            .iter()
            .find(|(other, _)| *other == role)
            .map_or("", |(_, token)| token.as_str())
    }

    /// A request of a phone.
    pub fn phone(&self, who: &mut Person, method: &str, path: &str, body: &[u8]) -> RequestBuilder {
        let mut request = self.bare(method, path).body(body.to_vec());
        for (name, value) in who.signs(ORIGIN, method, path, body) {
            request = request.header(name, value);
        }
        request
    }

    pub fn bare(&self, method: &str, path: &str) -> RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub fn office(&self, role: Role, method: &str, path: &str) -> RequestBuilder {
        self.bare(method, path).bearer_auth(self.token(role))
    }

    /// A request of the administrator of the contractor for whom this person works.
    pub fn contractor_of(&self, person: &str, method: &str, path: &str) -> RequestBuilder {
        if matches!(person, "bing" | "ding") {
            self.bare(method, path).bearer_auth(&self.second_contractor)
        } else {
            self.office(Role::ContractorAdmin, method, path)
        }
    }

    pub fn syncs(&self, who: &mut Person, request: &SyncRequest) -> Response {
        let request = who.timed(request.clone(), self.now_ms.load(Ordering::Relaxed));
        let body = wire::pack(&request).unwrap();
        self.phone(who, "POST", "/v1/sync", &body)
            .header("content-type", wire::CONTENT_TYPE)
            .send()
            .unwrap()
    }

    /// Begins an upload of an original with its first bytes.
    pub fn creates_upload(&self, who: &mut Person, hash: BlobHash, length: usize, first: &[u8]) -> Response {
        let hash = STANDARD.encode(hash.to_string());
        let request = self
            .phone(who, "POST", "/v1/blobs", first)
            .header("tus-resumable", "1.0.0")
            .header("upload-length", length)
            .header("upload-metadata", format!("sha256 {hash}"));
        let request = if first.is_empty() {
            request
        } else {
            request.header("content-type", "application/offset+octet-stream")
        };
        request.send().unwrap()
    }

    /// Brings a whole original.
    pub fn uploads(&self, who: &mut Person, bytes: &[u8]) {
        let response = self.creates_upload(who, BlobHash::of(bytes), bytes.len(), bytes);
        assert!(response.status().is_success(), "{}", response.text().unwrap());
    }

    /// Waits until the server has looked into every original that it holds.
    pub fn settles(&self) {
        let began = Instant::now();
        loop {
            let metrics = self.office(Role::SystemAdmin, "GET", "/metrics").send().unwrap();
            if metrics.text().unwrap().contains("hudang_blobs_uninspected 0\n") {
                return;
            }
            assert!(began.elapsed() < Duration::from_mins(1), "originals wait");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A request of which everything is kept, for what it is.
    pub fn keeps(&self, who: &mut Person, request: &SyncRequest) -> SyncResponse {
        let answer = self.synced(who, request);
        let mut verdicts = answer
            .entries
            .iter()
            .chain(&answer.seals)
            .chain(&answer.snapshots);
        assert!(verdicts.all(Verdict::is_kept), "{answer:?}");
        answer
    }

    /// Both send what they made of a visit, the second first; their originals are still to come.
    pub fn takes(&self, made: &Made, first: &mut Person, second: &mut Person) {
        self.keeps(second, &made.of_second());
        self.keeps(first, &made.of_first());
    }

    /// Both bring what they made of a visit with its originals, and the server has looked into them.
    pub fn takes_whole(&self, made: &Made, first: &mut Person, second: &mut Person) {
        self.takes(made, first, second);
        for original in [&made.photo].into_iter().chain(&made.recording) {
            self.uploads(first, original);
        }
        self.settles();
    }

    /// A visit, as the purchaser's clerk is shown it.
    pub fn shown(&self, visit: VisitId) -> Value {
        let path = format!("/v1/visits/{visit}");
        let answer = self.office(Role::PurchaserHandler, "GET", &path).send().unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().unwrap()
    }

    /// State and reason of a visit.
    pub fn stands(&self, visit: VisitId) -> String {
        let shown = self.shown(visit);
        let said = |name: &str| shown[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", said("state"), said("reason")).trim().to_owned()
    }

    /// What was found about a visit: codes, each with its details.
    pub fn findings(&self, visit: VisitId) -> Vec<(String, Value)> {
        serde_json::from_value(self.shown(visit)["findings"].clone()).unwrap()
    }

    /// The codes of what was found about a visit.
    pub fn codes(&self, visit: VisitId) -> Vec<String> {
        self.findings(visit).into_iter().map(|(code, _)| code).collect()
    }

    pub fn synced(&self, who: &mut Person, request: &SyncRequest) -> SyncResponse {
        let response = self.syncs(who, request);
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], wire::CONTENT_TYPE);
        wire::unpack(&response.bytes().unwrap(), Wire::DEFAULT).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop();
    }
}

fn at(later_ms: i64) -> WallTime {
    office::at(later_ms)
}

/// Status and code of an answer that says no; whatever it is, it says what to do in both languages.
pub fn refused(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json",
        "{status}"
    );
    let problem: Value = response.json().unwrap();
    assert_eq!(problem["status"], status);
    assert!(!problem["zh"].as_str().unwrap().is_ascii(), "{problem}");
    assert!(!problem["en"].as_str().unwrap().is_empty(), "{problem}");
    (status, problem["code"].as_str().unwrap().to_owned())
}

/// A client that trusts one certificate, or none.
pub fn client(print: Option<Sha256>) -> Client {
    let tls = pinned(print.unwrap_or(Sha256::of(b"none"))).unwrap();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(Duration::from_secs(30))
        .no_proxy()
        .build()
        .unwrap()
}
