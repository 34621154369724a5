//! The document of one visit 入户: what two investigators fill in, apart or together.
//!
//! Five root maps: `header`; `answers`, one key per question, repeats as maps keyed by instance; `media`, blob
//! hash → purpose; `notes`; `ev`, `<device>/<seq, 8 digits>` → entry id, written once. The document is for
//! working on a visit; what counts is judged from entries and snapshots (see [`crate::assess`]).

use std::collections::BTreeMap;

use automerge::transaction::Transactable as _;
use automerge::{Automerge, ObjId, ObjType, ReadDoc as _, ScalarValue, ValueRef};
use hudang_evidence::id::{
    BlobHash, ContractId, DeviceId, EntryId, FormHash, HouseholdId, PersonId, Sha256, StandardHash, VisitId,
};
use hudang_evidence::seal::Outcome;

use super::genesis::{self, Repeat, Skeleton};
use super::{
    Actor, Answer, Conflict, DocumentError, Told, change, change_hashes, child_map, conflicts_of, guarded,
    hashes, payload_for, read, root_map, scalars, write,
};
use crate::value::{AnswerPath, InstanceId, InstancePath, Value};

/// Marks an instance that a person removed. It stays, so that what others wrote into it at that time shows.
pub(crate) const REMOVED: &str = "~removed";

/// What a visit is about; written by each phone when it opens the visit, with the same values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Whose household is visited.
    pub household: HouseholdId,
    /// Under which contract.
    pub contract: ContractId,
    /// The evidence standard that the visit is held to.
    pub standard: StandardHash,
    /// Who was assigned.
    pub assigned: Vec<PersonId>,
}

/// One instance of a repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// Whether a person removed it.
    pub removed: bool,
}

/// Two different entries of one device under one number: the device's key was in use twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fork {
    /// The device.
    pub device: DeviceId,
    /// The number in its chain.
    pub seq: u64,
    /// The different entries, sorted.
    pub entries: Vec<EntryId>,
}

/// A visit's document with a person who writes to it.
#[derive(Debug, Clone)]
pub struct VisitDocument {
    pub(crate) doc: Automerge,
}

impl VisitDocument {
    /// Opens a visit: the document with nothing but its first change, which every phone computes alike.
    pub fn genesis(
        visit: VisitId,
        form: FormHash,
        skeleton: &Skeleton,
        actor: Actor,
    ) -> Result<Self, DocumentError> {
        Ok(Self {
            doc: genesis::visit(visit, form, skeleton)?.with_actor(actor.id()),
        })
    }

    /// The hash of the first change: what [`crate::accept::Expected`] holds a remote document to.
    pub fn genesis_hash(
        visit: VisitId,
        form: FormHash,
        skeleton: &Skeleton,
    ) -> Result<Sha256, DocumentError> {
        Ok(Sha256::from_bytes(
            genesis::hash_of(&genesis::visit(visit, form, skeleton)?)?.0,
        ))
    }

