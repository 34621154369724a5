//! Originals for the screen: only those of which a reply told this session, and only while it is unlocked. Portraits of the
//! phone's people stand beside their names, before any PIN.

use core::ops::Range;

use hudang_evidence::id::BlobHash;

use crate::error::{DoorError, Fault, Result};
use crate::hall::{Door, Hall};
use crate::session::{Named, SessionKey};

/// Most bytes that are read at once.
const PART_BYTES_MAX: u64 = 4 << 20;
/// The largest edge of a thumbnail.
const EDGE_MAX: u32 = 2_048;

/// Part of an original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their type, e.g. `image/jpeg`.
    pub mime: String,
    /// From where.
    pub offset: u64,
    /// Size of the whole.
    pub size_bytes: u64,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Original {
    /// The original of this name; of a range at most 4 MiB come at once.
    Blob(String, Option<Range<u64>>),
    /// A small JPEG of it.
    Thumbnail(String, u32),
    /// The sound of an unfinished recording.
    Recording(String),
    /// The portrait of a person on this phone: as the names, for anybody who holds it.
    Portrait(String),
}

impl Door {
    /// Reads an original for a screen.
    pub fn original(&self, key: &SessionKey, original: &Original) -> core::result::Result<Part, DoorError> {
        let door = self.of(key);
        let mut hall = door.hall();
        let read = hall.original(key, original);
        read.map_err(|fault| fault.tell(hall.language(key)))
    }
}

impl Hall {
    fn original(&mut self, key: &SessionKey, original: &Original) -> Result<Part> {
        self.lock_idle()?;
        let is_open = matches!(original, Original::Portrait(_));
        if !is_open && self.session(key).acting.is_none() {
            return Err(Fault::Locked);
        }
        match original {
            Original::Blob(name, range) => {
                let (hash, named) = self.named(key, name)?;
                let (offset, len) = match range {
                    None => (0, named.size_bytes),
                    Some(range) => {
                        let end = range.end.min(named.size_bytes);
                        (range.start, end.saturating_sub(range.start).min(PART_BYTES_MAX))
                    }
                };
                Ok(Part {
                    bytes: self.device.read_blob(&hash, offset, len)?,
                    mime: named.mime,
                    offset,
                    size_bytes: named.size_bytes,
                })
            }
            Original::Thumbnail(name, edge) => {
                let (hash, _) = self.named(key, name)?;
                let bytes = self.device.thumbnail(&hash, (*edge).clamp(16, EDGE_MAX))?;
                Ok(whole(bytes, "image/jpeg"))
            }
            Original::Recording(name) => {
                let id = crate::words::recording(name)?;
                let unfinished = self.device.recordings_unfinished()?;
                let row = unfinished.iter().find(|row| row.id == id);
                let visit = row.ok_or(hudang_device::DeviceError::RecordingUnknown)?.visit;
                let may_see = self.session(key).visits.contains(&visit);
                if !may_see {
                    return Err(Fault::NotYours);
                }
                Ok(whole(self.device.recording_bytes(id)?, "audio/webm"))
            }
            Original::Portrait(name) => {
                let person = name.parse().map_err(|_| Fault::Arguments("person".to_owned()))?;
                Ok(whole(self.device.portrait(&person)?, "image/jpeg"))
            }
        }
    }

    fn named(&mut self, key: &SessionKey, name: &str) -> Result<(BlobHash, Named)> {
        let hash: BlobHash = name.parse().map_err(|_| Fault::Arguments("hash".to_owned()))?;
        let named = self.session(key).named.get(&hash).cloned();
        Ok((hash, named.ok_or(Fault::NotYours)?))
    }
}

fn whole(bytes: Vec<u8>, mime: &str) -> Part {
    Part {
        size_bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        bytes,
        mime: mime.to_owned(),
        offset: 0,
    }
}
