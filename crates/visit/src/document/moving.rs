//! The form that a visit asks, where it is no longer the one that it was opened with.
//!
//! The genesis names the form that the visit was opened with, and that stays: instances and the first change derive
//! from it. `header/form_now` names the form that is asked since the visit was moved. A repeat that only the later form
//! has gets its map in a change that derives from the visit and the repeat's name alone, like the genesis: phones that
//! move the visit apart make the same change, and so neither hides what the other wrote.

use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId, Automerge, ChangeHash, ObjType};
use hudang_evidence::id::{FormHash, Sha256, VisitId};

use super::visit::VisitDocument;
use super::{DocumentError, child_map, read, root_map, write};
use crate::value::{Value, is_name};

/// The field of the header.
pub(crate) const FORM_NOW: &str = "form_now";
/// Most repeats that a document may be given after its genesis.
pub(crate) const REPEATS_MAX: usize = 64;

impl VisitDocument {
    /// The form that is asked by now.
    pub fn asked(&self) -> Result<FormHash, DocumentError> {
        let header = root_map(&self.doc, "header")?;
        match read(&self.doc, &header, FORM_NOW)?.value {
            Some(Value::Text(text)) => text.parse().map_err(|_| DocumentError::Value),
            _ => Ok(self.identity()?.1),
        }
    }

    /// Names the form that is asked from now on; false if it was that one already.
    pub fn set_asked(&mut self, form: FormHash) -> Result<bool, DocumentError> {
        let header = root_map(&self.doc, "header")?;
        write(&mut self.doc, &header, FORM_NOW, &Value::Text(form.to_string()))
    }

    /// Makes the map of a repeat outside all others; false if it is there already.
    pub(crate) fn make_repeat(&mut self, name: &str) -> Result<bool, DocumentError> {
        let answers = root_map(&self.doc, "answers")?;
        if child_map(&self.doc, &answers, name)?.is_some() {
            return Ok(false);
        }
        let (visit, _) = self.identity()?;
        let mut made = with_repeat(&self.doc, visit, name)?;
        self.doc.merge(&mut made)?;
        Ok(true)
    }

    /// Whether there is a repeat of this name outside all others, or a value; nothing where there is neither.
    pub(crate) fn is_repeat(&self, name: &str) -> Result<Option<bool>, DocumentError> {
        let answers = root_map(&self.doc, "answers")?;
        match child_map(&self.doc, &answers, name) {
            Ok(found) => Ok(found.map(|_| true)),
            Err(DocumentError::OtherKind(_)) => Ok(Some(false)),
            Err(error) => Err(error),
        }
    }
}

/// Who makes the map of a repeat: nobody, so that it is the same on every phone.
pub(crate) fn maker(visit: VisitId, name: &str) -> [u8; 16] {
    let digest = Sha256::of(format!("hudang/repeat/v1\n{visit}\n{name}\n").as_bytes());
    digest.as_bytes().first_chunk::<16>().copied().unwrap_or_default()
}

/// The hash of the change that makes a repeat's map in this document.
pub(crate) fn change_of(doc: &Automerge, visit: VisitId, name: &str) -> Result<ChangeHash, DocumentError> {
    let made = with_repeat(doc, visit, name)?;
    made.get_heads().first().copied().ok_or(DocumentError::Foreign)
}

/// The document's genesis, and after it nothing but the change that makes a repeat's map.
fn with_repeat(doc: &Automerge, visit: VisitId, name: &str) -> Result<Automerge, DocumentError> {
    if !is_name(name) {
        return Err(DocumentError::OtherKind(name.to_owned()));
    }
    let metas = doc.get_changes_meta(&[]);
    let genesis = metas.iter().find(|change| change.deps.is_empty());
    let genesis = genesis.ok_or(DocumentError::Foreign)?.hash;
    let mut doc = doc
        .fork_at(&[genesis])?
        .with_actor(ActorId::from(maker(visit, name).as_slice()));
    let answers = root_map(&doc, "answers")?;
    let mut transaction = doc.transaction();
    transaction.put_object(&answers, name, ObjType::Map)?;
    transaction.commit_with(CommitOptions::default().with_time(0));
    Ok(doc)
}
