//! Investigators with keys, whose phones sign entries and requests.

use std::collections::BTreeMap;

use hudang_archive::{Archive, Arrival, Keys};
use hudang_evidence::body::Body;
use hudang_evidence::entry::{Entry, EntryHeader, Tip};
use hudang_evidence::id::{ContractId, DeviceId, InstallationId, Sha256, VisitId};
use hudang_evidence::note::{NoteSigner, installation_id};
use hudang_evidence::signed_time::Moment;
use hudang_sync::enrol::{EnrolRequest, Invitation};
use hudang_sync::sign::{SignedHeaders, Target};
use hudang_sync::wire::{Bytes, ClockParcel, SyncRequest, SyncResponse, UnsentTip};

use crate::office::{self, DAY_MS, at, contract};

/// An investigator with a phone.
#[derive(Clone)]
pub struct Person {
    pub name: &'static str,
    /// Under which contract.
    pub contract: ContractId,
    secret: [u8; 32],
    /// The secret of the person's evidence key.
    evidence: [u8; 32],
    /// Makes the key of the phone, where another person had it first.
    phone: Option<[u8; 32]>,
    pub(crate) device: Tip,
    pub(crate) chains: BTreeMap<VisitId, Tip>,
    of_device: Tip,
    /// The number of the phone's last request.
    pub counter: u64,
    /// How far the phone's clock is off.
    pub wall_off_ms: i64,
    /// The phone's boot.
    pub boot: String,
    /// How long before the first morning it was.
    pub booted_before_ms: i64,
    /// Whether its requests say what its boot-time clock says; in stories about other things they do not, so that they may
    /// tell what happened in any order.
    pub says_clock: bool,
}

impl Person {
    /// Has a phone enrolled.
    pub fn enrolled(archive: &Archive, name: &'static str, secret: u8) -> Self {
        Self::stranger(name, secret).enrols(archive, secret)
    }

    /// Jia and yi, each with an own phone that is enrolled.
    pub fn pair(archive: &Archive) -> (Self, Self) {
        (
            Self::enrolled(archive, "jia", 1),
            Self::enrolled(archive, "yi", 2),
        )
    }

    /// Another person on the same phone, with an own key.
    #[must_use]
    pub fn shares_phone(&self, archive: &Archive, name: &'static str, secret: u8) -> Self {
        let mut other = Self::stranger(name, secret);
        other.phone = Some(self.phone.unwrap_or(self.secret));
        other.boot.clone_from(&self.boot);
        other.booted_before_ms = self.booted_before_ms;
        // The phone counts its requests, whoever makes them.
        other.counter = self.counter + 1_000;
        other.enrols(archive, secret)
    }

    /// Has a phone enrolled under another contract.
    pub fn enrolled_under(archive: &Archive, id: ContractId, name: &'static str, secret: u8) -> Self {
        Self::stranger(name, secret).enrols_under(archive, id, secret)
    }

    fn enrols(self, archive: &Archive, code: u8) -> Self {
        self.enrols_under(archive, contract().id, code)
    }

    fn enrols_under(mut self, archive: &Archive, id: ContractId, code: u8) -> Self {
        self.contract = id.clone();
        let code = archive
            .create_enrol_code(
                &office::local(),
                id,
                self.name.parse().unwrap(),
                at(0),
                [code; 20],
                at(-DAY_MS),
            )
            .unwrap();
        archive.enrol(&code, self.keys(), None, at(-DAY_MS)).unwrap();
        self
    }

    /// Has a phone that nobody enrolled.
    pub fn stranger(name: &'static str, secret: u8) -> Self {
        let chains = BTreeMap::new();
        Self {
            name,
            contract: contract().id,
            secret: [secret; 32],
            evidence: [secret; 32],
            phone: None,
            device: Tip::START,
            chains,
            of_device: Tip::START,
            counter: 0,
            wall_off_ms: 0,
            boot: format!("b3f1-{secret}"),
            booted_before_ms: 2 * DAY_MS + i64::from(secret) * 3_600_000,
            says_clock: false,
        }
    }

    pub fn keys(&self) -> Keys {
        Keys {
            installation: self.phone().public(),
            device: self.signer().public(),
        }
    }

    pub fn signer(&self) -> NoteSigner {
        NoteSigner::device(&self.evidence)
    }

    /// The same person on the same phone with a new key, as after a forgotten PIN.
    #[must_use]
    pub fn with_another_key(&self, secret: u8) -> Self {
        Self {
            evidence: [secret; 32],
            device: Tip::START,
            chains: BTreeMap::new(),
            of_device: Tip::START,
            ..self.clone()
        }
    }

    /// The number of the key's last entry over all visits.
    pub const fn last_dseq(&self) -> u64 {
        self.device.seq
    }

    fn phone(&self) -> NoteSigner {
        let mut secret = self.phone.unwrap_or(self.secret);
        secret[0] ^= 0xff;
        NoteSigner::device(&secret)
    }

    pub fn installation(&self) -> InstallationId {
        installation_id(&self.phone().public())
    }

