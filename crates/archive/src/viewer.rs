//! Who asks: an account with its organisation, role and contracts. Every read and every decision takes one, and filters
//! by it in SQL; what is not the viewer's is *not found*, in the words that are said of what does not exist.

use std::collections::BTreeSet;

use hudang_evidence::id::{ContractId, OrgId, PersonId};
use rusqlite::Connection;

use crate::accounts::Account;
use crate::derive::parse_id;
use crate::error::{ArchiveError, Result};
use crate::roles::{Act, Role, may};

/// Who reads or decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    name: String,
    of: Of,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Of {
    /// Whoever holds the archive's directory, for which organisation where that matters.
    Machine(Option<OrgId>),
    /// Somebody with an account.
    Office {
        organisation: OrgId,
        role: Role,
        contracts: Option<BTreeSet<ContractId>>,
        person: Option<PersonId>,
    },
}

impl Viewer {
    /// Whoever sits at the machine and holds the archive's directory: such a person can read its files anyway. What is
    /// decided so stands in the journal under this name; of accounts it may make no more than the machine's administrator.
    pub fn machine(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            of: Of::Machine(None),
        }
    }

    /// The same, for one of the archive's purchasers: whose register a household joins.
    #[must_use]
    pub fn on_behalf_of(self, organisation: OrgId) -> Self {
        match self.of {
            Of::Machine(_) => Self {
                name: self.name,
                of: Of::Machine(Some(organisation)),
            },
            of @ Of::Office { .. } => Self { name: self.name, of },
        }
    }

    /// Somebody with this account. Whether it is in force is asked where a token becomes a viewer.
    pub fn of(account: &Account) -> Self {
        Self {
            name: account.label.clone(),
            of: Of::Office {
                organisation: account.organisation.clone(),
                role: account.role,
                contracts: account
                    .contracts
                    .as_ref()
                    .map(|contracts| contracts.iter().cloned().collect()),
                person: account.person.clone(),
            },
        }
    }

    /// The account's label: it stands in the journal beside what was decided.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The role; none at the machine itself.
    pub const fn role(&self) -> Option<Role> {
        match &self.of {
            Of::Machine(_) => None,
            Of::Office { role, .. } => Some(*role),
        }
    }

    /// The organisation; at the machine itself the one that is acted for.
    pub const fn organisation(&self) -> Option<&OrgId> {
        match &self.of {
            Of::Machine(organisation) => organisation.as_ref(),
            Of::Office { organisation, .. } => Some(organisation),
        }
    }

    /// Who of the roster it is, where the account is a person's who is on one.
    pub const fn person(&self) -> Option<&PersonId> {
        match &self.of {
            Of::Machine(_) => None,
            Of::Office { person, .. } => person.as_ref(),
        }
    }

    /// Whether this is whoever holds the directory.
    pub const fn is_machine(&self) -> bool {
        matches!(self.of, Of::Machine(_))
    }

    /// Refuses what the role may not do.
    pub(crate) fn check(&self, act: Act) -> Result<()> {
        if self.role().is_none_or(|role| may(role, act)) {
            return Ok(());
        }
        Err(forbidden())
    }

    /// What of the archive this viewer sees now.
    pub(crate) fn sight(&self, db: &Connection) -> Result<Sight> {
        let Of::Office {
            organisation,
            role,
            contracts,
            ..
        } = &self.of
        else {
            return Ok(Sight::Everything);
        };
        let part = match role {
            Role::SystemAdmin | Role::Investigator => return Ok(Sight::default()),
            Role::Evaluator | Role::Auditor => {
                let contracts = contracts.iter().flatten().cloned().collect();
                return Ok(Sight::Of { contracts, org: None });
            }
            Role::PurchaserHandler | Role::PurchaserLeader => Part::Buyer,
            Role::ContractorAdmin | Role::Supervisor => Part::Contractor,
        };
        let own = contracts_of(db, organisation, part)?;
        let contracts = own
            .into_iter()
            .filter(|id| contracts.as_ref().is_none_or(|given| given.contains(id)))
            .collect();
        let org = (part == Part::Contractor).then(|| organisation.clone());
        Ok(Sight::Of { contracts, org })
    }

    /// Whether this viewer is of the contract's purchaser and was given the contract.
    pub(crate) fn buys(&self, buyer: &OrgId, id: &ContractId) -> bool {
        match &self.of {
            Of::Machine(_) => true,
            Of::Office {
                organisation,
                role: Role::PurchaserHandler | Role::PurchaserLeader,
                contracts,
                ..
            } => organisation == buyer && contracts.as_ref().is_none_or(|given| given.contains(id)),
            Of::Office { .. } => false,
        }
    }

    /// The contracts that the account was given; none where it has all of its organisation's.
    pub(crate) const fn given(&self) -> Option<&BTreeSet<ContractId>> {
        match &self.of {
            Of::Machine(_) => None,
            Of::Office { contracts, .. } => contracts.as_ref(),
        }
    }
}

/// What an organisation is to a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Buyer,
    Contractor,
}

impl Part {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Contractor => "contractor",
        }
    }
}

/// The contracts that an organisation has this part in, in order.
pub(crate) fn contracts_of(db: &Connection, org: &OrgId, part: Part) -> Result<BTreeSet<ContractId>> {
    let mut select = db.prepare_cached("SELECT contract FROM party WHERE org = ?1 AND part = ?2")?;
    let ids = select.query_map([org.as_str(), part.as_str()], |row| row.get::<_, String>(0))?;
    ids.map(|id| parse_id(&id?)).collect()
}

/// What a viewer sees of visits, households, phones and originals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight {
    /// All there is: whoever holds the directory.
    Everything,
    /// What belongs to these contracts and, where one is named, to this organisation.
    Of {
        contracts: BTreeSet<ContractId>,
        org: Option<OrgId>,
    },
}

impl Default for Sight {
    fn default() -> Self {
        Self::Of {
            contracts: BTreeSet::new(),
            org: None,
        }
    }
}

impl Sight {
    /// Whether what belongs to this contract is seen, whosever it is.
    pub(crate) fn has(&self, contract: &ContractId) -> bool {
        match self {
            Self::Everything => true,
            Self::Of { contracts, .. } => contracts.contains(contract),
        }
    }

    /// Whether a visit or phone of this contract and organisation is seen.
    pub(crate) fn sees(&self, contract: &str, of: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Of { contracts, org } => {
                contracts.iter().any(|id| id.as_str() == contract)
                    && org.as_ref().is_none_or(|own| own.as_str() == of)
            }
        }
    }

    /// The organisation to which what is seen is narrowed.
    pub(crate) const fn org(&self) -> Option<&OrgId> {
        match self {
            Self::Everything => None,
            Self::Of { org, .. } => org.as_ref(),
        }
    }
}

/// The refusal of what a role may not do.
pub(crate) fn forbidden() -> ArchiveError {
    ArchiveError::refused(
        "TOKEN-ROLE",
        "您的角色无权进行此操作，请联系系统管理员。",
        "Your role may not do this; speak to the administrator.",
    )
}

/// The refusal of what is not there, or is not the viewer's: both are said in the same words.
pub(crate) fn unknown(what: &'static str, name: &(impl core::fmt::Display + ?Sized)) -> ArchiveError {
    ArchiveError::Unknown {
        what,
        name: name.to_string(),
    }
}
