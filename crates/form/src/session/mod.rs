//! A form being answered. Every step gives exactly what changed.
//!
//! Nodes have keys that stay (`/data/member[m1]/name`, by the instances' ids) and references that move
//! (`/data/member[2]/name`, by their positions). An answer to a question that is not relevant is kept, shown as nothing,
//! and left out of what is sent.
//!
//! ```
//! use std::sync::Arc;
//!
//! use hudang_form::form::{Attachments, Form};
//! use hudang_form::session::{Environment, Session};
//!
//! let xform = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>
//!     <h:title>羊</h:title><model><instance><data id="sheep"><sheep/><wool/></data></instance>
//!     <bind nodeset="/data/sheep" type="int"/>
//!     <bind nodeset="/data/wool" calculate="/data/sheep * 3"/></model></h:head>
//!     <h:body><input ref="/data/sheep"><label>几只羊?</label></input></h:body></h:html>"#;
//! let form = Arc::new(Form::from_xform(xform, &Attachments::none())?);
//! let now = chrono::DateTime::parse_from_rfc3339("2026-01-31T10:00:00+08:00").unwrap();
//! let (mut session, _first) = Session::open(form, Environment::new(now, 1), None);
//! let changes = session.set("/data/sheep", "40")?;
//! let wool = changes.changed.iter().find(|view| view.key == "/data/wool").and_then(|view| view.value.as_deref());
//! assert_eq!(wool, Some("120"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod actions;
mod answers;
mod build;
mod choices;
mod environment;
mod given;
mod held;
mod locate;
mod queue;
mod reading;
mod recalculate;
mod repeats;
mod submit;
mod surroundings;
mod template;
#[cfg(test)]
mod tests;
mod view;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use self::answers::Answers;
pub(crate) use self::build::decoded;
pub use self::environment::Environment;
pub use self::given::Given;
pub use self::held::{Held, Place};
use self::queue::Queue;
pub(crate) use self::template::Template;
pub use self::view::{Changes, Choice, View, ViewKind};
use crate::evaluate::{Chance, Kept};
use crate::form::{CellId, Form, Media, QuestionId};
use crate::tree::{NodeId, Tree};

/// A form being answered.
#[derive(Debug)]
pub struct Session {
    form: Arc<Form>,
    mode: Mode,
    environment: Environment,
    language: Option<String>,
    /// By its number in the form, the language in which texts are read just now, where it is another.
    reading: Cell<Option<usize>>,
    tree: Tree,
    last_saved: Option<Tree>,
    /// By the number of the tree's node.
    states: Vec<State>,
    queue: Queue,
    step: Step,
    /// Whether rules were worked out yet; before that all of them wait anyway.
    has_begun: bool,
    chance: RefCell<Chance>,
    kept: Kept,
    faults: BTreeMap<(NodeId, CellId), Fault>,
}

/// For whom the session works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// For who answers: texts are filled in, events happen, and each step tells what changed.
    Answering,
    /// For who judges: only values and rules are worked out, and what was fleeting is kept as it was answered.
    Judging,
}

/// What happened since the step began.
#[derive(Debug, Default)]
struct Step {
    /// How what was touched looked before; `None` where it is new.
    before: BTreeMap<NodeId, Option<View>>,
    gone: Vec<String>,
    /// Whose value changed, for those who wait for it.
    values: BTreeSet<NodeId>,
    is_open: bool,
}

/// What the session knows of one node.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a node's own properties and those it inherits"
)]
struct State {
    question: QuestionId,
    slots: Vec<Slot>,
    attributes: Vec<NodeId>,
    /// As it was answered; the tree holds what is to be seen of it.
    base: String,
    /// What its calculation gave last. An answer by hand stands until it gives something else.
    calculated: Option<String>,
    own_relevant: bool,
    relevant: bool,
    own_readonly: bool,
    readonly: bool,
    required: bool,
    constraint_holds: bool,
    /// What there is to read; nothing for who judges.
    texts: Option<Box<Texts>>,
    choices: Arc<[Choice]>,
    /// Of a repeat's instance: its id.
    instance: Option<String>,
    is_range: bool,
    is_gone: bool,
}

/// What there is to read at a node.
#[derive(Debug, Clone, Default)]
struct Texts {
    label: Option<String>,
    media: Arc<[Media]>,
    hint: Option<String>,
    constraint_message: Option<String>,
    required_message: Option<String>,
}

/// Where a child of a node is.
#[derive(Debug, Clone)]
enum Slot {
    One(NodeId),
    Many {
        range: NodeId,
        instances: Vec<NodeId>,
        /// What instances at these places are made from.
        sources: Vec<NodeId>,
        /// Ids of instances that the form makes never come twice.
        made: usize,
    },
}

/// A rule that cannot be worked out.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The node it is about.
    pub key: String,
    /// What is wrong.
    pub error: crate::expression::ExpressionError,
}

