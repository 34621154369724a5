//! The automerge documents of a visit and a household, and what they have in common.
//!
//! A document's first change, its genesis, is computed from ids alone, so that phones which open it apart hold
//! the same one. All containers are made there: a map created twice would hide one phone's answers. Leaves are
//! scalars; where two people wrote one at once, both values are kept and shown until a person picks.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{
    ActorId, Automerge, AutomergeError, ChangeHash, ObjId, ObjType, ReadDoc, ScalarValue, ValueRef,
};
use hudang_evidence::id::{DeviceId, Sha256};
use serde::{Deserialize, Serialize};

use crate::value::{PathError, Value};

pub mod genesis;
pub mod household;
pub(crate) mod moving;
pub mod standing;
pub mod visit;

/// Why a document cannot be read or written as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The bytes are not a document, or automerge refuses the operation.
    #[error("not a usable document: {0}")]
    Unreadable(String),
    /// The document's first change is not the one of this id.
    #[error("a document of another visit, household or form")]
    Foreign,
    /// A path that the form cannot have.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A value outside the limits.
    #[error("a value that no answer can have")]
    Value,
    /// There is no such instance of a repeat.
    #[error("there is no instance {0}")]
    NoInstance(String),
    /// The name is a repeat's, or the repeat's name is a question's.
    #[error("{0} is of another kind in this form")]
    OtherKind(String),
    /// An `ev` key that already holds another entry.
    #[error("entry {0} is already recorded with another id")]
    WriteOnce(String),
}

impl DocumentError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "DOC-UNREADABLE",
            Self::Foreign => "DOC-FOREIGN",
            Self::Path(_) => "DOC-PATH",
            Self::Value => "DOC-VALUE",
            Self::NoInstance(_) => "DOC-INSTANCE",
            Self::OtherKind(_) => "DOC-KIND",
            Self::WriteOnce(_) => "DOC-WRITE-ONCE",
        }
    }
}

impl From<AutomergeError> for DocumentError {
    fn from(error: AutomergeError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// Who writes: a device, and one life of its store.
///
/// `life` is minted when a store is created or restored from a backup: automerge numbers an actor's changes, and
/// two different changes of one number could never be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The evidence key of the person on this installation.
    pub device: DeviceId,
    /// Four random bytes of this life of the store.
    pub life: [u8; 4],
}

impl Actor {
    fn id(self) -> ActorId {
        let mut bytes = self.device.as_bytes().to_vec();
        bytes.extend(self.life);
        ActorId::from(bytes)
    }
}

/// The device in an actor id; `None` for the genesis.
pub(crate) fn device_of(id: &ObjId) -> Option<DeviceId> {
    let ObjId::Id(_, actor, _) = id else { return None };
    device_of_actor(actor.to_bytes())
}

/// The device in the bytes of an actor id; `None` for the genesis.
pub(crate) fn device_of_actor(actor: &[u8]) -> Option<DeviceId> {
    match actor {
        [device @ .., _, _, _, _] => <[u8; 32]>::try_from(device).ok().map(DeviceId::from_bytes),
        _ => None,
    }
}

/// A value and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Told {
    /// What was written.
    pub value: Value,
    /// By which device; absent for a value of the genesis.
    pub device: Option<DeviceId>,
}

/// What stands in one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The value that is shown first; absent where nothing was ever written.
    pub value: Option<Value>,
    /// All values, that one included, where people wrote different ones at the same time; otherwise empty.
    pub conflicts: Vec<Told>,
}

/// A place with more than one value, for a person to pick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// `answers/<path>`, `header/<field>`, `notes/<id>` or a household's `fields/<field>`.
    pub place: String,
    /// The different values.
    pub values: Vec<Told>,
}

/// Runs `work`, turning a panic of automerge into an error. What `work` changed is not to be used then.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, DocumentError>) -> Result<T, DocumentError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(DocumentError::Unreadable("panic".to_owned())))
}

/// The root map of this name.
pub(crate) fn root_map(doc: &impl ReadDoc, name: &str) -> Result<ObjId, DocumentError> {
    child_map(doc, &ObjId::Root, name)?.ok_or(DocumentError::Foreign)
}

/// The map under `key`, if there is anything; an error if it is not a map.
pub(crate) fn child_map(doc: &impl ReadDoc, map: &ObjId, key: &str) -> Result<Option<ObjId>, DocumentError> {
    match doc.get(map, key)? {
        None => Ok(None),
        Some((automerge::Value::Object(ObjType::Map), id)) => Ok(Some(id)),
        Some(_) => Err(DocumentError::OtherKind(key.to_owned())),
    }
}

