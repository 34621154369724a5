//! Reads an XForm: the model, its binds, and the body, put together node by node.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::action::{self, Written};
use super::attachment::{self, Attachments};
use super::body;
use super::question::{Bind, ControlKind, Question, QuestionId, Repeat, RepeatCount, Role};
use super::{Form, FormError, Graph, InstanceSource, Problem, is_always_true, itext};
use crate::answer::AnswerType;
use crate::evaluate::NodeRef;
use crate::expression::Expression;
use crate::tree::{Doctype, JAVAROSA, NodeId, OPENROSA, QualifiedName, Tree, XFORMS, read};

/// How many questions and groups a form may have: a thousand are much for those who ask them.
const QUESTIONS_MAX: usize = 20_000;
/// How deep groups may nest.
pub(super) const DEPTH_MAX: usize = 64;

/// The XForm, and what turned up while reading it.
pub(super) struct Reader<'a> {
    pub(super) tree: &'a Tree,
    model: NodeId,
    problems: RefCell<Vec<Problem>>,
}

impl Reader<'_> {
    /// Reads an expression of a node's attribute.
    pub(super) fn expression(
        &self,
        path: &str,
        attribute: &'static str,
        text: &str,
    ) -> Result<Expression, FormError> {
        let expression = Expression::parse(text).map_err(|error| FormError::Expression {
            path: path.to_owned(),
            attribute,
            text: text.to_owned(),
            error: Box::new(error),
        })?;
        self.check(path, attribute, &expression);
        Ok(expression)
    }

    /// Notes unknown functions and wrong numbers of arguments.
    pub(super) fn check(&self, path: &str, attribute: &'static str, expression: &Expression) {
        let found = expression.problems().into_iter().map(|error| Problem {
            path: path.to_owned(),
            attribute,
            text: expression.text().to_owned(),
            reason: error.to_string(),
            reason_zh: error.zh(),
        });
        self.problems.borrow_mut().extend(found);
    }

    /// The nodeset of the bind with this id.
    pub(super) fn bound_by_id(&self, id: &str) -> Option<String> {
        let bind = self
            .tree
            .elements(self.model)
            .find(|bind| self.tree.attribute(*bind, "id") == Some(id))?;
        self.tree.attribute(bind, "nodeset").map(str::to_owned)
    }
}

/// Reads a form.
pub(super) fn form(xform: &str, attachments: &Attachments) -> Result<Form, FormError> {
    let mut document = read(xform, Doctype::Refused)?;
    let html = document
        .element(NodeId::ROOT, "html")
        .ok_or(FormError::Missing("html"))?;
    let head = document.element(html, "head").ok_or(FormError::Missing("head"))?;
    let model = document
        .element(head, "model")
        .ok_or(FormError::Missing("model"))?;
    let body = document.element(html, "body").ok_or(FormError::Missing("body"))?;
    let primary = document
        .element(model, "instance")
        .ok_or(FormError::Missing("instance"))?;
    let candidates: Vec<NodeId> = document.elements(primary).collect();
    let with_id = candidates
        .iter()
        .find(|node| document.attribute(**node, "id").is_some());
    let root = with_id
        .or(candidates.first())
        .copied()
        .ok_or(FormError::Missing("instance root"))?;
    let added = add_instance_id(&mut document, root);

    let reader = Reader {
        tree: &document,
        model,
        problems: RefCell::default(),
    };
    let root_path = format!("/{}", document.name(root).written());
    let body = body::read(&reader, body, &root_path)?;
    let mut binds = binds(&reader)?;
    if let Some(path) = added {
        binds.entry(path).or_default().preload = Some(("uid".to_owned(), String::new()));
    }
    let translations = itext::translations(&reader, model)?;
    let mut builder = Builder {
        reader: &reader,
        controls: body.controls,
        repeats: body.repeats,
        binds,
        questions: Vec::new(),
        by_path: FxHashMap::default(),
    };
    builder.add(root, &[root], None, 0)?;
    let (questions, by_path) = (builder.questions, builder.by_path);
    let actions = actions(&reader, body.actions, &by_path)?;
    let (external, instances) = instances(&document, model, primary, attachments)?;

    let text = |node: Option<NodeId>| {
        node.map(|node| document.value(node).trim().to_owned())
            .unwrap_or_default()
    };
    let attribute = |name: &str| document.attribute(root, name).unwrap_or_default().to_owned();
    let (title, id, version) = (
        text(document.element(head, "title")),
        attribute("id"),
        attribute("version"),
    );
    let problems = reader.problems.take();
    let mut trees = vec![document];
    trees.extend(external);
    let mut form = Form {
        title,
        id,
        version,
        questions,
        by_path,
        actions,
        has_media: translations.iter().any(super::Translation::has_media),
        translations,
        trees,
        instances,
        graph: Graph::default(),
        problems,
        fleeting: BTreeSet::new(),
        drawn: BTreeSet::new(),
        lasting_choices: Vec::new(),
        template: OnceLock::new(),
        patterns: Arc::default(),
    };
    form.fleeting = super::fleeting::of(&form);
    form.drawn = super::fleeting::drawn(&form);
    form.lasting_choices
        .resize_with(form.questions.len(), OnceLock::new);
    let (graph, problems) = Graph::of(&form)?;
    form.graph = graph;
    form.problems.extend(problems);
    super::shortcut::lay(&form);
    Ok(form)
}

