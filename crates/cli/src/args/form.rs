//! The command line of `hudang form`.

use std::path::PathBuf;

use clap::Subcommand;

use super::InArchive;

/// A form's file is an XLSForm workbook (.xlsx) or an ODK `XForm` (.xml); the files that it reads lie beside it.
#[derive(Debug, Subcommand)]
pub(crate) enum FormCommand {
    /// 发布：make a package of a form with its files and give it to the archive; prints the name that `admin
    /// assignments` takes.
    Publish {
        file: PathBuf,
        /// The contract whose visits are to be made with it; must be known.
        #[arg(long)]
        contract: Option<String>,
        /// Write the package to this file and give it to nobody.
        #[arg(long, conflicts_with = "contract")]
        out: Option<PathBuf>,
        #[command(flatten)]
        archive: InArchive,
    },
}
