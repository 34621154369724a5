//! The identity number of a household's head, as the answers hold it.

use hudang_evidence::snapshot::Revealed;
use hudang_form::identity::IdentityNumber;

use super::Questionnaire;

/// Whether a path is a question outside of repeats: one household has one head.
pub fn is_asked(form: &Questionnaire, path: &str) -> bool {
    let located = form.names.locate(&form.form, path);
    located.is_some_and(|located| {
        !form.form.is_in_repeat(located.question) && form.form.question(located.question).has_value()
    })
}

/// The number that stands at a path, as it is printed on a card: without white space, a large X. `None` where nothing valid
/// stands there: a number that is none identifies nobody.
pub fn identity(answers: &Revealed, path: &str) -> Option<String> {
    let text = answers.answers.get(path)?.as_str()?;
    let number: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| half_width(c).to_ascii_uppercase())
        .collect();
    number.parse::<IdentityNumber>().ok().map(|_| number)
}

/// What an input method in Chinese may have written as a wide character.
fn half_width(c: char) -> char {
    let narrow = (u32::from(c))
        .checked_sub(0xfee0)
        .filter(|narrow| (0x21..0x7f).contains(narrow));
    narrow.and_then(char::from_u32).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_number_is_written_in_many_ways_and_other_texts_are_none() {
        let read = |value: serde_json::Value| {
            let answers = [("head/identity".to_owned(), value)].into_iter().collect();
            let revealed = Revealed { answers, withheld: 0 };
            identity(&revealed, "head/identity")
        };
        for same in [
            "15250419721020954X",
            " 152504 19721020 954x ",
            "１５２５０４１９７２１０２０９５４Ｘ",
            "15250419721020954\u{3000}x",
        ] {
            assert_eq!(read(json!(same)).as_deref(), Some("15250419721020954X"), "{same}");
        }
        for none in [
            json!("152504197210209541"),
            json!("无"),
            json!(""),
            json!(null),
            json!(152_504),
        ] {
            assert_eq!(read(none.clone()), None, "{none}");
        }
    }
}