/// Every submission has `meta/instanceID`. Where the form lacks it, it is added, and bound; gives its path then.
fn add_instance_id(tree: &mut Tree, root: NodeId) -> Option<String> {
    let is_meta = |tree: &Tree, node: NodeId| {
        let name = tree.name(node);
        &*name.local == "meta" && matches!(name.namespace.as_deref(), Some(OPENROSA | XFORMS))
    };
    let meta = tree.elements(root).find(|node| is_meta(tree, *node));
    let meta = meta.unwrap_or_else(|| {
        let prefix = tree.prefix(OPENROSA).map(Into::into);
        let name = QualifiedName {
            namespace: Some(OPENROSA.into()),
            prefix,
            local: "meta".into(),
        };
        tree.append_element(root, &name)
    });
    let name = QualifiedName {
        local: "instanceID".into(),
        ..tree.name(meta).clone()
    };
    let has_id = tree.elements(meta).any(|node| {
        let found = tree.name(node);
        found.local == name.local && found.namespace == name.namespace
    });
    if has_id {
        return None;
    }
    tree.append_element(meta, &name);
    let (root, meta) = (tree.name(root).written(), tree.name(meta).written());
    Some(format!("/{root}/{meta}/{}", name.written()))
}

/// Binds by the path of their node. Of two for one node the later one's attributes hold.
fn binds(reader: &Reader<'_>) -> Result<BTreeMap<String, Bind>, FormError> {
    let tree = reader.tree;
    let mut found: BTreeMap<String, Bind> = BTreeMap::new();
    for node in tree
        .elements(reader.model)
        .filter(|node| &*tree.name(*node).local == "bind")
    {
        let Some(path) = tree.attribute(node, "nodeset") else {
            continue;
        };
        let path = path.trim().to_owned();
        let expression = |name: &'static str| {
            let text = tree.attribute(node, name);
            text.map(|text| reader.expression(&path, name, text)).transpose()
        };
        let of_jr = |name: &str| tree.attribute_of(node, Some(JAVAROSA), name);
        let message = |name: &str| of_jr(name).map(|text| body::message(reader, text, &path));
        let (relevant, required) = (expression("relevant")?, expression("required")?);
        let (readonly, constraint) = (expression("readonly")?, expression("constraint")?);
        let calculate = expression("calculate")?;
        let (constraint_message, required_message) = (message("constraintMsg"), message("requiredMsg"));
        let bind = found.entry(path.clone()).or_default();
        if let Some(name) = tree.attribute(node, "type") {
            bind.answer_type = AnswerType::named(name);
        }
        bind.relevant = relevant.or(bind.relevant.take());
        bind.required = required.or(bind.required.take());
        bind.readonly = readonly.or(bind.readonly.take());
        bind.constraint = constraint.or(bind.constraint.take());
        bind.calculate = calculate.or(bind.calculate.take());
        bind.constraint_message = constraint_message.or(bind.constraint_message.take());
        bind.required_message = required_message.or(bind.required_message.take());
        if let Some(preload) = of_jr("preload") {
            let parameter = of_jr("preloadParams").unwrap_or_default();
            bind.preload = Some((preload.to_owned(), parameter.to_owned()));
        }
    }
    Ok(found)
}

