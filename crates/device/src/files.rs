//! Originals and recordings as encrypted files.
//!
//! ```text
//! file = "HUDANG1\n" ‖ file id (32 random bytes) ‖ frame*
//! frame = plain length (u32, little-endian, 1 … 65,536) ‖ XChaCha20-Poly1305(frame number, plain) with its tag
//! ```
//! The key is derived from the store key and the file id, so that the frame's number can be the nonce. A recording
//! grows by frames and becomes an original by a rename; a torn last frame is cut off when it is read again.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hudang_evidence::id::BlobHash;

use crate::cipher::{StoreKey, decrypt, encrypt};
use crate::error::{DeviceError, Result};
use crate::platform::{Faults, IoPoint};

const MAGIC: &[u8; 8] = b"HUDANG1\n";
const HEADER_BYTES: u64 = 40;
const FRAME_BYTES_MAX: usize = 64 << 10;
const TAG_BYTES: usize = 16;

/// The directories of a store.
pub(crate) struct Files {
    root: PathBuf,
    key: StoreKey,
    faults: Arc<dyn Faults>,
}

/// A recording that grows.
#[derive(Debug)]
pub(crate) struct Recorder {
    file: File,
    key: [u8; 32],
    frames: u64,
    end: u64,
    /// How many bytes of sound are durable.
    sound_bytes: u64,
}

impl Recorder {
    /// How many bytes of sound are durable.
    pub(crate) const fn sound_bytes(&self) -> u64 {
        self.sound_bytes
    }
}

/// What a file of frames holds.
pub(crate) struct Frames {
    pub(crate) clear: Vec<u8>,
    /// Where the last whole frame ends.
    pub(crate) end: u64,
    pub(crate) count: u64,
    /// Whether something lies behind it.
    pub(crate) torn: bool,
}

impl Files {
    pub(crate) fn prepare(root: &Path, key: StoreKey, faults: Arc<dyn Faults>) -> Result<Self> {
        faults.at(IoPoint::DirectoryCreate)?;
        for directory in ["blobs", "recordings", "tmp"] {
            hudang_private::create_dir_all(&root.join(directory))?;
        }
        hudang_private::close(root)?;
        sync_directory(root)?;
        Ok(Self {
            root: root.to_owned(),
            key,
            faults,
        })
    }

