//! A form and the visits that it asks: how what is asked is named, kept, sealed and judged.
//!
//! This is the one place where the form engine and a visit's document meet, on the phone and on the server alike:
//!
//! - [`package`]: the published form, one JSON text named by its hash.
//! - [`names`]: from the session's keys to the paths of answers, and back (`docs/adr/0004`).
//! - [`filling`]: a document's answers in a session; each step gives what is to be written into the document.
//! - [`known`]: what is known of household and visit before anybody asks.
//! - [`judge`]: sealed answers held to the form's rules: findings with stable codes.
//! - [`originals`]: questions for a file, held to the entries that bring originals.
//! - [`signed`]: which sealed answers a person gave, for what a signature covers.
//! - [`typing`]: what somebody typed, before it is an answer.
//! - [`moving`]: a draft goes over to another form: what carries over, what does not and why.
//!
//! In: a package's bytes, a document, sealed answers, and the moment. Out: changes of the document, sealed values,
//! findings. Nothing here knows a clock: `now` and `today` of a form come from the opening and the sealing.

pub mod filling;
pub mod head;
pub mod judge;
pub mod known;
pub mod moving;
pub mod names;
pub mod originals;
pub mod package;
pub mod signed;
pub mod typing;
mod wording;

use std::sync::Arc;

use chrono::{DateTime, FixedOffset};
use hudang_evidence::id::{FormHash, Sha256, VisitId};
use hudang_evidence::time::WallTime;
use hudang_form::form::Form;
use hudang_form::session::Environment;

use self::known::KnownQuestion;
use self::names::Names;
use self::package::{Package, PackageError};
use crate::document::genesis::Skeleton;
use crate::document::visit::VisitDocument;
use crate::document::{Conflict, DocumentError};

/// A published form, read once: what phones ask and the server judges.
#[derive(Debug)]
pub struct Questionnaire {
    hash: FormHash,
    package: Package,
    form: Arc<Form>,
    names: Names,
    known: Vec<KnownQuestion>,
}

impl Questionnaire {
    /// Reads a package and checks all of it.
    pub fn read(bytes: &[u8]) -> Result<Self, PackageError> {
        let package = Package::parse(bytes)?;
        let form = Arc::new(package.form()?);
        let names = Names::of(&form)?;
        package.check(&form, &names)?;
        Ok(Self {
            hash: FormHash::of(bytes),
            package,
            known: known::questions(&form, &names),
            form,
            names,
        })
    }

    /// Names the form.
    pub const fn hash(&self) -> FormHash {
        self.hash
    }

    /// What was published.
    pub const fn package(&self) -> &Package {
        &self.package
    }

    /// The form itself.
    pub const fn form(&self) -> &Arc<Form> {
        &self.form
    }

    /// How its questions are named.
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// The repeats that exist in a visit's document before the first answer.
    pub const fn skeleton(&self) -> &Skeleton {
        &self.package.skeleton
    }

    /// The places of a document that hold different values, for a person to pick. What two phones drew apart is not among
    /// them: nobody said it, and what is shown stands.
    pub fn conflicts(&self, document: &VisitDocument) -> Result<Vec<Conflict>, DocumentError> {
        let mut conflicts = document.conflicts()?;
        conflicts.retain(|conflict| {
            let path = conflict.place.strip_prefix("answers/");
            let located = path.and_then(|path| self.names.locate(&self.form, path));
            !located.is_some_and(|located| self.form.is_drawn(located.question))
        });
        Ok(conflicts)
    }

    /// What a session of a visit is told of the world. Chance comes from the visit, so that phones that open it apart
    /// draw the same.
    fn environment(&self, visit: VisitId, at: WallTime) -> Environment {
        let seed = Sha256::of(format!("hudang/session/v1\n{visit}\n{}\n", self.hash).as_bytes());
        let seed = seed.as_bytes().first_chunk::<8>().copied().unwrap_or_default();
        let mut environment = Environment::new(in_shanghai(at), u64::from_be_bytes(seed));
        environment.keeps_drawn = true;
        environment
    }
}

/// The moment with the offset of Asia/Shanghai, which has no other all year.
fn in_shanghai(at: WallTime) -> DateTime<FixedOffset> {
    let utc = DateTime::from_timestamp_millis(at.ms()).unwrap_or_default();
    match FixedOffset::east_opt(8 * 3_600) {
        Some(shanghai) => utc.with_timezone(&shanghai),
        None => utc.fixed_offset(),
    }
}
