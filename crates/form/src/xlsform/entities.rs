//! The entities sheet: what a record creates or updates in a list of entities, and in which group that is written.
//! <https://getodk.github.io/xforms-spec/entities>

use std::collections::{BTreeMap, BTreeSet};

use super::choices::straighten;
use super::kind::Kind;
use super::name::is_name;
use super::nearest::nearest;
use super::problem::{Place, Problems};
use super::reference::references;
use super::table::{Columns, Table};
use super::tree::{Action, Element, Event, Id, Tree, What};

pub(super) const COLUMNS: Columns = Columns {
    known: &[
        "dataset",
        "label",
        "entity_id",
        "create_if",
        "update_if",
        "repeat",
    ],
    aliases: &[("list_name", &["dataset"])],
    open: &[],
};

/// One row of the sheet.
#[derive(Debug, Clone, Default)]
pub(super) struct Declaration {
    pub(super) list: String,
    pub(super) entity_id: Option<String>,
    pub(super) create_if: Option<String>,
    pub(super) update_if: Option<String>,
    pub(super) label: Option<String>,
    pub(super) row: u32,
}

/// Reads the sheet.
pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Vec<Declaration> {
    for column in table
        .columns
        .iter()
        .filter(|column| !column.is_known && column.header != "None")
    {
        let near = nearest(
            column.first(),
            ["list_name", "label", "entity_id", "create_if", "update_if"],
        );
        problems.add_near(
            table.place(1, column),
            Kind::EntityColumn {
                column: column.header.clone(),
            },
            near,
        );
    }
    let mut declarations: Vec<Declaration> = Vec::new();
    for record in table.rows() {
        let mut declaration = Declaration {
            row: record.number,
            ..Declaration::default()
        };
        for (column, text) in table.cells(&record) {
            let text = straighten(text.trim());
            match column.first() {
                "dataset" => declaration.list = text,
                "entity_id" => declaration.entity_id = Some(text),
                "create_if" => declaration.create_if = Some(text),
                "update_if" => declaration.update_if = Some(text),
                "label" => declaration.label = Some(text),
                _ => {}
            }
        }
        check(table, &declaration, problems);
        if declarations.iter().any(|other| other.list == declaration.list) {
            let list = declaration.list.clone();
            problems.add(
                table.cell(record.number, &["dataset"]),
                Kind::EntityTwice { list },
            );
        } else {
            declarations.push(declaration);
        }
    }
    declarations
}

fn check(table: &Table<'_>, declaration: &Declaration, problems: &mut Problems) {
    let list = declaration.list.clone();
    let place = table.cell(declaration.row, &["dataset"]);
    if list.is_empty() {
        problems.add(place, Kind::EntityName {});
    } else if list.starts_with("__") || list.contains('.') {
        problems.add(place, Kind::EntityReserved { name: list.clone() });
    } else if !is_name(&list) {
        problems.add(place, Kind::NameInvalid { name: list.clone() });
    }
    let has = |value: &Option<String>| value.is_some();
    let (id, create, update) = (
        has(&declaration.entity_id),
        has(&declaration.create_if),
        has(&declaration.update_if),
    );
    if !id && update {
        problems.add(
            table.cell(declaration.row, &["entity_id"]),
            Kind::EntityId { list: list.clone() },
        );
    }
    if id && create && !update {
        problems.add(
            table.cell(declaration.row, &["update_if"]),
            Kind::EntityUpdateIf { list: list.clone() },
        );
    }
    if !id && declaration.label.is_none() {
        problems.add(
            table.cell(declaration.row, &["label"]),
            Kind::EntityLabel { list },
        );
    }
}

/// One place where a list is used: by a `save_to`, or by a reference from the entities sheet.
#[derive(Debug, Clone)]
struct Use {
    /// Containers from the root down to the question's parent.
    path: Vec<Id>,
    row: u32,
    property: Option<String>,
    question: String,
}

/// Where entities go into the tree.
pub(super) struct Placing<'a> {
    pub(super) tree: &'a mut Tree,
    pub(super) declarations: &'a [Declaration],
    pub(super) survey: &'a Table<'a>,
    /// The entities sheet, if the workbook has it.
    pub(super) entities: Option<&'a Table<'a>>,
    pub(super) problems: &'a mut Problems,
}

