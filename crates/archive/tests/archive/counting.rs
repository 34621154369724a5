//! From assigned to counted, and every way not to count.

use hudang_archive::{Archive, Looked};
use hudang_evidence::id::{BlobHash, VisitId};
use hudang_evidence::receipt::Receipt;
use hudang_evidence::seal::Outcome;
use hudang_sync::wire::{SyncRequest, SyncResponse};

use hudang_testkit::office::{
    DAY_MS, assignment, at, counts, is_consistent, local, open, set_up, stands, upload, upload_only, visit,
};
use hudang_testkit::person::Person;
use hudang_testkit::visit::Plan;

fn office(households: u8) -> (tempfile::TempDir, Archive, Person, Person) {
    let folder = tempfile::tempdir().unwrap();
    let archive = open(&folder.path().join("archive"));
    set_up(&archive, households);
    let (jia, yi) = Person::pair(&archive);
    (folder, archive, jia, yi)
}

fn receipt_of(archive: &Archive, response: &SyncResponse) -> Receipt {
    Receipt::verify(&response.receipts[0].note, &archive.receipt_key()).unwrap()
}

#[test]
fn a_visit_on_its_way() {
    let (_folder, archive, mut jia, mut yi) = office(2);
    assert_eq!(counts(&archive), ["assigned 2"]);
    let made = Plan::of(1).carried_out(&mut jia, &mut yi);

    yi.sends(&archive, made.of_second(), 7_200_000);
    assert_eq!(counts(&archive), ["assigned 1", "draft 1"]);

    let response = jia.sends(&archive, made.of_first(), 7_200_000);
    assert_eq!(stands(&archive, made.visit), "sealed media-awaited");
    let receipt = receipt_of(&archive, &response);
    assert_eq!((receipt.body().seal, receipt.body().blobs.len()), (made.seal, 0));

    // The original is held, and nobody has looked into it.
    upload_only(&archive, &made.photo, jia.installation(), 7_300_000).unwrap();
    assert_eq!(stands(&archive, made.visit), "sealed media-awaited");
    let mut again = made.of_first();
    again.ask_about(&[BlobHash::of(&made.photo)]);
    let response = jia.sends(&archive, again, 7_300_000);
    let receipt = receipt_of(&archive, &response);
    assert_eq!(receipt.body().blobs, [BlobHash::of(&made.photo)]);
    assert!(!receipt.body().received, "held and not looked into");

    assert_eq!(
        archive.settle(at(7_350_000)).unwrap(),
        Looked { done: 1, failed: 0 }
    );
    assert_eq!(counts(&archive), ["assigned 1", "counted 1"]);
    assert_eq!(archive.findings(&local(), made.visit).unwrap(), []);

    // The phone asks again and hears that the original is held.
    let mut again = made.of_first();
    again.ask_about(&[BlobHash::of(&made.photo)]);
    let response = jia.sends(&archive, again, 7_400_000);
    let receipt = receipt_of(&archive, &response);
    assert_eq!(receipt.body().blobs, [BlobHash::of(&made.photo)]);
    assert!(receipt.body().received);
    assert_eq!(receipt.body().recv, at(7_350_000), "from the moment of the look");
    assert_eq!(response.held(), [BlobHash::of(&made.photo)]);
    is_consistent(archive);
}

#[test]
fn those_who_made_a_visit_hear_whether_it_counts_and_nobody_else() {
    let (_folder, archive, mut jia, mut yi) = office(2);
    let mut bing = Person::enrolled(&archive, "bing", 3);
    let (good, poor) = (
        Plan::of(1),
        Plan {
            income: false,
            ..Plan::of(2)
        },
    );
    let good = good.carried_out(&mut jia, &mut yi);
    good.brought(&archive, &mut jia, &mut yi, DAY_MS);
    let poor = poor.carried_out(&mut jia, &mut yi);
    poor.brought_as("received incomplete", &archive, [&mut jia, &mut yi], DAY_MS);
    let ask = |person: &mut Person, visits: &[VisitId]| {
        let mut request = SyncRequest::default();
        request.ask_whether_they_count(visits);
        person.sends(&archive, request, DAY_MS).standings
    };
    let asked = [good.visit, poor.visit, visit(9)];
    for person in [&mut jia, &mut yi] {
        let told = ask(person, &asked);
        let words: Vec<_> = told
            .iter()
            .map(|one| (one.visit, one.state.as_str(), one.reasons.join(" ")))
            .collect();
        assert_eq!(
            words,
            [
                (good.visit, "counted", String::new()),
                (poor.visit, "received", "incomplete".to_owned())
            ]
        );
        assert_eq!(told[1].missing[0].code, "ASSESS-QUESTION");
    }
    assert_eq!(ask(&mut bing, &asked), [], "a colleague who was not sent there");
    assert_eq!(ask(&mut jia, &[]), []);
    // Whoever asks about a thousand is answered about some.
    let many: Vec<_> = (0..1_000).map(|_| good.visit).collect();
    assert_eq!(ask(&mut jia, &many).len(), 1);
}

