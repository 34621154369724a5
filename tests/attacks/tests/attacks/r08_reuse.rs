//! R8, reuse and likeness: an original counts once, for the sealed visit whose seal came first; what is alike is shown to
//! a person; drafts and hashes that nobody holds accuse nobody.

use hudang_evidence::body::{Body, Coordinates, Doc, Drawing, Open, Photo, Sign, SignerRole, Source};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::BlobHash;
use hudang_sync::wire::{Bytes, SyncRequest};
use hudang_test_server::{Setting, World};
use hudang_testkit::office;
use hudang_testkit::person::Person;
use hudang_testkit::scene::{cropped, encoded, photographed, scene, stamped, with_exif};
use hudang_testkit::visit::{Made, Plan, photographed as visit_photo};
use hudang_testkit::voice;
use image::{GrayImage, Luma};
use serde_json::Value;

use crate::neighbour::stands;
use crate::strangers::{self, FIRST};

/// The first of a visit's people brings what both made, then their originals.
fn brings(world: &World, [first, second]: &mut [Person; 2], made: &Made) {
    world.takes_whole(made, first, second);
}

/// All but the originals.
fn seals(world: &World, [first, second]: &mut [Person; 2], made: &Made) {
    world.takes(made, first, second);
}

fn carried_out(plan: &Plan, [first, second]: &mut [Person; 2]) -> Made {
    plan.carried_out(first, second)
}

/// Jia and Yi make a visit by this plan and bring it.
fn visits(world: &mut World, plan: &Plan) -> Made {
    let mut pair = [world.jia.clone(), world.yi.clone()];
    let made = carried_out(plan, &mut pair);
    brings(world, &mut pair, &made);
    [world.jia, world.yi] = pair;
    made
}

fn codes(world: &World, made: &Made) -> Vec<String> {
    world.codes(made.visit)
}

/// The details of a finding that the visit must have.
fn is_found(world: &World, made: &Made, code: &str) -> Value {
    let found = world.findings(made.visit);
    let (_, details) = found
        .iter()
        .find(|(found, _)| found == code)
        .unwrap_or_else(|| panic!("{code} is not among {found:?}"));
    details.clone()
}

fn with_photo(n: u8, photo: Vec<u8>) -> Plan {
    Plan { photo, ..Plan::of(n) }
}

fn with_recording(n: u8, recording: Vec<u8>) -> Plan {
    Plan {
        photo: encoded(&scene(200 + u64::from(n)), 85),
        recording: Some(recording),
        ..Plan::of(n)
    }
}

#[test]
fn photo_alike_cropped_mirrored_encoded_anew_or_photographed() {
    let mut world = World::new();
    let room = scene(1);
    let honest = visits(&mut world, &with_photo(1, encoded(&room, 90)));
    let neighbour = visits(&mut world, &with_photo(2, encoded(&scene(2), 90)));
    let copies = [
        encoded(&cropped(&room, [6; 4]), 80),
        encoded(&cropped(&room, [6; 4]).fliph(), 70),
        encoded(&room, 40),
        encoded(&photographed(&room, 0.12, 0.05, 0.06), 75),
    ];
    for (n, copy) in (3..).zip(copies) {
        let made = visits(&mut world, &with_photo(n, copy));
        let details = is_found(&world, &made, "PHOTO-ALIKE");
        assert_ne!(details["visit"], neighbour.visit.to_string());
        assert_eq!(stands(&world, &made), "counted", "a person decides on a likeness");
    }
    assert_eq!(
        is_found(&world, &honest, "PHOTO-ALIKE")["blob"],
        BlobHash::of(&honest.photo).to_string()
    );
    assert_eq!(codes(&world, &neighbour), [""; 0]);
}

/// Where the second contract's visits and households begin.
const UNDER_SECOND: u8 = 150;

