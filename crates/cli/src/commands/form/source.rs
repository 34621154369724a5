//! A form's file with the files that lie beside it, and everything that is wrong with them.

use std::path::Path;

use hudang_form::form::{Attachments, Form, FormError, Problem as Doubt};
use hudang_form::xlsform::{
    Attachment, Converted, Options, Place, Problem, Severity, check_attachments, read_workbook, to_xform,
};
use serde::Serialize;

use crate::commands::read;
use crate::error::Failure;

/// What a sheet `external_choices` becomes.
pub(super) const ITEMSETS: &str = "itemsets.csv";
/// More is no list of choices.
const ATTACHMENT_BYTES_MAX: u64 = 64 << 20;
const XFORM_BYTES_MAX: usize = 64 << 20;

/// One thing that is wrong.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) code: String,
    pub(super) severity: Severity,
    /// Where in the workbook.
    #[serde(flatten)]
    pub(super) place: Place,
    /// Where in the form, if the workbook's cell is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    pub(super) zh: String,
    pub(super) en: String,
}

impl From<Problem> for Finding {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.code().to_owned(),
            severity: problem.severity(),
            zh: problem.zh(),
            en: problem.en(),
            place: problem.place,
            path: None,
        }
    }
}

impl From<FormError> for Finding {
    fn from(error: FormError) -> Self {
        let path = match &error {
            FormError::Expression { path, .. }
            | FormError::TwoNodes(path)
            | FormError::TwoControls(path)
            | FormError::Body { path, .. } => Some(path.clone()),
            _ => None,
        };
        Self {
            code: error.code().to_owned(),
            severity: Severity::Error,
            place: Place::default(),
            path,
            zh: error.advice_zh(),
            en: error.advice_en(),
        }
    }
}

impl From<&Doubt> for Finding {
    fn from(doubt: &Doubt) -> Self {
        let Doubt {
            path,
            attribute,
            text,
            reason,
            reason_zh,
        } = doubt;
        Self {
            code: "HT-FORM-DOUBT".to_owned(),
            severity: Severity::Warning,
            place: Place::default(),
            path: Some(path.clone()),
            zh: format!("{attribute} 里的“{text}”无法求值:{reason_zh}。请核对函数名和题名。"),
            en: format!("{attribute} \"{text}\": {reason}; compare names of functions and questions"),
        }
    }
}

/// A form's file, read.
pub(super) struct Source {
    pub(super) findings: Vec<Finding>,
    xform: Option<String>,
    form: Option<Form>,
    /// The files that it reads, as they lie beside it; `itemsets.csv` as the workbook made it.
    files: Vec<(String, Vec<u8>)>,
}

/// A form against which no error stands.
pub(super) struct Usable {
    pub(super) form: Form,
    pub(super) xform: String,
    /// The files that it reads, by their names.
    pub(super) files: Vec<(String, Vec<u8>)>,
}

