//! Resident identity numbers (公民身份号码, GB 11643-1999): 18 characters, of which a day of birth, a sex and a check
//! character can be read.
//!
//! The area code of the first six digits is not looked up: it is that of the place at the time of registration, and
//! areas are renamed and merged. Forms make the same check by an expression, which every ODK client understands; this is
//! the rule itself.
//!
//! ```
//! use hudang_form::identity::{IdentityNumber, Sex};
//!
//! let number: IdentityNumber = "15250419721020954X".parse()?;
//! assert_eq!(number.birth().to_string(), "1972-10-20");
//! assert_eq!(number.sex(), Sex::Female);
//! # Ok::<(), hudang_form::identity::IdentityError>(())
//! ```

use std::str::FromStr;

use chrono::NaiveDate;

/// A resident identity number whose check character fits and whose day of birth is one of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IdentityNumber {
    birth: NaiveDate,
    sex: Sex,
}

/// As the number states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

impl Sex {
    /// `male` or `female`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
        }
    }
}

/// Why a text is no identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Not 17 digits and a digit or X.
    #[error("an identity number has 17 digits and a check character, which is a digit or X")]
    Form,
    /// No such day.
    #[error("the day of birth is none of the calendar")]
    Birth,
    /// The last character does not follow from the others.
    #[error("the check character does not fit: a digit is wrong, or two are swapped")]
    Check,
}

impl IdentityError {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Form => "HT-IDENTITY-FORM",
            Self::Birth => "HT-IDENTITY-BIRTH",
            Self::Check => "HT-IDENTITY-CHECK",
        }
    }

    /// What to do, in Chinese.
    pub const fn advice_zh(self) -> &'static str {
        match self {
            Self::Form => "身份证号须为 17 位数字加 1 位校验码(数字或 X);请照证件重新输入。",
            Self::Birth => "身份证号里的出生日期不存在;请照证件重新输入。",
            Self::Check => "身份证号校验码不符,可能有一位数字输错或两位颠倒;请照证件核对。",
        }
    }

    /// What to do, in English.
    pub fn advice_en(self) -> String {
        format!("{self}; compare it with the card")
    }
}

impl IdentityNumber {
    /// The day of birth.
    pub const fn birth(&self) -> NaiveDate {
        self.birth
    }

    /// The sex.
    pub const fn sex(&self) -> Sex {
        self.sex
    }
}

impl FromStr for IdentityNumber {
    type Err = IdentityError;

    /// Reads a number as it stands on the card; a small x is taken for a large one.
    fn from_str(text: &str) -> Result<Self, IdentityError> {
        let (digits, check) = text
            .len()
            .checked_sub(1)
            .and_then(|at| text.split_at_checked(at))
            .ok_or(IdentityError::Form)?;
        let digits: Option<Vec<u32>> = digits.chars().map(|digit| digit.to_digit(10)).collect();
        let digits = digits
            .and_then(|digits| <[u32; 17]>::try_from(digits).ok())
            .ok_or(IdentityError::Form)?;
        let check = match check {
            "X" | "x" => 10,
            digit => digit.parse::<u32>().map_err(|_| IdentityError::Form)?,
        };
        let [_, _, _, _, _, _, y1, y2, y3, y4, m1, m2, d1, d2, _, _, order] = digits;
        let number = |digits: &[u32]| digits.iter().fold(0, |number, digit| number * 10 + digit);
        let year = i32::try_from(number(&[y1, y2, y3, y4])).map_err(|_| IdentityError::Birth)?;
        let birth = NaiveDate::from_ymd_opt(year, number(&[m1, m2]), number(&[d1, d2]));
        let birth = birth.ok_or(IdentityError::Birth)?;
        if check_character(&digits) != check {
            return Err(IdentityError::Check);
        }
        // The last digit of the order number: odd for men, even for women.
        let sex = if order % 2 == 1 { Sex::Male } else { Sex::Female };
        Ok(Self { birth, sex })
    }
}

/// The number as it stands on the card, where a text is one but for how it was typed: with spaces or hyphens between, in full
/// width as Chinese keyboards write, with a small x.
pub fn as_on_card(text: &str) -> Option<String> {
    let kept = text.chars().filter(|one| !one.is_whitespace() && *one != '-');
    let number: String = kept.map(narrow).collect();
    number.parse::<IdentityNumber>().is_ok().then_some(number)
}

/// A digit or x in full width as in ASCII; x as it is on cards.
fn narrow(one: char) -> char {
    let digit = u32::from(one)
        .checked_sub(u32::from('０'))
        .and_then(|digit| char::from_digit(digit, 10));
    match one {
        'x' | 'ｘ' | 'Ｘ' => 'X',
        one => digit.unwrap_or(one),
    }
}

/// ISO 7064 MOD 11-2: doubling from digit to digit; ten is written X.
fn check_character(digits: &[u32]) -> u32 {
    let sum = digits.iter().fold(0, |sum, digit| (sum + digit) * 2 % 11);
    (12 - sum) % 11
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, Sex), IdentityError> {
        let number: IdentityNumber = text.parse()?;
        Ok((number.birth().to_string(), number.sex()))
    }

    #[test]
    fn birth_and_sex_are_read_from_a_number() {
        assert_eq!(
            read("152523196401118258"),
            Ok(("1964-01-11".to_owned(), Sex::Male))
        );
        assert_eq!(
            read("15250419721020954x"),
            Ok(("1972-10-20".to_owned(), Sex::Female))
        );
    }

    #[test]
    fn a_number_is_written_as_on_the_card_however_it_was_typed() {
        let card = "15250419721020954X";
        for typed in [
            card,
            "15250419721020954x",
            " 152504 19721020 954x ",
            "152504-19721020-954X",
            "１５２５０４１９７２１０２０９５４ｘ",
            "152504\u{3000}19721020９５４Ｘ",
        ] {
            assert_eq!(as_on_card(typed).as_deref(), Some(card), "{typed}");
        }
        for other in [
            "",
            "x",
            "152504197210209541",
            "13900001234",
            "15250419721020954X1",
            "白音嘎查 3 号",
        ] {
            assert_eq!(as_on_card(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_none_is_refused_with_the_reason() {
        for (text, error) in [
            ("", IdentityError::Form),
            ("15252319640111825", IdentityError::Form),
            ("1525231964011182588", IdentityError::Form),
            ("15252319640111825户", IdentityError::Form),
            ("1525231964011182+8", IdentityError::Form),
            ("15252319640111825X", IdentityError::Check),
            ("152523196402308258", IdentityError::Birth),
            ("152502199013011230", IdentityError::Birth),
        ] {
            assert_eq!(read(text).unwrap_err(), error, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn one_wrong_digit_and_two_swapped_neighbours_are_found(at in 0_usize..17, other in 0_u8..10) {
            let good = b"152523196401118258";
            let mut wrong = good.to_vec();
            wrong[at] = b'0' + other;
            if wrong != good {
                proptest::prop_assert!(read(std::str::from_utf8(&wrong).unwrap()).is_err());
            }
            let mut swapped = good.to_vec();
            swapped.swap(at, at + 1);
            if swapped != good {
                proptest::prop_assert!(read(std::str::from_utf8(&swapped).unwrap()).is_err());
            }
        }
    }
}
