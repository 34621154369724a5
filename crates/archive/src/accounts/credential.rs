//! What opens an account: tokens, shown once and kept as hashes, and one-time slips 首次登录条 that become one.

use hudang_evidence::id::{OrgId, Sha256};
use hudang_evidence::time::WallTime;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Account, NewAccount, account, is_administrator, make, may_make};
use crate::archive::Archive;
use crate::decision::{self, Decision};
use crate::derive;
use crate::error::{ArchiveError, Result};
use crate::roles::{Act, Role};
use crate::viewer::{Viewer, unknown};
use crate::writer::Scope;

/// How long what the administrator makes for an organisation that has somebody opens nothing.
const DELAY_MS: i64 = 86_400_000;
/// How long a slip may be used once it opens the account.
const SLIP_MS: i64 = 3 * 86_400_000;

/// A one-time slip, shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// Its text.
    pub text: String,
    /// From when on it may be used.
    pub effective: WallTime,
    /// Until when.
    pub expires: WallTime,
}

impl Archive {
    /// Makes an account and a token for it from 32 random bytes; the token's text is returned once and kept nowhere.
    pub fn create_token(
        &self,
        viewer: &Viewer,
        new: NewAccount,
        random: [u8; 32],
        now: WallTime,
    ) -> Result<String> {
        viewer.check(Act::CreateToken)?;
        let text = token_text(random);
        let (by, hash) = (viewer.clone(), Sha256::of(text.as_bytes()));
        self.submit(move |scope| {
            let label = new.label.clone();
            make(scope, now, &by, new)?;
            let made = made(scope.db, &label)?;
            let effective = effective(scope.db, &by, &made, now)?;
            let account = label;
            let decision = Decision::Token {
                hash,
                account,
                effective,
            };
            decision::record(scope, now, &by, decision).map(|_| ())
        })?;
        Ok(text)
    }

    /// Makes a one-time slip for an account, for a first log-in or a lost token.
    pub fn create_slip(&self, viewer: &Viewer, label: &str, random: [u8; 32], now: WallTime) -> Result<Slip> {
        viewer.check(Act::CreateToken)?;
        let text = format!("slip_{}", Sha256::from_bytes(random));
        let (by, label, hash) = (viewer.clone(), label.to_owned(), Sha256::of(text.as_bytes()));
        let (effective, expires) = self.submit(move |scope| {
            let of = account(scope.db, &label)?
                .filter(|of| is_administrator(&by) || by.organisation() == Some(&of.organisation))
                .filter(|of| !of.revoked)
                .ok_or_else(|| unknown("account", &label))?;
            may_make(scope.db, &by, &of.as_new())?;
            let effective = effective(scope.db, &by, &of, now)?;
            let expires = WallTime::from_ms_clamped(effective.ms().saturating_add(SLIP_MS));
            let decision = Decision::Slip {
                hash,
                account: label,
                effective,
                expires,
            };
            decision::record(scope, now, &by, decision)?;
            Ok((effective, expires))
        })?;
        Ok(Slip {
            text,
            effective,
            expires,
        })
    }

    /// Turns a slip into a token of its account, once; the account's earlier tokens open nothing from then on.
    pub fn redeem_slip(&self, text: &str, random: [u8; 32], now: WallTime) -> Result<String> {
        let token = token_text(random);
        let (slip, hash) = (Sha256::of(text.as_bytes()), Sha256::of(token.as_bytes()));
        self.submit(move |scope| {
            let of = usable(scope, &slip, now)?;
            let by = Viewer::of(&of);
            decision::record(scope, now, &by, Decision::SlipUsed { slip, token: hash }).map(|_| ())
        })?;
        Ok(token)
    }

    /// Who asks with this token now, unless it is unknown, was taken back or opens nothing yet. The hash is what is
    /// compared, so the time it takes tells nothing about the token.
    pub fn viewer(&self, token: &str, now: WallTime) -> Result<Option<Viewer>> {
        let hash = Sha256::of(token.as_bytes());
        self.read(|db| {
            let mut select = db.prepare_cached(
                "SELECT account FROM token WHERE hash = ?1 AND revoked = 0 AND effective_ms <= ?2",
            )?;
            let label: Option<String> = select
                .query_row(params![hash.as_bytes(), now.ms()], |row| row.get(0))
                .optional()?;
            let Some(label) = label else { return Ok(None) };
            let account = account(db, &label)?.filter(|account| !account.revoked);
            Ok(account.as_ref().map(Viewer::of))
        })
    }
}

impl Account {
    /// What would make one like it.
    fn as_new(&self) -> NewAccount {
        NewAccount {
            label: self.label.clone(),
            organisation: self.organisation.clone(),
            role: self.role,
            contracts: self.contracts.clone(),
            kind: self.kind,
            person: self.person.clone(),
        }
    }
}

fn token_text(random: [u8; 32]) -> String {
    format!("hudang_{}", Sha256::from_bytes(random))
}

