//! The command line.

mod form;
mod phone;
mod terms;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as Group, Parser, Subcommand, ValueEnum};
use hudang_archive::{BackupRecipient, Quotas};
use hudang_sync_server::Network;
use hudang_visit::Language;

pub(crate) use self::form::{FormCommand, Target};
pub(crate) use self::phone::{
    By, Phone, PhoneAct, PhoneCommand, PhoneLine, PhoneServe, SyncWith, Unfinished,
};
pub(crate) use self::terms::{PublicationArgs, TermsAct};

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
    #[command(flatten)]
    pub(crate) server: OfServer,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A running server to ask instead of opening the archive's directory: `admin`, `counts`, `archive check|backup`,
/// `visit show|verify`, `household export`, `report month`.
#[derive(Debug, Group)]
pub(crate) struct OfServer {
    /// Ask this server, e.g. `https://127.0.0.1:8443`.
    #[arg(id = "server", long = "server", env = "HUDANG_SERVER", global = true)]
    pub(crate) url: Option<String>,
    /// The token to ask with.
    #[arg(long, env = "HUDANG_TOKEN", global = true, hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// What you look for: evaluators and auditors have to say, and looking leaves a record.
    #[arg(long, env = "HUDANG_PURPOSE", global = true)]
    pub(crate) purpose: Option<String>,
    /// SHA-256 of the server's own certificate, as `serve` printed it.
    #[arg(long, env = "HUDANG_TLS_FINGERPRINT", global = true)]
    pub(crate) tls_fingerprint: Option<String>,
    /// The server's receipt key, as `serve` printed it: what it says of receipts is held against this one.
    #[arg(long, env = "HUDANG_RECEIPT_KEY", global = true)]
    pub(crate) receipt_key: Option<String>,
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
    /// 服务：take what phones send, answer the office, until told to stop.
    Serve(Serve),
    /// 表单：check, convert, try and compare questionnaires.
    #[command(subcommand)]
    Form(FormCommand),
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

#[derive(Debug, Group)]
pub(crate) struct Serve {
    /// The archive's directory; made if it is not there and --origin is given.
    pub(crate) dir: PathBuf,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8443")]
    pub(crate) listen: SocketAddr,
    /// The server's name in receipts, e.g. hudang/152525; for a new archive.
    #[arg(long)]
    pub(crate) origin: Option<String>,
    /// Certificate chain (PEM); without it the server makes a certificate that phones know by its fingerprint.
    #[arg(long, requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's key (PEM).
    #[arg(long, requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// No TLS; on loopback only, for tests.
    #[arg(long, conflicts_with = "tls_cert")]
    pub(crate) plain: bool,
    /// How phones reach it, e.g. `https://10.1.2.3:8443`; stands in invitations.
    #[arg(long)]
    pub(crate) public_url: Option<String>,
    /// Where backups that are asked for over HTTP are written; beside the archive otherwise.
    #[arg(long)]
    pub(crate) backups: Option<PathBuf>,
    /// Encrypt those backups, so that only the key of this recipient reads them; `archive backup-key` makes both.
    #[arg(long)]
    pub(crate) backup_recipient: Option<BackupRecipient>,
    /// A proxy or network of proxies, e.g. `10.0.0.0/8`, that is believed when it says whom a request comes from; may be
    /// given several times.
    #[arg(long = "trusted-proxy")]
    pub(crate) trusted_proxies: Vec<Network>,
    /// Free megabytes of the disk that no photo or recording may take: they are kept for entries and seals.
    #[arg(long, default_value_t = Quotas::DEFAULT.reserve_bytes >> 20)]
    pub(crate) reserve_mb: u64,
    /// Form of the log on the error stream.
    #[arg(long, value_enum, default_value_t = Log::Text)]
    pub(crate) log: Log,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Log {
    Json,
    Text,
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
    Check {
        dir: PathBuf,
        /// A receipt that was kept elsewhere, e.g. by `hudang phone receipt`: the journal is held to it. May be repeated.
        #[arg(long, value_name = "RECEIPT")]
        since: Vec<PathBuf>,
    },
    /// Derive all read models again and compare.
    Rebuild {
        dir: PathBuf,
        /// Put what the journal gives in place of what differs.
        #[arg(long)]
        replace: bool,
    },
    /// Copy the archive to a new directory.
    Backup {
        dir: PathBuf,
        to: PathBuf,
        /// Encrypt it, so that only the key of this recipient reads it; `backup-key` makes both.
        #[arg(long)]
        recipient: Option<BackupRecipient>,
    },
    /// Make a key that opens backups, and print to whom they are encrypted. Keep the file apart from the server.
    BackupKey { file: PathBuf },
    /// Make an archive from a backup.
    Restore {
        from: PathBuf,
        to: PathBuf,
        /// The file with the key of an encrypted backup.
        #[arg(long)]
        key: Option<PathBuf>,
    },
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
    #[command(flatten)]
    Terms(TermsAct),
    /// Import households from CSV: code,area[,head,address,phone,township,village].
    Households {
        file: PathBuf,
        /// Without a server, where there are several purchasers: whose register this is.
        #[arg(long)]
        organisation: Option<String>,
    },
    /// Import assignments from CSV: household,people (separated by spaces).
    Assignments {
        file: PathBuf,
        #[arg(long)]
        contract: String,
        /// The form's name, as `admin form` printed it.
        #[arg(long)]
        form: String,
    },
    /// 退回：send a sealed visit back to be mended and sealed again.
    Return {
        visit: String,
        /// What is to be mended, as `photo:门牌=看不清门牌号`, the requirement before the sign; once for each.
        #[arg(long = "comment", required = true)]
        comments: Vec<String>,
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
        /// Print the whole invitation, for a server that is reached here, e.g. `https://10.1.2.3:8443`.
        #[arg(long)]
        url: Option<String>,
        /// With --url: the server has a certificate that a public authority vouches for.
        #[arg(long, requires = "url")]
        public_certificate: bool,
        /// Write the invitation as a QR code to a new file (SVG), for the phone's camera; without a server also needs --url.
        #[arg(long)]
        picture: Option<PathBuf>,
    },
    /// List phones and who holds them.
    Devices,
    /// Take a phone's right to add evidence.
    Revoke {
        device: String,
        #[arg(long)]
        reason: String,
    },
    /// Make a program's account and its token; the token is shown once.
    Token {
        #[command(flatten)]
        account: NewAccount,
    },
    /// Make a person's account; a slip opens it.
    Account {
        #[command(flatten)]
        account: NewAccount,
        /// Who of a roster it is.
        #[arg(long)]
        person: Option<String>,
    },
    /// List accounts: who made them, and what opens them.
    Accounts,
    /// 一次性凭条：make a slip that opens an account once, for a first log-in or a lost token; shown once.
    Slip {
        #[arg(long)]
        account: String,
    },
    /// Turn a slip into the token of its account.
    Redeem { slip: String },
    /// Make an organisation, or rename it.
    Organisation {
        /// As contracts name it.
        id: String,
        /// purchaser, contractor, evaluator, auditor, machine
        #[arg(long)]
        kind: String,
        /// What people call it.
        #[arg(long)]
        name: Option<String>,
    },
    /// List organisations.
    Organisations,
    /// 查阅记录：who opened which household, visit or original of a contract, when, and what for.
    Access {
        #[arg(long)]
        contract: String,
    },
    /// Take an account back, with all that opens it.
    RevokeToken { label: String },
}

/// Whose an account is.
#[derive(Debug, Group)]
pub(crate) struct NewAccount {
    /// Its name, as it stands in the journal.
    #[arg(long)]
    pub(crate) label: String,
    /// contractor-admin, supervisor, purchaser-handler, purchaser-leader, evaluator, auditor, system-admin
    #[arg(long)]
    pub(crate) role: String,
    /// Its organisation, as contracts name it; without it that of who asks.
    #[arg(long)]
    pub(crate) organisation: Option<String>,
    /// Only under this contract; once for each. Evaluators and auditors read those only.
    #[arg(long = "contract")]
    pub(crate) contracts: Vec<String>,
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
