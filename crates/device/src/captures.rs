//! Photos and signatures by hand: bytes become an original, then an entry names it.

use hudang_evidence::body::{Body, Drawing, Photo, Sign, SignedBy, SignerRole, Source};
use hudang_evidence::entry;
use hudang_evidence::id::{BlobHash, EntryId, PersonId, VisitId};
use hudang_evidence::original::{Seen, SeenPhoto};
use hudang_media::photo::{self, Limits};
use hudang_media::seen;
use hudang_sync::phone::BlobClass;
use rusqlite::{OptionalExtension as _, params};

use crate::desk::Desk;
use crate::device::{Device, Scope};
use crate::error::{DeviceError, Result};

/// Largest edge in pixels of a copy that somebody drew on: writing in the photo can still be read.
const DRAWING_EDGE_MAX: u32 = 2_048;
/// What a sheet to draw on may cost.
const SHEET_LIMITS: Limits = Limits {
    size_bytes_max: 4 << 20,
    edge_max: 4_096,
    pixels_max: 8_000_000,
    memory_bytes_max: 64 << 20,
};

/// By whose hand something was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hand {
    /// The signer's own, on the screen.
    Own,
    /// The signer's thumb on paper, photographed.
    Thumbprint,
    /// That of somebody whom the signer named: their name.
    Proxy(String),
}

/// Who signs by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signatory {
    /// A member of the household.
    Household,
    /// A neighbour or village official.
    Neighbour,
    /// This investigator.
    Investigator(PersonId),
}

impl Signatory {
    /// In which role.
    pub const fn role(&self) -> SignerRole {
        match self {
            Self::Household => SignerRole::Household,
            Self::Neighbour => SignerRole::Neighbour,
            Self::Investigator(_) => SignerRole::Investigator,
        }
    }
}

impl Device {
    /// Adds a photo: the original is durable before its entry commits; nothing of it is altered.
    pub fn add_photo(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        bytes: &[u8],
        purpose: &str,
        source: Source,
    ) -> Result<EntryId> {
        let picture = Picture::look(bytes)?;
        let SeenPhoto {
            mime,
            w,
            h,
            dhash64,
            taken,
            gps,
            ..
        } = picture.seen.clone();
        let body = Photo {
            sha256: picture.hash,
            bytes: picture.size_bytes,
            mime,
            w,
            h,
            dhash64,
            src: source,
            purpose: purpose.to_owned(),
            taken,
            gps,
        };
        self.add_picture(person, visit, bytes, picture, purpose, |_| Ok(Body::Photo(body)))
    }

    /// Adds a copy of a photo with what somebody drew over it: `sheet` is a picture that is transparent where nothing is
    /// drawn, and covers the whole of the photo as it is looked at. The photo stays as it is, and must stand.
    pub fn add_drawing(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        sheet: &[u8],
        of: EntryId,
    ) -> Result<EntryId> {
        let entries = self.scope().entries(visit)?;
        let photo = entries.iter().find_map(|entry| match entry.body() {
            Body::Photo(photo) if entry.id() == of => Some(photo.sha256),
            _ => None,
        });
        let photo = photo.filter(|_| !entry::amended(&entries).contains(&of));
        let photo = self.read_blob(&photo.ok_or(DeviceError::EntryUnknown)?, 0, u64::MAX)?;
        let sheet = photo::decode(sheet, &SHEET_LIMITS)?;
        let bytes = photo::decode(&photo, &Limits::default())?.under(&sheet, DRAWING_EDGE_MAX)?;
        let picture = Picture::look(&bytes)?;
        let drawing = Drawing {
            sha256: picture.hash,
            bytes: picture.size_bytes,
            mime: picture.seen.mime.clone(),
            of,
        };
        self.add_picture(person, visit, &bytes, picture, "drawing", |_| {
            Ok(Body::Drawing(drawing))
        })
    }

    /// Adds the picture of a signature, or of the thumbprint of somebody who cannot write. A proxy's name is erasable:
    /// the entry holds a salted digest. The household signs the answers as they stand, which the entry names.
    pub fn add_signature(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        bytes: &[u8],
        signer: &Signatory,
        hand: &Hand,
    ) -> Result<EntryId> {
        let role = signer.role();
        let picture = Picture::look(bytes)?;
        let (sha256, size, mime) = (picture.hash, picture.size_bytes, picture.seen.mime.clone());
        let purpose = format!("sign:{}", role.as_str());
        if let Hand::Proxy(name) = hand {
            self.scope().check_proxy(visit, name)?;
        }
        self.add_picture(person, visit, bytes, picture, &purpose, |desk| {
            let by = match hand {
                Hand::Own => None,
                Hand::Thumbprint => Some(SignedBy::Thumbprint),
                Hand::Proxy(name) => Some(SignedBy::Proxy(desk.remark("proxy", name)?)),
            };
            let (person, snapshot) = match signer {
                Signatory::Investigator(person) => (Some(person.clone()), None),
                Signatory::Household => (None, desk.fixed_answers()?),
                Signatory::Neighbour => (None, None),
            };
            Ok(Body::Sign(Sign {
                sha256,
                bytes: size,
                mime,
                role,
                by,
                person,
                snapshot,
            }))
        })
    }

