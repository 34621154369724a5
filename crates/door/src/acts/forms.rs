//! The questionnaire: shown whole, answered question by question.

mod compare;
mod nodes;

use std::collections::BTreeMap;

use hudang_device::{Device, DeviceError};
use hudang_evidence::id::VisitId;
use hudang_visit::questionnaire::typing::Typed;
use hudang_visit::value::{AnswerPath, Value};

use self::compare::changes;
use self::nodes::{Beside, Laid, lay_out};
use super::visits;
use crate::SessionKey;
use crate::cross::Scalar;
use crate::cross::form::{
    AddInstance, Answered, ConfirmPage, ConflictView, Drafted, DropDraft, FormChanges, FormProgress,
    FormView, Node, OfVisit, Pick, RemoveInstance, WrittenView,
};
use crate::error::{Fault, Result};
use crate::evidence::Chains;
use crate::hall::Call;
use crate::words;

/// What a screen was shown of a form last.
pub(crate) struct Shown {
    key: SessionKey,
    visit: VisitId,
    nodes: Vec<Node>,
    previous: BTreeMap<String, Value>,
}

pub(crate) fn form(call: &mut Call<'_>, of: OfVisit) -> Result<FormView> {
    call.may_see(of.visit)?;
    let previous = previous(&call.hall.device, of.visit)?;
    let laid = look(call, of.visit, &previous)?;
    let sealed = visits::seal(call.hall, of.visit)?.is_some();
    let returned = visits::returned(call.hall, of.visit, &laid.nodes)?;
    let (form, title, version) = call.hall.device.look(of.visit, |filling| {
        let form = filling.session().form();
        (
            filling.questionnaire().hash(),
            form.title().to_owned(),
            form.version().to_owned(),
        )
    })?;
    call.hall.device.news(of.visit);
    call.hall.shown = Some(Shown {
        key: call.key.clone(),
        visit: of.visit,
        nodes: laid.nodes.clone(),
        previous,
    });
    Ok(FormView {
        visit: of.visit,
        form,
        title,
        version,
        pages: laid.pages,
        nodes: laid.nodes,
        progress: laid.progress,
        sealed,
        comments: returned.map(|returned| returned.comments).unwrap_or_default(),
    })
}

pub(crate) fn form_news(call: &mut Call<'_>, of: OfVisit) -> Result<FormChanges> {
    call.may_see(of.visit)?;
    call.hall.device.news(of.visit);
    told(call, of.visit, None)
}

pub(crate) fn draft(call: &mut Call<'_>, typed: Answered) -> Result<Drafted> {
    call.may_see(typed.visit)?;
    call.hall.lacks.remove(&typed.visit);
    let path = words::path(typed.path.as_str())?;
    let value = typed.value.into();
    let kept = call.hall.device.draft(typed.visit, &path, &value);
    named(call, typed.visit, kept)?;
    let fits = !matches!(
        call.hall.device.typed(typed.visit, &path, &value)?,
        Typed::Unfit(_)
    );
    Ok(Drafted { fits })
}

pub(crate) fn draft_drop(call: &mut Call<'_>, typed: DropDraft) -> Result<FormChanges> {
    call.may_change(typed.visit)?;
    let path = words::path(typed.path.as_str())?;
    call.hall.device.drop_draft(typed.visit, &path)?;
    told(call, typed.visit, None)
}

pub(crate) fn answer(call: &mut Call<'_>, answered: Answered) -> Result<FormChanges> {
    let person = call.may_change(answered.visit)?;
    let path = words::path(answered.path.as_str())?;
    let value = answered.value.into();
    let entered = call.hall.device.enter(&person, answered.visit, &path, &value);
    named(call, answered.visit, entered)?;
    told(call, answered.visit, None)
}

pub(crate) fn instance_add(call: &mut Call<'_>, add: AddInstance) -> Result<FormChanges> {
    let person = call.may_change(add.visit)?;
    let (within, name) = words::repeat(add.repeat.as_str())?;
    let added = call.hall.device.add_instance(&person, add.visit, &within, name);
    let id = named(call, add.visit, added)?;
    let added = within.join(name, id).map(|path| path.to_string());
    told(call, add.visit, added.ok())
}

pub(crate) fn instance_remove(call: &mut Call<'_>, remove: RemoveInstance) -> Result<FormChanges> {
    let person = call.may_change(remove.visit)?;
    let instance = words::instance(remove.instance.as_str())?;
    let device = &mut call.hall.device;
    let removed = device.set_removed(&person, remove.visit, &instance, !remove.restore);
    named(call, remove.visit, removed)?;
    told(call, remove.visit, None)
}

pub(crate) fn page_confirm(call: &mut Call<'_>, confirm: ConfirmPage) -> Result<FormChanges> {
    let person = call.may_change(confirm.visit)?;
    let page = confirm.page.as_ref().map(crate::text::Text::as_str);
    let confirmed = call.hall.device.confirm_page(&person, confirm.visit, page);
    named(call, confirm.visit, confirmed)?;
    told(call, confirm.visit, None)
}

pub(crate) fn pick(call: &mut Call<'_>, pick: Pick) -> Result<FormChanges> {
    let person = call.may_change(pick.visit)?;
    let (place, value) = (pick.place.as_str(), pick.value.into());
    let picked = call.hall.device.pick(&person, pick.visit, place, &value);
    named(call, pick.visit, picked)?;
    told(call, pick.visit, None)
}