#[test]
fn the_seal_may_come_before_the_partner() {
    let (_folder, archive, mut jia, mut yi) = office(1);
    let made = Plan::of(1).carried_out(&mut jia, &mut yi);
    upload(&archive, &made.photo, jia.installation(), 7_200_000).unwrap();
    jia.sends(&archive, made.of_first(), 7_200_000);
    assert_eq!(stands(&archive, made.visit), "sealed entries-awaited");
    yi.sends(&archive, made.of_second(), 7_200_000);
    assert_eq!(stands(&archive, made.visit), "counted");
    is_consistent(archive);
}

#[test]
fn of_two_visits_the_earlier_counts_whatever_came_first() {
    for order in [[0, 1], [1, 0]] {
        let (_folder, archive, mut jia, mut yi) = office(1);
        archive
            .assign(
                &local(),
                vec![assignment(2, 1)],
                hudang_testkit::office::at(-DAY_MS),
            )
            .unwrap();
        let again = Plan {
            household: hudang_testkit::office::household(1),
            ..Plan::of(2)
        };
        let made = [
            Plan::of(1).carried_out(&mut jia, &mut yi),
            again.carried_out(&mut jia, &mut yi),
        ];
        if order == [1, 0] {
            // Entries of a device come in order; what makes the second whole first is its original.
            for one in &made {
                yi.sends(&archive, one.of_second(), DAY_MS);
                jia.sends(&archive, one.of_first(), DAY_MS);
            }
            upload(&archive, &made[1].photo, jia.installation(), DAY_MS).unwrap();
            assert_eq!(stands(&archive, made[1].visit), "counted");
            upload(&archive, &made[0].photo, jia.installation(), DAY_MS).unwrap();
        } else {
            made[0].brought(&archive, &mut jia, &mut yi, DAY_MS);
            made[1].brought_as("received repeat", &archive, [&mut jia, &mut yi], DAY_MS);
        }
        assert_eq!(stands(&archive, made[0].visit), "counted");
        assert_eq!(stands(&archive, made[1].visit), "received repeat");
        is_consistent(archive);
    }
}

#[test]
fn a_photo_counts_in_the_earlier_visit_only() {
    let (_folder, archive, mut jia, mut yi) = office(2);
    let reusing = Plan {
        photo: hudang_testkit::picture::picture(1),
        ..Plan::of(2)
    };
    let first = Plan::of(1).carried_out(&mut jia, &mut yi);
    let second = reusing.carried_out(&mut jia, &mut yi);
    first.brought(&archive, &mut jia, &mut yi, DAY_MS);
    second.brought_as("received media-reused", &archive, [&mut jia, &mut yi], DAY_MS);
    assert_eq!(stands(&archive, first.visit), "counted");
    let findings = archive.findings(&local(), second.visit).unwrap();
    assert_eq!(findings[0].0, "MEDIA-REUSED");
    assert_eq!(findings[0].1["blob"], BlobHash::of(&first.photo).to_string());
    is_consistent(archive);
}

#[test]
fn a_photo_that_looks_like_another_is_shown_to_a_person() {
    let (_folder, archive, mut jia, mut yi) = office(3);
    let smaller = image::load_from_memory(&hudang_testkit::picture::picture(1)).unwrap();
    let smaller = smaller.resize_exact(48, 48, image::imageops::FilterType::Triangle);
    let mut bytes = std::io::Cursor::new(Vec::new());
    smaller.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let like = Plan {
        photo: bytes.into_inner(),
        ..Plan::of(2)
    };
    for plan in [Plan::of(1), like, Plan::of(3)] {
        plan.carried_out(&mut jia, &mut yi)
            .brought(&archive, &mut jia, &mut yi, DAY_MS);
    }
    while archive.inspect_waiting(8, at(DAY_MS)).unwrap() != Looked::default() {}
    let codes = |n| -> Vec<String> {
        archive
            .findings(&local(), visit(n))
            .unwrap()
            .into_iter()
            .map(|(code, _)| code)
            .collect()
    };
    assert_eq!(
        (codes(1), codes(2), codes(3)),
        (vec!["PHOTO-ALIKE".into()], vec!["PHOTO-ALIKE".into()], vec![])
    );
    assert_eq!(
        counts(&archive),
        ["counted 3"],
        "nobody but a person decides on a likeness"
    );
    is_consistent(archive);
}

