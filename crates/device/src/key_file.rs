//! The store's key in a file, where no platform keystore keeps it: `store.key` in the store's directory, 64 hex digits,
//! readable by its owner only. Who copies this directory can read the store; a real phone keeps the key in its keystore,
//! never beside the store.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use hudang_evidence::id::Sha256;

use crate::StoreKey;
use crate::platform::{Platform, random};

const KEY: &str = "store.key";

/// Where the key of a store lies.
pub fn place(directory: &Path) -> PathBuf {
    directory.join(KEY)
}

/// Reads the key; none where there is no file. A file that holds no key is [`io::ErrorKind::InvalidData`].
pub fn read(directory: &Path) -> io::Result<Option<StoreKey>> {
    let text = match fs::read_to_string(place(directory)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let key: Sha256 = text
        .trim()
        .parse()
        .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    Ok(Some(StoreKey::new(*key.as_bytes())))
}

/// Writes a new key whole or not at all.
pub fn make(directory: &Path, platform: &dyn Platform) -> io::Result<StoreKey> {
    let bytes: [u8; 32] = random(platform);
    let (path, temporary) = (place(directory), directory.join(format!("{KEY}.tmp")));
    let mut options = hudang_private::options();
    let mut file = options.create(true).truncate(true).write(true).open(&temporary)?;
    writeln!(file, "{}", Sha256::from_bytes(bytes))?;
    file.sync_all()?;
    fs::rename(&temporary, &path)?;
    // The new name is durable only with its directory.
    File::open(directory)?.sync_all()?;
    Ok(StoreKey::new(bytes))
}