    fn add_picture(
        &mut self,
        person: &PersonId,
        visit: VisitId,
        bytes: &[u8],
        picture: Picture,
        purpose: &str,
        body: impl FnOnce(&mut Desk<'_>) -> Result<Body>,
    ) -> Result<EntryId> {
        let scope = self.scope();
        scope.check_space(picture.size_bytes)?;
        scope.check_may_state(person, visit)?;
        let hash = picture.hash;
        if !scope.has_blob(&hash)? {
            self.house.files.write_blob(scope.random(), &hash, bytes)?;
        }
        let original = Original {
            hash,
            size_bytes: picture.size_bytes,
            class: BlobClass::Photo,
            seen: Seen::Photo(picture.seen),
        };
        self.state(person, visit, |desk| {
            desk.scope.keep_blob(&original)?;
            desk.document.add_media(hash, purpose)?;
            body(desk)
        })
    }

    /// Reads `len` bytes of an original from `offset`, fewer at its end: for uploads and for showing.
    pub fn read_blob(&self, hash: &BlobHash, offset: u64, len: u64) -> Result<Vec<u8>> {
        if !self.scope().has_blob(hash)? {
            return Err(DeviceError::BlobGone);
        }
        self.house.files.read_blob(hash, offset, len)
    }

    /// A small JPEG of a photo, upright.
    pub fn thumbnail(&self, hash: &BlobHash, edge_max: u32) -> Result<Vec<u8>> {
        let bytes = self.read_blob(hash, 0, u64::MAX)?;
        Ok(photo::thumbnail(&bytes, edge_max, &Limits::default())?)
    }
}

/// A picture that was looked into before anything of it is kept.
struct Picture {
    hash: BlobHash,
    size_bytes: u64,
    seen: SeenPhoto,
}

impl Picture {
    /// Looks as the server will. What the server would take for no photo is refused here, where it can be taken again.
    fn look(bytes: &[u8]) -> Result<Self> {
        let limits = Limits::default();
        let facts = photo::inspect(bytes, &limits)?;
        let print = photo::fingerprint(bytes, &limits);
        let Seen::Photo(seen) = seen::photo(&facts, &print) else {
            return match print {
                Err(damaged) => Err(damaged.into()),
                Ok(_) => Err(DeviceError::Damaged("a photo that is none".to_owned())),
            };
        };
        Ok(Self {
            hash: BlobHash::of(bytes),
            size_bytes: facts.size_bytes,
            seen,
        })
    }
}

/// An original that is on the disk.
pub(crate) struct Original {
    pub(crate) hash: BlobHash,
    pub(crate) size_bytes: u64,
    pub(crate) class: BlobClass,
    pub(crate) seen: Seen,
}

/// How classes are stored.
pub(crate) const fn class_number(class: BlobClass) -> u8 {
    match class {
        BlobClass::Photo => 0,
        BlobClass::Paper => 1,
        BlobClass::Audio => 2,
    }
}

impl Scope<'_> {
    /// Whether an original is on this phone.
    pub(crate) fn has_blob(&self, hash: &BlobHash) -> Result<bool> {
        let mut select = self.db.prepare_cached("SELECT gone FROM blob WHERE hash = ?1")?;
        let gone: Option<i64> = select.query_row([hash.as_bytes()], |row| row.get(0)).optional()?;
        Ok(gone == Some(0))
    }

    /// Keeps that an original is on this phone.
    pub(crate) fn keep_blob(&self, original: &Original) -> Result<()> {
        let seen = serde_json::to_string(&original.seen)
            .map_err(|error| DeviceError::Damaged(format!("the facts of an original: {error}")))?;
        self.db.execute(
            "INSERT INTO blob (hash, size_bytes, class, mime, seen) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (hash) DO UPDATE SET gone = 0",
            params![
                original.hash.as_bytes(),
                original.size_bytes,
                class_number(original.class),
                original.seen.name(),
                seen
            ],
        )?;
        // One of a visit that is void may be another visit's as well.
        self.db
            .execute("DELETE FROM unsent WHERE hash = ?1", [original.hash.as_bytes()])?;
        Ok(())
    }

    /// Refuses before any file is written what the commit would refuse anyway.
    pub(crate) fn check_may_state(&self, person: &PersonId, visit: VisitId) -> Result<()> {
        let holder = self.holder(person)?;
        self.signer(holder.dev)?;
        Desk::take(self, visit, holder.dev)?.check_open()
    }

    /// Refuses a proxy who is one of those who are paid for the visit.
    fn check_proxy(&self, visit: VisitId, name: &str) -> Result<()> {
        let about = self.about(visit)?.ok_or(DeviceError::VisitUnknown)?;
        let terms = self.contract(&about.contract)?;
        if terms.is_some_and(|terms| terms.names_on_roster(name)) {
            return Err(DeviceError::ProxyInvestigator);
        }
        Ok(())
    }
}
