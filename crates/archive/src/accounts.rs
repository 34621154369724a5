//! Organisations 单位, their accounts 账号, and what opens an account: a token, or a one-time slip that becomes one.
//!
//! The machine's administrator makes organisations and what first opens each. Whatever the administrator makes for an
//! organisation that has somebody already, or for somebody who is to read a contract whose purchaser has somebody, opens
//! nothing for a day, and the purchaser and auditors see it meanwhile (EVIDENCE §1.10 R13).

use std::collections::BTreeSet;

use hudang_evidence::id::{ContractId, OrgId, PersonId};
use hudang_evidence::time::WallTime;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::archive::Archive;
use crate::decision::{self, Decision};
use crate::derive::parse_id;
use crate::error::{ArchiveError, Result};
use crate::roles::{Act, Role};
use crate::viewer::{Sight, Viewer, unknown};
use crate::writer::Scope;

mod credential;

pub use credential::Slip;
pub(crate) use credential::{put_slip, put_token, use_slip};

/// What an organisation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OrganisationKind {
    /// Buys visits 购买主体.
    Purchaser,
    /// Makes them 承接主体.
    Contractor,
    /// Evaluates 第三方评价.
    Evaluator,
    /// Audits 审计.
    Auditor,
    /// Runs the machine.
    Machine,
}

impl OrganisationKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Purchaser,
        Self::Contractor,
        Self::Evaluator,
        Self::Auditor,
        Self::Machine,
    ];

    /// The word in tables and commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Purchaser => "purchaser",
            Self::Contractor => "contractor",
            Self::Evaluator => "evaluator",
            Self::Auditor => "auditor",
            Self::Machine => "machine",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The organisations whose people have this role.
    pub const fn of(role: Role) -> Self {
        match role {
            Role::PurchaserHandler | Role::PurchaserLeader => Self::Purchaser,
            Role::ContractorAdmin | Role::Supervisor | Role::Investigator => Self::Contractor,
            Role::Evaluator => Self::Evaluator,
            Role::Auditor => Self::Auditor,
            Role::SystemAdmin => Self::Machine,
        }
    }
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// As contracts name it.
    pub id: OrgId,
    /// What it is.
    pub kind: OrganisationKind,
    /// What people call it.
    pub name: String,
}

/// Who uses an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccountKind {
    /// A person.
    Person,
    /// A program, or a person with a command line.
    Program,
}

/// An account to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Its name, unique also among revoked ones: it stands in the journal beside what was decided.
    pub label: String,
    /// Whose it is.
    pub organisation: OrgId,
    /// What it may do.
    pub role: Role,
    /// Under which contracts; absent for all of its organisation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contracts: Option<Vec<ContractId>>,
    /// Who uses it.
    pub kind: AccountKind,
    /// Who of a roster it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
}

impl NewAccount {
    /// A program's account under all contracts of its organisation.
    pub const fn program(label: String, organisation: OrgId, role: Role) -> Self {
        Self {
            label,
            organisation,
            role,
            contracts: None,
            kind: AccountKind::Program,
            person: None,
        }
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// Its name.
    pub label: String,
    /// Whose it is.
    pub organisation: OrgId,
    /// What it may do.
    pub role: Role,
    /// Under which contracts; absent for all of its organisation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contracts: Option<Vec<ContractId>>,
    /// Who uses it.
    pub kind: AccountKind,
    /// Who of a roster it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Who made it.
    pub by: String,
    /// Whether it was taken back.
    pub revoked: bool,
    /// Tokens and slips that open it, or will: never their secrets.
    pub openings: Vec<Opens>,
}

/// A token or an unused slip of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Opens {
    /// `token` or `slip`.
    pub what: String,
    /// Who made it.
    pub by: String,
    /// From when on it opens the account.
    pub effective: WallTime,
}

