//! Functions of lists of choices: words apart by white space.

use super::call::Arguments;
use super::number::{self, is_space, leading_integer};
use super::text::words;
use super::{Evaluator, Result, Value};
use crate::tree::XML;

impl<'a> Evaluator<'a> {
    #[expect(clippy::unused_self, reason = "beside its sisters")]
    pub(super) fn selected(&self, arguments: &Arguments<'_, 'a>) -> Result<bool> {
        let (list, wanted) = (arguments.text(0)?, arguments.text(1)?);
        let wanted = wanted.trim_matches(is_space);
        let mut words = words(&list).peekable();
        if words.peek().is_none() {
            // An empty list holds the empty word and no other.
            return Ok(wanted.is_empty());
        }
        Ok(words.any(|word| word == wanted))
    }

    pub(super) fn selected_at(arguments: &Arguments<'_, 'a>) -> Result<String> {
        let list = arguments.text(0)?;
        let index = leading_integer(&arguments.text(1)?).and_then(|index| usize::try_from(index).ok());
        let word = index.and_then(|index| words(&list).nth(index));
        Ok(word.unwrap_or_default().to_owned())
    }

    /// The bounds of a checklist; −1 is no upper bound.
    fn bounds(arguments: &Arguments<'_, 'a>) -> Result<(f64, f64)> {
        let (least, most) = (arguments.number(0)?, arguments.number(1)?);
        let is_open = (most + 1.0).abs() < f64::EPSILON;
        Ok((least, if is_open { f64::INFINITY } else { most }))
    }

    pub(super) fn checklist(&self, arguments: &Arguments<'_, 'a>) -> Result<bool> {
        let (least, most) = Self::bounds(arguments)?;
        let mut count = 0.0;
        for index in 2..arguments.len() {
            count += self
                .truths(&arguments.value(index)?)
                .into_iter()
                .map(f64::from)
                .sum::<f64>();
        }
        Ok(least <= count && count <= most)
    }

    pub(super) fn weighted_checklist(&self, arguments: &Arguments<'_, 'a>) -> Result<bool> {
        let (least, most) = Self::bounds(arguments)?;
        let mut sum = 0.0;
        for index in (2..arguments.len()).step_by(2) {
            let truths = self.truths(&arguments.value(index)?);
            let weights = self.weights(&arguments.value(index + 1)?);
            if truths.len() < weights.len() {
                return Ok(false);
            }
            let pairs = truths.into_iter().zip(weights);
            sum += pairs
                .map(|(truth, weight)| f64::from(truth) * weight)
                .sum::<f64>();
        }
        Ok(least <= sum && sum <= most)
    }

    /// Of nodes, whether each holds something.
    fn truths(&self, value: &Value<'_>) -> Vec<u8> {
        match value {
            Value::Nodes(nodes) => nodes
                .iter()
                .map(|node| u8::from(!self.value_of(*node).trim_matches(is_space).is_empty()))
                .collect(),
            value => vec![u8::from(value.to_boolean())],
        }
    }

    fn weights(&self, value: &Value<'_>) -> Vec<f64> {
        match value {
            Value::Nodes(nodes) => nodes
                .iter()
                .map(|node| number::of_text(&self.value_of(*node), self.around))
                .collect(),
            value => vec![value.to_number(self.around)],
        }
    }

    pub(super) fn lang(&self, arguments: &Arguments<'_, 'a>) -> Result<bool> {
        let wanted = arguments.text(0)?.to_ascii_lowercase();
        let node = arguments.focus().node;
        let tree = self.tree(node);
        let mut above = std::iter::successors(Some(node.node), |at| tree.parent(*at));
        let named = above.find_map(|at| tree.attribute_of(at, Some(XML), "lang"));
        let named = named.unwrap_or_default().to_ascii_lowercase();
        let rest = named.strip_prefix(&*wanted);
        Ok(!wanted.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
    }
}
