//! Phones and the people on them: a one-time code, enrolment, revocation by place in the journal.

use hudang_evidence::id::{ContractId, DeviceId, InstallationId, OrgId, PersonId, Sha256};
use hudang_evidence::note::VerifierKey;
use hudang_evidence::time::WallTime;
use hudang_sync::enrol::{Confirmation, INVITATION_HOURS_MAX, Invitation, SignedInvitation};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::accounts::is_administrator;
use crate::archive::Archive;
use crate::decision::{self, Decision};
use crate::derive::{self, parse_id};
use crate::error::{ArchiveError, Result};
use crate::roles::Act;
use crate::viewer::{Sight, Viewer, unknown};
use crate::writer::Scope;

/// A person on a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The evidence key's id.
    pub id: DeviceId,
    /// The evidence key.
    pub public: [u8; 32],
    /// The phone.
    pub installation: InstallationId,
    /// Who holds the key.
    pub person: PersonId,
    /// For which contractor the person works.
    pub org: OrgId,
    /// Under which contract it was enrolled.
    pub contract: ContractId,
    /// Place of the enrolment in the journal.
    pub enrolled: u64,
    /// Place of the revocation in the journal; evidence after it is refused.
    pub revoked: Option<u64>,
    /// The key that took its place, where one did.
    pub ended: Option<Ended>,
}

/// How a key ended that another took the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// On the same phone, which has not said yet how far the key went.
    SamePhone,
    /// On the same phone, after the entry of this number over all visits.
    After(u64),
    /// On another phone: what had come by then is all.
    OtherPhone,
}

impl Device {
    /// Whether an entry of this number, or what bears none, may still come from this key.
    pub(crate) fn admits(&self, dseq: Option<u64>) -> bool {
        match self.ended {
            _ if self.revoked.is_some() => false,
            None | Some(Ended::SamePhone) => true,
            Some(Ended::After(last)) => dseq.is_none_or(|dseq| dseq <= last),
            Some(Ended::OtherPhone) => false,
        }
    }
}

/// A phone that may make requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Its id.
    pub id: InstallationId,
    /// The key that signs its requests.
    pub public: [u8; 32],
    /// Place of the revocation in the journal.
    pub revoked: Option<u64>,
    /// Highest request counter that was stored.
    pub counter: u64,
}

/// The two keys that a phone wants enrolled for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// The key that signs the phone's requests.
    pub installation: [u8; 32],
    /// The key that signs the person's evidence.
    pub device: [u8; 32],
}

/// What a phone gets when a person was enrolled on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Who it was enrolled for.
    pub person: PersonId,
    /// Under which contract.
    pub contract: ContractId,
    /// The server's signed confirmation, a note.
    pub note: Vec<u8>,
}

/// How phones reach the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerPlace {
    /// e.g. `https://10.1.2.3:8443`; no path.
    pub url: String,
    /// SHA-256 of its certificate (DER), where it made its own.
    pub fingerprint: Option<Sha256>,
}

impl Archive {
    /// Makes a one-time code for a person of the contract's roster and the viewer's organisation; twenty random bytes become
    /// the code, which is shown once.
    pub fn create_enrol_code(
        &self,
        viewer: &Viewer,
        contract: ContractId,
        person: PersonId,
        expires: WallTime,
        random: [u8; 20],
        now: WallTime,
    ) -> Result<String> {
        viewer.check(Act::CreateEnrolCode)?;
        let code = render_code(&random);
        let (by, hash) = (viewer.clone(), code_hash(&code));
        let latest_ms = now
            .ms()
            .saturating_add(i64::from(INVITATION_HOURS_MAX) * 3_600_000);
        if expires.ms() > latest_ms {
            return Err(ArchiveError::refused(
                "ENROL-HOURS",
                format!("登记码最长有效 {INVITATION_HOURS_MAX} 小时，请缩短时限。"),
                format!("A code is valid for {INVITATION_HOURS_MAX} hours at most; choose fewer."),
            ));
        }
        self.submit(move |scope| {
            let sight = by.sight(scope.db)?;
            let terms = derive::known_contract(scope.db, scope.known, &contract)?
                .filter(|_| sight.has(&contract))
                .ok_or_else(|| unknown("contract", &contract))?;
            let org = derive::org_of(&terms, &person)
                .filter(|org| sight.org().is_none_or(|own| own == org))
                .ok_or_else(|| {
                    ArchiveError::refused(
                        "ROSTER-UNKNOWN",
                        "此人不在该合同的本单位花名册上，请先核对花名册。",
                        "This person is not on the contract's roster for your organisation; see to the roster first.",
                    )
                })?;
            let decision = Decision::EnrolCode {
                hash,
                contract,
                person,
                org,
                expires,
            };
            decision::record(scope, now, &by, decision).map(|_| ())
        })?;
        Ok(code)
    }

