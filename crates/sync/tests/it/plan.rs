//! The server's plan, scene by scene. Here is what phones send in them.

mod keeps;
mod refuses;

use hudang_evidence::body::{Body, Remark};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::{BlobHash, HouseholdId, VisitId};
use hudang_evidence::note::Note;
use hudang_evidence::seal::{Seal, SealBody};
use hudang_evidence::snapshot::{Disclosure, SaltedDigest};
use hudang_sync::code;
use hudang_sync::server::{Admission, Plan};
use hudang_sync::wire::{
    BlobNeed, Bytes, DeviceTip, DocumentId, DocumentParcel, RemarkParcel, SnapshotParcel, SyncRequest,
    Verdict, join_hashes,
};
use serde_json::json;

use crate::field::{Investigator, answers, random, snapshot, visit};
use crate::shelf::{Shelf, Unreadable};

const PHOTO: &[u8] = b"a door with its number";

fn entries(notes: &[&Vec<u8>]) -> SyncRequest {
    SyncRequest {
        entries: notes.iter().map(|note| Bytes::from((*note).clone())).collect(),
        ..SyncRequest::default()
    }
}

fn seals(notes: &[&Vec<u8>]) -> SyncRequest {
    SyncRequest {
        seals: notes.iter().map(|note| Bytes::from((*note).clone())).collect(),
        ..SyncRequest::default()
    }
}

fn document(id: DocumentId, heads: &[[u8; 32]]) -> DocumentParcel {
    DocumentParcel::new(id, b"changes".to_vec(), heads)
}

fn head(n: u64) -> [u8; 32] {
    random("head", n)
}

/// Codes and subjects of what is wrong beside the verdicts.
fn problems(plan: &Plan) -> Vec<(&str, &str)> {
    let problems = plan.problems.iter();
    problems
        .map(|problem| (problem.code.as_str(), problem.subject.as_str()))
        .collect()
}

/// Whether the plan writes nothing at all.
fn writes_nothing(plan: &Plan) -> bool {
    plan.entries.is_empty()
        && plan.quarantine.is_empty()
        && plan.snapshots.is_empty()
        && plan.seals.is_empty()
        && plan.documents.is_empty()
        && plan.remarks.is_empty()
}

/// 甲's work in one visit as one request, sealed with 乙, who has no entries; with the seal and the remark's text.
fn whole_visit(jia: &mut Investigator, yi: &Investigator, of: VisitId) -> (SyncRequest, Seal) {
    let values = answers(6, 1);
    let answered = snapshot(of, &values);
    let text = Disclosure::new(random("salt", 99), "note", json!("门口有狗"));
    let opened = jia.open(of);
    let photo = jia.photo(of, PHOTO, "门牌");
    let form = jia.form(of, answered.hash());
    let remark = jia.add(
        of,
        Body::Note(Remark {
            sd: SaltedDigest::of(&text),
        }),
    );
    let (seal, note) = jia.seal(of, yi, &[PHOTO]);
    let request = SyncRequest {
        snapshots: vec![SnapshotParcel::new(&answered, &values)],
        seals: vec![Bytes::from(note)],
        documents: vec![document(DocumentId::Visit(of), &[head(1)])],
        remarks: vec![RemarkParcel::new(of, &[text])],
        blobs_wanted_status: join_hashes([BlobHash::of(PHOTO).as_bytes()]),
        ..entries(&[&opened, &photo, &form, &remark])
    };
    (request, seal)
}

fn people() -> (Investigator, Investigator, Shelf) {
    let (jia, yi) = (Investigator::new("jia"), Investigator::new("yi"));
    let shelf = Shelf::knowing(&[&jia, &yi]);
    (jia, yi, shelf)
}
