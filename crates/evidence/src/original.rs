//! What an original is, as an inspection of its bytes saw it, held to what an entry claims of it (EVIDENCE §1.10 R4).
//!
//! A claim comes from a phone, an inspection from our own reading of the bytes. Where the two differ in what no decoder
//! can differ about, the claim is broken; where decoders of different versions may differ, it is a notice, and the
//! inspection governs. The same function speaks on the phone before sealing and on the server before counting.

use serde::{Deserialize, Serialize};

use crate::body::{Audio, Body, Coordinates, Doc, Drawing, Photo, Sign};
use crate::id::BlobHash;
use crate::verify::Code;

/// Largest difference between a recording's claimed and its inspected length that decoders may make.
pub const DURATION_DIFFERENCE_MAX_MS: u64 = 2_000;

/// What the bytes of an original are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Seen {
    /// A photo.
    Photo(SeenPhoto),
    /// A recording.
    Recording(SeenRecording),
    /// A paper that is kept and not looked into.
    Paper {
        /// Its media type.
        mime: String,
    },
    /// None of these, or one that is damaged beyond reading.
    Other {
        /// Why it is no photo and no recording, as a code of the media room.
        code: String,
    },
}

/// A photo as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenPhoto {
    /// Media type, as found in the bytes.
    pub mime: String,
    /// Stored width in pixels.
    pub w: u32,
    /// Stored height in pixels.
    pub h: u32,
    /// dHash of the upright picture, 16 hex digits; absent where the pixels cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dhash64: Option<String>,
    /// EXIF `DateTimeOriginal`, local time as the camera wrote it, `YYYY:MM:DD HH:MM:SS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<String>,
    /// EXIF position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gps: Option<Coordinates>,
    /// Whether the pixels could be read. No reader here has every format, and none has memory without end: an unread
    /// picture may be a good one.
    pub readable: bool,
    /// The file ends before the picture does.
    pub truncated: bool,
}

/// A recording as it was heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRecording {
    /// Media type, as found in the bytes.
    pub mime: String,
    /// Length of what can be played.
    pub duration_ms: u64,
    /// Longest silence.
    pub gap_ms: u64,
    /// Whether there is nothing but silence.
    pub silent: bool,
    /// The file ends in the middle of something, or some of it was unreadable.
    pub damaged: bool,
}

/// An original that was inspected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// How many bytes there are.
    pub bytes: u64,
    /// What they are.
    pub seen: Seen,
}

/// How far an original has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Original<'a> {
    /// It is not here and should be.
    Absent,
    /// It is here, and nobody has looked into it.
    Uninspected,
    /// It is on another phone of the visit, which looked into it: what its entry claims holds until the server looks.
    Elsewhere,
    /// It is here, and this is what was seen.
    Inspected(&'a Inspected),
}

impl<'a> Original<'a> {
    /// What was seen in it.
    pub const fn inspected(self) -> Option<&'a Inspected> {
        match self {
            Self::Inspected(inspected) => Some(inspected),
            _ => None,
        }
    }

    /// Whether the visit waits for it.
    pub const fn is_awaited(self) -> bool {
        matches!(self, Self::Absent | Self::Uninspected)
    }
}

/// What of an original differs between claim and inspection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trait {
    /// The number of bytes.
    Size,
    /// What it is: photo, recording, paper, and its media type.
    Type,
    /// Width and height.
    Pixels,
    /// Whether its pixels can be read here.
    Readable,
    /// Length of a recording.
    Duration,
    /// Longest silence.
    Gap,
    /// Whether it is silent.
    Silent,
    /// Fingerprint.
    Fingerprint,
    /// EXIF time.
    Taken,
    /// EXIF position.
    Position,
    /// The file is cut off or damaged.
    Damaged,
}

/// A difference between what an entry claims of an original and what was seen in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// [`Code::MediaClaim`], [`Code::MediaFacts`] or [`Code::PhotoUnreadable`].
    pub code: Code,
    /// The original.
    pub blob: BlobHash,
    /// What differs.
    pub of: Trait,
    /// What the entry claims; empty where it would tell of the household.
    pub claimed: String,
    /// What was seen; empty where it would tell of the household.
    pub seen: String,
}

