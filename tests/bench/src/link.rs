//! One visit over a modelled 2G link: 30 kbit/s, 2 s round trip, 5 % of packets lost, TLS 1.3 resumed.
//!
//! The model: one round trip for TCP, one for TLS (resumed, no early data), one for request and answer. Packets of
//! 1,400 bytes with 60 bytes of headers go one after another; a lost one is sent again after a timeout of one round
//! trip and a half, and waits the round trip again.

use hudang_sync::wire::pack;
use hudang_testkit::chance::Chance;
use hudang_testkit::office::{DAY_MS, open};

use crate::Row;
use crate::percentile::percentile;
use crate::visits::{ANSWERS, assign, made, office};

const BITS_PER_S: f64 = 30_000.0;
const ROUND_TRIP_S: f64 = 2.0;
const LOST_PER_MILLE: usize = 50;
const PACKET_BYTES: usize = 1_400;
const HEADER_BYTES: usize = 60;
/// HTTP headers with the signature, and what TLS adds.
const REQUEST_OVERHEAD_BYTES: usize = 900;
const ANSWER_OVERHEAD_BYTES: usize = 300;
const RUNS: usize = 1_000;

pub(crate) fn run() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    let mut pairs = office(&archive, 1);
    assign(&archive, &pairs, 0, 1);
    let one = made(0, ANSWERS, &mut pairs[0]);
    let [jia, yi] = &mut pairs[0];
    yi.sends(&archive, one.of_second(), 5 * DAY_MS);
    let up = pack(&one.of_first()).unwrap().len();
    let answer = jia.sends(&archive, one.of_first(), 5 * DAY_MS);
    assert_eq!(
        answer.receipts.len(),
        1,
        "the seal's receipt is in the one answer"
    );
    let down = pack(&answer).unwrap().len();
    let mut chance = Chance::new(2);
    let seconds: Vec<f64> = (0..RUNS).map(|_| once(&mut chance, up, down)).collect();
    let p95 = percentile(seconds, 95);
    vec![Row {
        id: "link",
        what: format!("seconds until the seal's receipt over 2G, p95 of {RUNS}; {up} B up, {down} B down"),
        ours: p95,
        beside: 20.0,
        unit: "s",
        ratio: p95 / 20.0,
        goal: "≤ 20 s".to_owned(),
        met: p95 <= 20.0,
    }]
}

fn once(chance: &mut Chance, up: usize, down: usize) -> f64 {
    let handshakes = (0..2).map(|_| sent(chance, 300) + ROUND_TRIP_S).sum::<f64>();
    handshakes
        + sent(chance, up + REQUEST_OVERHEAD_BYTES)
        + ROUND_TRIP_S
        + sent(chance, down + ANSWER_OVERHEAD_BYTES)
}

/// Seconds until all packets of a message are through.
fn sent(chance: &mut Chance, bytes: usize) -> f64 {
    let mut seconds = 0.0;
    for _ in 0..bytes.div_ceil(PACKET_BYTES) {
        let packet = PACKET_BYTES.min(bytes) + HEADER_BYTES;
        seconds += packet as f64 * 8.0 / BITS_PER_S;
        while chance.happens(LOST_PER_MILLE) {
            seconds += 1.5 * ROUND_TRIP_S + packet as f64 * 8.0 / BITS_PER_S;
        }
    }
    seconds
}
