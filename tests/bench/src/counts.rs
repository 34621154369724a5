//! The table of counts as visits grow in number. Visits are assigned ones: their number is what matters.

use std::time::Instant;

use hudang_testkit::office::{contract, open};

use crate::Row;
use crate::visits::{assign, office};

const SIZES: [usize; 3] = [1_000, 10_000, 50_000];

pub(crate) fn run() -> Vec<Row> {
    let mut smallest_ms = None;
    SIZES
        .into_iter()
        .map(|visits| {
            let folder = tempfile::tempdir().unwrap();
            let archive = open(&folder.path().join("archive"));
            let pairs = office(&archive, 1);
            assign(&archive, &pairs, 0, visits);
            let id = contract().id;
            let mut times: Vec<f64> = (0..200)
                .map(|_| {
                    let started = Instant::now();
                    assert!(!archive.counts(&id).unwrap().is_empty());
                    started.elapsed().as_secs_f64() * 1_000.0
                })
                .collect();
            times.sort_by(f64::total_cmp);
            let ours = times[times.len() / 2];
            let beside = *smallest_ms.get_or_insert(ours);
            Row {
                id: "counts",
                what: format!("counts of {visits} visits, median, beside those of {}", SIZES[0]),
                ours,
                beside,
                unit: "ms",
                ratio: ours / beside,
                goal: "≤ 1.5, ≤ 50 ms".to_owned(),
                met: ours / beside <= 1.5 && ours <= 50.0,
            }
        })
        .collect()
}