/// Holds what an entry claims of its original to what was seen in it; nothing for entries without an original.
pub fn differences(body: &Body, inspected: &Inspected) -> Vec<Difference> {
    let Some((blob, bytes)) = body.blob() else {
        return Vec::new();
    };
    let mut found = Differences {
        blob,
        all: Vec::new(),
    };
    found.broken(Trait::Size, &bytes, &inspected.bytes);
    match (body, &inspected.seen) {
        (Body::Photo(claim), Seen::Photo(seen)) => found.photo(claim, seen),
        (Body::Sign(Sign { mime, .. }) | Body::Drawing(Drawing { mime, .. }), Seen::Photo(seen)) => {
            found.broken(Trait::Type, &essence(mime), &seen.mime.as_str());
            found.readable(seen);
        }
        (Body::Audio(claim), Seen::Recording(seen)) => found.recording(claim, seen),
        (
            Body::Photo(Photo { mime, .. })
            | Body::Drawing(Drawing { mime, .. })
            | Body::Sign(Sign { mime, .. })
            | Body::Audio(Audio { mime, .. }),
            other,
        ) => {
            found.add(Code::MediaClaim, Trait::Type, mime, &other.name());
        }
        (Body::Doc(claim), seen) => found.paper(claim, seen),
        _ => {}
    }
    found.all
}

impl Seen {
    /// Its media type, or the code that says why it is none that is known.
    pub fn name(&self) -> &str {
        match self {
            Self::Photo(SeenPhoto { mime, .. })
            | Self::Recording(SeenRecording { mime, .. })
            | Self::Paper { mime } => mime,
            Self::Other { code } => code,
        }
    }
}

struct Differences {
    blob: BlobHash,
    all: Vec<Difference>,
}

impl Differences {
    fn add(
        &mut self,
        code: Code,
        of: Trait,
        claimed: &dyn core::fmt::Display,
        seen: &dyn core::fmt::Display,
    ) {
        self.all.push(Difference {
            code,
            blob: self.blob,
            of,
            claimed: claimed.to_string(),
            seen: seen.to_string(),
        });
    }

    fn broken<T: PartialEq + core::fmt::Display>(&mut self, of: Trait, claimed: &T, seen: &T) {
        if claimed != seen {
            self.add(Code::MediaClaim, of, claimed, seen);
        }
    }

    fn notice<T: PartialEq + core::fmt::Display>(&mut self, of: Trait, claimed: &T, seen: &T) {
        if claimed != seen {
            self.add(Code::MediaFacts, of, claimed, seen);
        }
    }

    /// Where and when a picture was taken tells of the household: that it differs is said, and not how.
    fn private<T: PartialEq>(&mut self, of: Trait, claimed: &T, seen: &T) {
        if claimed != seen {
            self.add(Code::MediaFacts, of, &"", &"");
        }
    }

    fn readable(&mut self, seen: &SeenPhoto) {
        if !seen.readable {
            self.add(Code::PhotoUnreadable, Trait::Readable, &"", &seen.mime);
        }
        self.notice(Trait::Damaged, &false, &seen.truncated);
    }

    fn photo(&mut self, claim: &Photo, seen: &SeenPhoto) {
        self.broken(Trait::Type, &essence(&claim.mime), &seen.mime.as_str());
        let pixels = |w: u32, h: u32| format!("{w}×{h}");
        self.broken(Trait::Pixels, &pixels(claim.w, claim.h), &pixels(seen.w, seen.h));
        self.readable(seen);
        let print = |dhash: &Option<String>| dhash.clone().unwrap_or_default();
        self.notice(Trait::Fingerprint, &print(&claim.dhash64), &print(&seen.dhash64));
        self.private(Trait::Taken, &claim.taken, &seen.taken);
        self.private(Trait::Position, &claim.gps, &seen.gps);
    }

