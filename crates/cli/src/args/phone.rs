//! The command line of `hudang phone`.

use std::path::PathBuf;

use clap::{Args as Group, Parser, Subcommand};

#[derive(Debug, Group)]
pub(crate) struct Phone {
    /// The store's directory.
    #[arg(
        id = "phone_store",
        long = "store",
        env = "HUDANG_STORE",
        global = true,
        default_value = "phone"
    )]
    pub(crate) store: PathBuf,
    /// The PIN of who acts, or PERSON=PIN for each of several. Better given by `HUDANG_PIN`, which no process list shows.
    #[arg(
        id = "phone_pin",
        long = "pin",
        env = "HUDANG_PIN",
        hide_env_values = true,
        global = true
    )]
    pub(crate) pins: Vec<String>,
    /// Free space in MB under which photos and recordings are refused.
    #[arg(
        id = "phone_reserve",
        long = "reserve-mb",
        global = true,
        default_value_t = 200
    )]
    pub(crate) reserve_mb: u32,
    /// For demonstrations with several phones on one machine: as if this one had been started so many seconds earlier.
    #[arg(
        id = "phone_started_earlier",
        long = "started-earlier-s",
        env = "HUDANG_STARTED_EARLIER_S",
        global = true,
        hide = true,
        default_value_t = 0
    )]
    pub(crate) started_earlier_s: u64,
    #[command(subcommand)]
    pub(crate) command: PhoneCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PhoneCommand {
    /// Make a store in an empty directory.
    Init,
    /// Run the commands of a file, one a line as a shell reads it, in one open store; stops at the first error. `-` reads
    /// standard input.
    Do { file: PathBuf },
    /// Serve the phone's screens to a browser, until it is told to stop.
    Serve(PhoneServe),
    #[command(flatten)]
    Act(PhoneAct),
}

/// How the screens are served.
#[derive(Debug, Group)]
pub(crate) struct PhoneServe {
    /// Where to listen; without it on 127.0.0.1, or with `--lan` on all addresses, at a free port.
    #[arg(long)]
    pub(crate) listen: Option<std::net::SocketAddr>,
    /// Let other machines in, e.g. a real phone's browser, over TLS with a certificate made on the spot.
    #[arg(long)]
    pub(crate) lan: bool,
    /// The built screens.
    #[arg(long, default_value = "ui/visit/dist")]
    pub(crate) ui: PathBuf,
}

/// One line of a file of commands.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_subcommand = true)]
pub(crate) struct PhoneLine {
    #[command(subcommand)]
    pub(crate) act: PhoneAct,
}

/// Who acts.
#[derive(Debug, Group)]
pub(crate) struct By {
    /// Who acts; may be left out where one person is enrolled.
    #[arg(long)]
    pub(crate) person: Option<String>,
}

/// How to sync.
#[derive(Debug, Group)]
pub(crate) struct SyncWith {
    /// The link is a mobile one: smaller pieces.
    #[arg(long)]
    pub(crate) mobile: bool,
    /// Recordings wait for Wi-Fi.
    #[arg(long)]
    pub(crate) audio_over_wifi: bool,
    /// Go on for so many seconds where something has to be tried again.
    #[arg(long, default_value_t = 0)]
    pub(crate) keep_on_s: u64,
    /// For tests: cut the connection once, after so many bytes of originals.
    #[arg(long)]
    pub(crate) cut_after: Option<u64>,
}

/// What to do with a recording that was cut off.
#[derive(Debug, Group)]
#[group(multiple = false)]
pub(crate) struct Unfinished {
    /// Make an original of what was recorded.
    #[arg(long, value_name = "ID")]
    pub(crate) finish: Option<String>,
    /// Throw it away.
    #[arg(long, value_name = "ID")]
    pub(crate) discard: Option<String>,
}

