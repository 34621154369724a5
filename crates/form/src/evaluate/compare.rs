//! `=`, `<` and their kin. Of nodes, any one suffices (XPath 1.0 §3.4).

use super::{Evaluator, Value};
use crate::expression::Comparison;

impl Evaluator<'_> {
    pub(super) fn compare(&self, comparison: Comparison, left: &Value<'_>, right: &Value<'_>) -> bool {
        let is_equality = matches!(comparison, Comparison::Equal | Comparison::Unequal);
        if is_equality && (matches!(left, Value::Boolean(_)) || matches!(right, Value::Boolean(_))) {
            return (left.to_boolean() == right.to_boolean()) == (comparison == Comparison::Equal);
        }
        match (left, right) {
            (Value::Nodes(left), _) => left.iter().any(|node| {
                let left = Value::Text(self.value_of(*node));
                self.compare_with(comparison, &left, right)
            }),
            _ => self.compare_with(comparison, left, right),
        }
    }

    /// `left` is no longer nodes.
    fn compare_with(&self, comparison: Comparison, left: &Value<'_>, right: &Value<'_>) -> bool {
        match right {
            Value::Nodes(right) => right.iter().any(|node| {
                let right = Value::Text(self.value_of(*node));
                self.compare_one(comparison, left, &right)
            }),
            _ => self.compare_one(comparison, left, right),
        }
    }

    fn compare_one(&self, comparison: Comparison, left: &Value<'_>, right: &Value<'_>) -> bool {
        let numbers = || (left.to_number(self.around), right.to_number(self.around));
        match comparison {
            Comparison::Equal => self.is_equal(left, right),
            Comparison::Unequal => !self.is_equal(left, right),
            Comparison::Less => {
                let (left, right) = numbers();
                left < right
            }
            Comparison::LessOrEqual => {
                let (left, right) = numbers();
                left <= right
            }
            Comparison::Greater => {
                let (left, right) = numbers();
                left > right
            }
            Comparison::GreaterOrEqual => {
                let (left, right) = numbers();
                left >= right
            }
        }
    }

    #[expect(clippy::float_cmp, reason = "equality of numbers is what the form asks")]
    fn is_equal(&self, left: &Value<'_>, right: &Value<'_>) -> bool {
        match (left, right) {
            (Value::Text(left), Value::Text(right)) => left == right,
            _ => left.to_number(self.around) == right.to_number(self.around),
        }
    }
}