/// All scalars under `key`, the shown one last.
pub(crate) fn scalars(
    doc: &impl ReadDoc,
    map: &ObjId,
    key: &str,
) -> Result<Vec<(ScalarValue, ObjId)>, DocumentError> {
    doc.get_all(map, key)?
        .into_iter()
        .map(|(value, id)| match value {
            automerge::Value::Scalar(scalar) => Ok((scalar.into_owned(), id)),
            automerge::Value::Object(_) => Err(DocumentError::OtherKind(key.to_owned())),
        })
        .collect()
}

/// Reads a leaf with everything that was written at once.
pub(crate) fn read(doc: &impl ReadDoc, map: &ObjId, key: &str) -> Result<Answer, DocumentError> {
    let mut told = Vec::new();
    for (scalar, id) in scalars(doc, map, key)? {
        let value = Value::from_scalar(&scalar).ok_or(DocumentError::Value)?;
        told.push(Told {
            value,
            device: device_of(&id),
        });
    }
    let value = told.last().map(|told| told.value.clone());
    let differ = told.iter().any(|told| Some(&told.value) != value.as_ref());
    Ok(Answer {
        value,
        conflicts: if differ { told } else { Vec::new() },
    })
}

/// Writes a leaf unless it already holds just this value. Writing over a conflict settles it.
pub(crate) fn write(
    doc: &mut Automerge,
    map: &ObjId,
    key: &str,
    value: &Value,
) -> Result<bool, DocumentError> {
    if !value.is_allowed() {
        return Err(DocumentError::Value);
    }
    let now = read(doc, map, key)?;
    if now.conflicts.is_empty() && now.value.as_ref() == Some(value) {
        return Ok(false);
    }
    // To automerge, writing what is shown already is no more than taking the others away, and gives way without a word to whoever
    // settles otherwise at the same time. So another of the values goes before it.
    let other = now.conflicts.iter().find(|told| told.value != *value);
    let before = other.filter(|_| now.value.as_ref() == Some(value));
    change(doc, |transaction| {
        for value in before.map(|told| &told.value).into_iter().chain([value]) {
            Transactable::put(transaction, map, key, value.to_scalar())?;
        }
        Ok(())
    })?;
    Ok(true)
}

/// Makes one change. Its time is 0: time is evidence and stands in entries, not here.
pub(crate) fn change<T>(
    doc: &mut Automerge,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<T, DocumentError>,
) -> Result<T, DocumentError> {
    let mut transaction = doc.transaction();
    // A transaction that is dropped before its commit is rolled back.
    let done = work(&mut transaction)?;
    transaction.commit_with(CommitOptions::default().with_time(0));
    Ok(done)
}

/// Adds the places of `map` that hold different values.
pub(crate) fn conflicts_of(
    doc: &impl ReadDoc,
    map: &ObjId,
    place: &str,
    found: &mut BTreeMap<String, Vec<Told>>,
) -> Result<(), DocumentError> {
    let items: Vec<_> = doc
        .map_range(map, ..)
        .map(|item| {
            (
                item.key.to_string(),
                item.conflict,
                matches!(item.value, ValueRef::Object(_)),
            )
        })
        .collect();
    for (key, conflict, is_object) in items {
        if conflict && !is_object {
            let answer = read(doc, map, &key)?;
            if !answer.conflicts.is_empty() {
                found.insert(format!("{place}/{key}"), answer.conflicts);
            }
        }
    }
    Ok(())
}

/// Heads as hashes, sorted.
pub(crate) fn hashes(heads: &[ChangeHash]) -> Vec<Sha256> {
    let mut hashes: Vec<_> = heads.iter().map(|head| Sha256::from_bytes(head.0)).collect();
    hashes.sort_unstable();
    hashes
}

/// Hashes as automerge takes them.
pub(crate) fn change_hashes(hashes: &[Sha256]) -> Vec<ChangeHash> {
    hashes.iter().map(|hash| ChangeHash(*hash.as_bytes())).collect()
}

/// Up to this size, change chunks are sent without looking whether the whole document would be smaller.
const CHUNKS_BYTES_FINE: usize = 1500;

/// What to send to someone who has `have`, who may have nothing: change chunks, or the whole document.
pub(crate) fn payload_for(doc: &Automerge, have: &[Sha256]) -> Vec<u8> {
    let known: Vec<_> = change_hashes(have)
        .into_iter()
        .filter(|hash| doc.get_change_meta_by_hash(hash).is_some())
        .collect();
    let chunks = doc.save_after(&known);
    if known.is_empty() || chunks.len() > CHUNKS_BYTES_FINE {
        let whole = doc.save();
        if known.is_empty() || whole.len() < chunks.len() {
            return whole;
        }
    }
    chunks
}
