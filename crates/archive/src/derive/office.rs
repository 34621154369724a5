//! Decisions of the office: contracts, forms, rosters, households, assignments, phones, accounts.

use std::sync::Arc;

use hudang_contract::history::Publication;
use hudang_evidence::id::{BlobHash, DeviceId, FormHash, InstallationId, OrgId, Sha256, VisitId};
use hudang_visit::questionnaire::Questionnaire;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Touched, scope, terms, users_of_likes};
use crate::accounts;
use crate::decision::{Assignment, Decision, FormFile, Household, Recorded};
use crate::error::{ArchiveError, Result};
use crate::journal::{self, Row};
use crate::known::Known;
use crate::lifts;
use crate::returns;

/// Derives from one decision.
#[expect(clippy::too_many_lines, reason = "one arm for each kind of decision")]
pub(super) fn apply(db: &Connection, known: &Known, row: &Row, touched: &mut Touched) -> Result<()> {
    if row.is_erased() {
        return Ok(());
    }
    let seq = row.seq;
    let Recorded { by, decision } = Recorded::parse(&row.payload)?;
    match decision {
        Decision::ServerKey { origin, public } => {
            let mut insert =
                db.prepare_cached("INSERT INTO server_key (journal, public, origin) VALUES (?1, ?2, ?3)")?;
            insert.execute(params![seq, public.as_bytes(), origin])?;
            Ok(())
        }
        Decision::Contract { contract } => terms::put_version(db, seq, &contract, None, seq, touched),
        Decision::ContractProposal { contract, from } => terms::put_proposal(db, seq, &contract.id, from),
        Decision::ContractConfirmation { proposal, .. } => terms::confirm(db, seq, proposal, touched),
        Decision::FormPublication {
            contract,
            form,
            from,
            identity,
        } => terms::publish(db, seq, &contract, from, &Publication { form, identity }, touched),
        Decision::Form { form, org } => {
            if let Some(org) = org {
                scope::view_form_of(db, &form.hash(), &org)?;
            }
            let mut insert =
                db.prepare_cached("INSERT INTO form (hash, journal) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
            insert.execute(params![form.hash().as_bytes(), seq])?;
            // Seals that came before their form could not be judged by it.
            let mut select = db.prepare_cached("SELECT id FROM visit WHERE instr(standing, ?1) > 0")?;
            let waits = unknown_form(&form.hash());
            for visit in select.query_map([waits], |row| row.get::<_, [u8; 16]>(0))? {
                touched.by_others.insert(VisitId::from_bytes(visit?));
            }
            Ok(())
        }
        Decision::Households { owner, households } => {
            put_households(db, known, seq, &owner, &households, touched)
        }
        Decision::Assignments { assignments } => assignments
            .iter()
            .try_for_each(|assignment| assign(db, seq, assignment, touched)),
        Decision::Return { visit, seal, .. } => {
            returns::put(db, seq, visit, seal)?;
            touched.visit(visit, seq);
            Ok(())
        }
        Decision::Lift {
            contract,
            of,
            reasons,
            ..
        } => lifts::put(db, seq, &contract, &of, &reasons, touched),
        Decision::RevokeLift { lift, .. } => lifts::revoke(db, seq, lift, touched),
        Decision::EnrolCode {
            hash,
            contract,
            person,
            org,
            expires,
        } => {
            let mut insert = db.prepare_cached(
                "INSERT INTO enrol_code (hash, contract, org, person, expires_ms, journal)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            insert.execute(params![
                hash.as_bytes(),
                contract.as_str(),
                org.as_str(),
                person.as_str(),
                expires.ms(),
                seq
            ])?;
            Ok(())
        }
        Decision::Enrolment {
            code,
            installation,
            device,
            succeeds,
        } => {
            enrol(db, seq, &code, &installation, &device)?;
            end(db, seq, succeeds)
        }
        Decision::RevokeDevice { device, .. } => {
            let mut revoke =
                db.prepare_cached("UPDATE device SET revoked = ?2 WHERE id = ?1 AND revoked = 0")?;
            revoke.execute(params![device.as_bytes(), seq])?;
            Ok(())
        }
        Decision::RevokeInstallation { installation, .. } => {
            let mut revoke =
                db.prepare_cached("UPDATE installation SET revoked = ?2 WHERE id = ?1 AND revoked = 0")?;
            revoke.execute(params![installation.as_bytes(), seq])?;
            let mut revoke =
                db.prepare_cached("UPDATE device SET revoked = ?2 WHERE installation = ?1 AND revoked = 0")?;
            revoke.execute(params![installation.as_bytes(), seq])?;
            Ok(())
        }
        Decision::Organisation { organisation } => accounts::put_organisation(db, seq, &organisation),
        Decision::Account { account } => accounts::put(db, seq, &by, &account),
        Decision::Token {
            hash,
            account,
            effective,
        } => accounts::put_token(db, seq, &by, &hash, &account, effective),
        Decision::Slip {
            hash,
            account,
            effective,
            expires,
        } => accounts::put_slip(db, seq, &by, &hash, &account, (effective, expires)),
        Decision::SlipUsed { slip, token } => accounts::use_slip(db, seq, row.recv_ms, &slip, &token),
        Decision::RevokeAccount { label } => accounts::revoke(db, seq, &label),
    }
}

