//! A window of Tauri with an empty page: what the app's start and memory are measured beside (`cargo xtask bench window`).

use tauri::http::Response;
use tauri::http::header::CONTENT_TYPE;
use tauri::{WebviewUrl, WebviewWindowBuilder};

const PAGE: &str =
    "<!doctype html><title>empty</title><p>empty</p><script>performance.mark('interactive')</script>";

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .register_uri_scheme_protocol("empty", |_, _| {
            let mut page = Response::new(PAGE.as_bytes().to_vec());
            let html = tauri::http::HeaderValue::from_static("text/html; charset=utf-8");
            page.headers_mut().insert(CONTENT_TYPE, html);
            page
        })
        .setup(|app| {
            let address = WebviewUrl::CustomProtocol("empty://localhost/".parse()?);
            WebviewWindowBuilder::new(app, "empty", address)
                .inner_size(420.0, 860.0)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
