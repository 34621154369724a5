//! Sealing: what would be fixed, what is missing, and the seal itself.

use std::collections::BTreeSet;

use hudang_device::{DeviceError, IfIncomplete, VisitSigner};
use hudang_evidence::id::PersonId;
use hudang_evidence::verify::Code;
use hudang_visit::Language;

use crate::acts::people::with_pin;
use crate::acts::visits::needs::missing_lines;
use crate::acts::{forms, visits};
use crate::cross::form::{Node, OfVisit};
use crate::cross::seal::{Fixes, SealMade, SealPreview, SealVisit, SignerView, WhereLacking};
use crate::error::{Fault, Result};
use crate::evidence::Chains;
use crate::hall::Call;

/// Most people who sign at once.
const SIGNERS_MAX: usize = 4;

pub(crate) fn seal_preview(call: &mut Call<'_>, of: OfVisit) -> Result<SealPreview> {
    let visit = of.visit;
    call.may_see(visit)?;
    let language = call.language();
    let (nodes, progress) = forms::wanting(call, visit)?;
    let assessment = call.hall.device.missing(visit)?;
    let outcome = call.hall.device.document(visit)?.outcome();
    let outcome = outcome.map_err(DeviceError::from)?;
    let missing = missing_lines(outcome, &assessment);
    call.hall.lacks.insert(visit, missing);
    let hall = &*call.hall;
    let device = &hall.device;
    let chains = Chains::read(device, visit)?;
    let about = device.visits()?.into_iter().find(|info| info.visit == visit);
    let household = about.ok_or(DeviceError::VisitUnknown)?.household;
    let visited = visits::visited(device, household)?;
    let mut obstacles = Vec::new();
    if outcome.is_none() {
        obstacles.push(DeviceError::NoOutcome);
    }
    if device
        .recordings_unfinished()?
        .iter()
        .any(|row| row.visit == visit)
    {
        obstacles.push(DeviceError::RecordingOpen);
    }
    let is_waiting =
        |node: &&Node| node.draft.is_some() && node.unfit.is_none() && node.relevant && !node.readonly;
    let waiting = nodes.iter().filter(is_waiting).count();
    if waiting > 0 {
        obstacles.push(DeviceError::Drafts(waiting));
    }
    let conflicts = device.conflicts(visit)?.len();
    if conflicts > 0 {
        obstacles.push(DeviceError::Conflicts(conflicts));
    }
    let sizes = chains.entries.iter().filter_map(|entry| entry.body().blob());
    let originals: std::collections::BTreeMap<_, _> = sizes.collect();
    Ok(SealPreview {
        code: visited.code,
        head: visited.head,
        outcome,
        fixes: Fixes {
            answers: progress.answered,
            photos: chains.photographed(),
            recordings: chains.recordings().iter().filter(|one| !one.withdrawn).count(),
            signatures: chains.signed(),
            size_bytes: originals.values().sum(),
        },
        obstacles: obstacles
            .into_iter()
            .map(|error| Fault::from(error).tell(language))
            .collect(),
        lacks: visits::lacks(&assessment, &nodes, language),
        waived: assessment
            .waived
            .into_iter()
            .map(|waived| waived.requirement)
            .collect(),
        seal: visits::seal(hall, visit)?,
        signers: signers(call, of)?,
    })
}

/// Everybody who was assigned or has opened the visit.
fn signers(call: &mut Call<'_>, of: OfVisit) -> Result<Vec<SignerView>> {
    let language = call.language();
    let device = &call.hall.device;
    let known: BTreeSet<PersonId> = device.people()?.into_iter().map(|one| one.person).collect();
    let here = device.opened_here(of.visit)?;
    let view = |one: VisitSigner| SignerView {
        here: here.contains(&one.person) || (!one.opened && known.contains(&one.person)),
        present: one.opened,
        traced: one.traced,
        signed: one.signed,
        stale: one.stale.is_some(),
        message: message(&one, language),
        person: one.person,
    };
    Ok(device.visit_signers(of.visit)?.into_iter().map(view).collect())
}

/// What somebody is to do before the signature counts.
fn message(signer: &VisitSigner, language: Language) -> Option<String> {
    if let Some(stale) = signer.stale {
        let code = Code::SignatureStale;
        let (why, what) = match language {
            Language::Zh => (stale.zh(), code.zh()),
            Language::En => (stale.en(), code.en()),
        };
        return Some(match language {
            Language::Zh => format!("{why}。{what}。"),
            Language::En => format!("{why}: {what}"),
        });
    }
    let is_absent = signer.opened && !signer.traced;
    is_absent.then(|| DeviceError::SignerAbsent(signer.person.clone()).message(language))
}

pub(crate) fn seal(call: &mut Call<'_>, seal: SealVisit) -> Result<SealMade> {
    let visit = seal.visit;
    call.may_change(visit)?;
    if seal.signers.is_empty() || seal.signers.len() > SIGNERS_MAX {
        return Err(Fault::Arguments("signers".to_owned()));
    }
    let people: Vec<PersonId> = seal.signers.iter().map(|one| one.person.clone()).collect();
    let signers: Vec<_> = seal
        .signers
        .into_iter()
        .map(|one| (one.person, one.pin))
        .collect();
    let incomplete = match seal.where_lacking {
        WhereLacking::Refuse => IfIncomplete::Refuse,
        WhereLacking::Seal => IfIncomplete::Seal,
    };
    let sealed = with_pin(call, &signers, |call| {
        Ok(call.hall.device.seal(visit, &people, incomplete)?)
    })?;
    let language = call.language();
    let (nodes, _) = forms::wanting(call, visit)?;
    Ok(SealMade {
        seal: sealed.id,
        missing: sealed.missing,
        lacks: visits::lacks(&sealed.assessment, &nodes, language),
        stale: sealed.stale,
    })
}