fn put_households(
    db: &Connection,
    known: &Known,
    seq: u64,
    owner: &OrgId,
    households: &[Household],
    touched: &mut Touched,
) -> Result<()> {
    for household in households {
        put_household(db, seq, owner, household, touched)?;
    }
    let shown: Vec<_> = households
        .iter()
        .map(|one| scope::Shown {
            id: one.id,
            code: &one.code,
            area: &one.area,
        })
        .collect();
    scope::view_households(db, known, owner, &shown)
}

fn put_household(
    db: &Connection,
    seq: u64,
    owner: &OrgId,
    household: &Household,
    touched: &mut Touched,
) -> Result<()> {
    let details = serde_json::to_string(household)
        .map_err(|error| ArchiveError::Damaged(format!("a household: {error}")))?;
    let mut put = db.prepare_cached(
        "INSERT INTO household (id, owner, code, area, since, journal, details) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)
         ON CONFLICT (id) DO UPDATE SET code = excluded.code, area = excluded.area, journal = excluded.journal,
         details = excluded.details",
    )?;
    let id = household.id.to_bytes();
    put.execute(params![
        id,
        owner.as_str(),
        household.code,
        household.area,
        seq,
        details
    ])?;
    // Whoever is to go there has to hear what the register says now.
    let mut tell =
        db.prepare_cached("UPDATE assignment SET journal = ?2 WHERE household = ?1 AND withdrawn = 0")?;
    tell.execute(params![id, seq])?;
    let mut select = db.prepare_cached("SELECT id FROM visit WHERE household = ?1")?;
    for visit in select.query_map([id], |row| row.get::<_, [u8; 16]>(0))? {
        touched.by_others.insert(VisitId::from_bytes(visit?));
    }
    Ok(())
}

fn assign(db: &Connection, seq: u64, assignment: &Assignment, touched: &mut Touched) -> Result<()> {
    let visit = assignment.visit.to_bytes();
    // Whoever is no longer named keeps a row that says so: the phone has to hear of it.
    let mut withdraw = db.prepare_cached(
        "UPDATE assignment SET withdrawn = 1, journal = ?2 WHERE visit = ?1 AND withdrawn = 0",
    )?;
    withdraw.execute(params![visit, seq])?;
    let mut insert = db.prepare_cached(
        "INSERT INTO assignment (person, household, contract, form, visit, since, journal, withdrawn)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 0)
         ON CONFLICT (visit, person) DO UPDATE SET household = excluded.household, contract = excluded.contract,
         form = excluded.form, since = CASE WHEN assignment.journal = excluded.journal THEN assignment.since
         ELSE excluded.since END, journal = excluded.journal, withdrawn = 0",
    )?;
    for person in &assignment.people {
        insert.execute(params![
            person.as_str(),
            assignment.household.to_bytes(),
            assignment.contract.as_str(),
            assignment.form.as_bytes(),
            visit,
            seq
        ])?;
        touched
            .people
            .insert((assignment.visit, person.clone(), assignment.contract.clone()));
    }
    scope::view_form_under(db, &assignment.form, &assignment.contract)?;
    touched.visit(assignment.visit, seq);
    // Whether two photos that look alike are worth a look depends on whose door they show.
    let mut select = db.prepare_cached("SELECT hash FROM blob_use WHERE visit = ?1")?;
    for hash in select.query_map([visit], |row| row.get::<_, [u8; 32]>(0))? {
        let users = users_of_likes(db, &BlobHash::from_bytes(hash?))?;
        touched.by_others.extend(users);
    }
    Ok(())
}

