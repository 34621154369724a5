//! Filling in: drafts per keystroke, one change per field, conflicts, pages.

use std::collections::BTreeMap;

use hudang_evidence::body::{Body, Form};
use hudang_evidence::id::{PersonId, SnapshotHash, VisitId};
use hudang_evidence::salt::SaltSeed;
use hudang_evidence::seal::Outcome;
use hudang_evidence::snapshot::{Disclosure, SaltedDigest, Snapshot};
use hudang_visit::document::Conflict;
use hudang_visit::questionnaire::filling::FillingError;
use hudang_visit::questionnaire::typing::Typed;
use hudang_visit::value::{AnswerPath, InstanceId, InstancePath, Value};
use rusqlite::{OptionalExtension as _, params};

use crate::desk::Desk;
use crate::device::{Device, Scope};
use crate::error::{DeviceError, Result, damaged};
use crate::outbox::Kind;
use crate::person::parse;
use crate::seal::open_seals;

impl Device {
    /// Keeps what is being typed, durably; the document does not change.
    pub fn draft(&mut self, visit: VisitId, path: &AnswerPath, value: &Value) -> Result<()> {
        self.commit(|scope| {
            let form = scope.form_of(visit)?;
            if form.names().locate(form.form(), &path.to_string()).is_none() {
                return Err(FillingError::Unknown(path.to_string()).into());
            }
            scope.keep_draft(visit, path, value)
        })
    }

    /// What a typed text would be as an answer.
    pub fn typed(&self, visit: VisitId, path: &AnswerPath, value: &Value) -> Result<Typed> {
        self.look(visit, |filling| filling.typed(path, value))
    }

    /// Forgets what was typed; the answer of before stands.
    pub fn drop_draft(&mut self, visit: VisitId, path: &AnswerPath) -> Result<()> {
        self.commit(|scope| scope.drop_draft(visit, path))
    }

    /// What is being typed in a visit, or was and is no answer.
    pub fn drafts(&self, visit: VisitId) -> Result<BTreeMap<AnswerPath, Value>> {
        self.scope().drafts(visit)
    }

    /// Takes what somebody left in a field. Where it is no answer of the question it stays as it was typed, as durable
    /// as an answer, until somebody changes or drops it; the reply says why.
    pub fn enter(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        path: &AnswerPath,
        value: &Value,
    ) -> Result<Typed> {
        self.edit(person, visit, |desk| {
            let typed = desk.fill(|filling, document| match filling.enter(document, path, value)? {
                // The error says why: there is no such question, or the form fixes it.
                Typed::NotAsked => filling.answer(document, path, value).map(|_| Typed::Fits),
                typed => Ok(typed),
            })?;
            match typed {
                Typed::Unfit(_) => desk.scope.keep_draft(visit, path, value)?,
                Typed::Fits | Typed::NotAsked => desk.scope.drop_draft(visit, path)?,
            }
            Ok(typed)
        })
    }

    /// Writes an answer as one change of the document, in the same commit in which its draft goes. The person need
    /// not be unlocked: a locked key must not cost an answer.
    pub fn answer(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        path: &AnswerPath,
        value: &Value,
    ) -> Result<()> {
        self.edit(person, visit, |desk| {
            desk.fill(|filling, document| filling.answer(document, path, value))?;
            desk.scope.drop_draft(visit, path)
        })
    }

    /// Adds an instance of a repeat, e.g. a member; returns its id.
    pub fn add_instance(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        within: &InstancePath,
        repeat: &str,
    ) -> Result<InstanceId> {
        self.edit(person, visit, |desk| {
            let id = InstanceId::from_bytes(desk.scope.random());
            desk.fill(|filling, document| filling.add(document, within, repeat, id))?;
            Ok(id)
        })
    }

    /// Marks an instance as removed, or takes that back.
    pub fn set_removed(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        instance: &InstancePath,
        removed: bool,
    ) -> Result<()> {
        self.edit(person, visit, |desk| {
            desk.fill(|filling, document| filling.set_removed(document, instance, removed))?;
            Ok(())
        })
    }

    /// Decides how the visit ended.
    pub fn set_outcome(&mut self, person: &PersonId, visit: VisitId, outcome: Outcome) -> Result<()> {
        self.edit(person, visit, |desk| {
            desk.document.set_outcome(outcome)?;
            Ok(())
        })
    }

    /// Where people wrote different things, for a person to pick.
    pub fn conflicts(&self, visit: VisitId) -> Result<Vec<Conflict>> {
        let scope = self.scope();
        Ok(scope.form_of(visit)?.conflicts(&scope.read_document(visit)?)?)
    }

