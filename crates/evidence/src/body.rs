//! What an entry states: one variant per kind of entry (EVIDENCE §1.2).
//!
//! Nothing here identifies a household: values and free texts are salted digests, whose disclosures lie
//! beside the entry and can be erased.

use serde::{Deserialize, Serialize};

use crate::id::{
    BlobHash, DeviceId, EntryId, FormHash, HouseholdId, InstallationId, PersonId, SealId, SnapshotHash,
    StandardHash,
};
use crate::seal::Head;
use crate::signed_time::{TimeSignature, TimeStatement};
use crate::snapshot::SaltedDigest;
use crate::time::WallTime;

/// The kind of an entry and what that kind states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "lowercase")]
pub enum Body {
    /// The device began its work on the visit; always the first entry of its chain.
    Open(Open),
    /// A page of the form was confirmed: all answers as they stood then.
    Form(Form),
    /// A photo was taken.
    Photo(Photo),
    /// Somebody drew on a copy of a photo; the photo stays as it was taken.
    Drawing(Drawing),
    /// A recording was made.
    Audio(Audio),
    /// A paper was added as a file.
    Doc(Doc),
    /// Someone signed by hand on the screen.
    Sign(Sign),
    /// The household was asked whether it agrees.
    Consent(Consent),
    /// The device saw where it is.
    Gps(Position),
    /// An investigator's remark.
    Note(Remark),
    /// An earlier entry is corrected or withdrawn; the earlier entry stays.
    Amend(Amend),
    /// A required trace is missing, and why.
    Waiver(Waiver),
    /// A second person confirms an entry, such as a waiver.
    Witness(Witness),
    /// The visit was begun by mistake, or nobody will finish it: it is void while no seal stands.
    Void(Void),
    /// The server signed its time at a contact.
    Anchor(Anchor),
    /// The device saw other chains of the visit this far.
    Sync(SyncHeads),
    /// The device sealed the visit; not covered by the seal that it names.
    Seal(SealMade),
    /// Originals were deleted from the device.
    Wipe(Wipe),
    /// A person was enrolled on the installation.
    Enrol(Enrol),
}

impl Body {
    /// The word that stands in `kind`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::Form(_) => "form",
            Self::Photo(_) => "photo",
            Self::Drawing(_) => "drawing",
            Self::Audio(_) => "audio",
            Self::Doc(_) => "doc",
            Self::Sign(_) => "sign",
            Self::Consent(_) => "consent",
            Self::Gps(_) => "gps",
            Self::Note(_) => "note",
            Self::Amend(_) => "amend",
            Self::Waiver(_) => "waiver",
            Self::Witness(_) => "witness",
            Self::Void(_) => "void",
            Self::Anchor(_) => "anchor",
            Self::Sync(_) => "sync",
            Self::Seal(_) => "seal",
            Self::Wipe(_) => "wipe",
            Self::Enrol(_) => "enrol",
        }
    }

    /// The blob that the entry brings into the visit, with its size.
    pub const fn blob(&self) -> Option<(BlobHash, u64)> {
        match self {
            Self::Photo(Photo { sha256, bytes, .. })
            | Self::Drawing(Drawing { sha256, bytes, .. })
            | Self::Audio(Audio { sha256, bytes, .. })
            | Self::Doc(Doc { sha256, bytes, .. })
            | Self::Sign(Sign { sha256, bytes, .. }) => Some((*sha256, *bytes)),
            _ => None,
        }
    }

    /// The media type of the blob that the entry brings, as it was found in the bytes.
    pub fn media_type(&self) -> Option<&str> {
        match self {
            Self::Photo(Photo { mime, .. })
            | Self::Drawing(Drawing { mime, .. })
            | Self::Audio(Audio { mime, .. })
            | Self::Doc(Doc { mime, .. })
            | Self::Sign(Sign { mime, .. }) => Some(mime),
            _ => None,
        }
    }

    /// Whether it shows that whoever signed it was there (EVIDENCE §1.10 R3).
    pub const fn is_trace(&self) -> bool {
        matches!(
            self,
            Self::Gps(_)
                | Self::Photo(_)
                | Self::Audio(_)
                | Self::Consent(_)
                | Self::Form(_)
                | Self::Sign(_)
                | Self::Witness(_)
        )
    }

    /// The salted digest of the text that the entry leaves beside itself, where it may be erased.
    pub const fn remark(&self) -> Option<SaltedDigest> {
        match self {
            Self::Note(note) => Some(note.sd),
            Self::Amend(amend) => amend.sd,
            Self::Waiver(waiver) => waiver.sd,
            Self::Void(void) => void.sd,
            Self::Sign(Sign {
                by: Some(SignedBy::Proxy(name)),
                ..
            }) => Some(*name),
            _ => None,
        }
    }
}

