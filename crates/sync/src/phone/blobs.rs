//! Originals: which to ask about, which to send next.

use std::collections::{BTreeMap, BTreeSet};

use hudang_evidence::id::BlobHash;

use super::{Action, AudioOver, BlobClass, BlobItem, Link, Settings};

/// Tries without a byte of progress before an original is left alone for a while.
const TRIES_MAX: u32 = 3;

/// What is known of an original on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The server is to be asked from where it wants it.
    Unknown,
    /// The server wants it from there.
    Needed { offset: u64 },
    /// A piece is on its way.
    Sending { offset: u64 },
    /// Left alone until then.
    Parked { until_ms: u64 },
}

#[derive(Debug, Clone)]
struct Blob {
    size_bytes: u64,
    class: BlobClass,
    state: State,
    /// Tries since the last progress.
    tries: u32,
}

/// All originals of which the server may lack bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Blobs {
    all: BTreeMap<BlobHash, Blob>,
}

impl Blobs {
    /// Takes up originals that were not known yet, and drops those that the store no longer lists.
    pub(super) fn load(&mut self, items: &[BlobItem]) {
        let listed: BTreeSet<BlobHash> = items.iter().map(|item| item.hash).collect();
        self.all
            .retain(|hash, blob| listed.contains(hash) || matches!(blob.state, State::Sending { .. }));
        for item in items {
            let (size_bytes, class) = (item.size_bytes, item.class);
            self.all.entry(item.hash).or_insert(Blob {
                size_bytes,
                class,
                state: State::Unknown,
                tries: 0,
            });
        }
    }

    /// Which to ask about, in the order in which they will be sent; those in `named` are answered unasked.
    pub(super) fn to_ask(
        &self,
        settings: &Settings,
        link: Link,
        named: &BTreeSet<BlobHash>,
    ) -> Vec<BlobHash> {
        let mut unknown: Vec<(BlobClass, BlobHash)> = self
            .all
            .iter()
            .filter(|(hash, blob)| blob.state == State::Unknown && !named.contains(*hash))
            .filter(|(_, blob)| may_go(settings, link, blob.class))
            .map(|(hash, blob)| (blob.class, *hash))
            .collect();
        unknown.sort_unstable();
        unknown.truncate(settings.blobs_asked_max);
        unknown.into_iter().map(|(_, hash)| hash).collect()
    }

    /// The server wants it from there.
    pub(super) fn needed(&mut self, hash: &BlobHash, offset: u64) {
        if let Some(blob) = self.all.get_mut(hash)
            && !matches!(blob.state, State::Sending { .. })
        {
            blob.state = State::Needed {
                offset: offset.min(blob.size_bytes),
            };
        }
    }

    /// The server has it whole. Whether it was still listed here.
    pub(super) fn held(&mut self, hash: &BlobHash) -> bool {
        self.all.remove(hash).is_some()
    }

    /// The server said nothing of it though asked.
    pub(super) fn unanswered(&mut self, hash: &BlobHash, until_ms: u64) {
        if let Some(blob) = self.all.get_mut(hash)
            && blob.state == State::Unknown
        {
            blob.state = State::Parked { until_ms };
        }
    }

    /// Parked ones that are due are asked about again.
    pub(super) fn release(&mut self, now_ms: u64) {
        for blob in self.all.values_mut() {
            if matches!(blob.state, State::Parked { until_ms } if until_ms <= now_ms) {
                blob.state = State::Unknown;
            }
        }
    }

    /// All parked ones are asked about again, with their tries forgotten.
    pub(super) fn release_all(&mut self) {
        self.release(u64::MAX);
        for blob in self.all.values_mut() {
            blob.tries = 0;
        }
    }

    /// A piece came through up to `offset`. Whether the original is whole now.
    pub(super) fn sent(&mut self, hash: &BlobHash, offset: u64) -> bool {
        let Some(blob) = self.all.get_mut(hash) else {
            return false;
        };
        let State::Sending { offset: before } = blob.state else {
            return false;
        };
        if offset >= blob.size_bytes {
            self.all.remove(hash);
            return true;
        }
        blob.tries = if offset > before {
            0
        } else {
            blob.tries.saturating_add(1)
        };
        blob.state = State::Needed { offset };
        false
    }

