//! Documents of visits: how they are kept, so that an answer costs what it adds and not what was there before.
//!
//! On disk a document is its compact form and, beside it, the changes since then in their order. In memory the document
//! that was worked on last stays read. It never stands for more than what is committed: whoever works takes it out, puts
//! it back at the end, and a commit that fails drops it.

use std::cell::RefCell;

use hudang_evidence::id::{ContractId, DeviceId, FormHash, HouseholdId, Sha256, StandardHash, VisitId};
use hudang_visit::document::Actor;
use hudang_visit::document::visit::VisitDocument;
use rusqlite::{OptionalExtension as _, params};

use crate::device::Scope;
use crate::error::{DeviceError, Result};
use crate::person::parse;

/// Most changes beside the compact form. More make the next start slower; fewer make it more often that an answer
/// waits for the whole document: one in so many does.
const CHANGES_MAX: i64 = 256;
/// Places that each visit has for its changes.
const PLACES: i64 = 4_096;

/// The first and the last place of the visit with this number.
const fn places(n: i64) -> [i64; 2] {
    [n * PLACES, n * PLACES + PLACES - 1]
}

/// The document that was worked on last.
#[derive(Default)]
pub(crate) struct Drawer(RefCell<Option<(VisitId, VisitDocument)>>);

impl Drawer {
    fn take(&self, visit: VisitId) -> Option<VisitDocument> {
        let held = self.0.borrow_mut().take();
        held.filter(|(of, _)| *of == visit).map(|(_, document)| document)
    }

    fn copy(&self, visit: VisitId) -> Option<VisitDocument> {
        let held = self.0.borrow();
        let (_, document) = held.as_ref().filter(|(of, _)| *of == visit)?;
        Some(document.clone())
    }

    fn put(&self, visit: VisitId, document: VisitDocument) {
        *self.0.borrow_mut() = Some((visit, document));
    }

    /// After what is held may not be what is on disk.
    pub(crate) fn clear(&self) {
        *self.0.borrow_mut() = None;
    }
}

/// What a visit is about; the same for all who open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) household: HouseholdId,
    pub(crate) contract: ContractId,
    /// The form that is asked by now.
    pub(crate) form: FormHash,
    /// The form that it was opened with; the document's first change names it.
    pub(crate) began: FormHash,
    pub(crate) standard: StandardHash,
}

/// Household, contract, form by now, form at first, standard.
type Row = ([u8; 16], String, [u8; 32], [u8; 32], [u8; 32]);

impl Scope<'_> {
    pub(crate) const fn actor(&self, device: DeviceId) -> Actor {
        Actor {
            device,
            life: self.house.life,
        }
    }

    /// For reading a document: nobody writes with it.
    pub(crate) const fn reader(&self) -> Actor {
        self.actor(DeviceId::from_bytes([0; 32]))
    }

    /// What a visit is about; nothing where it is not open here.
    pub(crate) fn about(&self, visit: VisitId) -> Result<Option<About>> {
        let mut select = self
            .db
            .prepare_cached("SELECT household, contract, form, began, standard FROM visit WHERE id = ?1")?;
        let row: Option<Row> = select
            .query_row([visit.to_bytes()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })
            .optional()?;
        row.map(|(household, contract, form, began, standard)| {
            Ok(About {
                household: HouseholdId::from_bytes(household),
                contract: parse(&contract)?,
                form: FormHash::from_bytes(form),
                began: FormHash::from_bytes(began),
                standard: StandardHash::from_bytes(standard),
            })
        })
        .transpose()
    }

    /// A visit's document as its compact form and the changes after it, one behind the other.
    pub(crate) fn document_bytes(&self, visit: VisitId) -> Result<Vec<u8>> {
        let mut select = self
            .db
            .prepare_cached("SELECT n, document FROM visit WHERE id = ?1")?;
        let found: Option<(i64, Vec<u8>)> = select
            .query_row([visit.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (n, mut bytes) = found.ok_or(DeviceError::VisitUnknown)?;
        let mut select = self
            .db
            .prepare_cached("SELECT bytes FROM visit_change WHERE place BETWEEN ?1 AND ?2 ORDER BY place")?;
        let mut rows = select.query(places(n))?;
        while let Some(row) = rows.next()? {
            bytes.extend_from_slice(row.get_ref(0)?.as_blob().unwrap_or_default());
        }
        Ok(bytes)
    }

    /// A visit's document, for reading.
    pub(crate) fn read_document(&self, visit: VisitId) -> Result<VisitDocument> {
        match self.house.drawer.copy(visit) {
            Some(document) => Ok(document),
            None => Ok(VisitDocument::load(&self.document_bytes(visit)?, self.reader())?),
        }
    }

    /// A visit's document, for writing; [`Self::keep_document`] puts it back.
    pub(crate) fn document_to_write(&self, visit: VisitId, dev: DeviceId) -> Result<VisitDocument> {
        let actor = self.actor(dev);
        match self.house.drawer.take(visit) {
            Some(mut document) => {
                document.write_as(actor);
                Ok(document)
            }
            None => Ok(VisitDocument::load(&self.document_bytes(visit)?, actor)?),
        }
    }

    /// Puts a document back; `before` are its heads as they were on disk.
    pub(crate) fn keep_document(
        &self,
        visit: VisitId,
        document: VisitDocument,
        before: &[Sha256],
    ) -> Result<()> {
        if document.heads() != before {
            let [first, last] = places(self.visit_number(visit)?);
            let next: i64 = self
                .db
                .prepare_cached(
                    "SELECT coalesce(max(place) + 1, ?1) FROM visit_change WHERE place BETWEEN ?1 AND ?2",
                )?
                .query_row([first, last], |row| row.get(0))?;
            if next - first < CHANGES_MAX {
                self.db
                    .prepare_cached("INSERT INTO visit_change (place, bytes) VALUES (?1, ?2)")?
                    .execute(params![next, document.changes_since(before)])?;
            } else {
                self.replace_document(visit, &document.save())?;
            }
        }
        self.house.drawer.put(visit, document);
        Ok(())
    }

    /// Keeps the compact form of a document in place of all that was kept of it.
    pub(crate) fn replace_document(&self, visit: VisitId, bytes: &[u8]) -> Result<()> {
        self.house.drawer.clear();
        self.db
            .prepare_cached("UPDATE visit SET document = ?2 WHERE id = ?1")?
            .execute(params![visit.to_bytes(), bytes])?;
        self.db
            .prepare_cached("DELETE FROM visit_change WHERE place BETWEEN ?1 AND ?2")?
            .execute(places(self.visit_number(visit)?))?;
        Ok(())
    }

    /// The visit's place among the visits of this phone.
    fn visit_number(&self, visit: VisitId) -> Result<i64> {
        let mut select = self.db.prepare_cached("SELECT n FROM visit WHERE id = ?1")?;
        let found = select
            .query_row([visit.to_bytes()], |row| row.get(0))
            .optional()?;
        found.ok_or(DeviceError::VisitUnknown)
    }
}
