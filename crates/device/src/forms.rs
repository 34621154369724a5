//! Forms, read once, and the visit that is being filled in: its session stays open between actions.

use std::cell::RefCell;
use std::sync::Arc;

use hudang_evidence::body::Body;
use hudang_evidence::id::{FormHash, Sha256, VisitId};
use hudang_evidence::time::WallTime;
use hudang_form::session::Changes;
use hudang_visit::document::visit::VisitDocument;
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::filling::{Filling, FillingError, Occasion};
use rusqlite::{OptionalExtension as _, params};

use crate::desk::Desk;
use crate::device::{Device, Scope};
use crate::documents::About;
use crate::error::{DeviceError, Result, damaged};

/// Most forms that are kept read; a phone works with one or two.
const FORMS_MAX: usize = 4;

/// What is known of forms beside the database: nothing here is lost when the process ends.
#[derive(Default)]
pub(crate) struct Forms {
    read: RefCell<Vec<Arc<Questionnaire>>>,
    open: RefCell<Option<Open>>,
    news: RefCell<Vec<(VisitId, Changes)>>,
}

/// The visit that was filled in last.
struct Open {
    visit: VisitId,
    /// The document that the session stands on.
    heads: Vec<Sha256>,
    filling: Filling,
    /// Whether something was stated since what is known was looked up.
    has_news: bool,
}

impl Device {
    /// What partners' changes changed in the form of a visit since this was asked last, for the screen to redraw. It
    /// is gathered while the visit is the one that is being filled in.
    pub fn news(&mut self, visit: VisitId) -> Changes {
        let mut all = Changes::default();
        self.house.forms.news.borrow_mut().retain_mut(|(of, changes)| {
            if *of != visit {
                return true;
            }
            all.changed.append(&mut changes.changed);
            all.gone.append(&mut changes.gone);
            false
        });
        all
    }

    /// Shows the form of a visit as it stands: every question with value, relevance, validity, label and choices.
    pub fn look<T>(&self, visit: VisitId, see: impl FnOnce(&Filling) -> T) -> Result<T> {
        let scope = self.scope();
        let about = scope.about(visit)?.ok_or(DeviceError::VisitUnknown)?;
        let document = scope.read_document(visit)?;
        let filling = scope.filling(visit, &about, &document)?;
        let seen = see(&filling);
        scope.keep_filling(visit, document.heads(), filling);
        Ok(seen)
    }
}

