//! Where the server is and how it is spoken to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hudang_device::ServerAddress;
use reqwest::blocking::Client;

use crate::error::{LinkError, Result};
use crate::pin::{pinned, provide};

/// A 2G link takes seconds for a round trip and loses packets meanwhile.
const CONNECT: Duration = Duration::from_secs(30);
/// 512 KiB over 30 kbit/s take 140 s; a piece that takes longer than this goes on from where it broke.
const REQUEST: Duration = Duration::from_mins(5);
/// Idle connections are kept for the pieces that follow.
const IDLE: Duration = Duration::from_mins(1);

/// The way to one server. Cheap to clone; connections and TLS sessions are shared.
#[derive(Debug, Clone)]
pub struct Way {
    pub(crate) client: Client,
    address: ServerAddress,
    pub(crate) base: String,
    /// How many bytes of pieces may still leave before the connection is cut; `u64::MAX` for ever.
    pub(crate) until_cut: Arc<AtomicU64>,
}

impl Way {
    /// Prepares the way; nothing is sent yet.
    pub fn to(address: &ServerAddress) -> Result<Self> {
        let unusable = |error: &dyn core::fmt::Display| LinkError::Address(error.to_string());
        let url: reqwest::Url = address.url.parse().map_err(|error| unusable(&error))?;
        let is_loopback = url
            .host_str()
            .is_some_and(|host| host == "localhost" || host.starts_with("127.") || host == "[::1]");
        // Personal values never travel in the open.
        if url.scheme() != "https" && !is_loopback {
            return Err(unusable(&"not https"));
        }
        provide();
        let builder = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(REQUEST)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("hudang/", env!("CARGO_PKG_VERSION")));
        let builder = match address.tls {
            Some(fingerprint) => {
                builder.tls_backend_preconfigured(pinned(fingerprint).map_err(|error| unusable(&error))?)
            }
            // The verifier of Android's own certificates would have to be begun from Java, and ends the app where it was not.
            None if cfg!(target_os = "android") => return Err(unusable(&"no fingerprint")),
            None => builder,
        };
        Ok(Self {
            client: builder.build().map_err(|error| unusable(&error))?,
            address: address.clone(),
            base: address.url.trim_end_matches('/').to_owned(),
            until_cut: Arc::new(AtomicU64::new(u64::MAX)),
        })
    }

    /// Cuts the connection once, after so many bytes of originals: for tests and demonstrations of what a phone does
    /// then.
    #[must_use]
    pub fn cut_after(self, bytes: u64) -> Self {
        self.until_cut.store(bytes, Ordering::Relaxed);
        self
    }

    /// Whether it leads to this address.
    pub(crate) fn leads_to(&self, address: &ServerAddress) -> bool {
        self.address == *address
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

#[cfg(test)]
mod tests;
