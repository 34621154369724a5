//! The command line of `hudang form`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::{InArchive, PublicationArgs};

/// A form's file is an XLSForm workbook (.xlsx) or an ODK `XForm` (.xml); the files that it reads lie beside it.
#[derive(Debug, Subcommand)]
pub(crate) enum FormCommand {
    /// 检查：every problem of a form in one run, with its place and what to do.
    Check { file: PathBuf },
    /// 转换：a workbook to an `XForm`, or a form to JSON.
    Convert {
        file: PathBuf,
        /// The file to write; printed otherwise.
        #[arg(long)]
        out: Option<PathBuf>,
        /// To what.
        #[arg(long, value_enum, default_value_t = Target::Xform)]
        to: Target,
    },
    /// 试填：answer a form from a file or in the terminal; prints what is missing, what is not allowed, and the values.
    Run {
        file: PathBuf,
        /// Answers in JSON, by the questions' names; repeats as lists. Asked in the terminal otherwise.
        #[arg(long)]
        answers: Option<PathBuf>,
    },
    /// 比较：what a new version changes, question by question.
    Diff { before: PathBuf, after: PathBuf },
    /// 发布：make a package of a form with its files, give it to the archive and publish it to a contract; prints the name
    /// that `admin assignments` takes.
    Publish {
        file: PathBuf,
        #[command(flatten)]
        publication: PublicationArgs,
        /// Write the package to this file and give it to nobody.
        #[arg(long, conflicts_with = "contract")]
        out: Option<PathBuf>,
        #[command(flatten)]
        archive: InArchive,
    },
}

/// What a form is converted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// An ODK `XForm`.
    Xform,
    /// The questions with their texts, rules and choices.
    Json,
}