/// A visit made by this plan stands so once all of it is here.
fn comes_to(stands: &str, plan: &Plan) {
    let (_folder, archive, mut jia, mut yi) = office(1);
    let made = plan.carried_out(&mut jia, &mut yi);
    made.brought_as(stands, &archive, [&mut jia, &mut yi], plan.opened_ms + 5 * DAY_MS);
    is_consistent(archive);
}

#[test]
fn every_way_not_to_count_has_its_reason() {
    comes_to("counted", &Plan::of(1));
    let alone = Plan {
        both_sign: false,
        ..Plan::of(1)
    };
    comes_to("received one-investigator", &alone);
    let not_asked = Plan {
        income: false,
        ..Plan::of(1)
    };
    comes_to("received incomplete", &not_asked);
    let refused = Plan {
        outcome: Outcome::Refused,
        ..Plan::of(1)
    };
    comes_to("received outcome-unpaid", &refused);
    let in_april = Plan {
        opened_ms: 15 * DAY_MS,
        ..Plan::of(1)
    };
    comes_to("received outside-period", &in_april);
    let elsewhere = Plan {
        household: hudang_testkit::office::household(9),
        ..Plan::of(1)
    };
    comes_to("received header-differs", &elsewhere);
}

#[test]
fn a_clock_two_years_off_does_not_choose_the_period() {
    let (_folder, archive, mut jia, mut yi) = office(1);
    jia.wall_off_ms = -730 * DAY_MS;
    yi.wall_off_ms = -730 * DAY_MS;
    let made = Plan::of(1).carried_out(&mut jia, &mut yi);
    made.brought_as("received time-uncertain", &archive, [&mut jia, &mut yi], DAY_MS);
    let row = archive.visit(&local(), made.visit).unwrap().unwrap();
    assert_eq!(
        row.opened,
        hudang_testkit::office::at(-DAY_MS),
        "no earlier than the phone was enrolled"
    );
    is_consistent(archive);
}

#[test]
fn a_clock_two_years_off_is_set_right_by_a_contact_of_its_boot() {
    let (_folder, archive, mut jia, mut yi) = office(1);
    for phone in [&mut jia, &mut yi] {
        phone.wall_off_ms = -730 * DAY_MS;
        phone.says_clock = true;
    }
    let made = Plan::of(1).carried_out(&mut jia, &mut yi);
    made.brought(&archive, &mut jia, &mut yi, DAY_MS);
    let row = archive.visit(&local(), made.visit).unwrap().unwrap();
    assert_eq!(row.opened, hudang_testkit::office::at(3_600_000));
    is_consistent(archive);
}

#[test]
fn the_same_again_changes_nothing() {
    let (_folder, archive, mut jia, mut yi) = office(1);
    let made = Plan::of(1).carried_out(&mut jia, &mut yi);
    made.brought(&archive, &mut jia, &mut yi, DAY_MS);
    let before = archive.visit_outline(&local(), made.visit).unwrap();
    made.brought(&archive, &mut jia, &mut yi, 2 * DAY_MS);
    let after = archive.visit_outline(&local(), made.visit).unwrap();
    assert_eq!(
        (before.entries, before.seals, before.row),
        (after.entries, after.seals, after.row)
    );
    jia.sends(&archive, SyncRequest::default(), 2 * DAY_MS);
    assert_eq!(counts(&archive), ["counted 1"]);
    is_consistent(archive);
}

#[test]
fn one_photo_in_many_visits_counts_once_in_any_order() {
    for backwards in [false, true] {
        let (_folder, archive, mut jia, mut yi) = office(12);
        let plan = |n| Plan {
            photo: hudang_testkit::picture::picture(1),
            opened_ms: i64::from(if backwards { 20 - n } else { n }) * 3_600_000,
            ..Plan::of(n)
        };
        for n in 1..=12 {
            // Whose seal came first has it, whenever that visit is said to have been.
            let stands = if n == 1 {
                "counted"
            } else {
                "received media-reused"
            };
            plan(n)
                .carried_out(&mut jia, &mut yi)
                .brought_as(stands, &archive, [&mut jia, &mut yi], DAY_MS);
        }
        assert_eq!(counts(&archive), ["counted 1", "received media-reused 11"]);
        assert_eq!(stands(&archive, visit(1)), "counted");
        is_consistent(archive);
    }
}
