//! Suite `photos/reuse`: `photos/reuse/pairs.json`. Two figures, each one case: how many of the pairs of one scene are
//! found, and how many pairs of different scenes are taken for one.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use hudang_media::photo::{Fingerprint, Limits, REUSE_DISTANCE_MAX, fingerprint};

use super::{Failure, Suite};

const FOUND_PERCENT_MIN: f64 = 95.0;
const MISTAKEN_PERCENT_MAX: f64 = 0.5;

const FOUND: &str = "found";
const MISTAKEN: &str = "mistaken";

#[derive(serde::Deserialize)]
struct Pairs {
    scenes: Vec<Scene>,
}

#[derive(serde::Deserialize)]
struct Scene {
    files: Vec<String>,
}

struct Reuse {
    folder: PathBuf,
    pairs: Pairs,
}

/// Opens the suite, if the corpus has it.
pub(super) fn open(corpus: &Path) -> anyhow::Result<Option<Box<dyn Suite>>> {
    let folder = corpus.join("photos/reuse");
    let path = folder.join("pairs.json");
    if !path.is_file() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("Read {}", path.display()))?;
    let pairs = serde_json::from_str(&text).with_context(|| format!("Parse {}", path.display()))?;
    Ok(Some(Box::new(Reuse { folder, pairs })))
}

impl Suite for Reuse {
    fn name(&self) -> String {
        "photos/reuse".to_owned()
    }

    fn cases(&self) -> Vec<String> {
        vec![FOUND.to_owned(), MISTAKEN.to_owned()]
    }

    fn run_case(&self, id: &str) -> Result<(), Failure> {
        let photos = self.photos()?;
        // Pairs of one scene, or of different ones; and those of them that are close.
        let (mut pairs, mut close) = (0_u32, 0_u32);
        for (index, (scene, photo)) in photos.iter().enumerate() {
            for (other_scene, other) in photos.iter().skip(index + 1) {
                if (scene == other_scene) == (id == FOUND) {
                    pairs += 1;
                    close += u32::from(photo.distance(other.upright()) <= REUSE_DISTANCE_MAX);
                }
            }
        }
        let percent = 100.0 * f64::from(close) / f64::from(pairs.max(1));
        let (passes, expected) = if id == FOUND {
            (
                percent >= FOUND_PERCENT_MIN,
                format!("at least {FOUND_PERCENT_MIN} % of the pairs of one scene"),
            )
        } else {
            (
                percent <= MISTAKEN_PERCENT_MAX,
                format!("at most {MISTAKEN_PERCENT_MAX} % of the pairs of different scenes"),
            )
        };
        let got = format!("{percent:.2} % ({close} of {pairs})");
        if passes {
            Ok(())
        } else {
            Err(Failure { expected, got })
        }
    }
}

impl Reuse {
    /// Every photo with the number of its scene.
    fn photos(&self) -> Result<Vec<(usize, Fingerprint)>, Failure> {
        let mut photos = Vec::new();
        for (scene, Scene { files }) in self.pairs.scenes.iter().enumerate() {
            for file in files {
                let fail = |got: String| Failure {
                    expected: format!("the fingerprint of {file}"),
                    got,
                };
                let bytes = std::fs::read(self.folder.join(file)).map_err(|error| fail(error.to_string()))?;
                let found =
                    fingerprint(&bytes, &Limits::default()).map_err(|error| fail(error.to_string()))?;
                photos.push((scene, found));
            }
        }
        Ok(photos)
    }
}
