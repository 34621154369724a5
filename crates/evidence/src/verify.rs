//! Verification: what is held of a visit, checked against itself, with a finding for all that is wrong.
//!
//! Needs no server, no document and no network: notes, enrolled keys, and the hashes of the originals as they are
//! now (EVIDENCE §1.7). Nothing here trusts where bytes came from.

use std::collections::{BTreeMap, BTreeSet};

use crate::body::Body;
use crate::entry::Entry;
use crate::id::{BlobHash, ContractId, DeviceId, EntryId, InstallationId, PersonId, SealId, Sha256, VisitId};
use crate::note::{Note, VerifierKey};
use crate::receipt::Receipt;
use crate::seal::Seal;

mod carry;
mod chain;
mod clock;
mod finding;
mod people;
mod sealed;
mod shared;

pub use carry::{AnswerKind, AnswersBySnapshot, SealedAnswer, SealedAnswers, Stale};
pub use chain::check_device;
pub use clock::{TOLERANCE_MS as CLOCK_TOLERANCE_MS, time_anchor};
pub use finding::{Code, Finding, Weight};
pub use people::{Part, Parts, Signature};

/// An enrolled evidence key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Checks what the device signed.
    pub key: VerifierKey,
    /// Who holds the key.
    pub person: PersonId,
    /// Under which contract it was enrolled; absent where that is not known here.
    pub contract: Option<ContractId>,
    /// On which phone; absent where that is not known here.
    pub installation: Option<InstallationId>,
}

/// The enrolled keys by device.
pub type Keyring = BTreeMap<DeviceId, Enrolled>;

/// What was decided about a visit beside its notes, as far as that is known here.
#[derive(Debug, Clone, Copy)]
pub struct Rulings<'a> {
    /// Seals that the office sent back.
    pub returned: &'a BTreeSet<SealId>,
    /// Signatures that were not admitted when they were received.
    pub refused: &'a BTreeSet<(SealId, DeviceId)>,
    /// People whom the office replaced: neither their signature nor their chain is awaited.
    pub replaced: &'a BTreeSet<PersonId>,
}

static NO_SEALS: BTreeSet<SealId> = BTreeSet::new();
static NO_SIGNATURES: BTreeSet<(SealId, DeviceId)> = BTreeSet::new();
static NOBODY: BTreeSet<PersonId> = BTreeSet::new();

impl Rulings<'static> {
    /// Nothing was decided.
    pub const NONE: Self = Self {
        returned: &NO_SEALS,
        refused: &NO_SIGNATURES,
        replaced: &NOBODY,
    };
}

/// An original as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldBlob {
    /// The SHA-256 of its bytes as they are now.
    pub sha256: BlobHash,
    /// How many bytes there are.
    pub bytes: u64,
}

/// What is held of a visit.
#[derive(Clone, Copy)]
pub struct Held<'a> {
    /// The visit.
    pub visit: VisitId,
    /// The notes of its entries; those of one chain in the order of the chain.
    pub entries: &'a [&'a [u8]],
    /// The notes of its seals, in any order.
    pub seals: &'a [&'a [u8]],
    /// The notes of its receipts, in any order.
    pub receipts: &'a [&'a [u8]],
    /// The originals under the names by which they are kept.
    pub blobs: &'a BTreeMap<BlobHash, HeldBlob>,
    /// The enrolled keys.
    pub keys: &'a Keyring,
    /// The answers of the seals' snapshots, which a superseding seal must keep. Where a seal supersedes another with other
    /// answers and one of the two is not here, no signature carries over.
    pub answers: &'a AnswersBySnapshot,
    /// What was decided about the visit.
    pub rulings: Rulings<'a>,
    /// The server's key; without it receipts and signed times are read but not checked.
    pub server: Option<&'a VerifierKey>,
}

