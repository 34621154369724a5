//! Which calculations give something else when they are made again.

use std::collections::BTreeSet;

use super::{Form, InstanceSource, QuestionId};
use crate::expression::{Call, Expression, Function, Kind};

/// The questions of a form whose calculation is fleeting.
pub(super) fn of(form: &Form) -> BTreeSet<QuestionId> {
    let all = (0..form.questions().len()).map(QuestionId::of_index);
    all.filter(|id| {
        let calculate = form.question(*id).bind.calculate.as_ref();
        calculate.is_some_and(|calculate| is_fleeting(form, calculate))
    })
    .collect()
}

/// The questions of a form whose value is drawn: `once(…)`, or chance that looks at no answer, e.g. `uuid()`. What mixes
/// chance with answers follows the answers and is not among them.
pub(super) fn drawn(form: &Form) -> BTreeSet<QuestionId> {
    let all = (0..form.questions().len()).map(QuestionId::of_index);
    all.filter(|id| {
        let calculate = form.question(*id).bind.calculate.as_ref();
        calculate.is_some_and(is_drawn)
    })
    .collect()
}

fn is_drawn(expression: &Expression) -> bool {
    let (mut once, mut chance, mut looks) = (false, false, false);
    expression.root().visit(&mut |part| match &part.kind {
        Kind::Call(call) => match call.function {
            Some(Function::Once) => once = true,
            Some(Function::Random | Function::Randomize | Function::Uuid) => chance = true,
            _ => {}
        },
        Kind::Path(_) => looks = true,
        _ => {}
    });
    once || chance && !looks
}

fn is_fleeting(form: &Form, expression: &Expression) -> bool {
    let mut found = false;
    expression.root().visit(&mut |part| {
        if let Kind::Call(call) = &part.kind {
            found |= is_call_fleeting(form, call);
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
