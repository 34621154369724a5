//! What depends on what, worked out once for a form.
//!
//! A *cell* is one rule of one node. An edge leads from a node to the cells that look at it. Cells have a rank: those
//! that a cell looks at come before it, so that one pass in their order works each out once. Where they go round in a
//! circle, they share a neighbourhood of ranks and are worked out until nothing changes.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

pub(crate) use super::analysis::What;
use super::analysis::{Analyst, References};
use super::lasting::{has_lasting_values, is_fixed};
use super::question::{Choices, QuestionId, RepeatCount};
use super::{Form, FormError, Problem};

/// The number of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CellId(pub(crate) u32);

impl CellId {
    fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// Which rule of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Aspect {
    Relevant,
    Readonly,
    Count,
    Choices,
    Calculate,
    Required,
    Constraint,
    Label,
    Hint,
    ConstraintMessage,
    RequiredMessage,
}

/// One rule of one node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) question: QuestionId,
    pub(crate) aspect: Aspect,
    pub(crate) rank: u32,
    /// Whether no answer decides it, as far as who judges asks.
    pub(crate) is_fixed: bool,
}

/// A cell that looks at a node: of all its instances below the one of `scope` that holds what changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) cell: CellId,
    pub(crate) scope: QuestionId,
}

/// All cells of a form with their edges.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    cells: Vec<Cell>,
    of_question: Vec<Vec<CellId>>,
    edges: FxHashMap<(What, QuestionId), Vec<Edge>>,
    translated: Vec<CellId>,
    unknown: Vec<CellId>,
    circles: Vec<Vec<QuestionId>>,
    /// Questions whose choices look at no answer, and those of which at least the values do not.
    lasting_choices: BTreeSet<QuestionId>,
    lasting_values: BTreeSet<QuestionId>,
    reads_choices: bool,
}

impl Aspect {
    /// Whether it is something to read, which no rule looks at.
    pub(crate) const fn is_text(self) -> bool {
        matches!(
            self,
            Self::Label | Self::Hint | Self::ConstraintMessage | Self::RequiredMessage
        )
    }
}

impl Graph {
    /// Whether the choices of a question are the same whatever is answered, as far as rules read them.
    pub(crate) fn has_lasting_choices(&self, question: QuestionId) -> bool {
        let lasting = if self.reads_choices {
            &self.lasting_choices
        } else {
            &self.lasting_values
        };
        lasting.contains(&question)
    }

    /// Whether a rule reads the texts of choices.
    pub(crate) fn reads_choices(&self) -> bool {
        self.reads_choices
    }

    pub(crate) fn cell(&self, id: CellId) -> Option<Cell> {
        self.cells.get(id.index()).copied()
    }

    /// The rules of a node.
    pub(crate) fn of_question(&self, question: QuestionId) -> &[CellId] {
        self.of_question.get(question.index()).map_or(&[], Vec::as_slice)
    }

    /// The cells that look at a node.
    pub(crate) fn edges(&self, what: What, question: QuestionId) -> &[Edge] {
        self.edges.get(&(what, question)).map_or(&[], Vec::as_slice)
    }

    /// The cells that a change of language concerns.
    pub(crate) fn translated(&self) -> &[CellId] {
        &self.translated
    }

    /// The cells of which it is not known what they look at.
    pub(crate) fn unknown(&self) -> &[CellId] {
        &self.unknown
    }

    pub(super) fn circles(&self, form: &Form) -> Vec<String> {
        self.circles.iter().map(|circle| printed(form, circle)).collect()
    }

    /// Works the graph of a form out.
    pub(super) fn of(form: &Form) -> Result<(Self, Vec<Problem>), FormError> {
        let mut graph = Self {
            of_question: vec![Vec::new(); form.questions().len()],
            ..Self::default()
        };
        let (mut references, mut problems) = (Vec::new(), Vec::new());
        for index in 0..form.questions().len() {
            let question = QuestionId::of_index(index);
            for (aspect, mut found) in rules(form, question) {
                let strange = std::mem::take(&mut found.strange);
                problems.extend(strange.into_iter().map(|strange| Problem {
                    path: form.question(question).path.clone(),
                    attribute: aspect.attribute(),
                    reason: strange.to_string(),
                    reason_zh: strange.zh(),
                    text: strange.text,
                }));
                if aspect == Aspect::Calculate {
                    // A calculation that looks at itself does not follow itself.
                    found
                        .found
                        .retain(|(_, node, scope)| *node != question || *scope != question);
                }
                if aspect == Aspect::Choices && found.is_nothing() {
                    graph.lasting_choices.insert(question);
                }
                if aspect == Aspect::Choices && has_lasting_values(form, question) {
                    graph.lasting_values.insert(question);
                }
                graph.add(question, aspect, &found);
                references.push(found);
            }
        }
        refuse_circles(form, &graph, &references)?;
        graph.rank(form, &references);
        let is_fixed = |cell: &Cell| is_fixed(form, cell, graph.has_lasting_choices(cell.question));
        let fixed: Vec<bool> = graph.cells.iter().map(is_fixed).collect();
        for (cell, is_fixed) in graph.cells.iter_mut().zip(fixed) {
            cell.is_fixed = is_fixed;
        }
        Ok((graph, problems))
    }

