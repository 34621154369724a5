//! What the phone knows of a household and a visit before the form asks it.

use hudang_contract::contract::Contract;
use hudang_evidence::body::Body;
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{HouseholdId, PersonId, VisitId};
use hudang_sync::wire::Register;
use hudang_visit::document::household::{HouseholdDocument, HouseholdField};
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::questionnaire::known::{Known, Source, of_visit};
use hudang_visit::value::Value;
use rusqlite::OptionalExtension as _;

use crate::device::{Device, Scope};
use crate::documents::About;
use crate::error::Result;

/// What stands for the number of a household that was found in the field, until the office has given it one.
const CODE_AWAITED: &str = "新发现，编号待登记";

/// A household as far as this phone knows it: what its document says, and where that says nothing the office's register. A
/// text is empty where nothing is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HouseholdFacts {
    /// Its number in the office's list; empty for one that was found in the field.
    pub code: String,
    /// Who heads it.
    pub head: String,
    /// Where it lives.
    pub address: String,
    /// How to reach it.
    pub phone: String,
    /// Its division (GB/T 2260).
    pub area: String,
    /// The name of its 苏木, township or street.
    pub township: String,
    /// The name of its 嘎查, village or community.
    pub village: String,
}

impl HouseholdFacts {
    /// What was written in the field is newer than the register; the number is the office's to give.
    pub fn of(code: &str, register: &Register, document: Option<&HouseholdDocument>) -> Self {
        let said = |field: HouseholdField| match document?.field(field).ok()?.value {
            Some(Value::Text(text)) if !text.is_empty() => Some(text),
            _ => None,
        };
        let or = |field, registered: &str| said(field).unwrap_or_else(|| registered.to_owned());
        Self {
            code: if code.is_empty() {
                said(HouseholdField::Code).unwrap_or_default()
            } else {
                code.to_owned()
            },
            head: or(HouseholdField::Head, &register.head),
            address: or(HouseholdField::Address, &register.address),
            phone: or(HouseholdField::Phone, &register.phone),
            area: or(HouseholdField::Adcode, &register.area),
            township: register.township.clone(),
            village: register.village.clone(),
        }
    }
}

impl Device {
    /// What this phone knows of a household.
    pub fn household_facts(&self, household: HouseholdId) -> Result<HouseholdFacts> {
        self.scope().household_facts(household)
    }
}

impl Scope<'_> {
    fn household_facts(&self, household: HouseholdId) -> Result<HouseholdFacts> {
        let mut select = self.db.prepare_cached(
            "SELECT code, area, head, address, phone, township, village
             FROM assignment WHERE household = ?1 ORDER BY code, contract, visit LIMIT 1",
        )?;
        let row = select.query_row([household.to_bytes()], |row| {
            let register = Register {
                area: row.get(1)?,
                head: row.get(2)?,
                address: row.get(3)?,
                phone: row.get(4)?,
                township: row.get(5)?,
                village: row.get(6)?,
            };
            Ok((row.get::<_, String>(0)?, register))
        });
        let (code, register) = row.optional()?.unwrap_or_default();
        let document = self.household(household)?;
        Ok(HouseholdFacts::of(&code, &register, document.as_ref()))
    }

    /// What is known of a visit and its household.
    pub(crate) fn known(&self, visit: VisitId, about: &About, document: &VisitDocument) -> Result<Known> {
        let entries = self.entries(visit)?;
        let standing: Vec<&Entry> = entries.iter().collect();
        let mut known = of_visit(&standing, document.outcome()?);
        let HouseholdFacts {
            code,
            head,
            address,
            phone,
            area,
            township,
            village,
        } = self.household_facts(about.household)?;
        // The office gives a household that was found its number later: nobody is asked for one that there is not.
        let code = if code.is_empty() {
            CODE_AWAITED.to_owned()
        } else {
            code
        };
        let texts = [
            (Source::Code, code),
            (Source::Head, head),
            (Source::Address, address),
            (Source::Phone, phone),
            (Source::Area, area),
            (Source::Township, township),
            (Source::Village, village),
        ];
        known.extend(texts.into_iter().filter(|(_, text)| !text.is_empty()));
        let assigned = document
            .header()?
            .map(|header| header.assigned)
            .unwrap_or_default();
        let names = self.names_present(about, &entries, &assigned)?;
        let numbered = (1..).map(Source::Investigator).zip(names);
        known.extend(numbered);
        Ok(known)
    }

    /// The names of those who opened the visit, in the order in which the office assigned them.
    fn names_present(&self, about: &About, entries: &[Entry], assigned: &[PersonId]) -> Result<Vec<String>> {
        let mut present: Vec<&PersonId> = Vec::new();
        for entry in entries {
            if let Body::Open(open) = entry.body()
                && !present.contains(&&open.person)
            {
                present.push(&open.person);
            }
        }
        let place = |person: &PersonId| assigned.iter().position(|one| one == person);
        present.sort_by_key(|person| (place(person).unwrap_or(usize::MAX), (*person).clone()));
        let terms = self.contract(&about.contract)?;
        let name = |person: &PersonId| {
            let members = terms.iter().flat_map(Contract::roster);
            let mut named = members.filter(|member| member.person == *person && !member.name.is_empty());
            named
                .next()
                .map_or_else(|| person.to_string(), |member| member.name.clone())
        };
        Ok(present.into_iter().map(name).collect())
    }
}
