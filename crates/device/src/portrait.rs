//! The portraits of the phone's people: so that whoever finds a phone, or stands at a door, sees whose it is. A portrait is
//! no evidence and is never sent.

use hudang_evidence::id::{PersonId, Sha256};
use hudang_media::photo::{self, Limits};
use rusqlite::{OptionalExtension as _, params};

use crate::device::Device;
use crate::error::{DeviceError, Result};

/// The longer edge of what is kept, in pixels.
const EDGE: u32 = 480;

impl Device {
    /// Keeps a portrait of a person on this phone in place of an earlier one: a small JPEG of the photo, without its EXIF.
    pub fn set_portrait(&mut self, person: &PersonId, photo: &[u8]) -> Result<()> {
        let jpeg = photo::thumbnail(photo, EDGE, &Limits::default())?;
        let hash = Sha256::of(&jpeg);
        self.commit(|scope| {
            scope.holder(person)?;
            scope.db.execute(
                "INSERT INTO portrait (person, hash, jpeg) VALUES (?1, ?2, ?3)
                 ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, jpeg = excluded.jpeg",
                params![person.as_str(), hash.as_bytes(), jpeg],
            )?;
            Ok(())
        })
    }

    /// The portrait of a person, as JPEG; [`DeviceError::PersonUnknown`] where there is none.
    pub fn portrait(&self, person: &PersonId) -> Result<Vec<u8>> {
        let scope = self.scope();
        let mut select = scope
            .db
            .prepare_cached("SELECT jpeg FROM portrait WHERE person = ?1")?;
        let found = select.query_row([person.as_str()], |row| row.get(0));
        found.optional()?.ok_or(DeviceError::PersonUnknown)
    }

    /// Names the portrait of a person by its SHA-256, if there is one.
    pub fn portrait_hash(&self, person: &PersonId) -> Result<Option<Sha256>> {
        let scope = self.scope();
        let mut select = scope
            .db
            .prepare_cached("SELECT hash FROM portrait WHERE person = ?1")?;
        let found: Option<[u8; 32]> = select.query_row([person.as_str()], |row| row.get(0)).optional()?;
        Ok(found.map(Sha256::from_bytes))
    }
}