    /// A place in the store's directory.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn blob_path(&self, hash: &BlobHash) -> PathBuf {
        self.root.join("blobs").join(hash.to_string())
    }

    pub(crate) fn recording_path(&self, id: &[u8; 32]) -> PathBuf {
        let name = BlobHash::from_bytes(*id).to_string();
        self.root.join("recordings").join(name)
    }

    /// Writes an original: durable under its name when this returns.
    pub(crate) fn write_blob(&self, file_id: [u8; 32], hash: &BlobHash, clear: &[u8]) -> Result<()> {
        let temporary = self.root.join("tmp").join(hash.to_string());
        self.faults.at(IoPoint::BlobCreate)?;
        let mut file = create(&temporary)?;
        let written = self.fill(&mut file, file_id, clear);
        if let Err(error) = written {
            // A full disk should not stay full because of the half that was written.
            let _ = std::fs::remove_file(&temporary);
            return Err(error);
        }
        self.take_name(&temporary, hash)
    }

    fn fill(&self, file: &mut File, file_id: [u8; 32], clear: &[u8]) -> Result<()> {
        let key = self.key.of_file(&file_id);
        self.faults.at(IoPoint::BlobWrite)?;
        file.write_all(MAGIC)?;
        file.write_all(&file_id)?;
        for (number, piece) in (0_u64..).zip(clear.chunks(FRAME_BYTES_MAX)) {
            self.faults.at(IoPoint::BlobWrite)?;
            file.write_all(&frame(&key, number, piece)?)?;
        }
        self.faults.at(IoPoint::BlobSync)?;
        file.sync_all()?;
        Ok(())
    }

    /// Gives a flushed file the name of an original.
    pub(crate) fn take_name(&self, from: &Path, hash: &BlobHash) -> Result<()> {
        self.faults.at(IoPoint::BlobRename)?;
        std::fs::rename(from, self.blob_path(hash))?;
        self.faults.at(IoPoint::BlobDirectorySync)?;
        sync_directory(&self.root.join("blobs"))?;
        if let Some(parent) = from.parent() {
            sync_directory(parent)?;
        }
        Ok(())
    }

    /// Reads `len` bytes of an original from `offset`; fewer at its end.
    pub(crate) fn read_blob(&self, hash: &BlobHash, offset: u64, len: u64) -> Result<Vec<u8>> {
        self.faults.at(IoPoint::BlobRead)?;
        let mut file = open(&self.blob_path(hash))?;
        let key = self
            .key
            .of_file(&header(&mut file)?.ok_or(DeviceError::BlobDamaged)?);
        let end = offset.saturating_add(len);
        let (mut out, mut at, mut number) = (Vec::new(), 0_u64, 0_u64);
        while at < end {
            let mut size = [0; 4];
            match file.read_exact(&mut size) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(error.into()),
            }
            let plain = frame_len(size).ok_or(DeviceError::BlobDamaged)?;
            let next = at.saturating_add(u64::from(u32::from_le_bytes(size)));
            if next <= offset {
                let skip = i64::try_from(plain.saturating_add(TAG_BYTES)).unwrap_or(i64::MAX);
                file.seek_relative(skip)?;
            } else {
                let mut secret = vec![0; plain.saturating_add(TAG_BYTES)];
                file.read_exact(&mut secret)?;
                let clear = decrypt(&key, nonce(number), &secret, &size).ok_or(DeviceError::BlobDamaged)?;
                let from = usize::try_from(offset.saturating_sub(at)).unwrap_or(usize::MAX);
                let to = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
                out.extend(clear.get(from..to.min(clear.len())).unwrap_or_default());
            }
            (at, number) = (next, number.saturating_add(1));
        }
        Ok(out)
    }

    /// Begins a recording; its file is durable when this returns.
    pub(crate) fn create_recording(&self, id: [u8; 32]) -> Result<Recorder> {
        self.faults.at(IoPoint::RecordingCreate)?;
        let mut file = create(&self.recording_path(&id))?;
        self.faults.at(IoPoint::RecordingWrite)?;
        file.write_all(MAGIC)?;
        file.write_all(&id)?;
        self.faults.at(IoPoint::RecordingSync)?;
        file.sync_all()?;
        sync_directory(&self.root.join("recordings"))?;
        Ok(Recorder {
            file,
            key: self.key.of_file(&id),
            frames: 0,
            end: HEADER_BYTES,
            sound_bytes: 0,
        })
    }

    /// Goes on with a recording of an earlier run, after its last whole frame.
    pub(crate) fn resume_recording(&self, id: [u8; 32]) -> Result<Recorder> {
        let path = self.recording_path(&id);
        let frames = self.read_recording(&path)?;
        let file = OpenOptions::new().write(true).open(&path)?;
        Ok(Recorder {
            file,
            key: self.key.of_file(&id),
            frames: frames.count,
            end: frames.end,
            sound_bytes: frames.clear.len() as u64,
        })
    }

    /// Adds a piece; durable when this returns. After an error the recording stands as before.
    pub(crate) fn append(&self, recorder: &mut Recorder, piece: &[u8]) -> Result<()> {
        let mut bytes = Vec::new();
        let mut number = recorder.frames;
        for part in piece.chunks(FRAME_BYTES_MAX) {
            bytes.extend(frame(&recorder.key, number, part)?);
            number = number.saturating_add(1);
        }
        self.faults.at(IoPoint::RecordingWrite)?;
        // What a failed write left behind is written over, and cut off where it is longer.
        recorder.file.set_len(recorder.end)?;
        recorder.file.seek(SeekFrom::Start(recorder.end))?;
        recorder.file.write_all(&bytes)?;
        self.faults.at(IoPoint::RecordingSync)?;
        recorder.file.sync_data()?;
        recorder.frames = number;
        recorder.sound_bytes = recorder.sound_bytes.saturating_add(piece.len() as u64);
        recorder.end = recorder.end.saturating_add(bytes.len() as u64);
        Ok(())
    }

    /// Reads all whole frames of a recording.
    pub(crate) fn read_recording(&self, path: &Path) -> Result<Frames> {
        self.faults.at(IoPoint::RecordingRead)?;
        let mut file = open(path)?;
        let id = header(&mut file)?.ok_or(DeviceError::BlobDamaged)?;
        let key = self.key.of_file(&id);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (mut clear, mut rest, mut count) = (Vec::new(), bytes.as_slice(), 0_u64);
        while let Some((size, after)) = rest.split_first_chunk::<4>()
            && let Some(plain) = frame_len(*size)
            && let Some((secret, after)) = after.split_at_checked(plain.saturating_add(TAG_BYTES))
            && let Some(piece) = decrypt(&key, nonce(count), secret, size)
        {
            clear.extend(piece);
            (rest, count) = (after, count.saturating_add(1));
        }
        let whole = bytes.len().saturating_sub(rest.len());
        Ok(Frames {
            clear,
            end: HEADER_BYTES.saturating_add(whole as u64),
            count,
            torn: !rest.is_empty(),
        })
    }

    /// Cuts off what lies behind the last whole frame.
    pub(crate) fn trim_recording(&self, path: &Path, end: u64) -> Result<()> {
        self.faults.at(IoPoint::RecordingWrite)?;
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len(end)?;
        self.faults.at(IoPoint::RecordingSync)?;
        file.sync_all()?;
        Ok(())
    }

    /// Removes a file that is no longer needed; fine where it is gone already.
    pub(crate) fn remove(&self, path: &Path) -> Result<()> {
        self.faults.at(IoPoint::BlobRemove)?;
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The files of a directory whose names are hashes.
    pub(crate) fn list(&self, directory: &str) -> Result<Vec<(PathBuf, Option<[u8; 32]>)>> {
        let mut found = Vec::new();
        for item in std::fs::read_dir(self.root.join(directory))? {
            let item = item?;
            let name = item
                .file_name()
                .to_str()
                .and_then(|name| name.parse::<BlobHash>().ok());
            found.push((item.path(), name.map(|hash| *hash.as_bytes())));
        }
        found.sort();
        Ok(found)
    }

    /// The id that a file was made with; nothing where its header is not whole.
    pub(crate) fn file_id(&self, path: &Path) -> Result<Option<[u8; 32]>> {
        self.faults.at(IoPoint::BlobRead)?;
        header(&mut open(path)?)
    }

    /// Takes a recording back whose rename was not followed by its commit.
    pub(crate) fn take_back(&self, blob: &Path, id: &[u8; 32]) -> Result<()> {
        self.faults.at(IoPoint::BlobRename)?;
        std::fs::rename(blob, self.recording_path(id))?;
        self.faults.at(IoPoint::BlobDirectorySync)?;
        sync_directory(&self.root.join("recordings"))?;
        sync_directory(&self.root.join("blobs"))
    }
}

