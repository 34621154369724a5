//! Where households and visits are read from: an archive's directory, or a server that is asked.
//!
//! What a server answers is taken for nothing but what it proves: names are worked out from bytes, visits must be of
//! the household that was asked for, and whoever knows the receipt key from elsewhere holds the server to it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use hudang_archive::{Archive, BlobFile, Household, VisitFile};
use hudang_evidence::id::{BlobHash, FormHash, SealId, VisitId};
use hudang_evidence::note::VerifierKey;
use hudang_evidence::seal::Seal;
use hudang_evidence::snapshot::{Disclosure, Snapshot};
use hudang_evidence::verify::{self, AnswersBySnapshot, Enrolled, HeldBlob, Keyring, Report, Rulings};
use hudang_sync_server::message;
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::signed::sealed_answers;

use crate::commands::{local, looking};
use crate::error::Failure;
use crate::remote::Remote;

/// Where to read from.
pub(super) enum Source<'a> {
    /// A directory that this process holds.
    Directory(&'a Archive),
    /// A server.
    Server(&'a Remote),
}

/// A visit with the key that its receipts are checked with.
pub(super) struct Kept {
    pub(super) file: VisitFile,
    receipt_key: VerifierKey,
    /// The answers of seals that take the place of others.
    answers: AnswersBySnapshot,
}

impl Source<'_> {
    /// The household with this code, and everything about its visits.
    pub(super) fn household(&self, code: &str) -> Result<(Household, Vec<Kept>), Failure> {
        match self {
            Self::Directory(archive) => {
                let file = archive.household_file(&local(), code, &looking())?;
                let visits = file.visits.into_iter();
                let kept = visits.map(|file| self.kept(file, archive.receipt_key()));
                Ok((file.household, kept.collect::<Result<_, _>>()?))
            }
            Self::Server(remote) => {
                let path = format!("/v1/households/{}", crate::remote::segment(code));
                let answer: message::HouseholdFile = remote.get(&path, &[])?;
                if answer.household.code != code {
                    return Err(other_than_asked());
                }
                let mut visits = Vec::new();
                for row in &answer.visits {
                    let kept = self.asked(remote, row.visit)?;
                    if kept.file.row.household != answer.household.id {
                        return Err(other_than_asked());
                    }
                    visits.push(kept);
                }
                Ok((answer.household, visits))
            }
        }
    }

    /// Everything about one visit.
    pub(super) fn visit(&self, id: VisitId) -> Result<Kept, Failure> {
        match self {
            Self::Directory(archive) => self.kept(
                archive.visit_file(&local(), id, &looking())?,
                archive.receipt_key(),
            ),
            Self::Server(remote) => self.asked(remote, id),
        }
    }

    /// The bytes of an original.
    pub(super) fn original(&self, hash: &BlobHash) -> io::Result<Box<dyn Read + '_>> {
        match self {
            Self::Directory(archive) => {
                let (file, _) = archive
                    .open_blob(&local(), hash, &looking())
                    .map_err(io::Error::other)?;
                Ok(Box::new(file))
            }
            Self::Server(remote) => Ok(Box::new(remote.original(hash))),
        }
    }

    fn asked(&self, remote: &Remote, id: VisitId) -> Result<Kept, Failure> {
        let answer: message::VisitFile = remote.get(&format!("/v1/visits/{id}/file"), &[])?;
        if answer.row.visit != id {
            return Err(other_than_asked());
        }
        let receipt_key = answer.receipt_key.parse().map_err(|_| other_than_asked())?;
        if remote.receipt_key().is_some_and(|known| *known != receipt_key) {
            return Err(Failure::new(
                "CLI-RECEIPT-KEY",
                "服务器的回执公钥与 --receipt-key 不同：可能不是您的服务器，不要相信它的数据，请联系系统管理员。",
                "The server's receipt key is not the one of --receipt-key: it may not be your server. Do not trust its data; \
                 speak to the administrator.",
            )
            .found());
        }
        let file = answer
            .into_kept()
            .map_err(|error| other_than_asked().because(&error))?;
        self.kept(file, receipt_key)
    }

    /// A visit, with what a comparison of its seals takes.
    fn kept(&self, file: VisitFile, receipt_key: VerifierKey) -> Result<Kept, Failure> {
        let answers = self.answers(&file)?;
        Ok(Kept {
            file,
            receipt_key,
            answers,
        })
    }

    /// The answers of the seals' snapshots, where there is more than one seal: only then is there anything to compare.
    fn answers(&self, file: &VisitFile) -> Result<AnswersBySnapshot, Failure> {
        let mut answers = AnswersBySnapshot::new();
        if file.seals.len() < 2 {
            return Ok(answers);
        }
        for note in &file.seals {
            let Ok(seal) = Seal::parse(&note.bytes) else {
                continue;
            };
            let of = seal.body();
            let Some(kept) = file.snapshots.iter().find(|one| Some(one.hash) == of.snapshot) else {
                continue;
            };
            let read = |text: &String| Disclosure::parse(text);
            let disclosures: Result<Vec<Disclosure>, _> = kept.disclosures.iter().map(read).collect();
            if let (Ok(snapshot), Ok(disclosures)) = (Snapshot::parse(&kept.bytes), disclosures)
                && snapshot.hash() == kept.hash
            {
                let form = self.form(&of.form)?;
                answers.insert(kept.hash, sealed_answers(form.as_ref(), &snapshot, &disclosures));
            }
        }
        Ok(answers)
    }

    /// A form; nothing where it cannot be had, or is none of this name.
    fn form(&self, hash: &FormHash) -> Result<Option<Questionnaire>, Failure> {
        let text = match self {
            Self::Directory(archive) => match archive.form(&local(), hash) {
                Ok(form) => form.text.into_bytes(),
                Err(hudang_archive::ArchiveError::Unknown { .. }) => return Ok(None),
                Err(error) => return Err(error.into()),
            },
            Self::Server(remote) => remote.bytes(&format!("/v1/forms/{hash}"), &[])?,
        };
        let form = Questionnaire::read(&text).ok();
        Ok(form.filter(|form| form.hash() == *hash))
    }
}

