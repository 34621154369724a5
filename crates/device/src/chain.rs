//! Entries as they are kept: signing the next one, and reading chains.

use std::collections::BTreeMap;

use hudang_evidence::body::{Body, SyncHeads};
use hudang_evidence::entry::{Entry, EntryHeader, Tip};
use hudang_evidence::id::{ContractId, DeviceId, EntryId, VisitId};
use hudang_evidence::seal::Head;
use hudang_evidence::time::WallTime;
use rusqlite::{OptionalExtension as _, params};

use crate::device::Scope;
use crate::error::{Result, damaged};
use crate::outbox::Kind;

/// The bytes under which a visit is stored; none for what concerns the phone alone.
pub(crate) fn visit_bytes(visit: Option<VisitId>) -> Vec<u8> {
    visit.map(|visit| visit.to_bytes().to_vec()).unwrap_or_default()
}

impl Scope<'_> {
    /// Signs and keeps the next entry of a device, and puts it into the outbox.
    pub(crate) fn append(
        &self,
        dev: DeviceId,
        visit: Option<VisitId>,
        contract: &ContractId,
        body: Body,
    ) -> Result<Entry> {
        let clock = self.clock();
        let device = self.device_tip(dev)?;
        let chain = self.tip(
            "SELECT seq, id FROM entry WHERE own = 1 AND dev = ?1 AND visit = ?2 ORDER BY seq DESC LIMIT 1",
            dev,
            visit,
        )?;
        let header = EntryHeader {
            app: self.house.app.clone(),
            boot: clock.boot,
            contract: contract.clone(),
            dev,
            dprev: device.id,
            dseq: device.seq.saturating_add(1),
            mono_ms: clock.mono_ms,
            prev: chain.id,
            seq: chain.seq.saturating_add(1),
            visit,
            wall: WallTime::from_ms_clamped(clock.wall_ms),
        };
        let (entry, note) = Entry::sign(header, body, self.signer(dev)?)?;
        self.keep_entry(&entry, &note, true)?;
        self.put(
            Kind::Entry,
            entry.id().as_bytes(),
            Some((dev, entry.header().dseq)),
            visit,
        )?;
        Ok(entry)
    }

    /// How far a key of this phone went over all visits.
    pub(crate) fn device_tip(&self, dev: DeviceId) -> Result<Tip> {
        self.tip(
            "SELECT dseq, id FROM entry WHERE own = 1 AND dev = ?1 AND ?2 = ?2 ORDER BY dseq DESC LIMIT 1",
            dev,
            None,
        )
    }

    fn tip(&self, select: &str, dev: DeviceId, visit: Option<VisitId>) -> Result<Tip> {
        let mut select = self.db.prepare_cached(select)?;
        let row: Option<(u64, [u8; 32])> = select
            .query_row(params![dev.as_bytes(), visit_bytes(visit)], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        Ok(row.map_or(Tip::START, |(seq, id)| Tip::at(seq, EntryId::from_bytes(id))))
    }

    /// Keeps an entry; false where it is here already.
    pub(crate) fn keep_entry(&self, entry: &Entry, note: &[u8], own: bool) -> Result<bool> {
        let (header, blob) = (entry.header(), entry.body().blob());
        let mut insert = self.db.prepare_cached(
            "INSERT INTO entry (id, dev, dseq, visit, seq, kind, own, note, blob)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO NOTHING",
        )?;
        let inserted = insert.execute(params![
            entry.id().as_bytes(),
            header.dev.as_bytes(),
            header.dseq,
            visit_bytes(header.visit),
            header.seq,
            entry.body().kind(),
            own,
            note,
            blob.as_ref().map_or(&[][..], |(blob, _)| blob.as_bytes())
        ])?;
        Ok(inserted > 0)
    }

    /// All entries of a visit, chain by chain. Their signatures were checked when they were kept.
    pub(crate) fn entries(&self, visit: VisitId) -> Result<Vec<Entry>> {
        self.notes(visit)?
            .iter()
            .map(|note| Entry::parse(note).map_err(|error| damaged("an entry", error)))
            .collect()
    }

    /// The notes of a visit's entries, chain by chain.
    pub(crate) fn notes(&self, visit: VisitId) -> Result<Vec<Vec<u8>>> {
        let mut select = self
            .db
            .prepare_cached("SELECT note FROM entry WHERE visit = ?1 ORDER BY dev, seq, id")?;
        let rows = select.query_map([visit.to_bytes()], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Whether this device has begun its chain in the visit.
    pub(crate) fn has_opened(&self, visit: VisitId, dev: DeviceId) -> Result<bool> {
        let mut select = self
            .db
            .prepare_cached("SELECT 1 FROM entry WHERE visit = ?1 AND dev = ?2 AND seq = 1")?;
        Ok(select.exists(params![visit.to_bytes(), dev.as_bytes()])?)
    }

    /// The heads of others' chains that this device should acknowledge by a `sync` entry: those that grew by more
    /// than acknowledgements since its last one, or two phones would acknowledge each other for ever.
    pub(crate) fn unseen_heads(&self, entries: &[Entry], dev: DeviceId) -> Result<Option<Vec<Head>>> {
        let mut seen: BTreeMap<DeviceId, u64> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry.header().dev == dev) {
            if let Body::Sync(sync) = entry.body() {
                seen.extend(sync.heads.iter().map(|head| (head.dev, head.seq)));
            }
        }
        let mut heads = Vec::new();
        let mut news = false;
        for (other, chain) in chains(entries) {
            if self.is_own(other)? {
                continue;
            }
            let from = seen.get(&other).copied().unwrap_or(0);
            news = news
                || chain.iter().any(|entry| {
                    entry.header().seq > from && !matches!(entry.body(), Body::Sync(_) | Body::Anchor(_))
                });
            heads.extend(head(&chain));
        }
        Ok((news && !heads.is_empty()).then_some(heads))
    }

    /// States what this device has seen of others' chains, in every visit that it works on.
    pub(crate) fn acknowledge_all(&self, dev: DeviceId) -> Result<()> {
        // Visits in which others stated something after this device's last acknowledgement.
        let mut select = self.db.prepare_cached(
            "SELECT visit FROM entry WHERE visit <> x'' GROUP BY visit
             HAVING max(dev = ?1)
                AND max(CASE WHEN own = 0 AND kind NOT IN ('sync', 'anchor') THEN rowid ELSE 0 END)
                  > max(CASE WHEN dev = ?1 AND kind = 'sync' THEN rowid ELSE 0 END)",
        )?;
        let visits: Vec<[u8; 16]> = select
            .query_map([dev.as_bytes()], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for visit in visits {
            let mut desk = crate::desk::Desk::take(self, VisitId::from_bytes(visit), dev)?;
            desk.acknowledge(dev)?;
            desk.put_away()?;
        }
        Ok(())
    }
}

/// The chains of these entries, each as far as it hangs together from its first entry.
pub(crate) fn chains(entries: &[Entry]) -> BTreeMap<DeviceId, Vec<&Entry>> {
    let mut by_device: BTreeMap<DeviceId, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        by_device.entry(entry.header().dev).or_default().push(entry);
    }
    for chain in by_device.values_mut() {
        chain.sort_by_key(|entry| entry.header().seq);
        let mut tip = Tip::START;
        chain.retain(|entry| {
            let header = entry.header();
            let follows = header.seq == tip.seq.saturating_add(1) && header.prev == tip.id;
            if follows {
                tip = Tip::at(header.seq, entry.id());
            }
            follows
        });
    }
    by_device.retain(|_, chain| !chain.is_empty());
    by_device
}

/// The last entry of a chain.
pub(crate) fn head(chain: &[&Entry]) -> Option<Head> {
    chain.last().map(|last| Head {
        dev: last.header().dev,
        seq: last.header().seq,
        id: last.id(),
    })
}

/// What a `sync` entry states.
pub(crate) const fn sync_body(heads: Vec<Head>) -> Body {
    Body::Sync(SyncHeads { heads })
}