/// Makes a file anew, for its owner only.
fn create(path: &Path) -> std::io::Result<File> {
    hudang_private::options()
        .create(true)
        .truncate(true)
        .write(true)
        .open(path)
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => DeviceError::BlobGone,
        _ => error.into(),
    })
}

fn header(file: &mut File) -> Result<Option<[u8; 32]>> {
    let mut bytes = [0; 40];
    match file.read_exact(&mut bytes) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let (magic, id) = bytes.split_at(8);
    Ok((magic == MAGIC).then(|| id.try_into().ok()).flatten())
}

fn frame_len(size: [u8; 4]) -> Option<usize> {
    let plain = usize::try_from(u32::from_le_bytes(size)).ok()?;
    (1..=FRAME_BYTES_MAX).contains(&plain).then_some(plain)
}

fn frame(key: &[u8; 32], number: u64, piece: &[u8]) -> Result<Vec<u8>> {
    let size = u32::try_from(piece.len()).unwrap_or(u32::MAX).to_le_bytes();
    let secret = encrypt(key, nonce(number), piece, &size).ok_or(DeviceError::Full)?;
    Ok([size.as_slice(), &secret].concat())
}

fn nonce(number: u64) -> [u8; 24] {
    let mut nonce = [0; 24];
    nonce
        .iter_mut()
        .zip(number.to_le_bytes())
        .for_each(|(to, from)| *to = from);
    nonce
}

fn sync_directory(path: &Path) -> Result<()> {
    Ok(File::open(path)?.sync_all()?)
}