/// What verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// All that is wrong or open, sorted, nothing twice.
    pub findings: BTreeSet<Finding>,
    /// The seal that no other supersedes; `None` where there is none or more than one.
    pub governing: Option<SealId>,
    /// The persons whose signatures count: on the governing seal, or on one that it supersedes and only adds to.
    pub signers: BTreeSet<PersonId>,
    /// Everybody who has to do with the visit, and how they stand to the governing seal.
    pub parts: Parts,
    /// Pairs of signers on one phone, or on phones of one machine.
    pub shared: BTreeSet<(PersonId, PersonId)>,
    /// How many entries were verified.
    pub entries: usize,
}

impl Report {
    /// Whether two different persons sealed and nothing is broken or missing (DESIGN §5).
    pub fn is_countable(&self) -> bool {
        let open = self
            .findings
            .iter()
            .any(|finding| finding.code.weight() != Weight::Notice);
        self.governing.is_some() && self.signers.len() >= 2 && !open
    }

    /// The codes that were found.
    pub fn codes(&self) -> BTreeSet<Code> {
        self.findings.iter().map(|finding| finding.code).collect()
    }

    fn find(&mut self, code: Code, subject: impl core::fmt::Display) {
        self.findings.insert(Finding {
            code,
            subject: subject.to_string(),
        });
    }
}

/// A seal whose signatures were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedSeal {
    /// The seal.
    pub seal: Seal,
    /// The enrolled devices whose signatures stand on it.
    pub signers: Vec<DeviceId>,
}

/// Entries and seals of one visit whose signatures were checked before: by [`verify_visit`], or by the server when
/// it received them.
#[derive(Clone, Copy)]
pub struct Trusted<'a> {
    /// The entries; those of one chain in the order of the chain.
    pub entries: &'a [&'a Entry],
    /// The seals with all who signed them.
    pub seals: &'a BTreeMap<SealId, SignedSeal>,
    /// The originals under the names by which they are kept.
    pub blobs: &'a BTreeMap<BlobHash, HeldBlob>,
    /// The enrolled keys.
    pub keys: &'a Keyring,
    /// The answers of the seals' snapshots.
    pub answers: &'a AnswersBySnapshot,
    /// What was decided about the visit.
    pub rulings: Rulings<'a>,
    /// The `anchor` entries whose time the server did not sign: see [`is_anchor_signed`].
    pub forged_anchors: &'a BTreeSet<EntryId>,
}

/// Whether the server with this key signed the time that an `anchor` entry brings, for the phone of its device and the
/// boot that it was written in; true for every other entry.
pub fn is_anchor_signed(entry: &Entry, installation: InstallationId, server: &VerifierKey) -> bool {
    let Body::Anchor(anchor) = entry.body() else {
        return true;
    };
    let statement = anchor.statement(&entry.header().boot, installation);
    statement.is_signed_by(&anchor.sig, server)
}

/// Checks how entries and seals hold together.
pub fn check_trusted(trusted: &Trusted<'_>) -> Report {
    let mut report = Report {
        entries: trusted.entries.len(),
        ..Report::default()
    };
    let chains = chain::check(trusted.entries, &mut report);
    clock::check(&chains, trusted.forged_anchors, &mut report);
    sealed::check(trusted, &chains, &mut report);
    report
}

/// Checks everything that is held of a visit.
pub fn verify_visit(held: &Held<'_>) -> Report {
    let mut report = Report::default();
    let entries = entries(held, &mut report);
    let seals = seals(held, &mut report);
    receipts(held, &seals, &mut report);
    let whole: Vec<&Entry> = entries.iter().collect();
    let forged = held.server.map_or_else(BTreeSet::new, |key| {
        let is_signed = |entry: &&Entry| {
            let enrolled = held.keys.get(&entry.header().dev);
            enrolled
                .and_then(|enrolled| enrolled.installation)
                .is_some_and(|installation| is_anchor_signed(entry, installation, key))
        };
        entries
            .iter()
            .filter(|entry| !is_signed(entry))
            .map(Entry::id)
            .collect()
    });
    let trusted = Trusted {
        entries: &whole,
        seals: &seals,
        blobs: held.blobs,
        keys: held.keys,
        answers: held.answers,
        rulings: held.rulings,
        forged_anchors: &forged,
    };
    let mut found = check_trusted(&trusted);
    found.findings.append(&mut report.findings);
    found
}

