//! `hudang form publish`: a workbook becomes the form of visits.

use std::path::Path;

use hudang_archive::FormFile;
use hudang_contract::contract::Contract;
use hudang_sync_server::message::Named;
use hudang_visit::Language;
use hudang_visit::questionnaire::package::{Attachment, Package, PackageError};
use reqwest::Method;
use serde::Serialize;

use crate::args::OfServer;
use crate::commands::form::source::Source;
use crate::commands::{contract_id, local, open};
use crate::error::Failure;
use crate::output::Output;
use crate::outside;
use crate::remote::Remote;

/// Who gets the package.
pub(super) enum To<'a> {
    /// An archive, or a running server in its place.
    Archive {
        directory: &'a Path,
        contract: Option<&'a str>,
    },
    /// A file.
    File(&'a Path),
}

impl<'a> To<'a> {
    pub(super) fn of(contract: Option<&'a str>, out: Option<&'a Path>, directory: &'a Path) -> Self {
        match out {
            Some(file) => Self::File(file),
            None => Self::Archive { directory, contract },
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
        To::Archive { directory, contract } => give(&text, directory, *contract, server)?,
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

/// Gives the package to the archive; the contract must be known there.
fn give(text: &str, directory: &Path, contract: Option<&str>, server: &OfServer) -> Result<String, Failure> {
    let contract = contract.map(contract_id).transpose()?;
    if let Some(remote) = Remote::of(server)? {
        if let Some(contract) = contract {
            let _known: Contract = remote.get(&format!("/v1/contracts/{contract}"), &[])?;
        }
        let named: Named = remote.send_file(Method::POST, "/v1/forms", text.as_bytes().to_vec())?;
        return Ok(named.name);
    }
    let archive = open(directory)?;
    if let Some(contract) = contract {
        archive.contract(&local(), &contract)?;
    }
    let form = FormFile {
        text: text.to_owned(),
    };
    Ok(archive.put_form(&local(), form, outside::now())?.to_string())
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
