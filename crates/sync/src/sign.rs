//! The signature of a request (DESIGN §7): no challenge, so no extra round trip, and no clock.
//!
//! ```text
//! hudang/request/v1
//! <origin>
//! <METHOD>
//! <path and query>
//! <SHA-256 of the body, 64 hex digits>
//! <counter>
//! ```
//! with a newline after each line, signed by the installation key. The counter grows with each request of the
//! installation; the server remembers a window of them ([`ReplayWindow`]), because several uploads run at once and
//! arrive in any order.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hudang_evidence::id::{InstallationId, Sha256};
use hudang_evidence::note::{NoteSigner, VerifierKey, installation_id};

use crate::code;

/// Header: the installation's id, 64 hex digits.
pub const HEADER_INSTALLATION: &str = "Hudang-Installation";
/// Header: the counter, decimal.
pub const HEADER_COUNTER: &str = "Hudang-Counter";
/// Header: SHA-256 of the body as sent, 64 hex digits.
pub const HEADER_CONTENT: &str = "Hudang-Content-Sha256";
/// Header: the Ed25519 signature, base64.
pub const HEADER_SIGNATURE: &str = "Hudang-Signature";

/// First line of the signed text: its format, and the domain that the signature is bound to.
pub const DOMAIN: &str = "hudang/request/v1";

/// Why a request is not accepted as signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// A header is missing or not of its form.
    #[error("the header {0} is missing or malformed")]
    Header(&'static str),
    /// Origin, method or path hold a control character or a space, so that two requests could share one text.
    #[error("the {0} of the request cannot be signed")]
    Target(&'static str),
    /// The body is not the one that was signed.
    #[error("the body has another SHA-256 than was signed")]
    Body,
    /// The key is not the installation's, or the signature does not verify.
    #[error("the signature does not verify")]
    Signature,
}

impl SignError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Header(_) | Self::Target(_) => code::HEADERS,
            Self::Body | Self::Signature => code::SIGNATURE,
        }
    }
}

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    /// The server's name as enrolment gave it, e.g. `hudang/152502`; what binds a request to one server.
    pub origin: &'a str,
    /// The method in capitals.
    pub method: &'a str,
    /// Path with query, as on the request line.
    pub path: &'a str,
}

/// The four headers, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedHeaders {
    /// Who sent it.
    pub installation: InstallationId,
    /// Which of its requests.
    pub counter: u64,
    /// SHA-256 of the body as sent.
    pub content: Sha256,
    /// Over the text.
    pub signature: [u8; 64],
}

/// The text that is signed.
pub fn request_text(target: Target<'_>, content: &Sha256, counter: u64) -> Result<String, SignError> {
    let Target { origin, method, path } = target;
    for (what, text) in [("origin", origin), ("method", method), ("path", path)] {
        if text.is_empty() || text.chars().any(|c| c.is_control() || c == ' ') {
            return Err(SignError::Target(what));
        }
    }
    Ok(format!(
        "{DOMAIN}\n{origin}\n{method}\n{path}\n{content}\n{counter}\n"
    ))
}

impl SignedHeaders {
    /// Signs a request with the installation key.
    pub fn sign(
        target: Target<'_>,
        content: Sha256,
        counter: u64,
        installation: &NoteSigner,
    ) -> Result<Self, SignError> {
        let text = request_text(target, &content, counter)?;
        let signature = installation.sign_bytes(text.as_bytes());
        Ok(Self {
            installation: installation_id(&installation.public()),
            counter,
            content,
            signature,
        })
    }

