//! A text in one or several languages.

/// Text of a cell, and of its columns with a language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// From a column without a language.
    pub(super) plain: Option<String>,
    /// From columns with a language, in their order.
    pub(super) languages: Vec<(String, String)>,
}

impl Text {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self {
            plain: Some(text.into()),
            languages: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.plain.is_none() && self.languages.is_empty()
    }

    /// Whether it stands in the form's translations rather than where it is used.
    pub(super) fn is_localized(&self) -> bool {
        !self.languages.is_empty()
    }

    pub(super) fn set(&mut self, language: Option<&str>, text: String) {
        match language {
            None => self.plain = Some(text),
            Some(language) => self.languages.push((language.to_owned(), text)),
        }
    }

    /// Beside columns with a language, one without is the default language's, unless that has its own.
    pub(super) fn settle(&mut self, default_language: &str) {
        if self.languages.is_empty() {
            return;
        }
        if let Some(plain) = self.plain.take()
            && !self
                .languages
                .iter()
                .any(|(language, _)| language == default_language)
        {
            self.languages.insert(0, (default_language.to_owned(), plain));
        }
    }

    /// All texts with their languages.
    pub(super) fn in_languages<'a>(&'a self, default: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let plain = self.plain.iter().map(move |text| (default, text.as_str()));
        plain.chain(
            self.languages
                .iter()
                .map(|(language, text)| (language.as_str(), text.as_str())),
        )
    }

    /// The text where languages do not matter.
    pub(super) fn any(&self) -> Option<&str> {
        self.plain
            .as_deref()
            .or_else(|| self.languages.first().map(|(_, text)| text.as_str()))
    }
}
