//! Carrying a plan out: each kept item becomes a row of the journal, and the read models follow.

use std::collections::BTreeMap;
use std::sync::Arc;

use hudang_evidence::id::{Sha256, SnapshotHash, VisitId};
use hudang_evidence::snapshot::{Disclosure, Revealed, SaltedDigest};
use hudang_evidence::time::WallTime;
use hudang_sync::parse::{DocumentItem, Request};
use hudang_sync::server::Plan;
use hudang_sync::wire::{DocumentId, Verdict};

use super::Sender;
use super::documents::{self, Tried};
use crate::derive::{self, AcceptedDocument, Touched};
use crate::error::Result;
use crate::journal::{Kind, Record, Row};
use crate::writer::Scope;

/// What a request has appended so far.
pub(super) struct Appended<'a> {
    scope: &'a Scope<'a>,
    now: WallTime,
    sender: &'a Sender,
    /// What depends on it.
    pub(super) touched: Touched,
}

impl<'a> Appended<'a> {
    pub(super) fn new(scope: &'a Scope<'a>, now: WallTime, sender: &'a Sender) -> Self {
        Self {
            scope,
            now,
            sender,
            touched: Touched::default(),
        }
    }

    fn append(&mut self, kind: Kind, subject: &[u8], payload: &[u8]) -> Result<Row> {
        let device = self.sender.installation;
        let record = Record {
            kind,
            device: device.as_bytes(),
            subject,
            payload,
        };
        self.scope.append(self.now.ms(), &record)
    }

    fn append_and_derive(&mut self, kind: Kind, subject: &[u8], payload: &[u8]) -> Result<()> {
        let row = self.append(kind, subject, payload)?;
        derive::apply(self.scope.db, self.scope.known, &row, &mut self.touched)
    }

    fn quarantine(
        &mut self,
        kind: &str,
        code: &str,
        visit: Option<VisitId>,
        item: &[u8; 32],
        bytes: &[u8],
    ) -> Result<()> {
        let subject = [&visit.map_or([0; 16], VisitId::to_bytes)[..], item].concat();
        self.append_and_derive(
            Kind::Quarantine,
            &subject,
            &derive::quarantined(kind, code, bytes),
        )
    }

    pub(super) fn entries(&mut self, request: &Request, plan: &Plan) -> Result<()> {
        for index in &plan.entries {
            let Some(Ok(item)) = request.entries.get(*index) else {
                continue;
            };
            let visit = item.entry.header().visit.map(VisitId::to_bytes);
            let row = self.append(
                Kind::Entry,
                visit.as_ref().map_or(&[][..], |bytes| bytes),
                &item.note,
            )?;
            derive::entry(self.scope.db, row.seq, &item.entry, &mut self.touched)?;
        }
        for index in &plan.quarantine {
            let Some(Ok(item)) = request.entries.get(*index) else {
                continue;
            };
            let visit = item.entry.header().visit;
            self.quarantine(
                "entry",
                hudang_sync::code::FORK,
                visit,
                item.entry.id().as_bytes(),
                &item.note,
            )?;
        }
        Ok(())
    }

    pub(super) fn snapshots(
        &mut self,
        request: &Request,
        plan: &Plan,
        revealed: &BTreeMap<SnapshotHash, Arc<Revealed>>,
    ) -> Result<()> {
        for index in &plan.snapshots {
            let Some(Ok(item)) = request.snapshots.get(*index) else {
                continue;
            };
            let of = (item.snapshot.visit(), item.snapshot.hash());
            if let Some(answers) = revealed.get(&of.1) {
                self.touched.revealed.insert(of, Arc::clone(answers));
            }
            let visit = of.0.to_bytes();
            self.append_and_derive(Kind::Snapshot, &visit, item.snapshot.bytes())?;
            let subject = [&visit[..], item.snapshot.hash().as_bytes()].concat();
            self.append_and_derive(Kind::Disclosures, &subject, &lines(&item.disclosures))?;
        }
        Ok(())
    }

