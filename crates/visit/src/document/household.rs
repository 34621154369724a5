//! The document of one household 户: what is known of it across years and contracts.
//!
//! Root maps: `fields` (code, adcode, head, address, phone), `members` (opaque id → present or not), `notes`,
//! `aliases`. A household that was met in the field and matched later keeps its document; an alias record in the
//! matched one names it, and nothing is rewritten (DESIGN §4).

use std::collections::BTreeMap;

use automerge::{Automerge, ReadDoc as _};
use hudang_evidence::id::{HouseholdId, Sha256};

use super::{
    Actor, Answer, Conflict, DocumentError, conflicts_of, genesis, guarded, hashes, payload_for, read,
    root_map, write,
};
use crate::value::{InstanceId, Value};

/// The fields of a household; each is a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HouseholdField {
    /// Its number in the office's list, e.g. `户-001`.
    Code,
    /// Six to twelve digits of the administrative division (GB/T 2260).
    Adcode,
    /// Who heads it.
    Head,
    /// Where it lives.
    Address,
    /// How to reach it.
    Phone,
}

impl HouseholdField {
    /// All fields.
    pub const ALL: [Self; 5] = [Self::Code, Self::Adcode, Self::Head, Self::Address, Self::Phone];

    /// The field's key in the document.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Adcode => "adcode",
            Self::Head => "head",
            Self::Address => "address",
            Self::Phone => "phone",
        }
    }
}

/// Whether a text is an administrative division code.
pub(crate) fn is_adcode(text: &str) -> bool {
    matches!(text.len(), 6 | 9 | 12) && text.bytes().all(|c| c.is_ascii_digit())
}

/// A household's document with a person who writes to it.
#[derive(Debug, Clone)]
pub struct HouseholdDocument {
    pub(crate) doc: Automerge,
}

impl HouseholdDocument {
    /// The document with nothing but its first change, which everyone computes alike.
    pub fn genesis(household: HouseholdId, actor: Actor) -> Result<Self, DocumentError> {
        Ok(Self {
            doc: genesis::household(household)?.with_actor(actor.id()),
        })
    }

    /// The hash of the first change: what [`crate::accept::Expected`] holds a remote document to.
    pub fn genesis_hash(household: HouseholdId) -> Result<Sha256, DocumentError> {
        Ok(Sha256::from_bytes(
            genesis::hash_of(&genesis::household(household)?)?.0,
        ))
    }

    /// Reads a document that [`save`](Self::save) or [`crate::accept::accept`] gave.
    pub fn load(bytes: &[u8], actor: Actor) -> Result<Self, DocumentError> {
        guarded(|| {
            let doc = Automerge::load(bytes)?.with_actor(actor.id());
            for map in genesis::HOUSEHOLD_MAPS {
                root_map(&doc, map)?;
            }
            Ok(Self { doc })
        })
    }

    /// The whole document in its compact form.
    pub fn save(&self) -> Vec<u8> {
        self.doc.save()
    }

    /// The hashes of the last changes, sorted; equal heads mean equal documents.
    pub fn heads(&self) -> Vec<Sha256> {
        hashes(&self.doc.get_heads())
    }

    /// What to send to a peer with these heads, which may be none.
    pub fn payload_for(&self, peer_heads: &[Sha256]) -> Vec<u8> {
        payload_for(&self.doc, peer_heads)
    }

    /// Takes over all changes of another document of the same household.
    pub fn merge(&mut self, other: &Self) -> Result<(), DocumentError> {
        self.doc.merge(&mut other.doc.clone())?;
        Ok(())
    }

    /// Whose document this is.
    pub fn identity(&self) -> Result<HouseholdId, DocumentError> {
        match read(&self.doc, &root_map(&self.doc, "fields")?, "household")?.value {
            Some(Value::Text(text)) => text.parse().map_err(|_| DocumentError::Foreign),
            _ => Err(DocumentError::Foreign),
        }
    }

    /// A field, with all values where people disagreed.
    pub fn field(&self, field: HouseholdField) -> Result<Answer, DocumentError> {
        read(&self.doc, &root_map(&self.doc, "fields")?, field.key())
    }

    /// Writes a field; false if it already stood so.
    pub fn set_field(&mut self, field: HouseholdField, text: &str) -> Result<bool, DocumentError> {
        if field == HouseholdField::Adcode && !is_adcode(text) {
            return Err(DocumentError::Value);
        }
        let map = root_map(&self.doc, "fields")?;
        write(&mut self.doc, &map, field.key(), &text.into())
    }

    /// Says whether a member, by an id that tells nothing about the person, belongs to the household.
    pub fn set_member(&mut self, member: InstanceId, present: bool) -> Result<bool, DocumentError> {
        let map = root_map(&self.doc, "members")?;
        write(&mut self.doc, &map, &member.to_string(), &present.into())
    }

    /// All members that were ever named, with whether they belong to the household now.
    pub fn members(&self) -> Result<BTreeMap<InstanceId, bool>, DocumentError> {
        self.leaves("members", |key, value| match value {
            Value::Boolean(present) => Some((key.parse().ok()?, present)),
            _ => None,
        })
    }

    /// Writes a remark; `id` is eight random bytes.
    pub fn set_note(&mut self, id: InstanceId, text: &str) -> Result<bool, DocumentError> {
        let map = root_map(&self.doc, "notes")?;
        write(&mut self.doc, &map, &id.to_string(), &text.into())
    }

    /// The remarks.
    pub fn notes(&self) -> Result<BTreeMap<InstanceId, String>, DocumentError> {
        self.leaves("notes", |key, value| match value {
            Value::Text(text) => Some((key.parse().ok()?, text)),
            _ => None,
        })
    }

    /// Records that another household's document is about this household too, or that this was a mistake.
    pub fn set_alias(&mut self, other: HouseholdId, same: bool) -> Result<bool, DocumentError> {
        if other == self.identity()? {
            return Err(DocumentError::Value);
        }
        let map = root_map(&self.doc, "aliases")?;
        write(&mut self.doc, &map, &other.to_string(), &same.into())
    }

    /// The other ids under which this household is known.
    pub fn aliases(&self) -> Result<Vec<HouseholdId>, DocumentError> {
        let all: BTreeMap<HouseholdId, bool> = self.leaves("aliases", |key, value| match value {
            Value::Boolean(same) => Some((key.parse().ok()?, same)),
            _ => None,
        })?;
        Ok(all
            .into_iter()
            .filter_map(|(id, same)| same.then_some(id))
            .collect())
    }

    /// Every place that holds different values, for a person to pick.
    pub fn conflicts(&self) -> Result<Vec<Conflict>, DocumentError> {
        let mut found = BTreeMap::new();
        for name in genesis::HOUSEHOLD_MAPS {
            conflicts_of(&self.doc, &root_map(&self.doc, name)?, name, &mut found)?;
        }
        Ok(found
            .into_iter()
            .map(|(place, values)| Conflict { place, values })
            .collect())
    }

    fn leaves<K: Ord, V>(
        &self,
        name: &str,
        entry: impl Fn(&str, Value) -> Option<(K, V)>,
    ) -> Result<BTreeMap<K, V>, DocumentError> {
        let map = root_map(&self.doc, name)?;
        let keys: Vec<String> = self.doc.keys(&map).collect();
        keys.iter()
            .map(|key| {
                let value = read(&self.doc, &map, key)?.value.ok_or(DocumentError::Value)?;
                entry(key, value).ok_or(DocumentError::Value)
            })
            .collect()
    }
}
