//! The way from a phone to the server: signed requests over HTTPS, as phones send them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hudang_evidence::id::{BlobHash, Sha256};
use hudang_sync::wire::{CONTENT_TYPE, Limits, SyncRequest, SyncResponse, pack, unpack};
use hudang_testkit::person::Person;
use reqwest::blocking::{Client, RequestBuilder};

use crate::served::Served;

/// The archive's name in every measurement.
const ORIGIN: &str = "hudang/152525";

/// Connections to a server, shared by all phones of a measurement.
pub(crate) struct Door {
    client: Client,
    url: String,
}

impl Door {
    pub(crate) fn to(server: &Served) -> Self {
        let tls = hudang_link::pinned(server.fingerprint).unwrap();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .tcp_nodelay(true)
            .timeout(std::time::Duration::from_mins(5))
            .no_proxy()
            .build()
            .unwrap();
        Self {
            client,
            url: server.url.clone(),
        }
    }

    /// Sends one request; a refusal of the whole request is a fault of the measurement.
    pub(crate) fn send(&self, phone: &mut Person, request: &SyncRequest) -> SyncResponse {
        let packed = pack(request).unwrap();
        let signed = phone.signs(ORIGIN, "POST", "/v1/sync", &packed);
        let asking = self.client.post(format!("{}/v1/sync", self.url));
        let answer = answered(asking.header("Content-Type", CONTENT_TYPE).body(packed), signed);
        unpack(&answer, Limits::DEFAULT).unwrap()
    }

    /// Brings one original in one piece.
    pub(crate) fn bring(&self, phone: &mut Person, hash: BlobHash, bytes: Bytes) {
        let signed = phone.signs_content(ORIGIN, "POST", "/v1/blobs", Sha256::from_bytes(*hash.as_bytes()));
        let name = STANDARD.encode(hash.to_string());
        let bringing = self
            .client
            .post(format!("{}/v1/blobs", self.url))
            .header("Tus-Resumable", "1.0.0")
            .header("Upload-Length", bytes.len())
            .header("Upload-Metadata", format!("sha256 {name}"))
            .header("Content-Type", "application/offset+octet-stream")
            .body(bytes);
        answered(bringing, signed);
    }
}

fn answered(mut request: RequestBuilder, signed: [(&'static str, String); 4]) -> Vec<u8> {
    for (name, value) in signed {
        request = request.header(name, value);
    }
    let response = request.send().unwrap();
    let status = response.status();
    let body = response.bytes().unwrap();
    assert!(
        status.is_success(),
        "{status}: {}",
        String::from_utf8_lossy(&body)
    );
    body.to_vec()
}
