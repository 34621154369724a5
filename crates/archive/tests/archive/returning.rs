//! Visits that the office sends back: told to their phones, mended, sealed again, counted again.

use hudang_archive::{Archive, Comment, Viewer};
use hudang_evidence::body::{Amend, Body, Consent, ConsentTo, SealMade};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::SealId;
use hudang_evidence::seal::{Head, Seal};
use hudang_sync::wire::{Bytes, Change, ReturnParcel, SyncRequest, Verdict};

use hudang_testkit::office::{DAY_MS, at, counts, is_consistent, local, open, set_up, stands, visit};
use hudang_testkit::person::Person;
use hudang_testkit::visit::{Made, Plan};

fn comments() -> Vec<Comment> {
    let comment = |at: &str, text: &str| Comment {
        at: at.to_owned(),
        text: text.to_owned(),
    };
    vec![
        comment("photo:门牌", "看不清门牌号"),
        comment("", "请补正后重新封存"),
    ]
}

struct Office {
    _folder: tempfile::TempDir,
    archive: Archive,
    jia: Person,
    yi: Person,
    made: Made,
}

/// A visit that counts.
fn counted() -> Office {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    set_up(&archive, 2);
    let (mut jia, mut yi) = Person::pair(&archive);
    let made = Plan::of(1).carried_out(&mut jia, &mut yi);
    made.brought(&archive, &mut jia, &mut yi, DAY_MS);
    assert_eq!(stands(&archive, made.visit), "counted");
    Office {
        _folder: folder,
        archive,
        jia,
        yi,
        made,
    }
}

impl Office {
    /// Jia states this in the visit, and sends it.
    fn jia_states(&mut self, bodies: Vec<Body>) {
        let visit = self.made.visit;
        let entries = bodies
            .into_iter()
            .map(|body| Bytes::from(self.jia.states(visit, 2 * DAY_MS, body)));
        let request = SyncRequest {
            entries: entries.collect(),
            ..SyncRequest::default()
        };
        let response = self.jia.sends(&self.archive, request, 2 * DAY_MS);
        assert!(
            response.entries.iter().all(Verdict::is_kept),
            "{:?}",
            response.entries
        );
    }

    /// The next seal, over all that stands, in the name of these.
    fn seals_again(&mut self, both: bool) -> SealId {
        let before = Seal::parse(self.made.seals.last().unwrap()).unwrap();
        let mut body = before.body().clone();
        for head in &mut body.heads {
            for person in [&self.jia, &self.yi] {
                let tip = person.tip(self.made.visit);
                if person.signer().device_id() == head.dev {
                    *head = Head {
                        dev: head.dev,
                        seq: tip.seq,
                        id: tip.id,
                    };
                }
            }
        }
        body.supersedes = Some(before.id());
        body.wall = at(2 * DAY_MS);
        let (jia, yi) = (self.jia.signer(), self.yi.signer());
        let signers = if both { vec![&jia, &yi] } else { vec![&jia] };
        let (seal, note) = Seal::sign(body, &signers).unwrap();
        let request = SyncRequest {
            seals: vec![Bytes::from(note.clone())],
            ..SyncRequest::default()
        };
        let response = self.jia.sends(&self.archive, request, 2 * DAY_MS);
        assert!(
            response.seals.iter().all(Verdict::is_kept),
            "{:?}",
            response.seals
        );
        self.made.seals.push(note);
        self.jia_states(vec![Body::Seal(SealMade { seal: seal.id() })]);
        seal.id()
    }

    /// What the two phones are told of returns from the beginning.
    fn told(&mut self) -> [Vec<ReturnParcel>; 2] {
        let Self { archive, jia, yi, .. } = self;
        [jia, yi].map(|person| told(archive, person))
    }

    fn mends(&mut self) {
        let sealing = Entry::parse(self.made.entries[0].last().unwrap()).unwrap();
        self.jia_states(vec![
            Body::Amend(Amend {
                of: sealing.id(),
                withdraw: false,
                reason: "returned".to_owned(),
                sd: None,
            }),
            Body::Consent(Consent {
                to: ConsentTo::Photo,
                given: true,
            }),
        ]);
    }
}

fn told(archive: &Archive, person: &mut Person) -> Vec<ReturnParcel> {
    let response = person.sends(archive, SyncRequest::default(), 2 * DAY_MS);
    let returns = response.changes.into_iter().filter_map(|change| match change {
        Change::Return(parcel) => Some(parcel),
        _ => None,
    });
    returns.collect()
}

#[test]
fn a_visit_that_is_sent_back_counts_again_when_both_have_sealed_what_was_mended() {
    let mut office = counted();
    let visit = office.made.visit;
    let returned = office
        .archive
        .return_visit(&Viewer::machine("handler"), visit, comments(), at(DAY_MS))
        .unwrap();
    assert_eq!(
        (returned.seal, returned.by.as_str()),
        (office.made.seal, "handler")
    );
    assert_eq!(counts(&office.archive), ["assigned 1", "received returned 1"]);

    // Both phones hear of it, and what is to be mended.
    for told in office.told() {
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].visit, told[0].seal), (visit, office.made.seal));
        let texts: Vec<_> = told[0].comments.iter().map(|one| one.at.as_str()).collect();
        assert_eq!(texts, ["photo:门牌", ""]);
    }

    // What is on its way is the mending that was asked for, not something against the evidence.
    office.mends();
    assert_eq!(stands(&office.archive, visit), "received returned");
    assert_eq!(office.archive.findings(&local(), visit).unwrap(), []);

    // One of the two alone has not sealed it for the other, who has not seen what was mended.
    office.seals_again(false);
    assert_eq!(stands(&office.archive, visit), "received one-investigator");
    office.seals_again(true);
    assert_eq!(stands(&office.archive, visit), "counted");
    assert_eq!(office.archive.findings(&local(), visit).unwrap(), []);
    assert_eq!(office.archive.returns(&local(), visit).unwrap(), [returned]);
    is_consistent(office.archive);
}

#[test]
fn without_a_return_what_follows_a_seal_is_against_the_evidence() {
    let mut office = counted();
    office.mends();
    assert_eq!(
        stands(&office.archive, office.made.visit),
        "received evidence-broken"
    );
    is_consistent(office.archive);
}

#[test]
fn only_a_sealed_visit_is_sent_back_once_and_with_words() {
    let office = counted();
    let archive = &office.archive;
    let refused = |of, comments| {
        archive
            .return_visit(&local(), of, comments, at(DAY_MS))
            .unwrap_err()
            .code()
            .to_owned()
    };
    assert_eq!(refused(visit(2), comments()), "RETURN-UNSEALED");
    assert_eq!(refused(visit(9), comments()), "ARCHIVE-UNKNOWN");
    let blank = vec![Comment {
        at: String::new(),
        text: "  ".to_owned(),
    }];
    for none in [Vec::new(), blank] {
        assert_eq!(refused(office.made.visit, none), "RETURN-COMMENTS");
    }
    archive
        .return_visit(&local(), office.made.visit, comments(), at(DAY_MS))
        .unwrap();
    assert_eq!(refused(office.made.visit, comments()), "RETURN-OPEN");
    is_consistent(office.archive);
}