/// How the original came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Taken in the app during the visit.
    Camera,
    /// Recorded in the app during the visit.
    Recorder,
    /// Chosen from files that were there before.
    Import,
}

/// Body of `open`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// Whose household is visited.
    pub household: HouseholdId,
    /// The form that will be filled in.
    pub form: FormHash,
    /// The evidence standard that the visit is held to.
    pub standard: StandardHash,
    /// Who holds the signing key.
    pub person: PersonId,
}

/// Body of `form`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// The form that the answers belong to.
    pub form: FormHash,
    /// The snapshot of all answers.
    pub snapshot: SnapshotHash,
    /// The page that was confirmed, by its name in the form; absent for the whole form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// Body of `photo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Photo {
    /// Names the original.
    pub sha256: BlobHash,
    /// Size of the original.
    pub bytes: u64,
    /// Its type as found in the bytes, e.g. `image/jpeg`.
    pub mime: String,
    /// Stored width in pixels.
    pub w: u32,
    /// Stored height in pixels.
    pub h: u32,
    /// dHash of the upright picture, 16 hex digits; absent where the type cannot be decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dhash64: Option<String>,
    /// How it came to be.
    pub src: Source,
    /// What the standard wants it for, e.g. `门牌`.
    pub purpose: String,
    /// EXIF `DateTimeOriginal`, local time as the camera wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<String>,
    /// EXIF position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gps: Option<Coordinates>,
}

/// Body of `drawing`: a copy of a photo with what was drawn on it, such as an arrow to a crack. It explains the photo and
/// stands for nothing: it is no trace of the visit, and no requirement is met by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawing {
    /// Names the copy.
    pub sha256: BlobHash,
    /// Size of the copy.
    pub bytes: u64,
    /// Its type as found in the bytes, e.g. `image/jpeg`.
    pub mime: String,
    /// The entry of the photo.
    pub of: EntryId,
}

/// A place on the WGS-84 ellipsoid in units of 1e-7 degrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coordinates {
    /// Latitude × 10⁷, north positive, ±900 000 000.
    pub lat_e7: i32,
    /// Longitude × 10⁷, east positive, ±1 800 000 000.
    pub lon_e7: i32,
}

/// Mean radius of the earth.
const EARTH_METRES: f64 = 6_371_009.0;

impl Coordinates {
    /// Metres along the ground, the earth taken for a ball: half a per cent off at most.
    pub fn metres_to(self, other: Self) -> f64 {
        let radians = |e7: i32| (f64::from(e7) / 1e7).to_radians();
        let (lat, lat_other) = (radians(self.lat_e7), radians(other.lat_e7));
        let (up, across) = (
            (lat_other - lat) / 2.0,
            (radians(other.lon_e7) - radians(self.lon_e7)) / 2.0,
        );
        let chord = up.sin().powi(2) + lat.cos() * lat_other.cos() * across.sin().powi(2);
        2.0 * EARTH_METRES * chord.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// Body of `audio`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audio {
    /// Names the original.
    pub sha256: BlobHash,
    /// Size of the original.
    pub bytes: u64,
    /// Its type as found in the bytes, e.g. `audio/webm`.
    pub mime: String,
    /// Length of what can be played.
    pub duration_ms: u64,
    /// Longest stretch below −50 dBFS.
    pub gap_ms: u64,
    /// Nothing anywhere above −50 dBFS.
    pub silent: bool,
    /// How it came to be.
    pub src: Source,
    /// What the standard wants it for, e.g. `访谈`.
    pub purpose: String,
}

/// Body of `doc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Doc {
    /// Names the original.
    pub sha256: BlobHash,
    /// Size of the original.
    pub bytes: u64,
    /// Its type, e.g. `application/pdf`.
    pub mime: String,
    /// What it is for.
    pub purpose: String,
}

/// Who signed by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignerRole {
    /// A member of the household.
    Household,
    /// The household's neighbour or village official.
    Neighbour,
    /// An investigator.
    Investigator,
}

impl SignerRole {
    /// The role's code, as the standard names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Neighbour => "neighbour",
            Self::Investigator => "investigator",
        }
    }
}

/// How somebody signed who did not write on the screen by their own hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignedBy {
    /// With a thumbprint on paper, which was photographed.
    Thumbprint,
    /// Through somebody whom they named to write for them; the salted digest of that name.
    Proxy(SaltedDigest),
}

