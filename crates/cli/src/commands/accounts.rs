//! `hudang admin organisation|account|token|slip …`: who may ask, and what opens their accounts.

use hudang_archive::{
    Access, Account, AccountKind, Archive, NewAccount, Organisation, OrganisationKind, Role,
};
use hudang_evidence::id::OrgId;
use hudang_sync_server::message::{MadeSlip, Named, NewSlip, NewToken, SlipToUse};

use crate::args::{self, AdminAct};
use crate::commands::admin::person_id;
use crate::commands::{contract_id, local};
use crate::error::Failure;
use crate::output::Output;
use crate::outside;
use crate::remote::{Remote, segment};

/// In the archive's directory.
pub(super) fn run(archive: &Archive, act: AdminAct, output: &Output) -> Result<(), Failure> {
    let now = outside::now();
    match act {
        AdminAct::Token { account } => {
            let account = new_account(archive, &account, None, AccountKind::Program)?;
            let name = archive.create_token(&local(), account, outside::random()?, now)?;
            named(&Named { name }, output)
        }
        AdminAct::Account { account, person } => {
            let account = new_account(archive, &account, person.as_deref(), AccountKind::Person)?;
            let name = account.label.clone();
            archive.create_account(&local(), account, now)?;
            named(&Named { name }, output)
        }
        AdminAct::Accounts => accounts(&archive.accounts(&local())?, output),
        AdminAct::Slip { account } => {
            let made = archive.create_slip(&local(), &account, outside::random()?, now)?;
            let made = MadeSlip {
                slip: made.text,
                effective: made.effective,
                expires: made.expires,
            };
            slip(&made, output)
        }
        AdminAct::Redeem { slip } => {
            let name = archive.redeem_slip(slip.trim(), outside::random()?, now)?;
            named(&Named { name }, output)
        }
        AdminAct::Organisation { id, kind, name } => {
            let organisation = organisation(&id, &kind, name)?;
            let name = organisation.id.to_string();
            archive.put_organisation(&local(), organisation, now)?;
            named(&Named { name }, output)
        }
        AdminAct::Organisations => organisations(&archive.organisations(&local())?, output),
        AdminAct::Access { contract } => accesses(
            &archive.accesses(&local(), &contract_id(&contract)?, 0, u32::MAX)?,
            output,
        ),
        AdminAct::RevokeToken { label } => {
            archive.revoke_account(&local(), &label, now)?;
            named(&Named { name: label }, output)
        }
        _ => Err(Failure::input("命令", "command", "admin")),
    }
}

/// Over a running server.
pub(super) fn over_http(act: AdminAct, remote: &Remote, output: &Output) -> Result<(), Failure> {
    match act {
        AdminAct::Token { account } => {
            let wanted = NewToken {
                label: account.label,
                role: account.role,
                organisation: account.organisation.as_deref().map(org_id).transpose()?,
                contracts: contracts(&account.contracts)?,
            };
            named(&remote.post("/v1/tokens", &wanted)?, output)
        }
        AdminAct::Account { account, person } => {
            let id = account.organisation.as_deref().unwrap_or_default();
            let account = NewAccount {
                organisation: org_id(id)?,
                role: role(&account.role)?,
                contracts: contracts(&account.contracts)?,
                kind: AccountKind::Person,
                person: person.as_deref().map(person_id).transpose()?,
                label: account.label,
            };
            named(&remote.post("/v1/accounts", &account)?, output)
        }
        AdminAct::Accounts => accounts(&remote.all::<Account>("/v1/accounts", &[])?, output),
        AdminAct::Slip { account } => slip(&remote.post("/v1/slips", &NewSlip { account })?, output),
        AdminAct::Redeem { slip } => named(&remote.post("/v1/slips/redeem", &SlipToUse { slip })?, output),
        AdminAct::Organisation { id, kind, name } => {
            let organisation = organisation(&id, &kind, name)?;
            named(&remote.post("/v1/organisations", &organisation)?, output)
        }
        AdminAct::Organisations => {
            organisations(&remote.all::<Organisation>("/v1/organisations", &[])?, output)
        }
        AdminAct::Access { contract } => {
            let id = contract_id(&contract)?;
            let all: Vec<Access> = remote.all("/v1/access", &[("contract", id.as_str())])?;
            accesses(&all, output)
        }
        AdminAct::RevokeToken { label } => {
            remote.delete(&format!("/v1/accounts/{}", segment(&label)))?;
            named(&Named { name: label }, output)
        }
        _ => Err(Failure::input("命令", "command", "admin")),
    }
}

/// Reads an organisation's id.
pub(super) fn org_id(text: &str) -> Result<OrgId, Failure> {
    text.parse().map_err(|_| {
        Failure::input(
            "单位编号（--organisation）",
            "organisation id (--organisation)",
            text,
        )
    })
}

