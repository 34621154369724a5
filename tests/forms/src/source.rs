//! Sources of forms: a line is a row, `|` separates what every row has, `;;` the columns that some rows have.
//!
//! ```text
//! = survey
//! decimal | pension | 养老金(元/年) | ᠲᠡᠲᠭᠡᠪᠦᠷᠢ | {YUAN} ;; relevant=${age} >= 60
//! ```

use anyhow::{Context as _, bail};

/// The columns of the survey sheet, in their order.
pub(crate) const SURVEY: [&str; 17] = [
    "type",
    "name",
    "label::中文 (zh)",
    "label::ᠮᠣᠩᠭᠤᠯ (mn)",
    "hint",
    "required",
    "relevant",
    "constraint",
    "constraint_message",
    "calculation",
    "default",
    "appearance",
    "choice_filter",
    "parameters",
    "repeat_count",
    "trigger",
    "body::hudang:from",
];

/// The columns that every choice has.
const CHOICES: [&str; 4] = ["list_name", "name", "label::中文 (zh)", "label::ᠮᠣᠩᠭᠤᠯ (mn)"];

/// A form as rows.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) settings: Vec<Vec<String>>,
    pub(crate) survey: Vec<Vec<String>>,
    pub(crate) choices: Vec<Vec<String>>,
}

/// Reads a source.
pub(crate) fn read(text: &str) -> anyhow::Result<Source> {
    let mut sheet = "";
    let mut settings = Vec::new();
    let mut survey = Vec::new();
    let mut choices = Vec::new();
    let mut extra: Vec<String> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix("= ") {
            sheet = name;
            continue;
        }
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let part = |at: usize| parts.get(at).copied().unwrap_or_default().to_owned();
        let columns = columns(&part(4)).with_context(|| format!("Line {}", number + 1))?;
        match sheet {
            "settings" => settings.push((part(0), part(1))),
            "survey" => {
                let mut row: Vec<String> = (0..4).map(part).collect();
                row.resize(SURVEY.len(), String::new());
                for (column, value) in columns {
                    let at = SURVEY.iter().position(|known| *known == column);
                    let cell = at.and_then(|at| row.get_mut(at));
                    *cell.with_context(|| format!("Line {}: no column {column}", number + 1))? = value;
                }
                survey.push(row);
            }
            "choices" => {
                for (column, _) in &columns {
                    if !extra.contains(column) {
                        extra.push(column.clone());
                    }
                }
                choices.push(((0..4).map(part).collect::<Vec<_>>(), columns));
            }
            other => bail!("Line {}: no sheet {other:?}", number + 1),
        }
    }
    let (names, values): (Vec<String>, Vec<String>) = settings.into_iter().unzip();
    let mut source = Source {
        settings: vec![names, values],
        ..Source::default()
    };
    source.survey.push(SURVEY.map(str::to_owned).to_vec());
    source.survey.extend(survey);
    let header = CHOICES
        .iter()
        .map(|name| (*name).to_owned())
        .chain(extra.iter().cloned());
    source.choices.push(header.collect());
    for (mut row, columns) in choices {
        for name in &extra {
            let value = columns
                .iter()
                .find(|(column, _)| column == name)
                .map(|(_, value)| value.clone());
            row.push(value.unwrap_or_default());
        }
        source.choices.push(row);
    }
    Ok(source)
}

/// `column=value ;; column=value`, and names of rules that several questions share.
fn columns(text: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut columns = Vec::new();
    for piece in text.split(";;").map(str::trim).filter(|piece| !piece.is_empty()) {
        match piece {
            "{YUAN}" => columns.extend(shared(
                "0",
                ". >= 0 and . < 100000000 and . = round(., 2)",
                "请填不小于 0 的金额,单位元,最多两位小数。",
            )),
            "{AMOUNT}" => columns.extend(shared("0", ". >= 0 and . <= 1000000", "请填不小于 0 的数。")),
            "{COUNT}" => columns.extend(shared("0", ". >= 0 and . <= 100000", "请填不小于 0 的整数。")),
            _ => {
                let (column, value) = piece
                    .split_once('=')
                    .with_context(|| format!("No column in {piece:?}"))?;
                columns.push((column.to_owned(), value.replace("{ID_CHECK}", &id_check())));
            }
        }
    }
    Ok(columns)
}

/// A number that must be given; nothing is 0, not blank, so that totals never meet a blank.
fn shared(default: &str, constraint: &str, message: &str) -> [(String, String); 4] {
    [
        ("required", "yes"),
        ("default", default),
        ("constraint", constraint),
        ("constraint_message", message),
    ]
    .map(|(column, value)| (column.to_owned(), value.to_owned()))
}

/// GB 11643: 17 digits with a day of the calendar, and a check character that follows from them by ISO 7064 MOD 11-2. The
/// same rule as `hudang_form::identity`, for every client that reads an `XForm`; a test holds the two together.
pub(crate) fn id_check() -> String {
    let mut weights = Vec::new();
    let mut weight = 1_u32;
    for _ in 0..17 {
        weight = weight * 2 % 11;
        weights.push(weight);
    }
    weights.reverse();
    let terms: Vec<String> = weights
        .iter()
        .enumerate()
        .map(|(at, weight)| format!("{weight} * number(substr(., {at}, {}))", at + 1))
        .collect();
    let sum = format!("(({}) mod 11)", terms.join(" + "));
    let day =
        "((0[13578]|1[02])(0[1-9]|[12][0-9]|3[01])|(0[469]|11)(0[1-9]|[12][0-9]|30)|02(0[1-9]|[12][0-9]))";
    let place = format!("regex(., '^[1-9][0-9]{{5}}(19|20)[0-9]{{2}}{day}[0-9]{{3}}[0-9X]$')");
    // Of the years from 1900 to 2099 only 1900 is divided by 4 and has no 29 February.
    let year = "number(substr(., 6, 10))";
    let leap = format!("(substr(., 10, 14) != '0229' or ({year} mod 4 = 0 and {year} != 1900))");
    format!("{place} and {leap} and substr('10X98765432', {sum}, {sum} + 1) = substr(., 17, 18)")
}
