//! Opening the store of a phone without a screen, and who acts in it.
//!
//! A file in the store's directory ([`key_file`]) stands for the platform's keystore.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hudang_device::platform::NoFaults;
use hudang_device::platform::system::SystemPlatform;
use hudang_device::{Device, DeviceError, Opening, PinCost, StoreKey, key_file};
use hudang_evidence::id::PersonId;
use serde::Serialize;

use crate::args::By;
use crate::error::Failure;
use crate::output::Output;

const APP: &str = concat!(env!("CARGO_PKG_VERSION"), "+cli");

/// What of the machine a store is opened with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine {
    /// Free space in MB under which photos and recordings are refused.
    pub(crate) reserve_mb: u32,
    /// As if the machine had been started so much earlier.
    pub(crate) started_earlier_s: u64,
}

/// An open store, and the PINs that were given.
pub(crate) struct Store {
    pub(crate) device: Device,
    platform: Arc<SystemPlatform>,
    pins: Vec<String>,
}

#[derive(Serialize)]
struct Made {
    installation: String,
}

/// Makes a store.
pub(crate) fn init(directory: &Path, machine: Machine, output: &Output) -> Result<(), Failure> {
    hudang_private::create_dir_all(directory).map_err(|error| Failure::file(directory, &error))?;
    let platform = platform(directory, machine)?;
    // A key that a cut-off `init` left is used: nothing else was made under it.
    let key = match read_key(directory)? {
        Some(key) => key,
        None => key_file::make(directory, platform.as_ref())
            .map_err(|error| Failure::file(&key_file::place(directory), &error))?,
    };
    let device = Device::create(opening(directory, key, machine, platform))?;
    let installation = device.installation().to_string();
    output.result(&Made { installation }, |made| {
        println!("{} {}", output.say("已建立资料库", "made"), made.installation);
    })
}

impl Store {
    pub(crate) fn open(directory: &Path, machine: Machine, pins: Vec<String>) -> Result<Self, Failure> {
        if !directory.is_dir() {
            return Err(DeviceError::StorePlace.into());
        }
        let key = read_key(directory)?.ok_or(DeviceError::StorePlace)?;
        let platform = platform(directory, machine)?;
        let device = Device::open(opening(directory, key, machine, Arc::clone(&platform)))?;
        Ok(Self {
            device,
            platform,
            pins,
        })
    }

    /// The machine's clocks and randomness.
    pub(crate) fn platform(&self) -> Arc<SystemPlatform> {
        Arc::clone(&self.platform)
    }

    /// Unlocks everybody whose PIN was given: what others stated can then be acknowledged at once.
    pub(crate) fn unlock_whom_pins_open(&mut self) -> Result<(), Failure> {
        for person in self.device.people()? {
            if self.pin(&person.person).is_ok() {
                self.unlock(&person.person)?;
            }
        }
        Ok(())
    }

    /// Who acts: whoever was named, or the one person of the phone.
    pub(crate) fn person(&self, by: &By) -> Result<PersonId, Failure> {
        if let Some(text) = &by.person {
            return super::name::person(text);
        }
        let people = self.device.people()?;
        match people.as_slice() {
            [only] => Ok(only.person.clone()),
            [] => Err(DeviceError::PersonUnknown.into()),
            _ => Err(Failure::new(
                "PHONE-PERSON",
                "这部手机上有几个人，请用 --person 说明是谁。",
                "Several people are on this phone; say who with --person.",
            )),
        }
    }

    /// Who acts, with the key unlocked.
    pub(crate) fn signer(&mut self, by: &By) -> Result<PersonId, Failure> {
        let person = self.person(by)?;
        self.unlock(&person)?;
        Ok(person)
    }

    pub(crate) fn unlock(&mut self, person: &PersonId) -> Result<(), Failure> {
        let people = self.device.people()?;
        let known = people.iter().find(|known| known.person == *person);
        if known.ok_or(DeviceError::PersonUnknown)?.unlocked {
            return Ok(());
        }
        let pin = self.pin(person)?.to_owned();
        Ok(self.device.unlock(person, &pin)?)
    }

    /// The PIN that was given for a person: `PERSON=PIN` goes before a PIN for everybody.
    pub(crate) fn pin(&self, person: &PersonId) -> Result<&str, Failure> {
        let own = self.pins.iter().find_map(|pin| {
            let (name, pin) = pin.split_once('=')?;
            (name == person.as_str()).then_some(pin)
        });
        own.or_else(|| {
            self.pins
                .iter()
                .find(|pin| !pin.contains('='))
                .map(String::as_str)
        })
        .ok_or_else(|| {
            Failure::new(
                "PHONE-PIN",
                "这一步要签名，请用 HUDANG_PIN 或 --pin 给出 PIN。",
                "This step is signed; give the PIN by HUDANG_PIN or --pin.",
            )
        })
    }
}

fn platform(directory: &Path, machine: Machine) -> Result<Arc<SystemPlatform>, Failure> {
    let platform = SystemPlatform::new(directory).map_err(DeviceError::from)?;
    let earlier = Duration::from_secs(machine.started_earlier_s);
    Ok(Arc::new(platform.started_earlier(earlier)))
}

fn opening(directory: &Path, key: StoreKey, machine: Machine, platform: Arc<SystemPlatform>) -> Opening {
    Opening {
        directory: directory.to_owned(),
        key,
        app: APP.to_owned(),
        reserve_bytes: u64::from(machine.reserve_mb) << 20,
        pin_cost: PinCost::NOW,
        platform,
        faults: Arc::new(NoFaults),
    }
}

/// The key from its file.
fn read_key(directory: &Path) -> Result<Option<StoreKey>, Failure> {
    key_file::read(directory).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => DeviceError::StoreKey.into(),
        _ => Failure::file(&key_file::place(directory), &error),
    })
}
