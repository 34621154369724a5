//! The published form: one canonical JSON text (RFC 8785 profile of evidence), named by its SHA-256.
//!
//! ```json
//! {"attachments":[{"name":"areas.csv","text":"…"}],"format":1,"name":"低保入户调查表","skeleton":{"repeats":[…]},
//!  "version":"2026111801","xform":"<h:html …"}
//! ```
//!
//! Everything else follows from `xform` with its attachments. Name, version and skeleton stand beside it so that a list
//! of forms and the first change of a document need no XML; a package in which they do not follow is refused.

use std::collections::BTreeSet;
use std::sync::Arc;

use hudang_evidence::id::FormHash;
use hudang_evidence::profile::{self, ProfileError};
use hudang_form::form::{Attachments, Form, FormError};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use super::names::Names;
use crate::document::genesis::Skeleton;

/// Largest package in bytes.
pub const PACKAGE_BYTES_MAX: usize = 4 << 20;
/// Most files beside a form.
pub const ATTACHMENTS_MAX: usize = 64;
/// The format that is written.
const FORMAT: u64 = 1;

/// Why something cannot be published, or is no published form.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PackageError {
    /// Larger than a package may be.
    #[error("{size_bytes} bytes are more than the {PACKAGE_BYTES_MAX} of a form")]
    TooLarge {
        /// How large it is.
        size_bytes: usize,
    },
    /// No JSON of the profile.
    #[error("no package of a form: {0}")]
    Json(ProfileError),
    /// Written by a later version.
    #[error("a package of format {0}")]
    Format(u64),
    /// A field is missing, or one too many.
    #[error("no package of a form: {0}")]
    Fields(String),
    /// Two files of one name, or more files than are allowed.
    #[error("the files beside the form: {0}")]
    Attachments(String),
    /// The form itself cannot be used.
    #[error(transparent)]
    Form(#[from] FormError),
    /// A name that no answer's path can hold.
    #[error("{0} is too long or nested too deep to name answers")]
    Name(String),
    /// A repeat in which people add instances, inside one that the form counts.
    #[error("{0} can be added to inside a repeat that is counted")]
    OpenInCounted(String),
    /// Instances that the form brings along hold different numbers of an inner repeat.
    #[error("the instances of {0} hold different numbers of an inner repeat")]
    Uneven(String),
    /// Name, version or skeleton are not those of the form.
    #[error("name, version or skeleton do not follow from the form")]
    Skeleton,
}

impl PackageError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "FORM-SIZE",
            Self::Json(_) => "FORM-JSON",
            Self::Format(_) => "FORM-FORMAT",
            Self::Fields(_) => "FORM-FIELDS",
            Self::Attachments(_) => "FORM-ATTACHMENTS",
            Self::Form(error) => error.code(),
            Self::Name(_) => "FORM-NAME",
            Self::OpenInCounted(_) | Self::Uneven(_) => "FORM-REPEAT",
            Self::Skeleton => "FORM-SKELETON",
        }
    }
}

/// A file beside the form, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// Its name without a folder.
    pub name: String,
    /// Its content: CSV, XML or GeoJSON.
    pub text: String,
}

/// A published form as it stands in its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The files that the form reads, by name.
    pub attachments: Vec<Attachment>,
    format: u64,
    /// The form's title.
    pub name: String,
    /// The repeats of its documents.
    pub skeleton: Skeleton,
    /// The version that the form gives itself; may be empty.
    pub version: String,
    /// The form: an ODK `XForm`.
    pub xform: String,
}

impl Package {
    /// Makes a package of an `XForm` with its files. Texts are put into Unicode's normal form C, which the signed
    /// formats demand.
    pub fn publish(xform: &str, attachments: &[Attachment]) -> Result<Self, PackageError> {
        let composed = |text: &str| text.nfc().collect::<String>();
        let mut attachments: Vec<Attachment> = attachments
            .iter()
            .map(|attachment| Attachment {
                name: composed(&attachment.name),
                text: composed(&attachment.text),
            })
            .collect();
        attachments.sort_by(|a, b| a.name.cmp(&b.name));
        check_attachments(&attachments)?;
        let xform = composed(xform);
        let form = Arc::new(read(&xform, &attachments)?);
        let names = Names::of(&form)?;
        let package = Self {
            attachments,
            format: FORMAT,
            name: title(&form).to_owned(),
            skeleton: names.skeleton(&form)?,
            version: form.version().to_owned(),
            xform,
        };
        package.render()?;
        Ok(package)
    }

    /// Reads a package's text: its format and limits. Whether the form can be used is found by
    /// [`Questionnaire::read`](super::Questionnaire::read).
    pub fn parse(bytes: &[u8]) -> Result<Self, PackageError> {
        let value = profile::parse(bytes, PACKAGE_BYTES_MAX).map_err(too_large)?;
        if let Some(format) = value.get("format").and_then(serde_json::Value::as_u64)
            && format != FORMAT
        {
            return Err(PackageError::Format(format));
        }
        let package: Self =
            serde_json::from_value(value).map_err(|error| PackageError::Fields(error.to_string()))?;
        check_attachments(&package.attachments)?;
        Ok(package)
    }

    /// The canonical text: what is named, sent and kept.
    pub fn render(&self) -> Result<String, PackageError> {
        let value = serde_json::to_value(self).map_err(|error| PackageError::Fields(error.to_string()))?;
        profile::render(&value, PACKAGE_BYTES_MAX).map_err(too_large)
    }

    /// Names the package.
    pub fn hash(&self) -> Result<FormHash, PackageError> {
        Ok(FormHash::of(self.render()?.as_bytes()))
    }

    /// Reads the form.
    pub fn form(&self) -> Result<Form, PackageError> {
        read(&self.xform, &self.attachments)
    }

    /// Refuses a package in which something does not follow from the form.
    pub(super) fn check(&self, form: &Arc<Form>, names: &Names) -> Result<(), PackageError> {
        let follows = self.name == title(form)
            && self.version == form.version()
            && self.skeleton == names.skeleton(form)?;
        if follows {
            Ok(())
        } else {
            Err(PackageError::Skeleton)
        }
    }
}

/// What people call the form.
fn title(form: &Form) -> &str {
    if form.title().is_empty() {
        form.id()
    } else {
        form.title()
    }
}

fn too_large(error: ProfileError) -> PackageError {
    match error {
        ProfileError::TooLarge { size_bytes, .. } => PackageError::TooLarge { size_bytes },
        other => PackageError::Json(other),
    }
}

fn check_attachments(attachments: &[Attachment]) -> Result<(), PackageError> {
    if attachments.len() > ATTACHMENTS_MAX {
        return Err(PackageError::Attachments(format!("more than {ATTACHMENTS_MAX}")));
    }
    let mut seen = BTreeSet::new();
    for attachment in attachments {
        if attachment.name.is_empty()
            || attachment.name.contains(['/', '\\'])
            || !seen.insert(&attachment.name)
        {
            return Err(PackageError::Attachments(attachment.name.clone()));
        }
    }
    Ok(())
}

fn read(xform: &str, attachments: &[Attachment]) -> Result<Form, PackageError> {
    let files = attachments.iter().fold(Attachments::none(), |files, attachment| {
        files.with(&attachment.name, attachment.text.clone().into_bytes())
    });
    Ok(Form::from_xform(xform, &files)?)
}
