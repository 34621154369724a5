//! A visit on the desk of one person: its document and chains, changed together and put away in one commit.

use hudang_evidence::body::Body;
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{ContractId, DeviceId, FormHash, HouseholdId, Sha256, StandardHash, VisitId};
use hudang_evidence::snapshot::SaltedDigest;
use hudang_sync::wire::DocumentId;
use hudang_visit::document::Actor;
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::questionnaire::filling::Filling;
use rusqlite::{OptionalExtension as _, params};

use crate::chain::{covered, sync_body};
use crate::device::Scope;
use crate::error::{DeviceError, Result};
use crate::outbox::Kind;
use crate::person::parse;
use crate::seal::open_seals;

/// What a visit is about; the same for all who open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) household: HouseholdId,
    pub(crate) contract: ContractId,
    pub(crate) form: FormHash,
    pub(crate) standard: StandardHash,
}

/// A visit in work.
pub(crate) struct Desk<'s> {
    pub(crate) scope: &'s Scope<'s>,
    pub(crate) visit: VisitId,
    pub(crate) dev: DeviceId,
    pub(crate) about: About,
    pub(crate) document: VisitDocument,
    pub(crate) remarks: Vec<SaltedDigest>,
    /// The answers in a session, once something was done with them.
    pub(crate) filling: Option<Filling>,
    before: Vec<Sha256>,
}

impl<'s> Desk<'s> {
    /// Takes up a visit that this device has opened.
    pub(crate) fn take(scope: &'s Scope<'s>, visit: VisitId, dev: DeviceId) -> Result<Self> {
        if !scope.has_opened(visit, dev)? {
            return Err(DeviceError::VisitUnknown);
        }
        let (about, bytes) = scope.visit_row(visit)?.ok_or(DeviceError::VisitUnknown)?;
        let document = VisitDocument::load(&bytes, scope.actor(dev))?;
        Ok(Self::with(scope, visit, dev, about, document))
    }

    pub(crate) fn with(
        scope: &'s Scope<'s>,
        visit: VisitId,
        dev: DeviceId,
        about: About,
        document: VisitDocument,
    ) -> Self {
        let before = document.heads();
        Self {
            scope,
            visit,
            dev,
            about,
            document,
            remarks: Vec::new(),
            filling: None,
            before,
        }
    }

    /// Refuses what may not follow a seal that covers the device's chain (EVIDENCE §1.3).
    pub(crate) fn check_open(&self) -> Result<()> {
        let seals = self.scope.seals(self.visit)?;
        if open_seals(&seals)
            .iter()
            .any(|seal| covered(&seal.body().heads).contains(&self.dev))
        {
            return Err(DeviceError::VisitSealed);
        }
        Ok(())
    }

    /// States something in the name of the person at the desk.
    pub(crate) fn state(&mut self, body: Body) -> Result<Entry> {
        let late = matches!(
            body,
            Body::Amend(_) | Body::Doc(_) | Body::Sync(_) | Body::Anchor(_) | Body::Seal(_)
        );
        if !late {
            self.check_open()?;
        }
        self.acknowledge(self.dev)?;
        self.state_by(self.dev, body)
    }

    /// States something in the name of a device that has opened the visit.
    pub(crate) fn state_by(&mut self, dev: DeviceId, body: Body) -> Result<Entry> {
        let entry = self
            .scope
            .append(dev, Some(self.visit), &self.about.contract, body)?;
        self.document.write_as(self.scope.actor(dev));
        let recorded = self.document.record_entry(dev, entry.header().seq, entry.id());
        self.document.write_as(self.scope.actor(self.dev));
        recorded?;
        Ok(entry)
    }

    /// States what the device has seen of others' chains, where that is news.
    pub(crate) fn acknowledge(&mut self, dev: DeviceId) -> Result<()> {
        let entries = self.scope.entries(self.visit)?;
        if let Some(heads) = self.scope.unseen_heads(&entries, dev)? {
            self.state_by(dev, sync_body(heads))?;
        }
        Ok(())
    }

    /// Keeps the document, and puts it into the outbox where it changed.
    pub(crate) fn put_away(self) -> Result<()> {
        // After the entries that name them: the server keeps no text that nothing names.
        for digest in &self.remarks {
            let subject = digest.to_string();
            self.scope
                .put(Kind::Remark, subject.as_bytes(), None, Some(self.visit))?;
        }
        let heads = self.document.heads();
        let is_unchanged = heads == self.before;
        match self.filling {
            Some(filling) => self.scope.keep_filling(self.visit, heads, filling),
            None => self.scope.move_filling(self.visit, &self.before, heads),
        }
        if is_unchanged {
            return Ok(());
        }
        self.scope
            .db
            .prepare_cached("UPDATE visit SET document = ?2 WHERE id = ?1")?
            .execute(params![self.visit.to_bytes(), self.document.save()])?;
        self.scope.put_document(DocumentId::Visit(self.visit))
    }
}

/// Household, contract, form, standard, document.
type Row = ([u8; 16], String, [u8; 32], [u8; 32], Vec<u8>);

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

    /// What a visit is about, and its document.
    pub(crate) fn visit_row(&self, visit: VisitId) -> Result<Option<(About, Vec<u8>)>> {
        let mut select = self.db.prepare_cached(
            "SELECT household, contract, form, standard, document FROM visit WHERE id = ?1",
        )?;
        let row: Option<Row> = select
            .query_row([visit.to_bytes()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })
            .optional()?;
        row.map(|(household, contract, form, standard, document)| {
            let about = About {
                household: HouseholdId::from_bytes(household),
                contract: parse(&contract)?,
                form: FormHash::from_bytes(form),
                standard: StandardHash::from_bytes(standard),
            };
            Ok((about, document))
        })
        .transpose()
    }
}
