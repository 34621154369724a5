//! XPath 1.0 with the functions of ODK XForms, read once into a typed tree.
//!
//! ```
//! use hudang_form::expression::Expression;
//!
//! let expression = Expression::parse("if(../age >= 18, 'adult', 'child')")?;
//! assert!(expression.problems().is_empty());
//!
//! let misspelt = Expression::parse("sellected(../crops, 'maize')")?;
//! assert_eq!(misspelt.problems()[0].to_string(), "there is no function sellected(); is it selected()? (character 1)");
//! # Ok::<(), hudang_form::expression::ExpressionError>(())
//! ```

mod error;
mod function;
mod lexer;
mod parser;
mod pattern;
mod shortcut;

pub use self::error::{Cause, ExpressionError};
pub use self::function::Function;
pub(crate) use self::function::nearest;
pub(crate) use self::pattern::compile_pattern;
pub(crate) use self::shortcut::Origin;
pub use self::shortcut::Shortcut;

/// How deep parentheses, predicates and arguments may nest.
pub const DEPTH_MAX: usize = 200;
/// How long an expression may be, in bytes.
pub const LENGTH_MAX: usize = 1 << 20;

/// From one character of the expression's text to another, counted in characters from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first character.
    pub start: u32,
    /// The first one after it.
    pub end: u32,
}

/// A whole expression with its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    text: Box<str>,
    root: Part,
}

impl Expression {
    /// Reads an expression.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        Ok(Self {
            text: text.into(),
            root: parser::parse(text)?,
        })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The outermost part.
    pub fn root(&self) -> &Part {
        &self.root
    }

    /// Unknown functions, wrong numbers of arguments, and patterns that cannot be used. They are errors only where they are worked out, since forms
    /// guard newer functions with `if()`; whoever checks a form shows them all.
    pub fn problems(&self) -> Vec<ExpressionError> {
        let mut found = Vec::new();
        self.root.visit(&mut |part| {
            if let Kind::Call(call) = &part.kind {
                found.extend(call.problem(part.span));
                found.extend(call.broken_pattern());
            }
        });
        found
    }

    /// One of its parts as an expression of its own; positions stay those of the whole.
    pub(crate) fn excerpt(&self, part: &Part) -> Self {
        Self {
            text: self.text.clone(),
            root: part.clone(),
        }
    }

    /// Whether nothing but the expression itself decides its value.
    pub fn is_constant(&self) -> bool {
        let mut constant = true;
        self.root.visit(&mut |part| match &part.kind {
            Kind::Path(_) => constant = false,
            Kind::Call(call) => constant &= call.function.is_some_and(Function::is_constant),
            _ => {}
        });
        constant
    }
}

/// One part of an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a part is. Chains of one level are flat, so that ten thousand terms are no deeper than one.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `1.5`
    Number(f64),
    /// `'text'`
    Text(Box<str>),
    /// `a or b or c`
    Or(Vec<Part>),
    /// `a and b and c`
    And(Vec<Part>),
    /// `a = b`, from left to right
    Compare(Box<Part>, Vec<(Comparison, Part)>),
    /// `a + b - c` or `a * b div c`, from left to right
    Arithmetic(Box<Part>, Vec<(Operator, Part)>),
    /// `-a`
    Negate(Box<Part>),
    /// `a | b`
    Union(Vec<Part>),
    /// `name(…)`
    Call(Call),
    /// `/a/b[1]`, `../c`, `instance('x')/root/item`
    Path(Path),
}

/// `=` and its kin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// `+` and its kin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `div`
    Divide,
    /// `mod`
    Remainder,
}

/// A function with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `None` if nobody knows the name.
    pub function: Option<Function>,
    /// As it is written.
    pub name: Box<str>,
    /// In order.
    pub arguments: Vec<Part>,
}

impl Call {
    /// What is wrong with the call as it is written.
    pub fn problem(&self, span: Span) -> Option<ExpressionError> {
        let Some(function) = self.function else {
            return Some(ExpressionError {
                span,
                cause: Cause::UnknownFunction {
                    name: self.name.to_string(),
                    nearest: Function::nearest(&self.name),
                },
            });
        };
        let cause = function.wrong_count(self.arguments.len())?;
        Some(ExpressionError { span, cause })
    }
}

impl Call {
    /// A pattern of `regex()` that stands in the expression itself and cannot be used.
    fn broken_pattern(&self) -> Option<ExpressionError> {
        if self.function != Some(Function::Regex) {
            return None;
        }
        let argument = self.arguments.get(1)?;
        let Kind::Text(pattern) = &argument.kind else {
            return None;
        };
        compile_pattern(pattern).is_none().then(|| ExpressionError {
            span: argument.span,
            cause: Cause::Pattern(pattern.to_string()),
        })
    }
}

/// A location path.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Where it begins.
    pub start: Start,
    /// How it goes on.
    pub steps: Vec<Step>,
    shortcut: shortcut::Noted,
}

/// Where a path begins.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// At the root: `/a`.
    Root,
    /// At the node at hand: `a`.
    Context,
    /// At what another part gives: `instance('x')/a`, `(a | b)[1]`.
    Part(Box<Part>, Vec<Part>),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Where it stands.
    pub span: Span,
    /// In which direction.
    pub axis: Axis,
    /// To which nodes.
    pub test: Test,
    /// To which of them.
    pub predicates: Vec<Part>,
}

/// The direction of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// `ancestor::`
    Ancestor,
    /// `ancestor-or-self::`
    AncestorOrSelf,
    /// `@`
    Attribute,
    /// The usual one.
    Child,
    /// `descendant::`
    Descendant,
    /// `//` and `descendant-or-self::`
    DescendantOrSelf,
    /// `following::`
    Following,
    /// `following-sibling::`
    FollowingSibling,
    /// `namespace::`, which holds nothing here
    Namespace,
    /// `..`
    Parent,
    /// `preceding::`
    Preceding,
    /// `preceding-sibling::`
    PrecedingSibling,
    /// `.`
    Itself,
}

/// Which nodes a step takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// `name` or `prefix:name`
    Name {
        /// Before the colon.
        prefix: Option<Box<str>>,
        /// After it.
        local: Box<str>,
    },
    /// `*`
    Any,
    /// `prefix:*`
    AnyOf(Box<str>),
    /// `node()`
    Node,
    /// `text()`
    Text,
    /// `comment()`
    Comment,
    /// `processing-instruction()`, perhaps with a name
    Instruction(Option<Box<str>>),
}

impl Part {
    /// Shows this part and every part within.
    pub fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        see(self);
        self.each_inner(&mut |part| part.visit(see));
    }

    /// Shows every part directly within.
    pub(crate) fn each_inner<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        match &self.kind {
            Kind::Number(_) | Kind::Text(_) => {}
            Kind::Or(parts) | Kind::And(parts) | Kind::Union(parts) => parts.iter().for_each(see),
            Kind::Compare(first, rest) => {
                see(first);
                for (_, part) in rest {
                    see(part);
                }
            }
            Kind::Arithmetic(first, rest) => {
                see(first);
                for (_, part) in rest {
                    see(part);
                }
            }
            Kind::Negate(part) => see(part),
            Kind::Call(call) => call.arguments.iter().for_each(see),
            Kind::Path(path) => {
                if let Start::Part(part, predicates) = &path.start {
                    see(part);
                    predicates.iter().for_each(&mut *see);
                }
                let predicates = path.steps.iter().flat_map(|step| &step.predicates);
                predicates.for_each(see);
            }
        }
    }
}
