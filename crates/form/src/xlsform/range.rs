//! The numbers of a range question and how they must fit each other.

use super::choices::Choices;
use super::kind::Kind;
use super::parameters::Parameters;
use super::problem::{Place, Problems};

/// A decimal of a parameter, exact: `0.1` steps must divide `0.6`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Decimal(i128);

/// Digits after the period that are kept.
const PLACES: usize = 12;
const ONE: i128 = 1_000_000_000_000;

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if digits == "." || digits.is_empty() || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        if whole.len() > 18 || fraction.len() > PLACES {
            return None;
        }
        let whole = if whole.is_empty() {
            0
        } else {
            whole.parse::<i128>().ok()?
        };
        let fraction = format!("{fraction:0<PLACES$}").parse::<i128>().ok()?;
        Some(Self(sign * (whole * ONE + fraction)))
    }

    fn is_multiple_of(self, step: Self) -> bool {
        step.0 != 0 && self.0 % step.0 == 0
    }

    fn is_whole(self) -> bool {
        self.0 % ONE == 0
    }
}

/// What a range becomes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Range {
    /// Attributes of the control.
    pub(super) attributes: Vec<(String, String)>,
    /// Whether its answers are decimals.
    pub(super) is_decimal: bool,
    /// The list whose labels stand at its ticks.
    pub(super) labels: Option<String>,
}

/// Checks the parameters of a range.
pub(super) fn range(
    given: &Parameters,
    appearance: Option<&str>,
    choices: &Choices,
    place: &Place,
    problems: &mut Problems,
) -> Range {
    let mut check = Check { place, problems };
    let ticks = ["tick_interval", "placeholder", "tick_labelset"];
    if let Some(appearance) = appearance
        && !appearance.contains("vertical")
        && !appearance.contains("no-ticks")
        && ticks.iter().any(|key| given.get(key).is_some())
    {
        check.problems.add(place.clone(), Kind::RangeAppearance {});
    }
    let mut all = given.clone();
    for (key, value) in [("start", "1"), ("end", "10"), ("step", "1")] {
        if all.get(key).is_none() {
            all.set(key, value.to_owned());
        }
    }
    let numbers = ["start", "end", "step", "tick_interval", "placeholder"].map(|key| check.number(&all, key));
    let [start, end, step, interval, placeholder] = numbers;
    if let (Some(start), Some(end), Some(step)) = (start, end, step) {
        let limits = Limits {
            start,
            end,
            step,
            interval,
        };
        check.limits(&limits, placeholder);
        if let Some(list) = all.get("tick_labelset") {
            check.labels(&limits, list, appearance, choices);
        }
    }
    let labels = all.remove("tick_labelset");
    for (key, attribute) in [
        ("tick_interval", "odk:tick-interval"),
        ("placeholder", "odk:placeholder"),
    ] {
        if let Some(value) = all.remove(key) {
            all.set(attribute, value);
        }
    }
    let is_decimal = numbers.into_iter().flatten().any(|number| !number.is_whole());
    let attributes = all
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    Range {
        attributes,
        is_decimal,
        labels,
    }
}

struct Limits {
    start: Decimal,
    end: Decimal,
    step: Decimal,
    interval: Option<Decimal>,
}

impl Limits {
    fn width(&self) -> Decimal {
        Decimal((self.end.0 - self.start.0).abs())
    }

    fn contains(&self, value: Decimal) -> bool {
        value >= self.start.min(self.end) && value <= self.start.max(self.end)
    }

    fn beyond_start(&self, value: Decimal) -> Decimal {
        Decimal(value.0 - self.start.0)
    }
}

struct Check<'a> {
    place: &'a Place,
    problems: &'a mut Problems,
}

impl Check<'_> {
    fn fault(&mut self, key: &str, rule: &'static str, rule_en: &'static str) {
        let kind = Kind::RangeParameter {
            key: key.to_owned(),
            rule,
            rule_en,
        };
        self.problems.add(self.place.clone(), kind);
    }

    fn number(&mut self, parameters: &Parameters, key: &str) -> Option<Decimal> {
        let text = parameters.get(key)?;
        let number = Decimal::parse(text);
        if number.is_none() {
            self.fault(key, "须是数", "must be a number");
        }
        number
    }

    fn limits(&mut self, limits: &Limits, placeholder: Option<Decimal>) {
        let wide = |step: Decimal| step > limits.width();
        if limits.step.0 == 0 {
            self.fault("step", "不能是 0", "must not be 0");
            return;
        }
        if wide(limits.step) {
            self.fault(
                "step",
                "不能大于 start 与 end 之差",
                "must not be larger than the difference of start and end",
            );
        }
        if let Some(interval) = limits.interval {
            if interval.0 == 0 {
                self.fault("tick_interval", "不能是 0", "must not be 0");
            } else if wide(interval) {
                self.fault(
                    "tick_interval",
                    "不能大于 start 与 end 之差",
                    "must not be larger than the difference of start and end",
                );
            } else if !interval.is_multiple_of(limits.step) {
                self.fault("tick_interval", "须是 step 的倍数", "must be a multiple of step");
            }
        }
        if let Some(placeholder) = placeholder {
            if !limits.beyond_start(placeholder).is_multiple_of(limits.step) {
                self.fault(
                    "placeholder",
                    "须比 start 多 step 的倍数",
                    "must be start plus a multiple of step",
                );
            }
            if !limits.contains(placeholder) {
                self.fault(
                    "placeholder",
                    "须在 start 与 end 之间",
                    "must be between start and end",
                );
            }
        }
    }

    fn labels(&mut self, limits: &Limits, list: &str, appearance: Option<&str>, choices: &Choices) {
        // Parameter values are lower-cased, names of lists are not.
        let Some(list) = choices.list(list) else {
            self.fault(
                "tick_labelset",
                "须是 choices 里的名单",
                "must be a list of the choices sheet",
            );
            return;
        };
        let mut values = Vec::new();
        for option in &list.options {
            let Some(value) = Decimal::parse(&option.name) else {
                self.fault(
                    "tick_labelset",
                    "名单的选项名称须都是数",
                    "needs a list whose choices are numbers",
                );
                return;
            };
            if !limits.contains(value) {
                self.fault(
                    "tick_labelset",
                    "名单的选项须在 start 与 end 之间",
                    "needs choices between start and end",
                );
                return;
            }
            let offset = limits.beyond_start(value);
            if limits
                .interval
                .is_some_and(|interval| !offset.is_multiple_of(interval))
                || !offset.is_multiple_of(limits.step)
            {
                self.fault(
                    "tick_labelset",
                    "名单的选项须落在刻度上",
                    "needs choices that lie on the ticks",
                );
                return;
            }
            values.push(value);
        }
        values.sort();
        values.dedup();
        let ends = [limits.start.min(limits.end), limits.start.max(limits.end)];
        if appearance.is_some_and(|appearance| appearance.contains("no-ticks")) && values != ends {
            self.fault(
                "tick_labelset",
                "在外观 no-ticks 下,名单只能有 start 和 end 两个选项",
                "needs exactly the choices start and end with the appearance no-ticks",
            );
        }
    }
}
