//! People on the phone: enrolling, unlocking, locking.
//!
//! A person's signing key lies wrapped under the PIN. A wrong PIN is counted before it is tried, so that a kill in
//! between gains nothing; the wait is measured on the boot-time clock and begins anew with a restart, so that
//! setting the wall clock gains nothing either.

use hudang_evidence::body::{Body, Enrol};
use hudang_evidence::id::{ContractId, DeviceId, PersonId, Sha256};
use hudang_evidence::note::{NoteSigner, VerifierKey};
use hudang_sync::enrol::{Confirmation, EnrolRequest, Invitation};
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
}

impl Device {
    /// Makes a key for a person, wraps it under the PIN, states the enrolment, and gives the message for the
    /// server. A person who is enrolled already gets a new key that succeeds the old one: that is what the office's
    /// code is for after a forgotten PIN. The person is unlocked afterwards.
    pub fn enrol(&mut self, invitation: &Invitation, pin: &str) -> Result<EnrolmentMessage> {
        if pin.chars().count() < PIN_CHARACTERS_MIN {
            return Err(DeviceError::PinShort);
        }
        let server: VerifierKey = invitation
            .server_key
            .parse()
            .map_err(|_| DeviceError::Invitation)?;
        if server.name() != invitation.origin {
            return Err(DeviceError::Invitation);
        }
        let secret: [u8; 32] = self.scope().random();
        let signer = NoteSigner::device(&secret);
        let dev = signer.device_id();
        // The signer has to be at hand for the entry; it is taken away again where the commit fails.
        self.house.unlocked.insert(dev, signer);
        let enrolled = self.commit(|scope| scope.enrol(invitation, pin, &secret, dev));
        match &enrolled {
            Ok((_, Some(old))) => {
                self.house.unlocked.remove(old);
            }
            Ok((_, None)) => {}
            Err(_) => {
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
        let tls = scope.setting("tls")?.and_then(|tls| tls.try_into().ok());
        Ok(Some(ServerAddress {
            url,
            tls: tls.map(Sha256::from_bytes),
        }))
    }

    /// Enrolments that the server has not confirmed; their messages may be sent again.
    pub fn pending_enrolments(&self) -> Result<Vec<EnrolmentMessage>> {
        let mut select = self
            .db
            .prepare_cached("SELECT dev, public, message FROM person WHERE confirmed = 0 ORDER BY n")?;
        let rows = select.query_map([], |row| {
            Ok(EnrolmentMessage {
                dev: DeviceId::from_bytes(row.get(0)?),
                device_public: row.get(1)?,
                installation_public: self.house.installation.public(),
                note: row.get(2)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Takes the server's confirmation of an enrolment.
    pub fn confirm_enrolment(&mut self, confirmation: &[u8]) -> Result<PersonId> {
        let installation = self.installation();
        self.commit(|scope| {
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
            let changed = scope.db.execute(
                "UPDATE person SET confirmed = 1 WHERE dev = ?1 AND person = ?2 AND contract = ?3",
                params![dev.as_bytes(), person.as_str(), contract.as_str()],
            )?;
            if changed == 0 {
                return Err(DeviceError::Confirmation);
            }
            Ok(person)
        })
    }

    /// The people on this phone, by enrolment; one who has several keys stands with the last.
    pub fn people(&self) -> Result<Vec<Person>> {
        let mut select = self.db.prepare_cached(
            "SELECT person, dev, contract, confirmed FROM person
             WHERE n IN (SELECT max(n) FROM person GROUP BY person) ORDER BY n",
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
        // What others stated while nobody here could sign is acknowledged now.
        self.commit(|scope| scope.acknowledge_all(holder.dev))
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
        invitation: &Invitation,
        pin: &str,
        secret: &[u8; 32],
        dev: DeviceId,
    ) -> Result<(EnrolmentMessage, Option<DeviceId>)> {
        match self.server_key()? {
            Some(known) if known.to_string() != invitation.server_key => {
                return Err(DeviceError::OtherServer);
            }
            Some(_) => {}
            None => {
                self.set_setting("server-key", invitation.server_key.as_bytes())?;
                self.set_setting("origin", invitation.origin.as_bytes())?;
            }
        }
        // A server that moved is found again with the next invitation.
        self.set_setting("url", invitation.url.as_bytes())?;
        let tls = invitation
            .tls
            .map_or_else(Vec::new, |tls| tls.as_bytes().to_vec());
        self.set_setting("tls", &tls)?;
        let succeeds = self.holder(&invitation.person).ok().map(|holder| holder.dev);
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
            "INSERT INTO person (dev, person, contract, public, salt, nonce, wrapped, memory_kib, passes, message)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
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
                note
            ],
        )?;
        let body = Body::Enrol(Enrol {
            person: invitation.person.clone(),
            installation: hudang_evidence::note::installation_id(&self.house.installation.public()),
            succeeds,
        });
        self.append(dev, None, &invitation.contract, body)?;
        let message = EnrolmentMessage {
            dev,
            device_public: signer.public(),
            installation_public: self.house.installation.public(),
            note,
        };
        Ok((message, succeeds))
    }

    /// The key in use of a person.
    pub(crate) fn holder(&self, person: &PersonId) -> Result<Holder> {
        let mut select = self
            .db
            .prepare_cached("SELECT dev, contract FROM person WHERE person = ?1 ORDER BY n DESC LIMIT 1")?;
        let row: Option<([u8; 32], String)> = select
            .query_row([person.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (dev, contract) = row.ok_or(DeviceError::PersonUnknown)?;
        Ok(Holder {
            dev: DeviceId::from_bytes(dev),
            contract: parse(&contract)?,
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

/// Reads an id back that was stored as text.
pub(crate) fn parse<T: core::str::FromStr>(text: &str) -> Result<T>
where
    T::Err: core::fmt::Display,
{
    text.parse().map_err(|error| damaged("an id", error))
}
