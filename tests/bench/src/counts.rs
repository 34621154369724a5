//! The table of counts as visits grow in number.
//!
//! A million visits are not taken in for this: their rows, and the counts that follow from them, are written into
//! an archive's tables as `derive` writes them, in 12 areas, 12 periods and 8 states. What is measured is the
//! archive's own reading.

use std::path::Path;
use std::time::Instant;

use hudang_testkit::office::{contract, local, open, put_contract};

use crate::Row;
use crate::percentile::percentile;

const SIZES: [u32; 3] = [10_000, 100_000, 1_000_000];
const STATES: [(&str, &str); 8] = [
    ("assigned", ""),
    ("draft", ""),
    ("sealed", "entries-awaited"),
    ("received", "incomplete"),
    ("counted", ""),
    ("checked", ""),
    ("accepted", ""),
    ("rejected", "refused"),
];
const READINGS: usize = 300;

pub(crate) fn run() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("archive");
    let archive = open(&root);
    put_contract(&archive);
    archive.close();
    let (mut filled, mut smallest_ms, mut rows) = (0, None, Vec::new());
    for visits in SIZES {
        fill(&root.join("archive.db"), filled, visits);
        filled = visits;
        let ours = median_ms(&root, visits);
        let beside = *smallest_ms.get_or_insert(ours);
        rows.push(Row {
            id: "counts",
            what: format!(
                "counts by area, period and state of {visits} visits, median, beside those of {}",
                SIZES[0]
            ),
            ours,
            beside,
            unit: "ms",
            ratio: ours / beside,
            goal: "≤ 1.5, ≤ 50 ms".to_owned(),
            met: ours / beside <= 1.5 && ours <= 50.0,
        });
    }
    rows
}

fn median_ms(root: &Path, visits: u32) -> f64 {
    let archive = open(root);
    let id = contract().id;
    let times: Vec<f64> = (0..READINGS)
        .map(|_| {
            let started = Instant::now();
            let counts = archive.counts(&local(), &id).unwrap();
            let time = started.elapsed().as_secs_f64() * 1_000.0;
            let sum: u64 = counts.iter().map(|count| count.visits).sum();
            assert_eq!(sum, u64::from(visits));
            time
        })
        .collect();
    archive.close();
    percentile(times, 50)
}

/// Writes the rows of the visits from `from` to `to`, and the counts anew.
fn fill(database: &Path, from: u32, to: u32) {
    let mut db = rusqlite::Connection::open(database).unwrap();
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;")
        .unwrap();
    let transaction = db.transaction().unwrap();
    let contract = contract().id;
    let mut insert = transaction
        .prepare(
            "INSERT INTO visit (id, household, contract, org, area, period, state, reason, outcome, opened_ms,
             received_ms, seal, standing) VALUES (?1, ?1, ?2, '', ?3, ?4, ?5, ?6, 'done', ?7, 0, x'', '{}')",
        )
        .unwrap();
    for n in from..to {
        let (state, reason) = STATES[n as usize % STATES.len()];
        let area = 152_500 + n / 8 % 12;
        let period = format!("2026-{:02}", n / 96 % 12 + 1);
        let id = u128::from(n).to_be_bytes();
        let values = rusqlite::params![id, contract.as_str(), area.to_string(), period, state, reason, n];
        insert.execute(values).unwrap();
    }
    drop(insert);
    transaction
        .execute_batch(
            "DELETE FROM counts; INSERT INTO counts (contract, org, area, period, state, reason, n)
             SELECT contract, org, area, period, state, reason, count(*) FROM visit
             GROUP BY contract, org, area, period, state, reason;",
        )
        .unwrap();
    transaction.commit().unwrap();
}
