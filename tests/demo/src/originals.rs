//! Photos and recordings of the visits: real ones of the corpus as far as their scenes differ, then made ones, so
//! that no honest visit is flagged.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use hudang_media::audio;
use hudang_media::photo::{Fingerprint, Limits, REUSE_DISTANCE_MAX, fingerprint};
use hudang_testkit::picture::picture;

/// The contract wants three seconds of an interview.
const SPOKEN_MS_MIN: u64 = 3_500;

pub(crate) struct Originals {
    pub(crate) photos: Vec<Vec<u8>>,
    real_photos: usize,
    real_recordings: usize,
    pub(crate) recordings: Vec<Vec<u8>>,
    pub(crate) signatures: Vec<Vec<u8>>,
}

impl Originals {
    /// What there is of which kind.
    pub(crate) fn told(&self) -> String {
        format!(
            "原件：{} 张真实照片，{} 张生成照片，{} 段真实录音，{} 段生成录音",
            self.real_photos,
            self.photos.len() - self.real_photos,
            self.real_recordings,
            self.recordings.len() - self.real_recordings
        )
    }

    pub(crate) fn gather(corpus: &Path, visits: usize) -> anyhow::Result<Self> {
        let mut scenes = Scenes::default();
        for path in files(&corpus.join("photos/plain"))? {
            scenes.offer(
                std::fs::read(&path).with_context(|| format!("Read {}", path.display()))?,
                visits,
            );
        }
        let real_photos = scenes.photos.len();
        (0..=u8::MAX).for_each(|n| scenes.offer(picture(n), 2 * visits));
        anyhow::ensure!(scenes.photos.len() == 2 * visits, "too few scenes that differ");
        // A signature is a picture too, and none may look like a photo of another household.
        let signatures = scenes.photos.split_off(visits);
        let mut recordings = Vec::new();
        for path in files(&corpus.join("audio"))? {
            let bytes = std::fs::read(&path).with_context(|| format!("Read {}", path.display()))?;
            let sound = audio::inspect(&bytes, &audio::Limits::default());
            let speaks = |facts: audio::AudioFacts| {
                !facts.silent && !facts.truncated && !facts.damaged && facts.duration_ms >= SPOKEN_MS_MIN
            };
            if recordings.len() < visits && sound.is_ok_and(speaks) {
                recordings.push(bytes);
            }
        }
        let real_recordings = recordings.len();
        for n in recordings.len()..visits {
            recordings.push(hudang_testkit::sound::tone(u32::try_from(n)? + 1));
        }
        Ok(Self {
            photos: scenes.photos,
            real_photos,
            real_recordings,
            recordings,
            signatures,
        })
    }
}

/// Pictures of which no two look alike.
#[derive(Default)]
struct Scenes {
    photos: Vec<Vec<u8>>,
    prints: Vec<Fingerprint>,
}

impl Scenes {
    fn offer(&mut self, bytes: Vec<u8>, wanted: usize) {
        let Ok(print) = fingerprint(&bytes, &Limits::default()) else {
            return;
        };
        let is_like = |known: &Fingerprint| print.distance(known.upright()) <= REUSE_DISTANCE_MAX;
        if self.photos.len() < wanted && !self.prints.iter().any(is_like) {
            self.photos.push(bytes);
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
