//! The window itself, and what stands behind it.

use std::path::PathBuf;

use anyhow::Context as _;
use hudang_device::platform::Platform as _;
use hudang_device::platform::system::SystemPlatform;
use hudang_door::{Door, SessionKey};
use hudang_evidence::id::Sha256;
use tauri::http::StatusCode;
use tauri::{Manager as _, Url, WebviewWindowBuilder};

use crate::{commands, originals, store};

/// The label of the one window.
const WINDOW: &str = "main";

/// What the handlers work with: the door, and the session of the one window.
#[derive(Clone)]
pub(crate) struct Shell {
    pub(crate) door: Door,
    pub(crate) session: SessionKey,
    /// The app, for what only the phone's system can do.
    #[cfg(target_os = "android")]
    pub(crate) app: tauri::AppHandle,
}

/// Opens the window and stays until it is closed.
pub(crate) fn run(store: Option<PathBuf>, reserve_bytes: u64) -> anyhow::Result<()> {
    let builder = tauri::Builder::default();
    #[cfg(target_os = "android")]
    let builder = builder
        .plugin(crate::android::store_key_plugin())
        .plugin(crate::android::recording_plugin())
        .plugin(crate::android::place_plugin());
    builder
        .invoke_handler(tauri::generate_handler![
            commands::command,
            commands::command_with_bytes
        ])
        .register_asynchronous_uri_scheme_protocol("hudang", |context, request, responder| {
            let shell = context.app_handle().try_state::<Shell>();
            let Some(shell) = shell.filter(|_| context.webview_label() == WINDOW) else {
                responder.respond(originals::plain(StatusCode::FORBIDDEN));
                return;
            };
            let shell = shell.inner().clone();
            tauri::async_runtime::spawn_blocking(move || {
                responder.respond(originals::answer(&shell, &request));
            });
        })
        .setup(move |app| {
            let directory = match store {
                Some(directory) => directory,
                None => app.path().app_data_dir()?.join("phone"),
            };
            let door = store::open(app.handle(), &directory, reserve_bytes)?;
            let mut key = [0; 32];
            SystemPlatform::new(&directory)?.random(&mut key);
            let session = SessionKey::new(Sha256::from_bytes(key).to_string());
            app.manage(Shell {
                door,
                session,
                #[cfg(target_os = "android")]
                app: app.handle().clone(),
            });
            let config = app
                .config()
                .app
                .windows
                .first()
                .context("No window is described")?;
            WebviewWindowBuilder::from_config(app, config)?
                .on_navigation(is_own)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
        .context("Open the window")
}

/// Whether an address is a page of the app, or an original of it.
fn is_own(address: &Url) -> bool {
    match address.scheme() {
        "tauri" | "hudang" => address.host_str() == Some("localhost"),
        "http" => matches!(address.host_str(), Some("tauri.localhost" | "hudang.localhost")),
        _ => false,
    }
}
