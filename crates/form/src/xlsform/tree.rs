//! The form as a tree of elements, and the paths from one element to another.

use std::collections::BTreeMap;

use super::parameters::Parameters;
use super::reference::{Reference, may_refer, references};
use super::text::Text;
use super::types::QuestionType;

/// Index of an element in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id(usize);

/// What an element is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum What {
    #[default]
    Root,
    Group,
    /// The group around the groups of a loop.
    Loop,
    Repeat,
    /// The group of data about the record, which is not shown.
    Meta,
    Question(&'static QuestionType),
    /// Data beside the form: its file's extension.
    ExternalData(&'static str),
    Entity,
    EntityLabel,
    Attribute,
}

/// When a value is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    FirstLoad,
    Load,
    NewRepeat,
}

impl Event {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::FirstLoad => "odk-instance-first-load",
            Self::Load => "odk-instance-load",
            Self::NewRepeat => "odk-new-repeat",
        }
    }
}

/// Something that happens at an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Action {
    pub(super) name: &'static str,
    pub(super) event: Event,
    pub(super) value: Option<String>,
    pub(super) quality: Option<String>,
}

impl Action {
    pub(super) fn new(name: &'static str, event: Event) -> Self {
        Self {
            name,
            event,
            value: None,
            quality: None,
        }
    }
}

/// One element of the form.
#[derive(Debug, Clone, Default)]
pub(super) struct Element {
    pub(super) what: What,
    pub(super) name: String,
    pub(super) label: Text,
    pub(super) hint: Text,
    pub(super) guidance: Text,
    pub(super) media: Vec<(String, Text)>,
    /// Attributes of the bind, without the type's own. `None`: no bind at all unless the type has one.
    pub(super) bind: Vec<(String, Text)>,
    pub(super) control: Vec<(String, String)>,
    pub(super) instance: Vec<(String, String)>,
    pub(super) default: Option<String>,
    pub(super) is_dynamic_default: bool,
    pub(super) trigger: Vec<String>,
    pub(super) choice_filter: Option<String>,
    pub(super) parameters: Parameters,
    /// List, file or reference that the choices come from.
    pub(super) itemset: Option<String>,
    /// The list of an external select.
    pub(super) query: Option<String>,
    pub(super) actions: Vec<Action>,
    /// Tags of an osm question: key and label.
    pub(super) tags: Vec<(String, Text)>,
    /// The value of an attribute.
    pub(super) value: Option<String>,
    /// The sheet's row; 0 for what was generated.
    pub(super) row: u32,
    pub(super) parent: Option<Id>,
    pub(super) children: Vec<Id>,
}

impl Element {
    /// The default, where it is a value and no expression.
    pub(super) fn fixed_default(&self) -> Option<&str> {
        self.default.as_deref().filter(|_| !self.is_dynamic_default)
    }

    pub(super) fn is_section(&self) -> bool {
        matches!(
            self.what,
            What::Root | What::Group | What::Loop | What::Repeat | What::Meta | What::Entity
        )
    }

    pub(super) fn question_type(&self) -> Option<&'static QuestionType> {
        match self.what {
            What::Question(question_type) => Some(question_type),
            _ => None,
        }
    }

    pub(super) fn is_select(&self) -> bool {
        self.question_type()
            .is_some_and(|known| matches!(known.control, "select" | "select1" | "odk:rank"))
    }

    pub(super) fn bound(&self, attribute: &str) -> Option<&Text> {
        self.bind
            .iter()
            .find(|(known, _)| known == attribute)
            .map(|(_, text)| text)
    }

    pub(super) fn set_bind(&mut self, attribute: &str, value: impl Into<String>) {
        let value = Text::plain(value);
        match self.bind.iter_mut().find(|(known, _)| known == attribute) {
            Some((_, old)) => *old = value,
            None => self.bind.push((attribute.to_owned(), value)),
        }
    }

    pub(super) fn controlled(&self, attribute: &str) -> Option<&str> {
        self.control
            .iter()
            .find(|(known, _)| known == attribute)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn set_control(&mut self, attribute: &str, value: impl Into<String>) {
        let value = value.into();
        match self.control.iter_mut().find(|(known, _)| known == attribute) {
            Some((_, old)) => *old = value,
            None => self.control.push((attribute.to_owned(), value)),
        }
    }

    /// Whether its label stands in the translations.
    pub(super) fn is_label_localized(&self) -> bool {
        self.label.is_localized() || !self.media.is_empty()
    }

    /// Whether the user never sees it although its type has a control: it only holds a calculated value.
    pub(super) fn is_silent(&self) -> bool {
        let Some(question_type) = self.question_type() else {
            return false;
        };
        let is_calculated = self.bound("calculate").is_some() || !self.trigger.is_empty();
        let has_hint = !self.hint.is_empty() || !question_type.hint.is_empty();
        question_type.name == "calculate" || is_calculated && self.label.is_empty() && !has_hint
    }
}