/// Xin and Ren work for another contractor under a second contract of the same purchaser.
fn second_team(world: &mut World) -> [Person; 2] {
    world.stop();
    let archive = office::open(world.root.path());
    let (contract, early) = (office::second_contract(), office::at(-2 * office::DAY_MS));
    let id = contract.id.clone();
    archive
        .put_contract(&office::local(), contract, None, early)
        .unwrap();
    office::put_form_to(&archive, &id);
    let numbers = UNDER_SECOND..UNDER_SECOND + 2;
    let rows = numbers.clone().map(|n| office::household_in(n, "152525104201"));
    archive
        .put_households(&office::local(), rows.collect(), office::at(0))
        .unwrap();
    let assigned = numbers.map(|n| hudang_archive::Assignment {
        contract: id.clone(),
        ..office::assigned_to(n, n, ["xin", "ren"])
    });
    archive
        .assign(&office::local(), assigned.collect(), office::at(0))
        .unwrap();
    let team = [("xin", 61), ("ren", 62)]
        .map(|(name, secret)| Person::enrolled_under(&archive, id.clone(), name, secret));
    archive.close();
    world.start(Setting::default());
    team
}

#[test]
fn photo_alike_and_media_reused_are_found_across_two_contracts_of_one_purchaser() {
    let mut world = World::new();
    let mut team = second_team(&mut world);
    let room = scene(1);
    let first = visits(&mut world, &with_photo(1, encoded(&room, 90)));
    let neighbour = visits(&mut world, &with_photo(2, encoded(&scene(2), 90)));
    let under = |n: u8, photo: Vec<u8>| Plan {
        standard: Some(office::second_contract().standard().hash()),
        opened_ms: i64::from(10 + n) * 3_600_000,
        ..with_photo(UNDER_SECOND + n, photo)
    };
    let alike = carried_out(&under(0, encoded(&cropped(&room, [6; 4]), 80)), &mut team);
    brings(&world, &mut team, &alike);
    let same = carried_out(&under(1, encoded(&room, 90)), &mut team);
    brings(&world, &mut team, &same);
    // Whoever pays under both contracts is told, whichever of the two visits is looked at.
    let details = is_found(&world, &alike, "PHOTO-ALIKE");
    assert_eq!(details["visit"], first.visit.to_string());
    assert_eq!(
        is_found(&world, &first, "PHOTO-ALIKE")["visit"],
        alike.visit.to_string()
    );
    assert_eq!(
        stands(&world, &alike),
        "counted",
        "a person decides on a likeness"
    );
    assert_eq!(stands(&world, &same), "received media-reused");
    assert_eq!(stands(&world, &first), "counted");
    assert_eq!(codes(&world, &neighbour), [""; 0]);
}

/// A copy of a photo with something drawn on it, as a phone states it.
fn drawn_on(photo: &Body, copy: &[u8]) -> Body {
    let mut jia = Person::stranger("jia", 1);
    let note = jia.states(Plan::of(1).visit, 0, photo.clone());
    Body::Drawing(Drawing {
        sha256: BlobHash::of(copy),
        bytes: copy.len() as u64,
        mime: "image/jpeg".to_owned(),
        of: Entry::parse(&note).unwrap().id(),
    })
}

#[test]
fn a_drawing_on_a_photo_stands_for_nothing_and_accuses_nobody() {
    let mut world = World::new();
    let room = scene(1);
    let photo = encoded(&room, 90);
    let copy = encoded(&stamped(&room), 80);
    let stated = visit_photo(&photo);
    let drawing = drawn_on(&stated, &copy);
    let honest = visits_with(&mut world, 1, vec![stated, drawing], photo, &copy);
    assert_eq!(codes(&world, &honest), [""; 0]);
    assert_eq!(stands(&world, &honest), "counted");
    // A visit with a drawing in place of the photo has none.
    let alone = encoded(&scene(7), 80);
    let instead = drawn_on(&visit_photo(&alone), &alone);
    let empty = visits_with(&mut world, 2, vec![instead], alone.clone(), &alone);
    assert_eq!(stands(&world, &empty), "received incomplete");
    // Another household's drawing kept as a photo is like the photo that it was drawn on.
    let reusing = visits(&mut world, &with_photo(3, copy));
    assert_eq!(
        is_found(&world, &reusing, "PHOTO-ALIKE")["visit"],
        honest.visit.to_string()
    );
}