    /// The office's invitation, signed by this server: what the QR code holds.
    pub fn invite(
        &self,
        viewer: &Viewer,
        place: &ServerPlace,
        code: &str,
        contract: ContractId,
        person: PersonId,
        expires: WallTime,
    ) -> Result<String> {
        viewer.check(Act::CreateEnrolCode)?;
        let invitation = Invitation {
            code: code.to_owned(),
            contract,
            expires,
            origin: self.origin().to_owned(),
            person,
            server_key: self.receipt_key().to_string(),
            tls: place.fingerprint,
            url: place.url.clone(),
        };
        SignedInvitation::sign(invitation, &self.signer)
            .map(|signed| signed.text())
            .map_err(|error| ArchiveError::Damaged(format!("an invitation: {error}")))
    }

    /// Enrols the code's person with these keys. The same code with the same keys gives the same answer again,
    /// so that a lost answer can be asked for once more. Whether the sender holds the keys is the caller's to check.
    ///
    /// `succeeds` is the key of the same person and contract whose place the new one takes, after a forgotten PIN or a lost
    /// phone; another's is refused (`ENROL-SUCCEEDS`).
    pub fn enrol(
        &self,
        code: &str,
        keys: Keys,
        succeeds: Option<DeviceId>,
        now: WallTime,
    ) -> Result<Enrolled> {
        VerifierKey::device(&keys.device)
            .and(VerifierKey::device(&keys.installation))
            .map_err(|_| {
                ArchiveError::refused(
                    "ENROL-KEY",
                    "密钥无效,请重新安装应用后再试。",
                    "The keys are not usable.",
                )
            })?;
        let hash = code_hash(code);
        let device = self.submit(move |scope| enrol(scope, hash, &keys, succeeds, now))?;
        let at = self.read(|db| Ok(crate::journal::read(db, device.enrolled)?.recv_ms))?;
        let confirmation = Confirmation {
            at: WallTime::from_ms_clamped(at),
            contract: device.contract.clone(),
            dev: device.id,
            installation: device.installation,
            origin: self.origin().to_owned(),
            person: device.person.clone(),
        };
        let note = confirmation
            .sign(&self.signer)
            .map_err(|error| ArchiveError::Damaged(format!("an enrolment: {error}")))?;
        Ok(Enrolled {
            person: device.person,
            contract: device.contract,
            note,
        })
    }

    /// Takes an evidence key's right to add evidence; what stands in the journal stays valid.
    pub fn revoke_device(
        &self,
        viewer: &Viewer,
        device: DeviceId,
        reason: &str,
        now: WallTime,
    ) -> Result<u64> {
        viewer.check(Act::RevokeDevice)?;
        let (by, reason) = (viewer.clone(), reason.to_owned());
        self.submit(move |scope| {
            let sight = by.sight(scope.db)?;
            let known = device_where(scope.db, "id = ?1", device.as_bytes())?;
            known
                .filter(|known| sight.sees(known.contract.as_str(), known.org.as_str()))
                .ok_or_else(|| unknown("device", &device))?;
            decision::record(scope, now, &by, Decision::RevokeDevice { device, reason })
        })
    }

    /// Takes a phone's right to make requests, and with it that of all keys on it: they must all be the viewer's to revoke.
    pub fn revoke_installation(
        &self,
        viewer: &Viewer,
        installation: InstallationId,
        reason: &str,
        now: WallTime,
    ) -> Result<u64> {
        viewer.check(Act::RevokeDevice)?;
        let (by, reason) = (viewer.clone(), reason.to_owned());
        self.submit(move |scope| {
            let sight = by.sight(scope.db)?;
            let on_it = devices_on(scope.db, &installation)?;
            let is_theirs = on_it
                .iter()
                .all(|device| sight.sees(device.contract.as_str(), device.org.as_str()));
            installation_by_id(scope.db, &installation)?
                .filter(|_| is_theirs)
                .ok_or_else(|| unknown("installation", &installation))?;
            decision::record(
                scope,
                now,
                &by,
                Decision::RevokeInstallation { installation, reason },
            )
        })
    }

