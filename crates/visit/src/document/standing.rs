//! The answers that stand: the shown value of each question, without what lies in removed instances.

use std::collections::BTreeMap;

use automerge::{ObjId, ReadDoc as _, ValueRef};

use super::visit::{REMOVED, VisitDocument};
use super::{DocumentError, child_map, read};
use crate::value::{AnswerPath, InstanceId, InstancePath, Value};

/// The answers of a document as they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The values; of those that people wrote at the same time the one that is shown. What was taken back is there.
    pub values: BTreeMap<AnswerPath, Value>,
    /// The instances of each repeat in the order in which they were added, the same on every phone.
    pub instances: BTreeMap<(InstancePath, String), Vec<InstanceId>>,
}

impl Standing {
    /// Whether anybody wrote an answer: what a form presets and what is known is nobody's.
    pub fn is_answered(&self) -> bool {
        self.values.values().any(Value::is_answered)
    }
}

/// When an instance was added, as automerge orders it, and its map.
type Added = ((u64, Vec<u8>), InstanceId, ObjId);

impl VisitDocument {
    /// The answers as they stand.
    pub fn standing(&self) -> Result<Standing, DocumentError> {
        let mut standing = Standing::default();
        let answers = super::root_map(&self.doc, "answers")?;
        self.gather(&InstancePath::TOP, &answers, &mut standing)?;
        Ok(standing)
    }

    fn gather(
        &self,
        within: &InstancePath,
        map: &ObjId,
        standing: &mut Standing,
    ) -> Result<(), DocumentError> {
        let doc = &self.doc;
        let items: Vec<_> = doc
            .map_range(map, ..)
            .map(|item| {
                (
                    item.key.to_string(),
                    matches!(item.value, ValueRef::Object(_)),
                    item.id(),
                )
            })
            .collect();
        for (key, is_repeat, id) in items {
            if is_repeat {
                let mut added = self.added(&id)?;
                added.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
                let ids = added.iter().map(|(_, id, _)| *id).collect();
                standing.instances.insert((within.clone(), key.clone()), ids);
                for (_, id, map) in added {
                    self.gather(&within.join(&key, id)?, &map, standing)?;
                }
            } else if key != REMOVED
                && let Some(value) = read(doc, map, &key)?.value
            {
                standing.values.insert(within.question(&key)?, value);
            }
        }
        Ok(())
    }

    /// The instances in a repeat's map that nobody removed.
    fn added(&self, container: &ObjId) -> Result<Vec<Added>, DocumentError> {
        let doc = &self.doc;
        let keys: Vec<String> = doc.keys(container).collect();
        let mut added = Vec::new();
        for key in keys {
            let map = child_map(doc, container, &key)?.ok_or(DocumentError::Value)?;
            if read(doc, &map, REMOVED)?.value == Some(Value::Boolean(true)) {
                continue;
            }
            let when = match &map {
                ObjId::Root => (0, Vec::new()),
                ObjId::Id(counter, actor, _) => (*counter, actor.to_bytes().to_vec()),
            };
            added.push((when, key.parse()?, map));
        }
        Ok(added)
    }
}
