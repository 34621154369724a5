//! What only Android itself can do: keep the store's key in the phone's keystore, let a recording go on with the screen
//! locked, and say whether a place is simulated. The Kotlin side stands in `gen/android`, class by class. No page can call
//! it: no capability names these plugins.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, anyhow};
use hudang_evidence::id::Sha256;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tauri::plugin::{Builder, PluginHandle, TauriPlugin};
use tauri::{AppHandle, Manager as _, Wry};

/// Where the Kotlin classes are.
const PACKAGE: &str = "cn.hudang.visit";

struct StoreKeyPlugin(PluginHandle<Wry>);

struct RecordingPlugin {
    handle: PluginHandle<Wry>,
    /// Whether the service was last asked to run.
    is_asked: AtomicBool,
}

struct PlacePlugin(PluginHandle<Wry>);

#[derive(Deserialize)]
struct Source {
    mocked: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    may_make: bool,
}

#[derive(Deserialize)]
struct Kept {
    key: String,
}

/// Registers the keystore's side. A Kotlin class is found by its plugin's name, so each has a plugin of its own.
pub(crate) fn store_key_plugin() -> TauriPlugin<Wry> {
    Builder::new("store-key")
        .setup(|app, api| {
            let handle = api.register_android_plugin(PACKAGE, "StoreKeyPlugin")?;
            app.manage(StoreKeyPlugin(handle));
            Ok(())
        })
        .build()
}

/// Registers the service that keeps the microphone.
pub(crate) fn recording_plugin() -> TauriPlugin<Wry> {
    Builder::new("recording")
        .setup(|app, api| {
            let handle = api.register_android_plugin(PACKAGE, "RecordingPlugin")?;
            app.manage(RecordingPlugin {
                handle,
                is_asked: AtomicBool::new(false),
            });
            Ok(())
        })
        .build()
}

/// Registers who knows where the phone has its places from.
pub(crate) fn place_plugin() -> TauriPlugin<Wry> {
    Builder::new("place")
        .setup(|app, api| {
            let handle = api.register_android_plugin(PACKAGE, "PlacePlugin")?;
            app.manage(PlacePlugin(handle));
            Ok(())
        })
        .build()
}

/// The arguments of a command with what the page cannot know: whether the place that it states is simulated.
pub(crate) fn completed(app: &AppHandle, command: &str, arguments: Vec<u8>) -> Vec<u8> {
    if command != "position" {
        return arguments;
    }
    let asked = app
        .state::<PlacePlugin>()
        .0
        .run_mobile_plugin::<Source>("placeMocked", ());
    let is_mocked = match asked {
        Ok(source) => source.mocked,
        Err(error) => {
            eprintln!("placeMocked: {error}");
            false
        }
    };
    let Ok(mut told) = serde_json::from_slice::<Value>(&arguments) else {
        return arguments;
    };
    match told.get_mut("mock") {
        Some(mock) if is_mocked => *mock = Value::Bool(true),
        _ => return arguments,
    }
    told.to_string().into_bytes()
}

/// The store's key. One is made only where `may_make` says that there is no store yet: without its key a store is lost, and
/// a new key would hide that. The person has been told of a refusal when it comes back.
pub(crate) fn store_key(app: &AppHandle, may_make: bool) -> anyhow::Result<[u8; 32]> {
    let StoreKeyPlugin(handle) = app.state::<StoreKeyPlugin>().inner();
    let Kept { key } = handle
        .run_mobile_plugin("storeKey", Wanted { may_make })
        .context("Ask the phone's keystore for the store's key")?;
    // The error of parsing would repeat the key.
    let key: Sha256 = key
        .parse()
        .map_err(|_| anyhow!("The keystore's answer is no key"))?;
    Ok(*key.as_bytes())
}

/// Follows the door's commands: the service runs as long as there is a recording. A refusal leaves a recording that lasts
/// while the screen is on.
pub(crate) fn recording(app: &AppHandle, command: &str, is_done: bool) {
    let (is_wanted, asked) = match command {
        // With each piece, as keeping an older recording that was cut off has ended the service meanwhile.
        "recording_start" | "recording_append" if is_done => (true, "recordingBegins"),
        "recording_finish" | "recording_discard" => (false, "recordingEnds"),
        _ => return,
    };
    let plugin = app.state::<RecordingPlugin>();
    if plugin.is_asked.swap(is_wanted, Ordering::Relaxed) == is_wanted {
        return;
    }
    if let Err(error) = plugin.handle.run_mobile_plugin::<()>(asked, ()) {
        eprintln!("{asked}: {error}");
    }
}