    fn add(&mut self, question: QuestionId, aspect: Aspect, found: &References) {
        let id = CellId(u32::try_from(self.cells.len()).unwrap_or(u32::MAX));
        self.cells.push(Cell {
            question,
            aspect,
            rank: 0,
            is_fixed: false,
        });
        if let Some(own) = self.of_question.get_mut(question.index()) {
            own.push(id);
        }
        if found.is_translated {
            self.translated.push(id);
        }
        if found.is_unknown {
            self.unknown.push(id);
        }
        for (what, node, scope) in &found.found {
            self.reads_choices |= *what == What::Choices;
            let edge = Edge {
                cell: id,
                scope: *scope,
            };
            self.edges.entry((*what, *node)).or_default().push(edge);
        }
    }

    fn cell_of(&self, question: QuestionId, aspect: Aspect) -> Option<usize> {
        let own = self.of_question(question).iter().map(|id| id.index());
        own.into_iter()
            .find(|index| self.cells.get(*index).is_some_and(|cell| cell.aspect == aspect))
    }

    /// The cells that make what a cell looks at.
    fn makers(&self, form: &Form, cell: Cell, references: &References) -> BTreeSet<usize> {
        let mut makers = BTreeSet::new();
        for (what, node, _) in &references.found {
            let of_node = match what {
                What::Value => &[Aspect::Calculate, Aspect::Choices][..],
                What::Choices => &[Aspect::Choices][..],
                What::Instances | What::Position => &[][..],
            };
            makers.extend(of_node.iter().filter_map(|aspect| self.cell_of(*node, *aspect)));
            for above in form.above(*node) {
                let around = [Aspect::Relevant, Aspect::Count];
                makers.extend(around.iter().filter_map(|aspect| self.cell_of(above, *aspect)));
            }
        }
        if matches!(cell.aspect, Aspect::Calculate | Aspect::Constraint) {
            makers.extend(
                form.above(cell.question)
                    .filter_map(|above| self.cell_of(above, Aspect::Relevant)),
            );
        }
        makers
    }

    fn rank(&mut self, form: &Form, references: &[References]) {
        let makers: Vec<Vec<usize>> = self
            .cells
            .iter()
            .zip(references)
            .map(|(cell, references)| self.makers(form, *cell, references).into_iter().collect())
            .collect();
        let groups = groups(&makers);
        for (rank, group) in (0..).zip(groups) {
            if group.len() > 1 {
                let circle = group
                    .iter()
                    .filter_map(|index| self.cells.get(*index))
                    .map(|cell| cell.question);
                let circle: BTreeSet<QuestionId> = circle.collect();
                self.circles.push(circle.into_iter().collect());
            }
            for index in group {
                if let Some(cell) = self.cells.get_mut(index) {
                    cell.rank = rank;
                }
            }
        }
    }
}

impl Aspect {
    fn attribute(self) -> &'static str {
        match self {
            Self::Relevant => "relevant",
            Self::Readonly => "readonly",
            Self::Count => "jr:count",
            Self::Choices => "itemset",
            Self::Calculate => "calculate",
            Self::Required => "required",
            Self::Constraint => "constraint",
            Self::Label => "label",
            Self::Hint => "hint",
            Self::ConstraintMessage => "jr:constraintMsg",
            Self::RequiredMessage => "jr:requiredMsg",
        }
    }
}

/// The rules of a node with what each looks at.
fn rules(form: &Form, id: QuestionId) -> Vec<(Aspect, References)> {
    let question = form.question(id);
    let bind = &question.bind;
    let mut found = Vec::new();
    let expressions = [
        (Aspect::Relevant, &bind.relevant),
        (Aspect::Readonly, &bind.readonly),
        (Aspect::Required, &bind.required),
        (Aspect::Calculate, &bind.calculate),
        (Aspect::Constraint, &bind.constraint),
    ];
    for (aspect, expression) in expressions {
        if let Some(expression) = expression {
            let mut analyst = Analyst::at(form, id);
            analyst.values(expression);
            if aspect == Aspect::Constraint {
                analyst.references.found.insert((What::Value, id, id));
            }
            found.push((aspect, analyst.references));
        }
    }
    if let Some(RepeatCount::Computed(count)) = question.repeat().map(|repeat| &repeat.count) {
        let mut analyst = Analyst::at(form, id);
        analyst.values(count);
        found.push((Aspect::Count, analyst.references));
    }
    let control = question.control.as_ref();
    let texts = [
        (Aspect::Label, control.and_then(|control| control.label.as_ref())),
        (Aspect::Hint, control.and_then(|control| control.hint.as_ref())),
        (Aspect::ConstraintMessage, bind.constraint_message.as_ref()),
        (Aspect::RequiredMessage, bind.required_message.as_ref()),
    ];
    for (aspect, text) in texts {
        if let Some(text) = text {
            let mut analyst = Analyst::at(form, id);
            analyst.text(text);
            found.push((aspect, analyst.references));
        }
    }
    if let Some(choices) = question.choices() {
        let mut analyst = Analyst::at(form, id);
        match choices {
            Choices::Static(items) => {
                items
                    .iter()
                    .filter_map(|item| item.label.as_ref())
                    .for_each(|label| analyst.text(label));
            }
            Choices::Itemset(itemset) => {
                analyst.move_to(&itemset.nodeset);
                analyst.values(&itemset.value);
                if let Some(label) = &itemset.label {
                    analyst.text(label);
                }
            }
        }
        found.push((Aspect::Choices, analyst.references));
    }
    found
}

