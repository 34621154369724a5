//! What may be chosen, and what of an answer is a choice at present.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use super::{Choice, Mode, Session, SessionError};
use crate::evaluate::{NodeRef, Surroundings as _, Value, evaluate_at};
use crate::expression::ExpressionError;
use crate::form::{Choices, Chunk, ControlKind, Itemset, Media, QuestionId, Text};
use crate::tree::NodeId;

impl Session {
    /// What is to be seen of a value: nothing while it is not relevant; of choices only those that there are.
    pub(super) fn visible(&self, node: NodeId) -> Cow<'_, str> {
        let Some(state) = self.state(node) else {
            return Cow::Borrowed("");
        };
        if !state.relevant || state.base.is_empty() {
            return Cow::Borrowed("");
        }
        let question = self.form.question(state.question);
        let has = |value: &str| state.choices.iter().any(|choice| choice.value == value);
        match question.control.as_ref().map(|control| &control.kind) {
            Some(ControlKind::SelectOne) if !has(&state.base) => Cow::Borrowed(""),
            Some(ControlKind::SelectMultiple) => {
                let kept: Vec<&str> = state.base.split(' ').filter(|value| has(value)).collect();
                Cow::Owned(kept.join(" "))
            }
            // A ranking is one of all choices: those that came later stand last.
            Some(ControlKind::Rank) => {
                let mut seen = BTreeSet::new();
                let kept = state.base.split(' ').filter(|value| has(value));
                let all = kept.chain(state.choices.iter().map(|choice| &*choice.value));
                let ranked: Vec<&str> = all.filter(|value| seen.insert(*value)).collect();
                Cow::Owned(ranked.join(" "))
            }
            _ => Cow::Borrowed(&state.base),
        }
    }

    /// What of an answer by hand is kept.
    pub(super) fn chosen(&self, node: NodeId, value: &str) -> Result<String, SessionError> {
        let Some(state) = self.state(node) else {
            return Ok(String::new());
        };
        let question = self.form.question(state.question);
        let value = super::build::decoded(question, value);
        let choices = || state.choices.iter().map(|choice| &*choice.value);
        let wanted: BTreeSet<&str> = value.split(' ').collect();
        match question.control.as_ref().map(|control| &control.kind) {
            Some(ControlKind::SelectOne) if !choices().any(|choice| choice == value) => Ok(String::new()),
            Some(ControlKind::SelectMultiple) => {
                // In the order of the choices, not of the hand.
                let kept: Vec<&str> = choices().filter(|choice| wanted.contains(choice)).collect();
                Ok(kept.join(" "))
            }
            Some(ControlKind::Rank)
                if !value.is_empty() && !choices().all(|choice| wanted.contains(choice)) =>
            {
                Err(SessionError::Ranking(self.key(node)))
            }
            _ => Ok(value),
        }
    }

    /// What may be chosen at a node. Judging, a list that looks at no answer is made once for the form.
    pub(super) fn choices_of(
        &self,
        question: QuestionId,
        node: NodeId,
        choices: &Choices,
    ) -> Result<Arc<[Choice]>, ExpressionError> {
        let lasting = match self.mode {
            Mode::Answering => None,
            Mode::Judging => self.form.lasting_choices(question),
        };
        if let Some(made) = lasting.and_then(OnceLock::get) {
            return Ok(Arc::clone(made));
        }
        let found = self.choices_at(node, choices)?;
        if let Some(lasting) = lasting {
            return Ok(Arc::clone(lasting.get_or_init(|| found)));
        }
        Ok(found)
    }

    pub(super) fn choices_at(
        &self,
        node: NodeId,
        choices: &Choices,
    ) -> Result<Arc<[Choice]>, ExpressionError> {
        match choices {
            Choices::Static(items) => {
                let choice = |item: &crate::form::StaticChoice| -> Result<Choice, ExpressionError> {
                    let label = item
                        .label
                        .as_ref()
                        .filter(|_| self.has_labels())
                        .map(|label| self.text_at(label, here(node), here(node)));
                    let media = item
                        .label
                        .as_ref()
                        .filter(|_| self.has_labels())
                        .map(|label| self.media_at(label, here(node), here(node)));
                    Ok(Choice {
                        value: item.value.clone(),
                        media: media.unwrap_or_default(),
                        label: label.transpose()?.unwrap_or_else(|| item.value.clone()),
                    })
                };
                items.iter().map(choice).collect()
            }
            Choices::Itemset(itemset) => self.found_choices(node, itemset),
        }
    }

    /// Whether choices need their texts: always for who answers, otherwise where rules read them.
    fn has_labels(&self) -> bool {
        self.mode == Mode::Answering || self.form.graph().reads_choices()
    }

    fn found_choices(&self, node: NodeId, itemset: &Itemset) -> Result<Arc<[Choice]>, ExpressionError> {
        let Value::Nodes(items) = evaluate_at(&itemset.nodeset, here(node), here(node), self)? else {
            return Ok(Arc::default());
        };
        let choice = |item: NodeRef| -> Result<Choice, ExpressionError> {
            let value = evaluate_at(&itemset.value, item, item, self)?
                .into_text(self)
                .into_owned();
            let label = itemset
                .label
                .as_ref()
                .filter(|_| self.has_labels())
                .map(|label| self.text_at(label, item, item));
            let media = itemset
                .label
                .as_ref()
                .filter(|_| self.has_labels())
                .map(|label| self.media_at(label, item, item));
            Ok(Choice {
                media: media.unwrap_or_default(),
                label: label.transpose()?.unwrap_or_else(|| value.clone()),
                value,
            })
        };
        items.iter().copied().map(choice).collect()
    }

    /// A text with answers filled in.
    pub(super) fn text_at(
        &self,
        text: &Text,
        at: NodeRef,
        current: NodeRef,
    ) -> Result<String, ExpressionError> {
        let value = |expression| {
            evaluate_at(expression, at, current, self).map(|value| value.into_text(self).into_owned())
        };
        match text {
            Text::Reference(expression) => value(expression),
            Text::Chunks(chunks) => self.chunks_at(chunks, at, current),
            Text::Itext(id) => {
                let id = value(id)?;
                let found = self
                    .form
                    .translation(self.language())
                    .and_then(|found| found.text(&id));
                found.map_or_else(
                    || Ok(String::new()),
                    |text| self.chunks_at(&text.chunks, at, current),
                )
            }
        }
    }

    /// What is shown or played with a text.
    pub(super) fn media_at(&self, text: &Text, at: NodeRef, current: NodeRef) -> Arc<[Media]> {
        let Text::Itext(id) = text else {
            return Arc::default();
        };
        if !self.form.has_media() {
            return Arc::default();
        }
        let id = evaluate_at(id, at, current, self).map(|value| value.into_text(self));
        let translation = self.form.translation(self.language());
        let found = id
            .ok()
            .and_then(|id| Some(Arc::clone(&translation?.text(&id)?.media)));
        found.unwrap_or_default()
    }

    fn chunks_at(&self, chunks: &[Chunk], at: NodeRef, current: NodeRef) -> Result<String, ExpressionError> {
        let mut text = String::new();
        for chunk in chunks {
            match chunk {
                Chunk::Literal(literal) => text.push_str(literal),
                Chunk::Output(expression) => {
                    text.push_str(&evaluate_at(expression, at, current, self)?.to_text(self));
                }
            }
        }
        Ok(text)
    }
}

/// A node of the answers.
pub(super) fn here(node: NodeId) -> NodeRef {
    NodeRef { tree: 0, node }
}