#[test]
fn media_reused_counts_for_the_seal_that_came_first() {
    let world = World::new();
    let photo = encoded(&scene(1), 90);
    let mut pair = [world.jia.clone(), world.yi.clone()];
    // The second visit claims to have been opened hours earlier; its seal comes later.
    let honest = carried_out(&with_photo(2, photo.clone()), &mut pair);
    let reusing = carried_out(&with_photo(1, photo), &mut pair);
    assert!(Plan::of(1).opened_ms < Plan::of(2).opened_ms);
    brings(&world, &mut pair, &honest);
    assert_eq!(stands(&world, &honest), "counted");
    brings(&world, &mut pair, &reusing);
    assert_eq!(stands(&world, &honest), "counted");
    assert_eq!(stands(&world, &reusing), "received media-reused");
    assert_eq!(
        is_found(&world, &reusing, "MEDIA-REUSED")["blob"],
        BlobHash::of(&honest.photo).to_string()
    );
    assert!(!codes(&world, &honest).contains(&"MEDIA-REUSED".to_owned()));
}

/// A household's signature by hand on a sheet, as a phone states it.
fn signed(picture: &[u8]) -> Body {
    Body::Sign(Sign {
        sha256: BlobHash::of(picture),
        bytes: picture.len() as u64,
        mime: "image/jpeg".to_owned(),
        role: SignerRole::Household,
        by: None,
        person: None,
        snapshot: None,
    })
}

/// The cross of somebody who cannot write, drawn a little elsewhere each time.
fn cross(off: i32) -> Vec<u8> {
    let mut sheet = GrayImage::from_pixel(400, 300, Luma([255]));
    for along in 0_i32..180 {
        for wide in 0_i32..14 {
            for x in [110 + along + wide + off, 290 - along + wide + off] {
                let (x, y) = (u32::try_from(x).unwrap(), u32::try_from(60 + along).unwrap());
                sheet.put_pixel(x, y, Luma([0]));
            }
        }
    }
    encoded(&sheet.into(), 92)
}

/// Jia and Yi make visit n, whose household signs like this.
fn visits_signed(world: &mut World, n: u8, signature: &[u8]) -> Made {
    let photo = encoded(&scene(u64::from(n)), 90);
    visits_with(
        world,
        n,
        vec![visit_photo(&photo), signed(signature)],
        photo,
        signature,
    )
}

/// Jia and Yi make visit n with these claims, and bring the photo and one more original.
fn visits_with(world: &mut World, n: u8, claims: Vec<Body>, photo: Vec<u8>, more: &[u8]) -> Made {
    let plan = Plan {
        claims: Some(claims),
        ..with_photo(n, photo)
    };
    let mut pair = [world.jia.clone(), world.yi.clone()];
    let made = carried_out(&plan, &mut pair);
    brings(world, &mut pair, &made);
    world.uploads(&mut pair[0], more);
    world.settles();
    [world.jia, world.yi] = pair;
    made
}

#[test]
fn photo_alike_is_not_said_of_simple_signatures() {
    let mut world = World::new();
    let first = visits_signed(&mut world, 1, &cross(0));
    let second = visits_signed(&mut world, 2, &cross(2));
    for made in [&first, &second] {
        assert_eq!(codes(&world, made), [""; 0]);
        assert_eq!(stands(&world, made), "counted");
    }
    // Nor is a photo told to be like one: but like the photo of another visit it is, whoever signed so.
    let (marked, again) = (cross(1), cross(3));
    let photo = |n, picture: &Vec<u8>| with_photo(n, picture.clone());
    let third = visits(&mut world, &photo(3, &marked));
    assert_eq!(codes(&world, &third), [""; 0]);
    let fourth = visits(&mut world, &photo(4, &again));
    assert_eq!(
        is_found(&world, &fourth, "PHOTO-ALIKE")["visit"],
        third.visit.to_string()
    );
    assert_eq!(codes(&world, &first), [""; 0]);
}

#[test]
fn photo_alike_is_said_of_a_photo_that_was_first_passed_off_as_a_signature() {
    let mut world = World::new();
    let room = scene(11);
    let honest = visits(&mut world, &with_photo(1, encoded(&room, 90)));
    // The copy is looked into as a signature of one visit, before it is the photo of another.
    let copy = encoded(&room, 40);
    let signing = visits_signed(&mut world, 2, &copy);
    assert_eq!(codes(&world, &signing), [""; 0]);
    let reusing = visits(&mut world, &with_photo(3, copy));
    assert_eq!(
        is_found(&world, &reusing, "PHOTO-ALIKE")["visit"],
        honest.visit.to_string()
    );
}

