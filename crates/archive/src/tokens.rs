//! Tokens of people in an office: shown once, kept as a hash, each with one role.

use hudang_evidence::id::Sha256;
use hudang_evidence::time::WallTime;
use rusqlite::OptionalExtension as _;

use crate::archive::Archive;
use crate::decision::{self, Decision};
use crate::error::{ArchiveError, Result};
use crate::roles::Role;

/// Whose a token is and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose it is; unique, also among revoked ones.
    pub label: String,
    /// What it may do.
    pub role: Role,
    /// Whether it was taken back.
    pub revoked: bool,
}

impl Archive {
    /// Makes a token from 32 random bytes; its text is returned once and kept nowhere.
    pub fn create_token(
        &self,
        by: &str,
        label: &str,
        role: Role,
        random: [u8; 32],
        now: WallTime,
    ) -> Result<String> {
        let printable = !label.is_empty() && label.len() <= 64 && !label.chars().any(char::is_control);
        if !printable || role == Role::Investigator {
            return Err(ArchiveError::refused(
                "TOKEN-LABEL",
                "令牌名称为空或过长,或该角色不使用令牌。",
                "The token's label is empty or too long, or the role works without tokens.",
            ));
        }
        let text = format!("hudang_{}", Sha256::from_bytes(random));
        let (by, label, hash) = (by.to_owned(), label.to_owned(), Sha256::of(text.as_bytes()));
        self.submit(move |scope| {
            let mut select = scope.db.prepare_cached("SELECT 1 FROM token WHERE label = ?1")?;
            if select.exists([&label])? {
                return Err(ArchiveError::refused(
                    "TOKEN-LABEL",
                    "该名称的令牌已存在,请换一个名称。",
                    "There is a token of this label; choose another.",
                ));
            }
            decision::record(scope, now, &by, Decision::Token { hash, label, role }).map(|_| ())
        })?;
        Ok(text)
    }

    /// Whose this token is, unless it is unknown or was taken back. The hash is what is compared, so the time it
    /// takes tells nothing about the token.
    pub fn token(&self, text: &str) -> Result<Option<Token>> {
        let hash = Sha256::of(text.as_bytes());
        self.read(|db| {
            let mut select = db.prepare_cached("SELECT label, role, revoked FROM token WHERE hash = ?1")?;
            let row = select.query_row([hash.as_bytes()], columns).optional()?;
            Ok(row.map(read).transpose()?.filter(|token| !token.revoked))
        })
    }

    /// All tokens, ordered by label.
    pub fn tokens(&self) -> Result<Vec<Token>> {
        self.read(|db| {
            let mut select = db.prepare_cached("SELECT label, role, revoked FROM token ORDER BY label")?;
            let rows = select.query_map([], columns)?;
            rows.map(|row| read(row?)).collect()
        })
    }

    /// Takes a token back.
    pub fn revoke_token(&self, by: &str, label: &str, now: WallTime) -> Result<()> {
        let (by, label) = (by.to_owned(), label.to_owned());
        self.submit(move |scope| {
            let mut select = scope.db.prepare_cached("SELECT 1 FROM token WHERE label = ?1")?;
            if !select.exists([&label])? {
                return Err(ArchiveError::Unknown {
                    what: "token",
                    name: label,
                });
            }
            decision::record(scope, now, &by, Decision::RevokeToken { label }).map(|_| ())
        })
    }
}

type Columns = (String, String, i64);

fn columns(row: &rusqlite::Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

fn read((label, role, revoked): Columns) -> Result<Token> {
    let role = Role::parse(&role).ok_or_else(|| ArchiveError::Damaged(format!("the role {role:?}")))?;
    Ok(Token {
        label,
        role,
        revoked: revoked != 0,
    })
}