    /// Settles a conflict: `place` as [`conflicts`](Self::conflicts) named it.
    pub fn pick(&mut self, person: &PersonId, visit: VisitId, place: &str, value: &Value) -> Result<()> {
        self.edit(person, visit, |desk| {
            if let Some(("answers", path)) = place.split_once('/') {
                let path = path.parse().map_err(unplaced)?;
                desk.fill(|filling, document| filling.answer(document, &path, value))?;
                return Ok(());
            }
            let document = &mut desk.document;
            match (place.split_once('/'), value) {
                (Some(("notes", id)), Value::Text(text)) => {
                    document.set_note(id.parse().map_err(unplaced)?, text)?
                }
                (Some(("media", blob)), Value::Text(purpose)) => document.add_media(parse(blob)?, purpose)?,
                (Some(("header", "outcome")), Value::Text(word)) => {
                    let outcome = serde_json::from_value(word.as_str().into());
                    document.set_outcome(outcome.map_err(|_| DeviceError::NoOutcome)?)?
                }
                (Some(("header", "form_now")), Value::Text(hash)) => {
                    let form = parse(hash)?;
                    desk.scope.questionnaire(&form)?.ok_or(DeviceError::FormUnknown)?;
                    desk.scope.ask_form(visit, form)?;
                    document.set_asked(form)?
                }
                (Some(("header", "assigned")), Value::Text(words)) => {
                    let mut header = document.header()?.ok_or(DeviceError::VisitOther)?;
                    // What is shown already counts as written; so something else goes before it.
                    header.assigned.clear();
                    document.set_header(&header)?;
                    header.assigned = words.split_whitespace().map(parse).collect::<Result<_>>()?;
                    document.set_header(&header)?
                }
                // Household, contract and standard stand in both chains' first entries: nobody can pick those.
                (Some(("header", _)), _) => return Err(DeviceError::VisitOther),
                _ => return Err(DeviceError::EntryUnknown),
            };
            Ok(())
        })
    }

    /// Confirms a page, or the whole form: drafts that are answers are written, all answers are fixed in a snapshot with
    /// their values beside it, and the `form` entry names it. What was typed and is no answer stays beside its question.
    pub fn confirm_page(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        page: Option<&str>,
    ) -> Result<SnapshotHash> {
        self.edit(person, visit, |desk| {
            for (path, value) in desk.scope.drafts(visit)? {
                if desk.fill(|filling, document| filling.enter(document, &path, &value))? == Typed::Fits {
                    desk.scope.drop_draft(visit, &path)?;
                }
            }
            desk.confirm(page)
        })
    }

    /// One change at the desk of a person; refused once a seal covers the person's chain.
    fn edit<T>(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        work: impl FnOnce(&mut Desk<'_>) -> Result<T>,
    ) -> Result<T> {
        self.commit(|scope| {
            let mut desk = Desk::take(scope, visit, scope.holder(person)?.dev)?;
            desk.check_open()?;
            let done = work(&mut desk)?;
            desk.put_away()?;
            Ok(done)
        })
    }
}

fn unplaced(_: hudang_visit::value::PathError) -> DeviceError {
    DeviceError::EntryUnknown
}

impl Desk<'_> {
    /// Fixes all answers and states it. Each part commits with the rest of the action.
    pub(crate) fn confirm(&mut self, page: Option<&str>) -> Result<SnapshotHash> {
        let (form, sealed) = self.fill(|filling, document| {
            filling.keep_draws(document)?;
            Ok((filling.questionnaire().hash(), filling.sealed_now()))
        })?;
        let seed = SaltSeed::from_bytes(self.scope.random());
        let disclosures = self.disclosed(sealed, |name, value| seed.disclose(name, value))?;
        let snapshot = Snapshot::new(self.visit, form, &disclosures)?;
        self.scope.keep_snapshot(&snapshot, &disclosures)?;
        self.scope.keep_seed(&snapshot.hash(), &seed)?;
        self.scope
            .put(Kind::Snapshot, snapshot.hash().as_bytes(), None, Some(self.visit))?;
        // Whoever confirms a page was let in; and a seal fixes also what was answered before a partner's seal came.
        self.add(Body::Form(Form {
            form,
            snapshot: snapshot.hash(),
            page: page.map(str::to_owned),
        }))?;
        Ok(snapshot.hash())
    }

    /// Salts answers. One that stands in the seal that is superseded keeps its digest: a signature on that seal covers it, and
    /// would not carry over to another.
    pub(crate) fn disclosed(
        &self,
        sealed: BTreeMap<String, serde_json::Value>,
        salt: impl Fn(&str, serde_json::Value) -> Disclosure,
    ) -> Result<Vec<Disclosure>> {
        let mut known: BTreeMap<String, Disclosure> = BTreeMap::new();
        let seals = self.scope.seals(self.visit)?;
        if let Some(seal) = open_seals(&seals).first()
            && let Some(hash) = seal.body().snapshot
            && let Some((_, disclosures)) = self.scope.snapshot(&hash)?
        {
            known.extend(disclosures.into_iter().map(|one| (one.name().to_owned(), one)));
        }
        let disclosed = sealed.into_iter().map(|(name, value)| {
            let before = known.remove(&name).filter(|before| *before.value() == value);
            before.unwrap_or_else(|| salt(&name, value))
        });
        Ok(disclosed.collect())
    }
}

