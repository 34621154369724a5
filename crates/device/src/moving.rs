//! Taking a draft over to another form: a preview, and the step itself as one commit.
//!
//! Both forms' answers are stated: what stood before the step by the form that asked it, what stands after it by the
//! new one. So nothing that people wrote is lost, and a seal with the new form follows from the chains.

use std::sync::Arc;

use hudang_evidence::id::{FormHash, PersonId, VisitId};
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::filling::Occasion;
use hudang_visit::questionnaire::moving::{Plan, left_behind, plan};
use hudang_visit::value::{AnswerPath, Value};
use rusqlite::params;

use crate::desk::Desk;
use crate::device::{Device, Scope};
use crate::documents::About;
use crate::error::{DeviceError, Result};

impl Device {
    /// What would become of a draft that goes over to a form of this phone. Changes nothing.
    pub fn plan_move(&self, visit: VisitId, form: &FormHash) -> Result<Plan> {
        let scope = self.scope();
        let about = scope.about(visit)?.ok_or(DeviceError::VisitUnknown)?;
        scope.check_unsealed(visit)?;
        scope.plan_move(visit, &about, &scope.read_document(visit)?, form)
    }

    /// Takes a draft over to another form, as [`plan_move`](Self::plan_move) showed it; refused where that has changed
    /// since, where anything is still being typed or stands in conflict, and once anybody has sealed the visit. The
    /// person must be unlocked: the step is stated.
    pub fn move_to_form(&mut self, person: &PersonId, visit: VisitId, shown: &Plan) -> Result<()> {
        self.commit(|scope| {
            let dev = scope.holder(person)?.dev;
            scope.signer(dev)?;
            let mut desk = Desk::take(scope, visit, dev)?;
            scope.check_unsealed(visit)?;
            desk.check_settled()?;
            if scope.plan_move(visit, &desk.about, &desk.document, &shown.to)? != *shown {
                return Err(DeviceError::PlanChanged);
            }
            desk.confirm(None)?;
            shown.apply(&mut desk.document)?;
            scope.ask_form(visit, shown.to)?;
            desk.about.form = shown.to;
            // Its session is with the form before.
            desk.filling = None;
            desk.confirm(None)?;
            desk.put_away()
        })
    }

    /// Answers of a visit that its form does not ask: of a form before it, and what a partner wrote by that one after
    /// the visit had been taken over.
    pub fn left_behind(&self, visit: VisitId) -> Result<Vec<(AnswerPath, Value)>> {
        let scope = self.scope();
        let form = scope.form_of(visit)?;
        let left = left_behind(&form, &scope.read_document(visit)?)?;
        Ok(left.into_iter().collect())
    }
}

impl Scope<'_> {
    fn plan_move(
        &self,
        visit: VisitId,
        about: &About,
        document: &VisitDocument,
        form: &FormHash,
    ) -> Result<Plan> {
        let to = self.questionnaire(form)?.ok_or(DeviceError::FormUnknown)?;
        let occasion = Occasion {
            visit,
            opened: self.opened(visit)?,
            now: self.wall(),
        };
        // What a person is shown holds until the answers change, not until the clock does.
        let occasion = Occasion {
            now: occasion.opened,
            ..occasion
        };
        Ok(plan(&*self.form_to_ask(about)?, &to, document, occasion)?)
    }

    /// A visit that anybody sealed stays with the form that was sealed.
    fn check_unsealed(&self, visit: VisitId) -> Result<()> {
        if self.seals(visit)?.is_empty() {
            Ok(())
        } else {
            Err(DeviceError::VisitSealed)
        }
    }

    /// Notes which form is asked, as the document says it.
    pub(crate) fn ask_form(&self, visit: VisitId, form: FormHash) -> Result<()> {
        self.db
            .prepare_cached("UPDATE visit SET form = ?2 WHERE id = ?1")?
            .execute(params![visit.to_bytes(), form.as_bytes()])?;
        Ok(())
    }

    /// The form to ask: the one that the visit was taken over to, as long as that is not here the one before.
    pub(crate) fn form_to_ask(&self, about: &About) -> Result<Arc<Questionnaire>> {
        if let Some(form) = self.questionnaire(&about.form)? {
            return Ok(form);
        }
        self.questionnaire(&about.began)?.ok_or(DeviceError::FormUnknown)
    }
}
