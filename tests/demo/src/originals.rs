//! Photos and recordings of the visits: real ones of the corpus as far as their scenes differ, then made ones, so
//! that no honest visit is flagged.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use hudang_media::audio;
use hudang_media::photo::{Fingerprint, Limits, REUSE_DISTANCE_MAX, fingerprint};
use hudang_testkit::picture::picture;

pub(crate) struct Originals {
    pub(crate) photos: Vec<Vec<u8>>,
    pub(crate) real_photos: usize,
    pub(crate) recordings: Vec<Vec<u8>>,
}

impl Originals {
    pub(crate) fn gather(corpus: &Path, photos: usize) -> anyhow::Result<Self> {
        let mut scenes = Scenes::default();
        for path in files(&corpus.join("photos/plain"))? {
            scenes.offer(
                std::fs::read(&path).with_context(|| format!("Read {}", path.display()))?,
                photos,
            );
        }
        let real_photos = scenes.photos.len();
        (0..=u8::MAX).for_each(|n| scenes.offer(picture(n), photos));
        anyhow::ensure!(scenes.photos.len() == photos, "too few scenes that differ");
        let mut recordings = Vec::new();
        for path in files(&corpus.join("audio"))? {
            let bytes = std::fs::read(&path).with_context(|| format!("Read {}", path.display()))?;
            let sound = audio::inspect(&bytes, &audio::Limits::default());
            if sound.is_ok_and(|facts| !facts.silent && !facts.truncated && !facts.damaged) {
                recordings.push(bytes);
            }
        }
        Ok(Self {
            photos: scenes.photos,
            real_photos,
            recordings,
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
