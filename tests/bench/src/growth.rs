//! Does a server slow down as visits grow in number, and how much memory does it take?
//!
//! A hundred thousand whole visits go through HTTPS into one archive. The last thousand are timed beside the first
//! ones; then fifty phones sync as on a working day, and the server's memory is read.

use std::time::Instant;

use hudang_sync::wire::SyncRequest;

use crate::Row;
use crate::door::Door;
use crate::ingest::{prepared, pulled, pushed_per_second};
use crate::percentile::percentile;
use crate::served::Served;
use crate::visits::{ANSWERS, Pair, work_of};

/// Fifty phones.
const PAIRS: usize = 25;
const VISITS: usize = 100_000;
/// So many are timed at either end, and made at a time.
const TIMED: usize = 1_000;
/// Of so many times at either end the median is taken.
const ENDS: usize = 5;
/// How often each phone asks at the end.
const ASKS: usize = 40;

pub(crate) fn run() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let (root, mut pairs) = prepared(folder.path(), PAIRS, VISITS);
    let server = Served::start(&root);
    let door = Door::to(&server);
    let mut cursors = pulled(&door, &mut pairs);
    let median_of = |rates: &[f64]| percentile(rates.to_vec(), 50);
    let (mut rates, started) = (Vec::new(), Instant::now());
    for from in (0..VISITS).step_by(TIMED) {
        let work = work_of(&mut pairs, from, TIMED, ANSWERS);
        rates.push(pushed_per_second(&door, &mut pairs, &mut cursors, &work));
        if from % 10_000 == 0 {
            let (now_mb, most_mb) = server.memory_mb();
            let rate = rates.last().copied().unwrap_or_default();
            let minutes = started.elapsed().as_secs_f64() / 60.0;
            eprintln!(
                "growth: {from} visits, {rate:.0}/s, {now_mb:.0} MB now, {most_mb:.0} MB at most, {minutes:.1} min"
            );
        }
    }
    let (first, last) = (median_of(&rates[..ENDS]), median_of(&rates[rates.len() - ENDS..]));
    working_day(&door, &mut pairs, &cursors);
    let (_, most_mb) = server.memory_mb();
    vec![
        Row {
            id: "growth",
            what: format!(
                "visits taken in per second over HTTPS by an archive of {VISITS}, beside one of {TIMED}"
            ),
            ours: last,
            beside: first,
            unit: "1/s",
            ratio: last / first,
            goal: "≥ 0.9".to_owned(),
            met: last / first >= 0.9,
        },
        Row {
            id: "memory",
            what: format!(
                "most memory of a server with {VISITS} visits under {} phones, from its start",
                2 * PAIRS
            ),
            ours: most_mb,
            beside: 200.0,
            unit: "MB",
            ratio: most_mb / 200.0,
            goal: "≤ 200 MB".to_owned(),
            met: most_mb <= 200.0,
        },
    ]
}

/// All phones ask again and again; half of the times as one that was set up anew and has seen nothing.
fn working_day(door: &Door, pairs: &mut [Pair], cursors: &[[u64; 2]]) {
    std::thread::scope(|scope| {
        for (pair, cursors) in pairs.iter_mut().zip(cursors) {
            for (phone, cursor) in pair.iter_mut().zip(cursors) {
                scope.spawn(move || {
                    for ask in 0..ASKS {
                        let request = SyncRequest {
                            cursor: if ask % 2 == 0 { *cursor } else { 0 },
                            ..SyncRequest::default()
                        };
                        door.send(phone, &request);
                    }
                });
            }
        }
    });
}
