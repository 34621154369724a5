//! What a sealed visit is held to: the contract chooses standard and form, not the sealer (EVIDENCE §1.10 R5).

use hudang_contract::history::{Asked, History, Publication};
use hudang_contract::state::Reason;
use hudang_contract::versions::{Held, Versions};
use hudang_evidence::id::StandardHash;
use hudang_evidence::seal::SealBody;
use hudang_evidence::time::WallTime;
use hudang_visit::standard::Standard;
use serde_json::{Value, json};

/// The standards that a visit may meet, and what of its seal is not the contract's.
pub(super) struct Ground<'a> {
    /// Empty where the contract is not known.
    pub(super) standards: Vec<&'a Standard>,
    is_standard_foreign: bool,
    is_form_foreign: bool,
    /// Where the answers hold the identity number of the household's head; empty where nowhere.
    pub(super) identity: String,
}

impl<'a> Ground<'a> {
    /// Holds a seal that was received first at `sealed` to what the contract had in force when the visit was opened.
    pub(super) fn of(
        versions: &'a Versions,
        published: &History<Publication>,
        seal: &SealBody,
        sealed: WallTime,
        opened: Option<WallTime>,
        heard: Option<WallTime>,
    ) -> Self {
        let opened = opened.unwrap_or(seal.opened).day();
        let Some(in_force) = versions.on(opened) else {
            return Self {
                standards: Vec::new(),
                is_standard_foreign: false,
                is_form_foreign: false,
                identity: String::new(),
            };
        };
        let asked = Asked {
            opened,
            sealed,
            grace_days: in_force.what.grace_days(),
            heard,
        };
        let Held {
            standards,
            is_foreign,
        } = versions.hold(opened, seal.standard, asked.heard);
        Self {
            standards,
            is_standard_foreign: is_foreign,
            is_form_foreign: !published.admits(seal.form, &asked),
            identity: published
                .of(seal.form)
                .map(|publication| publication.identity.clone())
                .unwrap_or_default(),
        }
    }

    /// Whether a visit that names another standard is complete where it meets this one.
    pub(super) fn may_meet(&self, standard: &Standard, named: StandardHash) -> bool {
        !self.is_standard_foreign && standard.hash() != named
    }

    /// What keeps the visit from counting.
    pub(super) fn reasons(&self) -> impl Iterator<Item = Reason> {
        let standard = self.is_standard_foreign.then_some(Reason::StandardForeign);
        let form = self.is_form_foreign.then_some(Reason::FormForeign);
        standard.into_iter().chain(form)
    }

    /// The same as findings, with what the seal names.
    pub(super) fn findings(&self, seal: &SealBody) -> impl Iterator<Item = (String, Value)> {
        let standard = || {
            (
                "STANDARD-FOREIGN".to_owned(),
                json!({ "standard": seal.standard }),
            )
        };
        let form = || ("FORM-FOREIGN".to_owned(), json!({ "form": seal.form }));
        let standard = self.is_standard_foreign.then(standard);
        standard.into_iter().chain(self.is_form_foreign.then(form))
    }
}