fn other_than_asked() -> Failure {
    Failure::new(
        "CLI-ANSWER",
        "服务器的回答与所问不符。请升级本程序后重试；仍不符则不要相信它的数据。",
        "The server answers something else than was asked. Update this program and try again; if it stays so, do not \
         trust its data.",
    )
}

impl Kept {
    /// The key that its receipts are checked with.
    pub(super) const fn receipt_key(&self) -> &VerifierKey {
        &self.receipt_key
    }

    /// The originals that are held, each with the size that is told.
    pub(super) fn held(&self) -> impl Iterator<Item = (&BlobFile, u64)> {
        let blobs = self.file.blobs.iter();
        blobs.filter_map(|blob| Some((blob, blob.held_bytes?)))
    }

    /// Checks entries, chains, seals and receipts, with the originals as they were found.
    pub(super) fn verify(&self, blobs: &BTreeMap<BlobHash, HeldBlob>) -> Result<Report, Failure> {
        let file = &self.file;
        let mut keys = Keyring::new();
        for device in &file.devices {
            let key = VerifierKey::device(&device.public).map_err(|error| {
                Failure::new("KEY-DAMAGED", "登记的密钥已损坏。", "An enrolled key is damaged.")
                    .because(&error)
            })?;
            let enrolled = Enrolled {
                key,
                person: device.person.clone(),
                contract: Some(device.contract.clone()),
                installation: Some(device.installation),
            };
            keys.insert(device.id, enrolled);
        }
        let returned: BTreeSet<SealId> = file.returns.iter().map(|one| one.seal).collect();
        // Chains in their own order: the journal's order mixes them but keeps each.
        let entries: Vec<&[u8]> = file.entries.iter().map(|note| note.bytes.as_slice()).collect();
        let seals: Vec<&[u8]> = file.seals.iter().map(|note| note.bytes.as_slice()).collect();
        let receipts = file.receipts.iter().map(|(_, note)| note.bytes.as_slice());
        let receipts: Vec<&[u8]> = receipts.collect();
        Ok(verify::verify_visit(&verify::Held {
            visit: file.row.visit,
            entries: &entries,
            seals: &seals,
            receipts: &receipts,
            blobs,
            keys: &keys,
            answers: &self.answers,
            rulings: Rulings {
                returned: &returned,
                ..Rulings::NONE
            },
            server: Some(&self.receipt_key),
        }))
    }
}
