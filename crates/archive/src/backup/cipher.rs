//! Backups that only the holder of a key can read: each file is an age file (age-encryption.org/v1) of its own.
//!
//! The server knows the recipient only, so that a stolen backup medium, or whoever makes backups, reads nothing.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;
use std::str::FromStr;

use age::secrecy::ExposeSecret as _;
use age::x25519;

use crate::error::ArchiveError;

/// What is added to the name of an encrypted file.
pub(super) const SUFFIX: &str = "age";
/// Most bytes of a file with keys; one key has about two hundred.
const KEY_FILE_BYTES_MAX: u64 = 64 << 10;

/// To whom a backup is encrypted, e.g. `age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p`.
#[derive(Clone)]
pub struct BackupRecipient(x25519::Recipient);

/// What opens a backup: the secret half of a recipient.
pub struct BackupKey(Vec<x25519::Identity>);

impl BackupRecipient {
    /// Writes a file that only this recipient can read, and flushes it.
    pub(super) fn encrypt(&self, from: &Path, to: &Path) -> io::Result<()> {
        let recipient: &dyn age::Recipient = &self.0;
        let encryptor =
            age::Encryptor::with_recipients(std::iter::once(recipient)).map_err(io::Error::other)?;
        let target = hudang_private::options().create_new(true).write(true).open(to)?;
        let mut writer = encryptor.wrap_output(target)?;
        io::copy(&mut File::open(from)?, &mut writer)?;
        writer.finish()?.sync_all()
    }
}

impl FromStr for BackupRecipient {
    type Err = ArchiveError;

    fn from_str(text: &str) -> Result<Self, ArchiveError> {
        text.trim().parse().map(Self).map_err(|_| {
            ArchiveError::refused(
                "BACKUP-RECIPIENT",
                "备份接收方应以 age1 开头，由 hudang archive backup-key 生成。",
                "A backup's recipient begins with age1; hudang archive backup-key makes one.",
            )
        })
    }
}

impl fmt::Display for BackupRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for BackupRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl BackupKey {
    /// A new key. Its text goes to a file that is kept apart from the server.
    pub fn generate() -> Self {
        Self(vec![x25519::Identity::generate()])
    }

    /// Reads a key file: lines `AGE-SECRET-KEY-1…`, and comments after `#`.
    pub fn read(path: &Path) -> Result<Self, ArchiveError> {
        let mut text = String::new();
        File::open(path)
            .and_then(|file| file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text))
            .map_err(ArchiveError::io("read the backup's key"))?;
        let lines = text.lines().map(str::trim);
        let keys = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys: Result<Vec<_>, _> = keys.map(x25519::Identity::from_str).collect();
        match keys {
            Ok(keys) if !keys.is_empty() => Ok(Self(keys)),
            _ => Err(ArchiveError::refused(
                "BACKUP-KEY",
                "该文件不是备份密钥（应有一行以 AGE-SECRET-KEY-1 开头）。",
                "That file holds no backup key: a line that begins with AGE-SECRET-KEY-1.",
            )),
        }
    }

    /// To whom backups are encrypted that this key opens.
    pub fn recipients(&self) -> Vec<BackupRecipient> {
        self.0
            .iter()
            .map(|key| BackupRecipient(key.to_public()))
            .collect()
    }

    /// The text of its file.
    pub fn to_text(&self) -> String {
        let lines = self.0.iter().map(|key| {
            let secret = key.to_string();
            format!("# {}\n{}\n", key.to_public(), secret.expose_secret())
        });
        lines.collect()
    }

    /// Reads an encrypted file back and flushes what it held.
    pub(super) fn decrypt(&self, from: &Path, to: &Path) -> Result<(), ArchiveError> {
        let reading = || ArchiveError::io("read the encrypted backup");
        let source = BufReader::new(File::open(from).map_err(reading())?);
        let decryptor = age::Decryptor::new_buffered(source).map_err(|error| closed(&error))?;
        let keys = self.0.iter().map(|key| -> &dyn age::Identity { key });
        let mut reader = decryptor.decrypt(keys).map_err(|error| closed(&error))?;
        let mut target = hudang_private::options()
            .create_new(true)
            .write(true)
            .open(to)
            .map_err(ArchiveError::io("write the decrypted file"))?;
        io::copy(&mut reader, &mut target).map_err(reading())?;
        target
            .sync_all()
            .map_err(ArchiveError::io("flush the decrypted file"))
    }
}

/// Why an encrypted file does not open.
fn closed(error: &age::DecryptError) -> ArchiveError {
    match error {
        age::DecryptError::NoMatchingKeys => ArchiveError::refused(
            "BACKUP-KEY",
            "该密钥打不开这份备份。请换用备份时所设接收方的密钥。",
            "That key does not open this backup. Use the key of the recipient that was set when it was made.",
        ),
        other => ArchiveError::Damaged(format!("an encrypted backup: {other}")),
    }
}
