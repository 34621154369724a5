//! From words to the tree, by recursive descent with a limit on its depth.

use super::lexer::{Token, words};
use super::{
    Axis, Call, Cause, Comparison, DEPTH_MAX, ExpressionError, Function, Kind, Operator, Part, Path, Span,
    Start, Step, Test,
};

type Result<T> = std::result::Result<T, ExpressionError>;

struct Parser {
    words: Vec<(Token, Span)>,
    at: usize,
    depth: usize,
}

/// Reads a whole expression.
pub(super) fn parse(text: &str) -> Result<Part> {
    let mut parser = Parser {
        words: words(text)?,
        at: 0,
        depth: 0,
    };
    let part = parser.expression()?;
    match parser.peek() {
        None => Ok(part),
        Some(_) => Err(parser.unexpected("an operator")),
    }
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.words.get(self.at).map(|(token, _)| token)
    }

    fn peek_after(&self) -> Option<&Token> {
        self.words.get(self.at + 1).map(|(token, _)| token)
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &'static str) -> Result<()> {
        if self.eat(sign) {
            return Ok(());
        }
        Err(self.unexpected(sign))
    }

    fn here(&self) -> Span {
        let end = self.words.last().map_or(0, |(_, span)| span.end);
        self.words
            .get(self.at)
            .map_or(Span { start: end, end }, |(_, span)| *span)
    }

    /// From `start` to the word before.
    fn since(&self, start: u32) -> Span {
        let before = self.at.checked_sub(1).and_then(|at| self.words.get(at));
        let end = before.map_or(start, |(_, span)| span.end);
        Span { start, end }
    }

    fn unexpected(&self, wanted: &'static str) -> ExpressionError {
        let cause = match self.peek() {
            None => Cause::Ends(wanted),
            Some(token) => Cause::Unexpected(shown(token)),
        };
        ExpressionError {
            span: self.here(),
            cause,
        }
    }

    /// One level deeper.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= DEPTH_MAX {
            return Err(ExpressionError {
                span: self.here(),
                cause: Cause::TooDeep,
            });
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn expression(&mut self) -> Result<Part> {
        self.nested(Self::or)
    }

    fn chain(
        &mut self,
        operator: &Token,
        next: fn(&mut Self) -> Result<Part>,
        kind: fn(Vec<Part>) -> Kind,
    ) -> Result<Part> {
        let start = self.here().start;
        let first = next(self)?;
        if self.peek() != Some(operator) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.peek() == Some(operator) {
            self.at += 1;
            parts.push(next(self)?);
        }
        Ok(Part {
            span: self.since(start),
            kind: kind(parts),
        })
    }

    fn or(&mut self) -> Result<Part> {
        self.chain(&Token::Or, Self::and, Kind::Or)
    }

    fn and(&mut self) -> Result<Part> {
        self.chain(&Token::And, Self::equality, Kind::And)
    }

    fn compare(
        &mut self,
        next: fn(&mut Self) -> Result<Part>,
        known: fn(&Token) -> Option<Comparison>,
    ) -> Result<Part> {
        let start = self.here().start;
        let first = next(self)?;
        let mut rest = Vec::new();
        while let Some(comparison) = self.peek().and_then(known) {
            self.at += 1;
            rest.push((comparison, next(self)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Part {
            span: self.since(start),
            kind: Kind::Compare(Box::new(first), rest),
        })
    }

    fn equality(&mut self) -> Result<Part> {
        self.compare(Self::relation, |token| match token {
            Token::Sign("=") => Some(Comparison::Equal),
            Token::Sign("!=") => Some(Comparison::Unequal),
            _ => None,
        })
    }

    fn relation(&mut self) -> Result<Part> {
        self.compare(Self::sum, |token| match token {
            Token::Sign("<") => Some(Comparison::Less),
            Token::Sign("<=") => Some(Comparison::LessOrEqual),
            Token::Sign(">") => Some(Comparison::Greater),
            Token::Sign(">=") => Some(Comparison::GreaterOrEqual),
            _ => None,
        })
    }

    fn arithmetic(
        &mut self,
        next: fn(&mut Self) -> Result<Part>,
        known: fn(&Token) -> Option<Operator>,
    ) -> Result<Part> {
        let start = self.here().start;
        let first = next(self)?;
        let mut rest = Vec::new();
        while let Some(operator) = self.peek().and_then(known) {
            self.at += 1;
            rest.push((operator, next(self)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Part {
            span: self.since(start),
            kind: Kind::Arithmetic(Box::new(first), rest),
        })
    }

    fn sum(&mut self) -> Result<Part> {
        self.arithmetic(Self::product, |token| match token {
            Token::Sign("+") => Some(Operator::Add),
            Token::Sign("-") => Some(Operator::Subtract),
            _ => None,
        })
    }

    fn product(&mut self) -> Result<Part> {
        self.arithmetic(Self::negation, |token| match token {
            Token::Times => Some(Operator::Multiply),
            Token::Div => Some(Operator::Divide),
            Token::Mod => Some(Operator::Remainder),
            _ => None,
        })
    }

    fn negation(&mut self) -> Result<Part> {
        let start = self.here().start;
        let mut is_negative = false;
        let mut is_signed = false;
        while self.eat("-") {
            is_signed = true;
            is_negative = !is_negative;
        }
        let part = self.union()?;
        if !is_signed {
            return Ok(part);
        }
        let negated = |span, part| Part {
            span,
            kind: Kind::Negate(Box::new(part)),
        };
        let span = self.since(start);
        let once = negated(span, part);
        // Twice makes a number of what it stands before, and changes no sign.
        Ok(if is_negative { once } else { negated(span, once) })
    }

    fn union(&mut self) -> Result<Part> {
        self.chain(&Token::Sign("|"), Self::path, Kind::Union)
    }

    fn path(&mut self) -> Result<Part> {
        let start = self.here().start;
        let begins = match self.peek() {
            Some(Token::Sign("/")) => {
                self.at += 1;
                let steps = if self.is_step() {
                    self.steps(Vec::new())?
                } else {
                    Vec::new()
                };
                return Ok(self.located(start, Start::Root, steps));
            }
            Some(Token::Sign("//")) => {
                self.at += 1;
                let steps = self.steps(vec![everywhere(self.since(start))])?;
                return Ok(self.located(start, Start::Root, steps));
            }
            _ if self.is_primary() => self.primary()?,
            _ if self.is_step() => {
                let steps = self.steps(Vec::new())?;
                return Ok(self.located(start, Start::Context, steps));
            }
            _ => return Err(self.unexpected("a value")),
        };
        let predicates = self.predicates()?;
        let steps = if self.eat("/") {
            self.steps(Vec::new())?
        } else if self.eat("//") {
            self.steps(vec![everywhere(self.since(start))])?
        } else {
            Vec::new()
        };
        if predicates.is_empty() && steps.is_empty() {
            return Ok(begins);
        }
        Ok(self.located(start, Start::Part(Box::new(begins), predicates), steps))
    }

    fn located(&self, start: u32, begins: Start, steps: Vec<Step>) -> Part {
        Part {
            span: self.since(start),
            kind: Kind::Path(Path::new(begins, steps)),
        }
    }

    fn is_primary(&self) -> bool {
        match self.peek() {
            Some(Token::Number(_) | Token::Text(_) | Token::Sign("(")) => true,
            Some(Token::Name(prefix, name)) => {
                let is_call = matches!(self.peek_after(), Some(Token::Sign("(")));
                is_call && (prefix.is_some() || !is_node_type(name))
            }
            _ => false,
        }
    }

    fn is_step(&self) -> bool {
        matches!(
            self.peek(),
            Some(Token::Name(..) | Token::Star | Token::Sign("." | ".." | "@"))
        )
    }

    fn primary(&mut self) -> Result<Part> {
        let span = self.here();
        let kind = match self.peek().cloned() {
            Some(Token::Number(number)) => {
                self.at += 1;
                Kind::Number(number)
            }
            Some(Token::Text(text)) => {
                self.at += 1;
                Kind::Text(text)
            }
            Some(Token::Name(prefix, local)) => {
                self.at += 2;
                Kind::Call(self.call(prefix.as_deref(), &local)?)
            }
            _ => {
                self.expect("(")?;
                let part = self.expression()?;
                self.expect(")")?;
                return Ok(part);
            }
        };
        Ok(Part {
            span: self.since(span.start),
            kind,
        })
    }

    /// After the opening parenthesis.
    fn call(&mut self, prefix: Option<&str>, local: &str) -> Result<Call> {
        let name: Box<str> = prefix.map_or_else(|| local.into(), |prefix| format!("{prefix}:{local}").into());
        let mut arguments = Vec::new();
        if !self.eat(")") {
            loop {
                arguments.push(self.expression()?);
                if !self.eat(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        Ok(Call {
            function: Function::named(&name),
            name,
            arguments,
        })
    }

    fn steps(&mut self, mut steps: Vec<Step>) -> Result<Vec<Step>> {
        loop {
            steps.push(self.step()?);
            if self.eat("//") {
                steps.push(everywhere(self.here()));
            } else if !self.eat("/") {
                return Ok(steps);
            }
        }
    }

    fn step(&mut self) -> Result<Step> {
        let start = self.here().start;
        for (sign, axis) in [("..", Axis::Parent), (".", Axis::Itself)] {
            if self.eat(sign) {
                let predicates = self.predicates()?;
                return Ok(Step {
                    span: self.since(start),
                    axis,
                    test: Test::Node,
                    predicates,
                });
            }
        }
        let axis = self.axis()?;
        let test = self.test()?;
        let predicates = self.predicates()?;
        Ok(Step {
            span: self.since(start),
            axis,
            test,
            predicates,
        })
    }

    fn axis(&mut self) -> Result<Axis> {
        if self.eat("@") {
            return Ok(Axis::Attribute);
        }
        let Some(Token::Name(None, name)) = self.peek() else {
            return Ok(Axis::Child);
        };
        if !matches!(self.peek_after(), Some(Token::Sign("::"))) {
            return Ok(Axis::Child);
        }
        let axis = match &**name {
            "ancestor" => Axis::Ancestor,
            "ancestor-or-self" => Axis::AncestorOrSelf,
            "attribute" => Axis::Attribute,
            "child" => Axis::Child,
            "descendant" => Axis::Descendant,
            "descendant-or-self" => Axis::DescendantOrSelf,
            "following" => Axis::Following,
            "following-sibling" => Axis::FollowingSibling,
            "namespace" => Axis::Namespace,
            "parent" => Axis::Parent,
            "preceding" => Axis::Preceding,
            "preceding-sibling" => Axis::PrecedingSibling,
            "self" => Axis::Itself,
            _ => return Err(self.unexpected("an axis")),
        };
        self.at += 2;
        Ok(axis)
    }

    fn test(&mut self) -> Result<Test> {
        let token = self.peek().cloned();
        let test = match token {
            Some(Token::Star) => Test::Any,
            Some(Token::Name(None, name))
                if is_node_type(&name) && matches!(self.peek_after(), Some(Token::Sign("("))) =>
            {
                self.at += 2;
                return self.node_type(&name);
            }
            Some(Token::Name(Some(prefix), local)) if &*local == "*" => Test::AnyOf(prefix),
            Some(Token::Name(prefix, local)) => Test::Name { prefix, local },
            _ => return Err(self.unexpected("a name")),
        };
        self.at += 1;
        Ok(test)
    }

    /// After the opening parenthesis.
    fn node_type(&mut self, name: &str) -> Result<Test> {
        let test = match name {
            "text" => Test::Text,
            "comment" => Test::Comment,
            "node" => Test::Node,
            _ => {
                let target = match self.peek() {
                    Some(Token::Text(target)) => Some(target.clone()),
                    _ => None,
                };
                self.at += usize::from(target.is_some());
                Test::Instruction(target)
            }
        };
        self.expect(")")?;
        Ok(test)
    }

    fn predicates(&mut self) -> Result<Vec<Part>> {
        let mut predicates = Vec::new();
        while self.eat("[") {
            predicates.push(self.expression()?);
            self.expect("]")?;
        }
        Ok(predicates)
    }
}

/// What `//` stands for.
fn everywhere(span: Span) -> Step {
    Step {
        span,
        axis: Axis::DescendantOrSelf,
        test: Test::Node,
        predicates: Vec::new(),
    }
}

fn is_node_type(name: &str) -> bool {
    matches!(name, "node" | "text" | "comment" | "processing-instruction")
}

fn shown(token: &Token) -> String {
    match token {
        Token::Number(number) => number.to_string(),
        Token::Text(text) => format!("'{text}'"),
        Token::Name(None, local) => local.to_string(),
        Token::Name(Some(prefix), local) => format!("{prefix}:{local}"),
        Token::Star | Token::Times => "*".to_owned(),
        Token::And => "and".to_owned(),
        Token::Or => "or".to_owned(),
        Token::Mod => "mod".to_owned(),
        Token::Div => "div".to_owned(),
        Token::Sign(sign) => (*sign).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Expression;

    #[test]
    fn ten_thousand_parentheses_are_an_error() {
        let text = format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000));
        assert_eq!(parse(&text).unwrap_err().cause, Cause::TooDeep);
        let text = format!("{}1{}", "/a[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(parse(&text).unwrap_err().cause, Cause::TooDeep);
    }

    #[test]
    fn ten_thousand_terms_are_not_deep() {
        for operator in [" + ", " and ", " or ", " = ", " | ", " * "] {
            let text = vec!["a"; 10_000].join(operator);
            assert!(parse(&text).is_ok(), "{operator}");
        }
        assert!(parse(&format!("{}1", "-".repeat(10_000))).is_ok());
    }

    #[test]
    fn an_error_points_at_its_character() {
        let error = parse("1 + + 2").unwrap_err();
        assert_eq!(
            (error.span.start, error.cause),
            (4, Cause::Unexpected("+".to_owned()))
        );
        assert_eq!(parse("'户").unwrap_err().cause, Cause::OpenText);
        assert_eq!(parse("a = ").unwrap_err().cause, Cause::Ends("a value"));
    }

    #[test]
    fn problems_carry_the_nearest_known_name() {
        let expression = Expression::parse("1 + coalese(a, b)").unwrap();
        let problems = expression.problems();
        assert_eq!(
            problems[0].to_string(),
            "there is no function coalese(); is it coalesce()? (character 5)"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,200}") {
            let _parsed = parse(&text);
        }

        #[test]
        fn no_words_make_the_parser_panic(words in proptest::collection::vec(
            proptest::sample::select(vec![
                "(", ")", "[", "]", "/", "//", "..", ".", "@", "*", "a", "a:b", "a:*", "1", ".5", "'x'", "and", "or",
                "div", "mod", "-", "+", "=", "!=", "<", "|", ",", "::", "self", "node", "text", "if", "count", "$", " ",
            ]),
            0..40,
        )) {
            let _parsed = parse(&words.concat());
        }
    }
}
