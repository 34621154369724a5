//! `phone photo`, `audio`, `audio-unfinished`, `sign`, `original`.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write as _};
use std::path::Path;

use hudang_device::{DeviceError, Hand, RecordingId, Signatory};
use hudang_evidence::body::{SignerRole, Source};
use hudang_evidence::id::{BlobHash, EntryId, PersonId, Sha256, VisitId};
use hudang_evidence::time::WallTime;
use hudang_media::{audio, photo};
use serde::Serialize;

use crate::args::{By, PhoneAct, Unfinished};
use crate::error::Failure;
use crate::output::Output;

use super::store::Store;
use super::{Done, name, saved, stated};

/// Less than a second of any recording that a phone makes.
const PIECE_BYTES: usize = 16 << 10;
/// Bytes of an original read at once.
const READ_BYTES: u64 = 1 << 20;

#[derive(Serialize)]
struct Photographed {
    entry: String,
    sha256: String,
    bytes: u64,
    format: &'static str,
    width: u32,
    height: u32,
    /// The file ends early: kept as it is, and worth another look.
    truncated: bool,
}

#[derive(Serialize)]
struct Recording {
    id: String,
    visit: String,
    purpose: String,
    started: WallTime,
    bytes: u64,
}

pub(crate) fn run(store: &mut Store, act: PhoneAct, output: &Output) -> Result<(), Failure> {
    match act {
        PhoneAct::Photo {
            visit,
            file,
            purpose,
            imported,
            by,
        } => {
            let source = if imported { Source::Import } else { Source::Camera };
            let visit = name::visit(&store.device, &visit)?;
            let bytes = read_bounded(&file, photo::Limits::default().size_bytes_max)?;
            let person = store.signer(&by)?;
            let entry = store.device.add_photo(&person, visit, &bytes, &purpose, source)?;
            photographed(output, entry, &bytes)
        }
        PhoneAct::Sign {
            visit,
            file,
            role,
            thumbprint,
            proxy,
            by,
        } => {
            let hand = match proxy {
                Some(name) => Hand::Proxy(name),
                None if thumbprint => Hand::Thumbprint,
                None => Hand::Own,
            };
            let role: SignerRole = name::word("签名人", "role", &role)?;
            let visit = name::visit(&store.device, &visit)?;
            let bytes = read_bounded(&file, photo::Limits::default().size_bytes_max)?;
            let person = store.signer(&by)?;
            let signatory = match role {
                SignerRole::Household => Signatory::Household,
                SignerRole::Neighbour => Signatory::Neighbour,
                SignerRole::Investigator => Signatory::Investigator(person.clone()),
            };
            let entry = store
                .device
                .add_signature(&person, visit, &bytes, &signatory, &hand)?;
            photographed(output, entry, &bytes)
        }
        PhoneAct::Audio {
            visit,
            file,
            purpose,
            by,
        } => {
            let visit = name::visit(&store.device, &visit)?;
            stated(output, record(store, visit, &file, &purpose, &by)?)
        }
        PhoneAct::AudioUnfinished { act } => unfinished(store, &act, output),
        PhoneAct::Original { sha256, out } => original(store, &sha256, &out, output),
        _ => Ok(()),
    }
}

/// Reads a file up to one byte more than the limit, so that what is too large is refused by its size and not by the
/// memory that it takes.
fn read_bounded(path: &Path, size_bytes_max: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| {
            file.take(size_bytes_max.saturating_add(1))
                .read_to_end(&mut bytes)
        })
        .map_err(|error| Failure::file(path, &error))?;
    Ok(bytes)
}

fn photographed(output: &Output, entry: EntryId, bytes: &[u8]) -> Result<(), Failure> {
    let facts = photo::inspect(bytes, &photo::Limits::default()).map_err(DeviceError::from)?;
    let photo = Photographed {
        entry: entry.to_string(),
        sha256: BlobHash::of(bytes).to_string(),
        bytes: facts.size_bytes,
        format: facts.format.as_str(),
        width: facts.width,
        height: facts.height,
        truncated: facts.truncated,
    };
    output.result(&photo, |photo| {
        let Photographed {
            entry, width, height, ..
        } = photo;
        println!("{} {entry} {width}×{height}", output.say("已记录", "stated"));
        if photo.truncated {
            println!(
                "{}",
                output.say(
                    "照片不完整，已照原样保存；最好再拍一张。",
                    "The photo ends early; it is kept as it is. Better take another."
                )
            );
        }
    })
}