/// The entries that are whole, signed by an enrolled key, and of this visit.
fn entries(held: &Held<'_>, report: &mut Report) -> Vec<Entry> {
    let mut found = Vec::new();
    for note in held.entries {
        let name = Sha256::of(note);
        let parsed = match Entry::parse(note) {
            Ok(parsed) => parsed,
            Err(error) => {
                report.find(Code::of_entry_error(&error), name);
                continue;
            }
        };
        let header = parsed.header();
        let Some(enrolled) = held.keys.get(&header.dev) else {
            report.find(Code::KeyUnknown, header.dev);
            continue;
        };
        if let Err(error) = Entry::verify(note, &enrolled.key) {
            report.find(Code::of_entry_error(&error), name);
        } else if header.visit != Some(held.visit) {
            report.find(Code::Spliced, parsed.id());
        } else {
            found.push(parsed);
        }
        if is_signed_beyond(note, held.keys) {
            report.find(Code::SignerUnknown, name);
        }
    }
    found
}

/// The device that a key name stands for.
fn device_of(name: &str) -> Option<DeviceId> {
    name.strip_prefix("dev/")?.parse().ok()
}

/// Whether a line of the note names a key that nobody has enrolled.
fn is_signed_beyond(note: &[u8], keys: &Keyring) -> bool {
    let known = |name: &str| device_of(name).is_some_and(|device| keys.contains_key(&device));
    Note::parse(note).is_ok_and(|note| note.claimed().any(|name| !known(name)))
}

/// The enrolled keys that a note names.
fn keys_on(note: &[u8], keys: &Keyring) -> Vec<VerifierKey> {
    let Ok(note) = Note::parse(note) else {
        return Vec::new();
    };
    let enrolled = note.claimed().filter_map(|name| keys.get(&device_of(name)?));
    enrolled.map(|enrolled| enrolled.key.clone()).collect()
}

/// The seals that are whole, signed by enrolled keys, and of this visit; each once, with all its signers.
fn seals(held: &Held<'_>, report: &mut Report) -> BTreeMap<SealId, SignedSeal> {
    let mut found: BTreeMap<SealId, SignedSeal> = BTreeMap::new();
    for note in held.seals {
        let name = Sha256::of(note);
        let parsed = match Seal::parse(note) {
            Ok(parsed) => parsed,
            Err(error) => {
                report.find(Code::of_seal_error(&error), name);
                continue;
            }
        };
        if is_signed_beyond(note, held.keys) {
            report.find(Code::SignerUnknown, parsed.id());
        }
        let signers = match Seal::verify(note, &keys_on(note, held.keys)) {
            Ok((_, signers)) => signers,
            Err(error) => {
                report.find(Code::of_seal_error(&error), parsed.id());
                continue;
            }
        };
        if parsed.body().visit != held.visit {
            report.find(Code::Spliced, parsed.id());
            continue;
        }
        let known = found.entry(parsed.id()).or_insert(SignedSeal {
            seal: parsed,
            signers: Vec::new(),
        });
        known.signers.extend(signers);
    }
    found
}

fn receipts(held: &Held<'_>, seals: &BTreeMap<SealId, SignedSeal>, report: &mut Report) {
    for note in held.receipts {
        let parsed = match held.server {
            Some(key) => Receipt::verify(note, key),
            None => Receipt::parse(note),
        };
        match parsed {
            Err(_) => report.find(Code::ReceiptSignature, Sha256::of(note)),
            Ok(receipt) if receipt.body().visit != held.visit => report.find(Code::Spliced, Sha256::of(note)),
            Ok(receipt) => {
                let body = receipt.body();
                match seals.get(&body.seal) {
                    None => report.find(Code::ReceiptSeal, body.seal),
                    Some(signed) => {
                        let media = &signed.seal.body().media;
                        for blob in body
                            .blobs
                            .iter()
                            .filter(|blob| media.iter().all(|item| item.sha256 != **blob))
                        {
                            report.find(Code::ReceiptBlob, blob);
                        }
                    }
                }
            }
        }
    }
}