fn actions(
    reader: &Reader<'_>,
    of_body: Vec<Written>,
    by_path: &FxHashMap<String, QuestionId>,
) -> Result<Vec<action::Action>, FormError> {
    let of_model = reader.tree.elements(reader.model);
    let of_model = of_model
        .filter(|node| action::is_action(reader, *node))
        .map(|node| Written { node, source: None });
    let find = |path: &str| by_path.get(path).copied();
    let read = of_model
        .chain(of_body)
        .map(|written| action::read(reader, &written, &find));
    let all: Result<Vec<Option<action::Action>>, FormError> = read.collect();
    Ok(all?.into_iter().flatten().collect())
}

type Instances = (Vec<Tree>, BTreeMap<String, InstanceSource>);

fn instances(
    document: &Tree,
    model: NodeId,
    primary: NodeId,
    attachments: &Attachments,
) -> Result<Instances, FormError> {
    let (mut trees, mut found) = (Vec::new(), BTreeMap::new());
    let others = document
        .elements(model)
        .filter(|node| &*document.name(*node).local == "instance");
    for node in others.filter(|node| *node != primary) {
        let Some(id) = document.attribute(node, "id") else {
            continue;
        };
        let source = match document.attribute(node, "src") {
            None => InstanceSource::At(super::in_document(node)),
            Some(source) if source.trim_end_matches('/').ends_with("last-saved") => InstanceSource::LastSaved,
            Some(source) => {
                let (tree, node) = attachment::tree(source, attachments)?;
                trees.push(tree);
                // 0 holds the answers, 1 the XForm.
                let tree = u32::try_from(trees.len() + 1).unwrap_or(u32::MAX);
                InstanceSource::At(NodeRef { tree, node })
            }
        };
        found.insert(id.to_owned(), source);
    }
    Ok((trees, found))
}

struct Builder<'a> {
    reader: &'a Reader<'a>,
    controls: BTreeMap<String, super::Control>,
    repeats: BTreeMap<String, body::RepeatAttributes>,
    binds: BTreeMap<String, Bind>,
    questions: Vec<Question>,
    by_path: FxHashMap<String, QuestionId>,
}

