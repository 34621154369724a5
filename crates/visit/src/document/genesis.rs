//! The first change of a document, the same wherever it is made.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ChangeHash, ObjId, ObjType, ROOT};
use hudang_evidence::id::{FormHash, HouseholdId, Sha256, VisitId};
use serde::{Deserialize, Serialize};

use super::DocumentError;
use crate::value::{InstanceId, InstancePath, REPEAT_LEVELS_MAX, is_name};

/// The actor of every genesis. It makes one change per document and none after.
pub(crate) const ACTOR: &[u8; 16] = b"hudang/genesis/1";
/// The root maps of a visit document.
pub(crate) const VISIT_MAPS: [&str; 5] = ["answers", "ev", "header", "media", "notes"];
/// The root maps of a household document.
pub(crate) const HOUSEHOLD_MAPS: [&str; 4] = ["aliases", "fields", "members", "notes"];
/// Most default instances of one repeat.
const INSTANCES_MAX: u32 = 200;

/// The repeats of a form: what must exist in a document before the first answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skeleton {
    /// The repeats outside all others.
    pub repeats: Vec<Repeat>,
}

/// A repeat of a form, e.g. the household's members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// Its name inside the repeat around it, groups included, e.g. `family/members`.
    pub name: String,
    /// How many instances the form brings along, at most 200.
    pub instances: u32,
    /// The repeats inside each instance.
    pub repeats: Vec<Repeat>,
}

impl Skeleton {
    /// The repeats inside an instance, or of the form itself; `None` where the form has no such repeat.
    pub(crate) fn inside(&self, path: &InstancePath) -> Option<&[Repeat]> {
        path.0
            .iter()
            .try_fold(self.repeats.as_slice(), |repeats, (name, _)| {
                repeats
                    .iter()
                    .find(|repeat| repeat.name == *name)
                    .map(|repeat| repeat.repeats.as_slice())
            })
    }

    fn is_allowed(repeats: &[Repeat], level: usize) -> bool {
        repeats.iter().enumerate().all(|(index, repeat)| {
            level <= REPEAT_LEVELS_MAX
                && is_name(&repeat.name)
                && repeat.instances <= INSTANCES_MAX
                && !repeats.iter().take(index).any(|other| other.name == repeat.name)
                && Self::is_allowed(&repeat.repeats, level + 1)
        })
    }
}

/// The id of the `index`-th instance that the form brings along.
pub(crate) fn derived_instance(
    visit: VisitId,
    form: FormHash,
    within: &InstancePath,
    repeat: &str,
    index: u32,
) -> InstanceId {
    let text = format!("hudang/instance/v1\n{visit}\n{form}\n{within}\n{repeat}\n{index}\n");
    let digest = Sha256::of(text.as_bytes());
    let mut id = [0; 8];
    id.iter_mut()
        .zip(digest.as_bytes())
        .for_each(|(to, from)| *to = *from);
    InstanceId::from_bytes(id)
}

/// Makes a visit document that holds its genesis and nothing else.
pub(crate) fn visit(visit: VisitId, form: FormHash, skeleton: &Skeleton) -> Result<Automerge, DocumentError> {
    if !Skeleton::is_allowed(&skeleton.repeats, 1) {
        return Err(DocumentError::OtherKind("repeat".to_owned()));
    }
    build(&VISIT_MAPS, |transaction, maps| {
        let [answers, _, header, _, _] = maps else {
            return Err(DocumentError::Foreign);
        };
        transaction.put(header, "visit", visit.to_string())?;
        transaction.put(header, "form", form.to_string())?;
        let seed = Seed { visit, form };
        seed.containers(transaction, answers, &InstancePath::TOP, &skeleton.repeats)
    })
}

/// Makes a household document that holds its genesis and nothing else.
pub(crate) fn household(household: HouseholdId) -> Result<Automerge, DocumentError> {
    build(&HOUSEHOLD_MAPS, |transaction, maps| {
        let [_, fields, _, _] = maps else {
            return Err(DocumentError::Foreign);
        };
        transaction.put(fields, "household", household.to_string())?;
        Ok(())
    })
}

/// The hash of a document that holds nothing but its genesis.
pub(crate) fn hash_of(doc: &Automerge) -> Result<ChangeHash, DocumentError> {
    doc.get_heads().first().copied().ok_or(DocumentError::Foreign)
}

fn build(
    names: &[&str],
    fill: impl FnOnce(&mut automerge::transaction::Transaction<'_>, &[ObjId]) -> Result<(), DocumentError>,
) -> Result<Automerge, DocumentError> {
    let mut doc = Automerge::new().with_actor(ActorId::from(ACTOR.as_slice()));
    let mut transaction = doc.transaction();
    let maps: Result<Vec<_>, _> = names
        .iter()
        .map(|name| transaction.put_object(ROOT, *name, ObjType::Map))
        .collect();
    fill(&mut transaction, &maps?)?;
    transaction.commit_with(CommitOptions::default().with_time(0));
    Ok(doc)
}

struct Seed {
    visit: VisitId,
    form: FormHash,
}

impl Seed {
    /// Makes the map of each repeat, and in it one map for each instance that the form brings along.
    fn containers(
        &self,
        transaction: &mut automerge::transaction::Transaction<'_>,
        map: &ObjId,
        within: &InstancePath,
        repeats: &[Repeat],
    ) -> Result<(), DocumentError> {
        for repeat in repeats {
            let container = transaction.put_object(map, repeat.name.as_str(), ObjType::Map)?;
            for index in 0..repeat.instances {
                let id = derived_instance(self.visit, self.form, within, &repeat.name, index);
                let instance = transaction.put_object(&container, id.to_string(), ObjType::Map)?;
                self.containers(
                    transaction,
                    &instance,
                    &within.join(&repeat.name, id)?,
                    &repeat.repeats,
                )?;
            }
        }
        Ok(())
    }
}