fn role(text: &str) -> Result<Role, Failure> {
    Role::parse(text).ok_or_else(|| Failure::input("角色", "role", text))
}

fn contracts(given: &[String]) -> Result<Option<Vec<hudang_evidence::id::ContractId>>, Failure> {
    if given.is_empty() {
        return Ok(None);
    }
    given
        .iter()
        .map(|id| contract_id(id))
        .collect::<Result<_, _>>()
        .map(Some)
}

/// The account that is wanted. Where the archive has one contract, its purchaser or its only contractor is meant.
fn new_account(
    archive: &Archive,
    wanted: &args::NewAccount,
    person: Option<&str>,
    kind: AccountKind,
) -> Result<NewAccount, Failure> {
    let role = role(&wanted.role)?;
    let organisation = match wanted.organisation.as_deref() {
        Some(id) => org_id(id)?,
        None => usual(archive, role)?.ok_or_else(|| {
            org_id("")
                .err()
                .unwrap_or_else(|| Failure::input("单位编号", "organisation id", "--organisation"))
        })?,
    };
    Ok(NewAccount {
        organisation,
        role,
        contracts: contracts(&wanted.contracts)?,
        kind,
        person: person.map(person_id).transpose()?,
        label: wanted.label.clone(),
    })
}

fn usual(archive: &Archive, role: Role) -> Result<Option<OrgId>, Failure> {
    if role == Role::SystemAdmin {
        return Ok("machine".parse().ok());
    }
    let ids = archive.contracts(&local())?;
    let [only] = ids.as_slice() else { return Ok(None) };
    let contract = archive.contract(&local(), only)?;
    Ok(
        match (
            OrganisationKind::of(role),
            contract.terms().contractors.as_slice(),
        ) {
            (OrganisationKind::Purchaser, _) => Some(contract.terms().buyer.clone()),
            (OrganisationKind::Contractor, [only]) => Some(only.clone()),
            _ => None,
        },
    )
}

fn organisation(id: &str, kind: &str, name: Option<String>) -> Result<Organisation, Failure> {
    Ok(Organisation {
        id: org_id(id)?,
        kind: OrganisationKind::parse(kind).ok_or_else(|| Failure::input("单位类别", "kind", kind))?,
        name: name.unwrap_or_else(|| id.to_owned()),
    })
}

fn accesses(all: &Vec<Access>, output: &Output) -> Result<(), Failure> {
    output.result(all, |all| {
        let row = |one: &Access| {
            vec![
                one.at.to_string(),
                one.look.by.clone(),
                one.look
                    .organisation
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                format!("{:?}", one.look.opened).to_lowercase(),
                one.look.of.clone(),
                one.look.purpose.clone(),
            ]
        };
        output.table(
            &[
                ("时间", "time"),
                ("账号", "account"),
                ("单位", "organisation"),
                ("查阅", "opened"),
                ("对象", "what"),
                ("用途", "purpose"),
            ],
            all.iter().map(row),
        );
    })
}

fn named(named: &Named, output: &Output) -> Result<(), Failure> {
    output.result(named, |named| println!("{}", named.name))
}

fn slip(made: &MadeSlip, output: &Output) -> Result<(), Failure> {
    output.result(made, |made| {
        println!("{}", made.slip);
        println!(
            "{} {}  {} {}",
            output.say("生效", "from"),
            made.effective,
            output.say("失效", "until"),
            made.expires
        );
    })
}

fn organisations(all: &Vec<Organisation>, output: &Output) -> Result<(), Failure> {
    output.result(all, |all| {
        let row =
            |one: &Organisation| vec![one.id.to_string(), one.kind.as_str().to_owned(), one.name.clone()];
        output.table(
            &[("单位", "organisation"), ("类别", "kind"), ("名称", "name")],
            all.iter().map(row),
        );
    })
}

fn accounts(all: &Vec<Account>, output: &Output) -> Result<(), Failure> {
    output.result(all, |all| {
        let row = |one: &Account| {
            let opens = one
                .openings
                .iter()
                .map(|opens| format!("{} {} {}", opens.what, opens.by, opens.effective));
            vec![
                one.label.clone(),
                one.organisation.to_string(),
                one.role.as_str().to_owned(),
                one.by.clone(),
                if one.revoked {
                    output.say("已停用", "revoked")
                } else {
                    output.say("在用", "in use")
                }
                .to_owned(),
                opens.collect::<Vec<_>>().join("\n"),
            ]
        };
        output.table(
            &[
                ("账号", "account"),
                ("单位", "organisation"),
                ("角色", "role"),
                ("建立人", "made by"),
                ("状态", "state"),
                ("凭证", "opens with"),
            ],
            all.iter().map(row),
        );
    })
}