impl Scope<'_> {
    pub(crate) fn drafts(&self, visit: VisitId) -> Result<BTreeMap<AnswerPath, Value>> {
        let mut select = self
            .db
            .prepare_cached("SELECT path, value FROM draft WHERE visit = ?1")?;
        let mut rows = select.query([visit.to_bytes()])?;
        let mut drafts = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let value = serde_json::from_str(&row.get::<_, String>(1)?);
            drafts.insert(
                parse(&row.get::<_, String>(0)?)?,
                value.map_err(|error| damaged("a draft", error))?,
            );
        }
        Ok(drafts)
    }

    fn keep_draft(&self, visit: VisitId, path: &AnswerPath, value: &Value) -> Result<()> {
        if !value.is_allowed() {
            return Err(hudang_visit::document::DocumentError::Value.into());
        }
        let json = serde_json::to_string(value).map_err(|error| damaged("a draft", error))?;
        let mut put = self.db.prepare_cached(
            "INSERT INTO draft (visit, path, value) VALUES (?1, ?2, ?3)
             ON CONFLICT (visit, path) DO UPDATE SET value = excluded.value",
        )?;
        put.execute(params![visit.to_bytes(), path.to_string(), json])?;
        Ok(())
    }

    fn drop_draft(&self, visit: VisitId, path: &AnswerPath) -> Result<()> {
        self.db
            .prepare_cached("DELETE FROM draft WHERE visit = ?1 AND path = ?2")?
            .execute(params![visit.to_bytes(), path.to_string()])?;
        Ok(())
    }

    pub(crate) fn keep_snapshot(&self, snapshot: &Snapshot, disclosures: &[Disclosure]) -> Result<()> {
        self.db.execute(
            "INSERT INTO snapshot (hash, visit, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (hash) DO NOTHING",
            params![
                snapshot.hash().as_bytes(),
                snapshot.visit().to_bytes(),
                snapshot.bytes()
            ],
        )?;
        for disclosure in disclosures {
            self.keep_disclosure(snapshot.visit(), snapshot.hash().as_bytes(), disclosure)?;
        }
        Ok(())
    }

    fn keep_seed(&self, snapshot: &SnapshotHash, seed: &SaltSeed) -> Result<()> {
        self.db
            .prepare_cached("INSERT INTO salt_seed (snapshot, seed) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![snapshot.as_bytes(), seed.as_bytes()])?;
        Ok(())
    }

    /// The seed of a snapshot that this phone made and the server does not have yet.
    pub(crate) fn seed(&self, snapshot: &SnapshotHash) -> Result<Option<SaltSeed>> {
        let mut select = self
            .db
            .prepare_cached("SELECT seed FROM salt_seed WHERE snapshot = ?1")?;
        let seed = select
            .query_row([snapshot.as_bytes()], |row| row.get(0))
            .optional()?;
        Ok(seed.map(SaltSeed::from_bytes))
    }

    /// Keeps a value; `snapshot` is empty for the text of a remark.
    pub(crate) fn keep_disclosure(
        &self,
        visit: VisitId,
        snapshot: &[u8],
        disclosure: &Disclosure,
    ) -> Result<()> {
        let mut insert = self.db.prepare_cached(
            "INSERT INTO disclosure (digest, snapshot, visit, text) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (digest, snapshot) DO NOTHING",
        )?;
        let digest = SaltedDigest::of(disclosure).to_string();
        insert.execute(params![digest, snapshot, visit.to_bytes(), disclosure.as_str()])?;
        Ok(())
    }

    /// A snapshot with the values that are here.
    pub(crate) fn snapshot(&self, hash: &SnapshotHash) -> Result<Option<(Snapshot, Vec<Disclosure>)>> {
        let mut select = self
            .db
            .prepare_cached("SELECT bytes FROM snapshot WHERE hash = ?1")?;
        let bytes: Option<Vec<u8>> = select.query_row([hash.as_bytes()], |row| row.get(0)).optional()?;
        let Some(bytes) = bytes else { return Ok(None) };
        let snapshot = Snapshot::parse(&bytes).map_err(|error| damaged("a snapshot", error))?;
        let mut select = self
            .db
            .prepare_cached("SELECT text FROM disclosure WHERE snapshot = ?1 ORDER BY digest")?;
        let texts: Vec<String> = select
            .query_map([hash.as_bytes()], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let disclosures: Vec<Disclosure> = texts
            .iter()
            .map(|text| Disclosure::parse(text).map_err(|error| damaged("a disclosure", error)))
            .collect::<Result<_>>()?;
        Ok(Some((snapshot, disclosures)))
    }
}
