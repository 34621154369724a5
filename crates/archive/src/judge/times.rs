//! When the entries of a visit were stated: their phones' clocks, held to the server's contacts with those phones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hudang_evidence::body::Body;
use hudang_evidence::bracket::{Bracket, Claim, TimeAnchor, TimeSource, locate};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{DeviceId, EntryId, InstallationId};
use hudang_evidence::note::VerifierKey;
use hudang_evidence::time::WallTime;
use hudang_evidence::verify::{self, CLOCK_TOLERANCE_MS, Code, Finding, Keyring};
use rusqlite::Connection;

use crate::contacts::{self, Met, Stretch};
use crate::error::{ArchiveError, Result};
use crate::known::Known;

/// Where an entry stands in the archive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The number of its device.
    pub(super) device: i64,
    /// Its place in the journal.
    pub(super) journal: u64,
    /// When it was received.
    pub(super) recv_ms: i64,
}

/// An entry with its place.
pub(super) type Placed = (Arc<Entry>, Place);

/// The `anchor` entries among these whose time this server did not sign. Each is checked once and remembered.
pub(super) fn forged_anchors(
    db: &Connection,
    known: &Known,
    entries: &[Arc<Entry>],
    keys: &Keyring,
) -> Result<BTreeSet<EntryId>> {
    let mut forged = BTreeSet::new();
    let mut server: Option<Vec<VerifierKey>> = None;
    for entry in entries
        .iter()
        .filter(|entry| matches!(entry.body(), Body::Anchor(_)))
    {
        let is_signed = known.anchors.get_or(entry.id(), || {
            if server.is_none() {
                server = Some(server_keys(db)?);
            }
            let mut keys_of_server = server.iter().flatten();
            let phone = keys
                .get(&entry.header().dev)
                .and_then(|enrolled| enrolled.installation);
            let is_signed = phone
                .is_some_and(|phone| keys_of_server.any(|key| verify::is_anchor_signed(entry, phone, key)));
            Ok::<_, ArchiveError>(Some(is_signed))
        })?;
        if is_signed != Some(true) {
            forged.insert(entry.id());
        }
    }
    Ok(forged)
}

/// The keys that this archive has signed with.
fn server_keys(db: &Connection) -> Result<Vec<VerifierKey>> {
    let mut select = db.prepare_cached("SELECT origin, public FROM server_key ORDER BY journal")?;
    let rows = select.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, [u8; 32]>(1)?))
    })?;
    rows.map(|row| {
        let (origin, public) = row?;
        VerifierKey::new(&origin, &public)
            .map_err(|error| ArchiveError::Damaged(format!("the server's key: {error}")))
    })
    .collect()
}

/// When each entry was stated.
pub(super) fn of_entries(
    db: &Connection,
    entries: &[Placed],
    keys: &Keyring,
    enrolled_ms: &BTreeMap<DeviceId, i64>,
    forged: &BTreeSet<EntryId>,
) -> Result<BTreeMap<EntryId, Bracket>> {
    let mut by_device: BTreeMap<DeviceId, Vec<&Placed>> = BTreeMap::new();
    for one in entries {
        by_device.entry(one.0.header().dev).or_default().push(one);
    }
    let mut times = BTreeMap::new();
    for (dev, chain) in by_device {
        let Some(phone) = keys.get(&dev).and_then(|enrolled| enrolled.installation) else {
            continue;
        };
        let enrolled_ms = enrolled_ms.get(&dev).copied().unwrap_or(0);
        of_chain(db, &chain, phone, enrolled_ms, forged, &mut times)?;
    }
    Ok(times)
}

/// The same for one chain, whose entries stand in their order.
fn of_chain(
    db: &Connection,
    chain: &[&Placed],
    installation: InstallationId,
    enrolled_ms: i64,
    forged: &BTreeSet<EntryId>,
    times: &mut BTreeMap<EntryId, Bracket>,
) -> Result<()> {
    let Some(whole) = stretch(chain) else {
        return Ok(());
    };
    let device = chain.first().map_or(0, |(_, place)| place.device);
    let met = Met::read(db, &installation, device, whole)?;
    let mut of_boot: BTreeMap<&str, Vec<&Placed>> = BTreeMap::new();
    for one in chain {
        of_boot.entry(&one.0.header().boot).or_default().push(one);
    }
    let mut anchors: Vec<TimeAnchor> = Vec::new();
    for (boot, part) in &of_boot {
        if let Some(stretch) = stretch(part) {
            anchors.extend(contacts::anchors(db, &installation, boot, stretch)?);
        }
    }
    let signed = |entry: &Entry| match entry.body() {
        Body::Anchor(anchor) if !forged.contains(&entry.id()) => Some(verify::time_anchor(anchor, entry)),
        _ => None,
    };
    anchors.extend(chain.iter().filter_map(|(entry, _)| signed(entry)));
    // Whatever stands behind a signed time in the chain was stated after that time.
    let mut not_before = WallTime::from_ms_clamped(enrolled_ms);
    for (entry, place) in chain {
        let header = entry.header();
        let lacked = met.before(place.journal, header.dseq);
        let claim = Claim {
            boot: &header.boot,
            mono_ms: header.mono_ms,
            wall: header.wall,
            not_before: lacked.map_or(not_before, |lacked| lacked.max(not_before)),
            not_after: WallTime::from_ms_clamped(place.recv_ms),
        };
        times.insert(entry.id(), locate(&claim, &anchors));
        if let Some(anchor) = signed(entry) {
            not_before = not_before.max(anchor.at);
        }
    }
    Ok(())
}

fn stretch(part: &[&Placed]) -> Option<Stretch> {
    let ends = |value: &dyn Fn(&Placed) -> u64| {
        let values = || part.iter().map(|one| value(one));
        Some((values().min()?, values().max()?))
    };
    Some(Stretch {
        mono_ms: ends(&|(entry, _)| entry.header().mono_ms)?,
        journal: ends(&|(_, place)| place.journal)?,
    })
}

/// What is worth telling about the clock that an opening was stated by.
pub(super) fn findings(opening: &Entry, found: &Bracket) -> Vec<Finding> {
    let is_off = found.source == TimeSource::Anchor
        && found.at.ms().abs_diff(opening.header().wall.ms()) > CLOCK_TOLERANCE_MS.unsigned_abs();
    let codes = [(is_off, Code::ClockOff), (found.conflict, Code::ClockConflict)];
    codes
        .into_iter()
        .filter(|(is_found, _)| *is_found)
        .map(|(_, code)| Finding {
            code,
            subject: opening.id().to_string(),
        })
        .collect()
}