    /// The devices that the viewer sees, ordered by enrolment. Whoever runs the machine sees all of them: a phone names no
    /// household.
    pub fn devices(&self, viewer: &Viewer) -> Result<Vec<Device>> {
        viewer.check(Act::ListDevices)?;
        self.read(|db| {
            if is_administrator(viewer) {
                let sql = format!("SELECT {DEVICE_COLUMNS} FROM device ORDER BY n");
                return devices_where(db, &sql, []);
            }
            let Sight::Of { contracts, org } = viewer.sight(db)? else {
                return Ok(Vec::new());
            };
            let mut found = Vec::new();
            for contract in &contracts {
                let sql = match &org {
                    Some(_) => {
                        format!("SELECT {DEVICE_COLUMNS} FROM device WHERE contract = ?1 AND org = ?2")
                    }
                    None => format!("SELECT {DEVICE_COLUMNS} FROM device WHERE contract = ?1 AND ?2 = ''"),
                };
                let org = org.as_ref().map_or("", OrgId::as_str);
                found.extend(devices_where(db, &sql, [contract.as_str(), org])?);
            }
            found.sort_by_key(|device| device.enrolled);
            Ok(found)
        })
    }

    /// A phone that was enrolled, revoked or not.
    pub fn installation(&self, id: &InstallationId) -> Result<Option<Installation>> {
        self.read(|db| installation_by_id(db, id))
    }

    /// Takes a request's counter once (DESIGN §7); a phone that is unknown or revoked is refused. The caller
    /// has checked the signature. The highest counter is stored with each sync.
    pub fn admit(&self, installation: &Installation, counter: u64) -> Result<()> {
        if installation.revoked.is_some() {
            return Err(revoked());
        }
        let admitted = self.replays.admit(installation.id, counter, installation.counter);
        admitted.map_err(|replayed| ArchiveError::Replayed {
            highest: replayed.highest,
        })
    }
}

/// Stores a phone's highest counter, inside a commit that happens anyway.
pub(crate) fn keep_counter(db: &Connection, installation: &InstallationId, counter: u64) -> Result<()> {
    let mut put = db.prepare_cached(
        "INSERT INTO counter (installation, highest) VALUES (?1, ?2)
         ON CONFLICT (installation) DO UPDATE SET highest = max(highest, excluded.highest)",
    )?;
    // A counter beyond what SQLite holds is kept as the largest: such a phone can ask no more after a restart.
    put.execute(params![
        installation.as_bytes(),
        i64::try_from(counter).unwrap_or(i64::MAX)
    ])?;
    Ok(())
}

/// The refusal of a phone or key that was revoked.
pub(crate) fn revoked() -> ArchiveError {
    ArchiveError::refused(
        "DEVICE-REVOKED",
        "本机已被停用。已采集的数据仍在手机上,请与督导联系。",
        "This phone was revoked. What it collected is still on it; speak to your supervisor.",
    )
}

