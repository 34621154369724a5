//! What the chains of a visit say, for showing.

use std::collections::{BTreeMap, BTreeSet};

use hudang_device::{Device, DeviceError, Doubts};
use hudang_evidence::body::{Body, Photo, SignedBy, Source};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{DeviceId, EntryId, PersonId, VisitId};
use hudang_visit::Language;

use crate::cross::capture::{
    ConsentView, DrawingView, PictureView, PositionView, RecordingView, SignatureView, SignedHand, WaiverView,
};
use crate::cross::form::Node;
use crate::error::Result;

/// The entries of a visit by time, with who holds which key and what was taken back.
pub(crate) struct Chains {
    pub(crate) entries: Vec<Entry>,
    people: BTreeMap<DeviceId, String>,
    amended: BTreeSet<EntryId>,
}

impl Chains {
    pub(crate) fn read(device: &Device, visit: VisitId) -> Result<Self> {
        let notes = device.entry_notes(visit)?;
        let mut entries: Vec<Entry> = notes
            .iter()
            .map(|note| Entry::parse(note).map_err(|error| DeviceError::Damaged(error.to_string())))
            .collect::<core::result::Result<_, _>>()?;
        entries.sort_by_key(|entry| (entry.header().wall, entry.header().dseq));
        let mut people = BTreeMap::new();
        let mut amended = BTreeSet::new();
        for entry in &entries {
            match entry.body() {
                Body::Open(open) => {
                    people.insert(entry.header().dev, open.person.to_string());
                }
                Body::Amend(amend) => {
                    amended.insert(amend.of);
                }
                _ => {}
            }
        }
        Ok(Self {
            entries,
            people,
            amended,
        })
    }

    /// Who holds a key.
    pub(crate) fn person(&self, dev: DeviceId) -> Option<String> {
        self.people.get(&dev).cloned()
    }

    fn by(&self, entry: &Entry) -> Option<String> {
        self.person(entry.header().dev)
    }

    fn is_withdrawn(&self, entry: &Entry) -> bool {
        self.amended.contains(&entry.id())
    }

    /// When the visit was opened first.
    pub(crate) fn opened_ms(&self) -> Option<i64> {
        let opens = self
            .entries
            .iter()
            .filter(|entry| matches!(entry.body(), Body::Open(_)));
        opens.map(|entry| entry.header().wall.ms()).min()
    }

    /// Photos, each with what speaks against it.
    pub(crate) fn photos(&self, doubts: &Doubts, language: Language) -> Vec<PictureView> {
        let against = |photo: &Photo| {
            let of_photo = doubts
                .get(&(photo.purpose.clone(), photo.sha256))
                .into_iter()
                .flatten();
            of_photo.map(|doubt| doubt.message(language).to_owned()).collect()
        };
        let photo = |entry: &Entry| match entry.body() {
            Body::Photo(photo) => Some(PictureView {
                entry: entry.id(),
                blob: photo.sha256,
                purpose: photo.purpose.clone(),
                size_bytes: photo.bytes,
                at_ms: entry.header().wall.ms(),
                person: self.by(entry),
                taken: photo.taken.clone(),
                place: photo.gps.map(Into::into),
                imported: photo.src == Source::Import,
                withdrawn: self.is_withdrawn(entry),
                drawings: self.drawings(entry.id()),
                doubts: if self.is_withdrawn(entry) {
                    Vec::new()
                } else {
                    against(photo)
                },
            }),
            _ => None,
        };
        self.entries.iter().filter_map(photo).collect()
    }

    /// The copies of a photo that somebody drew on and that stand.
    fn drawings(&self, photo: EntryId) -> Vec<DrawingView> {
        let drawing = |entry: &Entry| match entry.body() {
            Body::Drawing(drawing) if drawing.of == photo && !self.is_withdrawn(entry) => Some(DrawingView {
                entry: entry.id(),
                blob: drawing.sha256,
            }),
            _ => None,
        };
        self.entries.iter().filter_map(drawing).collect()
    }

    /// Whether a person stated a position that stands.
    pub(crate) fn has_position_of(&self, person: &PersonId) -> bool {
        let is_theirs = |entry: &Entry| self.by(entry).is_some_and(|by| by == person.as_str());
        let mut stated = self.entries.iter();
        stated.any(|entry| {
            matches!(entry.body(), Body::Gps(_)) && is_theirs(entry) && !self.is_withdrawn(entry)
        })
    }