    /// The headers to send.
    pub fn to_pairs(&self) -> [(&'static str, String); 4] {
        [
            (HEADER_INSTALLATION, self.installation.to_string()),
            (HEADER_COUNTER, self.counter.to_string()),
            (HEADER_CONTENT, self.content.to_string()),
            (HEADER_SIGNATURE, STANDARD.encode(self.signature)),
        ]
    }

    /// Reads the headers; `get` gives the value of a header by its name.
    pub fn parse<'h>(get: impl Fn(&'static str) -> Option<&'h str>) -> Result<Self, SignError> {
        let text = |name| get(name).ok_or(SignError::Header(name));
        let counter = text(HEADER_COUNTER)?;
        // One number has one text: `+1` and `01` are refused.
        let counter = counter
            .parse()
            .ok()
            .filter(|number: &u64| number.to_string() == counter);
        let signature = STANDARD.decode(text(HEADER_SIGNATURE)?).ok();
        Ok(Self {
            installation: text(HEADER_INSTALLATION)?
                .parse()
                .map_err(|_| SignError::Header(HEADER_INSTALLATION))?,
            counter: counter.ok_or(SignError::Header(HEADER_COUNTER))?,
            content: text(HEADER_CONTENT)?
                .parse()
                .map_err(|_| SignError::Header(HEADER_CONTENT))?,
            signature: signature
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or(SignError::Header(HEADER_SIGNATURE))?,
        })
    }

    /// Checks the signature before the body is read, so that a stranger's body costs nothing.
    pub fn verify(&self, target: Target<'_>, key: &VerifierKey) -> Result<(), SignError> {
        let text = request_text(target, &self.content, self.counter)?;
        if installation_id(key.public()) == self.installation && key.verify(text.as_bytes(), &self.signature)
        {
            Ok(())
        } else {
            Err(SignError::Signature)
        }
    }

    /// Checks the body's hash, as computed while it was read.
    pub fn verify_content(&self, content: &Sha256) -> Result<(), SignError> {
        if self.content == *content {
            Ok(())
        } else {
            Err(SignError::Body)
        }
    }
}

/// How many counters below the highest are remembered one by one.
pub const REPLAY_WINDOW: u64 = 1024;
const WORDS: usize = 16;

/// A counter was used, or is too old to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the counter was used before; go on above {highest}")]
pub struct Replayed {
    /// The highest counter seen. A phone that was restored from a backup goes on above it.
    pub highest: u64,
}

impl Replayed {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        code::REPLAY
    }
}

/// The counters of one installation that were used: a sliding window below the highest one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayWindow {
    highest: u64,
    /// Bit `counter % 1024`, for the counters in `(highest − 1024, highest]`.
    used: [u64; WORDS],
}

impl ReplayWindow {
    /// After a restart: what was below the stored highest counter counts as used. A request that was under way
    /// is refused then and sent again with the next counter.
    pub const fn after(highest: u64) -> Self {
        Self {
            highest,
            used: [u64::MAX; WORDS],
        }
    }

    /// The highest counter used; what is stored with the commit.
    pub const fn highest(&self) -> u64 {
        self.highest
    }

    /// Whether this counter may still be used. 0 never may.
    pub fn check(&self, counter: u64) -> Result<(), Replayed> {
        let replayed = Err(Replayed {
            highest: self.highest,
        });
        if counter > self.highest {
            return Ok(());
        }
        let too_old = self.highest.abs_diff(counter) >= REPLAY_WINDOW;
        if counter == 0 || too_old || self.bit(counter) {
            replayed
        } else {
            Ok(())
        }
    }

    /// Uses this counter up.
    pub fn accept(&mut self, counter: u64) -> Result<(), Replayed> {
        self.check(counter)?;
        if counter > self.highest {
            if counter.abs_diff(self.highest) >= REPLAY_WINDOW {
                self.used = [0; WORDS];
            } else {
                for skipped in self.highest.saturating_add(1)..counter {
                    self.set(skipped, false);
                }
            }
            self.highest = counter;
        }
        self.set(counter, true);
        Ok(())
    }

    fn place(counter: u64) -> (usize, u64) {
        let at = counter % REPLAY_WINDOW;
        (usize::try_from(at / 64).unwrap_or(0), 1 << (at % 64))
    }

    fn bit(&self, counter: u64) -> bool {
        let (word, mask) = Self::place(counter);
        self.used.get(word).is_none_or(|word| word & mask != 0)
    }

