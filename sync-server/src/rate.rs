//! How often one phone, one token, or strangers from one address may ask.

use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use hudang_evidence::id::{InstallationId, Sha256};

use crate::address::Client;
use crate::config::{Limits, Rate};
use crate::problem::{Problem, Result};

type Keyed<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock>;

/// Above so many keys those that have long been quiet are forgotten.
const KEYS_MAX: usize = 20_000;

/// All rates.
pub(crate) struct Rates {
    phones: Keyed<InstallationId>,
    tokens: Keyed<Sha256>,
    strangers: Keyed<Client>,
    clock: DefaultClock,
}

impl Rates {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            phones: RateLimiter::hashmap(quota(limits.phone_rate)),
            tokens: RateLimiter::hashmap(quota(limits.token_rate)),
            strangers: RateLimiter::hashmap(quota(limits.stranger_rate)),
            clock: DefaultClock::default(),
        }
    }

    /// One request of a phone.
    pub(crate) fn phone(&self, phone: &InstallationId) -> Result<()> {
        self.check(&self.phones, phone)
    }

    /// One request with a token; the key is the token's hash.
    pub(crate) fn token(&self, token: &Sha256) -> Result<()> {
        self.check(&self.tokens, token)
    }

    /// One request of somebody whom nobody knows.
    pub(crate) fn stranger(&self, from: Client) -> Result<()> {
        self.check(&self.strangers, &from)
    }

    fn check<K: Clone + Eq + core::hash::Hash>(&self, limiter: &Keyed<K>, key: &K) -> Result<()> {
        if limiter.len() > KEYS_MAX {
            limiter.retain_recent();
        }
        limiter.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            Problem::too_often(u32::try_from(wait.as_secs().saturating_add(1)).unwrap_or(u32::MAX))
        })
    }
}

fn quota(rate: Rate) -> Quota {
    let some = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    Quota::per_second(some(rate.per_second)).allow_burst(some(rate.burst))
}