impl Builder<'_> {
    /// Adds the node that `elements` are, which is more than one only for a repeat, and all below.
    fn add(
        &mut self,
        first: NodeId,
        elements: &[NodeId],
        parent: Option<QuestionId>,
        depth: usize,
    ) -> Result<QuestionId, FormError> {
        if depth > DEPTH_MAX {
            return Err(FormError::TooDeep(DEPTH_MAX));
        }
        let tree = self.reader.tree;
        let name = tree.name(first).clone();
        let path = self.path_in(parent, &name.written());
        let control = self.controls.remove(&path);
        let is_repeat = control
            .as_ref()
            .is_some_and(|control| control.kind == ControlKind::Repeat);
        if elements.len() > 1 && !is_repeat {
            return Err(FormError::TwoNodes(path));
        }
        let is_template = |node: &NodeId| tree.attribute_of(*node, Some(JAVAROSA), "template").is_some();
        let template = elements.iter().copied().find(|node| is_template(node));
        let model = template.unwrap_or(first);
        let role = if is_repeat {
            Role::Repeat(self.repeat(&path, elements, template))
        } else if tree.elements(model).next().is_some() {
            Role::Group
        } else {
            Role::Value
        };
        let mut question = Question {
            name,
            path: path.clone(),
            parent,
            children: Vec::new(),
            attributes: Vec::new(),
            role,
            bind: self.binds.remove(&path).unwrap_or_default(),
            control,
            slot: parent.map_or(0, |parent| {
                self.questions
                    .get(parent.index())
                    .map_or(0, |parent| parent.children.len())
            }),
            source: model,
        };
        note(&mut question);
        let id = self.push(question)?;
        let attributes: Vec<NodeId> = tree.attributes(model).collect();
        for attribute in attributes {
            self.add_attribute(attribute, id)?;
        }
        for same in self.by_name(tree.elements(model)) {
            if let Some(first) = same.first() {
                let child = self.add(*first, &same, Some(id), depth + 1)?;
                if let Some(question) = self.questions.get_mut(id.index()) {
                    question.children.push(child);
                }
            }
        }
        Ok(id)
    }

    /// Elements of one name together, in the order of the first of each.
    fn by_name(&self, elements: impl Iterator<Item = NodeId>) -> Vec<Vec<NodeId>> {
        let mut siblings: Vec<Vec<NodeId>> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for element in elements {
            let place = *places
                .entry(self.reader.tree.name(element).written())
                .or_insert(siblings.len());
            match siblings.get_mut(place) {
                Some(same) => same.push(element),
                None => siblings.push(vec![element]),
            }
        }
        siblings
    }

    fn path_in(&self, parent: Option<QuestionId>, name: &str) -> String {
        let parent = parent.and_then(|parent| self.questions.get(parent.index()));
        format!("{}/{name}", parent.map_or("", |parent| &parent.path))
    }

    fn push(&mut self, question: Question) -> Result<QuestionId, FormError> {
        if self.questions.len() >= QUESTIONS_MAX {
            return Err(FormError::TooLarge(QUESTIONS_MAX));
        }
        let id = QuestionId::of_index(self.questions.len());
        if self.by_path.insert(question.path.clone(), id).is_some() {
            return Err(FormError::TwoNodes(question.path));
        }
        self.questions.push(question);
        Ok(id)
    }

    fn add_attribute(&mut self, attribute: NodeId, element: QuestionId) -> Result<(), FormError> {
        let name = self.reader.tree.name(attribute).clone();
        if name.namespace.as_deref() == Some(JAVAROSA) && &*name.local == "template" {
            return Ok(());
        }
        let path = self.path_in(Some(element), &format!("@{}", name.written()));
        let bind = self.binds.remove(&path).unwrap_or_default();
        let slot = self
            .questions
            .get(element.index())
            .map_or(0, |question| question.attributes.len());
        let id = self.push(Question {
            bind,
            name,
            path,
            parent: Some(element),
            children: Vec::new(),
            attributes: Vec::new(),
            role: Role::Attribute,
            control: None,
            slot,
            source: attribute,
        })?;
        if let Some(question) = self.questions.get_mut(element.index()) {
            question.attributes.push(id);
        }
        Ok(())
    }

    fn repeat(&mut self, path: &str, elements: &[NodeId], template: Option<NodeId>) -> Repeat {
        let defaults = elements.iter().filter(|node| Some(**node) != template).count();
        let attributes = self.repeats.remove(path);
        let count = match attributes {
            Some(body::RepeatAttributes {
                count: Some(count), ..
            }) => RepeatCount::Computed(count),
            // Fixed at none would be of no use.
            Some(body::RepeatAttributes { is_fixed: true, .. }) => RepeatCount::Fixed(defaults.max(1)),
            _ => RepeatCount::Open,
        };
        Repeat { count, template }
    }
}

/// An input that is always read only and has something to read is a note.
fn note(question: &mut Question) {
    let is_read_only = question.bind.readonly.as_ref().is_some_and(is_always_true);
    if let Some(control) = &mut question.control
        && control.kind == ControlKind::Input
        && is_read_only
        && (control.label.is_some() || control.hint.is_some())
    {
        control.kind = ControlKind::Note;
    }
}
