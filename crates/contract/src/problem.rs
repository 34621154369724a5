//! What is wrong with a contract, with a stable code and what to do (REQ D5, D6).

use core::fmt;

use hudang_visit::Language;
use hudang_visit::standard::StandardError;

/// One thing that is wrong with a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Not JSON, or other fields than a contract has.
    Form(String),
    /// A text that must be there is empty: its field.
    Empty(&'static str),
    /// No contractor is named, or one is named twice.
    Contractors,
    /// A stretch of days ends before it begins: whose.
    Backwards(String),
    /// There is no area.
    NoArea,
    /// Two areas have one code, or one lies in the other: their codes.
    AreaOverlap(String, String),
    /// There is no period.
    NoPeriod,
    /// A period lies outside the contract's term: its key.
    PeriodOutside(String),
    /// Two periods have one key or share a day: their keys.
    PeriodOverlap(String, String),
    /// There is no quantity at all ("以实际发生为准" alone).
    NoQuantity,
    /// A quantity is zero: its area and period.
    QuantityZero(String, String),
    /// A quantity is for an area or period that the contract does not have.
    QuantityUnknown(String, String),
    /// Two quantities for one area and period.
    QuantityTwice(String, String),
    /// An area has no quantity in any period: its code.
    AreaWithoutQuantity(String),
    /// The list of cycle dates is empty, unsorted, or begins after the contract does.
    CycleDates,
    /// The evidence standard is not usable.
    Standard(StandardError),
    /// Fewer than two investigators are required for this outcome.
    Pair(String),
    /// No outcome is paid, or one is paid that the standard does not accept.
    PaidOutcome(String),
    /// A person on the roster works for a contractor that the contract does not name.
    RosterOrg(String),
    /// A person is on the roster twice on one day.
    RosterTwice(String),
    /// An amount is negative: its field.
    Amount(&'static str),
}

impl Problem {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form(_) => "HT-FORM",
            Self::Empty(_) => "HT-EMPTY",
            Self::Contractors => "HT-CONTRACTOR",
            Self::Backwards(_) => "HT-DATES",
            Self::NoArea => "HT-AREA",
            Self::AreaOverlap(..) => "HT-AREA-OVERLAP",
            Self::NoPeriod => "HT-PERIOD",
            Self::PeriodOutside(_) => "HT-PERIOD-OUTSIDE",
            Self::PeriodOverlap(..) => "HT-PERIOD-OVERLAP",
            Self::NoQuantity => "HT-QUANTITY",
            Self::QuantityZero(..) => "HT-QUANTITY-ZERO",
            Self::QuantityUnknown(..) => "HT-QUANTITY-UNKNOWN",
            Self::QuantityTwice(..) => "HT-QUANTITY-TWICE",
            Self::AreaWithoutQuantity(_) => "HT-QUANTITY-AREA",
            Self::CycleDates => "HT-CYCLE",
            Self::Standard(_) => "HT-STANDARD",
            Self::Pair(_) => "HT-STANDARD-PAIR",
            Self::PaidOutcome(_) => "HT-PAID-OUTCOME",
            Self::RosterOrg(_) => "HT-ROSTER-ORG",
            Self::RosterTwice(_) => "HT-ROSTER-TWICE",
            Self::Amount(_) => "HT-AMOUNT",
        }
    }

    /// What is wrong and what to do.
    pub fn message(&self, language: Language) -> String {
        match language {
            Language::Zh => self.zh(),
            Language::En => self.en(),
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Form(detail) => format!("合同文件格式有误({detail}),请按样例改正后重新导入。"),
            Self::Empty(field) => format!("“{field}”未填写,请补填。"),
            Self::Contractors => "未列明承接主体,或承接主体重复,请核对 contractors。".to_owned(),
            Self::Backwards(what) => format!("{what}的结束日期早于开始日期,请改正。"),
            Self::NoArea => "未列明服务区域,请至少填写一个区域。".to_owned(),
            Self::AreaOverlap(one, other) => {
                format!("区域“{one}”与“{other}”重复或互相包含,同一户会算到两处,请只保留一个。")
            }
            Self::NoPeriod => "未划分服务期次,请填写各期起止日期。".to_owned(),
            Self::PeriodOutside(key) => format!("期次“{key}”超出合同期限,请改正起止日期。"),
            Self::PeriodOverlap(one, other) => format!("期次“{one}”与“{other}”重名或日期重叠,请改正。"),
            Self::NoQuantity => {
                "合同未体现服务数量(不能只写“以实际发生为准”),请按区域和期次填写数量。".to_owned()
            }
            Self::QuantityZero(area, period) => {
                format!("区域“{area}”期次“{period}”的服务数量为零,请填写数量或删除该行。")
            }
            Self::QuantityUnknown(area, period) => {
                format!("服务数量引用了合同中没有的区域“{area}”或期次“{period}”,请改正。")
            }
            Self::QuantityTwice(area, period) => {
                format!("区域“{area}”期次“{period}”的服务数量重复,请只保留一行。")
            }
            Self::AreaWithoutQuantity(area) => format!("区域“{area}”没有任何服务数量,请填写或删除该区域。"),
            Self::CycleDates => "轮次日期为空、未按先后排列,或首轮晚于合同开始日期,请改正。".to_owned(),
            Self::Standard(error) => error.message(Language::Zh),
            Self::Pair(outcome) => format!("入户结果“{outcome}”要求的调查员少于两名,请改为两名以上。"),
            Self::PaidOutcome(outcome) if outcome.is_empty() => {
                "未列明哪些入户结果计入服务数量,请填写 paid。".to_owned()
            }
            Self::PaidOutcome(outcome) => {
                format!("入户结果“{outcome}”计入服务数量,但留痕标准没有它的要求,请补充或删除。")
            }
            Self::RosterOrg(person) => format!("名册中“{person}”所属单位不是本合同的承接主体,请核对。"),
            Self::RosterTwice(person) => format!("名册中“{person}”的在岗日期重叠,请合并。"),
            Self::Amount(field) => format!("金额“{field}”不能为负数,请改正。"),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::Form(detail) => {
                format!("This is not a contract ({detail}). Correct the file and load it again.")
            }
            Self::Empty(field) => format!("{field} is empty. Fill it in."),
            Self::Contractors => {
                "No contractor is named, or one is named twice. Check contractors.".to_owned()
            }
            Self::Backwards(what) => format!("{what} ends before it begins. Correct the dates."),
            Self::NoArea => "There is no area. Add at least one.".to_owned(),
            Self::AreaOverlap(one, other) => format!(
                "Area {one} and area {other} are the same, or one lies in the other: a household would count in both. \
                 Keep one."
            ),
            Self::NoPeriod => "There is no period. Add the first and last day of each.".to_owned(),
            Self::PeriodOutside(key) => {
                format!("Period {key} lies outside the contract's term. Correct its dates.")
            }
            Self::PeriodOverlap(one, other) => {
                format!("Periods {one} and {other} have one name or share a day. Correct them.")
            }
            Self::NoQuantity => "The contract has no quantity. Add one per area and period.".to_owned(),
            Self::QuantityZero(area, period) => {
                format!("The quantity of area {area} in period {period} is zero. Fill it in or remove it.")
            }
            Self::QuantityUnknown(area, period) => {
                format!(
                    "There is a quantity for area {area} and period {period}, which are not in the contract."
                )
            }
            Self::QuantityTwice(area, period) => {
                format!("There are two quantities for area {area} in period {period}. Keep one.")
            }
            Self::AreaWithoutQuantity(area) => {
                format!("Area {area} has no quantity. Add one or remove the area.")
            }
            Self::CycleDates => {
                "The cycle dates are missing, not in order, or begin after the contract. Correct them."
                    .to_owned()
            }
            Self::Standard(error) => error.message(Language::En),
            Self::Pair(outcome) => {
                format!("Outcome {outcome} requires fewer than two investigators. Require two.")
            }
            Self::PaidOutcome(outcome) if outcome.is_empty() => {
                "No outcome counts. List those that do in paid.".to_owned()
            }
            Self::PaidOutcome(outcome) => {
                format!("Outcome {outcome} counts, but the standard does not say what it must contain.")
            }
            Self::RosterOrg(person) => {
                format!("{person} on the roster works for nobody whom the contract names.")
            }
            Self::RosterTwice(person) => {
                format!("{person} is on the roster twice on one day. Join the two rows.")
            }
            Self::Amount(field) => format!("{field} is negative. Correct it."),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.en())
    }
}

/// Everything that is wrong with a contract; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractError(pub Vec<Problem>);

impl ContractError {
    /// The code of the first problem.
    pub fn code(&self) -> &'static str {
        self.0.first().map_or("HT-FORM", Problem::code)
    }

    /// What is wrong and what to do, one problem a line.
    pub fn message(&self, language: Language) -> String {
        let lines: Vec<String> = self.0.iter().map(|problem| problem.message(language)).collect();
        lines.join("\n")
    }
}

impl fmt::Display for ContractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&texts.join("; "))
    }
}

impl std::error::Error for ContractError {}