impl Archive {
    /// Makes an organisation, or changes its name. What it is stays.
    pub fn put_organisation(&self, viewer: &Viewer, organisation: Organisation, now: WallTime) -> Result<()> {
        viewer.check(Act::PutOrganisation)?;
        check_label(&organisation.name)?;
        let by = viewer.clone();
        self.submit(move |scope| {
            let known = organisation_kind(scope.db, &organisation.id)?;
            if known.is_some_and(|kind| kind != organisation.kind) {
                return Err(ArchiveError::refused(
                    "ORG-KIND",
                    "该单位已存在，且类别不同，类别不能更改。",
                    "There is such an organisation of another kind; what it is cannot be changed.",
                ));
            }
            decision::record(scope, now, &by, Decision::Organisation { organisation }).map(|_| ())
        })
    }

    /// The organisations that the viewer has to do with, in order.
    pub fn organisations(&self, viewer: &Viewer) -> Result<Vec<Organisation>> {
        viewer.check(Act::ListTokens)?;
        self.read(|db| {
            let seen = orgs_seen(db, viewer)?;
            let mut select = db.prepare_cached("SELECT id, kind, name FROM organisation ORDER BY id")?;
            let rows = select.query_map([], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?))
            })?;
            let mut found = Vec::new();
            for row in rows {
                let (id, kind, name) = row?;
                let id: OrgId = parse_id(&id)?;
                if seen.as_ref().is_none_or(|seen| seen.contains(&id)) {
                    let kind = OrganisationKind::parse(&kind)
                        .ok_or_else(|| ArchiveError::Damaged("an organisation's kind".into()))?;
                    found.push(Organisation { id, kind, name });
                }
            }
            Ok(found)
        })
    }

    /// Makes an account; nothing opens it until it has a token or a slip.
    pub fn create_account(&self, viewer: &Viewer, account: NewAccount, now: WallTime) -> Result<()> {
        viewer.check(Act::CreateToken)?;
        let by = viewer.clone();
        self.submit(move |scope| make(scope, now, &by, account))
    }

    /// The accounts that the viewer has to do with, ordered by label: its own organisation's; to purchasers and auditors
    /// also those that see something of their contracts; all to whoever runs the machine.
    pub fn accounts(&self, viewer: &Viewer) -> Result<Vec<Account>> {
        viewer.check(Act::ListTokens)?;
        self.read(|db| {
            let sight = viewer.sight(db)?;
            let orgs = orgs_seen(db, viewer)?;
            let mut select = db.prepare_cached(&format!("SELECT {COLUMNS} FROM account ORDER BY label"))?;
            let rows = select.query_map([], columns)?;
            let mut found = Vec::new();
            for row in rows {
                let account = read(db, row?)?;
                let given = account.contracts.iter().flatten();
                let reads = || {
                    given
                        .clone()
                        .any(|id| sight != Sight::Everything && sight.has(id))
                };
                if orgs
                    .as_ref()
                    .is_none_or(|orgs| orgs.contains(&account.organisation))
                    || (sight.org().is_none() && reads())
                {
                    found.push(account);
                }
            }
            Ok(found)
        })
    }

    /// Takes an account back, with all that opens it.
    pub fn revoke_account(&self, viewer: &Viewer, label: &str, now: WallTime) -> Result<()> {
        viewer.check(Act::RevokeToken)?;
        let (by, label) = (viewer.clone(), label.to_owned());
        self.submit(move |scope| {
            let account = account(scope.db, &label)?
                .filter(|account| is_administrator(&by) || by.organisation() == Some(&account.organisation));
            account.ok_or_else(|| unknown("account", &label))?;
            decision::record(scope, now, &by, Decision::RevokeAccount { label }).map(|_| ())
        })
    }
}

/// Whether this is who runs the machine: at its directory, or with an account of that role.
pub(crate) fn is_administrator(viewer: &Viewer) -> bool {
    viewer.role().is_none_or(|role| role == Role::SystemAdmin)
}

/// The roles that somebody in a role may give to others of the own organisation.
const fn makes(role: Role) -> &'static [Role] {
    match role {
        Role::ContractorAdmin => &[Role::ContractorAdmin, Role::Supervisor],
        Role::PurchaserLeader => &[Role::PurchaserLeader, Role::PurchaserHandler],
        Role::PurchaserHandler => &[Role::PurchaserHandler],
        Role::SystemAdmin => &Role::ALL,
        Role::Supervisor | Role::Investigator | Role::Evaluator | Role::Auditor => &[],
    }
}

