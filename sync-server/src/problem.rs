//! Errors as answers: `application/problem+json` (RFC 9457) with a stable code and what to do.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use hudang_archive::ArchiveError;
use hudang_sync::code;
use hudang_sync::sign::SignError;
use hudang_sync::wire::WireError;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Content type of an error.
pub(crate) const CONTENT: &str = "application/problem+json";
/// The whole did not have its hash (tus checksum extension).
const CHECKSUM_MISMATCH: u16 = 460;
const RETRY_S: u32 = 5;
/// A disk that is nearly full is not cleared in seconds.
const RESERVE_RETRY_S: u32 = 600;

/// An answer that says no.
#[derive(Debug, Clone)]
pub(crate) struct Problem(Box<Said>);

#[derive(Debug, Clone)]
struct Said {
    status: StatusCode,
    code: String,
    zh: String,
    en: String,
    retry_after_s: Option<u32>,
    /// A further member, with its name.
    more: Option<(&'static str, Value)>,
    /// Where an upload stands.
    offset: Option<u64>,
}

/// An answer that says no, as it travels (RFC 9457).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(crate) struct Told {
    /// Always `about:blank`: the code says more.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status of the answer.
    status: u16,
    /// A stable code.
    code: String,
    /// The status in words.
    title: &'static str,
    /// What is wrong and what to do, in Chinese.
    zh: String,
    /// The same in English.
    en: String,
    /// What some codes say besides.
    #[serde(flatten)]
    more: BTreeMap<&'static str, Value>,
}

pub(crate) type Result<T, E = Problem> = std::result::Result<T, E>;

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<String>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self(Box::new(Said {
            status,
            code: code.into(),
            zh: zh.into(),
            en: en.into(),
            retry_after_s: None,
            more: None,
            offset: None,
        }))
    }

    /// With the words that phones show for a code of sync.
    pub(crate) fn of_sync(status: StatusCode, code: &'static str) -> Self {
        let words = code::explain(code);
        Self::new(
            status,
            code,
            words.map_or("", |words| words.zh),
            words.map_or("", |words| words.en),
        )
    }

    fn after(mut self, seconds: u32) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// Too much is asked at once.
    pub(crate) fn busy() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "SERVER-BUSY",
            "服务器繁忙，请稍后重试。",
            "The server is busy. Try again shortly.",
        )
        .after(RETRY_S)
    }

    /// One asks too often.
    pub(crate) fn too_often(seconds: u32) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "SERVER-RATE",
            "请求过于频繁，请稍后重试。",
            "Too many requests. Try again shortly.",
        )
        .after(seconds.max(1))
    }

    /// Too much is asked at once from one address.
    pub(crate) fn too_many_of_address() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "SERVER-ADDRESS",
            "来自同一网络地址的请求太多，请稍后重试。",
            "Too many requests from one address at once. Try again shortly.",
        )
        .after(RETRY_S)
    }

    /// A bug of the server.
    pub(crate) fn fault() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "SERVER-FAULT",
            "服务器内部出错，数据未丢失。请稍后再试并告知系统管理员。",
            "The server failed; nothing is lost. Try again later and tell the administrator.",
        )
    }

    /// The request is not of the form that is asked for.
    pub(crate) fn malformed(what_zh: &str, what_en: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "REQUEST-MALFORMED",
            format!("请求有误：{what_zh}。请更正后重试。"),
            format!("The request is malformed: {what_en}. Correct it and try again."),
        )
    }

    /// The body is larger than is taken.
    pub(crate) fn too_large() -> Self {
        Self::of_sync(StatusCode::PAYLOAD_TOO_LARGE, code::TOO_LARGE)
    }

    /// The body is of another type.
    pub(crate) fn content_type(wanted: &str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "REQUEST-CONTENT-TYPE",
            format!("内容类型必须是 {wanted}。"),
            format!("The content type must be {wanted}."),
        )
    }

    /// The body did not come in time.
    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "REQUEST-SLOW",
            "数据传输太慢或中断，请重新发送；已上传的部分会保留。",
            "The body came too slowly or broke off; send it again. What was uploaded is kept.",
        )
    }

    /// There is no such address.
    pub(crate) fn no_route() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "REQUEST-PATH",
            "没有这个地址，请核对网址或更新应用。",
            "There is no such address. Check it, or update the app.",
        )
    }

    /// The address knows other methods.
    pub(crate) fn no_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "REQUEST-METHOD",
            "该地址不支持此方法，请更新应用。",
            "The address does not take this method. Update the app.",
        )
    }

    /// There is no such thing.
    pub(crate) fn unknown() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "ARCHIVE-UNKNOWN",
            "没有找到，请核对后再试。",
            "There is no such thing. Check the name and try again.",
        )
    }

    /// Nobody knows who asks.
    pub(crate) fn no_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "TOKEN-UNKNOWN",
            "缺少令牌，或令牌无效、已被收回。请向系统管理员索取新的令牌。",
            "The token is missing, unknown or was taken back. Ask the administrator for a new one.",
        )
    }

    /// Who asks may not.
    pub(crate) fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "TOKEN-ROLE",
            "您的角色无权进行此操作。如有需要请联系系统管理员。",
            "Your role may not do this. Speak to the administrator if it should.",
        )
    }

    /// The request speaks another version of tus.
    pub(crate) fn tus_version() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "UPLOAD-VERSION",
            "上传协议版本不符（需要 Tus-Resumable: 1.0.0），请更新应用。",
            "Tus-Resumable: 1.0.0 is needed. Update the app.",
        )
    }

    /// An upload goes on from somewhere else.
    pub(crate) fn offset(expected: u64) -> Self {
        let mut problem = Self::new(
            StatusCode::CONFLICT,
            "UPLOAD-OFFSET",
            format!("请从第 {expected} 字节继续上传。"),
            format!("Go on from byte {expected}."),
        );
        problem.0.more = Some(("offset", expected.into()));
        problem.0.offset = Some(expected);
        problem
    }

    /// A piece did not have the hash of its header.
    pub(crate) fn piece_checksum() -> Self {
        Self::new(
            checksum_status(),
            "UPLOAD-CHECKSUM",
            "这一段内容与 Upload-Checksum 不符，未接收，请重新发送。",
            "The piece does not have its Upload-Checksum and was not taken; send it again.",
        )
    }
}

