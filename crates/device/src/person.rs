//! People on the phone: enrolling, unlocking, locking.
//!
//! A phone that knows a server takes an invitation only where that server's key signed it, and what it names holds only once
//! the server has confirmed the enrolment: until then the old key, the old PIN and the old address stand, and no session opens
//! for the new one (EVIDENCE §1.10 R10).
//!
//! A person's signing key lies wrapped under the PIN. A wrong PIN is counted before it is tried, so that a kill in
//! between gains nothing; the wait is measured on the boot-time clock and begins anew with a restart, so that
//! setting the wall clock gains nothing either.

use hudang_evidence::body::{Body, Enrol, Succession};
use hudang_evidence::id::{ContractId, DeviceId, PersonId, Sha256, VisitId};
use hudang_evidence::note::NoteSigner;
use hudang_sync::enrol::{Confirmation, EnrolRequest, SignedInvitation};
use rusqlite::{OptionalExtension as _, params};

use crate::cipher::{PinCost, decrypt, encrypt};
use crate::device::{Device, Scope};
use crate::error::{DeviceError, Result, damaged};

/// Fewest characters of a PIN.
pub const PIN_CHARACTERS_MIN: usize = 6;

/// Where the server is, as the last invitation said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// e.g. `https://10.1.2.3:8443`; no path.
    pub url: String,
    /// SHA-256 of its certificate (DER), where it made its own.
    pub tls: Option<Sha256>,
}

/// What the server is asked: a note signed by the installation's and the person's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentMessage {
    /// The person's new key.
    pub dev: DeviceId,
    /// Public key of the person.
    pub device_public: [u8; 32],
    /// Public key of the installation.
    pub installation_public: [u8; 32],
    /// The note.
    pub note: Vec<u8>,
    /// Where it is to be sent: as its own invitation says, which the known server signed.
    pub server: ServerAddress,
}

/// A person on this phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub person: PersonId,
    /// The key in use.
    pub dev: DeviceId,
    /// Under which contract it was enrolled.
    pub contract: ContractId,
    /// Whether the server confirmed it.
    pub confirmed: bool,
    /// Whether it is unlocked.
    pub unlocked: bool,
}

/// Who acts: the key in use of a person.
pub(crate) struct Holder {
    pub(crate) dev: DeviceId,
    pub(crate) contract: ContractId,
    confirmed: bool,
}

impl Device {
    /// Makes a key for a person, wraps it under the PIN, and gives the message for the server.
    ///
    /// On a phone where nobody is confirmed yet the person is unlocked afterwards. Elsewhere nothing changes until the server
    /// has confirmed ([`Device::confirm_enrolment`]): a person who is enrolled already keeps the old key and PIN until then;
    /// the new key succeeds the old one, which is what the office's code is for after a forgotten PIN. An invitation that the
    /// known server did not sign is refused (`INVITATION-FOREIGN`).
    pub fn enrol(&mut self, invitation: &SignedInvitation, pin: &str) -> Result<EnrolmentMessage> {
        if pin.chars().count() < PIN_CHARACTERS_MIN {
            return Err(DeviceError::PinShort);
        }
        let opens = !self.scope().is_anybody_confirmed()?;
        let secret: [u8; 32] = self.scope().random();
        let signer = NoteSigner::device(&secret);
        let dev = signer.device_id();
        // The signer has to be at hand for the message and the entry; it is taken away again where the commit fails.
        self.house.unlocked.insert(dev, signer);
        let enrolled = self.commit(|scope| {
            let enrolled = scope.enrol(invitation, pin, &secret, dev)?;
            if opens {
                scope.state_enrolment(dev)?;
            }
            Ok(enrolled)
        });
        match &enrolled {
            Ok((_, succeeds)) if opens => {
                succeeds.and_then(|old| self.house.unlocked.remove(&old));
            }
            Ok(_) | Err(_) => {
                self.house.unlocked.remove(&dev);
            }
        }
        enrolled.map(|(message, _)| message)
    }

    /// Where the server is; nothing before the first enrolment.
    pub fn server(&self) -> Result<Option<ServerAddress>> {
        let scope = self.scope();
        let Some(url) = scope.setting("url")? else {
            return Ok(None);
        };
        let url = String::from_utf8(url).map_err(|error| damaged("the server's address", error))?;
        Ok(Some(address(url, scope.setting("tls")?.unwrap_or_default())))
    }

