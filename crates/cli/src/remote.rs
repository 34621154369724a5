//! A running server, asked over HTTPS.

mod original;

use std::time::Duration;

use hudang_evidence::id::{BlobHash, Sha256};
use hudang_evidence::note::VerifierKey;
use hudang_link::pinned;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::{Method, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::args::OfServer;
use crate::error::Failure;
use original::Reading;

/// A report over a year of visits takes its time.
const TIMEOUT: Duration = Duration::from_mins(5);

/// A server with the token to ask it with.
pub(crate) struct Remote {
    client: Client,
    url: String,
    token: String,
    /// What is looked for, percent-encoded.
    purpose: Option<String>,
    receipt_key: Option<VerifierKey>,
}

impl Remote {
    /// The server that was named, if one was.
    pub(crate) fn of(server: &OfServer) -> Result<Option<Self>, Failure> {
        let Some(url) = &server.url else { return Ok(None) };
        let token = server.token.clone().ok_or_else(|| {
            Failure::new(
                "CLI-TOKEN",
                "缺少令牌，请用 --token 或 HUDANG_TOKEN 提供。",
                "Give a token with --token or HUDANG_TOKEN.",
            )
        })?;
        let key = |text: &String| {
            let parsed: Result<VerifierKey, _> = text.parse();
            parsed.map_err(|error| Failure::input("回执公钥", "receipt key", text).because(&error))
        };
        let receipt_key = server.receipt_key.as_ref().map(key).transpose()?;
        let unusable = |cause: &dyn core::fmt::Display| {
            Failure::input("服务器地址或证书指纹", "server or fingerprint", url).because(cause)
        };
        let builder = Client::builder().timeout(TIMEOUT);
        let builder = if let Some(print) = &server.tls_fingerprint {
            let print: Sha256 = print.parse().map_err(|error| unusable(&error))?;
            builder.tls_backend_preconfigured(pinned(print).map_err(|error| unusable(&error))?)
        } else {
            // Where another part of the program chose one already, that one does as well.
            let _ = rustls::crypto::ring::default_provider().install_default();
            builder
        };
        Ok(Some(Self {
            client: builder.build().map_err(|error| unusable(&error))?,
            url: url.trim_end_matches('/').to_owned(),
            token,
            purpose: server.purpose.as_deref().map(segment),
            receipt_key,
        }))
    }

    /// The server's receipt key, where it is known from elsewhere.
    pub(crate) const fn receipt_key(&self) -> Option<&VerifierKey> {
        self.receipt_key.as_ref()
    }

    /// The bytes of an original, as they are read.
    pub(crate) fn original(&self, hash: &BlobHash) -> Reading<'_> {
        Reading::new(self, hash)
    }

    /// Asks; the answer as JSON.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Failure> {
        json(sent(self.request(Method::GET, path).query(query))?)
    }

    /// Asks; the answer's bytes.
    pub(crate) fn bytes(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<u8>, Failure> {
        let answer = sent(self.request(Method::GET, path).query(query))?;
        Ok(answer.bytes().map_err(|error| unreachable(&error))?.to_vec())
    }

    /// Tells something; the answer as JSON.
    pub(crate) fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        json(sent(self.request(Method::POST, path).json(body))?)
    }

    /// Tells something that has no answer.
    pub(crate) fn tell(&self, path: &str, body: &impl Serialize) -> Result<(), Failure> {
        sent(self.request(Method::POST, path).json(body)).map(|_| ())
    }

    /// Sends a file as it is.
    pub(crate) fn send_file<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        file: Vec<u8>,
    ) -> Result<T, Failure> {
        let request = self
            .request(method, path)
            .header(header::CONTENT_TYPE, "application/json");
        json(sent(request.body(file))?)
    }

    /// Takes something back.
    pub(crate) fn delete(&self, path: &str) -> Result<(), Failure> {
        sent(self.request(Method::DELETE, path)).map(|_| ())
    }

    /// All rows of a list that comes in pages.
    pub(crate) fn all<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, Failure> {
        let (mut rows, mut after) = (Vec::new(), None::<String>);
        loop {
            let mut query = query.to_vec();
            query.push(("limit", "500"));
            if let Some(after) = &after {
                query.push(("after", after));
            }
            let page: hudang_sync_server::message::Page<T> = self.get(path, &query)?;
            rows.extend(page.rows);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(rows),
            }
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        match &self.purpose {
            Some(purpose) => request.header("purpose", purpose),
            None => request,
        }
    }
}

/// A text as one part of a path.
pub(crate) fn segment(text: &str) -> String {
    let encoded: Vec<String> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    encoded.concat()
}

fn sent(request: RequestBuilder) -> Result<Response, Failure> {
    let answer = request.send().map_err(|error| unreachable(&error))?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = answer.status();
    let problem: Value = answer.json().unwrap_or_default();
    let text = |member: &str| problem.get(member).and_then(Value::as_str).map(str::to_owned);
    let (code, zh, en) = (text("code"), text("zh"), text("en"));
    Err(Failure::new(
        code.as_deref().unwrap_or("CLI-SERVER"),
        zh.unwrap_or_else(|| format!("服务器回答 {status}。")),
        en.unwrap_or_else(|| format!("The server answers {status}.")),
    ))
}

fn json<T: DeserializeOwned>(answer: Response) -> Result<T, Failure> {
    answer.json().map_err(|error| unreachable(&error))
}

fn unreachable(error: &reqwest::Error) -> Failure {
    let mut cause = String::new();
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = next {
        cause = error.to_string();
        next = error.source();
    }
    Failure::new(
        "CLI-SERVER",
        "服务器连接不上或回答有误。请核对地址和证书指纹，确认服务正在运行。",
        "The server cannot be reached or answers wrongly. Check its address and fingerprint, and that it runs.",
    )
    .because(&cause)
}