pub(crate) fn conflicts(call: &mut Call<'_>, of: OfVisit) -> Result<Vec<ConflictView>> {
    call.may_see(of.visit)?;
    let chains = Chains::read(&call.hall.device, of.visit)?;
    let laid = look(call, of.visit, &BTreeMap::new())?;
    let conflicts = call.hall.device.conflicts(of.visit)?.into_iter();
    let view = |conflict: hudang_visit::document::Conflict| {
        let path = conflict.place.strip_prefix("answers/");
        let node = path.and_then(|path| laid.nodes.iter().find(|node| node.path == path));
        let written = |told: hudang_visit::document::Told| {
            let value = Scalar::from(told.value);
            WrittenView {
                reads: reads(node, &value),
                value,
                person: told.device.and_then(|dev| chains.person(dev)),
            }
        };
        ConflictView {
            label: node.and_then(|node| node.label.clone()),
            key: node.map(|node| node.key.clone()),
            values: conflict.values.into_iter().map(written).collect(),
            place: conflict.place,
        }
    };
    Ok(conflicts.map(view).collect())
}

/// A value as it is read: the labels of choices, otherwise the text.
fn reads(node: Option<&Node>, value: &Scalar) -> String {
    let text = match value {
        Scalar::Nothing => return String::new(),
        Scalar::Boolean(boolean) => boolean.to_string(),
        Scalar::Integer(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
    };
    let Some(choices) = node.and_then(|node| node.choices.as_ref()) else {
        return text;
    };
    let label = |word: &str| {
        let choice = choices.iter().find(|choice| choice.value == word);
        choice.map_or_else(|| word.to_owned(), |choice| choice.label.clone())
    };
    text.split_whitespace().map(label).collect::<Vec<_>>().join("、")
}

/// A refusal that is about a question tells what is asked there, not how the form names it.
fn named<T>(call: &mut Call<'_>, visit: VisitId, done: hudang_device::Result<T>) -> Result<T> {
    done.map_err(|error| match error {
        DeviceError::Answer(error) => {
            let label = error
                .path()
                .map(|path| call.hall.device.look(visit, |filling| filling.label(path)));
            Fault::Question {
                label: label.and_then(core::result::Result::ok).flatten(),
                error,
            }
        }
        other => other.into(),
    })
}

/// The form as it stands.
fn look(call: &mut Call<'_>, visit: VisitId, previous: &BTreeMap<String, Value>) -> Result<Laid> {
    let language = call.session().language;
    let hall = &mut *call.hall;
    let mut drafts = hall.device.drafts(visit)?;
    // A partner's seal may have covered the visit meanwhile: what was typed then can become nothing any more.
    if !drafts.is_empty() && visits::seal(hall, visit)?.is_some() {
        drafts.clear();
    }
    let conflicts = hall.device.conflicts(visit)?;
    let document = hall.device.document(visit)?;
    let beside = Beside {
        is_answered: document.standing().map_err(DeviceError::from)?.is_answered(),
        previous,
        drafts: drafts
            .into_iter()
            .map(|(path, value)| (path.to_string(), value))
            .collect(),
        in_conflict: conflicts
            .into_iter()
            .filter_map(|conflict| Some(conflict.place.strip_prefix("answers/")?.to_owned()))
            .collect(),
    };
    Ok(hall
        .device
        .look(visit, |filling| lay_out(filling, language, &beside))?)
}

/// Where the form of a visit wants something, and how far it is filled in.
pub(crate) fn wanting(call: &mut Call<'_>, visit: VisitId) -> Result<(Vec<Node>, FormProgress)> {
    let laid = look(call, visit, &BTreeMap::new())?;
    Ok((laid.nodes, laid.progress))
}

/// What changed since the form was shown last; all of it where it was not.
fn told(call: &mut Call<'_>, visit: VisitId, added: Option<String>) -> Result<FormChanges> {
    let is_this = |shown: &Shown| shown.visit == visit && shown.key == *call.key;
    let shown = call.hall.shown.take().filter(is_this);
    let (before, previous) = match shown {
        Some(shown) => (shown.nodes, shown.previous),
        None => (Vec::new(), previous(&call.hall.device, visit)?),
    };
    let laid = look(call, visit, &previous)?;
    let told = changes(&before, &laid, added);
    call.hall.shown = Some(Shown {
        key: call.key.clone(),
        visit,
        nodes: laid.nodes,
        previous,
    });
    Ok(told)
}

/// What was answered at the last visit of the household before this one, as far as it is on this phone.
fn previous(device: &Device, visit: VisitId) -> Result<BTreeMap<String, Value>> {
    let mut visits = device.visits()?.into_iter();
    let Some(this) = visits.find(|info| info.visit == visit) else {
        return Ok(BTreeMap::new());
    };
    // What follows was opened before.
    let Some(last) = visits.find(|info| info.household == this.household) else {
        return Ok(BTreeMap::new());
    };
    let answers = device
        .document(last.visit)?
        .answers()
        .map_err(DeviceError::from)?;
    let answered = |(path, answer): (AnswerPath, hudang_visit::document::Answer)| {
        Some((path.to_string(), answer.value.filter(Value::is_answered)?))
    };
    Ok(answers.into_iter().filter_map(answered).collect())
}
