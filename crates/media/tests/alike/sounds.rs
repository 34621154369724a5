//! Recordings: encoded anew, cut at their ends, played into a microphone; and how much of them is speech.

use std::collections::BTreeMap;
use std::path::Path;

use hudang_media::audio::{self, AudioFacts, AudioSketch, Limits};
use hudang_testkit::voice as voices;

use super::{Rates, corpus};

const RATE_HZ: usize = voices::RATE_HZ as usize;

fn facts(bytes: &[u8]) -> AudioFacts {
    audio::inspect(bytes, &Limits::default()).unwrap()
}

/// What the archive asks of two recordings: whether it would compare them at all, and then compare them.
fn is_found(a: &AudioSketch, b: &AudioSketch) -> bool {
    let shared = a.words().intersection(&b.words()).count();
    shared >= audio::SHARED_WORDS_MIN as usize && a.is_alike(b)
}

/// All that is done to one recording of a minute, as files.
fn copies(samples: &[f32], seed: u64) -> Vec<(&'static str, Vec<u8>)> {
    let length = samples.len();
    let (tenth, played) = (length / 10, voices::played(samples, seed));
    // Not on the frames of the original.
    let from = |start: usize| &samples[(start + 77).min(length)..];
    vec![
        ("asked: Opus 24 kbit/s", voices::opus(samples, 24_000)),
        ("asked: Opus 12 kbit/s", voices::opus(samples, 12_000)),
        ("asked: telephone, 8 kHz", voices::telephone(samples)),
        (
            "asked: 30 % cut at the start",
            voices::opus(from(3 * tenth), 20_000),
        ),
        (
            "asked: 30 % cut at the end",
            voices::opus(&samples[..7 * tenth], 20_000),
        ),
        ("asked: 20 s cut at the start", voices::wav(from(20 * RATE_HZ))),
        (
            "asked: 15 % cut at each end",
            voices::telephone(&from(3 * tenth / 2)[..7 * tenth]),
        ),
        ("asked: played into a microphone", voices::opus(&played, 16_000)),
        (
            "more: played, and 30 % cut",
            voices::opus(&played[3 * played.len() / 10..], 16_000),
        ),
        ("more: half cut", voices::opus(from(5 * tenth), 20_000)),
    ]
}

#[test]
fn recordings_alike_are_found_and_strangers_are_not() {
    let originals: Vec<Vec<f32>> = (0..12).map(|seed| voices::speech(seed, 60)).collect();
    let sketches: Vec<_> = originals
        .iter()
        .map(|samples| facts(&voices::wav(samples)).sketch)
        .collect();
    let mut rates = Rates::default();
    let (mut alarms, mut pairs) = (0_u32, 0_u32);
    let mut fewest: BTreeMap<&str, Vec<(u32, usize)>> = BTreeMap::new();
    let mut rows = 0_usize;
    for (index, samples) in originals.iter().enumerate() {
        for (name, copy) in copies(samples, index as u64) {
            let copy = facts(&copy).sketch;
            assert!(copy.to_bytes().len() <= 512);
            rates.add(name, is_found(&sketches[index], &copy));
            let shared = sketches[index].words().intersection(&copy.words()).count();
            fewest
                .entry(name)
                .or_default()
                .push((sketches[index].in_common(&copy), shared));
            for (other, sketch) in sketches.iter().enumerate() {
                if other != index {
                    pairs += 1;
                    alarms += u32::from(sketch.is_alike(&copy));
                    rows += sketch.words().intersection(&copy.words()).count();
                }
            }
        }
    }
    rates.print("made voices");
    println!("made voices: false alarms: {alarms} of {pairs}");
    for (name, found) in fewest {
        println!(
            "made voices: {name}: at least {:?} anchors and {:?} words in common",
            found.iter().map(|found| found.0).min(),
            found.iter().map(|found| found.1).min()
        );
    }
    println!(
        "made voices: words shared with a million strangers: {}",
        rows as u64 * 1_000_000 / u64::from(pairs)
    );
    rates.hold("asked", 95.0);
    rates.hold("more", 80.0);
    assert!(
        f64::from(alarms) <= f64::from(pairs) * 0.005,
        "{alarms} of {pairs}"
    );
}

/// Recordings whose names say which conversation they are of: `interview-b-noisy.ogg` is of `interview-b`,
/// `consent-8k.wav` of `consent`. Those that are named for what was done to them say it not.
fn conversations(folder: &Path) -> Vec<(String, String, AudioFacts)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let mut parts = name.split('.').next().unwrap().split('-');
        let mut conversation = parts.next().unwrap().to_owned();
        conversation.extend(parts.next().filter(|part| part.len() == 1));
        if ["cut", "gap", "long"].contains(&conversation.as_str()) {
            continue;
        }
        let Ok(facts) = audio::inspect(&std::fs::read(&file).unwrap(), &Limits::default()) else {
            continue;
        };
        if !facts.silent {
            found.push((name, conversation, facts));
        }
    }
    found
}

#[test]
fn real_recordings_alike_are_found() {
    let Some(folder) = corpus("audio") else { return };
    let found = conversations(&folder);
    let mut rates = Rates::default();
    for (index, (name, conversation, facts)) in found.iter().enumerate() {
        for (other_name, other, other_facts) in found.iter().skip(index + 1) {
            let is_alike = is_found(&facts.sketch, &other_facts.sketch);
            if conversation == other {
                rates.add("asked: the same, encoded otherwise", is_alike);
            } else {
                rates.add("other: strangers told apart", !is_alike);
            }
            if is_alike != (conversation == other) {
                println!(
                    "{name} and {other_name}: {}",
                    facts.sketch.in_common(&other_facts.sketch)
                );
            }
        }
    }
    rates.print("recordings");
    rates.hold("asked", 95.0);
    rates.hold("other", 99.5);
}

#[test]
fn wind_and_empty_rooms_are_no_speech() {
    for seed in 0..4 {
        let wind = facts(&voices::wav(&voices::wind(seed, 30)));
        let room = facts(&voices::wav(&voices::room(seed, 30)));
        let quiet = facts(&voices::wav(&vec![0.0; 30 * RATE_HZ]));
        println!(
            "wind {} ms, room {} ms, nothing {} ms",
            wind.speech_ms, room.speech_ms, quiet.speech_ms
        );
        let voice = facts(&voices::wav(&voices::speech(seed, 30)));
        println!("made voice {} ms of {} ms", voice.speech_ms, voice.duration_ms);
        for unspoken in [wind, room, quiet] {
            assert!(
                unspoken.speech_ms * 10 < unspoken.duration_ms,
                "{}",
                unspoken.speech_ms
            );
        }
        assert!(voice.speech_ms * 3 > voice.duration_ms, "{}", voice.speech_ms);
    }
    let Some(folder) = corpus("audio") else { return };
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let Ok(facts) = audio::inspect(&std::fs::read(&file).unwrap(), &Limits::default()) else {
            continue;
        };
        println!(
            "{}: {} of {} ms speech",
            file.display(),
            facts.speech_ms,
            facts.duration_ms
        );
    }
}
