//! Whether a document that came from elsewhere has the shape that ours write.
//!
//! A document may be sound automerge and still hide a partner's answers behind a second `answers` map, or hold
//! values that no screen can show. Everything that our own code never writes is refused here.

use std::collections::{BTreeMap, HashSet};

use automerge::{
    Automerge, ObjId, ObjType, ROOT, ReadDoc as _, ScalarValueRef, Value as AutomergeValue, ValueRef,
};
use hudang_evidence::id::{
    BlobHash, ContractId, DeviceId, EntryId, FormHash, HouseholdId, PersonId, StandardHash, VisitId,
};
use hudang_evidence::profile::INTEGER_MAX;

use crate::document::device_of;
use crate::document::genesis::{self, HOUSEHOLD_MAPS, VISIT_MAPS};
use crate::document::household::is_adcode;
use crate::document::moving;
use crate::document::visit::{REMOVED, outcome_of, parse_entry_key};
use crate::value::{InstanceId, REPEAT_LEVELS_MAX, TEXT_BYTES_MAX, is_name};

/// Most keys of one document, maps included.
pub(crate) const KEYS_MAX: usize = 20_000;

/// The root map in which a document is not as ours are, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShapeFault {
    /// A key, type or value that we never write.
    Unknown(&'static str),
    /// A container exists twice, or not as the genesis made it, which hides what is in the other.
    Hidden(&'static str),
    /// More keys than a document may have.
    TooManyKeys,
}

/// What a document holds, for comparing it with what it held before.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// Every key with the map that it stands in.
    pub(crate) keys: Vec<(ObjId, String)>,
    /// The entries that `ev` names.
    pub(crate) entries: BTreeMap<(DeviceId, u64), Vec<EntryId>>,
    /// The repeats that were made after the genesis, outside all others.
    pub(crate) repeats: Vec<String>,
}

impl Shape {
    /// Whether a key that `before` had is gone.
    pub(crate) fn lost_from(&self, before: &Self) -> bool {
        let keys: HashSet<_> = self.keys.iter().collect();
        before.keys.iter().any(|key| !keys.contains(key))
    }
}

/// What is known of the document from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    Visit(VisitId, FormHash),
    Household(HouseholdId),
}

/// Walks a document.
pub(crate) fn examine(doc: &Automerge, subject: &Subject) -> Result<Shape, ShapeFault> {
    let mut walk = Walk {
        doc,
        shape: Shape::default(),
    };
    let names: &[&'static str] = match subject {
        Subject::Visit(..) => &VISIT_MAPS,
        Subject::Household(_) => &HOUSEHOLD_MAPS,
    };
    if doc.length(ROOT) != names.len() {
        return Err(ShapeFault::Unknown("root"));
    }
    for name in names {
        let map = walk.container(&ROOT, name, name)?;
        if !is_of_genesis(&map) {
            return Err(ShapeFault::Hidden(name));
        }
        match (subject, *name) {
            (Subject::Visit(visit, _), "answers") => walk.questions(&map, *visit, 0)?,
            (Subject::Visit(..), "ev") => walk.entries(&map)?,
            (Subject::Visit(visit, form), "header") => {
                walk.leaves(&map, name, |key, value| header_field(key, value, *visit, *form))?;
            }
            (Subject::Visit(..), "media") => walk.leaves(&map, name, |key, value| {
                key.parse::<BlobHash>().is_ok() && text_of(value).is_some_and(|text| text.len() <= 256)
            })?,
            (Subject::Household(household), "fields") => {
                walk.leaves(&map, name, |key, value| household_field(key, value, *household))?;
            }
            (_, "members") => walk.leaves(&map, name, |key, value| {
                key.parse::<InstanceId>().is_ok() && matches!(value, ScalarValueRef::Boolean(_))
            })?,
            (_, "aliases") => walk.leaves(&map, name, |key, value| {
                key.parse::<HouseholdId>().is_ok() && matches!(value, ScalarValueRef::Boolean(_))
            })?,
            _ => walk.leaves(&map, name, |key, value| {
                key.parse::<InstanceId>().is_ok() && text_of(value).is_some()
            })?,
        }
    }
    Ok(walk.shape)
}

