//! One visit at a glance.

mod clock;
pub(crate) mod needs;

use std::collections::BTreeSet;

use hudang_contract::state::Reason;
use hudang_device::{Comment, Device, DeviceError, Standing};
use hudang_evidence::id::{HouseholdId, VisitId};
use hudang_evidence::note::{Note, device_key_name};
use hudang_evidence::seal::{Outcome, Seal};
use hudang_visit::Language;
use hudang_visit::assess::{Assessment, Missing, MissingCode};
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::value::{Value, in_form};

use self::clock::time_note;
use self::needs::{Held, missing_lines, needs};
use crate::acts::today::{state, told};
use crate::acts::{forms, recordings, statements};
use crate::cross::Done;
use crate::cross::form::{Node, OfVisit};
use crate::cross::visit::{
    CommentView, Lack, NoteView, ReasonView, ReturnView, SealView, SetOutcome, StandingView, VisitView,
};
use crate::error::Result;
use crate::evidence::Chains;
use crate::hall::{Call, Hall};

pub(crate) fn visit(call: &mut Call<'_>, of: OfVisit) -> Result<VisitView> {
    let visit = of.visit;
    call.may_see(visit)?;
    let language = call.language();
    let chains = Chains::read(&call.hall.device, visit)?;
    // What this reply names may be shown.
    for entry in &chains.entries {
        if let Some((blob, named)) = statements::original(entry) {
            call.session().named.insert(blob, named);
        }
    }
    let unfinished = recordings::of_visit(&call.hall.device, visit)?;
    let (nodes, progress) = forms::wanting(call, visit)?;
    let (assessment, doubts) = call.hall.device.missing_and_doubts(visit)?;
    let (state, sealing) = state(call.hall, visit)?;
    let document = call.hall.device.document(visit)?;
    let outcome = document.outcome().map_err(DeviceError::from)?;
    let missing = missing_lines(outcome, &assessment);
    call.hall.lacks.insert(visit, missing);
    let hall = &*call.hall;
    let device = &hall.device;
    let visits = device.visits()?;
    let info = visits
        .into_iter()
        .find(|info| info.visit == visit)
        .ok_or(DeviceError::VisitUnknown)?;
    let header = document.header().map_err(DeviceError::from)?;
    let visited = visited(device, info.household)?;
    let contract = device.contract(&info.contract)?;
    let standard = contract
        .as_ref()
        .map(hudang_contract::contract::Contract::standard)
        .filter(|standard| standard.hash() == info.standard);
    let status = device.status(visit)?;
    let held = Held {
        photos: chains.photos(&doubts, language),
        signatures: chains.signatures(&call.hall.device, visit, &nodes)?,
        recordings: chains.recordings(),
        positions: chains.positions(),
        consents: chains.consents(),
        present: status.people.len(),
    };
    let needs = standard
        .and_then(|standard| standard.requirements(outcome.unwrap_or(Outcome::Done)))
        .map(|rules| needs(rules, &held, &assessment, &nodes, language))
        .unwrap_or_default();
    Ok(VisitView {
        visit,
        household: info.household,
        code: visited.code,
        head: visited.head,
        address: visited.address,
        phone: visited.phone,
        contract_title: contract.as_ref().map(|contract| contract.title().to_owned()),
        contract: info.contract,
        form: info.form,
        assigned: header.map(|header| header.assigned).unwrap_or_default(),
        here: device.opened_here(visit)?,
        state,
        sealing,
        outcome,
        outcomes: standard
            .map(|standard| standard.outcomes().collect())
            .unwrap_or_default(),
        needs,
        lacks: lacks(&assessment, &nodes, language),
        missing,
        progress,
        is_answered: document.standing().map_err(DeviceError::from)?.is_answered(),
        waivers: chains.waivers(),
        notes: notes(&document)?,
        drafts: status.drafts,
        conflicts: device.conflicts(visit)?.len(),
        seal: seal(hall, visit)?,
        standing: device
            .standing(visit)?
            .map(|told| standing(&told, &nodes, language)),
        returned: returned(hall, visit, &nodes)?,
        waiting: status.waiting,
        refused: status.refused,
        originals_waiting: status.blobs_waiting,
        opened_ms: status.opening.map(|opening| opening.at_ms).or(chains.opened_ms()),
        time_note: status.opening.and_then(|opening| time_note(&opening, language)),
        present: status.people,
        photos: held.photos,
        signatures: held.signatures,
        recordings: held.recordings,
        positions: held.positions,
        consents: held.consents,
        unfinished,
    })
}

/// A household as far as this phone knows it.
pub(crate) struct Visited {
    pub(crate) code: String,
    pub(crate) head: Option<String>,
    address: Option<String>,
    phone: Option<String>,
}

/// What the phone knows of a household; nothing instead of an empty text.
pub(crate) fn visited(device: &Device, household: HouseholdId) -> Result<Visited> {
    let known = device.household_facts(household)?;
    Ok(Visited {
        code: known.code,
        head: told(known.head),
        address: told(known.address),
        phone: told(known.phone),
    })
}

