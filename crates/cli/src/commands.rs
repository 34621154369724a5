//! One module for each group of commands.

mod accounts;
mod admin;
mod archive;
mod audio;
mod counts;
mod form;
mod household;
mod over_http;
mod phone;
mod photo;
mod picture;
mod report;
mod serve;
mod source;
mod terms;
mod visit;

use std::io::Write as _;
use std::path::Path;

use hudang_archive::{Archive, Looking, Opening, Viewer};

use crate::args::{Command, OfServer};
use crate::error::Failure;
use crate::output::Output;
use crate::outside;
use crate::remote::Remote;

pub(crate) fn run(command: Command, server: &OfServer, output: &Output) -> Result<(), Failure> {
    // A form's file is here, whatever server there is.
    if let Command::Form(command) = &command {
        return form::run(command, server, output);
    }
    if let Some(remote) = Remote::of(server)? {
        return over_http::run(command, &remote, output);
    }
    match command {
        Command::Form(command) => form::run(&command, server, output),
        Command::Serve(command) => serve::run(command, output),
        Command::Photo(command) => photo::run(command, output),
        Command::Audio(command) => audio::run(&command, output),
        Command::Archive(command) => archive::run(command, output),
        Command::Admin(command) => admin::run(command, output),
        Command::Counts(command) => counts::run(&command, output),
        Command::Visit(command) => visit::run(&command, output),
        Command::Household(command) => household::run(&command, output),
        Command::Report(command) => report::run(&command, output),
        Command::Phone(command) => phone::run(command, output),
    }
}

/// Opens an archive that exists.
fn open(dir: &Path) -> Result<Archive, Failure> {
    Ok(Archive::open(
        dir,
        &Opening::existing(outside::now(), outside::random()?),
    )?)
}

/// Whoever sits at the machine, as the journal names it.
fn local() -> Viewer {
    Viewer::machine("local")
}

/// Without a purpose: who holds the directory says none.
fn looking() -> Looking {
    Looking::at(outside::now())
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::file(path, &error))
}

/// Writes what only its owner may read to a new file: nothing is written over by chance.
fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let file = hudang_private::options().write(true).create_new(true).open(path);
    file.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    })
    .map_err(|error| Failure::file(path, &error))
}

/// Reads a contract's id.
fn contract_id(text: &str) -> Result<hudang_evidence::id::ContractId, Failure> {
    text.parse()
        .map_err(|_| Failure::input("合同编号", "contract id", text))
}

/// Reads a visit's id.
fn visit_id(text: &str) -> Result<hudang_evidence::id::VisitId, Failure> {
    text.parse()
        .map_err(|_| Failure::input("入户编号", "visit id", text))
}