/// Streams a file, or standard input, into a recording. A file is looked at first: what is no recording begins none.
/// Standard input is a microphone: what a kill cuts off is offered by `audio-unfinished`.
fn record(
    store: &mut Store,
    visit: VisitId,
    file: &Path,
    purpose: &str,
    by: &By,
) -> Result<EntryId, Failure> {
    let person = store.signer(by)?;
    if file == Path::new("-") {
        return feed(store, visit, &person, purpose, file, &mut std::io::stdin().lock());
    }
    let limits = audio::Limits::default();
    let bytes = read_bounded(file, limits.size_bytes_max)?;
    audio::inspect(&bytes, &limits).map_err(DeviceError::from)?;
    feed(store, visit, &person, purpose, file, &mut bytes.as_slice())
}

fn feed(
    store: &mut Store,
    visit: VisitId,
    person: &PersonId,
    purpose: &str,
    file: &Path,
    sound: &mut dyn Read,
) -> Result<EntryId, Failure> {
    let recording = store.device.recording_start(person, visit, purpose)?;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let len = match sound.read(&mut piece) {
            Ok(len) => len,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::file(file, &error)),
        };
        if len == 0 {
            break;
        }
        store
            .device
            .recording_append(recording, piece.get(..len).unwrap_or_default())?;
    }
    Ok(store.device.recording_finish(recording)?)
}

fn recording_id(text: &str) -> Result<RecordingId, Failure> {
    let id: Sha256 = text
        .parse()
        .map_err(|_| Failure::input("录音编号", "id of a recording", text))?;
    Ok(RecordingId::from_bytes(*id.as_bytes()))
}

fn unfinished(store: &mut Store, act: &Unfinished, output: &Output) -> Result<(), Failure> {
    if let Some(id) = &act.finish {
        let id = recording_id(id)?;
        let people = store.device.people()?;
        let offered = store.device.recordings_unfinished()?;
        let dev = offered.iter().find(|one| one.id == id).map(|one| one.dev);
        let dev = dev.ok_or(DeviceError::RecordingUnknown)?;
        // Who got a new key since is asked for the new one's PIN by the device itself.
        if let Some(owner) = people.iter().find(|person| person.dev == dev) {
            store.unlock(&owner.person)?;
        } else {
            for person in &people {
                store.unlock(&person.person)?;
            }
        }
        let entry = store.device.recording_finish(id)?;
        return stated(output, entry);
    }
    if let Some(id) = &act.discard {
        store.device.recording_discard(recording_id(id)?)?;
        return saved(output);
    }
    let mut recordings = Vec::new();
    for one in store.device.recordings_unfinished()? {
        let bytes = store.device.recording_bytes(one.id)?.len();
        recordings.push(Recording {
            id: Sha256::from_bytes(*one.id.as_bytes()).to_string(),
            visit: one.visit.to_string(),
            purpose: one.purpose,
            started: WallTime::from_ms_clamped(one.started_ms),
            bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
        });
    }
    output.result(&recordings, |recordings| {
        let heads = [
            ("入户", "visit"),
            ("用途", "purpose"),
            ("开始", "began"),
            ("字节", "bytes"),
            ("编号", "id"),
        ];
        let row = |one: &Recording| {
            vec![
                one.visit.clone(),
                one.purpose.clone(),
                one.started.to_string(),
                one.bytes.to_string(),
                one.id.clone(),
            ]
        };
        output.table(&heads, recordings.iter().map(row));
    })
}

/// Writes an original to a new file; a file that is there is left alone.
fn original(store: &Store, sha256: &str, out: &Path, output: &Output) -> Result<(), Failure> {
    let hash: BlobHash = sha256
        .parse()
        .map_err(|_| Failure::input("原件 SHA-256", "SHA-256 of an original", sha256))?;
    let mut piece = store.device.read_blob(&hash, 0, READ_BYTES)?;
    let file = OpenOptions::new().write(true).create_new(true).open(out);
    let mut file = file.map_err(|error| Failure::file(out, &error))?;
    let mut offset = 0_u64;
    while !piece.is_empty() {
        file.write_all(&piece)
            .map_err(|error| Failure::file(out, &error))?;
        offset = offset.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        piece = store.device.read_blob(&hash, offset, READ_BYTES)?;
    }
    file.sync_all().map_err(|error| Failure::file(out, &error))?;
    output.result(&Done { done: true }, |_| println!("{}", out.display()))
}
