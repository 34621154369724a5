//! What the cameras and microphones of the phones take: pictures and interviews of the corpus as far as they differ from each
//! other, then made ones, so that no honest visit looks or sounds like another.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::NaiveDateTime;
use hudang_media::audio;
use hudang_media::photo::{Fingerprint, Limits, REUSE_DISTANCE_MAX, fingerprint, inspect};
use hudang_testkit::dibao::{PHOTOS_ASKING, PHOTOS_LOOKING};
use hudang_testkit::picture::{picture, scene, taken_at};
use hudang_testkit::sound::speech;

/// The contract wants three seconds of an interview.
const SPOKEN_MS_MIN: u64 = 3_500;
/// So long the made ones are.
const SPOKEN_S: u32 = 6;
/// The corpus's interviews, one file of each voice: the same words in another container would sound alike.
const VOICES: [&str; 4] = [
    "consent.webm",
    "interview-a-fragmented.m4a",
    "interview-b.webm",
    "interview-c.m4a",
];
/// Made scenes that are tried.
const TRIED_MAX: u32 = 1_000;
/// A picture that is smaller is no photo of a phone.
const SIDE_MIN: u32 = 200;

/// What one household gives to see and hear.
pub(crate) struct Originals {
    /// By what they are for.
    pub(crate) photos: Vec<(&'static str, Vec<u8>)>,
    pub(crate) signature: Vec<u8>,
    pub(crate) recording: Vec<u8>,
}

/// Originals of so many households, all taken now.
pub(crate) fn gather(corpus: &Path, households: usize, now: NaiveDateTime) -> anyhow::Result<Vec<Originals>> {
    let purposes = [&PHOTOS_ASKING[..], &PHOTOS_LOOKING].concat();
    let taken = now.format("%Y:%m:%d %H:%M:%S").to_string();
    let photos = households * purposes.len();
    let mut scenes = Scenes::default();
    for path in files(&corpus.join("photos/plain"))? {
        let photo = std::fs::read(&path).with_context(|| format!("Read {}", path.display()))?;
        // Time and place of a picture that was taken elsewhere years ago would rightly be found.
        scenes.offer(taken_at(&photo, &taken), photos);
    }
    (0..TRIED_MAX).for_each(|n| scenes.offer_made(photos, || taken_at(&scene(n), &taken)));
    // A signature is a picture too, and none may look like a photo of another household.
    let wanted = photos + households;
    (0..u8::MAX).for_each(|n| scenes.offer_made(wanted, || Some(picture(n))));
    anyhow::ensure!(scenes.pictures.len() == wanted, "too few scenes that differ");
    let signatures = scenes.pictures.split_off(photos);
    let mut recordings = interviews(corpus, households)?;
    for n in recordings.len()..households {
        recordings.push(speech(u32::try_from(n)?, SPOKEN_S));
    }
    let of_households = scenes
        .pictures
        .chunks(purposes.len())
        .zip(signatures)
        .zip(recordings);
    let originals = of_households.map(|((photos, signature), recording)| Originals {
        photos: purposes.iter().copied().zip(photos.iter().cloned()).collect(),
        signature,
        recording,
    });
    Ok(originals.collect())
}

/// What was said to the corpus's microphones.
fn interviews(corpus: &Path, wanted: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for path in files(&corpus.join("audio"))? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !VOICES.contains(&name.as_ref()) {
            continue;
        }
        let bytes = std::fs::read(&path).with_context(|| format!("Read {}", path.display()))?;
        let sound = audio::inspect(&bytes, &audio::Limits::default());
        let speaks = |facts: audio::AudioFacts| {
            !facts.silent && !facts.truncated && !facts.damaged && facts.duration_ms >= SPOKEN_MS_MIN
        };
        if sound.is_ok_and(speaks) {
            found.push(bytes);
        }
    }
    found.truncate(wanted);
    Ok(found)
}

/// Pictures of which no two look alike.
#[derive(Default)]
struct Scenes {
    pictures: Vec<Vec<u8>>,
    prints: Vec<Fingerprint>,
}

impl Scenes {
    /// Takes a photo up to so many in all; one that is cut off or small is none.
    fn offer(&mut self, photo: Option<Vec<u8>>, wanted: usize) {
        let is_photo = |bytes: &Vec<u8>| {
            let facts = inspect(bytes, &Limits::default());
            facts.is_ok_and(|facts| !facts.truncated && facts.width.min(facts.height) >= SIDE_MIN)
        };
        if let Some(photo) = photo.filter(is_photo) {
            self.offer_made(wanted, || Some(photo));
        }
    }

    fn offer_made(&mut self, wanted: usize, make: impl FnOnce() -> Option<Vec<u8>>) {
        if self.pictures.len() == wanted {
            return;
        }
        let Some(bytes) = make() else { return };
        let Ok(print) = fingerprint(&bytes, &Limits::default()) else {
            return;
        };
        let is_like = |known: &Fingerprint| print.distance(known.upright()) <= REUSE_DISTANCE_MAX;
        if !self.prints.iter().any(is_like) {
            self.pictures.push(bytes);
            self.prints.push(print);
        }
    }
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<Result<Vec<_>, _>>()?;
    paths.retain(|path| path.is_file() && path.extension().is_none_or(|extension| extension != "json"));
    paths.sort();
    Ok(paths)
}