    fn recording(&mut self, claim: &Audio, seen: &SeenRecording) {
        self.broken(Trait::Type, &essence(&claim.mime), &seen.mime.as_str());
        if claim.duration_ms.abs_diff(seen.duration_ms) > DURATION_DIFFERENCE_MAX_MS {
            self.broken(Trait::Duration, &claim.duration_ms, &seen.duration_ms);
        } else {
            self.notice(Trait::Duration, &claim.duration_ms, &seen.duration_ms);
        }
        self.notice(Trait::Gap, &claim.gap_ms, &seen.gap_ms);
        self.notice(Trait::Silent, &claim.silent, &seen.silent);
        self.notice(Trait::Damaged, &false, &seen.damaged);
    }

    /// A paper may be of a type that nobody looks into; one of a type that is known must be what it claims to be.
    fn paper(&mut self, claim: &Doc, seen: &Seen) {
        let mime = essence(&claim.mime);
        let is_known = mime.starts_with("image/") || mime.starts_with("audio/") || mime == "application/pdf";
        if is_known || !matches!(seen, Seen::Other { .. }) {
            self.broken(Trait::Type, &mime, &seen.name());
        }
    }
}

/// A media type without its parameters.
fn essence(mime: &str) -> &str {
    mime.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{SignerRole, Source};
    use crate::id::EntryId;

    fn photo() -> Photo {
        Photo {
            sha256: BlobHash::of(b"photo"),
            bytes: 5,
            mime: "image/jpeg".to_owned(),
            w: 640,
            h: 480,
            dhash64: Some("00ff00ff00ff00ff".to_owned()),
            src: Source::Camera,
            purpose: "门牌".to_owned(),
            taken: Some("2026:03:20 10:00:00".to_owned()),
            gps: None,
        }
    }

    fn seen_photo() -> SeenPhoto {
        let claim = photo();
        SeenPhoto {
            mime: claim.mime,
            w: claim.w,
            h: claim.h,
            dhash64: claim.dhash64,
            taken: claim.taken,
            gps: claim.gps,
            readable: true,
            truncated: false,
        }
    }

    fn audio() -> Audio {
        Audio {
            sha256: BlobHash::of(b"audio"),
            bytes: 5,
            mime: "audio/webm".to_owned(),
            duration_ms: 900_000,
            gap_ms: 4_000,
            silent: false,
            src: Source::Recorder,
            purpose: "访谈".to_owned(),
        }
    }

    fn heard() -> SeenRecording {
        let claim = audio();
        SeenRecording {
            mime: claim.mime,
            duration_ms: claim.duration_ms,
            gap_ms: claim.gap_ms,
            silent: claim.silent,
            damaged: false,
        }
    }

    fn of_photo(change: impl FnOnce(&mut SeenPhoto)) -> Seen {
        let mut seen = seen_photo();
        change(&mut seen);
        Seen::Photo(seen)
    }

    fn of_recording(change: impl FnOnce(&mut SeenRecording)) -> Seen {
        let mut seen = heard();
        change(&mut seen);
        Seen::Recording(seen)
    }

    /// `CODE trait` of each difference.
    fn told(body: &Body, bytes: u64, seen: Seen) -> Vec<String> {
        let word = |of| serde_json::to_value(of).unwrap().as_str().unwrap().to_owned();
        differences(body, &Inspected { bytes, seen })
            .into_iter()
            .map(|found| format!("{} {}", found.code, word(found.of)))
            .collect()
    }

    #[test]
    #[allow(clippy::too_many_lines, reason = "one table")]
    fn what_no_decoder_can_differ_about_breaks_a_claim_and_the_rest_is_a_notice() {
        let other = || Seen::Other {
            code: "PHOTO-TYPE".to_owned(),
        };
        let paper = |mime: &str| Seen::Paper {
            mime: mime.to_owned(),
        };
        let doc = |mime: &str| {
            Body::Doc(Doc {
                sha256: BlobHash::of(b"paper"),
                bytes: 5,
                mime: mime.to_owned(),
                purpose: "证明".to_owned(),
            })
        };
        let sign = Body::Sign(Sign {
            sha256: BlobHash::of(b"photo"),
            bytes: 5,
            mime: "image/jpeg".to_owned(),
            role: SignerRole::Household,
            by: None,
            person: None,
            snapshot: None,
        });
        let drawing = Body::Drawing(Drawing {
            sha256: BlobHash::of(b"photo"),
            bytes: 5,
            mime: "image/jpeg".to_owned(),
            of: EntryId::from_bytes([1; 32]),
        });
        let (photo, audio) = (Body::Photo(photo()), Body::Audio(audio()));
        let [pdf, jpeg, text, word] = [
            "application/pdf",
            "image/jpeg",
            "text/plain",
            "application/msword",
        ]
        .map(doc);
        let cases: Vec<(&Body, u64, Seen, &[&str])> = vec![
            (&photo, 5, of_photo(|_| {}), &[]),
            (&photo, 6, of_photo(|_| {}), &["MEDIA-CLAIM size"]),
            (&photo, 5, other(), &["MEDIA-CLAIM type"]),
            (&photo, 5, Seen::Recording(heard()), &["MEDIA-CLAIM type"]),
            (
                &photo,
                5,
                of_photo(|seen| seen.mime = "image/png".to_owned()),
                &["MEDIA-CLAIM type"],
            ),
            (&photo, 5, of_photo(|seen| seen.w = 320), &["MEDIA-CLAIM pixels"]),
            (
                &photo,
                5,
                of_photo(|seen| seen.dhash64 = None),
                &["MEDIA-FACTS fingerprint"],
            ),
            (
                &photo,
                5,
                of_photo(|seen| seen.taken = None),
                &["MEDIA-FACTS taken"],
            ),
            (
                &photo,
                5,
                of_photo(|seen| seen.truncated = true),
                &["MEDIA-FACTS damaged"],
            ),
            (
                &photo,
                5,
                of_photo(|seen| seen.readable = false),
                &["PHOTO-UNREADABLE readable"],
            ),
            (&sign, 5, of_photo(|seen| seen.taken = None), &[]),
            (&sign, 5, other(), &["MEDIA-CLAIM type"]),
            (&drawing, 5, of_photo(|seen| seen.taken = None), &[]),
            (&drawing, 5, other(), &["MEDIA-CLAIM type"]),
            (&audio, 5, of_recording(|_| {}), &[]),
            (&audio, 5, other(), &["MEDIA-CLAIM type"]),
            (&audio, 5, Seen::Photo(seen_photo()), &["MEDIA-CLAIM type"]),
            (
                &audio,
                5,
                of_recording(|seen| seen.duration_ms = 3_000),
                &["MEDIA-CLAIM duration"],
            ),
            (
                &audio,
                5,
                of_recording(|seen| seen.duration_ms = 898_000),
                &["MEDIA-FACTS duration"],
            ),
            (
                &audio,
                5,
                of_recording(|seen| seen.duration_ms = 902_001),
                &["MEDIA-CLAIM duration"],
            ),
            (
                &audio,
                5,
                of_recording(|seen| seen.silent = true),
                &["MEDIA-FACTS silent"],
            ),
            (
                &audio,
                5,
                of_recording(|seen| seen.gap_ms = 60_000),
                &["MEDIA-FACTS gap"],
            ),
            (&pdf, 5, paper("application/pdf"), &[]),
            (&pdf, 5, other(), &["MEDIA-CLAIM type"]),
            (&jpeg, 5, other(), &["MEDIA-CLAIM type"]),
            (&text, 5, Seen::Photo(seen_photo()), &["MEDIA-CLAIM type"]),
            (&word, 5, other(), &[]),
        ];
        for (body, bytes, seen, expected) in cases {
            assert_eq!(told(body, bytes, seen.clone()), expected, "{body:?} {seen:?}");
        }
    }

    #[test]
    fn a_media_type_with_parameters_is_the_same_type() {
        let mut claim = audio();
        claim.mime = "audio/webm; codecs=opus".to_owned();
        assert!(told(&Body::Audio(claim), 5, of_recording(|_| {})).is_empty());
    }
}