/// Body of `sign`: a picture of a signature made by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// Names the picture.
    pub sha256: BlobHash,
    /// Size of the picture.
    pub bytes: u64,
    /// Its type, e.g. `image/png`.
    pub mime: String,
    /// Who signed.
    pub role: SignerRole,
    /// How, where it was not by their own hand on the screen; absent where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<SignedBy>,
    /// Of an investigator's signature: whose it is. Two signatures of one person are one person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Of the household's: the answers as they stood when it was signed; absent where nothing was answered yet. What is
    /// answered otherwise later, the household has not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<SnapshotHash>,
}

/// What the household can agree to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConsentTo {
    /// Being visited and asked.
    Visit,
    /// Photos.
    Photo,
    /// Recording the interview.
    Audio,
}

impl ConsentTo {
    /// Its code, as the standard names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Photo => "photo",
            Self::Audio => "audio",
        }
    }
}

/// Body of `consent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// What was asked.
    pub to: ConsentTo,
    /// What was answered.
    pub given: bool,
}

/// Body of `gps`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Where, on WGS-84.
    pub at: Coordinates,
    /// Radius of 68 % confidence in centimetres, as the platform says.
    pub accuracy_cm: u32,
    /// Whether the platform marked the fix as simulated.
    pub mock: bool,
    /// The satellites' time of the fix, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<WallTime>,
}

/// Body of `note`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// Salted digest of the remark's text.
    pub sd: SaltedDigest,
}

/// Body of `amend`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amend {
    /// The entry that no longer stands.
    pub of: EntryId,
    /// Whether it is withdrawn, or replaced by a later entry.
    pub withdraw: bool,
    /// Why, as a code of the form, e.g. `wrong-household`.
    pub reason: String,
    /// Salted digest of a further explanation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd: Option<SaltedDigest>,
}

/// Body of `waiver`: why a trace that the standard requires is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The requirement's code in the standard, e.g. `audio` or `photo:合影`.
    #[serde(rename = "for")]
    pub requirement: String,
    /// Why, as a code, e.g. `household-refused`.
    pub reason: String,
    /// Salted digest of a further explanation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd: Option<SaltedDigest>,
}

/// Body of `witness`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// The entry that is confirmed, of another person's chain.
    pub of: EntryId,
}

/// Body of `void`: the visit is not to be finished. It stands until an `amend` withdraws it or a seal fixes the visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Void {
    /// Why, as a code, e.g. `opened-by-mistake`.
    pub reason: String,
    /// Salted digest of a further explanation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd: Option<SaltedDigest>,
}

/// Body of `anchor`: a time that the server signed at a contact in the boot of the entry that carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// What the server's clock said.
    pub at: WallTime,
    /// What the boot-time clock said when the phone asked; the entry itself may be written later.
    pub mono_ms: u64,
    /// The server's name.
    pub origin: String,
    /// The server's signature of the [`TimeStatement`].
    pub sig: TimeSignature,
}

impl Anchor {
    /// What the server signed, for an anchor that stands in an entry of this boot and installation.
    pub fn statement(&self, boot: &str, installation: InstallationId) -> TimeStatement {
        TimeStatement {
            at: self.at,
            boot: boot.to_owned(),
            installation,
            mono_ms: self.mono_ms,
            origin: self.origin.clone(),
        }
    }

    /// When the phone started, by the server's clock, in milliseconds since 1970.
    pub fn started_ms(&self) -> i64 {
        let mono_ms = i64::try_from(self.mono_ms).unwrap_or(i64::MAX);
        self.at.ms().saturating_sub(mono_ms)
    }
}

/// Body of `sync`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncHeads {
    /// The last entry seen of each other chain of the visit.
    pub heads: Vec<Head>,
}

/// Body of `seal`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealMade {
    /// The seal that was signed.
    pub seal: SealId,
}

/// Body of `wipe`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wipe {
    /// The originals that are gone from this device.
    pub blobs: Vec<BlobHash>,
    /// Why, as a code, e.g. `retention` or `contract-end`.
    pub reason: String,
}

/// Body of `enrol`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// Who holds the key.
    pub person: PersonId,
    /// On which installation.
    pub installation: InstallationId,
    /// The key of the same phone that this one replaces, after a forgotten PIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeds: Option<Succession>,
}

/// A key that another takes the place of, and how far it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Succession {
    /// The key that signs no more.
    pub dev: DeviceId,
    /// The number of its last entry over all visits: what it signed up to there is admitted, nothing after it.
    pub dseq: u64,
}
