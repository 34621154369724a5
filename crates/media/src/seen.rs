//! What was found in a file, in the words by which entries are judged.

use hudang_evidence::body::Coordinates;
use hudang_evidence::original::{Seen, SeenPhoto, SeenRecording};

use crate::audio::AudioFacts;
use crate::photo::{Fingerprint, PhotoError, PhotoFacts};

/// What a photo is, by its facts and by what came of decoding it. A picture that no reader here has a decoder or the
/// memory for is a photo that a person must look at; one whose picture data is damaged is none.
pub fn photo(facts: &PhotoFacts, print: &Result<Fingerprint, PhotoError>) -> Seen {
    let readable = match print {
        Ok(_) => true,
        Err(PhotoError::NoDecoder { .. } | PhotoError::Memory { .. }) => false,
        Err(damaged) => return other(damaged.code()),
    };
    Seen::Photo(SeenPhoto {
        mime: facts.format.media_type().to_owned(),
        w: facts.width,
        h: facts.height,
        dhash64: print.as_ref().ok().map(|print| print.upright().to_string()),
        taken: facts
            .taken_local
            .map(|taken| taken.format("%Y:%m:%d %H:%M:%S").to_string()),
        gps: facts.position.map(|position| Coordinates {
            lat_e7: position.lat_e7,
            lon_e7: position.lon_e7,
        }),
        readable,
        truncated: facts.truncated,
    })
}

/// What a recording is, by its facts.
pub fn recording(facts: &AudioFacts) -> Seen {
    Seen::Recording(SeenRecording {
        mime: facts.container.media_type().to_owned(),
        duration_ms: facts.duration_ms,
        gap_ms: facts.longest_gap_ms,
        silent: facts.silent,
        damaged: facts.truncated || facts.damaged,
    })
}

/// What is neither, with the code that says why.
pub fn other(code: &str) -> Seen {
    Seen::Other {
        code: code.to_owned(),
    }
}
