//! The visits of a month, as the report asks for them.

use hudang_archive::{Archive, Result, Viewer, VisitFilter};
use hudang_evidence::id::ContractId;
use hudang_report::month::{Month, Visit};

/// Gathers the visits of a contract that were opened in this month and that the viewer sees.
pub fn visits(archive: &Archive, viewer: &Viewer, contract: &ContractId, month: Month) -> Result<Vec<Visit>> {
    let (from, until) = month.bounds();
    let filter = VisitFilter {
        contract: Some(contract.clone()),
        from: Some(from),
        until: Some(until),
        ..VisitFilter::default()
    };
    let mut visits = Vec::new();
    archive.walk_visits(viewer, &filter, &mut |row| {
        visits.push(Visit {
            place: row.place()?,
            visit: row.visit.to_string(),
            household: row.household_code,
            outcome: row.outcome,
            opened: row.opened,
            received: row.received,
            seal: row.seal.map(|seal| seal.to_string()).unwrap_or_default(),
        });
        Ok(())
    })?;
    Ok(visits)
}
