//! Who is let in: pages of this host's own origin, each screen by its cookie.

use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method};
use hudang_door::SessionKey;
use hudang_evidence::id::Sha256;

/// What the host knows of itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guard {
    pub(crate) scheme: &'static str,
    pub(crate) port: u16,
}

impl Guard {
    /// Whether a request comes from a page of this host. Other pages of the browser, and names that an attacker has
    /// pointed at this machine, do not.
    pub(crate) fn lets_in(&self, method: &Method, headers: &HeaderMap) -> bool {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
        };
        let Some(host) = text(HOST) else { return false };
        if !self.is_own(host) {
            return false;
        }
        if let Some(site) = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok())
            && !matches!(site, "same-origin" | "none")
        {
            return false;
        }
        match text(ORIGIN) {
            Some(origin) => origin == format!("{}://{host}", self.scheme),
            // A page that posts always says from where.
            None => method != Method::POST,
        }
    }

    /// An address, or `localhost`: a name could be anybody's.
    fn is_own(&self, host: &str) -> bool {
        let Some(name) = host.strip_suffix(&format!(":{}", self.port)) else {
            return false;
        };
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        name == "localhost" || bare.parse::<std::net::IpAddr>().is_ok()
    }

    /// The cookie's name: browsers share cookies among the ports of a machine.
    fn cookie(&self) -> String {
        format!("hudang-{}", self.port)
    }

    /// The session that a request names.
    pub(crate) fn session(&self, headers: &HeaderMap) -> Option<SessionKey> {
        let name = self.cookie();
        headers.get_all(COOKIE).iter().find_map(|value| {
            value.to_str().ok()?.split(';').find_map(|pair| {
                let (found, key) = pair.trim().split_once('=')?;
                let is_key = key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
                (found == name && is_key).then(|| SessionKey::new(key))
            })
        })
    }

    /// A new session with the cookie that names it.
    pub(crate) fn new_session(&self) -> Option<(SessionKey, HeaderValue)> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).ok()?;
        let key = Sha256::from_bytes(bytes).to_string();
        let secure = if self.scheme == "https" { "; Secure" } else { "" };
        let cookie = format!(
            "{}={key}; Path=/; HttpOnly; SameSite=Strict{secure}",
            self.cookie()
        );
        Some((SessionKey::new(key), HeaderValue::from_str(&cookie).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUARD: Guard = Guard {
        scheme: "http",
        port: 8080,
    };

    fn asked(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &'static str)| {
            (name.parse().unwrap(), HeaderValue::from_static(value))
        };
        pairs.iter().map(header).collect()
    }

    #[test]
    fn only_own_pages_come_in() {
        let own = asked(&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080")]);
        assert!(GUARD.lets_in(&Method::POST, &own));
        let other_page = asked(&[("host", "127.0.0.1:8080"), ("origin", "https://example.org")]);
        assert!(!GUARD.lets_in(&Method::POST, &other_page));
        let rebound = asked(&[
            ("host", "evil.example:8080"),
            ("origin", "http://evil.example:8080"),
        ]);
        assert!(!GUARD.lets_in(&Method::POST, &rebound));
        let silent = asked(&[("host", "127.0.0.1:8080")]);
        assert!(!GUARD.lets_in(&Method::POST, &silent));
        assert!(GUARD.lets_in(&Method::GET, &silent));
        let embedded = asked(&[("host", "127.0.0.1:8080"), ("sec-fetch-site", "cross-site")]);
        assert!(!GUARD.lets_in(&Method::GET, &embedded));
    }

    #[test]
    fn a_session_is_found_by_its_own_cookie() {
        let (key, cookie) = GUARD.new_session().unwrap();
        let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, format!("hudang-9999=00; {pair}").parse().unwrap());
        assert!(GUARD.session(&headers) == Some(key));
        headers.insert(COOKIE, "hudang-8080=short".parse().unwrap());
        assert!(GUARD.session(&headers).is_none());
    }
}
