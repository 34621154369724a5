//! Letting a remote change in: every payload is hostile until this has looked at it (DESIGN §4).
//!
//! Measured on automerge 0.12: of changes with one altered byte and a right checksum, one in ten makes the
//! library panic, and one in fifty is applied and leaves a document that saves but never loads again. So a
//! payload is measured ([`crate::chunk`]), applied to a copy behind `catch_unwind`, the result saved and loaded
//! again, and only if that has the same heads, the right genesis and the right shape do its bytes come back.

use std::collections::{BTreeSet, HashMap};

use automerge::{Automerge, AutomergeError, Change, ChangeHash, ReadDoc as _};
use hudang_evidence::id::{DeviceId, FormHash, HouseholdId, Sha256, VisitId};

use crate::chunk::{self, Chunk, ChunkFault, ChunkKind, DOCUMENT_BYTES_MAX};
use crate::document::genesis::{self, Skeleton};
use crate::document::household::HouseholdDocument;
use crate::document::visit::{Fork, VisitDocument};
use crate::document::{DocumentError, change_hashes, device_of_actor, hashes, moving};
use crate::language::Language;
use crate::shape::{self, Shape, ShapeFault, Subject};

/// What a remote document must be: whose, and with which first change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    subject: Subject,
    genesis: ChangeHash,
    writers: Option<BTreeSet<DeviceId>>,
}

impl Expected {
    /// The document of this visit. The form's skeleton comes from the form, never from the payload.
    pub fn visit(visit: VisitId, form: FormHash, skeleton: &Skeleton) -> Result<Self, DocumentError> {
        let genesis = VisitDocument::genesis_hash(visit, form, skeleton)?;
        Ok(Self {
            subject: Subject::Visit(visit, form),
            genesis: ChangeHash(*genesis.as_bytes()),
            writers: None,
        })
    }

    /// Lets only changes of these devices in, besides those that are here already: the sender's own, and those
    /// whose work it may pass on. Changes are not signed, so that a sender could otherwise forge a partner's
    /// next change, and the partner's true one could never be merged.
    #[must_use]
    pub fn written_by(self, devices: impl IntoIterator<Item = DeviceId>) -> Self {
        Self {
            writers: Some(devices.into_iter().collect()),
            ..self
        }
    }

    /// The document of this household.
    pub fn household(household: HouseholdId) -> Result<Self, DocumentError> {
        let genesis = HouseholdDocument::genesis_hash(household)?;
        Ok(Self {
            subject: Subject::Household(household),
            genesis: ChangeHash(*genesis.as_bytes()),
            writers: None,
        })
    }
}

/// A payload that was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The document with it, to be stored in place of the current one.
    pub bytes: Vec<u8>,
    /// The document's heads, sorted.
    pub heads: Vec<Sha256>,
    /// The changes that were new; empty when the payload was seen before, and `bytes` are the current ones.
    pub new_hashes: Vec<Sha256>,
    /// Entry numbers of one device with more than one entry; kept, and to be looked at.
    pub forks: Vec<Fork>,
}

