//! Today's households 今日任务.

use hudang_evidence::body::Coordinates;
use hudang_evidence::id::{ContractId, FormHash, HouseholdId, PersonId, VisitId};
use hudang_evidence::seal::Outcome;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::cross::capture::PlaceFix;
use crate::cross::visit::Need;
use crate::text::{Prose, Word};

/// How far a visit is, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VisitState {
    /// Nobody on this phone has opened it.
    New,
    /// In work.
    Open,
    /// Sealed by some of those who take part; it does not count before the others have sealed too.
    HalfSealed,
    /// Sealed; the server has not confirmed all of it.
    Sealed,
    /// The server's receipt names the seal and every original: green.
    Received,
    /// Received, and it counts towards the contract's quantity.
    Counted,
    /// Received, and it does not count: the visit says why.
    NotCounted,
    /// The office sent back what was sealed; it is in work again.
    Returned,
    /// Begun by mistake or not to be finished; it takes nothing until it is brought back.
    Voided,
    /// The office took the assignment back.
    Withdrawn,
}

impl VisitState {
    /// Whether a seal stands that the office did not send back.
    pub(crate) const fn is_sealed(self) -> bool {
        matches!(
            self,
            Self::HalfSealed | Self::Sealed | Self::Received | Self::Counted | Self::NotCounted
        )
    }
}

/// Who takes part in a visit that somebody has sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
pub struct Sealing {
    /// How many those are.
    pub taking_part: usize,
    /// Who of them has still to seal.
    #[ts(type = "string[]")]
    pub awaited: Vec<PersonId>,
}

/// A place in units of 1e-7 degrees (WGS-84).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct Place {
    /// Latitude × 10⁷.
    pub lat_e7: i32,
    /// Longitude × 10⁷.
    pub lon_e7: i32,
}

impl From<Coordinates> for Place {
    fn from(at: Coordinates) -> Self {
        Self {
            lat_e7: at.lat_e7,
            lon_e7: at.lon_e7,
        }
    }
}

/// A household that people of this session are to visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Errand {
    /// Whom.
    #[ts(type = "string")]
    pub household: HouseholdId,
    /// The household's code.
    pub code: String,
    /// Who heads it, as far as the office knows.
    pub head: Option<String>,
    /// Where it lives, as far as the phone knows.
    pub address: Option<String>,
    /// How to reach it.
    pub phone: Option<String>,
    /// What the contract calls its area.
    pub area: Option<String>,
    /// Under which contract.
    #[ts(type = "string")]
    pub contract: ContractId,
    /// The visit, where the office named one or one was begun here.
    #[ts(type = "string | null")]
    pub visit: Option<VisitId>,
    /// With which form; without it the visit cannot be opened yet.
    #[ts(type = "string | null")]
    pub form: Option<FormHash>,
    /// Who goes.
    #[ts(type = "string[]")]
    pub people: Vec<PersonId>,
    /// How far it is.
    pub state: VisitState,
    /// Whose turn it is, where it is half sealed.
    pub sealing: Sealing,
    /// The last day of the contract's period, `YYYY-MM-DD`.
    pub due: Option<String>,
    /// When somebody on this phone opened a visit of this household last, in milliseconds since 1970.
    pub last_visit_ms: Option<i64>,
    /// Where the household was found before, as far as this phone knows.
    pub place: Option<Place>,
    /// How many lines of a visit in work are missing, as the visit itself tells; absent where that was not worked out.
    pub lacks: Option<usize>,
}

/// Arguments of `household`: as the list names it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OfErrand {
    /// Whom.
    #[ts(type = "string")]
    pub household: HouseholdId,
    /// Under which contract.
    #[ts(type = "string")]
    pub contract: ContractId,
    /// Which visit, where the assignment names one.
    #[serde(default)]
    #[ts(type = "string | null", optional)]
    pub visit: Option<VisitId>,
}

/// Reply of `household`: its card before a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct HouseholdCard {
    /// The line of the list.
    pub errand: Errand,
    /// What the standard will want of a finished visit.
    pub needs: Vec<Need>,
    /// How the last visit of the household that this phone knows ended.
    #[ts(type = "Outcome | null")]
    pub last_outcome: Option<Outcome>,
}

/// Where a household that nobody had on a list may lie: the areas of one contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Under {
    /// The contract.
    #[ts(type = "string")]
    pub contract: ContractId,
    /// What it is called.
    pub title: String,
    /// Its areas.
    pub areas: Vec<AreaChoice>,
}

/// One area of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AreaChoice {
    /// Administrative division code (GB/T 2260).
    pub code: String,
    /// What the contract calls it.
    pub name: String,
}

/// Arguments of `household_add`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AddHousehold {
    /// Under which contract.
    #[ts(type = "string")]
    pub contract: ContractId,
    /// The area's code.
    pub area: Word,
    /// Who heads it.
    pub head: Word,
    /// Where it lives.
    pub address: Word,
    /// How to reach it; may be empty.
    pub phone: Word,
}

/// Reply of `household_add`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Added {
    /// The household, as `visit_open` takes it.
    #[ts(type = "string")]
    pub household: HouseholdId,
}

/// Reply of `today`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Today {
    /// By the household's code.
    pub errands: Vec<Errand>,
    /// What the phone's clock says, in milliseconds since 1970.
    pub now_ms: i64,
    /// Rows that wait to be sent.
    pub waiting: usize,
    /// Recordings that are not finished: one that is being made, and those that were cut off and wait for a decision.
    pub recordings_unfinished: Vec<String>,
}

/// Arguments of `visit_open`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OpenVisit {
    /// Whom.
    #[ts(type = "string")]
    pub household: HouseholdId,
    /// Under which contract.
    #[ts(type = "string")]
    pub contract: ContractId,
    /// Which visit, where the assignment names one.
    #[serde(default)]
    #[ts(type = "string | null", optional)]
    pub visit: Option<VisitId>,
    /// Begins another visit where the office named none and one is on the phone.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub anew: bool,
}

/// Reply of `visit_open`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Opened {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
}

/// The code of a visit as a text for a QR code, or what was scanned of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct VisitCode {
    /// The text.
    pub text: Prose,
}

/// Arguments of `visit_join`: the second investigator on the same phone, with an own PIN.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct JoinVisit {
    /// The visit.
    #[ts(type = "string")]
    pub visit: VisitId,
    /// Who joins.
    #[ts(type = "string")]
    pub person: PersonId,
    /// The joining person's PIN.
    pub pin: crate::text::Pin,
    /// Where both stand, as far as the phone knows: the joining person's own trace, and that of who acts where there is none.
    #[serde(default)]
    #[ts(optional)]
    pub place: Option<PlaceFix>,
}
