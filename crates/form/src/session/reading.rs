//! Texts in another language than the one that the session works in.
//!
//! What a form calculates may look at its own texts (`jr:choice-name`, `jr:itext`), and what it calculates is sealed. So
//! a session works in one language, on every phone alike, and only what a person reads comes in the person's own.

use std::sync::Arc;

use super::choices::here;
use super::{Choice, Session, View};
use crate::form::Text;
use crate::tree::NodeId;
use crate::xlsform::itext::ABSENT;

impl Session {
    /// How everything looks, with the texts that the form has in `language`; the others come as they are. Nothing of the
    /// session changes. A language that the form does not have changes no text.
    pub fn views_in(&self, language: &str) -> Vec<View> {
        let number = self.form.languages().position(|known| known == language);
        let Some(number) = number.filter(|_| self.language.as_deref() != Some(language)) else {
            return self.views();
        };
        let mut found = Vec::new();
        self.reading.set(Some(number));
        self.each_node(&mut |node| {
            let mut view = self.view(node);
            self.read_again(node, &mut view);
            found.push(view);
        });
        self.reading.set(None);
        found
    }

    fn read_again(&self, node: NodeId, view: &mut View) {
        let Some(state) = self.state(node) else { return };
        let question = self.form.question(state.question);
        let bind = &question.bind;
        if let Some(control) = &question.control {
            self.reread(node, control.label.as_ref(), &mut view.label);
            self.reread(node, control.hint.as_ref(), &mut view.hint);
        }
        let message = if view.constraint_ok {
            &bind.required_message
        } else {
            &bind.constraint_message
        };
        self.reread(node, message.as_ref(), &mut view.message);
        let (Some(choices), Some(shown)) = (question.choices(), &view.choices) else {
            return;
        };
        let Ok(read) = self.choices_at(node, choices) else {
            return;
        };
        let again = |choice: &Choice| {
            let found = read.iter().find(|found| found.value == choice.value);
            let label = found.map(|found| &found.label).filter(|label| is_text(label));
            Choice {
                label: label.unwrap_or(&choice.label).clone(),
                ..choice.clone()
            }
        };
        view.choices = Some(shown.iter().map(again).collect::<Arc<[Choice]>>());
    }

    /// Puts a text's translation in place of what is shown, where something is and there is a translation.
    fn reread(&self, node: NodeId, text: Option<&Text>, shown: &mut Option<String>) {
        let (Some(text), Some(shown)) = (text, shown.as_mut()) else {
            return;
        };
        if let Ok(read) = self.text_at(text, here(node), here(node))
            && is_text(&read)
        {
            *shown = read;
        }
    }
}

fn is_text(text: &str) -> bool {
    !text.is_empty() && text != ABSENT
}
