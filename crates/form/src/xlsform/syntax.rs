//! Whether an expression is well formed, and which functions it calls. Operands and operators must alternate and
//! brackets must pair; nothing is nested on the machine's stack, whatever the input.

use super::kind::Kind;
use super::name::{name_length, prefixed_length};
use super::nearest::nearest;
use super::token::reference_length;

/// One fault, at a byte offset of the expression.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    pub(super) offset: usize,
    pub(super) nearest: Option<String>,
}

/// Deeper nesting is no expression that a person wrote.
const DEEPEST: usize = 100;

#[derive(Clone, Copy, PartialEq)]
enum Expect {
    Operand,
    Operator,
    /// After a path separator: a step of a path.
    Step,
}

/// An open bracket.
#[derive(Clone, Copy)]
struct Open {
    bracket: char,
    offset: usize,
    /// The parenthesis of a call, where a comma separates and nothing may stand between.
    is_call: bool,
    is_fresh: bool,
}

/// Faults of an expression, in order.
pub(super) fn faults(text: &str) -> Vec<Fault> {
    let mut check = Check {
        text,
        at: 0,
        expect: Expect::Operand,
        open: Vec::new(),
        faults: Vec::new(),
    };
    while check.at < text.len() && check.faults.len() < 8 {
        if !check.step() {
            return check.faults;
        }
    }
    if let Some(open) = check.open.last() {
        let found = open.bracket.to_string();
        check.fault(Kind::Bracket { found }, open.offset);
    } else {
        // Nothing at all is nobody's mistake here, and `/` alone is the root.
        let is_whole = match check.expect {
            Expect::Operator => true,
            Expect::Operand => text.trim().is_empty(),
            Expect::Step => text.trim() == "/",
        };
        if !is_whole {
            check.fault(Kind::ExpressionEnd {}, text.len());
        }
    }
    check.faults
}