/// Why a payload is kept aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Quarantine {
    /// More bytes, changes or keys than a visit can have.
    #[error("larger than a document may be")]
    TooLarge,
    /// Not automerge chunks, a wrong checksum, or contents that automerge refuses.
    #[error("not changes of a document")]
    Malformed,
    /// Automerge gave up in a way that would have stopped the program.
    #[error("changes that automerge cannot apply")]
    Panicked,
    /// The document could be saved and not be loaded again, or not as the same.
    #[error("changes that would have made the document unreadable")]
    Poisoned,
    /// Changes before these are missing here.
    #[error("changes that build on others which are not here")]
    Incomplete,
    /// The first change is not the one of this visit or household and form.
    #[error("a document of another visit, household or form")]
    Foreign,
    /// Numbers of operations or changes that no phone of ours gives.
    #[error("changes numbered as no phone numbers them")]
    Numbering,
    /// Changes of a device that has no part in this document.
    #[error("changes of another device than the sender's")]
    Writer,
    /// A device's change where another of the same number is already: its key was in use twice.
    #[error("two changes of one device under one number")]
    Clash,
    /// A key, type or value that our phones never write; holds the root map.
    #[error("unknown contents under {0}")]
    Unknown(&'static str),
    /// A container was made twice, which would hide what others wrote; holds the root map.
    #[error("would hide what stands under {0}")]
    Hidden(&'static str),
    /// Keys were deleted that our phones never delete.
    #[error("would delete what others wrote")]
    Deletes,
    /// The document that was stored here cannot be read; the payload may be good.
    #[error("the stored document cannot be read")]
    Current,
}

impl Quarantine {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "DOC-TOO-LARGE",
            Self::Malformed => "DOC-MALFORMED",
            Self::Panicked => "DOC-PANIC",
            Self::Poisoned => "DOC-POISON",
            Self::Incomplete => "DOC-INCOMPLETE",
            Self::Foreign => "DOC-FOREIGN",
            Self::Numbering => "DOC-NUMBERING",
            Self::Writer => "DOC-WRITER",
            Self::Clash => "DOC-CLASH",
            Self::Unknown(_) => "DOC-SCHEMA",
            Self::Hidden(_) => "DOC-HIDDEN",
            Self::Deletes => "DOC-DELETES",
            Self::Current => "DOC-CURRENT",
        }
    }

    /// What happened and what to do.
    pub const fn message(self, language: Language) -> &'static str {
        match self {
            Self::TooLarge => language.pick(
                "入户资料超过大小上限,未接收;其他数据不受影响。请在手机上导出诊断并联系管理员。",
                "The visit's data is larger than allowed and was set aside; nothing else is affected. Export a \
                 diagnosis on the phone and ask the administrator.",
            ),
            Self::Incomplete => language.pick(
                "缺少更早的修改,请再同步一次,手机会补发全部修改。",
                "Earlier changes are missing. Sync again: the phone will send all of them.",
            ),
            Self::Foreign => language.pick(
                "资料不属于这次入户或表单版本不符,未接收。请更新任务和表单后重新打开这次入户。",
                "The data belongs to another visit or form version and was set aside. Update assignments and forms, \
                 then open the visit again.",
            ),
            Self::Current => language.pick(
                "服务器上已有的资料无法读取;新数据已原样保存。请管理员运行 hudang archive check。",
                "The document stored here cannot be read; the new data is kept as it came. The administrator should \
                 run hudang archive check.",
            ),
            _ => language.pick(
                "收到的修改有错误,已隔离保存,原有资料未动。请更新手机应用后再同步;仍出现时请联系管理员。",
                "The changes are faulty; they were set aside and the document is untouched. Update the app and sync \
                 again; if it happens again, ask the administrator.",
            ),
        }
    }
}

impl From<ChunkFault> for Quarantine {
    fn from(fault: ChunkFault) -> Self {
        match fault {
            ChunkFault::TooLarge => Self::TooLarge,
            ChunkFault::Malformed => Self::Malformed,
        }
    }
}

impl From<ShapeFault> for Quarantine {
    fn from(fault: ShapeFault) -> Self {
        match fault {
            ShapeFault::TooManyKeys => Self::TooLarge,
            ShapeFault::Unknown(place) => Self::Unknown(place),
            ShapeFault::Hidden(place) => Self::Hidden(place),
        }
    }
}

