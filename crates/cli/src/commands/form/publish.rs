//! `hudang form publish`: a workbook becomes the form of visits.

use std::path::Path;

use hudang_visit::Language;
use hudang_visit::questionnaire::package::{Attachment, Package, PackageError};
use serde::Serialize;

use crate::args::{OfServer, PublicationArgs};
use crate::commands::form::source::Source;
use crate::commands::{open, terms};
use crate::error::Failure;
use crate::output::Output;
use crate::remote::Remote;

/// Who gets the package.
pub(super) enum To<'a> {
    /// An archive, or a running server in its place.
    Archive {
        directory: &'a Path,
        publication: &'a PublicationArgs,
    },
    /// A file.
    File(&'a Path),
}

impl<'a> To<'a> {
    pub(super) fn of(publication: &'a PublicationArgs, out: Option<&'a Path>, directory: &'a Path) -> Self {
        match out {
            Some(file) => Self::File(file),
            None => Self::Archive {
                directory,
                publication,
            },
        }
    }
}

#[derive(Serialize)]
struct Published {
    /// The form's hash.
    name: String,
    title: String,
    version: String,
    bytes: usize,
    files: Vec<String>,
}

pub(super) fn run(file: &Path, to: &To<'_>, server: &OfServer, output: &Output) -> Result<(), Failure> {
    let package = package(file)?;
    let text = package.render().map_err(|error| refused(&error))?;
    let name = match to {
        To::File(out) => {
            std::fs::write(out, &text).map_err(|error| Failure::file(out, &error))?;
            package.hash().map_err(|error| refused(&error))?.to_string()
        }
        To::Archive {
            directory,
            publication,
        } => match Remote::of(server)? {
            Some(remote) => terms::give_to_server(&remote, text.as_bytes().to_vec(), publication)?,
            None => terms::give(&open(directory)?, text.clone(), publication)?,
        },
    };
    let published = Published {
        name,
        title: package.name,
        version: package.version,
        bytes: text.len(),
        files: package.attachments.into_iter().map(|file| file.name).collect(),
    };
    output.result(&published, |published| {
        println!(
            "{} {} {}",
            output.say("已发布", "published"),
            published.title,
            published.version
        );
        println!("{}", published.name);
    })
}

/// The form with its files as one text.
fn package(file: &Path) -> Result<Package, Failure> {
    let source = Source::open(file)?.usable(file)?;
    let named = |(name, bytes): (String, Vec<u8>)| {
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::input("表单附件(须为 UTF-8)", "file beside the form in UTF-8", &name))?;
        Ok(Attachment { name, text })
    };
    let files: Vec<Attachment> = source
        .files
        .into_iter()
        .map(named)
        .collect::<Result<_, Failure>>()?;
    Package::publish(&source.xform, &files).map_err(|error| refused(&error))
}

fn refused(error: &PackageError) -> Failure {
    Failure::new(
        error.code(),
        error.message(Language::Zh),
        error.message(Language::En),
    )
    .found()
}