/// All elements; the first is the root.
#[derive(Debug)]
pub(super) struct Tree {
    elements: Vec<Element>,
    names: BTreeMap<String, Named>,
}

/// Whom a name means.
#[derive(Debug, Clone, Copy)]
enum Named {
    One(Id),
    Several,
}

impl Tree {
    pub(super) const ROOT: Id = Id(0);

    pub(super) fn new(root: &str) -> Self {
        let root = Element {
            name: root.to_owned(),
            ..Element::default()
        };
        Self {
            elements: vec![root],
            names: BTreeMap::new(),
        }
    }

    /// The element; every id was given out by this tree.
    pub(super) fn get(&self, id: Id) -> &Element {
        match self.elements.get(id.0) {
            Some(element) => element,
            None => unreachable!("ids are given out by their tree"),
        }
    }

    pub(super) fn get_mut(&mut self, id: Id) -> &mut Element {
        match self.elements.get_mut(id.0) {
            Some(element) => element,
            None => unreachable!("ids are given out by their tree"),
        }
    }

    pub(super) fn add(&mut self, parent: Id, mut element: Element) -> Id {
        let id = Id(self.elements.len());
        element.parent = Some(parent);
        element.children.clear();
        self.elements.push(element);
        self.get_mut(parent).children.push(id);
        id
    }

    /// How many elements there are, those of a loop's pattern included.
    pub(super) fn len(&self) -> usize {
        self.elements.len()
    }

    /// All elements in the order of the form.
    pub(super) fn in_order(&self) -> Vec<Id> {
        let mut order = Vec::with_capacity(self.elements.len());
        let mut waiting = vec![Self::ROOT];
        while let Some(id) = waiting.pop() {
            order.push(id);
            waiting.extend(self.get(id).children.iter().rev());
        }
        order
    }

    /// Fixes which element each name means.
    pub(super) fn settle_names(&mut self) {
        let mut names = BTreeMap::new();
        for id in self.in_order() {
            let element = self.get(id);
            if matches!(
                element.what,
                What::ExternalData(_) | What::Attribute | What::EntityLabel
            ) {
                continue;
            }
            names
                .entry(element.name.clone())
                .and_modify(|named| *named = Named::Several)
                .or_insert(Named::One(id));
        }
        self.names = names;
    }

    /// The one element of that name.
    pub(super) fn named(&self, name: &str) -> Option<Id> {
        match self.names.get(name) {
            Some(Named::One(id)) => Some(*id),
            _ => None,
        }
    }

    /// Whether several elements have that name.
    pub(super) fn is_ambiguous(&self, name: &str) -> bool {
        matches!(self.names.get(name), Some(Named::Several))
    }

    /// The elements around one, from the nearest on.
    pub(super) fn ancestors(&self, id: Id) -> impl Iterator<Item = Id> {
        std::iter::successors(self.get(id).parent, |id| self.get(*id).parent)
    }

    fn nearest_repeat(&self, id: Id) -> Option<Id> {
        self.ancestors(id).find(|id| self.get(*id).what == What::Repeat)
    }

    /// The nearest element around both of which `fits` holds, and how many steps lie between it and the first.
    fn common_ancestor(&self, id: Id, other: Id, fits: impl Fn(What) -> bool) -> Option<(Id, usize)> {
        let others: Vec<Id> = self.ancestors(other).collect();
        self.ancestors(id)
            .zip(1..)
            .find(|(ancestor, _)| fits(self.get(*ancestor).what) && others.contains(ancestor))
    }

    /// `/root/group/question`.
    pub(super) fn path(&self, id: Id) -> String {
        self.path_below(id, None)
    }

    /// The path from an element (not named in it) down to another; from the root when there is none.
    fn path_below(&self, id: Id, above: Option<Id>) -> String {
        let mut ids: Vec<Id> = self
            .ancestors(id)
            .take_while(|ancestor| Some(*ancestor) != above)
            .collect();
        ids.reverse();
        ids.push(id);
        let mut path = String::new();
        for id in ids {
            let element = self.get(id);
            path.push('/');
            if element.what == What::Attribute {
                path.push('@');
            }
            path.push_str(&element.name);
        }
        path
    }

    /// The path from one element to another within a repeat both are in; `None` if they share no repeat.
    ///
    /// `above_repeat` asks for a path that leaves the repeat, for a list of choices made of a repeat's answers.
    fn relative(&self, source: Id, target: Id, above_repeat: bool) -> Option<(usize, String)> {
        let (repeat, steps) = self.common_ancestor(source, target, |what| what == What::Repeat)?;
        if above_repeat {
            let is_outermost = self.nearest_repeat(repeat).is_none();
            let is_targets = self.nearest_repeat(target) == Some(repeat);
            if is_targets && (is_outermost || self.nearest_repeat(source) != Some(repeat)) {
                return Some((steps + 1, self.path_below(target, self.get(repeat).parent)));
            }
        }
        let is_section = |what: What| matches!(what, What::Group | What::Repeat | What::Meta);
        let (ancestor, steps) = self.common_ancestor(source, target, is_section)?;
        Some((steps, self.path_below(target, Some(ancestor))))
    }

