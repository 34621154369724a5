//! The parameters column: `key=value key=value`.

use super::kind::Kind;
use super::nearest::nearest;
use super::problem::{Place, Problems};

/// Keys with their values, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    pairs: Vec<(String, String)>,
}

impl Parameters {
    /// Reads the column; `None` when it is not pairs of keys and values.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parameters = Self::default();
        // `key = value` is one pair: blanks around the sign do not separate.
        let mut pieces: Vec<&str> = Vec::new();
        for word in text.split(|character: char| character.is_whitespace() || matches!(character, ',' | ';'))
        {
            let mut rest = word;
            while let Some(at) = rest.find('=') {
                pieces.extend([rest.get(..at).unwrap_or_default(), "="]);
                rest = rest.get(at + 1..).unwrap_or_default();
            }
            pieces.push(rest);
        }
        pieces.retain(|piece| !piece.is_empty());
        for pair in pieces.chunks(3) {
            let [key, "=", value] = pair else { return None };
            if *key == "=" || *value == "=" {
                return None;
            }
            let key = key.to_lowercase();
            // These name columns of a file.
            let is_exact = matches!(key.as_str(), "label" | "value");
            parameters.set(
                &key,
                if is_exact {
                    (*value).to_owned()
                } else {
                    value.to_lowercase()
                },
            );
        }
        Some(parameters)
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn set(&mut self, key: &str, value: String) {
        match self.pairs.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => self.pairs.push((key.to_owned(), value)),
        }
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<String> {
        let at = self.pairs.iter().position(|(known, _)| known == key)?;
        Some(self.pairs.remove(at).1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// The parameters of one row while they are checked.
pub(super) struct Checker<'a> {
    pub(super) parameters: &'a Parameters,
    pub(super) place: Place,
    pub(super) problems: &'a mut Problems,
}

impl<'a> Checker<'a> {
    /// Reports keys other than these.
    pub(super) fn accept(&mut self, accepted: &[&str]) {
        for (key, _) in self.parameters.iter().filter(|(key, _)| !accepted.contains(key)) {
            let kind = Kind::ParameterUnknown {
                found: key.to_owned(),
                accepted: accepted.join("、"),
                accepted_en: accepted.join(", "),
            };
            self.problems
                .add_near(self.place.clone(), kind, nearest(key, accepted.iter().copied()));
        }
    }

    /// What is accepted is told in Chinese and in English.
    fn wrong(&mut self, key: &str, value: &str, [accepted, accepted_en]: [&str; 2]) {
        let kind = Kind::ParameterValue {
            key: key.to_owned(),
            value: value.to_owned(),
            accepted: accepted.to_owned(),
            accepted_en: accepted_en.to_owned(),
        };
        self.problems.add(self.place.clone(), kind);
    }

    /// The value, when it is one of these.
    pub(super) fn one_of(&mut self, key: &str, accepted: &[&str]) -> Option<&'a str> {
        let value = self.parameters.get(key)?;
        if accepted.contains(&value) {
            return Some(value);
        }
        self.wrong(key, value, [&accepted.join("、"), &accepted.join(", ")]);
        None
    }

    /// The value, when `fits` says so; what it accepts is told in Chinese and in English.
    pub(super) fn when(
        &mut self,
        key: &str,
        accepted: [&str; 2],
        fits: impl Fn(&str) -> bool,
    ) -> Option<&'a str> {
        let value = self.parameters.get(key)?;
        if fits(value) {
            return Some(value);
        }
        self.wrong(key, value, accepted);
        None
    }

    /// The value of a key that must be there.
    pub(super) fn needed(&mut self, key: &str) {
        if self.parameters.get(key).is_none() {
            self.problems
                .add(self.place.clone(), Kind::ParameterNeeded { key: key.to_owned() });
        }
    }
}

/// A number as parameters have it.
pub(super) fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// A whole number as parameters have it.
pub(super) fn is_integer(text: &str) -> bool {
    text.parse::<i64>().is_ok()
}

/// Whether the text is the package name of an Android app.
pub(super) fn is_package_name(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|segment| {
            let mut characters = segment.chars();
            characters.next().is_some_and(|first| first.is_ascii_alphabetic())
                && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_pairs_however_they_are_separated() {
        let pairs = |text| Parameters::parse(text).map(|parameters| parameters.pairs);
        let expected = Some(vec![
            ("a".to_owned(), "1".to_owned()),
            ("label".to_owned(), "Ab".to_owned()),
        ]);
        assert_eq!(pairs("A=1, label=Ab"), expected);
        assert_eq!(pairs("a = 1;label= Ab"), expected);
        for wrong in ["a", "a==1", "a=1 b", "a=1 & b=2", "=1"] {
            assert_eq!(pairs(wrong), None, "{wrong}");
        }
    }
}
