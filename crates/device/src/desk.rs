//! A visit on the desk of one person: its document and chains, changed together and put away in one commit.

use hudang_evidence::body::{Amend, Body};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{DeviceId, Sha256, VisitId};
use hudang_evidence::snapshot::SaltedDigest;
use hudang_sync::wire::DocumentId;
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::questionnaire::filling::Filling;

use crate::chain::sync_body;
use crate::device::Scope;
use crate::documents::About;
use crate::error::{DeviceError, Result};
use crate::outbox::Kind;

/// Why a sealing does not stand any more: the office sent the visit back.
const REASON_RETURNED: &str = "returned";

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
        let about = scope.about(visit)?.ok_or(DeviceError::VisitUnknown)?;
        let document = scope.document_to_write(visit, dev)?;
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

    /// Refuses what may not follow a seal that this person signed (EVIDENCE §1.3), unless the office sent that seal back.
    /// Whoever has not signed may go on: their own seal will take its place.
    pub(crate) fn check_open(&self) -> Result<()> {
        if self.scope.is_closed_for(self.visit, self.dev)? {
            return Err(DeviceError::VisitSealed);
        }
        if self.scope.is_voided(self.visit)? {
            return Err(DeviceError::VisitVoided);
        }
        Ok(())
    }

    /// States something in the name of the person at the desk.
    pub(crate) fn state(&mut self, body: Body) -> Result<Entry> {
        let late = matches!(
            body,
            Body::Amend(_) | Body::Doc(_) | Body::Sync(_) | Body::Anchor(_) | Body::Seal(_)
        );
        if late {
            self.acknowledge(self.dev)?;
            return self.state_by(self.dev, body);
        }
        self.check_open()?;
        self.add(body)
    }

    /// States something that the visit is open for, or that belongs to a seal about to be made.
    pub(crate) fn add(&mut self, body: Body) -> Result<Entry> {
        self.reopen()?;
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

    /// Where the office sent back what this person sealed: states that the sealing does not stand any more, before
    /// anything is added. So the mending is an amendment in the chain, and what was sealed before stays as it was.
    fn reopen(&mut self) -> Result<()> {
        let entries = self.scope.entries(self.visit)?;
        let own = || entries.iter().filter(|entry| entry.header().dev == self.dev);
        let sealing = own().filter_map(|entry| match entry.body() {
            Body::Seal(made) => Some((entry.id(), made.seal)),
            _ => None,
        });
        let mut of = Vec::new();
        for (id, seal) in sealing {
            let is_amended = own().any(|entry| matches!(entry.body(), Body::Amend(amend) if amend.of == id));
            if !is_amended && self.scope.is_returned(&seal)? {
                of.push(id);
            }
        }
        for id in of {
            let amend = Amend {
                of: id,
                withdraw: false,
                reason: REASON_RETURNED.to_owned(),
                sd: None,
            };
            self.state_by(self.dev, Body::Amend(amend))?;
        }
        Ok(())
    }

    /// States what the device has seen of others' chains, where that is news.
    pub(crate) fn acknowledge(&mut self, dev: DeviceId) -> Result<()> {
        let entries = self.scope.entries(self.visit)?;
        if let Some(heads) = self.scope.unseen_heads(&entries, dev)? {
            self.state_by(dev, sync_body(heads))?;
        }
        Ok(())
    }

    /// Leaves everything as it was; the session stays open for the next action.
    pub(crate) fn leave(self) {
        if let Some(filling) = self.filling {
            self.scope.keep_filling(self.visit, self.before, filling);
        }
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
        self.scope
            .keep_document(self.visit, self.document, &self.before)?;
        if is_unchanged {
            return Ok(());
        }
        self.scope.put_document(DocumentId::Visit(self.visit))
    }
}