    pub(super) fn seals(&mut self, request: &Request, plan: &Plan) -> Result<()> {
        for step in &plan.seals {
            let Some(Ok(item)) = request.seals.get(step.index) else {
                continue;
            };
            let row = self.append(Kind::Seal, &item.seal.body().visit.to_bytes(), &step.note)?;
            derive::seal(
                self.scope.db,
                row.seq,
                &item.seal,
                &step.signers,
                &mut self.touched,
            )?;
        }
        for refused in &plan.refused {
            let Some(Ok(item)) = request.seals.get(refused.index) else {
                continue;
            };
            let told = derive::RefusedSigner {
                seal: refused.seal,
                dev: refused.dev,
            };
            let name = told.name();
            if !self.is_apart(&name)? {
                let visit = Some(item.seal.body().visit);
                let text = told.to_string();
                self.quarantine(
                    derive::SIGNATURE,
                    refused.code,
                    visit,
                    name.as_bytes(),
                    text.as_bytes(),
                )?;
            }
        }
        Ok(())
    }

    fn is_apart(&self, item: &Sha256) -> Result<bool> {
        let mut select = self
            .scope
            .db
            .prepare_cached("SELECT 1 FROM quarantine WHERE item = ?1")?;
        Ok(select.exists([item.as_bytes()])?)
    }

    pub(super) fn remarks(&mut self, request: &Request, plan: &Plan) -> Result<()> {
        for step in &plan.remarks {
            let Some(Ok(item)) = request.remarks.get(step.index) else {
                continue;
            };
            let kept: Vec<Disclosure> = step
                .wanted
                .iter()
                .filter_map(|place| item.disclosures.get(*place))
                .cloned()
                .collect();
            let mut subject = item.visit.to_bytes().to_vec();
            for remark in &kept {
                subject.extend(derive::digest_bytes(&SaltedDigest::of(remark))?);
            }
            self.append_and_derive(Kind::Remarks, &subject, &lines(&kept))?;
        }
        Ok(())
    }

    /// Documents were tried before; one whose stored document has moved since is tried again.
    pub(super) fn documents(
        &mut self,
        request: &Request,
        plan: &mut Plan,
        mut tried: Vec<Option<Tried>>,
    ) -> Result<()> {
        for index in plan.documents.clone() {
            let Some(Ok(item)) = request.documents.get(index) else {
                continue;
            };
            let before = tried.get_mut(index).and_then(Option::take);
            let verdict = self.document(request, item, before)?;
            if let Some(place) = plan.verdicts.documents.get_mut(index) {
                *place = verdict;
            }
        }
        Ok(())
    }

    fn document(&mut self, request: &Request, item: &DocumentItem, before: Option<Tried>) -> Result<Verdict> {
        let db = self.scope.db;
        let stored = derive::document_place(db, &item.document.to_bytes())?;
        let tried = match before {
            Some(tried) if tried.after == stored => Some(tried),
            _ => documents::try_one(self.scope, request, item)?,
        };
        let Some(Tried { form, result, .. }) = tried else {
            return Ok(documents::verdict_on_unknown_form());
        };
        let accepted = match result {
            Ok(accepted) if accepted.new_hashes.is_empty() => return Ok(Verdict::Already),
            Ok(accepted) => accepted,
            Err(quarantine) => return self.refuse_document(item, documents::verdict_on(quarantine)),
        };
        let (kind, mut subject) = match item.document {
            DocumentId::Visit(visit) => (Kind::VisitDocument, visit.to_bytes().to_vec()),
            DocumentId::Household(household) => (Kind::HouseholdDocument, household.to_bytes().to_vec()),
        };
        subject.extend(form.iter().flat_map(|form| *form.as_bytes()));
        let row = self.append(kind, &subject, &item.payload)?;
        derive::document(
            db,
            self.scope.known,
            &row,
            Some(AcceptedDocument { accepted }),
            &mut self.touched,
        )?;
        Ok(Verdict::Stored)
    }

    /// Keeps a hostile payload apart, once.
    fn refuse_document(&mut self, item: &DocumentItem, verdict: Verdict) -> Result<Verdict> {
        let Verdict::Quarantined { code } = &verdict else {
            return Ok(verdict);
        };
        let hash = Sha256::of(&item.payload);
        if !self.is_apart(&hash)? {
            let visit = match item.document {
                DocumentId::Visit(visit) => Some(visit),
                DocumentId::Household(_) => None,
            };
            self.quarantine("document", code, visit, hash.as_bytes(), &item.payload)?;
        }
        Ok(verdict)
    }
}

fn lines(disclosures: &[Disclosure]) -> Vec<u8> {
    let texts: Vec<&str> = disclosures.iter().map(Disclosure::as_str).collect();
    texts.join("\n").into_bytes()
}
