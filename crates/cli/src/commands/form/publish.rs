//! `hudang form publish`: a workbook becomes the form of visits.

use std::path::Path;

use hudang_archive::FormFile;
use hudang_contract::contract::Contract;
use hudang_form::xlsform::{Converted, Options, Problem, read_workbook, to_xform};
use hudang_sync_server::message::Named;
use hudang_visit::Language;
use hudang_visit::questionnaire::package::{Attachment, Package, PackageError};
use reqwest::Method;
use serde::Serialize;

use crate::args::OfServer;
use crate::commands::{contract_id, open, read};
use crate::error::Failure;
use crate::output::Output;
use crate::outside;
use crate::remote::Remote;

/// Problems of a workbook that are told; `form check` tells all.
const PROBLEMS_TOLD: usize = 5;

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
        archive.contract(&contract)?;
    }
    let form = FormFile {
        text: text.to_owned(),
    };
    Ok(archive.put_form("local", form, outside::now())?.to_string())
}

fn package(file: &Path) -> Result<Package, Failure> {
    let bytes = read(file)?;
    let is_workbook = bytes.starts_with(b"PK");
    if !is_workbook {
        let xform = String::from_utf8(bytes).map_err(|_| Failure::input("表单", "form", "UTF-8"))?;
        let named = beside(file, &wanted(&xform))?;
        return Package::publish(&xform, &named).map_err(|error| refused(&error));
    }
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let options = Options {
        form_id: stem,
        ..Options::default()
    };
    let workbook = read_workbook(&bytes).map_err(|problems| found(&problems))?;
    let converted = to_xform(&workbook, &options).map_err(|problems| found(&problems))?;
    let files = files(file, &converted)?;
    Package::publish(&converted.xform, &files).map_err(|error| refused(&error))
}

/// The files that a workbook's form reads, from beside it; external choices come out of the workbook itself.
fn files(file: &Path, converted: &Converted) -> Result<Vec<Attachment>, Failure> {
    let names: Vec<String> = converted.attachments.keys().cloned().collect();
    let (made, given): (Vec<String>, Vec<String>) =
        names.into_iter().partition(|name| name == "itemsets.csv");
    let mut files = beside(file, &given)?;
    if let (Some(name), Some(text)) = (made.into_iter().next(), &converted.itemsets) {
        files.push(Attachment {
            name,
            text: text.clone(),
        });
    }
    Ok(files)
}

fn beside(file: &Path, names: &[String]) -> Result<Vec<Attachment>, Failure> {
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    names
        .iter()
        .map(|name| {
            let path = folder.join(name);
            let text = String::from_utf8(read(&path)?)
                .map_err(|_| Failure::input("表单附件(须为 UTF-8)", "file beside the form in UTF-8", name))?;
            Ok(Attachment {
                name: name.clone(),
                text,
            })
        })
        .collect()
}

/// The files that an `XForm` names: `jr://file-csv/towns.csv`.
fn wanted(xform: &str) -> Vec<String> {
    let sources = xform
        .split("src=\"jr://")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let names = sources
        .filter_map(|source| source.split_once('/'))
        .map(|(_, name)| name.to_owned());
    let mut names: Vec<String> = names
        .filter(|name| name.contains('.') && !name.contains('/'))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn refused(error: &PackageError) -> Failure {
    Failure::new(
        error.code(),
        error.message(Language::Zh),
        error.message(Language::En),
    )
    .found()
}

/// The first problems of a workbook, each with its place.
fn found(problems: &[Problem]) -> Failure {
    let code = problems.first().map_or("XF-NONE", Problem::code);
    let lines = |text: &dyn Fn(&Problem) -> String| {
        let told: Vec<String> = problems.iter().take(PROBLEMS_TOLD).map(text).collect();
        told.join("\n- ")
    };
    let zh = format!(
        "表格里有 {} 处问题,请用 hudang form check 查看全部:\n- {}",
        problems.len(),
        lines(&Problem::zh)
    );
    let en = format!(
        "The workbook has {} problems; hudang form check shows all:\n- {}",
        problems.len(),
        lines(&Problem::en)
    );
    Failure::new(code, zh, en).found()
}
