//! Photos, signatures, and what is stated beside answers.

use hudang_device::{Correction, Device, DeviceError, Hand, Signatory, Waive, Withdrawal};
use hudang_evidence::body::{Coordinates, Position, SignerRole, Source};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, EntryId, PersonId, VisitId};
use hudang_evidence::time::WallTime;
use hudang_visit::questionnaire::originals::named;
use hudang_visit::value::Value;

use crate::acts::people::with_pin;
use crate::cross::capture::{
    AddDrawing, AddPhoto, AddSignature, BearWitness, Becomes, GiveConsent, Kept, PlaceFix, SigningHand,
    TakePosition, VoidVisit, WaiveNeed, WithdrawEntry, WriteNote,
};
use crate::cross::form::OfVisit;
use crate::cross::{Done, Stated};
use crate::error::{Fault, Result};
use crate::evidence::Chains;
use crate::hall::Call;
use crate::session::Named;

pub(crate) fn photo_add(call: &mut Call<'_>, photo: AddPhoto) -> Result<Kept> {
    let person = call.may_change(photo.visit)?;
    let source = if photo.imported {
        Source::Import
    } else {
        Source::Camera
    };
    let (body, purpose) = (call.body, photo.purpose.as_str());
    let entry = call
        .hall
        .device
        .add_photo(&person, photo.visit, body, purpose, source)?;
    let kept = kept(call, photo.visit, entry)?;
    if let Some(before) = photo.instead {
        replace(call, &person, photo.visit, before, kept.blob)?;
    }
    Ok(kept)
}

pub(crate) fn drawing_add(call: &mut Call<'_>, drawing: AddDrawing) -> Result<Kept> {
    let person = call.may_change(drawing.visit)?;
    let body = call.body;
    let device = &mut call.hall.device;
    let entry = device.add_drawing(&person, drawing.visit, body, drawing.of)?;
    kept(call, drawing.visit, entry)
}

/// Withdraws a photo that was taken again. Answers that named it name the new one first, so that none ever names a photo
/// that does not stand.
fn replace(
    call: &mut Call<'_>,
    person: &PersonId,
    visit: VisitId,
    before: EntryId,
    now: BlobHash,
) -> Result<()> {
    let device = &mut call.hall.device;
    let chains = Chains::read(device, visit)?;
    let entry = chains.entries.iter().find(|entry| entry.id() == before);
    let (old, _) = entry.and_then(original).ok_or(DeviceError::EntryUnknown)?;
    let answers = device.document(visit)?.answers().map_err(DeviceError::from)?;
    for (path, answer) in answers {
        if let Some(Value::Text(text)) = answer.value
            && named(&text) == Some(old)
        {
            let text = text.replacen(&old.to_string(), &now.to_string(), 1);
            device.answer(person, visit, &path, &text.as_str().into())?;
        }
    }
    let withdrawal = Withdrawal {
        of: before,
        correction: Correction::Replaced,
        reason: "retake".to_owned(),
        text: None,
    };
    device.withdraw(person, visit, &withdrawal)?;
    Ok(())
}

pub(crate) fn signature_add(call: &mut Call<'_>, sign: AddSignature) -> Result<Kept> {
    let person = call.may_change(sign.visit)?;
    let body = call.body;
    let hand = match sign.hand {
        SigningHand::Own => Hand::Own,
        SigningHand::Thumbprint => Hand::Thumbprint,
        SigningHand::Proxy(name) if name.as_str().trim().is_empty() => {
            return Err(Fault::Arguments("proxy".to_owned()));
        }
        SigningHand::Proxy(name) => Hand::Proxy(name.as_str().trim().to_owned()),
    };
    let device = &mut call.hall.device;
    let signatory = match sign.role {
        SignerRole::Household => Signatory::Household,
        SignerRole::Neighbour => Signatory::Neighbour,
        SignerRole::Investigator => {
            Signatory::Investigator(taking_part(device, sign.visit, &person, sign.signer)?)
        }
    };
    let entry = device.add_signature(&person, sign.visit, body, &signatory, &hand)?;
    kept(call, sign.visit, entry)
}

/// Whose signature it is: the caller's, or that of somebody else who takes part in the visit.
fn taking_part(
    device: &Device,
    visit: VisitId,
    caller: &PersonId,
    signer: Option<PersonId>,
) -> Result<PersonId> {
    let Some(signer) = signer.filter(|signer| signer != caller) else {
        return Ok(caller.clone());
    };
    let taking_part = device.visit_signers(visit)?;
    if taking_part.iter().all(|one| one.person != signer) {
        return Err(Fault::Arguments("signer".to_owned()));
    }
    Ok(signer)
}

