//! 低保入户调查表, the form of the trade, with plausible answers: the same household always gives the same ones.

use std::path::Path;

use hudang_form::xlsform::{Options, read_workbook, to_xform};
use hudang_visit::questionnaire::package::Package;

/// The form as the bureau's workbook gives it.
pub fn published() -> String {
    let workbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../forms/低保入户调查表.xlsx");
    let bytes = std::fs::read(workbook).unwrap();
    let converted = to_xform(&read_workbook(&bytes).unwrap(), &Options::default()).unwrap();
    Package::publish(&converted.xform, &[]).unwrap().render().unwrap()
}

/// A household that is visited.
pub struct Home<'a> {
    /// Chooses its answers.
    pub n: u8,
    /// Its code in the office's list.
    pub code: &'a str,
    /// Its banner, one that the form knows.
    pub area: &'a str,
    /// Who visits it.
    pub people: [&'a str; 2],
    /// How many members it has, at least one.
    pub members: usize,
    /// Whether a required answer is missing.
    pub is_incomplete: bool,
}

/// What both phones of one household wrote down differently.
pub const DISPUTED: &str = "income/income_livestock/livestock_sales";

/// A path in the form with what is written down there.
pub type Answer = (String, Said);

/// What is written down at a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A value, as it is typed or chosen.
    Value(String),
    /// The original of the visit that is for this, e.g. the photo of the door.
    Original(&'static str),
}

/// What the originals of a visit are for. The signature has no purpose: it goes by its kind.
pub const INTERVIEW: &str = "访谈";
pub const LIVESTOCK: &str = "牲畜";
pub const SIGNATURE: &str = "sign";
pub const DOOR: &str = "门牌";
pub const HOUSE: &str = "住房";
pub const GROUP: &str = "合影";

/// The photos that the one who asks the questions takes, and those of the one who looks around.
pub const PHOTOS_ASKING: [&str; 1] = [LIVESTOCK];
pub const PHOTOS_LOOKING: [&str; 3] = [DOOR, HOUSE, GROUP];

/// What the one who asks the questions writes down.
pub fn asked(home: &Home<'_>) -> Vec<Answer> {
    let (n, code, area, number) = (home.n, home.code, home.area, u32::from(home.n));
    let mut found = Vec::new();
    let mut say = |path: &str, value: &str| found.push((path.to_owned(), Said::Value(value.to_owned())));
    say("basics/household_code", code);
    say("basics/banner", area);
    say("basics/township", "示例苏木");
    say("basics/village", "示例嘎查");
    say("basics/address", &format!("示例嘎查{n}号"));
    say("basics/location", &format!("45.5{n:02} 116.9{n:02} 1100 8"));
    say("basics/area_kind", "rural");
    say("basics/visit_kind", if n % 3 == 0 { "new" } else { "review" });
    say("basics/applicant_name", &format!("户主{n}"));
    say("basics/phone", &format!("1380479{n:04}"));
    say("basics/outcome", "done");
    say("consent/consent_given", "yes");
    say(
        "consent/interview_language",
        if n % 2 == 0 { "mongolian" } else { "han" },
    );
    say("consent/respondent_name", &format!("户主{n}"));
    say("consent/respondent_relation", "head");
    say("members_part/member_count", &home.members.to_string());
    for place in 1..=home.members {
        let (name, relation, is_male) = match place {
            1 => ("户主", "head", true),
            2 => ("配偶", "spouse", false),
            _ => ("亲属", "sibling", true),
        };
        let born = 1956 + u32::try_from(place).unwrap() * 2;
        let birth = (born + number % 7, 1 + number % 12, 1 + number % 28);
        let mut of = |question: &str, value: &str| {
            say(&format!("members_part/members[{place}]/{question}"), value);
        };
        of("member_name", &format!("{name}{n}"));
        of("relation", relation);
        of("has_id", "yes");
        of("id_number", &identity_number(area, birth, is_male));
        of("birth", &format!("{}-{:02}-{:02}", birth.0, birth.1, birth.2));
        of("sex", if is_male { "male" } else { "female" });
        of("nation", if n % 2 == 0 { "mongol" } else { "han" });
        of("marriage", "married");
        of("schooling", "primary");
        of("work_ability", "part");
        of("job", "farming");
        of("health", if n % 4 == 0 { "chronic" } else { "good" });
        if n % 4 == 0 {
            of("illness", "高血压");
        }
        of("is_disabled", "no");
        of("is_insured", "yes");
    }
    say("income/income_farming/has_farming", "no");
    say("income/income_livestock/has_livestock", "yes");
    say(
        "income/income_livestock/pasture_mu",
        &(300 + number * 10).to_string(),
    );
    say("income/income_livestock/sheep", &(10 + number * 3).to_string());
    let (sales, costs) = if is_poor(n) {
        (20_000, 8_000)
    } else {
        (60_000, 15_000)
    };
    say(DISPUTED, &(sales + number * 10).to_string());
    say("income/income_livestock/livestock_costs", &costs.to_string());
    say("property/house_kind", "own");
    say("property/house_count", "1");
    say("property/house_area_m2", &(50 + number).to_string());
    say("property/vehicles", "none");
    say("property/has_company", "no");
    say("supporters_part/has_supporters", "no");
    // The form says 0 of itself: what is sealed as 0 and is 1 later would cost a signature.
    say("neighbours/neighbour_count", "1");
    say(
        "conclusion/conclusion_choice",
        if is_poor(n) { "eligible" } else { "not_eligible" },
    );
    let [first, second] = home.people;
    say("conclusion/investigator_a", first);
    say("conclusion/investigator_b", second);
    found.extend([
        original("income/income_livestock/livestock_photo", LIVESTOCK),
        original("traces/interview_audio", INTERVIEW),
        original("traces/respondent_signature", SIGNATURE),
    ]);
    found
}

/// What the one who looks around writes down.
pub fn seen(home: &Home<'_>) -> Vec<Answer> {
    let n = home.n;
    let mut found = Vec::new();
    let mut say = |path: &str, value: &str| found.push((path.to_owned(), Said::Value(value.to_owned())));
    say("property/house_state", if is_poor(n) { "worn" } else { "good" });
    say("neighbours/neighbour_name", "邻居某");
    if !home.is_incomplete {
        say(
            "neighbours/neighbour_view",
            if is_poor(n) { "poor" } else { "ordinary" },
        );
    }
    say("neighbours/neighbour_words", "与本人所述相符");
    say("conclusion/consistency", "yes");
    found.extend([
        original("property/house_photo", HOUSE),
        original("traces/door_photo", DOOR),
        original("traces/group_photo", GROUP),
    ]);
    found
}

fn original(path: &str, purpose: &'static str) -> Answer {
    (path.to_owned(), Said::Original(purpose))
}

/// Whether its income is below the line.
fn is_poor(n: u8) -> bool {
    n.is_multiple_of(2)
}

/// A number with its check character (GB 11643).
fn identity_number(area: &str, (year, month, day): (u32, u32, u32), is_male: bool) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let digits = format!("{area}{year}{month:02}{day:02}00{}", if is_male { 1 } else { 2 });
    let sum: u32 = digits
        .chars()
        .zip(WEIGHTS)
        .map(|(digit, weight)| digit.to_digit(10).unwrap_or(0) * weight)
        .sum();
    format!("{digits}{}", CHECKS[usize::try_from(sum % 11).unwrap_or(0)])
}