/// Whether the viewer may give an account like this one to somebody.
fn may_make(db: &Connection, viewer: &Viewer, account: &NewAccount) -> Result<()> {
    if is_administrator(viewer) {
        return Ok(());
    }
    let Some(role) = viewer.role() else { return Ok(()) };
    // A purchaser says who evaluates and audits what it buys.
    let reads = role == Role::PurchaserLeader && matches!(account.role, Role::Evaluator | Role::Auditor);
    let own = viewer.organisation() == Some(&account.organisation) && makes(role).contains(&account.role);
    if !reads && !own {
        return Err(crate::viewer::forbidden());
    }
    let sight = viewer.sight(db)?;
    for id in account.contracts.iter().flatten() {
        if !sight.has(id) {
            return Err(unknown("contract", &id));
        }
    }
    // Who has some of the organisation's contracts cannot give all of them.
    match (viewer.given(), &account.contracts) {
        (Some(_), None) => Err(crate::viewer::forbidden()),
        _ => Ok(()),
    }
}

/// Makes an account inside the writer's turn; an organisation that nobody knows comes with it, if the administrator makes it.
fn make(scope: &Scope<'_>, now: WallTime, by: &Viewer, account: NewAccount) -> Result<()> {
    check_label(&account.label)?;
    if account.role == Role::Investigator {
        return Err(ArchiveError::refused(
            "ACCOUNT-ROLE",
            "调查员不使用账号，请用登记码登记手机。",
            "Investigators work without accounts; enrol a phone with a code.",
        ));
    }
    if matches!(account.role, Role::Evaluator | Role::Auditor) && account.contracts.is_none() {
        return Err(ArchiveError::refused(
            "ACCOUNT-CONTRACTS",
            "请写明该评价或审计账号可查看的合同。",
            "Name the contracts that this evaluator or auditor may read.",
        ));
    }
    let kind = OrganisationKind::of(account.role);
    match organisation_kind(scope.db, &account.organisation)? {
        Some(known) if known == kind => {}
        None if is_administrator(by) => {
            let organisation = Organisation {
                id: account.organisation.clone(),
                kind,
                name: account.organisation.to_string(),
            };
            decision::record(scope, now, by, Decision::Organisation { organisation })?;
        }
        None => return Err(unknown("organisation", &account.organisation)),
        Some(_) => {
            return Err(ArchiveError::refused(
                "ACCOUNT-ROLE",
                "该角色与单位的类别不符，请核对。",
                "This role is none of this kind of organisation.",
            ));
        }
    }
    may_make(scope.db, by, &account)?;
    let mut select = scope
        .db
        .prepare_cached("SELECT 1 FROM account WHERE label = ?1")?;
    if select.exists([&account.label])? {
        return Err(ArchiveError::refused(
            "TOKEN-LABEL",
            "该名称的账号已存在，请换一个名称。",
            "There is an account of this label; choose another.",
        ));
    }
    decision::record(scope, now, by, Decision::Account { account }).map(|_| ())
}

fn check_label(label: &str) -> Result<()> {
    if !label.is_empty() && label.len() <= 64 && !label.chars().any(char::is_control) {
        return Ok(());
    }
    Err(ArchiveError::refused(
        "TOKEN-LABEL",
        "名称为空或过长，请修改。",
        "The name is empty or too long.",
    ))
}

/// What an organisation is.
fn organisation_kind(db: &Connection, id: &OrgId) -> Result<Option<OrganisationKind>> {
    let mut select = db.prepare_cached("SELECT kind FROM organisation WHERE id = ?1")?;
    let kind: Option<String> = select.query_row([id.as_str()], |row| row.get(0)).optional()?;
    kind.map(|kind| {
        OrganisationKind::parse(&kind).ok_or_else(|| ArchiveError::Damaged("an organisation's kind".into()))
    })
    .transpose()
}