#[test]
fn media_reused_a_signature_whose_file_was_copied() {
    let mut world = World::new();
    let drawn = cross(0);
    let first = visits_signed(&mut world, 1, &drawn);
    let second = visits_signed(&mut world, 2, &drawn);
    assert_eq!(stands(&world, &first), "counted");
    assert_eq!(stands(&world, &second), "received media-reused");
    let details = is_found(&world, &second, "MEDIA-REUSED");
    assert_eq!(details["blob"], BlobHash::of(&drawn).to_string());
    assert_eq!(codes(&world, &first), [""; 0]);
}

#[test]
fn media_reused_a_draft_that_names_a_hash_first_accuses_nobody() {
    let mut world = World::new();
    let [mut bing, _] = strangers::arrive(&mut world, Setting::default());
    let photo = encoded(&scene(1), 90);
    let mut pair = [world.jia.clone(), world.yi.clone()];
    let honest = carried_out(&with_photo(1, photo.clone()), &mut pair);
    let drafted = Plan::of(FIRST);
    let claims = [
        Body::Open(Open {
            household: drafted.household,
            form: hudang_testkit::form::hash(),
            standard: office::contract().standard().hash(),
            person: "bing".parse().unwrap(),
        }),
        Body::Photo(Photo {
            sha256: BlobHash::of(&photo),
            bytes: photo.len() as u64,
            mime: "image/jpeg".to_owned(),
            w: 400,
            h: 300,
            dhash64: None,
            src: Source::Camera,
            purpose: "门牌".to_owned(),
            taken: None,
            gps: None,
        }),
    ];
    let entries = claims.map(|body| Bytes::from(bing.states(drafted.visit, 0, body)));
    let request = SyncRequest {
        entries: entries.to_vec(),
        ..SyncRequest::default()
    };
    world.synced(&mut bing, &request);
    brings(&world, &mut pair, &honest);
    assert_eq!(stands(&world, &honest), "counted");
    assert_eq!(codes(&world, &honest), [""; 0]);
}

#[test]
fn media_reused_a_seal_over_a_hash_that_its_people_never_brought_accuses_nobody() {
    let mut world = World::new();
    let mut rivals = strangers::arrive(&mut world, Setting::default());
    let photo = encoded(&scene(1), 90);
    let mut pair = [world.jia.clone(), world.yi.clone()];
    let honest = carried_out(&with_photo(1, photo.clone()), &mut pair);
    // They know the hash, and seal over it before anybody has brought the photo.
    let plan = Plan {
        opened_ms: 7_200_000,
        ..with_photo(FIRST, photo)
    };
    let claimed = carried_out(&plan, &mut rivals);
    seals(&world, &mut rivals, &claimed);
    brings(&world, &mut pair, &honest);
    assert_eq!(stands(&world, &honest), "counted");
    assert_eq!(stands(&world, &claimed), "received media-reused");
}

#[test]
fn doc_that_many_households_were_given_accuses_nobody() {
    let world = World::new();
    let leaflet = b"%PDF-1.7 what every household is given".to_vec();
    let mut pair = [world.jia.clone(), world.yi.clone()];
    let mut made = Vec::new();
    for n in [1, 2] {
        let plan = with_photo(n, encoded(&scene(u64::from(n)), 90));
        let mut visit = carried_out(&plan, &mut pair);
        let given = Body::Doc(Doc {
            sha256: BlobHash::of(&leaflet),
            bytes: leaflet.len() as u64,
            mime: "application/pdf".to_owned(),
            purpose: "告知书".to_owned(),
        });
        visit.entries[0].push(pair[0].states(visit.visit, 900_000, given));
        brings(&world, &mut pair, &visit);
        made.push(visit);
    }
    world.uploads(&mut pair[0], &leaflet);
    world.settles();
    for visit in &made {
        assert!(!codes(&world, visit).contains(&"MEDIA-REUSED".to_owned()));
        assert!(!stands(&world, visit).contains("media-reused"));
    }
}

