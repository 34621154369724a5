//! Today's households, and opening a visit.

use std::collections::BTreeMap;

use hudang_contract::contract::Contract;
use hudang_device::{Assignment, DeviceError, FoundHousehold, HouseholdFacts, Standing, VisitInfo};
use hudang_evidence::id::{ContractId, VisitId};
use hudang_evidence::seal::Outcome;
use hudang_evidence::time::WallTime;

use crate::acts::people::with_pin;
use crate::acts::recordings::recordings_unfinished;
use crate::acts::statements::on_earth;
use crate::acts::visits::needs;
use crate::cross::Nothing;
use crate::cross::form::OfVisit;
use crate::cross::today::{
    AddHousehold, Added, AreaChoice, Errand, HouseholdCard, JoinVisit, OfErrand, OpenVisit, Opened, Sealing,
    Today, Under, VisitCode, VisitState,
};
use crate::error::{Fault, Result};
use crate::evidence::Chains;
use crate::hall::{Call, Hall};
use crate::text::{Prose, Word};

/// How the text of a visit's code begins; the number grows with its form.
const VISIT_CODE: &str = "HUDANG-VISIT/1 ";
/// For how many visits in work a list works out anew what they lack: each opens a form.
const LACKS_MAX: usize = 12;

/// Whether a visit on the phone is the one of an assignment.
fn is_of(info: &VisitInfo, assignment: &Assignment) -> bool {
    match assignment.visit {
        Some(visit) => info.visit == visit,
        None => info.household == assignment.household && info.contract == assignment.contract,
    }
}

