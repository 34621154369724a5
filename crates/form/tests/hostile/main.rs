//! Spoilt input at every door, thousands of cases that are the same at each run. `fuzz/` goes further.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a surprise ends the test"
)]

mod doors;

const CASES: usize = 2_500;

/// Chance that is the same at each run.
struct Dice(u64);

impl Dice {
    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % limit.max(1)
    }
}

/// Spoils a seed at one to six places: a bit, a piece that goes, comes twice or moves, a word of the trade.
fn spoilt(seeds: &[&[u8]], words: &[&str], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len())].to_vec();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + 1 + dice.below(24)).min(bytes.len());
        match dice.below(6) {
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
            1 => {
                bytes.drain(at..end);
            }
            2 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece.repeat(1 + dice.below(3)));
            }
            3 => {
                let piece: Vec<u8> = bytes.drain(at..end).collect();
                let to = dice.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            4 => {
                let word = words[dice.below(words.len())];
                bytes.splice(at..at, word.bytes());
            }
            _ => {
                let other = seeds[dice.below(seeds.len())];
                let from = dice.below(other.len());
                let piece = &other[from..(from + dice.below(60)).min(other.len())];
                bytes.splice(at..end, piece.iter().copied());
            }
        }
    }
    bytes
}

fn knock(door: fn(&[u8]), seeds: &[&[u8]], words: &[&str]) {
    for seed in seeds {
        door(seed);
    }
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for case in 0..CASES {
        let bytes = spoilt(seeds, words, &mut dice);
        let knocked = std::panic::catch_unwind(|| door(&bytes));
        assert!(
            knocked.is_ok(),
            "case {case}: {:?}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

macro_rules! seeds {
    ($($name:literal),*) => {
        &[$(include_bytes!(concat!("../../../../fuzz/seeds/", $name))),*]
    };
}

#[test]
fn no_expression_is_a_surprise() {
    let words = [
        "(",
        ")",
        "[",
        "]",
        "//",
        "..",
        "@",
        "*",
        "'",
        "\"",
        " div ",
        " mod ",
        " or ",
        "|",
        "::",
        "self::",
        "node()",
        "position()",
        "current()",
        "-",
        "1e9",
        "$",
        "，",
        "count(",
        "if(",
        "concat(",
        "9999999999999999999",
    ];
    let expressions: &[&[u8]] = seeds!("expressions.txt");
    let seeds: Vec<&[u8]> = expressions[0].split(|byte| *byte == b'\n').collect();
    knock(doors::expression, &seeds, &words);
}

#[test]
fn no_rows_are_a_surprise() {
    let words = [
        "\t",
        "\n",
        "#choices\n",
        "#settings\n",
        "begin repeat",
        "end repeat",
        "begin group",
        "end group",
        "${",
        "}",
        "${age}",
        "select_one ",
        "calculate",
        "or_other",
        "range",
        "rank ",
        "trigger",
        "media::image",
        "::",
        "name",
        "text",
        "label::mn (mn)",
        "(",
        "instance('work')/root/item",
        "begin loop over work",
        "%(name)s",
    ];
    knock(doors::rows, seeds!("household.rows", "herd.rows"), &words);
}

#[test]
fn no_sheet_is_a_surprise() {
    let words = [
        "<row>",
        "</row>",
        "<c ",
        "r=\"A1\"",
        "r=\"XFD1048576\"",
        "t=\"s\"",
        "t=\"e\"",
        "t=\"b\"",
        "<v>",
        "<f>",
        "</f>",
        "1e300",
        "-1",
        "<is><t>",
        "<mergeCell ref=\"A1:B9\"/>",
        "&amp;",
        "]]>",
        "<!--",
        "<!DOCTYPE a>",
    ];
    knock(doors::sheet, seeds!("sheet.xml"), &words);
}

#[test]
fn no_xform_is_a_surprise() {
    let words = [
        "<a/>",
        "jr:template=\"\"",
        "jr:count=\"3\"",
        "nodeset=\"/data/member\"",
        "calculate=\"/data/worth\"",
        "</",
        "<repeat>",
        "<itemset nodeset=\"instance('x')/root/item\">",
        "ref=\"..\"",
        "<setvalue ref=\"/data/sheep\"/>",
        "type=\"int\"",
        "&lt;",
        "relevant=\"\"",
        "<bind/>",
        "<instance id=\"x\"/>",
        "<value ref=\"name\"/>",
        "xmlns=\"\"",
    ];
    knock(doors::xform, seeds!("household.xml", "herd.xml"), &words);
}