fn made(db: &Connection, label: &str) -> Result<Account> {
    account(db, label)?.ok_or_else(|| ArchiveError::Damaged("an account that was made is not there".into()))
}

/// The account of a slip that may be used now.
fn usable(scope: &Scope<'_>, slip: &Sha256, now: WallTime) -> Result<Account> {
    let mut select = scope
        .db
        .prepare_cached("SELECT account, effective_ms, expires_ms, used FROM slip WHERE hash = ?1")?;
    let row = select
        .query_row([slip.as_bytes()], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, u64>(3)?,
            ))
        })
        .optional()?;
    let wrong = || {
        ArchiveError::refused(
            "SLIP-WRONG",
            "一次性凭条无效、已被使用或已过期，请向本单位重新索取。",
            "The slip is not valid, was used, or has expired; ask your organisation for a new one.",
        )
    };
    let (label, effective_ms, expires_ms, used) = row.ok_or_else(wrong)?;
    if used != 0 || now.ms() > expires_ms {
        return Err(wrong());
    }
    if now.ms() < effective_ms {
        return Err(ArchiveError::refused(
            "SLIP-EARLY",
            format!(
                "该凭条由系统管理员签发，{} 起生效；其间采购方和审计可以查看并停用。",
                WallTime::from_ms_clamped(effective_ms)
            ),
            format!(
                "The administrator made this slip; it is good from {} on. Purchaser and auditor see it meanwhile.",
                WallTime::from_ms_clamped(effective_ms)
            ),
        ));
    }
    account(scope.db, &label)?
        .filter(|account| !account.revoked)
        .ok_or_else(wrong)
}

/// From when on something that the viewer makes opens the account.
fn effective(db: &Connection, by: &Viewer, of: &Account, now: WallTime) -> Result<WallTime> {
    let waits = is_administrator(by) && of.role != Role::SystemAdmin && is_watched(db, of)?;
    let delay_ms = if waits { DELAY_MS } else { 0 };
    Ok(WallTime::from_ms_clamped(now.ms().saturating_add(delay_ms)))
}

/// Whether somebody is there who could make it, or has to see it: in the account's organisation, or at the purchaser of a
/// contract that the account is given.
fn is_watched(db: &Connection, of: &Account) -> Result<bool> {
    if has_somebody(db, &of.organisation)? {
        return Ok(true);
    }
    for id in of.contracts.iter().flatten() {
        if let Some(buyer) = derive::buyer(db, id)?
            && has_somebody(db, &buyer)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether something opened, or opens, an account of this organisation.
fn has_somebody(db: &Connection, org: &OrgId) -> Result<bool> {
    let mut select = db.prepare_cached(
        "SELECT 1 FROM account WHERE organisation = ?1
         AND (EXISTS (SELECT 1 FROM token WHERE token.account = account.label)
           OR EXISTS (SELECT 1 FROM slip WHERE slip.account = account.label))",
    )?;
    Ok(select.exists([org.as_str()])?)
}

/// Derives from a token.
pub(crate) fn put_token(
    db: &Connection,
    seq: u64,
    by: &str,
    hash: &Sha256,
    account: &str,
    effective: WallTime,
) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO token (hash, account, by, effective_ms, journal) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    insert.execute(params![hash.as_bytes(), account, by, effective.ms(), seq])?;
    Ok(())
}

/// Derives from a slip.
pub(crate) fn put_slip(
    db: &Connection,
    seq: u64,
    by: &str,
    hash: &Sha256,
    account: &str,
    stretch: (WallTime, WallTime),
) -> Result<()> {
    let (effective, expires) = stretch;
    let mut insert = db.prepare_cached(
        "INSERT INTO slip (hash, account, by, effective_ms, expires_ms, journal) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    insert.execute(params![
        hash.as_bytes(),
        account,
        by,
        effective.ms(),
        expires.ms(),
        seq
    ])?;
    Ok(())
}

/// Derives from a slip's becoming a token.
pub(crate) fn use_slip(db: &Connection, seq: u64, at_ms: i64, slip: &Sha256, token: &Sha256) -> Result<()> {
    let mut select = db.prepare_cached("SELECT account FROM slip WHERE hash = ?1")?;
    let label: Option<String> = select.query_row([slip.as_bytes()], |row| row.get(0)).optional()?;
    let label = label.ok_or_else(|| ArchiveError::Damaged(format!("journal row {seq}: an unknown slip")))?;
    db.prepare_cached("UPDATE slip SET used = ?2 WHERE hash = ?1")?
        .execute(params![slip.as_bytes(), seq])?;
    db.prepare_cached("UPDATE token SET revoked = ?2 WHERE account = ?1 AND revoked = 0")?
        .execute(params![label, seq])?;
    put_token(db, seq, &label, token, &label, WallTime::from_ms_clamped(at_ms))
}