    fn set(&mut self, counter: u64, used: bool) {
        let (word, mask) = Self::place(counter);
        if let Some(word) = self.used.get_mut(word) {
            *word = if used { *word | mask } else { *word & !mask };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const TARGET: Target<'static> = Target {
        origin: "hudang/152502",
        method: "POST",
        path: "/v1/sync?from=7",
    };

    fn key() -> NoteSigner {
        NoteSigner::new("installation", &[7; 32]).unwrap()
    }

    fn reread(headers: &SignedHeaders) -> Result<SignedHeaders, SignError> {
        let pairs = headers.to_pairs();
        SignedHeaders::parse(|name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.as_str())
        })
    }

    #[test]
    fn the_signed_text_is_fixed() {
        let text = request_text(TARGET, &Sha256::of(b"body"), 412).unwrap();
        assert_eq!(
            text,
            "hudang/request/v1\nhudang/152502\nPOST\n/v1/sync?from=7\n\
             230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5\n412\n"
        );
    }

    #[test]
    fn a_request_cannot_be_turned_into_another() {
        let content = Sha256::of(b"body");
        let headers = reread(&SignedHeaders::sign(TARGET, content, 412, &key()).unwrap()).unwrap();
        let verifier = key().verifier();
        assert_eq!(headers.verify(TARGET, &verifier), Ok(()));
        assert_eq!(headers.verify_content(&content), Ok(()));
        assert_eq!(
            headers.verify_content(&Sha256::of(b"other")),
            Err(SignError::Body)
        );
        for other in [
            Target {
                origin: "hudang/150000",
                ..TARGET
            },
            Target {
                method: "PATCH",
                ..TARGET
            },
            Target {
                path: "/v1/sync?from=8",
                ..TARGET
            },
        ] {
            assert_eq!(headers.verify(other, &verifier), Err(SignError::Signature));
        }
        let later = SignedHeaders {
            counter: 413,
            ..headers
        };
        assert_eq!(later.verify(TARGET, &verifier), Err(SignError::Signature));
        let stranger = NoteSigner::new("installation", &[8; 32]).unwrap().verifier();
        assert_eq!(headers.verify(TARGET, &stranger), Err(SignError::Signature));
        let split = Target {
            path: "/v1\n/sync",
            ..TARGET
        };
        assert_eq!(headers.verify(split, &verifier), Err(SignError::Target("path")));
    }

    #[test]
    fn headers_in_another_form_are_refused() {
        let good = SignedHeaders::sign(TARGET, Sha256::of(b""), 1, &key())
            .unwrap()
            .to_pairs();
        let with = |name: &'static str, value: &'static str| {
            SignedHeaders::parse(|asked| {
                if asked == name {
                    return (!value.is_empty()).then_some(value);
                }
                good.iter()
                    .find(|(key, _)| *key == asked)
                    .map(|(_, value)| value.as_str())
            })
        };
        for (name, value) in [
            (HEADER_COUNTER, "+1"),
            (HEADER_COUNTER, "18446744073709551616"),
            (HEADER_SIGNATURE, "AAAA"),
            (HEADER_INSTALLATION, "XY"),
            (HEADER_CONTENT, ""),
        ] {
            assert_eq!(with(name, value), Err(SignError::Header(name)), "{name}: {value}");
        }
    }

    #[test]
    fn a_phone_restored_from_a_backup_learns_where_to_go_on() {
        let mut window = ReplayWindow::after(5000);
        assert_eq!(window.accept(5000), Err(Replayed { highest: 5000 }));
        assert_eq!(window.accept(17), Err(Replayed { highest: 5000 }));
        assert_eq!(window.accept(5001), Ok(()));
        assert_eq!(window.accept(5001), Err(Replayed { highest: 5001 }));
        assert_eq!(ReplayWindow::after(0).accept(0), Err(Replayed { highest: 0 }));
    }

    proptest! {
        #[test]
        fn each_counter_passes_once_in_whatever_order(
            steps in prop::collection::vec(prop_oneof![0_u64..40, 900_u64..1100, 1_u64..3000], 1..300),
            start in prop_oneof![Just(0_u64), 1_u64..5000, Just(u64::MAX - 2000)],
        ) {
            let mut window = ReplayWindow::after(start);
            let mut used = BTreeSet::new();
            for step in steps {
                let counter = start.saturating_add(step);
                let fresh = counter > start && !used.contains(&counter)
                    && window.highest().saturating_sub(counter) < REPLAY_WINDOW;
                prop_assert_eq!(window.check(counter).is_ok(), fresh);
                prop_assert_eq!(window.accept(counter).is_ok(), fresh);
                if fresh {
                    used.insert(counter);
                }
            }
        }
    }
}