fn enrol(
    scope: &Scope<'_>,
    hash: Sha256,
    keys: &Keys,
    succeeds: Option<DeviceId>,
    now: WallTime,
) -> Result<Device> {
    let mut select = scope
        .db
        .prepare_cached("SELECT expires_ms, used, person, contract FROM enrol_code WHERE hash = ?1")?;
    let code = select
        .query_row([hash.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let wrong = || {
        ArchiveError::refused(
            "ENROL-CODE",
            "登记码无效或已被使用,请向督导索取新的登记码。",
            "The code is not valid or was used; ask your supervisor for a new one.",
        )
    };
    let (expires_ms, used, person, contract): (i64, u64, String, String) = code.ok_or_else(wrong)?;
    let id = DeviceId::of(&keys.device);
    let known = device_where(scope.db, "id = ?1", id.as_bytes())?;
    match known {
        Some(device) if used != 0 && device.enrolled == used => return Ok(device),
        _ if used != 0 => return Err(wrong()),
        Some(_) => {
            return Err(ArchiveError::refused(
                "ENROL-KEY",
                "该密钥已登记过,请在手机上重新生成。",
                "This key is enrolled already; make a new one on the phone.",
            ));
        }
        None => {}
    }
    if now.ms() > expires_ms {
        return Err(ArchiveError::refused(
            "ENROL-EXPIRED",
            "登记码已过期,请向督导索取新的登记码。",
            "The code has expired; ask your supervisor for a new one.",
        ));
    }
    let installation = installation_by_id(scope.db, &InstallationId::of(&keys.installation))?;
    if installation.is_some_and(|installation| installation.revoked.is_some()) {
        return Err(revoked());
    }
    let succeeds = succeeded(scope, succeeds, &person, &contract)?;
    let decision = Decision::Enrolment {
        succeeds,
        code: hash,
        installation: Sha256::from_bytes(keys.installation),
        device: Sha256::from_bytes(keys.device),
    };
    decision::record(scope, now, &Viewer::machine("enrol-code"), decision)?;
    device_where(scope.db, "id = ?1", id.as_bytes())?
        .ok_or_else(|| ArchiveError::Damaged("an enrolment left no device".into()))
}

/// The key whose place the new one takes; `None` also where the phone names one that never came to be enrolled.
fn succeeded(
    scope: &Scope<'_>,
    named: Option<DeviceId>,
    person: &str,
    contract: &str,
) -> Result<Option<DeviceId>> {
    let Some(named) = named else { return Ok(None) };
    let Some(device) = device_where(scope.db, "id = ?1", named.as_bytes())? else {
        return Ok(None);
    };
    if device.person.as_str() == person && device.contract.as_str() == contract {
        return Ok(Some(named));
    }
    Err(ArchiveError::refused(
        "ENROL-SUCCEEDS",
        "新密钥只能接替本人在本合同下的旧密钥，请用本人的登记码重新登记。",
        "A key takes the place of the same person's key under the same contract only; enrol with the person's own code.",
    ))
}

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Twenty Crockford digits of five bits each, in groups of five.
fn render_code(random: &[u8; 20]) -> String {
    let digit = |byte: &u8| {
        DIGITS
            .get(usize::from(byte & 31))
            .map_or('0', |digit| char::from(*digit))
    };
    let groups: Vec<String> = random
        .chunks(5)
        .map(|group| group.iter().map(digit).collect())
        .collect();
    groups.join("-")
}

/// The code's hash, whatever case and separators it was typed with.
fn code_hash(code: &str) -> Sha256 {
    let plain: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect();
    Sha256::of(plain.as_bytes())
}

const DEVICE_COLUMNS: &str =
    "id, public, installation, person, org, contract, journal, revoked, succeeded, last_dseq,
    installation = (SELECT other.installation FROM device AS other WHERE other.journal = device.succeeded)";

type DeviceColumns = (
    [u8; 32],
    [u8; 32],
    [u8; 32],
    String,
    String,
    String,
    u64,
    u64,
    u64,
    u64,
    Option<bool>,
);

fn device_columns(row: &Row<'_>) -> rusqlite::Result<DeviceColumns> {
    row.try_into()
}

fn read_device(columns: DeviceColumns) -> Result<Device> {
    let (
        id,
        public,
        installation,
        person,
        org,
        contract,
        enrolled,
        revoked,
        succeeded,
        last_dseq,
        is_same_phone,
    ) = columns;
    let ended = match (succeeded, is_same_phone, last_dseq) {
        (0, ..) => None,
        (_, Some(true), 0) => Some(Ended::SamePhone),
        (_, Some(true), last) => Some(Ended::After(last)),
        _ => Some(Ended::OtherPhone),
    };
    Ok(Device {
        id: DeviceId::from_bytes(id),
        public,
        installation: InstallationId::from_bytes(installation),
        person: parse_id(&person)?,
        org: parse_id(&org)?,
        contract: parse_id(&contract)?,
        enrolled,
        revoked: (revoked != 0).then_some(revoked),
        ended,
    })
}

/// The device that meets a condition.
pub(crate) fn device_where(
    db: &Connection,
    condition: &str,
    value: impl rusqlite::ToSql,
) -> Result<Option<Device>> {
    let mut select = db.prepare_cached(&format!("SELECT {DEVICE_COLUMNS} FROM device WHERE {condition}"))?;
    select
        .query_row([value], device_columns)
        .optional()?
        .map(read_device)
        .transpose()
}

/// The devices on a phone.
pub(crate) fn devices_on(db: &Connection, installation: &InstallationId) -> Result<Vec<Device>> {
    let sql = format!("SELECT {DEVICE_COLUMNS} FROM device WHERE installation = ?1 ORDER BY n");
    devices_where(db, &sql, [installation.as_bytes()])
}

fn devices_where(db: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<Vec<Device>> {
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map(values, device_columns)?;
    rows.map(|row| read_device(row?)).collect()
}

fn installation_by_id(db: &Connection, id: &InstallationId) -> Result<Option<Installation>> {
    let mut select = db.prepare_cached(
        "SELECT public, revoked, coalesce((SELECT highest FROM counter WHERE installation = ?1), 0)
         FROM installation WHERE id = ?1",
    )?;
    let row = |row: &Row<'_>| {
        let revoked: u64 = row.get(1)?;
        let revoked = (revoked != 0).then_some(revoked);
        Ok(Installation {
            id: *id,
            public: row.get(0)?,
            revoked,
            counter: row.get(2)?,
        })
    };
    Ok(select.query_row([id.as_bytes()], row).optional()?)
}
