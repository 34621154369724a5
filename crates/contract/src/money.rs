//! Money in whole fen 分, never a float.

use core::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An amount in fen: a hundredth of a yuan.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Fen(pub i64);

impl Fen {
    /// The amount so many times; `None` where it does not fit.
    pub fn times(self, count: u64) -> Option<Self> {
        i64::try_from(count)
            .ok()
            .and_then(|count| self.0.checked_mul(count))
            .map(Self)
    }

    /// Both together; `None` where they do not fit.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_in_yuan() {
        let texts = [Fen(0), Fen(5), Fen(-105), Fen(1_234_567)].map(|fen| fen.to_string());
        assert_eq!(texts, ["0.00", "0.05", "-1.05", "12345.67"]);
        assert_eq!(Fen(150).times(3).and_then(|sum| sum.plus(Fen(1))), Some(Fen(451)));
        assert_eq!(Fen(i64::MAX).times(2), None);
    }
}
