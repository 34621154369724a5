//! What the demonstration must come to. Whatever it prints as a figure is held to what is expected of it, and a run in which
//! one differs fails with a message that names it.
//!
//! Nothing else of this program prints: [`say`] takes words that stand in the source, [`Ledger::name`] refuses numbers.

use core::fmt;

use hudang_print::println;
use serde_json::Value;

/// What was printed, and where it differs from what was expected.
#[derive(Default)]
pub(crate) struct Ledger {
    figures: usize,
    differences: Vec<String>,
}

/// What a figure must be.
pub(crate) enum Expected {
    Exactly(String),
    AtLeast(u64),
}

impl From<u64> for Expected {
    fn from(number: u64) -> Self {
        Self::Exactly(number.to_string())
    }
}

impl From<&str> for Expected {
    fn from(text: &str) -> Self {
        Self::Exactly(text.to_owned())
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(text) => f.write_str(text),
            Self::AtLeast(number) => write!(f, "≥ {number}"),
        }
    }
}

impl Expected {
    fn is(&self, found: &str) -> bool {
        match self {
            Self::Exactly(text) => text == found,
            Self::AtLeast(number) => found.parse::<u64>().is_ok_and(|found| found >= *number),
        }
    }
}

/// What was found, as it is printed.
pub(crate) trait Found {
    fn found(self) -> String;
}

impl Found for usize {
    fn found(self) -> String {
        self.to_string()
    }
}

impl Found for u64 {
    fn found(self) -> String {
        self.to_string()
    }
}

impl Found for &str {
    fn found(self) -> String {
        self.to_owned()
    }
}

impl Found for String {
    fn found(self) -> String {
        self
    }
}

/// A member of an answer; where it is not there, that is what was found.
impl Found for &Value {
    fn found(self) -> String {
        match self {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

impl Ledger {
    /// What is called how: an address, a file, a command. A number is a figure and goes by [`Ledger::figure`].
    pub(crate) fn name(&mut self, label: &'static str, name: &str) {
        if name.parse::<f64>().is_ok() {
            self.differences.push(format!(
                "{label} {name}：数字未经核对（a number that nothing was expected of）"
            ));
        }
        println!("{label}：{name}");
    }

    /// A figure with what it counts, e.g. `已接收：24 户次`.
    pub(crate) fn figure(
        &mut self,
        figure: &str,
        expected: impl Into<Expected>,
        found: impl Found,
        unit: &'static str,
    ) {
        let (expected, found) = (expected.into(), found.found());
        let space = if unit.is_empty() { "" } else { " " };
        self.figures += 1;
        if expected.is(&found) {
            println!("{figure}：{found}{space}{unit}");
        } else {
            println!("{figure}：{found}{space}{unit}　← 应为 {expected}");
            self.differences.push(format!(
                "{figure}：应为 {expected}，实为 {found} (expected {expected}, found {found})"
            ));
        }
    }

    /// A text of many figures, e.g. a table, line by line as it is expected.
    pub(crate) fn text(&mut self, what: &str, expected: &str, found: &str) {
        self.figures += 1;
        println!("{found}");
        let (expected, found) = (expected.trim_end(), found.trim_end());
        if expected != found {
            self.differences.push(format!(
                "{what}：应为 (expected)\n{expected}\n实为 (found)\n{found}"
            ));
        }
    }

    /// Whether everything that was printed is as expected; otherwise an error that names what is not.
    pub(crate) fn close(self) -> anyhow::Result<()> {
        if self.differences.is_empty() {
            println!("\n以上 {} 项数字均与预期一致。", self.figures);
            return Ok(());
        }
        anyhow::bail!(
            "演示结果与预期不符 (the demonstration does not come to what it must):\n- {}",
            self.differences.join("\n- ")
        )
    }
}

/// Words without a figure.
pub(crate) fn say(words: &'static str) {
    println!("{words}");
}

/// One line of JSON for the program that started this one.
pub(crate) fn for_program(told: &Value) {
    println!("{told}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_differs_is_named_with_what_was_expected_and_found() {
        let mut ledger = Ledger::default();
        ledger.figure("已接收", 24, 24_usize, "户次");
        ledger.figure("中断", Expected::AtLeast(1), &Value::from(3), "次");
        ledger.text("表", "一 12\n", "一 12\n");
        ledger.name("服务", "https://127.0.0.1:8443");
        ledger.close().unwrap();

        let mut ledger = Ledger::default();
        ledger.figure("已接收", 24, 24_usize, "户次");
        ledger.figure("已计数", 22, 0_usize, "户次");
        ledger.figure("中断", Expected::AtLeast(1), &Value::Null, "次");
        ledger.text("表", "一 12", "一 11");
        ledger.name("剩余", "7");
        let said = ledger.close().unwrap_err().to_string();
        for part in [
            "已计数：应为 22，实为 0",
            "中断：应为 ≥ 1，实为 null",
            "一 12\n实为 (found)\n一 11",
            "剩余 7",
        ] {
            assert!(said.contains(part), "{said}");
        }
        assert!(!said.contains("已接收"), "{said}");
    }
}
