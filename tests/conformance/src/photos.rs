//! Suite `photos`: `photos/expectations.json`.

use std::path::Path;

use hudang_evidence::id::BlobHash;
use hudang_media::photo::{Limits, inspect};

use super::expectation::{Comparison, Expectations, Verdict};
use super::{Failure, Suite};

/// A field that is absent is not asked.
#[derive(serde::Deserialize)]
struct Expected {
    expect: Verdict,
    format: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    orientation: Option<u8>,
    taken_local: Option<String>,
    gps_deg: Option<[f64; 2]>,
    sha256: Option<String>,
    truncated: Option<bool>,
}

/// How far a coordinate may be off, in degrees.
const GPS_TOLERANCE_DEG: f64 = 1e-5;

struct Photos(Expectations<Expected>);

/// Opens the suite, if the corpus has it.
pub(super) fn open(corpus: &Path) -> anyhow::Result<Option<Box<dyn Suite>>> {
    Ok(Expectations::open(&corpus.join("photos"))?.map(|cases| Box::new(Photos(cases)) as Box<dyn Suite>))
}

impl Suite for Photos {
    fn name(&self) -> String {
        "photos".to_owned()
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
        comparison.same("format", expected.format.as_deref(), &facts.format.as_str());
        comparison.same("width", expected.width, &facts.width);
        comparison.same("height", expected.height, &facts.height);
        comparison.same("orientation", expected.orientation, &facts.orientation.exif());
        let taken = facts
            .taken_local
            .map(|time| time.format("%Y:%m:%d %H:%M:%S").to_string());
        comparison.same("taken_local", expected.taken_local.clone().map(Some), &taken);
        comparison.same(
            "sha256",
            expected.sha256.clone(),
            &BlobHash::of(&bytes).to_string(),
        );
        comparison.same("truncated", expected.truncated, &facts.truncated);
        if let Some([latitude, longitude]) = expected.gps_deg {
            let degrees = |e7: i32| f64::from(e7) / 1e7;
            let got = facts
                .position
                .map(|place| (degrees(place.lat_e7), degrees(place.lon_e7)));
            comparison.same("position", Some(true), &got.is_some());
            let (got_latitude, got_longitude) = got.unwrap_or_default();
            comparison.near("latitude", Some(latitude), GPS_TOLERANCE_DEG, got_latitude);
            comparison.near("longitude", Some(longitude), GPS_TOLERANCE_DEG, got_longitude);
        }
        comparison.result()
    }
}