struct Check<'a> {
    text: &'a str,
    at: usize,
    expect: Expect,
    open: Vec<Open>,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn fault(&mut self, kind: Kind, offset: usize) {
        self.faults.push(Fault {
            kind,
            offset,
            nearest: None,
        });
    }

    fn unexpected(&mut self) -> bool {
        let found: String = self.rest().chars().take(12).collect();
        self.fault(Kind::ExpressionSyntax { found }, self.at);
        false
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Something stands here; the innermost call has an argument.
    fn take(&mut self, length: usize, expect: Expect) -> bool {
        self.at += length;
        self.expect = expect;
        if let Some(open) = self.open.last_mut() {
            open.is_fresh = false;
        }
        true
    }

    /// Takes the next piece. `false` when reading on would only repeat the same fault.
    fn step(&mut self) -> bool {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return false;
        };
        if first.is_whitespace() {
            self.at += first.len_utf8();
            return true;
        }
        if let Some(half) = half_width(first) {
            let kind = Kind::FullWidth {
                found: first.to_string(),
            };
            self.faults.push(Fault {
                kind,
                offset: self.at,
                nearest: Some(half.to_string()),
            });
            return false;
        }
        match first {
            '(' | '[' => return self.open(first, false),
            ')' | ']' => return self.close(first),
            ',' => return self.comma(),
            '"' | '\'' => return self.quote(first),
            _ => {}
        }
        match self.expect {
            Expect::Operator => self.operator(first),
            Expect::Operand | Expect::Step => self.operand(first),
        }
    }

    fn open(&mut self, bracket: char, is_call: bool) -> bool {
        let fits = match bracket {
            '(' => is_call || self.expect == Expect::Operand,
            _ => self.expect == Expect::Operator,
        };
        if !fits {
            return self.unexpected();
        }
        if self.open.len() >= DEEPEST {
            self.fault(Kind::ExpressionDeep { limit: DEEPEST }, self.at);
            return false;
        }
        let offset = self.at;
        self.take(1, Expect::Operand);
        self.open.push(Open {
            bracket,
            offset,
            is_call,
            is_fresh: true,
        });
        true
    }

    fn close(&mut self, bracket: char) -> bool {
        let wanted = if bracket == ')' { '(' } else { '[' };
        let Some(open) = self.open.last().copied().filter(|open| open.bracket == wanted) else {
            self.fault(
                Kind::Bracket {
                    found: bracket.to_string(),
                },
                self.at,
            );
            return false;
        };
        let is_empty_call = open.is_call && open.is_fresh;
        if self.expect != Expect::Operator && !is_empty_call {
            return self.unexpected();
        }
        self.open.pop();
        self.take(1, Expect::Operator)
    }

    fn comma(&mut self) -> bool {
        let in_call = self.open.last().is_some_and(|open| open.is_call);
        if self.expect != Expect::Operator || !in_call {
            return self.unexpected();
        }
        self.take(1, Expect::Operand)
    }

    fn quote(&mut self, quote: char) -> bool {
        let Some(end) = self.rest().get(1..).and_then(|rest| rest.find(quote)) else {
            self.fault(Kind::Quote {}, self.at);
            return false;
        };
        if self.expect != Expect::Operand {
            return self.unexpected();
        }
        self.take(end + 2, Expect::Operator)
    }

    fn operator(&mut self, first: char) -> bool {
        let rest = self.rest();
        for symbol in ["!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "|"] {
            if rest.starts_with(symbol) {
                return self.take(symbol.len(), Expect::Operand);
            }
        }
        if first == '/' {
            let length = if rest.starts_with("//") { 2 } else { 1 };
            return self.take(length, Expect::Step);
        }
        let word = name_length(rest);
        if matches!(rest.get(..word), Some("and" | "or" | "mod" | "div")) {
            return self.take(word, Expect::Operand);
        }
        self.unexpected()
    }

    fn operand(&mut self, first: char) -> bool {
        let rest = self.rest();
        if let Some(length) = reference_length(rest) {
            return self.take(length, Expect::Operator);
        }
        if rest.starts_with("..") {
            return self.take(2, Expect::Operator);
        }
        let is_operand = self.expect == Expect::Operand;
        let digits = number_length(rest);
        if is_operand && digits > 0 {
            return self.take(digits, Expect::Operator);
        }
        match first {
            '.' | '*' => return self.take(1, Expect::Operator),
            '@' => return self.take(1, Expect::Step),
            '-' if is_operand => return self.take(1, Expect::Operand),
            '/' if is_operand => {
                let length = if rest.starts_with("//") { 2 } else { 1 };
                return self.take(length, Expect::Step);
            }
            _ => {}
        }
        let length = prefixed_length(rest);
        if length == 0 {
            return self.unexpected();
        }
        let name = rest.get(..length).unwrap_or_default().to_owned();
        let after = rest.get(length..).unwrap_or_default();
        if after.starts_with("::") {
            return self.take(length + 2, Expect::Step);
        }
        if after.starts_with(":*") {
            return self.take(length + 2, Expect::Operator);
        }
        let blanks = after.len() - after.trim_start().len();
        if after.trim_start().starts_with('(') {
            self.function(&name);
            self.at += length + blanks;
            return self.open('(', true);
        }
        self.take(length, Expect::Operator)
    }

    fn function(&mut self, name: &str) {
        // Functions with a prefix other than jr belong to a client.
        let is_foreign = name.contains(':') && !name.starts_with("jr:");
        if !is_foreign && !FUNCTIONS.contains(&name) {
            let near = nearest(name, FUNCTIONS.iter().copied());
            let kind = Kind::FunctionUnknown {
                name: name.to_owned(),
            };
            self.faults.push(Fault {
                kind,
                offset: self.at,
                nearest: near,
            });
        }
    }
}

fn number_length(rest: &str) -> usize {
    let digits = |text: &str| {
        text.find(|character: char| !character.is_ascii_digit())
            .unwrap_or(text.len())
    };
    let whole = digits(rest);
    match rest.get(whole..).and_then(|after| after.strip_prefix('.')) {
        Some(after) if whole > 0 || digits(after) > 0 => whole + 1 + digits(after),
        _ => whole,
    }
}