/// The organisations whose accounts the viewer is shown; nothing for all of them.
fn orgs_seen(db: &Connection, viewer: &Viewer) -> Result<Option<BTreeSet<OrgId>>> {
    if is_administrator(viewer) {
        return Ok(None);
    }
    let mut orgs: BTreeSet<OrgId> = viewer.organisation().into_iter().cloned().collect();
    let Sight::Of { contracts, org: None } = viewer.sight(db)? else {
        return Ok(Some(orgs));
    };
    let mut select = db.prepare_cached("SELECT org FROM party WHERE contract = ?1")?;
    for contract in contracts {
        for org in select.query_map([contract.as_str()], |row| row.get::<_, String>(0))? {
            orgs.insert(parse_id(&org?)?);
        }
    }
    Ok(Some(orgs))
}

const COLUMNS: &str = "label, organisation, role, contracts, kind, person, by, revoked";

type Columns = (String, String, String, String, String, String, String, u64);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    row.try_into()
}

/// An account by its label.
fn account(db: &Connection, label: &str) -> Result<Option<Account>> {
    let mut select = db.prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE label = ?1"))?;
    let row = select.query_row([label], columns).optional()?;
    row.map(|row| read(db, row)).transpose()
}

fn read(db: &Connection, columns: Columns) -> Result<Account> {
    let (label, organisation, role, contracts, kind, person, by, revoked) = columns;
    let damaged = || ArchiveError::Damaged("an account".into());
    let contracts = match contracts.as_str() {
        "" => None,
        json => Some(serde_json::from_str(json).map_err(|_| damaged())?),
    };
    Ok(Account {
        openings: openings(db, &label)?,
        organisation: parse_id(&organisation)?,
        role: Role::parse(&role).ok_or_else(damaged)?,
        contracts,
        kind: match kind.as_str() {
            "person" => AccountKind::Person,
            _ => AccountKind::Program,
        },
        person: match person.as_str() {
            "" => None,
            person => Some(parse_id(person)?),
        },
        by,
        revoked: revoked != 0,
        label,
    })
}

fn openings(db: &Connection, label: &str) -> Result<Vec<Opens>> {
    let mut select = db.prepare_cached(
        "SELECT 'token', by, effective_ms FROM token WHERE account = ?1 AND revoked = 0
         UNION ALL SELECT 'slip', by, effective_ms FROM slip WHERE account = ?1 AND used = 0
         ORDER BY 3, 1",
    )?;
    let rows = select.query_map([label], |row| {
        Ok(Opens {
            what: row.get(0)?,
            by: row.get(1)?,
            effective: WallTime::from_ms_clamped(row.get(2)?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Derives from an organisation.
pub(crate) fn put_organisation(db: &Connection, seq: u64, organisation: &Organisation) -> Result<()> {
    let mut put = db.prepare_cached(
        "INSERT INTO organisation (id, kind, name, journal) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, journal = excluded.journal",
    )?;
    let Organisation { id, kind, name } = organisation;
    put.execute(params![id.as_str(), kind.as_str(), name, seq])?;
    Ok(())
}

/// Derives from an account.
pub(crate) fn put(db: &Connection, seq: u64, by: &str, account: &NewAccount) -> Result<()> {
    let contracts = match &account.contracts {
        None => String::new(),
        Some(contracts) => serde_json::to_string(contracts)
            .map_err(|error| ArchiveError::Damaged(format!("an account: {error}")))?,
    };
    let kind = match account.kind {
        AccountKind::Person => "person",
        AccountKind::Program => "program",
    };
    let mut insert = db.prepare_cached(
        "INSERT INTO account (label, organisation, role, contracts, kind, person, by, journal)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    insert.execute(params![
        account.label,
        account.organisation.as_str(),
        account.role.as_str(),
        contracts,
        kind,
        account.person.as_ref().map_or("", PersonId::as_str),
        by,
        seq
    ])?;
    Ok(())
}

/// Derives from an account's end.
pub(crate) fn revoke(db: &Connection, seq: u64, label: &str) -> Result<()> {
    db.prepare_cached("UPDATE account SET revoked = ?2 WHERE label = ?1 AND revoked = 0")?
        .execute(params![label, seq])?;
    db.prepare_cached("UPDATE token SET revoked = ?2 WHERE account = ?1 AND revoked = 0")?
        .execute(params![label, seq])?;
    db.prepare_cached("UPDATE slip SET used = ?2 WHERE account = ?1 AND used = 0")?
        .execute(params![label, seq])?;
    Ok(())
}