impl Source {
    /// Reads the file; what is wrong with the form is a finding, not a failure.
    pub(super) fn open(file: &Path) -> Result<Self, Failure> {
        let bytes = read(file)?;
        // A workbook is a zip archive, or the older kind of file that is refused with advice; all else is XML.
        let is_workbook = bytes.starts_with(b"PK")
            || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0])
            || file.extension().is_some_and(|found| {
                ["xlsx", "xls", "xlsm"].contains(&&*found.to_string_lossy().to_lowercase())
            });
        let mut source = Self {
            findings: Vec::new(),
            xform: None,
            form: None,
            files: Vec::new(),
        };
        if is_workbook {
            source.workbook(file, &bytes)?;
        } else {
            source.xml(file, bytes)?;
        }
        Ok(source)
    }

    /// Whether an error stands against the form.
    pub(super) fn has_errors(&self) -> bool {
        let is_error = |finding: &Finding| finding.severity == Severity::Error;
        self.findings.iter().any(is_error)
    }

    /// The form, or the advice to look at its problems.
    pub(super) fn into_form(self, file: &Path) -> Result<Form, Failure> {
        Ok(self.usable(file)?.form)
    }

    /// The form with what it was made from, or the advice to look at its problems.
    pub(super) fn usable(self, file: &Path) -> Result<Usable, Failure> {
        let errors = self
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error);
        let first = errors.clone().next();
        if let (Some(form), Some(xform), None) = (self.form, self.xform, first) {
            return Ok(Usable {
                form,
                xform,
                files: self.files,
            });
        }
        let (count, shown) = (errors.clone().count(), file.display());
        let cause = first.map(|finding| format!("{} {}", finding.code, finding.place));
        Err(Failure::new(
            "FORM-UNUSABLE",
            format!("表单 {shown} 有 {count} 个错误，请用 hudang form check 逐条查看。"),
            format!("The form {shown} has {count} errors; hudang form check shows each of them."),
        )
        .because(&cause.unwrap_or_default().trim_end())
        .found())
    }

    fn workbook(&mut self, file: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let name = file.file_stem().map(|name| name.to_string_lossy().into_owned());
        let options = Options {
            root: None,
            form_id: name,
        };
        let converted = read_workbook(bytes).and_then(|workbook| to_xform(&workbook, &options));
        let mut converted = match converted {
            Ok(converted) => converted,
            Err(problems) => {
                self.findings.extend(problems.into_iter().map(Finding::from));
                return Ok(());
            }
        };
        self.findings.extend(
            std::mem::take(&mut converted.warnings)
                .into_iter()
                .map(Finding::from),
        );
        let given = beside(file, &converted)?;
        let views: Vec<Attachment<'_>> = given
            .iter()
            .map(|(name, bytes)| Attachment { name, bytes })
            .collect();
        let problems = check_attachments(&converted, &views);
        self.findings.extend(problems.into_iter().map(Finding::from));
        self.form(converted.xform, given);
        if let Some(text) = converted.itemsets {
            self.files.retain(|(name, _)| name != ITEMSETS);
            self.files.push((ITEMSETS.to_owned(), text.into_bytes()));
        }
        Ok(())
    }

    fn xml(&mut self, file: &Path, bytes: Vec<u8>) -> Result<(), Failure> {
        let Some(xform) = String::from_utf8(bytes)
            .ok()
            .filter(|text| text.len() <= XFORM_BYTES_MAX)
        else {
            return Err(Failure::input(
                "表单（须为 .xlsx，或 UTF-8 的 XForm）",
                "form (an .xlsx, or an XForm in UTF-8)",
                &file.display().to_string(),
            ));
        };
        let mut given = Vec::new();
        for name in mentioned(&xform) {
            given.extend(attachment(file, name)?);
        }
        let xform = xform.trim_start_matches('\u{feff}').to_owned();
        self.form(xform, given);
        Ok(())
    }

    fn form(&mut self, xform: String, given: Vec<(String, Vec<u8>)>) {
        let attachments = given.iter().fold(Attachments::none(), |all, (name, bytes)| {
            all.with(name, bytes.clone())
        });
        self.files = given;
        match Form::from_xform(&xform, &attachments) {
            Ok(form) => {
                self.findings.extend(form.problems().iter().map(Finding::from));
                self.form = Some(form);
            }
            // A missing or broken file was reported already, with its line.
            Err(FormError::MissingAttachment(_) | FormError::Attachment { .. }) if self.has_errors() => {}
            Err(error) => self.findings.push(error.into()),
        }
        self.xform = Some(xform);
    }
}

/// The files that a workbook's form reads, as far as they are there.
fn beside(file: &Path, converted: &Converted) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut given = Vec::new();
    for name in converted.attachments.keys() {
        given.extend(attachment(file, name)?);
    }
    Ok(given)
}

/// File names that an `XForm`'s instances name: `src="jr://file-csv/areas.csv"`.
fn mentioned(xform: &str) -> impl Iterator<Item = &str> {
    let after = xform.split("\"jr://").skip(1);
    after.filter_map(|rest| {
        let uri = rest.split('"').next()?;
        let (host, name) = uri.split_once('/')?;
        matches!(host, "file" | "file-csv" | "instance").then_some(name)
    })
}

fn attachment(form: &Path, name: &str) -> Result<Option<(String, Vec<u8>)>, Failure> {
    // A name is a name, never a way out of the form's folder.
    if name.contains(['/', '\\']) || name == ".." {
        return Ok(None);
    }
    let path = form.with_file_name(name);
    let Ok(facts) = std::fs::metadata(&path) else {
        return Ok(None);
    };
    if !facts.is_file() || facts.len() > ATTACHMENT_BYTES_MAX {
        return Err(Failure::input("附件", "attachment", &path.display().to_string()));
    }
    Ok(Some((name.to_owned(), read(&path)?)))
}
