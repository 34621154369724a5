//! The settings sheet.

use super::choices::clean;
use super::kind::Kind;
use super::name::is_name;
use super::problem::{Place, Problems};
use super::table::{Columns, Table};

pub(super) const COLUMNS: Columns = Columns {
    known: &[
        "name",
        "title",
        "id_string",
        "version",
        "default_language",
        "style",
        "instance_name",
        "instance_id",
        "instance_xmlns",
        "namespaces",
        "submission_url",
        "public_key",
        "auto_send",
        "auto_delete",
        "client_editable",
        "omit_instanceID",
        "allow_choice_duplicates",
        "clean_text_values",
        "delimiter",
        "prefix",
        "attribute",
        "add_none_option",
        "flat",
        "sms_keyword",
        "sms_separator",
        "sms_allow_media",
        "sms_date_format",
        "sms_datetime_format",
        "sms_response",
    ],
    aliases: &[
        ("form_title", &["title"]),
        ("set_form_title", &["title"]),
        ("form_id", &["id_string"]),
        ("set_form_id", &["id_string"]),
        ("omit_instanceid", &["omit_instanceID"]),
    ],
    open: &["attribute"],
};

/// Settings that are known and that nothing here carries out.
const IGNORED: [&str; 2] = ["add_none_option", "flat"];

/// What the form is called and how it is kept.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a yes or no of the settings sheet"
)]
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    /// Name of the root element.
    pub(super) root: String,
    pub(super) form_id: String,
    pub(super) title: Option<String>,
    pub(super) version: Option<String>,
    pub(super) default_language: String,
    pub(super) has_default_language: bool,
    pub(super) style: Option<String>,
    pub(super) instance_name: Option<String>,
    pub(super) instance_id: Option<String>,
    pub(super) instance_xmlns: Option<String>,
    pub(super) namespaces: Option<String>,
    pub(super) submission_url: Option<String>,
    pub(super) public_key: Option<String>,
    pub(super) auto_send: Option<String>,
    pub(super) auto_delete: Option<String>,
    pub(super) delimiter: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) client_editable: bool,
    pub(super) omit_instance_id: bool,
    pub(super) allow_duplicates: bool,
    pub(super) clean_text: bool,
}

impl Settings {
    /// Settings of a workbook without the sheet.
    pub(super) fn new(root: &str, form_id: &str) -> Self {
        Self {
            root: root.to_owned(),
            form_id: form_id.to_owned(),
            default_language: "default".to_owned(),
            clean_text: true,
            ..Self::default()
        }
    }

    pub(super) fn title(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.form_id)
    }

    pub(super) fn set_from_survey(&mut self, setting: &str, value: String) {
        match setting {
            "title" => self.title = Some(value),
            _ => self.form_id = value,
        }
    }

    /// Reads the first row of the sheet.
    pub(super) fn read(&mut self, table: &Table<'_>, problems: &mut Problems) {
        let Some(record) = table.rows().next() else { return };
        let is_yes = |text: &str| yes_or_no(text).unwrap_or(false);
        for (column, text) in table.cells(&record) {
            let place = table.place(record.number, column);
            let text = clean(text);
            if IGNORED.contains(&column.first()) {
                problems.add(
                    place,
                    Kind::SettingIgnored {
                        column: column.header.clone(),
                    },
                );
                continue;
            }
            match column.first() {
                "name" => self.name(text, place, problems),
                "title" => self.title = Some(text),
                "id_string" => self.form_id = text,
                "version" => self.version = Some(text),
                "default_language" => {
                    self.default_language = text;
                    self.has_default_language = true;
                }
                "style" => self.style = Some(text),
                "instance_name" => self.instance_name = Some(super::choices::straighten(&text)),
                "instance_id" => self.instance_id = Some(text),
                "instance_xmlns" => self.instance_xmlns = Some(text),
                "namespaces" => self.namespaces = Some(text),
                "submission_url" => self.submission_url = Some(text),
                "public_key" => self.public_key = Some(text),
                "auto_send" => self.auto_send = Some(text),
                "auto_delete" => self.auto_delete = Some(text),
                "delimiter" => self.delimiter = Some(text),
                "prefix" => self.prefix = Some(text),
                "attribute" => {
                    if let Some(name) = column.part(1) {
                        self.attributes.push((name.to_owned(), text));
                    }
                }
                "client_editable" => self.client_editable = is_yes(&text),
                "omit_instanceID" => self.omit_instance_id = is_yes(&text),
                "allow_choice_duplicates" => self.allow_duplicates = is_yes(&text),
                "clean_text_values" => self.clean_text = yes_or_no(&text).unwrap_or(true),
                _ => {}
            }
        }
        if self.omit_instance_id && self.public_key.is_some() {
            problems.add(
                table.cell(record.number, &["omit_instanceID"]),
                Kind::OmitInstanceId {},
            );
        }
    }

    fn name(&mut self, text: String, place: Place, problems: &mut Problems) {
        if is_name(&text) {
            self.root = text;
        } else {
            problems.add(place, Kind::SettingName { value: text });
        }
    }
}

/// The words for yes and no.
pub(super) fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "true()" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "false()" => Some(false),
        _ => None,
    }
}
