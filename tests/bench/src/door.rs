//! The way from a phone to the server. The figures ask through this, so that the same ones can be measured in
//! one process and over a network.

use hudang_archive::Archive;
use hudang_sync::wire::{SyncRequest, SyncResponse};
use hudang_testkit::person::Person;

/// Takes a phone's request and gives its answer.
pub(crate) trait Door: Sync {
    /// Sends one request `later_ms` after the morning of the contract; a refusal of the whole request is a fault
    /// of the measurement.
    fn send(&self, phone: &mut Person, request: SyncRequest, later_ms: i64) -> SyncResponse;
}

impl Door for Archive {
    fn send(&self, phone: &mut Person, request: SyncRequest, later_ms: i64) -> SyncResponse {
        phone.sends(self, request, later_ms)
    }
}
