//! Ways that the model knows: `/data/basics/outcome` and `../has_id` lead to one node whatever is answered, so that the
//! rules of a form need not compare names to find it.

use super::{Form, QuestionId};
use crate::expression::{Axis, Expression, Function, Kind, Origin, Part, Path, Shortcut, Start, Step, Test};

/// Notes the shortcuts of all rules of a form.
pub(super) fn lay(form: &Form) {
    for index in 0..form.questions().len() {
        let question = QuestionId::of_index(index);
        let bind = &form.question(question).bind;
        let rules = [
            &bind.relevant,
            &bind.required,
            &bind.readonly,
            &bind.constraint,
            &bind.calculate,
        ];
        for rule in rules.into_iter().flatten() {
            Surveyor { form, question }.expression(rule);
        }
    }
}

/// Walks the rules of one question.
struct Surveyor<'f> {
    form: &'f Form,
    question: QuestionId,
}

impl Surveyor<'_> {
    fn expression(&self, rule: &Expression) {
        self.part(rule.root(), true);
    }

    /// `is_here` says whether a part is worked out at the question's own node: in predicates it is not.
    fn part(&self, part: &Part, is_here: bool) {
        if let Kind::Path(path) = &part.kind {
            if let Some(shortcut) = self.shortcut(path, is_here) {
                path.shorten(shortcut);
            }
            if let Start::Part(start, predicates) = &path.start {
                self.part(start, is_here);
                self.parts(predicates, false);
            }
            for step in &path.steps {
                self.parts(&step.predicates, false);
            }
            return;
        }
        part.each_inner(&mut |inner| self.part(inner, is_here));
    }

    fn parts(&self, parts: &[Part], is_here: bool) {
        for part in parts {
            self.part(part, is_here);
        }
    }

    fn shortcut(&self, path: &Path, is_here: bool) -> Option<Shortcut> {
        let origin = match &path.start {
            Start::Root => Origin::Root,
            Start::Context if is_here => Origin::Context,
            Start::Part(part, predicates) if predicates.is_empty() && is_current(part) => Origin::Current,
            _ => return None,
        };
        let mut steps = path.steps.iter();
        let mut at = self.question;
        if origin == Origin::Root {
            let root = self.form.question(QuestionId::ROOT);
            if steps.next().and_then(plain_child)? != &*root.name.local || !root.name.is_plain() {
                return None;
            }
            at = QuestionId::ROOT;
        }
        let (mut up, mut down) = (0, Vec::new());
        for step in steps {
            match (step.axis, &step.test) {
                _ if !step.predicates.is_empty() => return None,
                (Axis::Itself, Test::Node) => {}
                (Axis::Parent, Test::Node) => {
                    at = self.form.question(at).parent?;
                    if down.pop().is_none() {
                        up += 1;
                    }
                }
                _ => {
                    at = self.only_child(at, plain_child(step)?)?;
                    down.push(self.form.question(at).slot);
                }
            }
        }
        Some(Shortcut::new(origin, up, down))
    }

    /// The only node of this name below another; repeats may be there any number of times.
    fn only_child(&self, parent: QuestionId, local: &str) -> Option<QuestionId> {
        let children = self.form.question(parent).children.iter().copied();
        let mut named = children.filter(|child| {
            let name = &self.form.question(*child).name;
            *name.local == *local && name.is_plain()
        });
        let (first, second) = (named.next()?, named.next());
        let is_alone = second.is_none() && self.form.question(first).repeat().is_none();
        is_alone.then_some(first)
    }
}

fn plain_child(step: &Step) -> Option<&str> {
    match (step.axis, &step.test) {
        (Axis::Child, Test::Name { prefix: None, local }) if step.predicates.is_empty() => Some(local),
        _ => None,
    }
}

fn is_current(part: &Part) -> bool {
    matches!(&part.kind, Kind::Call(call) if call.function == Some(Function::Current) && call.arguments.is_empty())
}