/// Judges a payload against the document that is stored here, and gives back what to store instead.
///
/// `current` is never changed; after an error it stands as it was. A payload that holds nothing new is fine.
/// The panic hook is left alone: a shell that does not want a caught panic printed sets its own.
pub fn accept(current: Option<&[u8]>, payload: &[u8], expected: &Expected) -> Result<Accepted, Quarantine> {
    let chunks = chunk::measure(payload)?;
    let before = match current {
        None => Before::default(),
        Some(bytes) => caught(Quarantine::Current, || Before::load(bytes, expected))?,
    };
    let Before {
        doc,
        heads: heads_before,
        shape: shape_before,
    } = before;
    let (applied, heads) = caught(Quarantine::Panicked, || apply(doc, &chunks))?;
    if let Some(bytes) = current
        && heads == heads_before
    {
        let forks = forks(&shape_before, Shape::default());
        return Ok(Accepted {
            bytes: bytes.to_vec(),
            heads,
            new_hashes: Vec::new(),
            forks,
        });
    }
    // A whole document where nothing stood is what it was loaded from, unless automerge writes it otherwise: the
    // same bytes need not be loaded a second time.
    let loaded = if current.is_none() { payload } else { &[] };
    let (bytes, again) = caught(Quarantine::Poisoned, || save_and_load(applied, &heads, loaded))?;
    let (new_hashes, shape) = caught(Quarantine::Poisoned, || judge(&again, &heads_before, expected))?;
    if shape.lost_from(&shape_before) {
        return Err(Quarantine::Deletes);
    }
    Ok(Accepted {
        bytes,
        heads,
        new_hashes,
        forks: forks(&shape_before, shape),
    })
}

/// Runs `work`, taking a panic of automerge for `otherwise`. What `work` was changing goes with the panic.
fn caught<T>(otherwise: Quarantine, work: impl FnOnce() -> Result<T, Quarantine>) -> Result<T, Quarantine> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(Err(otherwise))
}

/// The document as it is stored here.
#[derive(Default)]
struct Before {
    doc: Option<Automerge>,
    heads: Vec<Sha256>,
    shape: Shape,
}

impl Before {
    fn load(bytes: &[u8], expected: &Expected) -> Result<Self, Quarantine> {
        let doc = Automerge::load(bytes).map_err(|_| Quarantine::Current)?;
        let heads = hashes(&doc.get_heads());
        let shape = shape::examine(&doc, &expected.subject).map_err(|_| Quarantine::Current)?;
        Ok(Self {
            doc: Some(doc),
            heads,
            shape,
        })
    }
}

/// Applies the chunks, all changes in one batch; gives the heads with them.
fn apply(doc: Option<Automerge>, chunks: &[Chunk<'_>]) -> Result<(Automerge, Vec<Sha256>), Quarantine> {
    let refused = |error: AutomergeError| match error {
        AutomergeError::DuplicateSeqNumber(..) => Quarantine::Clash,
        _ => Quarantine::Malformed,
    };
    let mut doc = doc;
    let mut changes = Vec::new();
    for chunk in chunks {
        match (chunk.kind, doc.as_mut()) {
            (ChunkKind::Document, None) => doc = Some(Automerge::load(chunk.bytes).map_err(refused)?),
            (ChunkKind::Document, Some(doc)) => {
                let mut other = Automerge::load(chunk.bytes).map_err(refused)?;
                doc.merge(&mut other).map_err(refused)?;
            }
            (ChunkKind::Change, _) => changes.push(read_change(chunk.bytes)?),
        }
    }
    let mut doc = doc.unwrap_or_default();
    doc.apply_changes(changes).map_err(refused)?;
    if !doc.get_missing_deps(&[]).is_empty() {
        return Err(Quarantine::Incomplete);
    }
    let heads = hashes(&doc.get_heads());
    Ok((doc, heads))
}

/// Reads one change chunk; unlike automerge's own loading, its parsing of a single change skips the checksum.
fn read_change(bytes: &[u8]) -> Result<Change, Quarantine> {
    let change = Change::try_from(bytes).map_err(|_| Quarantine::Malformed)?;
    match (bytes.get(4..8), change.hash().0.get(..4)) {
        (Some(stated), Some(found)) if stated == found => Ok(change),
        _ => Err(Quarantine::Malformed),
    }
}

fn save_and_load(
    applied: Automerge,
    heads: &[Sha256],
    loaded: &[u8],
) -> Result<(Vec<u8>, Automerge), Quarantine> {
    let bytes = applied.save();
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(Quarantine::TooLarge);
    }
    if bytes == loaded {
        return Ok((bytes, applied));
    }
    let again = Automerge::load(&bytes).map_err(|_| Quarantine::Poisoned)?;
    if hashes(&again.get_heads()) == heads {
        Ok((bytes, again))
    } else {
        Err(Quarantine::Poisoned)
    }
}