    /// Reads a document that [`save`](Self::save) or [`crate::accept::accept`] gave.
    pub fn load(bytes: &[u8], actor: Actor) -> Result<Self, DocumentError> {
        guarded(|| {
            let doc = Automerge::load(bytes)?.with_actor(actor.id());
            for map in genesis::VISIT_MAPS {
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

    /// The changes that someone with these heads does not have, as chunks; unknown heads count for nothing.
    pub fn changes_since(&self, heads: &[Sha256]) -> Vec<u8> {
        let mut known = change_hashes(heads);
        known.retain(|hash| self.doc.get_change_meta_by_hash(hash).is_some());
        self.doc.save_after(&known)
    }

    /// What to send to a peer with these heads, which may be none: changes, or the whole where that is smaller.
    pub fn payload_for(&self, peer_heads: &[Sha256]) -> Vec<u8> {
        payload_for(&self.doc, peer_heads)
    }

    /// Takes over all changes of another document of the same visit. For documents of this process and for
    /// those that [`crate::accept::accept`] let in; remote bytes go through it.
    pub fn merge(&mut self, other: &Self) -> Result<(), DocumentError> {
        self.doc.merge(&mut other.doc.clone())?;
        Ok(())
    }

    /// The visit and the form, as the genesis holds them.
    pub fn identity(&self) -> Result<(VisitId, FormHash), DocumentError> {
        let visit = self.field("visit")?.and_then(|text| text.parse().ok());
        let form = self.field("form")?.and_then(|text| text.parse().ok());
        visit.zip(form).ok_or(DocumentError::Foreign)
    }

    /// What the visit is about; `None` until a phone wrote it.
    pub fn header(&self) -> Result<Option<Header>, DocumentError> {
        let (Some(household), Some(contract), Some(standard), Some(assigned)) = (
            self.field("household")?,
            self.field("contract")?,
            self.field("standard")?,
            self.field("assigned")?,
        ) else {
            return Ok(None);
        };
        let people: Result<Vec<PersonId>, _> = assigned.split_whitespace().map(str::parse).collect();
        let (Ok(household), Ok(contract), Ok(standard), Ok(assigned)) =
            (household.parse(), contract.parse(), standard.parse(), people)
        else {
            return Err(DocumentError::Value);
        };
        Ok(Some(Header {
            household,
            contract,
            standard,
            assigned,
        }))
    }

    /// Writes what the visit is about, as one change.
    pub fn set_header(&mut self, header: &Header) -> Result<bool, DocumentError> {
        if self.header()?.as_ref() == Some(header) {
            return Ok(false);
        }
        let map = root_map(&self.doc, "header")?;
        let people: Vec<_> = header.assigned.iter().map(PersonId::as_str).collect();
        change(&mut self.doc, |transaction| {
            transaction.put(&map, "household", header.household.to_string())?;
            transaction.put(&map, "contract", header.contract.to_string())?;
            transaction.put(&map, "standard", header.standard.to_string())?;
            transaction.put(&map, "assigned", people.join(" "))?;
            Ok(())
        })?;
        Ok(true)
    }

    /// How the visit ended, as far as it is decided.
    pub fn outcome(&self) -> Result<Option<Outcome>, DocumentError> {
        self.field("outcome")?
            .map(|text| outcome_of(&text).ok_or(DocumentError::Value))
            .transpose()
    }

    /// Decides how the visit ended; false if that was decided already.
    pub fn set_outcome(&mut self, outcome: Outcome) -> Result<bool, DocumentError> {
        let map = root_map(&self.doc, "header")?;
        write(
            &mut self.doc,
            &map,
            "outcome",
            &Value::Text(outcome_name(outcome)),
        )
    }

    fn field(&self, name: &str) -> Result<Option<String>, DocumentError> {
        let map = root_map(&self.doc, "header")?;
        Ok(match read(&self.doc, &map, name)?.value {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        })
    }
}

/// The outcome's word in documents, entries and routes.
pub(crate) fn outcome_name(outcome: Outcome) -> String {
    match serde_json::to_value(outcome) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// The outcome of this word.
pub(crate) fn outcome_of(name: &str) -> Option<Outcome> {
    serde_json::from_value(serde_json::Value::from(name)).ok()
}

/// Answers and repeats.
impl VisitDocument {
    /// Writes an answer as one change; false if it already stood so. Writing over a conflict settles it.
    pub fn set_answer(&mut self, path: &AnswerPath, value: &Value) -> Result<bool, DocumentError> {
        let map = self.instance(path.within())?;
        write(&mut self.doc, &map, path.question(), value)
    }

    /// The answer, with all values where people disagreed.
    pub fn answer(&self, path: &AnswerPath) -> Result<Answer, DocumentError> {
        read(&self.doc, &self.instance(path.within())?, path.question())
    }

    /// All answers that were ever written, also in removed instances, by path.
    pub fn answers(&self) -> Result<BTreeMap<AnswerPath, Answer>, DocumentError> {
        let mut found = BTreeMap::new();
        self.walk(&InstancePath::TOP, &mut |within, map, key| {
            found.insert(within.question(key)?, read(&self.doc, map, key)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// The instances of a repeat inside an instance, by id.
    pub fn instances(&self, within: &InstancePath, repeat: &str) -> Result<Vec<Instance>, DocumentError> {
        let map = self.instance(within)?;
        let container =
            child_map(&self.doc, &map, repeat)?.ok_or_else(|| DocumentError::OtherKind(repeat.to_owned()))?;
        let keys: Vec<String> = self.doc.keys(&container).collect();
        keys.iter()
            .map(|key| {
                let id: InstanceId = key.parse()?;
                let map = child_map(&self.doc, &container, key)?.ok_or(DocumentError::Value)?;
                let removed = read(&self.doc, &map, REMOVED)?.value == Some(Value::Boolean(true));
                Ok(Instance { id, removed })
            })
            .collect()
    }

    /// Adds an instance of a repeat, such as a member; `id` is eight random bytes. False if it is there already.
    pub fn add_instance(
        &mut self,
        skeleton: &Skeleton,
        within: &InstancePath,
        repeat: &str,
        id: InstanceId,
    ) -> Result<bool, DocumentError> {
        let inner = skeleton.inside(&within.join(repeat, id)?);
        let inner = inner.ok_or_else(|| DocumentError::OtherKind(repeat.to_owned()))?;
        let map = self.instance(within)?;
        let container =
            child_map(&self.doc, &map, repeat)?.ok_or_else(|| DocumentError::OtherKind(repeat.to_owned()))?;
        if child_map(&self.doc, &container, &id.to_string())?.is_some() {
            return Ok(false);
        }
        change(&mut self.doc, |transaction| {
            let instance = transaction.put_object(&container, id.to_string(), ObjType::Map)?;
            for Repeat { name, .. } in inner {
                transaction.put_object(&instance, name.as_str(), ObjType::Map)?;
            }
            Ok(())
        })?;
        Ok(true)
    }

    /// Removes an instance, or brings it back. Its answers stay in the document, out of sight.
    pub fn set_removed(&mut self, instance: &InstancePath, removed: bool) -> Result<bool, DocumentError> {
        if instance.0.is_empty() {
            return Err(DocumentError::NoInstance(String::new()));
        }
        let map = self.instance(instance)?;
        let now = read(&self.doc, &map, REMOVED)?;
        if !removed && now.value.is_none() {
            return Ok(false);
        }
        write(&mut self.doc, &map, REMOVED, &Value::Boolean(removed))
    }

    /// The map of an instance.
    fn instance(&self, path: &InstancePath) -> Result<ObjId, DocumentError> {
        let mut map = root_map(&self.doc, "answers")?;
        for (name, id) in &path.0 {
            let missing = || DocumentError::NoInstance(path.to_string());
            let container = child_map(&self.doc, &map, name)?.ok_or_else(missing)?;
            map = child_map(&self.doc, &container, &id.to_string())?.ok_or_else(missing)?;
        }
        Ok(map)
    }

    /// Calls `leaf` for each question below an instance.
    fn walk(
        &self,
        within: &InstancePath,
        leaf: &mut dyn FnMut(&InstancePath, &ObjId, &str) -> Result<(), DocumentError>,
    ) -> Result<(), DocumentError> {
        let map = self.instance(within)?;
        let keys: Vec<_> = self
            .doc
            .map_range(&map, ..)
            .map(|item| (item.key.to_string(), matches!(item.value, ValueRef::Object(_))))
            .collect();
        for (key, is_repeat) in keys {
            if is_repeat {
                for Instance { id, .. } in self.instances(within, &key)? {
                    self.walk(&within.join(&key, id)?, leaf)?;
                }
            } else if key != REMOVED {
                leaf(within, &map, &key)?;
            }
        }
        Ok(())
    }
}

/// Media, notes and entries.
impl VisitDocument {
    /// Names an original of the visit and what it is for.
    pub fn add_media(&mut self, blob: BlobHash, purpose: &str) -> Result<bool, DocumentError> {
        let map = root_map(&self.doc, "media")?;
        write(&mut self.doc, &map, &blob.to_string(), &purpose.into())
    }

    /// The originals of the visit with their purposes.
    pub fn media(&self) -> Result<BTreeMap<BlobHash, String>, DocumentError> {
        let map = root_map(&self.doc, "media")?;
        let keys: Vec<String> = self.doc.keys(&map).collect();
        keys.iter()
            .map(|key| match (key.parse(), read(&self.doc, &map, key)?.value) {
                (Ok(blob), Some(Value::Text(purpose))) => Ok((blob, purpose)),
                _ => Err(DocumentError::Value),
            })
            .collect()
    }

    /// Writes a remark; `id` is eight random bytes, so that remarks made apart stand side by side.
    pub fn set_note(&mut self, id: InstanceId, text: &str) -> Result<bool, DocumentError> {
        let map = root_map(&self.doc, "notes")?;
        write(&mut self.doc, &map, &id.to_string(), &text.into())
    }

    /// The remarks.
    pub fn notes(&self) -> Result<BTreeMap<InstanceId, Answer>, DocumentError> {
        let map = root_map(&self.doc, "notes")?;
        let keys: Vec<String> = self.doc.keys(&map).collect();
        keys.iter()
            .map(|key| Ok((key.parse()?, read(&self.doc, &map, key)?)))
            .collect()
    }

    /// Goes on in the name of another key of the same phone: nobody writes another device's entries, and two people
    /// may sign one visit in one go.
    pub fn write_as(&mut self, actor: Actor) {
        self.doc.set_actor(actor.id());
    }

    /// Records that a device made an entry. Written once: another id under the same number is refused.
    pub fn record_entry(
        &mut self,
        device: DeviceId,
        seq: u64,
        entry: EntryId,
    ) -> Result<bool, DocumentError> {
        let key = entry_key(device, seq);
        let map = root_map(&self.doc, "ev")?;
        let now = scalars(&self.doc, &map, &key)?;
        if now.is_empty() {
            change(&mut self.doc, |transaction| {
                Ok(transaction.put(&map, key.as_str(), ScalarValue::Bytes(entry.as_bytes().to_vec()))?)
            })?;
            return Ok(true);
        }
        let same = now.iter().all(|(value, _)| entry_of(value) == Some(entry));
        if same {
            Ok(false)
        } else {
            Err(DocumentError::WriteOnce(key))
        }
    }

    /// The recorded entries by device and number; more than one id in a place is a fork.
    pub fn entries(&self) -> Result<BTreeMap<(DeviceId, u64), Vec<EntryId>>, DocumentError> {
        let map = root_map(&self.doc, "ev")?;
        let keys: Vec<String> = self.doc.keys(&map).collect();
        keys.iter()
            .map(|key| {
                let place = parse_entry_key(key).ok_or(DocumentError::Value)?;
                let values = scalars(&self.doc, &map, key)?;
                let ids: Option<Vec<_>> = values.iter().map(|(value, _)| entry_of(value)).collect();
                let mut ids = ids.ok_or(DocumentError::Value)?;
                ids.sort_unstable();
                ids.dedup();
                Ok((place, ids))
            })
            .collect()
    }

    /// Where a device's key was in use twice.
    pub fn forks(&self) -> Result<Vec<Fork>, DocumentError> {
        let entries = self.entries()?.into_iter().filter(|(_, ids)| ids.len() > 1);
        Ok(entries
            .map(|((device, seq), entries)| Fork { device, seq, entries })
            .collect())
    }

    /// Every place that holds different values, for a person to pick.
    pub fn conflicts(&self) -> Result<Vec<Conflict>, DocumentError> {
        let mut found: BTreeMap<String, Vec<Told>> = BTreeMap::new();
        for name in ["header", "media", "notes"] {
            conflicts_of(&self.doc, &root_map(&self.doc, name)?, name, &mut found)?;
        }
        for (path, answer) in self.answers()? {
            if !answer.conflicts.is_empty() {
                found.insert(format!("answers/{path}"), answer.conflicts);
            }
        }
        Ok(found
            .into_iter()
            .map(|(place, values)| Conflict { place, values })
            .collect())
    }
}

/// The key of an entry in `ev`.
fn entry_key(device: DeviceId, seq: u64) -> String {
    format!("{device}/{seq:08}")
}

/// The device and number in a key of `ev`.
pub(crate) fn parse_entry_key(key: &str) -> Option<(DeviceId, u64)> {
    let (device, digits) = key.split_once('/')?;
    let (device, seq) = (device.parse().ok()?, digits.parse().ok()?);
    (seq > 0 && entry_key(device, seq) == key).then_some((device, seq))
}

/// The entry id in a value of `ev`.
pub(crate) fn entry_of(value: &ScalarValue) -> Option<EntryId> {
    match value {
        ScalarValue::Bytes(bytes) => <[u8; 32]>::try_from(bytes.as_slice())
            .ok()
            .map(EntryId::from_bytes),
        _ => None,
    }
}