struct Walk<'a> {
    doc: &'a Automerge,
    shape: Shape,
}

/// One key of a map: name, whether several values stand there, the shown value and its id.
type Item<'a> = (String, bool, ValueRef<'a>, ObjId);

impl<'a> Walk<'a> {
    fn items(&mut self, map: &ObjId) -> Result<Vec<Item<'a>>, ShapeFault> {
        let doc = self.doc;
        let mut items = Vec::new();
        for item in doc.map_range(map, ..) {
            if self.shape.keys.len() == KEYS_MAX {
                return Err(ShapeFault::TooManyKeys);
            }
            let id = item.id();
            let key = item.key.into_owned();
            self.shape.keys.push((map.clone(), key.clone()));
            items.push((key, item.conflict, item.value, id));
        }
        Ok(items)
    }

    /// The one map under a key.
    fn container(&self, map: &ObjId, key: &str, root: &'static str) -> Result<ObjId, ShapeFault> {
        let all = self
            .doc
            .get_all(map, key)
            .map_err(|_| ShapeFault::Unknown(root))?;
        match all.as_slice() {
            [(AutomergeValue::Object(ObjType::Map), id)] => Ok(id.clone()),
            _ => Err(ShapeFault::Hidden(root)),
        }
    }

    /// A map whose values are scalars, all of which must be `allowed`.
    fn leaves(
        &mut self,
        map: &ObjId,
        root: &'static str,
        allowed: impl Fn(&str, &ScalarValueRef<'_>) -> bool,
    ) -> Result<(), ShapeFault> {
        for (key, conflict, value, _) in self.items(map)? {
            self.leaf(map, root, &key, conflict, &value, &allowed)?;
        }
        Ok(())
    }

    fn leaf(
        &self,
        map: &ObjId,
        root: &'static str,
        key: &str,
        conflict: bool,
        value: &ValueRef<'_>,
        allowed: &impl Fn(&str, &ScalarValueRef<'_>) -> bool,
    ) -> Result<(), ShapeFault> {
        let unknown = ShapeFault::Unknown(root);
        let ValueRef::Scalar(scalar) = value else {
            return Err(unknown);
        };
        if !allowed(key, scalar) {
            return Err(unknown);
        }
        if conflict {
            for (other, _) in self.doc.get_all(map, key).map_err(|_| unknown)? {
                let AutomergeValue::Scalar(other) = other else {
                    return Err(unknown);
                };
                if !allowed(key, &ScalarValueRef::from(other.into_owned())) {
                    return Err(unknown);
                }
            }
        }
        Ok(())
    }

    /// The questions of an instance, or of the form itself at level 0.
    fn questions(&mut self, map: &ObjId, visit: VisitId, level: usize) -> Result<(), ShapeFault> {
        const ROOT_NAME: &str = "answers";
        for (key, conflict, value, id) in self.items(map)? {
            match &value {
                ValueRef::Object(ObjType::Map) => {
                    // A repeat is made together with the instance around it, never later; outside all others a
                    // later form may bring one, which nobody makes but the form.
                    let is_later = level == 0 && actor(&id) == Some(moving::maker(visit, &key).as_slice());
                    let same_maker =
                        level == 0 && is_of_genesis(&id) || level > 0 && actor(&id) == actor(map) || is_later;
                    if conflict || !same_maker || !is_name(&key) || level == REPEAT_LEVELS_MAX {
                        return Err(ShapeFault::Hidden(ROOT_NAME));
                    }
                    self.instances(&id, visit, level)?;
                    if is_later {
                        self.shape.repeats.push(key);
                    }
                }
                ValueRef::Scalar(_) => {
                    let allowed = |key: &str, value: &ScalarValueRef<'_>| {
                        let removed =
                            level > 0 && key == REMOVED && matches!(value, ScalarValueRef::Boolean(_));
                        removed || is_name(key) && is_answer(value)
                    };
                    self.leaf(map, ROOT_NAME, &key, conflict, &value, &allowed)?;
                }
                ValueRef::Object(_) => return Err(ShapeFault::Unknown(ROOT_NAME)),
            }
        }
        Ok(())
    }

    fn instances(&mut self, container: &ObjId, visit: VisitId, level: usize) -> Result<(), ShapeFault> {
        for (key, conflict, value, id) in self.items(container)? {
            if conflict {
                return Err(ShapeFault::Hidden("answers"));
            }
            if !matches!(value, ValueRef::Object(ObjType::Map)) || key.parse::<InstanceId>().is_err() {
                return Err(ShapeFault::Unknown("answers"));
            }
            self.questions(&id, visit, level + 1)?;
        }
        Ok(())
    }

    fn entries(&mut self, map: &ObjId) -> Result<(), ShapeFault> {
        let unknown = ShapeFault::Unknown("ev");
        for (key, conflict, value, id) in self.items(map)? {
            let (device, seq) = parse_entry_key(&key).ok_or(unknown)?;
            let ValueRef::Scalar(ScalarValueRef::Bytes(bytes)) = &value else {
                return Err(unknown);
            };
            let mut found = vec![(bytes.to_vec(), id)];
            if conflict {
                found.clear();
                for (other, id) in self.doc.get_all(map, key.as_str()).map_err(|_| unknown)? {
                    found.push((other.as_bytes().ok_or(unknown)?.to_vec(), id));
                }
            }
            let mut ids = Vec::new();
            for (bytes, id) in found {
                // Nobody writes another device's entries.
                if device_of(&id) != Some(device) {
                    return Err(unknown);
                }
                ids.push(EntryId::from_bytes(bytes.try_into().map_err(|_| unknown)?));
            }
            ids.sort_unstable();
            ids.dedup();
            self.shape.entries.insert((device, seq), ids);
        }
        Ok(())
    }
}