pub(crate) fn outcome_set(call: &mut Call<'_>, set: SetOutcome) -> Result<Done> {
    let person = call.may_change(set.visit)?;
    call.hall.device.set_outcome(&person, set.visit, set.outcome)?;
    Ok(Done::DONE)
}

fn notes(document: &VisitDocument) -> Result<Vec<NoteView>> {
    let notes = document.notes().map_err(DeviceError::from)?.into_values();
    let note = |note: hudang_visit::document::Answer| match note.value {
        Some(Value::Text(text)) => Some(NoteView { text }),
        _ => None,
    };
    Ok(notes.filter_map(note).collect())
}

/// Everything that is missing, each with where in the form it is.
pub(crate) fn lacks(assessment: &Assessment, nodes: &[Node], language: Language) -> Vec<Lack> {
    let lack = |missing: &Missing| Lack {
        code: missing.code.to_string(),
        requirement: missing.requirement.clone(),
        have: missing.have,
        need: missing.need,
        message: message(missing, nodes, language),
        key: asked_by(missing, nodes).map(|node| node.key.clone()),
        blocks: missing.code == MissingCode::FormType,
    };
    assessment.missing.iter().map(lack).collect()
}

/// Where the visit stands on the server, in the reader's language.
fn standing(told: &Standing, nodes: &[Node], language: Language) -> StandingView {
    let counts = told.state.is_counted();
    let reason = |reason: &Reason| ReasonView {
        text: reason.label(language).to_owned(),
        remedy: reason.remedy(language).to_owned(),
    };
    StandingView {
        told_ms: told.told_ms,
        counts,
        reasons: told.reasons.iter().filter(|_| !counts).map(reason).collect(),
        missing: told
            .missing
            .iter()
            .map(|one| message(one, nodes, language))
            .collect(),
    }
}

/// The first question that a missing piece means; one that wants something goes before one that does not.
pub(crate) fn asked_by<'a>(missing: &Missing, nodes: &'a [Node]) -> Option<&'a Node> {
    let path = missing
        .requirement
        .split_once(':')
        .filter(|(kind, _)| ["question", "form"].contains(kind))
        .map_or(missing.requirement.as_str(), |(_, path)| path);
    asked_at(path, nodes)
}

fn asked_at<'a>(path: &str, nodes: &'a [Node]) -> Option<&'a Node> {
    let mut meant = nodes
        .iter()
        .filter(|node| node.value.is_some() && in_form(&node.path) == path);
    let wanting = meant
        .clone()
        .find(|node| node.missing || !node.allowed || node.unfit.is_some());
    let blank = |node: &&Node| node.relevant && node.value.as_deref() == Some("");
    wanting
        .or_else(|| meant.clone().find(blank))
        .or_else(|| meant.next())
}

/// What is missing and what to do, with what is asked in place of the question's path.
fn message(missing: &Missing, nodes: &[Node], language: Language) -> String {
    let text = missing.message(language);
    match missing.requirement.split_once(':') {
        Some(("question" | "form", path)) if !path.is_empty() => {
            let label = asked_by(missing, nodes).and_then(|node| node.label.as_deref());
            let unnamed = language.pick("问卷里没有题目文字的一题", "a question without a label");
            text.replace(path, label.unwrap_or(unnamed))
        }
        _ => text,
    }
}

/// What the office wants mended, each with where in the form it is.
pub(crate) fn returned(hall: &Hall, visit: VisitId, nodes: &[Node]) -> Result<Option<ReturnView>> {
    let Some(found) = hall.device.returned(visit)? else {
        return Ok(None);
    };
    let comment = |one: Comment| {
        let path = one.at.strip_prefix("question:");
        let asked = path.and_then(|path| asked_at(path, nodes));
        CommentView {
            label: asked.and_then(|node| node.label.clone()),
            key: asked.map(|node| node.key.clone()),
            requirement: one.at,
            text: one.text,
        }
    };
    Ok(Some(ReturnView {
        at_ms: found.at_ms,
        comments: found.comments.into_iter().map(comment).collect(),
    }))
}

/// The seal that stands; none that the office sent back.
pub(crate) fn seal(hall: &Hall, visit: VisitId) -> Result<Option<SealView>> {
    let Some(id) = hall.device.status(visit)?.seal else {
        return Ok(None);
    };
    if hall.device.returned(visit)?.is_some() {
        return Ok(None);
    }
    let unreadable = |error: &dyn core::fmt::Display| DeviceError::Damaged(format!("a seal: {error}"));
    for bytes in hall.device.seal_notes(visit)? {
        let seal = Seal::parse(&bytes).map_err(|error| unreadable(&error))?;
        if seal.id() != id {
            continue;
        }
        let note = Note::parse(&bytes).map_err(|error| unreadable(&error))?;
        let claimed: BTreeSet<&str> = note.claimed().collect();
        let body = seal.body();
        let signed = body
            .participants
            .iter()
            .filter(|one| claimed.contains(device_key_name(&one.dev).as_str()));
        return Ok(Some(SealView {
            seal: id,
            at_ms: body.wall.ms(),
            signed_by: signed.map(|one| one.person.clone()).collect(),
            missing: body.missing.clone(),
        }));
    }
    Ok(None)
}
