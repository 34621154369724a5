//! What a form says about the answers under a seal.
//!
//! A seal fixes form, answers, time and outcome, so that it is judged once, however often its visit is looked at: mostly
//! while a push is prepared, before the writer's turn, where many are judged side by side.

use std::sync::Arc;

use hudang_evidence::seal::Seal;
use hudang_evidence::snapshot::Revealed;
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::judge::{Sitting, Verdict, judge};

use crate::known::Known;

/// Verdicts with more findings are not kept in memory: whoever sends them shall not fill it.
const FINDINGS_KEPT_MAX: usize = 64;

/// Holds answers to the form that their seal names.
pub(crate) fn verdict(known: &Known, seal: &Seal, form: &Questionnaire, answers: &Revealed) -> Arc<Verdict> {
    // With values missing it hangs on which are here.
    let is_whole = answers.withheld == 0;
    if let Some(found) = is_whole.then(|| known.verdicts.get(&seal.id())).flatten() {
        return found;
    }
    let body = seal.body();
    let sitting = Sitting {
        visit: body.visit,
        sealed: body.wall,
        outcome: body.outcome,
    };
    let found = Arc::new(judge(form, answers, sitting));
    if is_whole && found.findings.len() <= FINDINGS_KEPT_MAX {
        known.verdicts.put(seal.id(), Arc::clone(&found));
    }
    found
}
