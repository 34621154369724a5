//! The store behind the window: opened, or made at the first start.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
#[cfg(not(target_os = "android"))]
use hudang_device::key_file;
use hudang_device::platform::NoFaults;
use hudang_device::platform::system::SystemPlatform;
use hudang_device::{Device, Opening, PinCost, StoreKey};
use hudang_door::{Door, Furnishing};
use hudang_visit::Language;
use tauri::AppHandle;

const APP: &str = concat!(env!("CARGO_PKG_VERSION"), "+app");

/// Opens the door over the store of a directory.
pub(crate) fn open(app: &AppHandle, directory: &Path, reserve_bytes: u64) -> anyhow::Result<Door> {
    hudang_private::create_dir_all(directory).with_context(|| format!("Make {}", directory.display()))?;
    let platform = Arc::new(SystemPlatform::new(directory).context("Ask the machine")?);
    let key = key(app, directory, &platform)?;
    let device = device(directory, key, reserve_bytes, &platform)?;
    let furnishing = Furnishing {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        reserve_bytes,
    };
    Ok(Door::new(device, platform, furnishing))
}

/// The phone's keystore keeps the key.
#[cfg(target_os = "android")]
fn key(app: &AppHandle, directory: &Path, _platform: &Arc<SystemPlatform>) -> anyhow::Result<StoreKey> {
    let is_new = !Device::is_in(directory);
    Ok(StoreKey::new(crate::android::store_key(app, is_new)?))
}

/// The key lies in a file: a desk has no keystore that an app could count on.
#[cfg(not(target_os = "android"))]
fn key(_app: &AppHandle, directory: &Path, platform: &Arc<SystemPlatform>) -> anyhow::Result<StoreKey> {
    // A key that a cut-off first start left is used: nothing else was made under it.
    match key_file::read(directory).context("Read the store's key")? {
        Some(key) => Ok(key),
        None => key_file::make(directory, platform.as_ref()).context("Make the store's key"),
    }
}

fn device(
    directory: &Path,
    key: StoreKey,
    reserve_bytes: u64,
    platform: &Arc<SystemPlatform>,
) -> anyhow::Result<Device> {
    let opening = Opening {
        directory: directory.to_owned(),
        key,
        app: APP.to_owned(),
        reserve_bytes,
        pin_cost: PinCost::NOW,
        platform: Arc::<SystemPlatform>::clone(platform),
        faults: Arc::new(NoFaults),
    };
    let opened = if Device::is_in(directory) {
        Device::open(opening)
    } else {
        Device::create(opening)
    };
    opened.map_err(|error| {
        let told = format!("{} {}", error.code(), error.message(Language::Zh));
        anyhow::Error::new(error).context(told)
    })
}
