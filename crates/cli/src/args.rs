//! The command line.

mod phone;

use std::path::PathBuf;

use clap::{Args as Group, Parser, Subcommand, ValueEnum};
use hudang_visit::Language;

pub(crate) use self::phone::{By, Phone, PhoneAct, PhoneCommand, PhoneLine, Unfinished};

/// 户档：一户一档，凭证据计数。Household visits that can be checked.
#[derive(Debug, Parser)]
#[command(name = "hudang", version, arg_required_else_help = true)]
pub(crate) struct Args {
    /// Print one JSON value instead of tables.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Language of messages.
    #[arg(long, global = true, value_enum, default_value_t = Lang::Zh, env = "HUDANG_LANG")]
    pub(crate) lang: Lang,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Language of messages.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Lang {
    Zh,
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Zh => Self::Zh,
            Lang::En => Self::En,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// 照片：what photos are, and whether two show one scene.
    #[command(subcommand)]
    Photo(Photo),
    /// 录音：what recordings are.
    #[command(subcommand)]
    Audio(Audio),
    /// 档案库：make, check, rebuild, back up and restore an archive.
    #[command(subcommand)]
    Archive(Archive),
    /// 管理：contract, form, households, assignments, phones, tokens.
    Admin(Admin),
    /// 数量：contracted, received, counted; with a filter the visits behind a number.
    Counts(Counts),
    /// 入户：one visit.
    Visit(Visit),
    /// 一户一档：one household's file.
    Household(Household),
    /// 报告：the month's workbook.
    Report(Report),
    /// 手机：a phone without a screen: enrol, open, fill in, capture, seal.
    Phone(Phone),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Photo {
    /// Type, size, EXIF time and place, SHA-256, fingerprint of each file.
    Inspect { files: Vec<PathBuf> },
    /// Least distance of two fingerprints over eight orientations.
    Compare { first: PathBuf, second: PathBuf },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audio {
    /// Container, codec, duration, silence of each file.
    Inspect { files: Vec<PathBuf> },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Archive {
    /// Make an archive in an empty directory.
    Init {
        dir: PathBuf,
        /// The server's name in receipts, e.g. hudang/152525.
        #[arg(long)]
        origin: String,
    },
    /// Look at every byte, signature and chain again.
    Check { dir: PathBuf },
    /// Derive all read models again and compare.
    Rebuild {
        dir: PathBuf,
        /// Put what the journal gives in place of what differs.
        #[arg(long)]
        replace: bool,
    },
    /// Copy the archive to a new directory.
    Backup { dir: PathBuf, to: PathBuf },
    /// Make an archive from a backup.
    Restore { from: PathBuf, to: PathBuf },
}

/// Which archive.
#[derive(Debug, Group)]
pub(crate) struct InArchive {
    /// The archive's directory.
    #[arg(
        id = "archive_dir",
        long = "archive",
        env = "HUDANG_ARCHIVE",
        global = true,
        default_value = "archive"
    )]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Group)]
pub(crate) struct Admin {
    #[command(flatten)]
    pub(crate) archive: InArchive,
    #[command(subcommand)]
    pub(crate) act: AdminAct,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminAct {
    /// Write a contract from JSON, or its next version.
    Contract { file: PathBuf },
    /// List contracts.
    Contracts,
    /// Write a form from JSON; prints its name.
    Form { file: PathBuf },
    /// Import households from CSV: code,area[,head,address,phone].
    Households { file: PathBuf },
    /// Import assignments from CSV: household,people (separated by spaces).
    Assignments {
        file: PathBuf,
        #[arg(long)]
        contract: String,
        /// The form's name, as `admin form` printed it.
        #[arg(long)]
        form: String,
    },
    /// Make a one-time code that enrols a person's phone.
    Code {
        #[arg(long)]
        contract: String,
        #[arg(long)]
        person: String,
        /// For how many hours it is valid.
        #[arg(long, default_value_t = 72)]
        hours: u32,
    },
    /// List phones and who holds them.
    Devices,
    /// Take a phone's right to add evidence.
    Revoke {
        device: String,
        #[arg(long)]
        reason: String,
    },
    /// Make a token for a person of the office; shown once.
    Token {
        #[arg(long)]
        label: String,
        /// contractor-admin, supervisor, purchaser-handler, purchaser-leader, evaluator, auditor, system-admin
        #[arg(long)]
        role: String,
    },
    /// Take a token's rights.
    RevokeToken { label: String },
}

#[derive(Debug, Group)]
pub(crate) struct Counts {
    #[command(flatten)]
    pub(crate) archive: InArchive,
    #[arg(long)]
    pub(crate) contract: String,
    /// Show the visits behind a number: in this area.
    #[arg(long)]
    pub(crate) area: Option<String>,
    /// In this period.
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// In this state, e.g. counted.
    #[arg(long)]
    pub(crate) state: Option<String>,
    /// For this reason, e.g. incomplete.
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Group)]
pub(crate) struct Visit {
    #[command(flatten)]
    pub(crate) archive: InArchive,
    #[command(subcommand)]
    pub(crate) act: VisitAct,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VisitAct {
    /// Where it stands, why, and what it holds.
    Show { id: String },
    /// Check every signature, chain, seal and original again.
    Verify { id: String },
}

#[derive(Debug, Group)]
pub(crate) struct Household {
    #[command(flatten)]
    pub(crate) archive: InArchive,
    #[command(subcommand)]
    pub(crate) act: HouseholdAct,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HouseholdAct {
    /// Write its file into a new directory.
    Export { code: String, dir: PathBuf },
}

#[derive(Debug, Group)]
pub(crate) struct Report {
    #[command(flatten)]
    pub(crate) archive: InArchive,
    #[command(subcommand)]
    pub(crate) act: ReportAct,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportAct {
    /// The month's counts with the list of visits behind each number.
    Month {
        /// e.g. 2026-03
        month: String,
        #[arg(long)]
        contract: String,
        /// The workbook to write.
        #[arg(long)]
        out: PathBuf,
    },
}