/// A step that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// Nothing has that key.
    #[error("the form has no {0}")]
    Unknown(String),
    /// It holds no value.
    #[error("{0} cannot be answered")]
    NoValue(String),
    /// It is read only.
    #[error("{0} is read only")]
    ReadOnly(String),
    /// It is no repeat, or the form itself says how many there are.
    #[error("nothing can be added to or removed from {0}")]
    NotOpen(String),
    /// An id that is there already, or that cannot be part of a key.
    #[error("{0} cannot be the id of a new instance")]
    InstanceId(String),
    /// The form has no such language.
    #[error("the form has no language {0}")]
    Language(String),
    /// A ranking that lacks choices.
    #[error("{0} needs every choice, each once")]
    Ranking(String),
}

impl SessionError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "HT-ANSWER-UNKNOWN",
            Self::NoValue(_) => "HT-ANSWER-VALUE",
            Self::ReadOnly(_) => "HT-ANSWER-READONLY",
            Self::NotOpen(_) => "HT-ANSWER-REPEAT",
            Self::InstanceId(_) => "HT-ANSWER-INSTANCE",
            Self::Language(_) => "HT-ANSWER-LANGUAGE",
            Self::Ranking(_) => "HT-ANSWER-RANKING",
        }
    }
}

impl Session {
    /// Opens a form, new or with earlier answers. Gives the session and how everything looks.
    pub fn open(form: Arc<Form>, environment: Environment, earlier: Option<&Answers>) -> (Self, Changes) {
        let mut session = Self::blank(form, environment, Mode::Answering);
        session.build_root();
        match earlier {
            Some(answers) => session.restore(answers),
            None => session.preload(),
        }
        session.settle();
        session.act_on_load(earlier.is_none());
        session.step.values.clear();
        session.step.is_open = true;
        let changes = session.end_step();
        (session, changes)
    }

    /// Opens answers that are given for good, to judge them: the rules are held to them as they are. Nothing is
    /// preset, no event happens, and a calculation that hangs on the moment or on chance ([`Form::is_fleeting`]) is
    /// not made again. Labels, hints and messages are not worked out.
    pub fn judge(form: &Arc<Form>, environment: Environment, given: &Given<'_>) -> Self {
        let template = Template::at_hand(form);
        let mut session = Self::from_template(Arc::clone(form), environment, template);
        session.restore_given(given, template.nodes_alone());
        session.settle();
        session
    }

    fn blank(form: Arc<Form>, environment: Environment, mode: Mode) -> Self {
        let chance = RefCell::new(Chance::new(environment.seed));
        let last_saved = environment.last_saved_tree();
        let patterns = Arc::clone(form.patterns());
        let language = form.languages().next().map(str::to_owned);
        Self {
            language,
            reading: Cell::new(None),
            form,
            mode,
            environment,
            tree: Tree::default(),
            last_saved,
            states: Vec::new(),
            queue: Queue::default(),
            step: Step::default(),
            has_begun: false,
            chance,
            kept: Kept::with(patterns),
            faults: BTreeMap::new(),
        }
    }

    /// Moves the session's clock.
    pub fn set_now(&mut self, now: chrono::DateTime<chrono::FixedOffset>) {
        self.environment.now = now;
    }

    /// The form.
    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    /// Answers a question. Of a text that is no value of its type, nothing is kept.
    pub fn set(&mut self, key: &str, value: &str) -> Result<Changes, SessionError> {
        let node = self
            .find(key)
            .ok_or_else(|| SessionError::Unknown(key.to_owned()))?;
        let Some(state) = self.state(node) else {
            return Err(SessionError::Unknown(key.to_owned()));
        };
        if !self.form.question(state.question).has_value() {
            return Err(SessionError::NoValue(key.to_owned()));
        }
        if state.readonly {
            return Err(SessionError::ReadOnly(key.to_owned()));
        }
        let value = self.chosen(node, value)?;
        self.set_base(node, value);
        self.settle();
        self.act_on_values();
        Ok(self.end_step())
    }

    /// Changes the language.
    pub fn language(&mut self, language: &str) -> Result<Changes, SessionError> {
        if !self.form.languages().any(|found| found == language) {
            return Err(SessionError::Language(language.to_owned()));
        }
        self.language = Some(language.to_owned());
        let form = Arc::clone(&self.form);
        for cell in form.graph().translated() {
            self.queue_everywhere(*cell);
        }
        self.settle();
        self.act_on_values();
        Ok(self.end_step())
    }

    /// Notes the end of the visit (`jr:preload="timestamp"` with `end`), before what is sent is made.
    pub fn finish(&mut self) -> Changes {
        self.preload_end();
        self.settle();
        self.act_on_values();
        self.end_step()
    }

    /// Rules that cannot be worked out at present.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.faults.values()
    }

    fn state(&self, node: NodeId) -> Option<&State> {
        self.states.get(node.index())
    }

    fn update(&mut self, node: NodeId, change: impl FnOnce(&mut State)) {
        if let Some(state) = self.states.get_mut(node.index()) {
            change(state);
        }
    }

    fn question_of(&self, node: NodeId) -> QuestionId {
        self.state(node).map_or(QuestionId::ROOT, |state| state.question)
    }

    /// The root of the answers.
    fn root_node(&self) -> NodeId {
        self.tree.first_child(NodeId::ROOT).unwrap_or(NodeId::ROOT)
    }
}
