//! The two handlers that the page may call: both lead into the door's one table of commands.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hudang_door::error::DoorError;
use serde::Serialize;
use serde_json::Value;
use tauri::State;
use tauri::ipc::{InvokeBody, Request, Response};

use crate::shell::Shell;

/// What the page is told of a call that was not carried out.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Refused {
    /// The door refused.
    Door(DoorError),
    /// What came was not of the page's own making, or the program failed; the page shows that the door does not answer.
    Unanswered(()),
}

/// Carries out a command whose arguments are all that it takes.
#[tauri::command]
pub(crate) async fn command(name: String, args: Value, shell: State<'_, Shell>) -> Result<Response, Refused> {
    call(&shell, name, args.to_string().into_bytes(), Vec::new()).await
}

/// Carries out a command whose body is an original; name and arguments stand in headers beside it.
#[tauri::command]
pub(crate) async fn command_with_bytes(
    request: Request<'_>,
    shell: State<'_, Shell>,
) -> Result<Response, Refused> {
    let header = |name| request.headers().get(name)?.to_str().ok();
    let (Some(name), Some(arguments), Some(body)) = (
        header("hudang-command"),
        header("hudang-args").and_then(unescape),
        original(request.body()),
    ) else {
        return Err(Refused::Unanswered(()));
    };
    call(&shell, name.to_owned(), arguments, body).await
}

/// An original as the page sends it: raw, or in base64 from Android, whose web view hands no raw body to an app.
fn original(body: &InvokeBody) -> Option<Vec<u8>> {
    match body {
        InvokeBody::Raw(body) => Some(body.clone()),
        InvokeBody::Json(body) => STANDARD.decode(body.get("base64")?.as_str()?).ok(),
    }
}

/// Runs what waits for the disk beside the window.
async fn call(shell: &Shell, name: String, arguments: Vec<u8>, body: Vec<u8>) -> Result<Response, Refused> {
    let shell = shell.clone();
    let called = tauri::async_runtime::spawn_blocking(move || {
        #[cfg(target_os = "android")]
        let arguments = crate::android::completed(&shell.app, &name, arguments);
        let called = shell.door.call(&shell.session, &name, &arguments, &body);
        #[cfg(target_os = "android")]
        crate::android::recording(&shell.app, &name, called.is_ok());
        called
    })
    .await;
    let json = called
        .map_err(|_| Refused::Unanswered(()))?
        .map_err(Refused::Door)?;
    let json = String::from_utf8(json).map_err(|_| Refused::Unanswered(()))?;
    Ok(Response::new(json))
}

/// Takes back what `encodeURIComponent` did; none where it is not of its making.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let value = digit(bytes.next()?)? * 16 + digit(bytes.next()?)?;
            plain.push(u8::try_from(value).ok()?);
        } else {
            plain.push(byte);
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn originals_come_raw_or_in_base64() {
        let of = |body| original(&body);
        assert_eq!(of(InvokeBody::Raw(vec![255, 216])), Some(vec![255, 216]));
        let told = |text: &str| InvokeBody::Json(serde_json::json!({ "base64": text }));
        assert_eq!(of(told("/9g=")), Some(vec![255, 216]));
        for other in [
            told("/9g"),
            told("门牌"),
            InvokeBody::Json(serde_json::json!([255, 216])),
        ] {
            assert_eq!(of(other), None);
        }
    }

    #[test]
    fn arguments_come_back_as_the_page_wrote_them() {
        let escaped = "%7B%22purpose%22%3A%22%E9%97%A8%E7%89%8C%22%7D";
        assert_eq!(unescape(escaped).unwrap(), r#"{"purpose":"门牌"}"#.as_bytes());
        for cut in ["%", "%4", "%zz"] {
            assert_eq!(unescape(cut), None, "{cut}");
        }
    }
}
