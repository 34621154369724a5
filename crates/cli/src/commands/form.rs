//! `hudang form`.

mod publish;

use crate::args::{FormCommand, OfServer};
use crate::error::Failure;
use crate::output::Output;

pub(crate) fn run(command: &FormCommand, server: &OfServer, output: &Output) -> Result<(), Failure> {
    match command {
        FormCommand::Publish {
            file,
            contract,
            out,
            archive,
        } => {
            let to = publish::To::of(contract.as_deref(), out.as_deref(), &archive.dir);
            publish::run(file, &to, server, output)
        }
    }
}
