//! The store behind the window: opened, or made at the first start.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use hudang_device::platform::NoFaults;
use hudang_device::platform::system::SystemPlatform;
use hudang_device::{Device, DeviceError, Opening, key_file};
use hudang_door::{Door, Furnishing};
use hudang_visit::Language;

const APP: &str = concat!(env!("CARGO_PKG_VERSION"), "+app");

/// Opens the door over the store of a directory.
pub(crate) fn open(directory: &Path, reserve_bytes: u64) -> anyhow::Result<Door> {
    std::fs::create_dir_all(directory).with_context(|| format!("Make {}", directory.display()))?;
    let platform = Arc::new(SystemPlatform::new(directory).context("Ask the machine")?);
    let device = device(directory, reserve_bytes, &platform)?;
    let furnishing = Furnishing {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        reserve_bytes,
    };
    Ok(Door::new(device, platform, furnishing))
}

fn device(directory: &Path, reserve_bytes: u64, platform: &Arc<SystemPlatform>) -> anyhow::Result<Device> {
    // A key that a cut-off first start left is used: nothing else was made under it.
    let key = match key_file::read(directory).context("Read the store's key")? {
        Some(key) => key,
        None => key_file::make(directory, platform.as_ref()).context("Make the store's key")?,
    };
    let opening = || Opening {
        directory: directory.to_owned(),
        key: key.clone(),
        app: APP.to_owned(),
        reserve_bytes,
        platform: Arc::<SystemPlatform>::clone(platform),
        faults: Arc::new(NoFaults),
    };
    match Device::open(opening()) {
        Err(DeviceError::StorePlace) => Device::create(opening()),
        opened => opened,
    }
    .map_err(|error| {
        let told = format!("{} {}", error.code(), error.message(Language::Zh));
        anyhow::Error::new(error).context(told)
    })
}