/// Calculations that need each other, instance by instance, have no result.
fn refuse_circles(form: &Form, graph: &Graph, references: &[References]) -> Result<(), FormError> {
    let needs = |(index, references): (usize, &References)| -> Vec<usize> {
        if graph
            .cells
            .get(index)
            .is_none_or(|cell| cell.aspect != Aspect::Calculate)
        {
            return Vec::new();
        }
        let same = references
            .found
            .iter()
            .filter(|(what, node, scope)| *what == What::Value && !form.is_repeated_within(*node, *scope));
        same.filter_map(|(_, node, _)| graph.cell_of(*node, Aspect::Calculate))
            .collect()
    };
    let needs: Vec<Vec<usize>> = references.iter().enumerate().map(needs).collect();
    match groups(&needs).into_iter().find(|group| group.len() > 1) {
        None => Ok(()),
        Some(group) => {
            let circle = group
                .into_iter()
                .filter_map(|index| graph.cells.get(index))
                .map(|cell| cell.question);
            Err(FormError::Circle(printed(form, &circle.collect::<Vec<_>>())))
        }
    }
}

fn printed(form: &Form, circle: &[QuestionId]) -> String {
    let first = circle.first();
    let paths: Vec<&str> = circle
        .iter()
        .chain(first)
        .map(|id| &*form.question(*id).path)
        .collect();
    paths.join(" → ")
}

/// The strongly connected groups, each after those that it needs (Tarjan, without recursion).
fn groups(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut tarjan = Tarjan {
        order: vec![usize::MAX; needs.len()],
        low: vec![usize::MAX; needs.len()],
        is_open: vec![false; needs.len()],
        stack: Vec::new(),
        groups: Vec::new(),
        next: 0,
    };
    for start in 0..needs.len() {
        if tarjan.order.get(start) == Some(&usize::MAX) {
            tarjan.visit(start, needs);
        }
    }
    tarjan.groups
}

struct Tarjan {
    order: Vec<usize>,
    low: Vec<usize>,
    is_open: Vec<bool>,
    stack: Vec<usize>,
    groups: Vec<Vec<usize>>,
    next: usize,
}

impl Tarjan {
    fn enter(&mut self, node: usize) {
        set(&mut self.order, node, self.next);
        set(&mut self.low, node, self.next);
        set(&mut self.is_open, node, true);
        self.stack.push(node);
        self.next += 1;
    }

    fn lower(&mut self, node: usize, to: usize) {
        let low = get(&self.low, node).min(to);
        set(&mut self.low, node, low);
    }

    fn visit(&mut self, start: usize, needs: &[Vec<usize>]) {
        let mut path = vec![(start, 0)];
        self.enter(start);
        while let Some((node, at)) = path.pop() {
            if let Some(need) = needs.get(node).and_then(|needs| needs.get(at)).copied() {
                path.push((node, at + 1));
                if get(&self.order, need) == usize::MAX {
                    self.enter(need);
                    path.push((need, 0));
                } else if self.is_open.get(need) == Some(&true) {
                    let order = get(&self.order, need);
                    self.lower(node, order);
                }
                continue;
            }
            if let Some((above, _)) = path.last().copied() {
                let low = get(&self.low, node);
                self.lower(above, low);
            }
            if get(&self.low, node) == get(&self.order, node) {
                let mut group = Vec::new();
                while let Some(member) = self.stack.pop() {
                    set(&mut self.is_open, member, false);
                    group.push(member);
                    if member == node {
                        break;
                    }
                }
                group.reverse();
                self.groups.push(group);
            }
        }
    }
}

fn get(list: &[usize], index: usize) -> usize {
    list.get(index).copied().unwrap_or(usize::MAX)
}

fn set<T>(list: &mut [T], index: usize, value: T) {
    if let Some(place) = list.get_mut(index) {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::groups;

    #[test]
    fn what_is_needed_comes_first_and_circles_stay_together() {
        let found = groups(&[vec![1], vec![2, 0], vec![], vec![0]]);
        assert_eq!(found, [vec![2], vec![0, 1], vec![3]]);
    }
}
