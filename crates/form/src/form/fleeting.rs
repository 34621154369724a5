//! Which calculations give something else when they are made again, and which of them are drawn once and kept.

use std::collections::BTreeSet;

use super::{Form, InstanceSource, QuestionId};
use crate::expression::{Call, Expression, Function, Kind};

/// The questions of a form whose calculation is fleeting.
pub(super) fn of(form: &Form) -> BTreeSet<QuestionId> {
    calculated_with(form, &|call| is_call_fleeting(form, call))
}

/// The questions of a form whose calculation is drawn: by chance, or once and for all.
pub(super) fn drawn(form: &Form) -> BTreeSet<QuestionId> {
    calculated_with(form, &|call| match call.function {
        Some(Function::Random | Function::Uuid | Function::Once) => true,
        // With a seed of its own it follows from the answers.
        Some(Function::Randomize) => call.arguments.len() < 2,
        _ => false,
    })
}

fn calculated_with(form: &Form, is_meant: &dyn Fn(&Call) -> bool) -> BTreeSet<QuestionId> {
    let all = (0..form.questions().len()).map(QuestionId::of_index);
    all.filter(|id| {
        let calculate = form.question(*id).bind.calculate.as_ref();
        calculate.is_some_and(|calculate| has_call(calculate, is_meant))
    })
    .collect()
}

fn has_call(expression: &Expression, is_meant: &dyn Fn(&Call) -> bool) -> bool {
    let mut found = false;
    expression.root().visit(&mut |part| {
        if let Kind::Call(call) = &part.kind {
            found |= is_meant(call);
        }
    });
    found
}

fn is_call_fleeting(form: &Form, call: &Call) -> bool {
    match call.function {
        Some(
            Function::Now
            | Function::Today
            | Function::Random
            | Function::Randomize
            | Function::Uuid
            | Function::Once,
        ) => true,
        Some(Function::Instance) => {
            let id = match call.arguments.first().map(|first| &first.kind) {
                Some(Kind::Text(id)) => form.instance(id),
                _ => None,
            };
            id == Some(InstanceSource::LastSaved)
        }
        _ => false,
    }
}
