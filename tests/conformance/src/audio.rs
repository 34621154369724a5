//! Suite `audio`: `audio/expectations.json`.

use std::path::Path;

use hudang_evidence::id::BlobHash;
use hudang_media::audio::{Limits, inspect};

use super::expectation::{Comparison, Expectations, Verdict};
use super::{Failure, Suite};

/// A field that is absent is not asked.
#[derive(serde::Deserialize)]
struct Expected {
    expect: Verdict,
    container: Option<String>,
    codec: Option<String>,
    duration_s: Option<f64>,
    duration_tolerance_s: Option<f64>,
    silent: Option<bool>,
    truncated: Option<bool>,
    longest_gap_s: Option<f64>,
    sha256: Option<String>,
}

/// How far a duration may be off where the case does not say, in seconds.
const DURATION_TOLERANCE_S: f64 = 0.15;
/// How far a gap may be off, in seconds.
const GAP_TOLERANCE_S: f64 = 0.5;

struct Audio(Expectations<Expected>);

/// Opens the suite, if the corpus has it.
pub(super) fn open(corpus: &Path) -> anyhow::Result<Option<Box<dyn Suite>>> {
    Ok(Expectations::open(&corpus.join("audio"))?.map(|cases| Box::new(Audio(cases)) as Box<dyn Suite>))
}

impl Suite for Audio {
    fn name(&self) -> String {
        "audio".to_owned()
    }

    fn cases(&self) -> Vec<String> {
        self.0.ids()
    }

    fn run_case(&self, id: &str) -> Result<(), Failure> {
        let (bytes, expected) = self.0.case(id)?;
        let facts = match (inspect(&bytes, &Limits::default()), expected.expect) {
            (Ok(facts), Verdict::Ok) => facts,
            (Err(_), Verdict::Reject) => return Ok(()),
            (Ok(facts), Verdict::Reject) => {
                return Err(Failure {
                    expected: "reject".to_owned(),
                    got: format!("ok: {facts:?}"),
                });
            }
            (Err(error), Verdict::Ok) => {
                return Err(Failure {
                    expected: "ok".to_owned(),
                    got: format!("{}: {error}", error.code()),
                });
            }
        };
        let mut comparison = Comparison::default();
        comparison.same(
            "container",
            expected.container.as_deref(),
            &facts.container.as_str(),
        );
        comparison.same("codec", expected.codec.as_deref(), &facts.codec.as_str());
        let tolerance = expected.duration_tolerance_s.unwrap_or(DURATION_TOLERANCE_S);
        comparison.near(
            "duration_s",
            expected.duration_s,
            tolerance,
            seconds(facts.duration_ms),
        );
        comparison.same("silent", expected.silent, &facts.silent);
        comparison.same("truncated", expected.truncated, &facts.truncated);
        comparison.near(
            "longest_gap_s",
            expected.longest_gap_s,
            GAP_TOLERANCE_S,
            seconds(facts.longest_gap_ms),
        );
        comparison.same(
            "sha256",
            expected.sha256.clone(),
            &BlobHash::of(&bytes).to_string(),
        );
        comparison.result()
    }
}

fn seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}