/// Nothing instead of an empty text.
pub(crate) fn told(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// How far a visit is, and whose turn it is where it is half sealed.
pub(crate) fn state(hall: &mut Hall, visit: VisitId) -> Result<(VisitState, Sealing)> {
    let status = hall.device.status(visit)?;
    let is_returned = hall.device.returned(visit)?.is_some();
    if status.seal.is_some() && !is_returned {
        let sealing = sealing(hall, visit)?;
        if !sealing.awaited.is_empty() {
            return Ok((VisitState::HalfSealed, sealing));
        }
    }
    let state = match status.seal {
        _ if is_returned => VisitState::Returned,
        _ if status.received => counted(hall.device.standing(visit)?.as_ref()),
        Some(_) => VisitState::Sealed,
        None if status.voided => VisitState::Voided,
        None => VisitState::Open,
    };
    Ok((state, Sealing::default()))
}

/// How a visit that was received stands with the server, as far as it was told.
fn counted(standing: Option<&Standing>) -> VisitState {
    match standing {
        Some(standing) if standing.state.is_counted() => VisitState::Counted,
        Some(standing) if standing.state.is_received() => VisitState::NotCounted,
        _ => VisitState::Received,
    }
}

/// Whose signatures stand under a visit that somebody has sealed, as the server will see it.
fn sealing(hall: &mut Hall, visit: VisitId) -> Result<Sealing> {
    if let Some(known) = hall.sealings.get(&visit) {
        return Ok(known.clone());
    }
    let mut signers = hall.device.visit_signers(visit)?;
    signers.retain(|one| one.opened);
    let sealing = Sealing {
        taking_part: signers.len(),
        awaited: signers
            .into_iter()
            .filter(|one| !one.signed)
            .map(|one| one.person)
            .collect(),
    };
    hall.sealings.insert(visit, sealing.clone());
    Ok(sealing)
}

pub(crate) fn household(call: &mut Call<'_>, of: OfErrand) -> Result<HouseholdCard> {
    let visits = call.hall.device.visits()?;
    let mut found = assignments(call)?.into_iter().filter(|one| {
        let visit = one.visit.or_else(|| here(&visits, one));
        one.household == of.household
            && one.contract == of.contract
            && (of.visit.is_none() || visit == of.visit)
    });
    let assignment = found.next().ok_or(Fault::Assignment)?;
    let contract = call.hall.device.contract(&of.contract)?;
    let begun = here(&visits, &assignment);
    let now_ms = call.hall.platform.clock().wall_ms;
    let errand = errand(call.hall, assignment, begun, contract.as_ref(), now_ms, &mut 0)?;
    call.session().visits.extend(errand.visit);
    let language = call.language();
    let device = &call.hall.device;
    let rules = contract
        .as_ref()
        .and_then(|contract| contract.standard().requirements(Outcome::Done));
    let mut last_outcome = None;
    for info in visits {
        if info.household == of.household && last_outcome.is_none() {
            last_outcome = device
                .document(info.visit)?
                .outcome()
                .map_err(DeviceError::from)?;
        }
    }
    Ok(HouseholdCard {
        needs: rules
            .map(|rules| needs::wanted(rules, language))
            .unwrap_or_default(),
        last_outcome,
        errand,
    })
}

pub(crate) fn today(call: &mut Call<'_>, _: Nothing) -> Result<Today> {
    let now_ms = call.hall.platform.clock().wall_ms;
    let assignments = assignments(call)?;
    let visits = call.hall.device.visits()?;
    let mut contracts: BTreeMap<ContractId, Option<Contract>> = BTreeMap::new();
    let mut looked_at = 0;
    let mut errands = Vec::with_capacity(assignments.len());
    for assignment in assignments {
        if !contracts.contains_key(&assignment.contract) {
            let read = call.hall.device.contract(&assignment.contract)?;
            contracts.insert(assignment.contract.clone(), read);
        }
        let contract = contracts.get(&assignment.contract).and_then(Option::as_ref);
        let begun = here(&visits, &assignment);
        errands.push(errand(
            call.hall,
            assignment,
            begun,
            contract,
            now_ms,
            &mut looked_at,
        )?);
    }
    call.session()
        .visits
        .extend(errands.iter().filter_map(|errand| errand.visit));
    let unfinished = recordings_unfinished(call, Nothing {})?.into_iter();
    Ok(Today {
        errands,
        now_ms,
        waiting: call.hall.device.outbox()?.len(),
        recordings_unfinished: unfinished.map(|one| one.recording).collect(),
    })
}

/// The assignments of people in this session.
fn assignments(call: &mut Call<'_>) -> Result<Vec<Assignment>> {
    let people = call.session().people.clone();
    let mut found = call.hall.device.assignments()?;
    found.retain(|one| one.persons.iter().any(|person| people.contains(person)));
    Ok(found)
}

/// The visit of an assignment that was begun on this phone.
fn here(visits: &[VisitInfo], assignment: &Assignment) -> Option<VisitId> {
    let mut begun = visits.iter().filter(|info| is_of(info, assignment));
    begun.next().map(|info| info.visit)
}

fn errand(
    hall: &mut Hall,
    assignment: Assignment,
    here: Option<VisitId>,
    contract: Option<&Contract>,
    now_ms: i64,
    looked_at: &mut usize,
) -> Result<Errand> {
    let document = hall.device.household(assignment.household)?;
    let known = HouseholdFacts::of(&assignment.code, &assignment.register, document.as_ref());
    let area = contract
        .zip(told(known.area))
        .and_then(|(contract, code)| contract.area_of(&code).map(|area| area.name.clone()));
    let period = contract.and_then(|contract| contract.period_of(WallTime::from_ms_clamped(now_ms).day()));
    let (state, sealing) = match here {
        _ if assignment.withdrawn => (VisitState::Withdrawn, Sealing::default()),
        Some(visit) => state(hall, visit)?,
        None => (VisitState::New, Sealing::default()),
    };
    let (mut last_visit_ms, mut place) = (None, None);
    if let Some(visit) = here {
        let chains = Chains::read(&hall.device, visit)?;
        last_visit_ms = chains.opened_ms();
        place = chains
            .positions()
            .iter()
            .rfind(|position| !position.mock && !position.withdrawn)
            .map(|position| position.place);
    }
    let lacks = match here {
        Some(visit) if matches!(state, VisitState::Open | VisitState::Returned) => {
            lacks(hall, visit, looked_at)?
        }
        _ => None,
    };
    Ok(Errand {
        household: assignment.household,
        code: assignment.code,
        head: told(known.head),
        address: told(known.address),
        phone: told(known.phone),
        area,
        contract: assignment.contract,
        visit: assignment.visit.or(here),
        form: assignment.form,
        people: assignment.persons,
        state,
        sealing,
        due: period.map(|period| period.to.to_string()),
        last_visit_ms,
        place,
        lacks,
    })
}

/// What a visit in work lacks, where that is known or the list may still work it out.
fn lacks(hall: &mut Hall, visit: VisitId, looked_at: &mut usize) -> Result<Option<usize>> {
    if let Some(known) = hall.lacks.get(&visit) {
        return Ok(Some(*known));
    }
    if *looked_at >= LACKS_MAX {
        return Ok(None);
    }
    *looked_at = looked_at.saturating_add(1);
    let outcome = hall.device.document(visit)?.outcome();
    let outcome = outcome.map_err(DeviceError::from)?;
    let lacks = needs::missing_lines(outcome, &hall.device.missing(visit)?);
    hall.lacks.insert(visit, lacks);
    Ok(Some(lacks))
}

pub(crate) fn household_areas(call: &mut Call<'_>, _: Nothing) -> Result<Vec<Under>> {
    let people = call.session().people.clone();
    let device = &call.hall.device;
    let mut found = BTreeMap::new();
    for person in device
        .people()?
        .into_iter()
        .filter(|one| people.contains(&one.person))
    {
        let Some(contract) = device.contract(&person.contract)? else {
            continue;
        };
        let choice = |area: &hudang_contract::area::Area| AreaChoice {
            code: area.code.clone(),
            name: area.name.clone(),
        };
        let under = Under {
            contract: person.contract.clone(),
            title: contract.title().to_owned(),
            areas: contract.areas().iter().map(choice).collect(),
        };
        found.insert(person.contract, under);
    }
    Ok(found.into_values().collect())
}

pub(crate) fn household_add(call: &mut Call<'_>, add: AddHousehold) -> Result<Added> {
    let person = call.acting()?;
    let contract = call.hall.device.contract(&add.contract)?;
    let contract = contract.ok_or(DeviceError::ContractUnknown)?;
    if contract.area_of(add.area.as_str()).is_none() {
        return Err(Fault::Arguments("no area of the contract".to_owned()));
    }
    if add.address.as_str().trim().is_empty() {
        return Err(Fault::Arguments("no address".to_owned()));
    }
    let text = |text: &Word| text.as_str().trim().to_owned();
    let found = FoundHousehold {
        contract: add.contract,
        area: text(&add.area),
        head: text(&add.head),
        address: text(&add.address),
        phone: text(&add.phone),
    };
    let household = call.hall.device.add_household(&person, &found)?;
    Ok(Added { household })
}

pub(crate) fn visit_open(call: &mut Call<'_>, open: OpenVisit) -> Result<Opened> {
    let person = call.acting()?;
    let device = &call.hall.device;
    let mut found = device.assignments()?;
    found.retain(|one| {
        !one.withdrawn
            && one.household == open.household
            && one.contract == open.contract
            && (open.visit.is_none() || one.visit.is_none() || one.visit == open.visit)
            && one.persons.contains(&person)
    });
    let assignment = found.into_iter().next().ok_or(Fault::Assignment)?;
    let mut begun = None;
    if assignment.visit.is_none() && !open.anew {
        for info in device.visits()? {
            let is_wanted = open.visit.is_none_or(|visit| visit == info.visit);
            if is_of(&info, &assignment) && is_wanted {
                begun = Some(info);
                break;
            }
        }
    }
    // What is sealed is looked at, not opened again.
    if let Some(info) = &begun
        && device.status(info.visit)?.seal.is_some()
    {
        let visit = info.visit;
        call.may_see(visit)?;
        return Ok(Opened { visit });
    }
    let form = match &begun {
        Some(info) => info.form,
        None => assignment.form.ok_or(DeviceError::FormUnknown)?,
    };
    let opening = hudang_device::OpenVisit {
        visit: assignment.visit.or(begun.map(|info| info.visit)),
        household: assignment.household,
        contract: assignment.contract,
        form,
        assigned: assignment.persons,
    };
    let visit = call.hall.device.open_visit(&person, &opening)?;
    call.session().visits.insert(visit);
    Ok(Opened { visit })
}

pub(crate) fn visit_code(call: &mut Call<'_>, of: OfVisit) -> Result<VisitCode> {
    call.may_see(of.visit)?;
    let code = call.hall.device.visit_code(of.visit)?;
    let told = serde_json::to_string(&code).map_err(|error| Fault::Arguments(error.to_string()))?;
    let text = format!("{VISIT_CODE}{told}");
    let text = Prose::try_from(text).map_err(|error| Fault::Arguments(error.to_string()))?;
    Ok(VisitCode { text })
}

pub(crate) fn visit_scan(call: &mut Call<'_>, scanned: VisitCode) -> Result<Opened> {
    let person = call.acting()?;
    let told = scanned.text.as_str().trim().strip_prefix(VISIT_CODE);
    let code = told
        .and_then(|told| serde_json::from_str(told).ok())
        .ok_or(Fault::VisitCode)?;
    let visit = call.hall.device.join_by_code(&person, &code)?;
    call.session().visits.insert(visit);
    Ok(Opened { visit })
}

pub(crate) fn visit_join(call: &mut Call<'_>, join: JoinVisit) -> Result<Opened> {
    let visit = join.visit;
    let acting = call.may_change(visit)?;
    let place = join.place.map(on_earth).transpose()?;
    let visits = call.hall.device.visits()?;
    let info = visits
        .into_iter()
        .find(|info| info.visit == visit)
        .ok_or(DeviceError::VisitUnknown)?;
    let header = call.hall.device.document(visit)?.header();
    let assigned = header.map_err(DeviceError::from)?.map(|header| header.assigned);
    let opening = hudang_device::OpenVisit {
        visit: Some(visit),
        household: info.household,
        contract: info.contract,
        form: info.form,
        assigned: assigned.unwrap_or_default(),
    };
    let person = join.person.clone();
    with_pin(call, &[(join.person, join.pin)], |call| {
        call.hall.device.open_visit(&person, &opening)?;
        if let Some(place) = place {
            // Both stand where the phone is: with the PIN just given that is the joining person's own trace.
            call.hall.device.position(&person, visit, place.clone())?;
            if !Chains::read(&call.hall.device, visit)?.has_position_of(&acting) {
                call.hall.device.position(&acting, visit, place)?;
            }
        }
        // The second person works in this session too; who acts stays.
        call.session().people.insert(person);
        Ok(())
    })?;
    Ok(Opened { visit })
}