    /// How many photos stand.
    pub(crate) fn photographed(&self) -> usize {
        let is_photo = |entry: &&Entry| matches!(entry.body(), Body::Photo(_)) && !self.is_withdrawn(entry);
        self.entries.iter().filter(is_photo).count()
    }

    /// How many signatures by hand stand.
    pub(crate) fn signed(&self) -> usize {
        let is_signed = |entry: &&Entry| matches!(entry.body(), Body::Sign(_)) && !self.is_withdrawn(entry);
        self.entries.iter().filter(is_signed).count()
    }

    /// Signatures by hand, each with what was answered otherwise since, as these nodes of the form ask it.
    pub(crate) fn signatures(
        &self,
        device: &Device,
        visit: VisitId,
        nodes: &[Node],
    ) -> Result<Vec<SignatureView>> {
        let mut stale = device.stale_signatures(visit)?;
        let mut found = Vec::new();
        for entry in &self.entries {
            let Body::Sign(sign) = entry.body() else { continue };
            found.push(SignatureView {
                entry: entry.id(),
                blob: sign.sha256,
                role: sign.role,
                signer: sign.person.clone(),
                changed: asked(stale.remove(&entry.id()).unwrap_or_default(), nodes),
                hand: match sign.by {
                    None => SignedHand::Own,
                    Some(SignedBy::Thumbprint) => SignedHand::Thumbprint,
                    Some(SignedBy::Proxy(name)) => SignedHand::Proxy(device.remark(&name)?),
                },
                at_ms: entry.header().wall.ms(),
                person: self.by(entry),
                withdrawn: self.is_withdrawn(entry),
            });
        }
        Ok(found)
    }

    pub(crate) fn recordings(&self) -> Vec<RecordingView> {
        let recording = |entry: &Entry| match entry.body() {
            Body::Audio(audio) => Some(RecordingView {
                entry: entry.id(),
                blob: audio.sha256,
                purpose: audio.purpose.clone(),
                mime: audio.mime.clone(),
                size_bytes: audio.bytes,
                duration_ms: audio.duration_ms,
                gap_ms: audio.gap_ms,
                silent: audio.silent,
                at_ms: entry.header().wall.ms(),
                person: self.by(entry),
                withdrawn: self.is_withdrawn(entry),
            }),
            _ => None,
        };
        self.entries.iter().filter_map(recording).collect()
    }

    pub(crate) fn positions(&self) -> Vec<PositionView> {
        let position = |entry: &Entry| match entry.body() {
            Body::Gps(position) => Some(PositionView {
                entry: entry.id(),
                place: position.at.into(),
                accuracy_cm: position.accuracy_cm,
                mock: position.mock,
                at_ms: entry.header().wall.ms(),
                withdrawn: self.is_withdrawn(entry),
            }),
            _ => None,
        };
        self.entries.iter().filter_map(position).collect()
    }

    pub(crate) fn consents(&self) -> Vec<ConsentView> {
        let consent = |entry: &Entry| match entry.body() {
            Body::Consent(consent) => Some(ConsentView {
                entry: entry.id(),
                to: consent.to,
                given: consent.given,
                at_ms: entry.header().wall.ms(),
                withdrawn: self.is_withdrawn(entry),
            }),
            _ => None,
        };
        self.entries.iter().filter_map(consent).collect()
    }

    pub(crate) fn waivers(&self) -> Vec<WaiverView> {
        let witnesses = |of: EntryId| {
            let confirms =
                |entry: &&Entry| matches!(entry.body(), Body::Witness(witness) if witness.of == of);
            let who = self.entries.iter().filter(confirms);
            who.filter_map(|entry| self.by(entry)).collect()
        };
        let waiver = |entry: &Entry| match entry.body() {
            Body::Waiver(waiver) => Some(WaiverView {
                entry: entry.id(),
                requirement: waiver.requirement.clone(),
                reason: waiver.reason.clone(),
                person: self.by(entry),
                witnesses: witnesses(entry.id()),
                at_ms: entry.header().wall.ms(),
                withdrawn: self.is_withdrawn(entry),
            }),
            _ => None,
        };
        self.entries.iter().filter_map(waiver).collect()
    }
}

/// What these answers answer, as it is asked, each once; those without a question of their own are passed over, as their
/// instances are asked. What cannot be compared has an empty name, and is told as one empty text.
fn asked(names: BTreeSet<String>, nodes: &[Node]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in names {
        let node = nodes.iter().find(|node| node.path == name);
        let label = node.and_then(|node| node.label.clone()).unwrap_or_default();
        if (node.is_some() || name.is_empty()) && !found.contains(&label) {
            found.push(label);
        }
    }
    found
}
