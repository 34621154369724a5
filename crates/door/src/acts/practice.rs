//! Practising: the session goes over to a store of its own and comes back.

use crate::acts::people::{admit, start};
use crate::cross::Nothing;
use crate::cross::people::{Practise, Start};
use crate::error::{Fault, Result};
use crate::hall::Call;

pub(crate) fn practice_begin(call: &mut Call<'_>, practise: Practise) -> Result<Start> {
    if call.door.is_practice() {
        return Err(Fault::Practice);
    }
    let person = call.acting()?;
    let language = call.session().language;
    let pin = practise.pin.reveal();
    // The PIN is the person's own: a wrong one counts as at the lock.
    call.hall.device.unlock(&person, pin)?;
    let store = call.hall.device.practice(&person, pin)?;
    let (platform, furnishing) = (call.hall.platform.clone(), call.hall.furnishing.clone());
    let door = call.door.practises(call.key, store, platform, furnishing);
    let mut hall = door.hall();
    let mut within = Call {
        hall: &mut hall,
        door: &door,
        key: call.key,
        body: &[],
    };
    within.session().language = language;
    admit(&mut within, person);
    start(&mut within, Nothing {})
}

pub(crate) fn practice_end(call: &mut Call<'_>, _: Nothing) -> Result<Start> {
    if call.door.ends_practice(call.key) {
        call.hall.device.remove_practice()?;
    }
    start(call, Nothing {})
}