fn actor(id: &ObjId) -> Option<&[u8]> {
    match id {
        ObjId::Root => None,
        ObjId::Id(_, actor, _) => Some(actor.to_bytes()),
    }
}

fn is_of_genesis(id: &ObjId) -> bool {
    actor(id) == Some(genesis::ACTOR.as_slice())
}

fn text_of<'a>(value: &'a ScalarValueRef<'_>) -> Option<&'a str> {
    match value {
        ScalarValueRef::Str(text) if text.len() <= TEXT_BYTES_MAX => Some(text),
        _ => None,
    }
}

fn is_answer(value: &ScalarValueRef<'_>) -> bool {
    match value {
        ScalarValueRef::Null | ScalarValueRef::Boolean(_) => true,
        ScalarValueRef::Int(number) => number.unsigned_abs() <= INTEGER_MAX.unsigned_abs(),
        _ => text_of(value).is_some(),
    }
}

fn header_field(key: &str, value: &ScalarValueRef<'_>, visit: VisitId, form: FormHash) -> bool {
    let Some(text) = text_of(value) else { return false };
    match key {
        "visit" => text == visit.to_string(),
        "form" => text == form.to_string(),
        moving::FORM_NOW => text.parse::<FormHash>().is_ok(),
        "household" => text.parse::<HouseholdId>().is_ok(),
        "contract" => text.parse::<ContractId>().is_ok(),
        "standard" => text.parse::<StandardHash>().is_ok(),
        "assigned" => {
            text.len() <= 1024
                && text
                    .split_whitespace()
                    .all(|word| word.parse::<PersonId>().is_ok())
        }
        "outcome" => outcome_of(text).is_some(),
        _ => false,
    }
}

fn household_field(key: &str, value: &ScalarValueRef<'_>, household: HouseholdId) -> bool {
    let Some(text) = text_of(value) else { return false };
    match key {
        "household" => text == household.to_string(),
        "adcode" => is_adcode(text),
        "code" | "head" | "address" | "phone" => true,
        _ => false,
    }
}
