//! What is kept of a household and of a visit, as it goes to an office that checks it.
//!
//! Notes travel as the text that was signed. Names that bytes have by their own content (of snapshots, of keys) are
//! not sent: who receives the bytes works the names out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hudang_archive::{BlobFile, Device, Household, Received, Return, VisitRow};
use hudang_evidence::id::{BlobHash, ContractId, InstallationId, OrgId, PersonId, SealId, SnapshotHash};
use hudang_evidence::note::{VerifierKey, device_id};
use hudang_evidence::receipt::Receipt;
use hudang_evidence::time::WallTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A household with where its visits stand; the file of each visit is asked for by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HouseholdFile {
    /// The household as the office knows it.
    pub household: Household,
    /// Its visits, by opening time.
    pub visits: Vec<VisitRow>,
}

/// Where a visit stands, why, and how much is kept of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitShown {
    /// Where it stands.
    #[serde(flatten)]
    pub row: VisitRow,
    /// How many entries.
    pub entries: usize,
    /// How many seals.
    pub seals: usize,
    /// How many receipts.
    pub receipts: usize,
    /// How many originals its entries name.
    pub originals: usize,
    /// How many of them are whole here.
    pub originals_held: usize,
    /// What was found when it was verified: code and details.
    pub findings: Vec<(String, Value)>,
    /// The times that it was sent back; texts of comments are personal values and stand in the file.
    pub returns: Vec<ReturnShown>,
}

/// That a visit was sent back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnShown {
    /// The seal that did not suffice.
    pub seal: SealId,
    /// When, by the server's clock.
    pub at: WallTime,
    /// Who sent it back: the label of the token.
    pub by: String,
    /// How many comments go with it.
    pub comments: usize,
}

impl ReturnShown {
    /// What of a return is shown to those who may not open the household's file.
    pub fn of(kept: Return) -> Self {
        Self {
            seal: kept.seal,
            at: kept.at,
            by: kept.by,
            comments: kept.comments.len(),
        }
    }
}

/// Everything about one visit but the bytes of its originals and its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitFile {
    /// Where it stands and why.
    pub row: VisitRow,
    /// What the server found about it: codes with details.
    pub findings: Vec<(String, Value)>,
    /// Its entries, in the order of the journal.
    pub entries: Vec<Note>,
    /// Its seals.
    pub seals: Vec<Note>,
    /// Its receipts.
    pub receipts: Vec<Note>,
    /// Its snapshots with the values that are still kept.
    pub snapshots: Vec<SnapshotFile>,
    /// Disclosures of remarks that are still kept.
    pub remarks: Vec<String>,
    /// Its originals; their bytes are at `/v1/blobs/{sha256}`.
    pub originals: Vec<Original>,
    /// The keys that its entries are checked with.
    pub devices: Vec<DeviceKey>,
    /// The times that the office sent it back.
    #[serde(default)]
    pub returns: Vec<Return>,
    /// The key that its receipts are checked with; hold it against one that came another way.
    pub receipt_key: String,
}

/// A signed note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// The note with its signatures.
    pub text: String,
    /// Its place in the journal.
    pub journal: u64,
    /// When it was received, by the server's clock.
    pub received: WallTime,
}

/// A snapshot with its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotFile {
    /// Its bytes as text; empty while only values arrived.
    pub text: String,
    /// Its disclosures.
    pub disclosures: Vec<String>,
}

/// An original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Original {
    /// Its name.
    pub sha256: BlobHash,
    /// Its size, if the archive holds it.
    pub bytes: Option<u64>,
}

/// A person's key on a phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceKey {
    /// The public key, in base64.
    pub public: String,
    /// Whose.
    pub person: PersonId,
    /// For which contractor the person works.
    pub org: OrgId,
    /// Under which contract it was enrolled.
    pub contract: ContractId,
    /// On which phone.
    pub installation: InstallationId,
    /// Place of the enrolment in the journal.
    pub enrolled: u64,
    /// Place of the revocation in the journal.
    pub revoked: Option<u64>,
}

/// A visit's file is not one that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Something that is text by its form is none.
    #[error("a note or snapshot is not text")]
    NotText,
    /// A key is none.
    #[error("a device's key is none")]
    Key,
}

