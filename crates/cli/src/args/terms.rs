//! The command line of what visits are judged by: contracts, published forms, lifts.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum TermsAct {
    /// 合同：write a contract from JSON; its next version waits until a second person of the purchaser confirms it.
    Contract {
        file: PathBuf,
        /// The first day on which the next version is in force; today otherwise.
        #[arg(long)]
        from: Option<NaiveDate>,
        /// Show what it would change, and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// List contracts.
    Contracts,
    /// Show the version of a contract that waits for a second person, with what it would change.
    Proposal { contract: String },
    /// Put the version that waits into force, as a second person of the purchaser.
    Confirm {
        contract: String,
        /// What `admin proposal` printed behind the figures: that these were looked at.
        #[arg(long)]
        seen: String,
    },
    /// 问卷：write a form's package, as `form publish --out` makes it, and publish it to a contract; prints its name.
    Form {
        file: PathBuf,
        #[command(flatten)]
        publication: PublicationArgs,
    },
    /// 认定：let visits count although their time is uncertain, they came late, or two people shared a phone: one visit, or
    /// the visits of a team on some days.
    Lift {
        /// One visit.
        #[arg(long, conflicts_with_all = ["contract", "people", "from", "to"])]
        visit: Option<String>,
        /// Under which contract a team's visits are.
        #[arg(long, requires_all = ["people", "from", "to"])]
        contract: Option<String>,
        /// The two people who signed.
        #[arg(long, num_args = 2, value_names = ["PERSON", "PERSON"])]
        people: Vec<String>,
        /// The first day on which the visits were opened.
        #[arg(long)]
        from: Option<NaiveDate>,
        /// The last day.
        #[arg(long)]
        to: Option<NaiveDate>,
        /// time-uncertain, late or shared-phone; once for each.
        #[arg(long = "reason", required = true)]
        reasons: Vec<String>,
        /// Why, in words.
        #[arg(long)]
        why: String,
    },
    /// List what was lifted under a contract.
    Lifts { contract: String },
    /// Take a lift back.
    RevokeLift {
        /// Its number in the list.
        id: u64,
        /// Why, in words.
        #[arg(long)]
        why: String,
    },
}

/// To which contract a form is published.
#[derive(Debug, Args)]
pub(crate) struct PublicationArgs {
    /// The contract whose visits are to be made with it; must be known.
    #[arg(long)]
    pub(crate) contract: Option<String>,
    /// The first day; today otherwise, or ever since where it is the contract's first form.
    #[arg(long, requires = "contract")]
    pub(crate) from: Option<NaiveDate>,
    /// The question that holds the identity number of the household's head, e.g. `head/identity`.
    #[arg(long, requires = "contract")]
    pub(crate) identity: Option<String>,
}