    /// The headers of a request that this phone signs, with its next counter.
    pub fn signs(
        &mut self,
        origin: &str,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> [(&'static str, String); 4] {
        self.signs_content(origin, method, path, Sha256::of(body))
    }

    /// The same, where the body's hash is known.
    pub fn signs_content(
        &mut self,
        origin: &str,
        method: &str,
        path: &str,
        content: Sha256,
    ) -> [(&'static str, String); 4] {
        self.counter += 1;
        let target = Target { origin, method, path };
        let signed = SignedHeaders::sign(target, content, self.counter, &self.phone());
        signed.unwrap().to_pairs()
    }

    /// Asks for itself to be enrolled, as an invitation invites it.
    pub fn asks_to_enrol(&self, invitation: &Invitation) -> Vec<u8> {
        self.asks(invitation, None)
    }

    /// The same with a key whose place the new one is to take.
    pub fn asks_to_succeed(&self, invitation: &Invitation, old: DeviceId) -> Vec<u8> {
        self.asks(invitation, Some(old))
    }

    fn asks(&self, invitation: &Invitation, succeeds: Option<DeviceId>) -> Vec<u8> {
        let public = self.phone().public();
        let name = format!("installation/{}", installation_id(&public));
        let mut secret = self.phone.unwrap_or(self.secret);
        secret[0] ^= 0xff;
        let request = EnrolRequest {
            code: invitation.code.clone(),
            contract: invitation.contract.clone(),
            device: Sha256::from_bytes(self.signer().public()),
            installation: Sha256::from_bytes(public),
            origin: invitation.origin.clone(),
            person: invitation.person.clone(),
            succeeds,
        };
        let installation = NoteSigner::new(&name, &secret).unwrap();
        request.sign(&installation, &self.signer()).unwrap()
    }

    fn mono_ms(&self, later_ms: i64) -> u64 {
        u64::try_from(self.since_boot_ms(later_ms)).unwrap()
    }

    /// How long the phone has been running by then: no two phones were started at one moment.
    pub const fn since_boot_ms(&self, later_ms: i64) -> i64 {
        later_ms + self.booted_before_ms
    }

    /// The battery dies, and the phone starts again so long after the first morning.
    pub fn starts_again(&mut self, later_ms: i64) {
        self.boot.push('+');
        self.booted_before_ms = -later_ms;
    }

    /// What the phone's boot-time clock says then.
    pub fn moment(&self, later_ms: i64) -> Moment {
        Moment {
            boot: self.boot.clone(),
            mono_ms: self.mono_ms(later_ms),
        }
    }

    /// The request as this phone sends it then: with its clock, and the last entry that it has and does not send, where
    /// it says anything of that.
    pub fn timed(&self, mut request: SyncRequest, later_ms: i64) -> SyncRequest {
        if self.says_clock && request.clock.is_none() {
            let moment = Some(self.moment(later_ms));
            let goes = |note: &Bytes| Entry::parse(note).is_ok_and(|entry| entry.id() == self.device.id);
            let waits = self.device.seq > 0 && !request.entries.iter().any(goes);
            let unsent = waits.then(|| UnsentTip {
                dev: self.signer().device_id(),
                dseq: self.device.seq,
                id: self.device.id,
            });
            request.clock = Some(ClockParcel::new(moment, unsent.into_iter().collect()));
        }
        request
    }

    /// Signs the next entry of a visit.
    pub fn states(&mut self, visit: VisitId, later_ms: i64, body: Body) -> Vec<u8> {
        self.states_in(Some(visit), later_ms, body)
    }

    /// Signs the next entry that concerns the device alone.
    pub fn states_of_device(&mut self, later_ms: i64, body: Body) -> Vec<u8> {
        self.states_in(None, later_ms, body)
    }

    fn states_in(&mut self, visit: Option<VisitId>, later_ms: i64, body: Body) -> Vec<u8> {
        let chain = visit.map_or(self.of_device, |visit| {
            self.chains.get(&visit).copied().unwrap_or_default()
        });
        let header = EntryHeader {
            app: "0.1.0+9f3c2ab".to_owned(),
            boot: self.boot.clone(),
            contract: self.contract.clone(),
            dev: self.signer().device_id(),
            dprev: self.device.id,
            dseq: self.device.seq + 1,
            mono_ms: self.mono_ms(later_ms),
            prev: chain.id,
            seq: chain.seq + 1,
            visit,
            wall: at(later_ms + self.wall_off_ms),
        };
        let (entry, note) = Entry::sign(header, body, &self.signer()).unwrap();
        self.device = Tip::at(self.device.seq + 1, entry.id());
        let tip = Tip::at(chain.seq + 1, entry.id());
        match visit {
            Some(visit) => {
                self.chains.insert(visit, tip);
            }
            None => self.of_device = tip,
        }
        note
    }

    /// The last entry of a visit's chain.
    pub fn tip(&self, visit: VisitId) -> Tip {
        self.chains.get(&visit).copied().unwrap_or_default()
    }

    /// Sends a request as this phone.
    pub fn sends(&mut self, archive: &Archive, request: SyncRequest, later_ms: i64) -> SyncResponse {
        self.tries(archive, request, later_ms).unwrap()
    }

    pub fn tries(
        &mut self,
        archive: &Archive,
        request: SyncRequest,
        later_ms: i64,
    ) -> hudang_archive::Result<SyncResponse> {
        let installation = archive
            .installation(&self.installation())?
            .expect("an enrolled phone");
        let counter = self.next_counter();
        archive.admit(&installation, counter)?;
        let request = self.timed(request, later_ms);
        archive.sync(&installation, counter, request, Arrival::at(at(later_ms)))
    }

    /// The number of the next request.
    pub fn next_counter(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }
}