impl VisitFile {
    /// As it is sent.
    pub fn of(file: hudang_archive::VisitFile, receipt_key: &VerifierKey) -> Result<Self, FileError> {
        let notes = |notes: Vec<Received>| notes.into_iter().map(Note::of).collect::<Result<Vec<_>, _>>();
        let snapshot = |one: hudang_archive::SnapshotFile| {
            Ok(SnapshotFile {
                text: text(one.bytes)?,
                disclosures: one.disclosures,
            })
        };
        Ok(Self {
            row: file.row,
            findings: file.findings,
            entries: notes(file.entries)?,
            seals: notes(file.seals)?,
            receipts: notes(file.receipts.into_iter().map(|(_, note)| note).collect())?,
            snapshots: file
                .snapshots
                .into_iter()
                .map(snapshot)
                .collect::<Result<_, FileError>>()?,
            remarks: file.remarks,
            originals: file.blobs.into_iter().map(Original::of).collect(),
            devices: file.devices.into_iter().map(DeviceKey::of).collect(),
            returns: file.returns,
            receipt_key: receipt_key.to_string(),
        })
    }

    /// As an archive holds it, with every name worked out anew. What is signed is not yet checked.
    pub fn into_kept(self) -> Result<hudang_archive::VisitFile, FileError> {
        let notes = |notes: Vec<Note>| notes.into_iter().map(Note::into_kept).collect();
        let receipts = self.receipts.into_iter().map(|note| {
            let kept = note.into_kept();
            (sealed_by(&kept.bytes), kept)
        });
        Ok(hudang_archive::VisitFile {
            row: self.row,
            findings: self.findings,
            entries: notes(self.entries),
            seals: notes(self.seals),
            receipts: receipts.collect(),
            snapshots: self.snapshots.into_iter().map(SnapshotFile::into_kept).collect(),
            remarks: self.remarks,
            blobs: self.originals.into_iter().map(Original::into_kept).collect(),
            document: None,
            devices: self
                .devices
                .into_iter()
                .map(DeviceKey::into_kept)
                .collect::<Result<_, _>>()?,
            returns: self.returns,
        })
    }
}

fn text(bytes: Vec<u8>) -> Result<String, FileError> {
    String::from_utf8(bytes).map_err(|_| FileError::NotText)
}

/// The seal that a receipt is for; of one that cannot be read, which verification will find, a name that no seal has.
fn sealed_by(receipt: &[u8]) -> SealId {
    Receipt::parse(receipt).map_or_else(|_| SealId::of(receipt), |parsed| parsed.body().seal)
}

impl Note {
    fn of(kept: Received) -> Result<Self, FileError> {
        Ok(Self {
            text: text(kept.bytes)?,
            journal: kept.journal,
            received: kept.at,
        })
    }

    fn into_kept(self) -> Received {
        Received {
            journal: self.journal,
            at: self.received,
            bytes: self.text.into_bytes(),
        }
    }
}

impl SnapshotFile {
    fn into_kept(self) -> hudang_archive::SnapshotFile {
        let bytes = self.text.into_bytes();
        hudang_archive::SnapshotFile {
            hash: SnapshotHash::of(&bytes),
            bytes,
            disclosures: self.disclosures,
        }
    }
}

impl Original {
    fn of(kept: BlobFile) -> Self {
        Self {
            sha256: kept.hash,
            bytes: kept.held_bytes,
        }
    }

    fn into_kept(self) -> BlobFile {
        BlobFile {
            hash: self.sha256,
            held_bytes: self.bytes,
        }
    }
}

impl DeviceKey {
    fn of(kept: Device) -> Self {
        Self {
            public: STANDARD.encode(kept.public),
            person: kept.person,
            org: kept.org,
            contract: kept.contract,
            installation: kept.installation,
            enrolled: kept.enrolled,
            revoked: kept.revoked,
        }
    }

    fn into_kept(self) -> Result<Device, FileError> {
        let public = STANDARD.decode(&self.public).map_err(|_| FileError::Key)?;
        let public: [u8; 32] = public.try_into().map_err(|_| FileError::Key)?;
        Ok(Device {
            id: device_id(&public),
            public,
            installation: self.installation,
            person: self.person,
            org: self.org,
            contract: self.contract,
            enrolled: self.enrolled,
            revoked: self.revoked,
            // Whoever verifies what is here asks who held the key, not when it ended.
            ended: None,
        })
    }
}
