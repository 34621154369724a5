//! The functions by name: XPath 1.0, and those of the ODK XForms specification.

use super::Cause;

macro_rules! functions {
    ($($(#[$doc:meta])* $variant:ident $name:literal $least:literal $most:expr;)*) => {
        /// A function that expressions may call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each is called what the specification calls it")]
        pub enum Function { $($variant,)* }

        const TABLE: &[(Function, &str, usize, Option<usize>)] =
            &[$((Function::$variant, $name, $least, $most),)*];
    };
}

functions! {
    Abs "abs" 1 Some(1);
    Acos "acos" 1 Some(1);
    Area "area" 1 None;
    Asin "asin" 1 Some(1);
    Atan "atan" 1 Some(1);
    Atan2 "atan2" 2 Some(2);
    Base64Decode "base64-decode" 1 Some(1);
    Boolean "boolean" 1 Some(1);
    BooleanFromString "boolean-from-string" 1 Some(1);
    Ceiling "ceiling" 1 Some(1);
    Checklist "checklist" 2 None;
    ChoiceName "jr:choice-name" 2 Some(2);
    Coalesce "coalesce" 2 Some(2);
    Concat "concat" 0 None;
    Contains "contains" 2 Some(2);
    Cos "cos" 1 Some(1);
    Count "count" 1 Some(1);
    CountNonEmpty "count-non-empty" 1 Some(1);
    CountSelected "count-selected" 1 Some(1);
    Current "current" 0 Some(0);
    Date "date" 1 Some(1);
    DateTime "date-time" 1 Some(1);
    DecimalDateTime "decimal-date-time" 1 Some(1);
    DecimalTime "decimal-time" 1 Some(1);
    Digest "digest" 2 Some(3);
    Distance "distance" 1 None;
    EndsWith "ends-with" 2 Some(2);
    Exp "exp" 1 Some(1);
    Exp10 "exp10" 1 Some(1);
    False "false" 0 Some(0);
    Floor "floor" 1 Some(1);
    FormatDate "format-date" 2 Some(2);
    FormatDateTime "format-date-time" 2 Some(2);
    Geofence "geofence" 2 Some(2);
    Id "id" 1 Some(1);
    If "if" 3 Some(3);
    IndexedRepeat "indexed-repeat" 3 None;
    Instance "instance" 1 Some(1);
    Int "int" 1 Some(1);
    Itext "jr:itext" 1 Some(1);
    Join "join" 1 None;
    Lang "lang" 1 Some(1);
    Last "last" 0 Some(0);
    LocalName "local-name" 0 Some(1);
    Log "log" 1 Some(1);
    Log10 "log10" 1 Some(1);
    Max "max" 0 None;
    Min "min" 0 None;
    Name "name" 0 Some(1);
    NamespaceUri "namespace-uri" 0 Some(1);
    NormalizeSpace "normalize-space" 0 Some(1);
    Not "not" 1 Some(1);
    Now "now" 0 Some(0);
    Number "number" 0 Some(1);
    Once "once" 1 Some(1);
    Pi "pi" 0 Some(0);
    Position "position" 0 Some(1);
    Pow "pow" 2 Some(2);
    Pulldata "pulldata" 4 Some(4);
    Random "random" 0 Some(0);
    Randomize "randomize" 1 Some(2);
    Regex "regex" 2 Some(2);
    Round "round" 1 Some(2);
    Selected "selected" 2 Some(2);
    SelectedAt "selected-at" 2 Some(2);
    Sin "sin" 1 Some(1);
    Sqrt "sqrt" 1 Some(1);
    StartsWith "starts-with" 2 Some(2);
    String "string" 0 Some(1);
    StringLength "string-length" 0 Some(1);
    Substr "substr" 2 Some(3);
    Substring "substring" 2 Some(3);
    SubstringAfter "substring-after" 2 Some(2);
    SubstringBefore "substring-before" 2 Some(2);
    Sum "sum" 1 Some(1);
    Tan "tan" 1 Some(1);
    Today "today" 0 Some(0);
    Translate "translate" 3 Some(3);
    True "true" 0 Some(0);
    Uuid "uuid" 0 Some(1);
    WeightedChecklist "weighted-checklist" 2 None;
}

impl Function {
    /// The function called `name`.
    pub fn named(name: &str) -> Option<Self> {
        let name = name
            .strip_prefix("javarosa:")
            .map_or_else(|| name.to_owned(), |local| format!("jr:{local}"));
        let found = TABLE.binary_search_by(|(_, known, ..)| sort_key(known).cmp(sort_key(&name)));
        let entry = found.ok().and_then(|index| TABLE.get(index))?;
        (entry.1 == name).then_some(entry.0)
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        TABLE
            .iter()
            .find(|(function, ..)| *function == self)
            .map_or("", |(_, name, ..)| name)
    }

    /// The known name that is most like `name`, if one is.
    pub(super) fn nearest(name: &str) -> Option<String> {
        nearest(name, TABLE.iter().map(|(_, known, ..)| *known)).map(str::to_owned)
    }

    /// What is wrong with `count` arguments.
    pub(super) fn wrong_count(self, count: usize) -> Option<Cause> {
        // The table has the functions in the order of the enumeration.
        let (_, name, least, most) = TABLE.get(self as usize)?;
        if count >= *least && most.is_none_or(|most| count <= most) {
            return None;
        }
        let expected = match most {
            None => format!("{least} arguments or more"),
            Some(most) if most == least => format!("{least} arguments"),
            Some(most) => format!("{least} to {most} arguments"),
        };
        Some(Cause::Arguments {
            name,
            expected,
            got: count,
        })
    }

    /// Whether the same arguments always give the same.
    pub(super) fn is_constant(self) -> bool {
        !matches!(
            self,
            Self::Current
                | Self::ChoiceName
                | Self::Instance
                | Self::Itext
                | Self::Lang
                | Self::Last
                | Self::LocalName
                | Self::Name
                | Self::NamespaceUri
                | Self::Now
                | Self::Once
                | Self::Position
                | Self::Pulldata
                | Self::Random
                | Self::Randomize
                | Self::Today
                | Self::Uuid
                | Self::FormatDate
                | Self::FormatDateTime
        )
    }
}

/// The table is in the order of the variants, which is that of the names without their prefix.
fn sort_key(name: &str) -> &str {
    name.strip_prefix("jr:").unwrap_or(name)
}

/// The one of `known` that is most like `name`: at most a third of its characters differ.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.chars().take(64).collect();
    known
        .map(|known| (differences(&wanted, known), known))
        .filter(|(count, known)| *count * 3 <= known.chars().count().max(wanted.len()))
        .min_by_key(|(count, _)| *count)
        .map(|(_, known)| known)
}

/// The Levenshtein distance.
fn differences(wanted: &[char], known: &str) -> usize {
    let mut row: Vec<usize> = (0..=wanted.len()).collect();
    for (line, letter) in known.chars().enumerate() {
        let mut left = line + 1;
        let mut diagonal = line;
        let mut next = vec![left];
        for (wanted, above) in wanted.iter().zip(row.iter().skip(1)) {
            let changed = diagonal + usize::from(*wanted != letter);
            left = changed.min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_found_by_its_name() {
        for (function, name, ..) in TABLE {
            assert_eq!(Function::named(name), Some(*function), "{name}");
        }
        assert_eq!(Function::named("itext"), None);
        assert_eq!(Function::named("javarosa:itext"), Some(Function::Itext));
    }

    #[test]
    fn a_misspelt_name_finds_its_neighbour() {
        assert_eq!(Function::nearest("if-else"), None);
        assert_eq!(
            Function::nearest("count-selectd").as_deref(),
            Some("count-selected")
        );
        assert_eq!(Function::nearest("pulldatta").as_deref(), Some("pulldata"));
    }
}
