//! Where a request comes from, and how much of the server one address may hold at once.
//!
//! Phones behind one carrier share an address, so that the limits are generous; they are there so that one address cannot
//! hold all places. What a proxy says about where a request came from is believed of the proxies that are named, and of
//! nobody else.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderMap;

/// An address, or all addresses that begin alike: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

/// A text names no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address or network, such as 10.0.0.7 or 10.0.0.0/8")]
pub struct NetworkError;

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| NetworkError)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| NetworkError)?;
        (bits <= most)
            .then_some(Self { address, bits })
            .ok_or(NetworkError)
    }
}

impl Network {
    /// Whether the address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let left_aligned = |address: IpAddr| match address {
            IpAddr::V4(four) => u128::from(u32::from(four)) << 96,
            IpAddr::V6(six) => u128::from(six),
        };
        let differs = left_aligned(self.address) ^ left_aligned(address);
        self.address.is_ipv4() == address.is_ipv4() && differs.leading_zeros() >= self.bits
    }
}

/// Where a request comes from, as the limits see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Client(pub(crate) IpAddr);

impl Client {
    /// One who is connected directly. Of IPv6 a subscriber has a whole /64.
    pub(crate) fn of(peer: IpAddr) -> Self {
        Self(match peer.to_canonical() {
            IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from(u128::from(six) >> 64 << 64)),
            four @ IpAddr::V4(_) => four,
        })
    }

    /// Who asks: the peer, or behind proxies that are trusted the last address that none of them is.
    pub(crate) fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> Self {
        let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
        let peer = peer.to_canonical();
        if !is_trusted(peer) {
            return Self::of(peer);
        }
        let mut nearest = peer;
        for hop in hops(headers).into_iter().rev() {
            // What is no address was written by nobody who is trusted.
            let Some(address) = hop else { break };
            nearest = address.to_canonical();
            if !is_trusted(nearest) {
                break;
            }
        }
        Self::of(nearest)
    }
}

/// The addresses through which a request came, as its headers say, the nearest last (RFC 7239, or `X-Forwarded-For`).
fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let all = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).iter();
        values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|part| part.trim().to_owned())
            .collect()
    };
    let forwarded = all("forwarded");
    if forwarded.is_empty() {
        return all("x-forwarded-for").iter().map(|hop| node(hop)).collect();
    }
    let of = |element: &String| {
        let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
        let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
        named
            .next()
            .and_then(|(_, value)| node(value.trim().trim_matches('"')))
    };
    forwarded.iter().map(of).collect()
}

/// An address with or without its port: `192.0.2.1`, `192.0.2.1:47`, `2001:db8::1`, `[2001:db8::1]:47`.
fn node(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split(']').next()?.parse().ok();
    }
    text.split(':').next()?.parse().ok()
}

/// Places that are counted by address.
#[derive(Debug, Default)]
pub(crate) struct Places(Mutex<HashMap<Client, usize>>);

/// One place; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    client: Client,
}

impl Places {
    /// Takes a place, unless the address has as many as it may.
    pub(crate) fn take(self: &Arc<Self>, client: Client, most: usize) -> Option<Place> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.entry(client).or_default();
        if *taken >= most {
            return None;
        }
        *taken += 1;
        drop(all);
        Some(Place {
            places: Arc::clone(self),
            client,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = all.get_mut(&self.client) {
            *taken = taken.saturating_sub(1);
            if *taken == 0 {
                all.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a surprise is a failure")]

    use super::*;

    fn client(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let trusted: Vec<Network> = ["10.0.0.0/8", "fd00::/8"]
            .map(|text| text.parse().unwrap())
            .into();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Client::behind(peer.parse().unwrap(), &map, &trusted)
            .0
            .to_string()
    }

    /// The peer, the headers, the client that is meant.
    type Case<'a> = (&'a str, &'a [(&'static str, &'a str)], &'a str);

    #[test]
    fn only_named_proxies_are_believed() {
        let x = "x-forwarded-for";
        let cases: &[Case<'_>] = &[
            ("192.0.2.9", &[], "192.0.2.9"),
            ("192.0.2.9", &[(x, "198.51.100.1")], "192.0.2.9"),
            ("10.0.0.1", &[(x, "198.51.100.1")], "198.51.100.1"),
            ("::ffff:10.0.0.1", &[(x, "198.51.100.1")], "198.51.100.1"),
            (
                "10.0.0.1",
                &[(x, "203.0.113.7, 198.51.100.1, 10.0.0.2")],
                "198.51.100.1",
            ),
            (
                "10.0.0.1",
                &[(x, "203.0.113.7"), (x, "198.51.100.1")],
                "198.51.100.1",
            ),
            ("10.0.0.1", &[(x, "198.51.100.1:4711")], "198.51.100.1"),
            ("10.0.0.1", &[(x, "made up")], "10.0.0.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            (
                "10.0.0.1",
                &[("forwarded", "for=198.51.100.1;proto=https")],
                "198.51.100.1",
            ),
            (
                "10.0.0.1",
                &[("forwarded", "for=\"[2001:db8:1:2:3::9]:47\"")],
                "2001:db8:1:2::",
            ),
            (
                "fd00::1",
                &[("forwarded", "for=203.0.113.7, For=198.51.100.1")],
                "198.51.100.1",
            ),
            ("2001:db8::7:8", &[], "2001:db8::"),
        ];
        for (peer, headers, expected) in cases {
            assert_eq!(client(peer, headers), *expected, "{peer} {headers:?}");
        }
        for wrong in ["10.0.0.0/33", "x", "10.0.0.0/", ""] {
            assert_eq!(wrong.parse::<Network>(), Err(NetworkError));
        }
    }

    #[test]
    fn places_are_counted_by_address_and_given_back() {
        let places = Arc::new(Places::default());
        let of = |n: u8| Client::of(IpAddr::from([192, 0, 2, n]));
        let first = places.take(of(1), 2).unwrap();
        let second = places.take(of(1), 2).unwrap();
        assert!(places.take(of(1), 2).is_none());
        let other = places.take(of(2), 2).unwrap();
        drop(first);
        assert!(places.take(of(1), 2).is_some());
        drop((second, other));
        assert!(places.0.lock().unwrap().is_empty());
    }
}