    /// The server corrects the offset of a piece.
    pub(super) fn corrected(&mut self, hash: &BlobHash, offset: u64) {
        if let Some(blob) = self.all.get_mut(hash)
            && matches!(blob.state, State::Sending { .. })
        {
            blob.tries = blob.tries.saturating_add(1);
            blob.state = State::Needed {
                offset: offset.min(blob.size_bytes),
            };
        }
    }

    /// The link failed in mid-piece: the server may hold more than is known here.
    pub(super) fn broken(&mut self, hash: &BlobHash) {
        if let Some(blob) = self.all.get_mut(hash) {
            blob.state = State::Unknown;
        }
    }

    /// The server dropped it because its hash was wrong. Whether it is to be sent again from its first byte.
    pub(super) fn mismatched(&mut self, hash: &BlobHash) -> bool {
        let Some(blob) = self.all.get_mut(hash) else {
            return true;
        };
        blob.tries = blob.tries.saturating_add(1);
        blob.state = State::Needed { offset: 0 };
        blob.tries < TRIES_MAX
    }

    /// Leaves it alone until then.
    pub(super) fn park(&mut self, hash: &BlobHash, until_ms: u64) {
        if let Some(blob) = self.all.get_mut(hash) {
            blob.state = State::Parked { until_ms };
            blob.tries = 0;
        }
    }

    /// Starts pieces as far as the settings allow. Originals that made no progress several times are parked.
    pub(super) fn start(&mut self, settings: &Settings, link: Link, stuck_until_ms: u64) -> Vec<Action> {
        let mut free = settings.uploads_max.saturating_sub(self.sending());
        let mut ready: Vec<(BlobClass, BlobHash)> = self
            .all
            .iter()
            .filter(|(_, blob)| matches!(blob.state, State::Needed { .. }))
            .filter(|(_, blob)| may_go(settings, link, blob.class))
            .map(|(hash, blob)| (blob.class, *hash))
            .collect();
        ready.sort_unstable();
        let piece_bytes_max = match link {
            Link::Wifi => settings.wifi_piece_bytes_max,
            Link::Mobile | Link::None => settings.mobile_piece_bytes_max,
        };
        let mut actions = Vec::new();
        for (_, hash) in ready {
            let Some(blob) = self.all.get_mut(&hash) else {
                continue;
            };
            let State::Needed { offset } = blob.state else {
                continue;
            };
            if blob.tries >= TRIES_MAX {
                blob.state = State::Parked {
                    until_ms: stuck_until_ms,
                };
                blob.tries = 0;
            } else if free > 0 {
                free = free.saturating_sub(1);
                blob.state = State::Sending { offset };
                let len = blob.size_bytes.saturating_sub(offset).min(piece_bytes_max.max(1));
                actions.push(Action::Upload { hash, offset, len });
            }
        }
        actions
    }

    /// Whether a piece of it is on its way.
    pub(super) fn is_sending(&self, hash: &BlobHash) -> bool {
        self.all
            .get(hash)
            .is_some_and(|blob| matches!(blob.state, State::Sending { .. }))
    }

    /// How many pieces are on their way.
    pub(super) fn sending(&self) -> usize {
        self.all
            .values()
            .filter(|blob| matches!(blob.state, State::Sending { .. }))
            .count()
    }

    /// Whether any is to be asked about over this link.
    pub(super) fn any_unknown(&self, settings: &Settings, link: Link) -> bool {
        self.all
            .values()
            .any(|blob| blob.state == State::Unknown && may_go(settings, link, blob.class))
    }

    /// When the next parked one is due.
    pub(super) fn next_ms(&self, settings: &Settings, link: Link) -> Option<u64> {
        let parked = self
            .all
            .values()
            .filter(|blob| may_go(settings, link, blob.class));
        parked
            .filter_map(|blob| match blob.state {
                State::Parked { until_ms } => Some(until_ms),
                _ => None,
            })
            .min()
    }
}

fn may_go(settings: &Settings, link: Link, class: BlobClass) -> bool {
    match link {
        Link::None => false,
        Link::Wifi => true,
        Link::Mobile => class != BlobClass::Audio || settings.audio == AudioOver::AnyLink,
    }
}
