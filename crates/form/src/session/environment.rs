//! What a session is told of the world.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};

use crate::tree::{Doctype, Tree, read};

/// Time, zone, chance, and what is known of the device.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The time, with the zone's offset.
    pub now: DateTime<FixedOffset>,
    /// Where `random()` and `uuid()` begin.
    pub seed: u64,
    /// `deviceid`, `username` and the like.
    pub properties: BTreeMap<String, String>,
    /// Where the device is, as a geopoint.
    pub location: Option<String>,
    /// What was sent last from the same form, as XML.
    pub last_saved: Option<String>,
    /// What was drawn ([`Form::is_drawn`](crate::form::Form::is_drawn)) stays, as an answer does, also where the form
    /// is opened again; and a calculation that mixes chance with answers draws the same each time. Other engines draw
    /// anew at each opening unless the form says `once`.
    pub keeps_drawn: bool,
}

impl Environment {
    /// Time and seed; nothing is known of the device.
    pub fn new(now: DateTime<FixedOffset>, seed: u64) -> Self {
        Self {
            now,
            seed,
            properties: BTreeMap::new(),
            location: None,
            last_saved: None,
            keeps_drawn: false,
        }
    }

    pub(super) fn last_saved_tree(&self) -> Option<Tree> {
        self.last_saved
            .as_ref()
            .and_then(|text| read(text, Doctype::Refused).ok())
    }
}
