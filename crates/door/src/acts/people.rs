//! Starting, enrolling, the PIN.

use std::collections::{BTreeMap, BTreeSet};

use hudang_device::{DeviceError, PIN_CHARACTERS_MIN};
use hudang_evidence::id::{ContractId, PersonId};
use hudang_media::code::Grey;
use hudang_sync::enrol::SignedInvitation;

use crate::cross::Nothing;
use crate::cross::people::{
    About, CodeRead, Enrol, Enrolments, Key, SeenByCamera, Somebody, Speak, Start, Unlock,
};
use crate::error::{Fault, Result};
use crate::hall::Call;
use crate::session::IDLE_MS;
use crate::text::Pin;

/// What an hour of speech takes up as browsers record it (Opus, 32 kbit/s).
const RECORDING_BYTES_PER_HOUR: u64 = 32_000 / 8 * 3_600;

pub(crate) fn start(call: &mut Call<'_>, _: Nothing) -> Result<Start> {
    let session = call.session();
    let (acting, language, mine) = (session.acting.clone(), session.language, session.people.clone());
    let device = &call.hall.device;
    let somebody = |one: hudang_device::Person| -> Result<Somebody> {
        Ok(Somebody {
            unlocked: one.unlocked && mine.contains(&one.person),
            portrait: device.portrait_hash(&one.person)?.map(|hash| hash.to_string()),
            person: one.person,
            contract: one.contract,
            confirmed: one.confirmed,
        })
    };
    let people = device.people()?;
    Ok(Start {
        names: names(device, &people, acting.is_some())?,
        people: people.into_iter().map(somebody).collect::<Result<_>>()?,
        acting,
        enrolments_pending: device.pending_enrolments()?.len(),
        practising: call.door.is_practice(),
        language,
        pin_characters_min: PIN_CHARACTERS_MIN,
        idle_ms: IDLE_MS,
        version: call.hall.furnishing.version.clone(),
    })
}

/// What the rosters call people: those on this phone, or everybody under their contracts.
fn names(
    device: &hudang_device::Device,
    here: &[hudang_device::Person],
    everybody: bool,
) -> Result<BTreeMap<PersonId, String>> {
    let contracts: BTreeSet<&ContractId> = here.iter().map(|one| &one.contract).collect();
    let mut names = BTreeMap::new();
    for contract in contracts {
        let Some(contract) = device.contract(contract)? else {
            continue;
        };
        for member in contract.roster() {
            let is_told = everybody || here.iter().any(|one| one.person == member.person);
            if is_told && !member.name.is_empty() {
                names.insert(member.person.clone(), member.name.clone());
            }
        }
    }
    Ok(names)
}

pub(crate) fn language(call: &mut Call<'_>, speak: Speak) -> Result<Start> {
    call.session().language = speak.language;
    start(call, Nothing {})
}

pub(crate) fn code_read(call: &mut Call<'_>, seen: SeenByCamera) -> Result<CodeRead> {
    let picture = Grey::new(call.body, seen.width);
    let picture = picture.ok_or_else(|| Fault::Arguments("width".to_owned()))?;
    Ok(CodeRead {
        text: picture.code(seen.codes.into()),
    })
}

pub(crate) fn enrol(call: &mut Call<'_>, enrol: Enrol) -> Result<Start> {
    let signed = SignedInvitation::parse(enrol.invitation.as_str()).map_err(|_| DeviceError::Invitation)?;
    let made = call.hall.device.enrol(&signed, enrol.pin.reveal())?;
    // Where the server has to confirm first, there is nothing to act with yet.
    let mut here = call.hall.device.people()?.into_iter();
    if here.any(|one| one.dev == made.dev && one.unlocked) {
        admit(call, signed.invitation().person.clone());
    }
    start(call, Nothing {})
}

pub(crate) fn enrolments(call: &mut Call<'_>, _: Nothing) -> Result<Enrolments> {
    let device = &call.hall.device;
    Ok(Enrolments {
        pending: device.pending_enrolments()?.len(),
        server: device.server()?.map(|server| server.url),
    })
}

pub(crate) fn portrait_set(call: &mut Call<'_>, _: Nothing) -> Result<Start> {
    let person = call.acting()?;
    let body = call.body;
    call.hall.device.set_portrait(&person, body)?;
    start(call, Nothing {})
}

pub(crate) fn unlock(call: &mut Call<'_>, unlock: Unlock) -> Result<Start> {
    call.hall.device.unlock(&unlock.person, unlock.pin.reveal())?;
    admit(call, unlock.person);
    start(call, Nothing {})
}

pub(crate) fn lock(call: &mut Call<'_>, _: Nothing) -> Result<Start> {
    let left = call.session().lock();
    let left = call.hall.sessions.unneeded(left);
    call.hall.lock_keys(left)?;
    start(call, Nothing {})
}

/// The session acts for this person from now on; what it may see is looked at anew.
pub(crate) fn admit(call: &mut Call<'_>, person: PersonId) {
    let session = call.session();
    session.people.insert(person.clone());
    session.acting = Some(person);
}

/// Does one thing in the name of a person who gives the PIN for it. The key is locked again where no session has it.
pub(crate) fn with_pin<T>(
    call: &mut Call<'_>,
    signers: &[(PersonId, Pin)],
    act: impl FnOnce(&mut Call<'_>) -> Result<T>,
) -> Result<T> {
    let mut unlocked = std::collections::BTreeSet::new();
    let mut done = Ok(());
    for (person, pin) in signers {
        if let Err(error) = call.hall.device.unlock(person, pin.reveal()) {
            let person = person.clone();
            done = Err(Fault::OfPerson { person, error });
            break;
        }
        unlocked.insert(person.clone());
    }
    let acted = done.and_then(|()| act(call));
    let left = call.hall.sessions.unneeded(unlocked);
    call.hall.lock_keys(left)?;
    acted
}

pub(crate) fn about(call: &mut Call<'_>, _: Nothing) -> Result<About> {
    let hall = &*call.hall;
    let free_bytes = hall.platform.free_bytes().map_err(DeviceError::from)?;
    let server = hall.device.server()?;
    let key = |one: hudang_device::Person| Key {
        person: one.person,
        device: one.dev.to_string(),
    };
    Ok(About {
        version: hall.furnishing.version.clone(),
        installation: hall.device.installation(),
        server_fingerprint: server
            .as_ref()
            .and_then(|server| server.tls)
            .map(|tls| tls.to_string()),
        server: server.map(|server| server.url),
        keys: hall.device.people()?.into_iter().map(key).collect(),
        free_bytes,
        recording_hours: free_bytes.saturating_sub(hall.furnishing.reserve_bytes) / RECORDING_BYTES_PER_HOUR,
        originals_waiting: hall.device.originals_waiting()?,
    })
}
