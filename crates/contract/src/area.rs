//! Areas of a contract: administrative codes, or names of the contract's own.
//!
//! Codes of digits nest (GB/T 2260, GB/T 10114): 152525 lies in 1525. Written with twelve digits a code ends
//! in zeros for the levels that it does not name; those are no part of it. Other codes only equal themselves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An area that the contract covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Its code, e.g. `152525`; as it stands in counts.
    pub code: String,
    /// Its name, e.g. `东乌珠穆沁旗`.
    pub name: String,
}

/// Where the levels of an administrative code end: province, league, banner, sumu, gacha.
const LEVELS: [usize; 5] = [2, 4, 6, 9, 12];

/// The code without the zeros of the levels that it does not name.
fn stem(code: &str) -> &str {
    if !is_administrative(code) {
        return code;
    }
    for end in LEVELS {
        if let Some((head, rest)) = code.split_at_checked(end)
            && rest.bytes().all(|c| c == b'0')
        {
            return head;
        }
    }
    code
}

fn is_administrative(code: &str) -> bool {
    LEVELS.contains(&code.len()) && code.bytes().all(|c| c.is_ascii_digit())
}

/// Whether what has the code `inner` lies in `outer` or is it.
pub fn lies_in(inner: &str, outer: &str) -> bool {
    if is_administrative(inner) && is_administrative(outer) {
        stem(inner).starts_with(stem(outer))
    } else {
        inner == outer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gacha_lies_in_its_banner() {
        assert!(lies_in("152525104201", "152525"));
        assert!(lies_in("152525104201", "152525000000"));
        assert!(lies_in("152525", "152525000000"));
        assert!(lies_in("152525000000", "152525"));
        assert!(lies_in("152525", "1525"));
        assert!(!lies_in("1525", "152525"));
        assert!(!lies_in("152526", "152525"));
    }

    #[test]
    fn other_names_only_equal_themselves() {
        assert!(lies_in("东乌旗", "东乌旗"));
        assert!(!lies_in("东乌旗一组", "东乌旗"));
        assert!(!lies_in("A-10", "A-1"));
    }
}