#[test]
fn audio_alike_encoded_anew_cut_or_played_into_a_microphone() {
    let mut world = World::new();
    let said = voice::speech(1, 40);
    let honest = visits(&mut world, &with_recording(1, voice::wav(&said)));
    let neighbour = visits(&mut world, &with_recording(2, voice::wav(&voice::speech(2, 40))));
    let played = voice::played(&said, 5);
    let twice = voice::played(&played, 6);
    let copies = [
        voice::opus(&said, 16_000),
        voice::telephone(&said[said.len() * 3 / 10..]),
        voice::opus(&played, 20_000),
        voice::opus(&twice, 20_000),
    ];
    for (n, copy) in (3..).zip(copies) {
        let made = visits(&mut world, &with_recording(n, copy));
        is_found(&world, &made, "AUDIO-ALIKE");
        assert_eq!(stands(&world, &made), "counted", "a person decides on a likeness");
    }
    is_found(&world, &honest, "AUDIO-ALIKE");
    assert_eq!(codes(&world, &neighbour), [""; 0]);
}

#[test]
fn audio_speech_wind_and_an_empty_room_are_shown() {
    let mut world = World::new();
    let interview = visits(&mut world, &with_recording(1, voice::wav(&voice::speech(7, 30))));
    let wind = visits(&mut world, &with_recording(2, voice::wav(&voice::wind(1, 30))));
    let room = visits(&mut world, &with_recording(3, voice::wav(&voice::room(1, 30))));
    is_found(&world, &wind, "AUDIO-SPEECH");
    is_found(&world, &room, "AUDIO-SPEECH");
    assert_eq!(codes(&world, &interview), [""; 0]);
    assert_eq!(stands(&world, &wind), "counted");
}

#[test]
fn exif_time_and_place_of_another_day_and_town() {
    let mut world = World::new();
    // Visit n is opened n hours after 2026-03-20 17:46 in the field, and its seal comes three days later.
    let taken = |n: u8, when: &str, place| with_exif(&encoded(&scene(u64::from(n)), 90), when, place);
    let here = Coordinates {
        lat_e7: 455_000_000,
        lon_e7: 1_169_600_000,
    };
    let at_home = |n: u8, photo| Plan {
        fixes: vec![here],
        ..with_photo(n, photo)
    };
    let honest = visits(
        &mut world,
        &at_home(
            1,
            taken(1, "2026:03:20 18:50:00", Some((455_000_000, 1_169_600_000))),
        ),
    );
    let old = visits(
        &mut world,
        &at_home(
            2,
            taken(2, "2026:02:20 18:50:00", Some((455_000_000, 1_169_600_000))),
        ),
    );
    let away = visits(
        &mut world,
        &at_home(
            3,
            taken(3, "2026:03:20 20:50:00", Some((445_000_000, 1_169_600_000))),
        ),
    );
    assert_eq!(
        is_found(&world, &old, "EXIF-TIME")["blob"],
        BlobHash::of(&old.photo).to_string()
    );
    assert_eq!(
        is_found(&world, &away, "EXIF-PLACE")["blob"],
        BlobHash::of(&away.photo).to_string()
    );
    assert_eq!(codes(&world, &old), ["EXIF-TIME"]);
    assert_eq!(codes(&world, &away), ["EXIF-PLACE"]);
    assert_eq!(codes(&world, &honest), [""; 0]);
    for made in [&honest, &old, &away] {
        assert_eq!(stands(&world, made), "counted", "a camera's clock may be wrong");
    }
}

#[test]
fn travel_that_no_car_could_make() {
    let mut world = World::new();
    let fixed = |n: u8, lat_e7| Plan {
        fixes: vec![Coordinates {
            lat_e7,
            lon_e7: 1_169_600_000,
        }],
        ..with_photo(n, encoded(&scene(u64::from(n)), 90))
    };
    // An hour lies between two visits: one kilometre for the neighbour, 550 for the other.
    let first = visits(&mut world, &fixed(1, 455_000_000));
    let near = visits(&mut world, &fixed(2, 455_100_000));
    let far = visits(&mut world, &fixed(3, 505_000_000));
    assert_eq!(codes(&world, &first), [""; 0]);
    assert_eq!(is_found(&world, &far, "TRAVEL")["visit"], near.visit.to_string());
    assert_eq!(is_found(&world, &near, "TRAVEL")["visit"], far.visit.to_string());
    assert_eq!(stands(&world, &far), "counted");
}