impl Scope<'_> {
    /// A form, ready to be asked; nothing where it is not here.
    pub(crate) fn questionnaire(&self, form: &FormHash) -> Result<Option<Arc<Questionnaire>>> {
        let known = self
            .house
            .forms
            .read
            .borrow()
            .iter()
            .find(|read| read.hash() == *form)
            .cloned();
        if known.is_some() {
            return Ok(known);
        }
        let mut select = self.db.prepare_cached("SELECT bytes FROM form WHERE hash = ?1")?;
        let bytes: Option<Vec<u8>> = select.query_row([form.as_bytes()], |row| row.get(0)).optional()?;
        let Some(bytes) = bytes else { return Ok(None) };
        let read = Arc::new(Questionnaire::read(&bytes).map_err(|error| damaged("a form", error))?);
        let mut all = self.house.forms.read.borrow_mut();
        if all.len() >= FORMS_MAX {
            all.remove(0);
        }
        all.push(Arc::clone(&read));
        Ok(Some(read))
    }

    /// The form of a visit.
    pub(crate) fn form_of(&self, visit: VisitId) -> Result<Arc<Questionnaire>> {
        let about = self.about(visit)?.ok_or(DeviceError::VisitUnknown)?;
        self.form_to_ask(&about)
    }

    /// Keeps a form that came from the server, if it can be used.
    pub(crate) fn keep_form(&self, bytes: &[u8]) -> Result<Option<FormHash>> {
        let hash = FormHash::of(bytes);
        // The server sends the form with every assignment.
        let mut select = self.db.prepare_cached("SELECT 1 FROM form WHERE hash = ?1")?;
        if select.exists([hash.as_bytes()])? {
            return Ok(Some(hash));
        }
        if Questionnaire::read(bytes).is_err() {
            return Ok(None);
        }
        self.db.execute(
            "INSERT INTO form (hash, bytes) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING",
            params![hash.as_bytes(), bytes],
        )?;
        Ok(Some(hash))
    }

    /// When a visit was opened first, as far as this phone knows.
    pub(crate) fn opened(&self, visit: VisitId) -> Result<WallTime> {
        let entries = self.entries(visit)?;
        let opens = entries
            .iter()
            .filter(|entry| matches!(entry.body(), Body::Open(_)));
        let first = opens.map(|entry| entry.header().wall).min();
        Ok(first.unwrap_or_else(|| self.wall()))
    }

    pub(crate) fn wall(&self) -> WallTime {
        WallTime::from_ms_clamped(self.clock().wall_ms)
    }

    /// The session on a document: the one that is open, brought to where the document is, or a new one.
    pub(crate) fn filling(&self, visit: VisitId, about: &About, document: &VisitDocument) -> Result<Filling> {
        let open = self
            .house
            .forms
            .open
            .borrow_mut()
            .take()
            .filter(|open| open.visit == visit);
        let form = self.form_to_ask(about)?;
        // A session with another form is of no use: the visit was taken over to this one.
        let open = open.filter(|open| open.filling.questionnaire().hash() == form.hash());
        let mut filling = if let Some(mut open) = open {
            if open.heads != document.heads() {
                open.filling.merge(document, self.opened(visit)?)?;
                open.has_news = true;
            }
            if open.has_news {
                let known = self.known(visit, about, document)?;
                open.filling.set_known(document, known)?;
            }
            open.filling
        } else {
            let occasion = Occasion {
                visit,
                opened: self.opened(visit)?,
                now: self.wall(),
            };
            Filling::open(form, document, occasion, self.known(visit, about, document)?)?
        };
        filling.set_now(self.wall());
        Ok(filling)
    }

    /// Keeps a session open for the next action.
    pub(crate) fn keep_filling(&self, visit: VisitId, heads: Vec<Sha256>, filling: Filling) {
        *self.house.forms.open.borrow_mut() = Some(Open {
            visit,
            heads,
            filling,
            has_news: false,
        });
    }

    /// A document went on without its answers being touched.
    pub(crate) fn move_filling(&self, visit: VisitId, before: &[Sha256], heads: Vec<Sha256>) {
        if let Some(open) = self.house.forms.open.borrow_mut().as_mut()
            && open.visit == visit
            && open.heads == before
        {
            open.heads = heads;
            open.has_news = true;
        }
    }

    /// Takes a partner's changes into the session that is open, and notes what that changed.
    pub(crate) fn merge_filling(&self, visit: VisitId, bytes: &[u8]) -> Result<()> {
        let is_open = self
            .house
            .forms
            .open
            .borrow()
            .as_ref()
            .is_some_and(|open| open.visit == visit);
        if !is_open {
            return Ok(());
        }
        let document = VisitDocument::load(bytes, self.reader())?;
        let opened = self.opened(visit)?;
        let Some(mut open) = self.house.forms.open.borrow_mut().take() else {
            return Ok(());
        };
        let about = self.about(visit)?.ok_or(DeviceError::VisitUnknown)?;
        let form = self.form_to_ask(&about)?;
        let changes = if open.filling.questionnaire().hash() == form.hash() {
            let mut changes = open.filling.merge(&document, opened)?;
            let known = self.known(visit, &about, &document)?;
            let more = open.filling.set_known(&document, known)?;
            changes.changed.extend(more.changed);
            changes.gone.extend(more.gone);
            changes
        } else {
            // A partner took the visit over to another form: all of the screen is to be drawn anew.
            let gone = open.filling.session().views().into_iter().map(|view| view.key);
            let gone = gone.collect();
            let occasion = Occasion {
                visit,
                opened,
                now: self.wall(),
            };
            let known = self.known(visit, &about, &document)?;
            open.filling = Filling::open(form, &document, occasion, known)?;
            Changes {
                changed: open.filling.session().views(),
                gone,
            }
        };
        open.heads = document.heads();
        *self.house.forms.open.borrow_mut() = Some(open);
        if changes != Changes::default() {
            self.house.forms.news.borrow_mut().push((visit, changes));
        }
        Ok(())
    }
}

impl Desk<'_> {
    /// Works on the answers. What goes wrong leaves no session behind that is ahead of its document.
    pub(crate) fn fill<T>(
        &mut self,
        work: impl FnOnce(&mut Filling, &mut VisitDocument) -> core::result::Result<T, FillingError>,
    ) -> Result<T> {
        let mut filling = match self.filling.take() {
            Some(filling) => filling,
            None => self.scope.filling(self.visit, &self.about, &self.document)?,
        };
        let done = work(&mut filling, &mut self.document)?;
        self.filling = Some(filling);
        Ok(done)
    }
}
