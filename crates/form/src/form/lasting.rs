//! Rules that no answer decides: those for who judges are worked out once for a form.

use super::Form;
use super::analysis::Analyst;
use super::graph::{Aspect, Cell};
use super::question::{Choices, QuestionId};
use crate::expression::Expression;

/// Whether a rule looks at nothing but itself. Of choices the graph knows it.
pub(super) fn is_fixed(form: &Form, cell: &Cell, has_lasting_choices: bool) -> bool {
    let is_constant = |rule: &Option<Expression>| rule.as_ref().is_none_or(Expression::is_constant);
    let bind = &form.question(cell.question).bind;
    match cell.aspect {
        Aspect::Relevant => is_constant(&bind.relevant),
        Aspect::Readonly => is_constant(&bind.readonly),
        Aspect::Required => is_constant(&bind.required),
        Aspect::Choices => has_lasting_choices,
        _ => false,
    }
}

/// Whether what may be chosen looks at no answer, apart from how it reads.
pub(super) fn has_lasting_values(form: &Form, id: QuestionId) -> bool {
    let Some(Choices::Itemset(itemset)) = form.question(id).choices() else {
        return true;
    };
    let mut analyst = Analyst::at(form, id);
    analyst.move_to(&itemset.nodeset);
    analyst.values(&itemset.value);
    analyst.references.is_nothing()
}
