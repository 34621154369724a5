//! Which form holds for a contract from which day: a decision of the purchaser outside of what is signed (EVIDENCE §1.10 R5).

use chrono::NaiveDate;
use hudang_contract::history::{History, Publication};
use hudang_evidence::id::{ContractId, FormHash};
use hudang_evidence::time::WallTime;
use hudang_visit::questionnaire::head;

use crate::archive::Archive;
use crate::contracts;
use crate::decision::{self, Decision};
use crate::derive;
use crate::error::{ArchiveError, Result};
use crate::roles::Act;
use crate::viewer::Viewer;
use crate::writer::Scope;

impl Archive {
    /// Publishes a form to a contract: its visits are made with it from a day on. The contract's first form holds ever since,
    /// a later one from the day of `now`, where `from` does not say. Saying the same again changes nothing.
    pub fn publish_form(
        &self,
        viewer: &Viewer,
        contract: &ContractId,
        publication: Publication,
        from: Option<NaiveDate>,
        now: WallTime,
    ) -> Result<()> {
        viewer.check(Act::PublishForm)?;
        let (by, contract) = (viewer.clone(), contract.clone());
        self.submit(move |scope| {
            contracts::check_seen(scope.db, &by, &contract)?;
            check(scope, &publication)?;
            let published = derive::publications(scope.db, &contract)?;
            let newest = published.newest();
            if from.is_none() && newest.is_some_and(|newest| newest.what == publication) {
                return Ok(());
            }
            let from = from.or_else(|| newest.map(|_| now.day()));
            let Publication { form, identity } = publication;
            let decision = Decision::FormPublication {
                contract,
                form,
                from,
                identity,
            };
            decision::record(scope, now, &by, decision).map(|_| ())
        })
    }

    /// The forms that were published to a contract, in the order in which that was decided.
    pub fn publications(&self, viewer: &Viewer, contract: &ContractId) -> Result<History<Publication>> {
        viewer.check(Act::SeeVisits)?;
        self.read(|db| {
            contracts::check_seen(db, viewer, contract)?;
            derive::publications(db, contract)
        })
    }
}

/// The form is known, and has the question that is to hold the identity number.
fn check(scope: &Scope<'_>, publication: &Publication) -> Result<()> {
    let form = derive::questionnaire(scope.db, scope.known, publication.form)?;
    let form = form.ok_or_else(|| ArchiveError::Unknown {
        what: "form",
        name: publication.form.to_string(),
    })?;
    if publication.identity.is_empty() || head::is_asked(&form, &publication.identity) {
        return Ok(());
    }
    let path = &publication.identity;
    Err(ArchiveError::refused(
        "FORM-IDENTITY",
        format!("问卷中没有“{path}”这道题，或它在重复组内；请写户主身份证号那道题的路径。"),
        format!(
            "The form has no question {path:?} outside of repeats; name the one of the head's identity number."
        ),
    ))
}

/// Refuses an assignment with a form that the contract does not have from this day on.
pub(crate) fn check_assigned(
    scope: &Scope<'_>,
    contract: &ContractId,
    form: FormHash,
    today: NaiveDate,
) -> Result<()> {
    let published = derive::publications(scope.db, contract)?;
    let in_force = published.on(today).is_some_and(|item| item.what.form == form);
    let to_come = published
        .items()
        .iter()
        .any(|item| item.what.form == form && item.from.is_some_and(|from| from > today));
    if in_force || to_come {
        return Ok(());
    }
    Err(ArchiveError::refused(
        "FORM-FOREIGN",
        "这份问卷没有为该合同发布，或已被后来发布的问卷替换；请先发布问卷（hudang form publish 文件 --contract 合同）。",
        "This form was not published to the contract, or another has replaced it; publish it first \
         (hudang form publish FILE --contract ID).",
    ))
}
