//! Files beside the form: CSV, XML and GeoJSON become trees like the instances within it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::FormError;
use crate::tree::{Doctype, NodeId, NodeKind, QualifiedName, Tree, read};

/// The files beside a form, by name.
#[derive(Debug, Clone, Default)]
pub struct Attachments(BTreeMap<String, Vec<u8>>);

impl Attachments {
    /// No files.
    pub fn none() -> Self {
        Self::default()
    }

    /// The same with a file more.
    #[must_use]
    pub fn with(mut self, name: &str, bytes: Vec<u8>) -> Self {
        self.0.insert(name.to_owned(), bytes);
        self
    }
}

/// The tree of the file that `source` (`jr://file-csv/towns.csv`) means: an element `instance` with the content.
pub(super) fn tree(source: &str, attachments: &Attachments) -> Result<(Tree, NodeId), FormError> {
    let name = source.rsplit('/').next().unwrap_or(source);
    let bytes = attachments.0.get(name);
    let bytes = bytes.ok_or_else(|| FormError::MissingAttachment(name.to_owned()))?;
    let broken = |reason: String| FormError::Attachment {
        name: name.to_owned(),
        reason,
    };
    let text = std::str::from_utf8(bytes).map_err(|error| broken(format!("no UTF-8: {error}")))?;
    let text = text.trim_start_matches('\u{feff}');
    let extension = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    match &*extension {
        "csv" => csv_tree(text).map_err(broken),
        "geojson" => geojson_tree(text).map_err(broken),
        _ => {
            let tree = read(text, Doctype::Refused).map_err(|error| broken(error.to_string()))?;
            // The document stands for the element around it.
            Ok((tree, NodeId::ROOT))
        }
    }
}

/// More rows than any list of choices has.
const ROWS_MAX: usize = 200_000;
/// More cells than any list of choices has, and less than 256 MiB.
const CELLS_MAX: usize = 700_000;
/// Before a GeoJSON is read: so many values it may have.
const VALUES_MAX: usize = 1_500_000;

struct Rows {
    tree: Tree,
    instance: NodeId,
    root: NodeId,
    count: usize,
    cells: usize,
}

impl Rows {
    fn new() -> Self {
        let mut tree = Tree::default();
        let instance = tree.append_element(NodeId::ROOT, &QualifiedName::local("instance"));
        let root = tree.append_element(instance, &QualifiedName::local("root"));
        Self {
            tree,
            instance,
            root,
            count: 0,
            cells: 0,
        }
    }

    fn item(&mut self) -> Result<NodeId, String> {
        self.count += 1;
        if self.count > ROWS_MAX {
            return Err(format!("more than {ROWS_MAX} rows"));
        }
        Ok(self.tree.append_element(self.root, &QualifiedName::local("item")))
    }

    fn column(&mut self, item: NodeId, name: &str, value: &str) -> Result<(), String> {
        self.cells += 1;
        if self.cells > CELLS_MAX {
            return Err(format!("more than {CELLS_MAX} cells"));
        }
        let column = self.tree.append_element(item, &QualifiedName::local(name));
        self.tree.append_leaf(column, NodeKind::Text, "", value);
        Ok(())
    }
}

fn csv_tree(text: &str) -> Result<(Tree, NodeId), String> {
    let first = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
    let delimiters = [b',', b';', b'\t', b'|'];
    // The first of the most frequent: `max_by_key` would take the last.
    let delimiter = delimiters.into_iter().rev().max_by_key(count).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut rows = Rows::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let extra = record.iter().skip(headers.len()).find(|cell| !cell.is_empty());
        if let Some(extra) = extra {
            return Err(format!(
                "row {} has a cell without a column: {extra:?}",
                rows.count + 2
            ));
        }
        let item = rows.item()?;
        for (index, name) in headers.iter().enumerate() {
            rows.column(item, name.trim(), record.get(index).unwrap_or_default())?;
        }
    }
    Ok((rows.tree, rows.instance))
}

fn geojson_tree(text: &str) -> Result<(Tree, NodeId), String> {
    // Each value but the first stands behind one of these.
    let marks = text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{'));
    if marks.take(VALUES_MAX + 1).count() > VALUES_MAX {
        return Err(format!("more than {VALUES_MAX} values"));
    }
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if value.get("type").and_then(Value::as_str) != Some("FeatureCollection") {
        return Err("no FeatureCollection".to_owned());
    }
    let features = value
        .get("features")
        .and_then(Value::as_array)
        .ok_or("no features")?;
    let mut rows = Rows::new();
    for feature in features {
        let item = rows.item()?;
        let geometry = feature.get("geometry").ok_or("a feature without geometry")?;
        rows.column(item, "geometry", &points(geometry)?)?;
        let properties = feature.get("properties").and_then(Value::as_object);
        let own_id = properties.and_then(|properties| properties.get("id"));
        if let Some(id) = feature.get("id").or(own_id) {
            rows.column(item, "id", &plain(id))?;
        }
        for (name, value) in properties.into_iter().flatten().filter(|(name, _)| *name != "id") {
            rows.column(item, name, &plain(value))?;
        }
    }
    Ok((rows.tree, rows.instance))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn points(geometry: &Value) -> Result<String, String> {
    let coordinates = geometry.get("coordinates").ok_or("no coordinates")?;
    let point = |value: &Value| -> Result<String, String> {
        let at = |index: usize| {
            value
                .get(index)
                .and_then(Value::as_f64)
                .ok_or("a point without its degrees")
        };
        Ok(format!("{} {} 0 0", at(1)?, at(0)?))
    };
    let line = |value: &Value| -> Result<String, String> {
        let all: Result<Vec<String>, String> = value.as_array().into_iter().flatten().map(point).collect();
        Ok(all?.join("; "))
    };
    match geometry.get("type").and_then(Value::as_str) {
        Some("Point") => point(coordinates),
        Some("LineString") => line(coordinates),
        Some("Polygon") => coordinates.get(0).map_or_else(|| Ok(String::new()), line),
        other => Err(format!(
            "unsupported geometry {}",
            other.unwrap_or("without a type")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_file_becomes_items() {
        let attachments = Attachments::none().with("towns.csv", "name;label\na;\"甲;乙\"\nb;丙\n".into());
        let (tree, instance) = tree("jr://file-csv/towns.csv", &attachments).unwrap();
        let root = tree.element(instance, "root").unwrap();
        let labels: Vec<String> = tree
            .elements(root)
            .filter_map(|item| tree.element(item, "label"))
            .map(|label| tree.value(label).into_owned())
            .collect();
        assert_eq!(labels, ["甲;乙", "丙"]);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = tree("jr://file/gone.xml", &Attachments::none()).unwrap_err();
        assert_eq!(error, FormError::MissingAttachment("gone.xml".to_owned()));
    }
}