    /// Replaces the references of an expression by paths, seen from `context`.
    pub(super) fn resolve(&self, text: &str, context: Option<Id>, options: Resolve) -> String {
        if !may_refer(text) {
            return text.to_owned();
        }
        let mut resolved = String::with_capacity(text.len() + 32);
        let mut at = 0;
        for reference in references(text) {
            resolved.push_str(text.get(at..reference.start).unwrap_or_default());
            match self.path_of(text, &reference, context, options) {
                Some(path) => {
                    resolved.push(' ');
                    resolved.push_str(&path);
                    resolved.push(' ');
                }
                None => resolved.push_str(text.get(reference.start..reference.end).unwrap_or_default()),
            }
            at = reference.end;
        }
        resolved.push_str(text.get(at..).unwrap_or_default());
        resolved
    }

    /// What a reference in `text` is replaced by. `None`: there is no one such element.
    pub(super) fn path_of(
        &self,
        text: &str,
        reference: &Reference<'_>,
        context: Option<Id>,
        options: Resolve,
    ) -> Option<String> {
        let target = self.named(reference.name)?;
        if reference.is_last_saved {
            return Some(format!("instance('__last-saved'){}", self.path(target)));
        }
        if let Some(context) = context
            && is_relative(text, reference)
            && let Some((steps, below)) = self.relative(context, target, options.above_repeat)
        {
            let up = vec![".."; steps].join("/");
            let use_current = options.use_current || is_in_instance_predicate(text, reference);
            let current = if use_current { "current()/" } else { "" };
            return Some(format!("{current}{up}{below}"));
        }
        Some(self.path(target))
    }
}

/// How references are written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Resolve {
    /// Relative paths begin at the question, not at the node of a predicate.
    pub(super) use_current: bool,
    pub(super) above_repeat: bool,
}

/// Within a predicate of `instance(…)` a relative path would begin at the instance's item.
fn is_in_instance_predicate(text: &str, reference: &Reference<'_>) -> bool {
    if !text.contains("instance(") {
        return false;
    }
    let mut at = 0;
    while let Some(open) = text
        .get(at..)
        .and_then(|rest| rest.find('['))
        .map(|offset| at + offset)
    {
        let Some(close) = text
            .get(open..)
            .and_then(|rest| rest.find(']'))
            .map(|offset| open + offset)
        else {
            return false;
        };
        if reference.start >= open && reference.end <= close + 1 {
            return true;
        }
        at = close + 1;
    }
    false
}

/// The arguments of `indexed-repeat` that name the question and its repeats are absolute; all else is relative.
fn is_relative(text: &str, reference: &Reference<'_>) -> bool {
    const CALL: &str = "indexed-repeat(";
    let mut at = 0;
    while let Some(start) = text
        .get(at..)
        .and_then(|rest| rest.find(CALL))
        .map(|offset| at + offset)
    {
        let inside = start + CALL.len();
        let end = text
            .get(inside..)
            .and_then(|rest| rest.find(')'))
            .map_or(text.len(), |offset| inside + offset);
        if reference.start >= inside && reference.end <= end {
            let before = text.get(inside..reference.start).unwrap_or_default();
            let argument = before.matches(',').count();
            return !matches!(argument, 0 | 1 | 3 | 5);
        }
        at = end;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(tree: &mut Tree, parent: Id, what: What, name: &str) -> Id {
        tree.add(
            parent,
            Element {
                what,
                name: name.to_owned(),
                ..Element::default()
            },
        )
    }

    #[test]
    fn writes_paths_as_seen_from_the_question() {
        let text = super::super::types::question_type("text").unwrap();
        let mut tree = Tree::new("data");
        let outside = add(&mut tree, Tree::ROOT, What::Question(text), "outside");
        let repeat = add(&mut tree, Tree::ROOT, What::Repeat, "r");
        let inside = add(&mut tree, repeat, What::Question(text), "inside");
        let group = add(&mut tree, repeat, What::Group, "g");
        let deep = add(&mut tree, group, What::Question(text), "deep");
        tree.settle_names();
        let plain = Resolve::default();
        assert_eq!(tree.resolve("${inside}", Some(deep), plain), " ../../inside ");
        assert_eq!(
            tree.resolve("${deep} > 1", Some(inside), plain),
            " ../g/deep  > 1"
        );
        assert_eq!(tree.resolve("${outside}", Some(inside), plain), " /data/outside ");
        assert_eq!(
            tree.resolve("${inside}", Some(outside), plain),
            " /data/r/inside "
        );
        assert_eq!(
            tree.resolve("indexed-repeat(${inside}, ${r}, ${deep})", Some(deep), plain),
            "indexed-repeat( /data/r/inside ,  /data/r ,  ../deep )"
        );
        assert_eq!(
            tree.resolve("instance('c')/root/item[a = ${inside}]/b", Some(deep), plain),
            "instance('c')/root/item[a =  current()/../../inside ]/b"
        );
    }
}
