//! In which language a message is wanted.

/// Language of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// Simplified Chinese, the language of the field.
    #[default]
    ZhCn,
    /// English.
    En,
}

impl Lang {
    /// Chooses one of two wordings.
    pub(crate) fn pick(self, zh: String, en: String) -> String {
        match self {
            Self::ZhCn => zh,
            Self::En => en,
        }
    }
}