/// Puts the declared entities into the tree. Returns the version of the specification that the form then needs.
pub(super) fn place(mut placing: Placing<'_>) -> Option<&'static str> {
    let uses = placing.uses();
    if placing.declarations.is_empty() {
        return None;
    }
    let requests = placing.requests(&uses);
    let places = placing.allocate(&requests);
    let in_repeat = |path: &[Id], tree: &Tree| path.iter().any(|id| tree.get(*id).what == What::Repeat);
    let needs_2025 =
        placing.declarations.len() > 1 || places.iter().any(|(path, _)| in_repeat(path, placing.tree));
    for (path, declaration) in &places {
        let is_in_repeat = in_repeat(path, placing.tree);
        if let (Some(container), Some(declaration)) = (path.last(), placing.declarations.get(*declaration)) {
            add_entity(placing.tree, *container, declaration, is_in_repeat);
        }
    }
    Some(if needs_2025 { "2025.1.0" } else { "2024.1.0" })
}

/// Where a list may be written, and where it wants to be.
struct Request {
    declaration: usize,
    scope: Vec<Id>,
    wanted: Vec<Id>,
    saved_in: BTreeSet<Vec<Id>>,
}

impl Placing<'_> {
    fn cell(&self, row: u32) -> Place {
        self.survey.cell(row, &["bind", "entities:saveto"])
    }

    fn entity_row(&self, row: u32) -> Place {
        match self.entities {
            Some(table) => table.row(row),
            None => Place::sheet("entities"),
        }
    }

    /// Uses of each declaration, in the order of the survey.
    fn uses(&mut self) -> BTreeMap<usize, Vec<Use>> {
        let mut by_question: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (index, declaration) in self.declarations.iter().enumerate() {
            let texts = [
                &declaration.entity_id,
                &declaration.create_if,
                &declaration.update_if,
                &declaration.label,
            ];
            for reference in texts.into_iter().flatten().flat_map(|text| references(text)) {
                by_question
                    .entry(reference.name.to_owned())
                    .or_default()
                    .insert(index);
            }
        }
        let mut uses: BTreeMap<usize, Vec<Use>> = BTreeMap::new();
        for id in self.tree.in_order() {
            let element = self.tree.get(id);
            if element.row == 0 {
                continue;
            }
            let (row, name) = (element.row, element.name.clone());
            let saved = element
                .bound("entities:saveto")
                .and_then(|text| text.any())
                .map(str::to_owned);
            let mut path: Vec<Id> = self.tree.ancestors(id).collect();
            path.reverse();
            if let Some(saved) = saved
                && let Some((index, property)) = self.save_to(row, &saved, &uses)
            {
                self.tree
                    .get_mut(id)
                    .set_bind("entities:saveto", property.clone());
                let one = Use {
                    path: path.clone(),
                    row,
                    property: Some(property),
                    question: name.clone(),
                };
                uses.entry(index).or_default().push(one);
            }
            for index in by_question.get(&name).into_iter().flatten() {
                let one = Use {
                    path: path.clone(),
                    row,
                    property: None,
                    question: name.clone(),
                };
                uses.entry(*index).or_default().push(one);
            }
        }
        uses
    }

    /// Reads `property` or `list#property`.
    fn save_to(&mut self, row: u32, text: &str, uses: &BTreeMap<usize, Vec<Use>>) -> Option<(usize, String)> {
        let place = self.cell(row);
        if self.declarations.is_empty() {
            if self.entities.is_none() {
                self.problems.add(place, Kind::EntitySheet {});
            }
            return None;
        }
        let (list, property) = match text.split_once('#') {
            Some((_, property)) if property.contains('#') => {
                self.problems.add(place, Kind::EntityDelimiter {});
                return None;
            }
            Some((list, property)) => (Some(list), property),
            None => (None, text),
        };
        let index = match list {
            Some(list) => self
                .declarations
                .iter()
                .position(|declaration| declaration.list == list),
            None if self.declarations.len() > 1 => {
                self.problems.add(place, Kind::EntityPrefix {});
                return None;
            }
            None => Some(0),
        };
        let Some(index) = index else {
            let list = list.unwrap_or_default();
            let near = nearest(
                list,
                self.declarations
                    .iter()
                    .map(|declaration| declaration.list.as_str()),
            );
            self.problems.add_near(
                place,
                Kind::EntityUnknown {
                    list: list.to_owned(),
                },
                near,
            );
            return None;
        };
        let name = property.to_owned();
        let lower = property.to_lowercase();
        let taken = uses
            .get(&index)
            .into_iter()
            .flatten()
            .find(|used| used.property.as_deref() == Some(property));
        if lower == "name" || lower == "label" || property.starts_with("__") {
            self.problems.add(place, Kind::EntityReserved { name });
        } else if !is_name(property) {
            self.problems.add(place, Kind::NameInvalid { name });
        } else if let Some(taken) = taken {
            self.problems.add(
                place,
                Kind::EntityPropertyTwice {
                    property: name,
                    other: taken.row,
                },
            );
        } else {
            return Some((index, name));
        }
        None
    }

    /// The part of a path up to the innermost repeat, or the root.
    fn scope<'p>(&self, path: &'p [Id]) -> &'p [Id] {
        let inner = path
            .iter()
            .rposition(|id| self.tree.get(*id).what == What::Repeat)
            .unwrap_or(0);
        path.get(..=inner).unwrap_or(path)
    }

    fn repeats(&self, path: &[Id]) -> usize {
        path.iter()
            .filter(|id| self.tree.get(**id).what == What::Repeat)
            .count()
    }

    fn shown(&self, path: &[Id]) -> String {
        let names = path.iter().skip(1).map(|id| self.tree.get(*id).name.as_str());
        std::iter::once("survey")
            .chain(names)
            .fold(String::new(), |shown, name| shown + "/" + name)
    }

    fn requests(&mut self, uses: &BTreeMap<usize, Vec<Use>>) -> Vec<Request> {
        let mut requests = Vec::new();
        for used in uses {
            requests.extend(self.request(*used.0, used.1));
        }
        for index in (0..self.declarations.len()).filter(|index| !uses.contains_key(index)) {
            let root = vec![Tree::ROOT];
            requests.push(Request {
                declaration: index,
                scope: root.clone(),
                wanted: root,
                saved_in: BTreeSet::new(),
            });
        }
        requests
    }

    fn request(&mut self, index: usize, uses: &[Use]) -> Option<Request> {
        // The innermost repeat decides; of several uses in it the deepest, first of all one that is saved.
        let deepest = uses.iter().fold(None::<&Use>, |best, used| match best {
            Some(best) if self.repeats(&best.path) >= self.repeats(&used.path) => Some(best),
            _ => Some(used),
        })?;
        let scope = self.scope(&deepest.path).to_vec();
        let saved: Vec<&Use> = uses.iter().filter(|used| used.property.is_some()).collect();
        let in_scope = |used: &&&Use| self.scope(&used.path) == scope;
        let saved_in: BTreeSet<Vec<Id>> = saved.iter().map(|used| used.path.clone()).collect();
        let deepest_saved = saved
            .iter()
            .filter(in_scope)
            .fold(None::<&Use>, |best, used| match best {
                Some(best) if best.path.len() >= used.path.len() => Some(best),
                _ => Some(used),
            });
        let wanted = if let Some(saved) = deepest_saved.or(saved.first().copied()) {
            let common = common_path(&saved_in);
            let own_scope = self.scope(&saved.path).to_vec();
            let depth = |path: &[Id]| (self.repeats(path), path.len() - self.scope(path).len());
            if depth(&common) > depth(&own_scope) {
                common
            } else {
                own_scope
            }
        } else {
            let all: Vec<&Use> = uses.iter().collect();
            let mut found: &[Id] = &scope;
            for used in all.iter().filter(in_scope) {
                if used.path.len() > found.len() {
                    found = &used.path;
                }
            }
            found.to_vec()
        };
        let declaration = self.declarations.get(index)?;
        let mut is_good = true;
        for used in uses {
            let own = self.scope(&used.path);
            let is_reachable = scope.starts_with(own);
            let is_elsewhere = used.property.is_some() && self.scope(&wanted) != own;
            if is_reachable && !is_elsewhere {
                continue;
            }
            is_good = false;
            let other = if is_reachable {
                self.shown(&wanted)
            } else {
                self.shown(&deepest.path)
            };
            let kind = Kind::EntityScope {
                list: declaration.list.clone(),
                scope: self.shown(&used.path),
                other,
            };
            let _ = &used.question;
            let place = if used.property.is_some() {
                self.cell(used.row)
            } else {
                self.entity_row(declaration.row)
            };
            self.problems.add(place, kind);
        }
        is_good.then_some(Request {
            declaration: index,
            scope,
            wanted,
            saved_in,
        })
    }

    /// Gives each list a container of its own: as deep as wanted, else further out within its scope.
    fn allocate(&mut self, requests: &[Request]) -> Vec<(Vec<Id>, usize)> {
        let root = vec![Tree::ROOT];
        if let [only] = requests
            && only.scope == root
        {
            // One list for the whole form stands at its root, as before lists could stand elsewhere.
            return vec![(root, only.declaration)];
        }
        let mut order: Vec<&Request> = requests.iter().collect();
        order.sort_by_key(|request| request.declaration);
        let mut places: Vec<(Vec<Id>, usize)> = Vec::new();
        let mut reserved: BTreeMap<Vec<Id>, usize> = BTreeMap::new();
        for request in order {
            let mut conflict = None;
            for depth in (request.scope.len()..=request.wanted.len()).rev() {
                let path = request.wanted.get(..depth).unwrap_or(&request.wanted).to_vec();
                conflict = reserved.get(&path).copied();
                if conflict.is_some() {
                    let saved = request
                        .saved_in
                        .iter()
                        .find_map(|path| reserved.get(path).copied());
                    if saved.is_some() {
                        conflict = saved;
                        break;
                    }
                    continue;
                }
                for saved in &request.saved_in {
                    for length in depth..=saved.len() {
                        if let Some(part) = saved.get(..length) {
                            reserved.insert(part.to_vec(), request.declaration);
                        }
                    }
                }
                reserved.insert(path.clone(), request.declaration);
                places.push((path, request.declaration));
                break;
            }
            let row = |index: usize| {
                self.declarations
                    .get(index)
                    .map_or(0, |declaration| declaration.row)
            };
            if let Some(other) = conflict {
                let kind = Kind::EntityPlace {
                    scope: self.shown(&request.scope),
                    other: row(other),
                };
                let place = self.entity_row(row(request.declaration));
                self.problems.add(place, kind);
            }
        }
        places
    }
}