/// What a Chinese keyboard writes instead of the character that was meant.
fn half_width(character: char) -> Option<char> {
    Some(match character {
        // The whole block of full-width forms lies at one distance from ASCII.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(character).saturating_sub(0xFEE0))?,
        '、' => ',',
        '。' => '.',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '×' => '*',
        '−' | '—' => '-',
        '\u{FFE5}' | '\u{A5}' => '$',
        '【' => '[',
        '】' => ']',
        '\u{3000}' => ' ',
        _ => return None,
    })
}

/// `XPath` 1.0 §4 and the ODK `XForms` specification's functions, with node tests.
pub(super) const FUNCTIONS: [&str; 93] = [
    "abs",
    "acos",
    "area",
    "asin",
    "atan",
    "atan2",
    "base64-decode",
    "boolean",
    "boolean-from-string",
    "ceiling",
    "checklist",
    "coalesce",
    "comment",
    "concat",
    "contains",
    "cos",
    "count",
    "count-non-empty",
    "count-selected",
    "current",
    "date",
    "date-time",
    "decimal-date-time",
    "decimal-time",
    "depend",
    "digest",
    "distance",
    "enclosed-area",
    "ends-with",
    "exp",
    "exp10",
    "extract-signed",
    "false",
    "floor",
    "format-date",
    "format-date-time",
    "geofence",
    "id",
    "if",
    "indexed-repeat",
    "instance",
    "int",
    "intersects",
    "join",
    "jr:choice-name",
    "jr:itext",
    "lang",
    "last",
    "local-name",
    "log",
    "log10",
    "max",
    "min",
    "name",
    "namespace-uri",
    "node",
    "normalize-space",
    "not",
    "now",
    "number",
    "once",
    "pi",
    "position",
    "pow",
    "processing-instruction",
    "property",
    "pulldata",
    "random",
    "randomize",
    "regex",
    "round",
    "search",
    "selected",
    "selected-at",
    "sin",
    "sqrt",
    "starts-with",
    "string",
    "string-length",
    "substr",
    "substring",
    "substring-after",
    "substring-before",
    "sum",
    "tan",
    "text",
    "time",
    "today",
    "translate",
    "true",
    "uuid",
    "version",
    "weighted-checklist",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Option<(&'static str, usize)> {
        faults(text)
            .first()
            .map(|fault| (fault.kind.code(), fault.offset))
    }

    #[test]
    fn accepts_what_forms_hold() {
        for text in [
            ". > 0 and . <= 130",
            "${a} * 2 - -1 div (3 mod 2)",
            "instance('c')/root/item[name = current()/../a and @x='1'][2]/label",
            "count(${r}) = 0 or not(selected(${b}, 'x'))",
            "/data/*/a | ../b//c | .",
            "once(uuid())",
            "if(${a} = '', 'no (', \"yes]\")",
            "jr:choice-name(${a}, '${a}')",
            "sum(/data/r[position() <= position(current()/..)]/n)",
            "true()",
            "",
            "self::node()",
            "*[1]",
            "a-b - c",
        ] {
            assert_eq!(faults(text), [], "{text}");
        }
    }

    #[test]
    fn points_at_the_fault() {
        assert_eq!(first("concat('a', ${b}"), Some(("XF-EXPR-BRACKET", 6)));
        assert_eq!(first("${a} + "), Some(("XF-EXPR-END", 7)));
        assert_eq!(first("${a} ${b}"), Some(("XF-EXPR-SYNTAX", 5)));
        assert_eq!(first("${a} = 'x"), Some(("XF-EXPR-QUOTE", 7)));
        assert_eq!(first("(1 + 2]"), Some(("XF-EXPR-BRACKET", 6)));
        assert_eq!(first("slected(${a}, 'x')"), Some(("XF-EXPR-FUNCTION", 0)));
        assert_eq!(first("${a} \u{FF1D} 1"), Some(("XF-EXPR-FULLWIDTH", 5)));
        assert_eq!(first("${a} => 1"), Some(("XF-EXPR-SYNTAX", 6)));
        assert_eq!(first(&"(".repeat(10_000)), Some(("XF-EXPR-DEEP", 100)));
        assert_eq!(first("selected(${a},)"), Some(("XF-EXPR-SYNTAX", 14)));
    }
}