/// What was kept, which the session may show from now on.
pub(crate) fn kept(call: &mut Call<'_>, visit: VisitId, entry: EntryId) -> Result<Kept> {
    let chains = Chains::read(&call.hall.device, visit)?;
    let found = chains.entries.iter().find(|found| found.id() == entry);
    let named = found.and_then(original).ok_or(DeviceError::EntryUnknown)?;
    let (blob, known) = named;
    let size_bytes = known.size_bytes;
    call.session().named.insert(blob, known);
    Ok(Kept {
        entry,
        blob,
        size_bytes,
    })
}

/// The original that an entry names.
pub(crate) fn original(entry: &Entry) -> Option<(BlobHash, Named)> {
    let (blob, size_bytes) = entry.body().blob()?;
    let mime = entry.body().media_type()?.to_owned();
    Some((blob, Named { size_bytes, mime }))
}

pub(crate) fn consent(call: &mut Call<'_>, consent: GiveConsent) -> Result<Stated> {
    let person = call.may_change(consent.visit)?;
    let device = &mut call.hall.device;
    let entry = device.consent(&person, consent.visit, consent.to, consent.given)?;
    Ok(Stated { entry })
}

pub(crate) fn position(call: &mut Call<'_>, taken: TakePosition) -> Result<Stated> {
    let person = call.may_change(taken.visit)?;
    let position = on_earth(PlaceFix {
        lat_e7: taken.lat_e7,
        lon_e7: taken.lon_e7,
        accuracy_cm: taken.accuracy_cm,
        mock: taken.mock,
        fix_ms: taken.fix_ms,
    })?;
    let entry = call.hall.device.position(&person, taken.visit, position)?;
    Ok(Stated { entry })
}

/// A fix as it is stated.
pub(crate) fn on_earth(fix: PlaceFix) -> Result<Position> {
    let is_on_earth = fix.lat_e7.unsigned_abs() <= 900_000_000 && fix.lon_e7.unsigned_abs() <= 1_800_000_000;
    if !is_on_earth {
        return Err(Fault::Arguments("position".to_owned()));
    }
    let fixed = fix.fix_ms.map(WallTime::from_ms).transpose();
    Ok(Position {
        at: Coordinates {
            lat_e7: fix.lat_e7,
            lon_e7: fix.lon_e7,
        },
        accuracy_cm: fix.accuracy_cm,
        mock: fix.mock,
        fix: fixed.map_err(|_| Fault::Arguments("fix_ms".to_owned()))?,
    })
}

pub(crate) fn note(call: &mut Call<'_>, note: WriteNote) -> Result<Stated> {
    let person = call.may_change(note.visit)?;
    let entry = call.hall.device.note(&person, note.visit, note.text.as_str())?;
    Ok(Stated { entry })
}

pub(crate) fn waive(call: &mut Call<'_>, waive: WaiveNeed) -> Result<Stated> {
    let person = call.may_change(waive.visit)?;
    let waiver = Waive {
        requirement: waive.requirement.into(),
        reason: waive.reason.into(),
        text: waive.text.map(Into::into),
    };
    let entry = call.hall.device.waive(&person, waive.visit, &waiver)?;
    Ok(Stated { entry })
}

pub(crate) fn witness(call: &mut Call<'_>, witness: BearWitness) -> Result<Stated> {
    call.may_change(witness.visit)?;
    let (visit, of, person) = (witness.visit, witness.entry, witness.person.clone());
    with_pin(call, &[(witness.person, witness.pin)], |call| {
        let entry = call.hall.device.witness(&person, visit, of)?;
        Ok(Stated { entry })
    })
}

pub(crate) fn withdraw(call: &mut Call<'_>, withdraw: WithdrawEntry) -> Result<Stated> {
    let person = call.may_change(withdraw.visit)?;
    let withdrawal = Withdrawal {
        of: withdraw.entry,
        correction: match withdraw.becomes {
            Becomes::Withdrawn => Correction::Withdrawn,
            Becomes::Replaced => Correction::Replaced,
        },
        reason: withdraw.reason.into(),
        text: withdraw.text.map(Into::into),
    };
    let entry = call.hall.device.withdraw(&person, withdraw.visit, &withdrawal)?;
    Ok(Stated { entry })
}

pub(crate) fn void(call: &mut Call<'_>, void: VoidVisit) -> Result<Stated> {
    let person = call.may_change(void.visit)?;
    let text = void.text.map(String::from).filter(|text| !text.trim().is_empty());
    let device = &mut call.hall.device;
    let entry = device.void(&person, void.visit, void.reason.as_str(), text.as_deref())?;
    Ok(Stated { entry })
}

pub(crate) fn unvoid(call: &mut Call<'_>, of: OfVisit) -> Result<Done> {
    let person = call.may_change(of.visit)?;
    call.hall.device.unvoid(&person, of.visit)?;
    Ok(Done::DONE)
}