/// VISIT is a visit's id or the household's code; ENTRY an entry's id or a kind, e.g. `waiver`, which names the last entry
/// of that kind.
#[derive(Debug, Subcommand)]
pub(crate) enum PhoneAct {
    /// Make a person's key from the office's invitation, under the PIN.
    Enrol {
        /// The invitation, or a file that holds it.
        #[arg(long, value_name = "TEXT_OR_FILE")]
        invitation: String,
    },
    /// List who is enrolled.
    People,
    /// List the households to visit.
    Assignments,
    /// List the visits on the phone, the latest first.
    Visits,
    /// Open a visit, or join one that is open.
    Open {
        /// The household's code, or the visit's id.
        which: String,
        /// Begin another visit where the office named none and one is on the phone.
        #[arg(long)]
        anew: bool,
        #[command(flatten)]
        by: By,
    },
    /// Keep what is being typed.
    Draft {
        visit: String,
        path: String,
        /// A JSON scalar, or a text.
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Answer a question.
    Answer {
        visit: String,
        path: String,
        /// A JSON scalar, or a text; `null` takes the answer back.
        #[arg(allow_hyphen_values = true, required_unless_present = "original")]
        value: Option<String>,
        /// Answer a question for a file with an original that the visit has: what it is for, e.g. `门牌`, its kind, e.g. `sign`,
        /// its SHA-256, or its entry. Of several the last one is named.
        #[arg(long, value_name = "WHICH", conflicts_with = "value")]
        original: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Add an instance of a repeat, e.g. a member; or remove one, or bring it back.
    Instance {
        visit: String,
        /// The repeat to add to, e.g. `members`, or the instance to remove, e.g. `members[0123456789abcdef]`.
        repeat: String,
        /// The instance around the new one, where repeats lie inside one another.
        #[arg(long)]
        within: Option<String>,
        #[arg(long, conflicts_with_all = ["within", "restore"])]
        remove: bool,
        #[arg(long, conflicts_with = "within")]
        restore: bool,
        #[command(flatten)]
        by: By,
    },
    /// Write drafts, fix all answers in a snapshot, and state it.
    Confirm {
        visit: String,
        /// The page's name in the form; the whole form without it.
        #[arg(long)]
        page: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Show answers, drafts, notes and what stands in conflict.
    Answers { visit: String },
    /// Show what the form asks as it stands: path, question, value, and what is missing or not allowed.
    Questions {
        visit: String,
        /// Only what is missing or not allowed.
        #[arg(long)]
        missing: bool,
    },
    /// Take a visit over to another form, usually the new version of its own: shows which answers carry over and which
    /// do not, and does it with `--yes`.
    Form {
        visit: String,
        /// The form's hash; without it, the one that the office assigns by now.
        #[arg(long, value_name = "FORM")]
        to: Option<String>,
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        by: By,
    },
    /// Settle a conflict.
    Pick {
        visit: String,
        /// As `answers` named it, e.g. `answers/income`.
        place: String,
        #[arg(allow_hyphen_values = true)]
        value: String,
        #[command(flatten)]
        by: By,
    },
    /// Decide how the visit ended: done, nobody-at-home, refused, moved, deceased, unknown.
    Outcome {
        visit: String,
        outcome: String,
        #[command(flatten)]
        by: By,
    },
    /// Add a photo.
    Photo {
        visit: String,
        file: PathBuf,
        #[arg(long)]
        purpose: String,
        /// It was chosen from files, not taken in the visit.
        #[arg(long)]
        imported: bool,
        #[command(flatten)]
        by: By,
    },
    /// Add a recording; `-` records standard input until it ends, each piece durable at once.
    Audio {
        visit: String,
        file: PathBuf,
        #[arg(long)]
        purpose: String,
        #[command(flatten)]
        by: By,
    },
    /// List recordings that were cut off, finish one, or throw one away.
    AudioUnfinished {
        #[command(flatten)]
        act: Unfinished,
    },
    /// Add the picture of a signature: of household, neighbour or investigator.
    Sign {
        visit: String,
        file: PathBuf,
        #[arg(long)]
        role: String,
        /// It is the photo of a thumbprint on paper, of somebody who cannot write.
        #[arg(long, conflicts_with = "proxy")]
        thumbprint: bool,
        /// Somebody whom the signer named wrote for them: that one's name.
        #[arg(long)]
        proxy: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Write an original of the phone to a new file.
    Original { sha256: String, out: PathBuf },
    /// State what the household answered: to visit, audio or photo.
    Consent {
        visit: String,
        to: String,
        #[arg(long)]
        refused: bool,
        #[command(flatten)]
        by: By,
    },
    /// State where the phone is, in degrees.
    Position {
        visit: String,
        #[arg(allow_hyphen_values = true)]
        lat: String,
        #[arg(allow_hyphen_values = true)]
        lon: String,
        #[arg(long)]
        accuracy_cm: u32,
        /// The platform marked it as simulated.
        #[arg(long)]
        mock: bool,
        #[command(flatten)]
        by: By,
    },
    /// Write a note.
    Note {
        visit: String,
        text: String,
        #[command(flatten)]
        by: By,
    },
    /// State why something that the standard wants is missing.
    Waive {
        visit: String,
        requirement: String,
        reason: String,
        text: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Confirm another person's entry.
    Witness {
        visit: String,
        entry: String,
        #[command(flatten)]
        by: By,
    },
    /// Withdraw an entry, or say with `--amend` that a later one takes its place.
    Withdraw {
        visit: String,
        entry: String,
        #[arg(long)]
        reason: String,
        #[arg(long)]
        amend: bool,
        #[arg(long)]
        text: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// State that a visit was begun by mistake or will not be finished: it is void, and its originals stay here. With `--back`
    /// it goes on.
    Void {
        visit: String,
        #[arg(long, default_value = "opened-by-mistake")]
        reason: String,
        #[arg(long)]
        text: Option<String>,
        #[arg(long, conflicts_with = "text")]
        back: bool,
        #[command(flatten)]
        by: By,
    },
    /// List the entries of a visit.
    Entries { visit: String },
    /// Say what a visit lacks.
    Assess { visit: String },
    /// Seal a visit in the name of one person or two.
    Seal {
        visit: String,
        #[arg(long = "person", required = true)]
        people: Vec<String>,
        #[arg(long)]
        even_if_incomplete: bool,
    },
    /// Say how far a visit is.
    Status { visit: String },
    /// Write the last receipt that the server gave for a visit to a file: `hudang archive check --since` holds the
    /// server's journal to it.
    Receipt {
        visit: String,
        #[arg(long)]
        out: PathBuf,
    },
    /// Send what waits and take what happened elsewhere; enrolments first.
    Sync {
        #[command(flatten)]
        with: SyncWith,
    },
    /// List what waits to be sent.
    Outbox,
    /// List what is wrong.
    Problems,
    /// Delete originals that the server confirmed long enough ago.
    Wipe {
        #[arg(long)]
        keep_days: u32,
        /// Why, as a code.
        #[arg(long, default_value = "retention")]
        reason: String,
        #[command(flatten)]
        by: By,
    },
    /// To be run once after the store was restored from a copy.
    NewLife,
}
