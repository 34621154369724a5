//! What tells that two households of the register may be one: the same telephone with the same name, or the same address
//! (EVIDENCE §1.10 R9). Each is brought into one form, so that only what matters is compared.

/// Fewest digits of a telephone number that reaches one house.
const PHONE_DIGITS_MIN: usize = 7;
/// Fewest characters of an address that names one house; it has a number among them.
const ADDRESS_CHARS_MIN: usize = 6;

/// A telephone with the name of who is reached. `None` where either is missing: namesakes are many, and so are people who
/// are reached through one telephone.
pub fn contact(name: &str, phone: &str) -> Option<String> {
    let name = plain(name);
    let digits: String = phone
        .chars()
        .filter_map(|c| c.to_digit(10).or_else(|| wide_digit(c)))
        .filter_map(|digit| char::from_digit(digit, 10))
        .collect();
    let digits = digits
        .strip_prefix("86")
        .filter(|rest| rest.len() == 11)
        .unwrap_or(&digits);
    (!name.is_empty() && digits.len() >= PHONE_DIGITS_MIN).then(|| format!("{digits} {name}"))
}

/// An address that names one house. `None` for one that names a place where many live.
pub fn address(text: &str) -> Option<String> {
    let text = plain(text);
    let is_house = text.chars().count() >= ADDRESS_CHARS_MIN && text.chars().any(|c| c.is_ascii_digit());
    is_house.then_some(text)
}

/// Letters and digits alone, in lower case.
fn plain(text: &str) -> String {
    let narrow = |c: char| {
        wide_digit(c)
            .and_then(|digit| char::from_digit(digit, 10))
            .unwrap_or(c)
    };
    text.chars()
        .map(narrow)
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The value of a full-width digit, as input methods write them.
fn wide_digit(c: char) -> Option<u32> {
    u32::from(c).checked_sub(0xff10).filter(|digit| *digit < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_contact_is_written_in_many_ways() {
        let same = contact("巴特尔", "13900000001");
        assert!(same.is_some());
        for (name, phone) in [
            (" 巴特尔 ", "139-0000-0001"),
            ("巴特尔", "+86 139 0000 0001"),
            ("巴·特尔", "１３９００００００01"),
        ] {
            assert_eq!(contact(name, phone), same, "{name} {phone}");
        }
        for (name, phone) in [("巴特尔", "13900000002"), ("其木格", "13900000001")] {
            assert_ne!(contact(name, phone), same);
        }
        for (name, phone) in [
            ("巴特尔", ""),
            ("", "13900000001"),
            ("巴特尔", "无"),
            ("巴特尔", "110"),
        ] {
            assert_eq!(contact(name, phone), None, "{name} {phone}");
        }
    }

    #[test]
    fn only_an_address_of_one_house_tells() {
        assert_eq!(address("示例嘎查 １ 号院"), address("示例嘎查1号院"));
        assert!(address("示例嘎查1号院").is_some());
        assert_ne!(address("示例嘎查1号院"), address("示例嘎查11号院"));
        for many in ["", "示例嘎查", "阿拉坦合力苏木巴彦嘎查", "1号"] {
            assert_eq!(address(many), None, "{many}");
        }
    }
}
