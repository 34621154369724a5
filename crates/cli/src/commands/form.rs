//! `hudang form check|convert|run|diff|publish`.

mod answers;
mod ask;
mod check;
mod convert;
mod diff;
mod publish;
mod run;
mod source;

use crate::args::{FormCommand, OfServer};
use crate::error::Failure;
use crate::output::Output;

pub(crate) fn run(command: &FormCommand, server: &OfServer, output: &Output) -> Result<(), Failure> {
    match command {
        FormCommand::Check { file } => check::run(file, output),
        FormCommand::Convert { file, out, to } => convert::run(file, out.as_deref(), *to, output),
        FormCommand::Run { file, answers } => run::run(file, answers.as_deref(), output),
        FormCommand::Diff { before, after } => diff::run(before, after, output),
        FormCommand::Publish {
            file,
            publication,
            out,
            archive,
        } => {
            let to = publish::To::of(publication, out.as_deref(), &archive.dir);
            publish::run(file, &to, server, output)
        }
    }
}
