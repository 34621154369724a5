//! What was seen in originals governs what entries claim of them (EVIDENCE §1.10 R4).

use std::collections::BTreeSet;

use hudang_evidence::entry::Entry;
use hudang_evidence::id::BlobHash;
use hudang_evidence::original::{Inspected, Original, Seen, SeenPhoto, SeenRecording};
use hudang_visit::Outcome;
use hudang_visit::assess::assess;
use hudang_visit::facts::{Evidence, Stage, VisitFacts, by_wall_clock, is_no_investigator, is_not_stale};
use hudang_visit::standard::Standard;

use crate::chain::{STANDARD, answers, missing, seal, standard, thorough_pair};

/// What is missing of a thorough visit under a standard, and what was found, where this is seen in one original.
fn seen_in(blob: &[u8], bytes: u64, seen: Seen, standard: &Standard) -> (Vec<String>, Vec<String>) {
    let (jia, yi) = thorough_pair();
    let mut sealed = seal(&[&jia, &yi], Outcome::Done);
    sealed.standard = standard.hash();
    let signers: BTreeSet<_> = ["jia", "yi"].iter().map(|name| name.parse().unwrap()).collect();
    let entries: Vec<&Entry> = jia.entries.iter().chain(&yi.entries).collect();
    let (blob, inspected) = (BlobHash::of(blob), Inspected { bytes, seen });
    let revealed = answers();
    let facts = VisitFacts::derive(&Evidence {
        entries: &entries,
        stage: Stage::Sealed {
            seal: &sealed,
            signers: &signers,
        },
        answers: Some(&revealed),
        original: &|other| {
            if *other == blob {
                Original::Inspected(&inspected)
            } else {
                Original::Elsewhere
            }
        },
        stated_at: &by_wall_clock,
        is_investigator: &is_no_investigator,
        is_stale: &is_not_stale,
    });
    let found = facts.differences.iter().map(|found| found.code.to_string());
    (missing(&assess(&facts, standard)), found.collect())
}

fn heard(duration_ms: u64, gap_ms: u64, silent: bool) -> Seen {
    Seen::Recording(SeenRecording {
        mime: "audio/webm".to_owned(),
        duration_ms,
        gap_ms,
        silent,
        damaged: false,
    })
}

fn photo(readable: bool) -> Seen {
    Seen::Photo(SeenPhoto {
        mime: "image/jpeg".to_owned(),
        w: 4000,
        h: 3000,
        dhash64: None,
        taken: None,
        gps: None,
        readable,
        truncated: false,
    })
}

fn nothing() -> Seen {
    Seen::Other {
        code: "PHOTO-TYPE".to_owned(),
    }
}

#[test]
fn length_gap_and_silence_are_those_that_were_heard() {
    let first = |seen| seen_in(b"first part", 900_000, seen, &standard());
    let none: (Vec<String>, Vec<String>) = (vec![], vec![]);
    assert_eq!(first(heard(100_000, 10_000, false)), none);
    let cases = [
        (heard(3_000, 1_000, false), "ASSESS-AUDIO audio", "MEDIA-CLAIM"),
        (heard(100_000, 100_000, true), "ASSESS-AUDIO audio", "MEDIA-FACTS"),
        (
            heard(100_000, 70_000, false),
            "ASSESS-AUDIO-GAP audio",
            "MEDIA-FACTS",
        ),
        (nothing(), "ASSESS-AUDIO audio", "MEDIA-CLAIM"),
    ];
    for (seen, lacks, found) in cases {
        let (missing, findings) = first(seen);
        assert_eq!(missing, [lacks]);
        assert!(findings.contains(&found.to_owned()), "{findings:?}");
    }
}

#[test]
fn what_is_no_picture_is_no_photo_and_no_signature() {
    let (missing, found) = seen_in(b"door", 3_000_000, nothing(), &standard());
    assert_eq!(
        (missing, found),
        (
            vec!["ASSESS-PHOTO photo:门牌".to_owned()],
            vec!["MEDIA-CLAIM".to_owned()]
        )
    );
    let (missing, found) = seen_in(b"signature", 9_000, nothing(), &standard());
    assert_eq!(
        (missing, found),
        (
            vec!["ASSESS-SIGNATURE sign:household".to_owned()],
            vec!["MEDIA-CLAIM".to_owned()]
        )
    );
}

#[test]
fn a_photo_that_nobody_here_can_read_counts_unless_the_standard_says_otherwise() {
    let (missing, found) = seen_in(b"door", 3_000_000, photo(false), &standard());
    assert_eq!((missing, found), (vec![], vec!["PHOTO-UNREADABLE".to_owned()]));
    let mut strict: serde_json::Value = serde_json::from_str(STANDARD).unwrap();
    strict["unreadable_photos"] = "never".into();
    let strict = Standard::from_json(strict.to_string().as_bytes()).unwrap();
    let (missing, _) = seen_in(b"door", 3_000_000, photo(false), &strict);
    assert_eq!(missing, ["ASSESS-PHOTO-UNREADABLE photo:门牌"]);
    let (missing, found) = seen_in(b"door", 3_000_000, photo(true), &strict);
    assert_eq!((missing, found), (vec![], vec![]));
}
