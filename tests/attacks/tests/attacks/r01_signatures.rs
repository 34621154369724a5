//! R1: a signature covers what was there when it was made. A lone investigator's later seal keeps the partner's signature
//! only as long as it adds.

use hudang_evidence::id::FormHash;
use hudang_evidence::seal::Outcome;
use hudang_testkit::office::at;
use serde_json::json;

use crate::two_phones::{TwoPhones, agrees, stands_there, waives, withdraws};

/// What a lone investigator's seal comes to.
fn after(tampers: impl FnOnce(&mut TwoPhones)) -> TwoPhones {
    let mut story = TwoPhones::new();
    assert_eq!(story.stands(), "received one-investigator");
    tampers(&mut story);
    story
}

fn is_stale(story: &TwoPhones) {
    assert_eq!(story.stands(), "received one-investigator");
    let codes = story.codes();
    assert!(codes.iter().any(|code| code == "SIGNATURE-STALE"), "{codes:?}");
}

#[test]
fn two_phones_without_a_network_count() {
    let story = after(|story| {
        story.yi_photographs(21);
        story.answers("housing/rooms", json!(3));
        story.yi_seals();
    });
    assert_eq!(story.stands(), "counted");
    assert_eq!(story.codes(), Vec::<String>::new());
}

#[test]
fn signature_stale_partner_photo_withdrawn_and_interview_invented() {
    let mut story = after(|story| {
        let door = story.door;
        story.yi_states([withdraws(door)]);
        story.yi_photographs(22);
        story.answers("income", json!(1));
        story.yi_seals();
    });
    is_stale(&story);
    // The partner looks at it and signs: then it is what both say.
    let governing = story.yi_seals();
    let over = story.seal_over(governing);
    let yi = story.yi.clone();
    story.sealed(over.clone(), &[&yi]);
    is_stale(&story);
    story.jia_signs(&over);
    assert_eq!(story.stands(), "counted");
}

#[test]
fn signature_stale_photo_withdrawn_after_the_seal() {
    let mut story = after(|story| {
        story.yi_photographs(23);
        story.yi_seals();
    });
    assert_eq!(story.stands(), "counted");
    let door = story.door;
    story.yi_states([withdraws(door)]);
    assert!(story.codes().contains(&"SIGNATURE-STALE".to_owned()));
    assert!(story.stands().starts_with("received"), "{}", story.stands());
}

#[test]
fn signature_stale_answer_changed() {
    for value in [json!(500), json!(120_000)] {
        // The same value under a new salt is not what was signed either: nobody can tell once it is erased.
        let story = after(|story| {
            story.answers("income", value);
            story.yi_seals();
        });
        is_stale(&story);
    }
}

#[test]
fn signature_stale_answer_taken_out() {
    let story = after(|story| {
        story.answers.remove("head/name");
        story.yi_seals();
    });
    is_stale(&story);
}

#[test]
fn what_is_calculated_follows_and_takes_no_signature() {
    // Yi fills in what was blank; nothing that jia gave is another one.
    let story = after(|story| {
        story.answers("land/mu", json!("12.5"));
        story.answers("worth", json!(9_000));
        story.yi_seals();
    });
    assert_eq!(story.stands(), "counted");
}

#[test]
fn signature_stale_outcome_changed() {
    let story = after(|story| {
        let yi = story.yi.clone();
        let mut over = story.seal_over(story.first_id);
        over.outcome = Outcome::Refused;
        story.sealed(over, &[&yi]);
    });
    let codes = story.codes();
    assert!(codes.contains(&"SIGNATURE-STALE".to_owned()), "{codes:?}");
    assert!(story.stands().starts_with("received"));
}

#[test]
fn signature_stale_medium_dropped() {
    let story = after(|story| {
        let yi = story.yi.clone();
        let mut over = story.seal_over(story.first_id);
        over.media.clear();
        story.sealed(over, &[&yi]);
    });
    assert!(story.codes().contains(&"SIGNATURE-STALE".to_owned()));
    assert!(story.stands().starts_with("received"));
}

#[test]
fn signature_stale_opening_moved() {
    for later_ms in [-40 * 86_400_000, 60_000] {
        let story = after(|story| {
            let yi = story.yi.clone();
            let mut over = story.seal_over(story.first_id);
            over.opened = at(story.opened_ms() + later_ms);
            story.sealed(over, &[&yi]);
        });
        assert!(story.codes().contains(&"SIGNATURE-STALE".to_owned()));
        assert!(story.stands().starts_with("received"));
    }
}

#[test]
fn signature_stale_waiver_of_what_the_partner_stated() {
    let story = after(|story| {
        story.yi_states([waives("photo:门牌")]);
        story.yi_seals();
    });
    is_stale(&story);
    // A waiver of what nobody stated adds.
    let story = after(|story| {
        story.yi_states([waives("audio")]);
        story.yi_seals();
    });
    assert_eq!(story.stands(), "counted");
}

#[test]
fn signature_stale_moved_to_another_form() {
    let story = after(|story| {
        let yi = story.yi.clone();
        let mut over = story.seal_over(story.first_id);
        over.form = FormHash::of(b"a form that asks for less");
        story.sealed(over, &[&yi]);
    });
    assert!(story.codes().contains(&"SIGNATURE-STALE".to_owned()));
    assert!(story.stands().starts_with("received"));
}

#[test]
fn signature_stale_more_in_the_partners_name() {
    // Jia's phone is with yi: what is stated on it after jia signed is not signed.
    let story = after(|story| {
        story.jia_states([agrees()]);
        story.yi_seals();
    });
    is_stale(&story);
}

#[test]
fn a_chain_of_seals_goes_back_and_forth() {
    let mut story = after(|story| {
        story.yi_seals();
    });
    assert_eq!(story.stands(), "counted");
    // Jia adds a photo and seals in the place of yi's seal, whose signature carries over.
    let second = story.seal_over(story.first_id);
    let (second, _) = hudang_evidence::seal::Seal::sign(second, &[]).unwrap();
    story.jia_photographs(24);
    let third = story.seal_over(second.id());
    story.jia_signs(&third);
    assert_eq!(story.stands(), "counted");
    // Jia alone changes an answer in a fourth: yi has not signed that.
    let (third, _) = hudang_evidence::seal::Seal::sign(third, &[]).unwrap();
    story.answers("income", json!(7));
    let jia = story.jia.clone();
    let fourth = story.seal_over(third.id());
    story.sealed(fourth, &[&jia]);
    is_stale(&story);
}

#[test]
fn after_a_return_all_sign_anew() {
    let mut story = after(|story| {
        story.yi_seals();
    });
    assert_eq!(story.stands(), "counted");
    story.is_returned();
    assert_eq!(story.stands(), "received returned");
    let over = story.seal_over(story.first_id);
    let (second, _) = hudang_evidence::seal::Seal::sign(over, &[]).unwrap();
    story.yi_states([stands_there()]);
    story.yi_photographs(25);
    let yi = story.yi.clone();
    let mended = story.seal_over(second.id());
    story.sealed(mended.clone(), &[&yi]);
    is_stale(&story);
    story.jia_signs(&mended);
    assert_eq!(story.stands(), "counted");
}