/// A key takes the place of another.
fn end(db: &Connection, seq: u64, ended: Option<DeviceId>) -> Result<()> {
    let Some(ended) = ended else { return Ok(()) };
    db.prepare_cached("UPDATE device SET succeeded = ?2 WHERE id = ?1 AND succeeded = 0")?
        .execute(params![ended.as_bytes(), seq])?;
    Ok(())
}

fn enrol(db: &Connection, seq: u64, code: &Sha256, installation: &Sha256, device: &Sha256) -> Result<()> {
    let mut select = db.prepare_cached("SELECT contract, person, org FROM enrol_code WHERE hash = ?1")?;
    let code_row = select
        .query_row([code.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let (contract, person, org): (String, String, String) =
        code_row.ok_or_else(|| ArchiveError::Damaged(format!("journal row {seq}: an unknown code")))?;
    db.prepare_cached("UPDATE enrol_code SET used = ?2 WHERE hash = ?1")?
        .execute(params![code.as_bytes(), seq])?;
    let id = InstallationId::of(installation.as_bytes());
    let mut insert = db.prepare_cached(
        "INSERT INTO installation (id, public, journal) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    insert.execute(params![id.as_bytes(), installation.as_bytes(), seq])?;
    // Numbered by hand: SQLite would give the number of a deleted row away again, other databases would not.
    let mut insert = db.prepare_cached(
        "INSERT INTO device (n, id, public, installation, person, org, contract, journal)
         SELECT coalesce(max(n), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7 FROM device",
    )?;
    let key = DeviceId::of(device.as_bytes());
    insert.execute(params![
        key.as_bytes(),
        device.as_bytes(),
        id.as_bytes(),
        person,
        org,
        contract,
        seq
    ])?;
    Ok(())
}

/// The requirement that a seal with an unknown form does not meet.
pub(crate) fn unknown_form(hash: &FormHash) -> String {
    format!("form:{hash}")
}

/// Whether the archive knows a form.
pub(crate) fn knows_form(db: &Connection, hash: &FormHash) -> Result<bool> {
    let mut select = db.prepare_cached("SELECT 1 FROM form WHERE hash = ?1")?;
    Ok(select.exists([hash.as_bytes()])?)
}

/// A form that the archive knows.
pub(crate) fn form(db: &Connection, hash: &FormHash) -> Result<Option<FormFile>> {
    let mut select = db.prepare_cached("SELECT journal FROM form WHERE hash = ?1")?;
    let Some(seq) = select.query_row([hash.as_bytes()], |row| row.get(0)).optional()? else {
        return Ok(None);
    };
    match Recorded::parse(&journal::payload(db, seq)?)?.decision {
        Decision::Form { form, .. } => Ok(Some(form)),
        _ => Err(ArchiveError::Damaged(format!("journal row {seq} is not a form"))),
    }
}

/// A form that the archive knows, read once.
pub(crate) fn questionnaire(
    db: &Connection,
    known: &Known,
    hash: FormHash,
) -> Result<Option<Arc<Questionnaire>>> {
    known.forms.get_or(hash, || {
        let Some(form) = form(db, &hash)? else {
            return Ok(None);
        };
        let read = form.read();
        read.map(|read| Some(Arc::new(read)))
            .map_err(|error| ArchiveError::Damaged(format!("the form {hash}: {error}")))
    })
}
