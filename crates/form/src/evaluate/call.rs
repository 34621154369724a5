//! Which function does what.

use std::borrow::Cow;

use super::{Dated, Dialect, Evaluator, Focus, NodeSet, Result, Surroundings, Value, fail, number, random};
use crate::expression::{Call, Cause, Function, Part, Span};

/// A text made of others is no longer than this.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// The arguments of a call, worked out only when they are asked for.
pub(super) struct Arguments<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
    parts: &'a [Part],
    focus: Focus,
    pub(super) span: Span,
}

impl<'a> Arguments<'_, 'a> {
    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    pub(super) fn part(&self, index: usize) -> Result<&'a Part> {
        let ends = || fail(self.span, Cause::Ends("an argument"));
        self.parts.get(index).ok_or_else(ends)
    }

    pub(super) fn value(&self, index: usize) -> Result<Value<'a>> {
        self.evaluator.part(self.part(index)?, self.focus)
    }

    /// The argument, or the node at hand where there is none.
    pub(super) fn value_or_node(&self, index: usize) -> Result<Value<'a>> {
        if index < self.len() {
            return self.value(index);
        }
        Ok(Value::Nodes(NodeSet::one(self.focus.node)))
    }

    pub(super) fn text(&self, index: usize) -> Result<Cow<'a, str>> {
        self.evaluator.text(self.part(index)?, self.focus)
    }

    pub(super) fn number(&self, index: usize) -> Result<f64> {
        self.evaluator.number(self.part(index)?, self.focus)
    }

    pub(super) fn boolean(&self, index: usize) -> Result<bool> {
        self.evaluator.boolean(self.part(index)?, self.focus)
    }

    pub(super) fn nodes(&self, index: usize) -> Result<NodeSet> {
        self.evaluator.nodes(self.part(index)?, self.focus)
    }

    /// Every argument from `first` on; nodes one by one.
    pub(super) fn each(&self, first: usize) -> Result<Vec<Value<'a>>> {
        let mut values = Vec::new();
        for index in first..self.len() {
            match self.value(index)? {
                Value::Nodes(nodes) => {
                    // As text a node is what it holds, and that is all that is asked of it here.
                    let texts = nodes
                        .iter()
                        .map(|node| Value::Text(self.evaluator.value_of(*node)));
                    values.extend(texts);
                }
                value => values.push(value),
            }
        }
        Ok(values)
    }

    pub(super) fn texts(&self, first: usize) -> Result<Vec<Cow<'a, str>>> {
        let values = self.each(first)?;
        Ok(values
            .into_iter()
            .map(|value| value.into_text(self.evaluator.around))
            .collect())
    }

    /// Every argument from `first` on as one text, with the separator between. Calculations that double each other's
    /// texts would soon fill any memory.
    pub(super) fn joined(&self, first: usize, separator: &str) -> Result<String> {
        let mut joined = String::new();
        let mut is_first = true;
        let mut push = |piece: &str| {
            let separator = if is_first { "" } else { separator };
            if joined.len() + separator.len() + piece.len() > TEXT_BYTES_MAX {
                return Err(fail(self.span, Cause::TextTooLong(TEXT_BYTES_MAX)));
            }
            is_first = false;
            joined.push_str(separator);
            joined.push_str(piece);
            Ok(())
        };
        for index in first..self.len() {
            match self.value(index)? {
                Value::Nodes(nodes) => {
                    for node in nodes.iter() {
                        push(&self.evaluator.value_of(*node))?;
                    }
                }
                value => push(&value.to_text(self.evaluator.around))?,
            }
        }
        Ok(joined)
    }

    pub(super) fn numbers(&self, first: usize) -> Result<Vec<f64>> {
        let values = self.each(first)?;
        Ok(values
            .iter()
            .map(|value| value.to_number(self.evaluator.around))
            .collect())
    }

    pub(super) fn around(&self) -> &'a dyn Surroundings {
        self.evaluator.around
    }

    pub(super) fn focus(&self) -> Focus {
        self.focus
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn call(&self, call: &'a Call, span: Span, focus: Focus) -> Result<Value<'a>> {
        if let Some(problem) = call.problem(span) {
            return Err(problem);
        }
        let Some(function) = call.function else {
            return Err(fail(span, Cause::NotNodes));
        };
        let arguments = Arguments {
            evaluator: self,
            parts: &call.arguments,
            focus,
            span,
        };
        self.logic(function, &arguments)
    }

    /// Truth and choice; what is left goes on to numbers.
    fn logic(&self, function: Function, arguments: &Arguments<'_, 'a>) -> Result<Value<'a>> {
        let truth = match function {
            Function::True => true,
            Function::False => false,
            Function::Boolean => arguments.boolean(0)?,
            Function::Not => !arguments.boolean(0)?,
            Function::BooleanFromString => matches!(&*arguments.text(0)?, "1" | "true"),
            Function::If => return arguments.value(if arguments.boolean(0)? { 1 } else { 2 }),
            Function::Checklist => self.checklist(arguments)?,
            Function::WeightedChecklist => self.weighted_checklist(arguments)?,
            Function::Selected => self.selected(arguments)?,
            Function::Lang => self.lang(arguments)?,
            Function::Geofence => self.geofence(arguments)?,
            Function::StartsWith => arguments.text(0)?.starts_with(&*arguments.text(1)?),
            Function::EndsWith => arguments.text(0)?.ends_with(&*arguments.text(1)?),
            Function::Contains => arguments.text(0)?.contains(&*arguments.text(1)?),
            Function::Regex => self.regex(arguments)?,
            _ => return self.mathematics(function, arguments),
        };
        Ok(Value::Boolean(truth))
    }

    fn mathematics(&self, function: Function, arguments: &Arguments<'_, 'a>) -> Result<Value<'a>> {
        let of_one = |of: fn(f64) -> f64| arguments.number(0).map(of);
        let result = match function {
            Function::Abs => of_one(f64::abs)?,
            Function::Acos => of_one(f64::acos)?,
            Function::Asin => of_one(f64::asin)?,
            Function::Atan => of_one(f64::atan)?,
            Function::Atan2 => arguments.number(0)?.atan2(arguments.number(1)?),
            Function::Ceiling => of_one(f64::ceil)?,
            Function::Cos => of_one(f64::cos)?,
            Function::Exp => of_one(f64::exp)?,
            Function::Exp10 => of_one(|number| 10_f64.powf(number))?,
            Function::Floor => of_one(f64::floor)?,
            Function::Int => of_one(f64::trunc)?,
            Function::Log => of_one(f64::ln)?,
            Function::Log10 => of_one(f64::log10)?,
            Function::Pi => std::f64::consts::PI,
            Function::Pow => power(arguments.number(0)?, arguments.number(1)?),
            Function::Random => random::unit(self.around.chance()),
            Function::Round => self.round(arguments)?,
            Function::Sin => of_one(f64::sin)?,
            Function::Sqrt => of_one(f64::sqrt)?,
            Function::Tan => of_one(f64::tan)?,
            Function::Sum => sum(&arguments.numbers(0)?),
            Function::Max => extreme(&arguments.numbers(0)?, f64::max),
            Function::Min => extreme(&arguments.numbers(0)?, f64::min),
            Function::Number => return self.to_number(arguments),
            Function::Area => self.area(arguments)?,
            Function::Distance => self.distance(arguments)?,
            _ => return self.texts(function, arguments),
        };
        Ok(Value::Number(result))
    }

    /// `number()`; of a date it is one that reads as its whole days.
    fn to_number(&self, arguments: &Arguments<'_, 'a>) -> Result<Value<'a>> {
        let value = arguments.value_or_node(0)?;
        if matches!(value, Value::Number(_) | Value::Dated(_)) {
            return Ok(value);
        }
        if self.dialect == Dialect::Odk && matches!(value, Value::Text(_) | Value::Nodes(_)) {
            let text = value.into_text(self.around);
            let moment = super::Moment::parse(&text, *self.around.now().offset());
            return Ok(match moment {
                Some(moment) => Value::Dated(Dated::in_days(moment)),
                None => Value::Number(number::parse(&text)),
            });
        }
        Ok(Value::Number(value.to_number(self.around)))
    }

    fn round(&self, arguments: &Arguments<'_, 'a>) -> Result<f64> {
        let value = arguments.number(0)?;
        if self.dialect == Dialect::XPath {
            return Ok(number::round_half_up(value));
        }
        let places = if arguments.len() > 1 {
            arguments.number(1)?
        } else {
            0.0
        };
        let scale = 10_f64.powf(places);
        // Halves away from zero, as JavaRosa does.
        let rounded = number::round_half_up(value.abs() * scale) / scale;
        Ok(if value < 0.0 { -rounded } else { rounded })
    }
}

/// JavaScript's and Java's rule where they differ from C's: one to the power of no number is no number.
fn power(base: f64, exponent: f64) -> f64 {
    if base.is_nan() || exponent.is_nan() {
        return f64::NAN;
    }
    base.powf(exponent)
}

/// The sum of no numbers is no number, so that it is shown as nothing.
fn sum(numbers: &[f64]) -> f64 {
    if numbers.is_empty() {
        return f64::NAN;
    }
    numbers.iter().sum()
}

fn extreme(numbers: &[f64], choose: fn(f64, f64) -> f64) -> f64 {
    if numbers.iter().any(|number| number.is_nan()) {
        return f64::NAN;
    }
    numbers.iter().copied().reduce(choose).unwrap_or(f64::NAN)
}
