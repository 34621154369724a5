//! Pages of lists that are short enough to be read whole.

use serde::Deserialize;

use crate::message::Page;
use crate::office::given;

/// Which page.
#[derive(Deserialize)]
pub(crate) struct Paging {
    pub(crate) after: Option<String>,
    pub(crate) limit: Option<u32>,
}

/// The page after the row with this name, or the first one.
pub(crate) fn page<T>(all: Vec<T>, paging: &Paging, name: impl Fn(&T) -> String) -> Page<T> {
    let limit = usize::try_from(given::rows(paging.limit)).unwrap_or(usize::MAX);
    let from = paging.after.as_ref().map_or(0, |after| {
        let place = all.iter().position(|row| name(row) == *after);
        place.map_or(all.len(), |place| place.saturating_add(1))
    });
    let more = all.len().saturating_sub(from) > limit;
    let rows: Vec<T> = all.into_iter().skip(from).take(limit).collect();
    let next = rows.last().filter(|_| more).map(name);
    Page { rows, next }
}