fn checksum_status() -> StatusCode {
    StatusCode::from_u16(CHECKSUM_MISMATCH).unwrap_or(StatusCode::BAD_REQUEST)
}

impl IntoResponse for Problem {
    fn into_response(self) -> axum::response::Response {
        let said = *self.0;
        let told = Told {
            kind: "about:blank",
            status: said.status.as_u16(),
            code: said.code,
            title: said.status.canonical_reason().unwrap_or("Checksum Mismatch"),
            zh: said.zh,
            en: said.en,
            more: said.more.into_iter().collect(),
        };
        // Nothing in it can fail to be written.
        let mut response = Response::new(Body::from(serde_json::to_vec(&told).unwrap_or_default()));
        *response.status_mut() = said.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(CONTENT));
        if let Some(seconds) = said.retry_after_s {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if let Some(offset) = said.offset {
            headers.insert(HeaderName::from_static("upload-offset"), offset.into());
        }
        response
    }
}

impl From<ArchiveError> for Problem {
    fn from(error: ArchiveError) -> Self {
        let plain = |status| Self::new(status, error.code(), error.chinese(), error.english());
        match &error {
            ArchiveError::DiskFull | ArchiveError::Busy | ArchiveError::Closed => {
                plain(StatusCode::SERVICE_UNAVAILABLE).after(RETRY_S)
            }
            ArchiveError::Quota { retry_after_s, .. } => {
                plain(StatusCode::TOO_MANY_REQUESTS).after(*retry_after_s)
            }
            ArchiveError::Reserve => plain(StatusCode::INSUFFICIENT_STORAGE).after(RESERVE_RETRY_S),
            ArchiveError::Unknown { .. } => plain(StatusCode::NOT_FOUND),
            ArchiveError::Replayed { highest } => {
                let mut problem = Self::of_sync(StatusCode::CONFLICT, code::REPLAY);
                problem.0.more = Some(("highest", (*highest).into()));
                problem
            }
            ArchiveError::Offset { expected_bytes, .. } => Self::offset(*expected_bytes),
            ArchiveError::Refused { code: own, .. } => match *own {
                "DEVICE-REVOKED" => Self::of_sync(StatusCode::FORBIDDEN, code::DEVICE_REVOKED),
                "MEDIA-HASH" => Self::of_sync(checksum_status(), code::BLOB_MISMATCH),
                "MEDIA-PIECE" => Self::of_sync(StatusCode::UNAUTHORIZED, code::SIGNATURE),
                "MEDIA-BUSY" => plain(StatusCode::SERVICE_UNAVAILABLE).after(RETRY_S),
                "MEDIA-SIZE" => plain(StatusCode::PAYLOAD_TOO_LARGE),
                "MEDIA-LENGTH" => plain(StatusCode::BAD_REQUEST),
                enrol if enrol.starts_with("ENROL-") => plain(StatusCode::FORBIDDEN),
                _ => plain(StatusCode::UNPROCESSABLE_ENTITY),
            },
            _ => {
                // What the system said is for the log of the machine; it names files, never people.
                tracing::error!(code = error.code(), cause = cause(&error), "archive");
                plain(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

/// What failed, without what the database quotes of its rows.
fn cause(error: &ArchiveError) -> String {
    match error {
        ArchiveError::Io { doing, source } => format!("{doing}: {:?}", source.kind()),
        ArchiveError::Sql(_) => "database".to_owned(),
        _ => error.code().to_owned(),
    }
}

impl From<SignError> for Problem {
    fn from(error: SignError) -> Self {
        Self::of_sync(StatusCode::UNAUTHORIZED, error.code())
    }
}

impl From<WireError> for Problem {
    fn from(error: WireError) -> Self {
        let status = match error {
            WireError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            WireError::Form(_) => StatusCode::UPGRADE_REQUIRED,
            WireError::Compression(_) | WireError::Cbor(_) => StatusCode::BAD_REQUEST,
        };
        Self::of_sync(status, error.code())
    }
}