fn common_path(paths: &BTreeSet<Vec<Id>>) -> Vec<Id> {
    let mut paths = paths.iter();
    let mut common = paths.next().cloned().unwrap_or_default();
    for path in paths {
        let same = common
            .iter()
            .zip(path)
            .take_while(|(left, right)| left == right)
            .count();
        common.truncate(same);
    }
    common
}

fn add_entity(tree: &mut Tree, container: Id, declaration: &Declaration, is_in_repeat: bool) {
    let meta = Element {
        what: What::Meta,
        name: "meta".to_owned(),
        ..Element::default()
    };
    let meta = tree.add(container, meta);
    let entity = Element {
        what: What::Entity,
        name: "entity".to_owned(),
        ..Element::default()
    };
    let entity = tree.add(meta, entity);
    let attribute = |name: &str, value: Option<&str>, calculation: Option<&str>| {
        let mut element = Element {
            what: What::Attribute,
            name: name.to_owned(),
            value: value.map(str::to_owned),
            ..Element::default()
        };
        if let Some(calculation) = calculation {
            calculated(&mut element, calculation);
        }
        element
    };
    tree.add(entity, attribute("dataset", Some(&declaration.list), None));
    let id = declaration.entity_id.as_deref();
    if id.is_none() || declaration.create_if.is_some() {
        tree.add(
            entity,
            attribute("create", Some("1"), declaration.create_if.as_deref()),
        );
    }
    let mut id_attribute = attribute("id", None, None);
    if let Some(id) = id {
        tree.add(
            entity,
            attribute("update", Some("1"), declaration.update_if.as_deref()),
        );
        let item = format!("instance('{}')/root/item[name={id}]", declaration.list);
        for (name, property) in [
            ("baseVersion", "__version"),
            ("trunkVersion", "__trunkVersion"),
            ("branchId", "__branchId"),
        ] {
            tree.add(entity, attribute(name, None, Some(&format!("{item}/{property}"))));
        }
        calculated(&mut id_attribute, id);
    } else {
        let mut events = vec![Event::FirstLoad];
        if is_in_repeat {
            events.push(Event::NewRepeat);
        }
        for event in events {
            let action = Action {
                value: Some("uuid()".to_owned()),
                ..Action::new("setvalue", event)
            };
            id_attribute.actions.push(action);
        }
        id_attribute.set_bind("readonly", "true()");
        id_attribute.set_bind("type", "string");
    }
    tree.add(entity, id_attribute);
    if let Some(label) = &declaration.label {
        let mut element = Element {
            what: What::EntityLabel,
            name: "label".to_owned(),
            ..Element::default()
        };
        calculated(&mut element, label);
        tree.add(entity, element);
    }
}

fn calculated(element: &mut Element, calculation: &str) {
    element.set_bind("calculate", calculation);
    element.set_bind("readonly", "true()");
    element.set_bind("type", "string");
}