    /// Enrolments that the server has not confirmed; their messages may be sent again.
    pub fn pending_enrolments(&self) -> Result<Vec<EnrolmentMessage>> {
        let Some(known) = self.server()? else {
            return Ok(Vec::new());
        };
        let mut select = self.db.prepare_cached(
            "SELECT dev, public, message, url, tls FROM person WHERE confirmed = 0 ORDER BY n",
        )?;
        let rows = select.query_map([], |row| {
            let (url, tls): (String, Vec<u8>) = (row.get(3)?, row.get(4)?);
            let server = if url.is_empty() {
                known.clone()
            } else {
                address(url, tls)
            };
            Ok(EnrolmentMessage {
                dev: DeviceId::from_bytes(row.get(0)?),
                device_public: row.get(1)?,
                installation_public: self.house.installation.public(),
                note: row.get(2)?,
                server,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Takes the server's confirmation of an enrolment.
    pub fn confirm_enrolment(&mut self, confirmation: &[u8]) -> Result<PersonId> {
        let installation = self.installation();
        let (person, ended) = self.commit(|scope| {
            let key = scope.server_key()?.ok_or(DeviceError::Confirmation)?;
            let confirmed =
                Confirmation::verify(confirmation, &key).map_err(|_| DeviceError::Confirmation)?;
            let Confirmation {
                contract,
                dev,
                person,
                ..
            } = confirmed;
            if confirmed.installation != installation {
                return Err(DeviceError::Confirmation);
            }
            let before = scope.holder(&person).ok().map(|holder| holder.dev);
            let changed = scope.db.execute(
                "UPDATE person SET confirmed = 1 WHERE dev = ?1 AND person = ?2 AND contract = ?3",
                params![dev.as_bytes(), person.as_str(), contract.as_str()],
            )?;
            if changed == 0 {
                return Err(DeviceError::Confirmation);
            }
            scope.take_address(dev)?;
            Ok((person, before.filter(|before| *before != dev)))
        })?;
        // Whoever worked under the old PIN gives the new one.
        if let Some(ended) = ended {
            self.house.unlocked.remove(&ended);
        }
        Ok(person)
    }

    /// Who opened a visit on this phone, with the key in use: only they can add to it and sign here. Whoever opened it on another
    /// phone does so there, also where this phone knows them.
    pub fn opened_here(&self, visit: VisitId) -> Result<Vec<PersonId>> {
        let mut here = Vec::new();
        for one in self.people()? {
            if self.scope().has_opened(visit, one.dev)? {
                here.push(one.person);
            }
        }
        Ok(here)
    }

    /// The people on this phone, by enrolment; one who has several keys stands with the last that the server confirmed.
    pub fn people(&self) -> Result<Vec<Person>> {
        let mut select = self.db.prepare_cached(
            "SELECT person, dev, contract, confirmed FROM person
             WHERE n = (SELECT other.n FROM person AS other WHERE other.person = person.person
                        ORDER BY other.confirmed DESC, other.n DESC LIMIT 1) ORDER BY n",
        )?;
        let mut rows = select.query([])?;
        let mut people = Vec::new();
        while let Some(row) = rows.next()? {
            let dev = DeviceId::from_bytes(row.get(1)?);
            people.push(Person {
                person: parse(&row.get::<_, String>(0)?)?,
                dev,
                contract: parse(&row.get::<_, String>(2)?)?,
                confirmed: row.get::<_, i64>(3)? != 0,
                unlocked: self.house.unlocked.contains_key(&dev),
            });
        }
        Ok(people)
    }

    /// Unlocks a person's key. Wrong PINs make the next try wait; nothing is ever wiped.
    pub fn unlock(&mut self, person: &PersonId, pin: &str) -> Result<()> {
        let holder = self.scope().holder(person)?;
        if !holder.confirmed && self.scope().is_anybody_confirmed()? {
            return Err(DeviceError::EnrolmentPending);
        }
        let wrong = self.commit(|scope| scope.count_try(holder.dev))?;
        let Some(secret) = self.scope().unwrap_key(holder.dev, pin)? else {
            return Err(DeviceError::PinWrong {
                wait_ms: wait_ms(wrong),
            });
        };
        self.commit(|scope| {
            scope.db.execute(
                "UPDATE person SET wrong = 0 WHERE dev = ?1",
                [holder.dev.as_bytes()],
            )?;
            Ok(())
        })?;
        self.house
            .unlocked
            .insert(holder.dev, NoteSigner::device(&secret));
        self.commit(|scope| {
            scope.state_enrolment(holder.dev)?;
            // What others stated while nobody here could sign is acknowledged now.
            scope.acknowledge_all(holder.dev)
        })
    }

    /// Locks a person's key.
    pub fn lock(&mut self, person: &PersonId) -> Result<()> {
        let holder = self.scope().holder(person)?;
        self.house.unlocked.remove(&holder.dev);
        Ok(())
    }
}

/// How long the try after the `wrong`-th wrong PIN waits.
pub(crate) fn wait_ms(wrong: u64) -> u64 {
    let doublings = u32::try_from(wrong.saturating_sub(3)).unwrap_or(u32::MAX).min(7);
    if wrong < 3 { 0 } else { 30_000 << doublings }
}

impl Scope<'_> {
    fn enrol(
        &self,
        given: &SignedInvitation,
        pin: &str,
        secret: &[u8; 32],
        dev: DeviceId,
    ) -> Result<(EnrolmentMessage, Option<DeviceId>)> {
        let invitation = given.invitation();
        let tls = invitation
            .tls
            .map_or_else(Vec::new, |tls| tls.as_bytes().to_vec());
        // A server that moved is found again with the next invitation, once it has confirmed.
        let mut moves_to = (invitation.url.clone(), tls);
        match self.server_key()? {
            Some(known) if known.to_string() != invitation.server_key || !given.is_signed_by(&known) => {
                return Err(DeviceError::OtherServer);
            }
            Some(_) if self.is_anybody_confirmed()? => {}
            _ => {
                self.set_setting("server-key", invitation.server_key.as_bytes())?;
                self.set_setting("origin", invitation.origin.as_bytes())?;
                self.set_setting("url", moves_to.0.as_bytes())?;
                self.set_setting("tls", &moves_to.1)?;
                moves_to = (String::new(), Vec::new());
            }
        }
        let succeeds = self.holder(&invitation.person).ok().map(|holder| holder.dev);
        // A code that came to nothing leaves no key behind that could ever sign.
        self.db.execute(
            "DELETE FROM person WHERE person = ?1 AND confirmed = 0 AND stated = 0",
            [invitation.person.as_str()],
        )?;
        let signer = self.signer(dev)?;
        let request = EnrolRequest {
            code: invitation.code.clone(),
            contract: invitation.contract.clone(),
            device: Sha256::from_bytes(signer.public()),
            installation: Sha256::from_bytes(self.house.installation.public()),
            origin: invitation.origin.clone(),
            person: invitation.person.clone(),
            succeeds,
        };
        let note = request
            .sign(&self.house.installation, signer)
            .map_err(|error| DeviceError::Evidence(error.to_string()))?;
        let (salt, nonce, cost) = (self.random(), self.random(), self.house.pin_cost);
        let key = cost.derive(pin, &salt).ok_or(DeviceError::PinShort)?;
        let wrapped = encrypt(&key, nonce, secret, dev.as_bytes()).ok_or(DeviceError::Full)?;
        self.db.execute(
            "INSERT INTO person (dev, person, contract, public, salt, nonce, wrapped, memory_kib, passes, message, url, tls,
             succeeds) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                dev.as_bytes(),
                invitation.person.as_str(),
                invitation.contract.as_str(),
                signer.public(),
                salt,
                nonce,
                wrapped,
                cost.memory_kib,
                cost.passes,
                note,
                moves_to.0,
                moves_to.1,
                succeeds.map_or_else(Vec::new, |old| old.as_bytes().to_vec())
            ],
        )?;
        let message = EnrolmentMessage {
            dev,
            device_public: signer.public(),
            installation_public: self.house.installation.public(),
            note,
            server: address(
                invitation.url.clone(),
                invitation
                    .tls
                    .map_or_else(Vec::new, |tls| tls.as_bytes().to_vec()),
            ),
        };
        Ok((message, succeeds))
    }

    /// The new key states its enrolment, once, and how far the key went whose place it takes: by now that one signs no more.
    fn state_enrolment(&self, dev: DeviceId) -> Result<()> {
        let mut select = self
            .db
            .prepare_cached("SELECT person, contract, succeeds FROM person WHERE dev = ?1 AND stated = 0")?;
        let row: Option<(String, String, Vec<u8>)> = select
            .query_row([dev.as_bytes()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((person, contract, succeeds)) = row else {
            return Ok(());
        };
        let succeeds = <[u8; 32]>::try_from(succeeds).ok().map(DeviceId::from_bytes);
        let succession = |dev| {
            Ok::<_, DeviceError>(Succession {
                dev,
                dseq: self.device_tip(dev)?.seq,
            })
        };
        let body = Body::Enrol(Enrol {
            person: parse(&person)?,
            installation: hudang_evidence::note::installation_id(&self.house.installation.public()),
            succeeds: succeeds.map(succession).transpose()?,
        });
        self.append(dev, None, &parse(&contract)?, body)?;
        self.db
            .execute("UPDATE person SET stated = 1 WHERE dev = ?1", [dev.as_bytes()])?;
        Ok(())
    }

    /// The address that a confirmed enrolment came with holds from now on.
    fn take_address(&self, dev: DeviceId) -> Result<()> {
        let (url, tls): (String, Vec<u8>) = self.db.query_row(
            "SELECT url, tls FROM person WHERE dev = ?1",
            [dev.as_bytes()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if url.is_empty() {
            return Ok(());
        }
        self.set_setting("url", url.as_bytes())?;
        self.set_setting("tls", &tls)
    }

    /// Whether the server has confirmed anybody on this phone: then there may be something to see on it.
    fn is_anybody_confirmed(&self) -> Result<bool> {
        let mut select = self
            .db
            .prepare_cached("SELECT 1 FROM person WHERE confirmed = 1")?;
        Ok(select.exists([])?)
    }

    /// The key in use of a person: the last that the server confirmed, before that the last.
    pub(crate) fn holder(&self, person: &PersonId) -> Result<Holder> {
        let mut select = self
            .db
            .prepare_cached("SELECT dev, contract, confirmed FROM person WHERE person = ?1 ORDER BY confirmed DESC, n DESC LIMIT 1")?;
        let row: Option<([u8; 32], String, i64)> = select
            .query_row([person.as_str()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let (dev, contract, confirmed) = row.ok_or(DeviceError::PersonUnknown)?;
        Ok(Holder {
            dev: DeviceId::from_bytes(dev),
            contract: parse(&contract)?,
            confirmed: confirmed != 0,
        })
    }

    /// Whether a key is of this phone.
    pub(crate) fn is_own(&self, dev: DeviceId) -> Result<bool> {
        let mut select = self.db.prepare_cached("SELECT 1 FROM person WHERE dev = ?1")?;
        Ok(select.exists([dev.as_bytes()])?)
    }

    /// The key of a person who is unlocked.
    pub(crate) fn signer(&self, dev: DeviceId) -> Result<&NoteSigner> {
        self.house.unlocked.get(&dev).ok_or(DeviceError::PersonLocked)
    }

    /// Counts a try before it is made, or says how long it must wait. Returns the number of tries.
    fn count_try(&self, dev: DeviceId) -> Result<u64> {
        let clock = self.clock();
        let (wrong, mono_ms, boot): (u64, u64, String) = self.db.query_row(
            "SELECT wrong, wrong_mono_ms, wrong_boot FROM person WHERE dev = ?1",
            [dev.as_bytes()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let passed_ms = if boot == clock.boot {
            clock.mono_ms.saturating_sub(mono_ms)
        } else {
            clock.mono_ms
        };
        let left_ms = wait_ms(wrong).saturating_sub(passed_ms);
        if left_ms > 0 {
            return Err(DeviceError::PinWait { wait_ms: left_ms });
        }
        let wrong = wrong.saturating_add(1);
        self.db.execute(
            "UPDATE person SET wrong = ?2, wrong_mono_ms = ?3, wrong_boot = ?4 WHERE dev = ?1",
            params![dev.as_bytes(), wrong, clock.mono_ms, clock.boot],
        )?;
        Ok(wrong)
    }

    /// The person's secret; nothing where the PIN is wrong.
    fn unwrap_key(&self, dev: DeviceId, pin: &str) -> Result<Option<[u8; 32]>> {
        type Wrapped = ([u8; 16], [u8; 24], Vec<u8>, u32, u32);
        let (salt, nonce, wrapped, memory_kib, passes): Wrapped = self.db.query_row(
            "SELECT salt, nonce, wrapped, memory_kib, passes FROM person WHERE dev = ?1",
            [dev.as_bytes()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        )?;
        let key = PinCost { memory_kib, passes }.derive(pin, &salt);
        let secret = key.and_then(|key| decrypt(&key, nonce, &wrapped, dev.as_bytes()));
        Ok(secret.and_then(|secret| secret.try_into().ok()))
    }
}

fn address(url: String, tls: Vec<u8>) -> ServerAddress {
    let tls: Option<[u8; 32]> = tls.try_into().ok();
    ServerAddress {
        url,
        tls: tls.map(Sha256::from_bytes),
    }
}

/// Reads an id back that was stored as text.
pub(crate) fn parse<T: core::str::FromStr>(text: &str) -> Result<T>
where
    T::Err: core::fmt::Display,
{
    text.parse().map_err(|error| damaged("an id", error))
}