/// Looks at a sound document: its first change, the numbers of all, and its shape.
fn judge(
    doc: &Automerge,
    before: &[Sha256],
    expected: &Expected,
) -> Result<(Vec<Sha256>, Shape), Quarantine> {
    let mut operations: HashMap<ChangeHash, u64> = HashMap::new();
    let mut numbers: HashMap<Vec<u8>, u64> = HashMap::new();
    for change in doc.get_changes_meta(&[]) {
        if change.deps.is_empty() != (change.hash == expected.genesis) {
            return Err(Quarantine::Foreign);
        }
        // Automerge counts operations on from all that the writer had seen. Without this, one change that starts
        // near the largest number would leave no number for anyone's next.
        let seen = change
            .deps
            .iter()
            .filter_map(|dep| operations.get(dep))
            .max()
            .copied()
            .unwrap_or(0);
        let number = numbers.entry(change.actor.to_bytes().to_vec()).or_default();
        *number += 1;
        let by_genesis = change.actor.to_bytes() == genesis::ACTOR.as_slice();
        if change.start_op != seen + 1 || change.seq != *number || by_genesis != change.deps.is_empty() {
            return Err(Quarantine::Numbering);
        }
        operations.insert(change.hash, change.max_op);
    }
    if !operations.contains_key(&expected.genesis) {
        return Err(Quarantine::Foreign);
    }
    let shape = shape::examine(doc, &expected.subject)?;
    let by_forms = made_by_forms(doc, &shape, expected)?;
    let mut new = Vec::new();
    for change in doc.get_changes_meta(&change_hashes(before)) {
        let device = device_of_actor(change.actor.to_bytes());
        let allowed = match (&expected.writers, device) {
            (Some(writers), Some(device)) => writers.contains(&device),
            (_, device) => device.is_some(),
        };
        if !allowed && change.hash != expected.genesis && !by_forms.contains(&change.hash) {
            return Err(Quarantine::Writer);
        }
        new.push(change.hash);
    }
    Ok((hashes(&new), shape))
}

/// The changes that make the repeats of later forms. Each derives from the visit and the repeat's name, so that it is
/// nobody's: whoever sends it, it is the same one.
fn made_by_forms(
    doc: &Automerge,
    shape: &Shape,
    expected: &Expected,
) -> Result<BTreeSet<ChangeHash>, Quarantine> {
    let Subject::Visit(visit, _) = expected.subject else {
        return Ok(BTreeSet::new());
    };
    if shape.repeats.len() > moving::REPEATS_MAX {
        return Err(Quarantine::TooLarge);
    }
    let hashes = shape
        .repeats
        .iter()
        .map(|name| moving::change_of(doc, visit, name));
    hashes
        .collect::<Result<_, _>>()
        .map_err(|_| Quarantine::Hidden("answers"))
}

/// Entry numbers with more than one entry, now or together with what was recorded before: a change may have
/// put a new id in the place of an old one.
fn forks(before: &Shape, after: Shape) -> Vec<Fork> {
    let mut entries = after.entries;
    for (place, ids) in &before.entries {
        entries.entry(*place).or_default().extend(ids);
    }
    let mut forks = Vec::new();
    for ((device, seq), mut entries) in entries {
        entries.sort_unstable();
        entries.dedup();
        if entries.len() > 1 {
            forks.push(Fork { device, seq, entries });
        }
    }
    forks
}
