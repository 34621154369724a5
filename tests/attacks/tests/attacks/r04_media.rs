//! R4, media facts come from the bytes: what entries claim of originals is held to what the server sees in them.

use hudang_evidence::body::{Audio, Body, Source};
use hudang_evidence::id::BlobHash;
use hudang_test_server::{Setting, World};
use hudang_testkit::picture::{picture, scene};
use hudang_testkit::sound::tone_of;
use hudang_testkit::visit::{Plan, claimed_photo, photographed, recorded};
use hudang_testkit::voice;

use crate::neighbour::{self, stands};
use crate::strangers::{self, FIRST, bring, findings};

const RANDOM: [u8; 8] = [0x9e, 0x37, 0x79, 0xb9, 0x7f, 0x4a, 0x7c, 0x15];

/// What an honest phone would say of a photo of the door, of other bytes.
fn photo(bytes: &[u8], mime: &str, w: u32, h: u32) -> Body {
    claimed_photo(BlobHash::of(bytes), bytes.len() as u64, mime, [w, h])
}

/// What an honest phone would say of the interview, of other bytes.
fn recording(bytes: &[u8], mime: &str, duration_ms: u64) -> Body {
    Body::Audio(Audio {
        sha256: BlobHash::of(bytes),
        bytes: bytes.len() as u64,
        mime: mime.to_owned(),
        duration_ms,
        gap_ms: 0,
        silent: false,
        src: Source::Recorder,
        purpose: "访谈".to_owned(),
    })
}

/// The statement of a phone with something in it changed.
fn changed(mut body: Body, change: impl FnOnce(&mut Body)) -> Body {
    change(&mut body);
    body
}

/// A lie: what is stated, the originals that are brought, and where the visit stands and why.
struct Lie {
    claims: Vec<Body>,
    originals: Vec<Vec<u8>>,
    stands: &'static str,
    findings: &'static [&'static str],
}

/// One visit for each lie, while Jia and Yi make an honest one.
fn told(lies: Vec<Lie>) {
    let mut world = World::new();
    let mut pair = strangers::arrive(&mut world, Setting::default());
    let mut all = Vec::new();
    for (n, lie) in (FIRST..).zip(&lies) {
        let plan = Plan {
            claims: Some(lie.claims.clone()),
            opened_ms: i64::from(n - FIRST) * 3_600_000,
            ..Plan::of(n)
        };
        let made = bring(&world, &mut pair, &plan);
        for original in &lie.originals {
            world.uploads(&mut pair[0], original);
        }
        all.push(made);
    }
    let honest = neighbour::visits(&mut world, 1);
    assert_eq!(stands(&world, &honest), "counted");
    for (made, lie) in all.iter().zip(lies) {
        assert_eq!(stands(&world, made), lie.stands);
        assert_eq!(findings(&world, made), lie.findings);
    }
}

#[test]
fn media_claim_of_random_bytes_is_no_photo_and_no_recording() {
    let jpeg_head = [
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0",
        &RANDOM[..],
    ]
    .concat();
    told(vec![
        Lie {
            claims: vec![photo(&RANDOM, "image/jpeg", 4_000, 3_000)],
            originals: vec![RANDOM.to_vec()],
            stands: "received evidence-broken",
            findings: &["MEDIA-CLAIM type"],
        },
        Lie {
            claims: vec![
                photographed(&scene(101)),
                recording(&RANDOM[..7], "audio/webm", 900_000),
            ],
            originals: vec![scene(101), RANDOM[..7].to_vec()],
            stands: "received evidence-broken",
            findings: &["MEDIA-CLAIM type"],
        },
        Lie {
            claims: vec![photo(&jpeg_head, "image/jpeg", 4_000, 3_000)],
            originals: vec![jpeg_head],
            stands: "received evidence-broken",
            findings: &["MEDIA-CLAIM type"],
        },
        Lie {
            claims: vec![
                photographed(&scene(103)),
                recording(&scene(103), "audio/mp4", 900_000),
            ],
            originals: vec![scene(103)],
            stands: "received evidence-broken",
            findings: &["MEDIA-CLAIM type"],
        },
    ]);
}

#[test]
fn media_claim_of_a_frame_without_a_picture_is_no_photo() {
    // A whole header of a baseline JPEG of 64 × 64, and garbage where its picture should be.
    let mut whole = std::io::Cursor::new(Vec::new());
    let grey = image::load_from_memory(&picture(104)).unwrap();
    grey.write_to(&mut whole, image::ImageFormat::Jpeg).unwrap();
    let whole = whole.into_inner();
    let scan = whole.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let cut = whole[..scan].to_vec();
    let png = picture(105);
    let cut_png = png[..41].to_vec();
    told(vec![
        Lie {
            claims: vec![photo(&cut, "image/jpeg", 64, 64)],
            originals: vec![cut],
            stands: "received evidence-broken",
            findings: &["MEDIA-CLAIM type"],
        },
        Lie {
            claims: vec![photo(&cut_png, "image/png", 64, 64)],
            originals: vec![cut_png],
            stands: "received evidence-broken",
            findings: &["MEDIA-CLAIM type"],
        },
    ]);
}

#[test]
fn media_claim_of_more_than_the_bytes_hold_is_broken() {
    let short = voice::wav(&voice::speech(7, 3));
    let cut = voice::wav(&voice::speech(8, 60))[..44 + 32_000 * 10].to_vec();
    told(vec![
        Lie {
            claims: vec![photographed(&scene(106)), recording(&short, "audio/wav", 900_000)],
            originals: vec![scene(106), short],
            stands: "received evidence-broken",
            // Somebody who speaks draws breath, of which the claim says nothing.
            findings: &["MEDIA-CLAIM duration", "MEDIA-FACTS gap"],
        },
        Lie {
            claims: vec![photographed(&scene(107)), recording(&cut, "audio/wav", 60_000)],
            originals: vec![scene(107), cut],
            stands: "received evidence-broken",
            findings: &["MEDIA-CLAIM duration", "MEDIA-FACTS gap", "MEDIA-FACTS damaged"],
        },
        Lie {
            claims: vec![changed(photographed(&scene(108)), |body| {
                if let Body::Photo(photo) = body {
                    (photo.w, photo.h) = (4_000, 3_000);
                }
            })],
            originals: vec![scene(108)],
            stands: "received evidence-broken",
            findings: &["MEDIA-CLAIM pixels"],
        },
        Lie {
            claims: vec![changed(photographed(&scene(109)), |body| {
                if let Body::Photo(photo) = body {
                    photo.mime = "image/png".to_owned();
                }
            })],
            originals: vec![scene(109)],
            stands: "received evidence-broken",
            findings: &["MEDIA-CLAIM type"],
        },
    ]);
}

#[test]
fn media_claim_of_a_bomb_costs_nothing_and_is_no_photo() {
    // 60,000 × 60,000 pixels of nothing, as a header says.
    let mut bomb = picture(110);
    bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    told(vec![Lie {
        claims: vec![photo(&bomb, "image/png", 60_000, 60_000)],
        originals: vec![bomb],
        stands: "received evidence-broken",
        findings: &["MEDIA-CLAIM type"],
    }]);
}

#[test]
fn media_facts_of_the_inspection_govern() {
    let silent = [&tone_of(9, 1)[..44], &vec![0; 16_000 * 5][..]].concat();
    let silent = {
        let mut bytes = silent;
        let data = u32::try_from(bytes.len() - 44).unwrap();
        bytes[4..8].copy_from_slice(&(data + 36).to_le_bytes());
        bytes[40..44].copy_from_slice(&data.to_le_bytes());
        bytes
    };
    told(vec![
        // Nothing but silence, of which a voice is claimed: the standard here asks for no recording, so that it counts.
        Lie {
            claims: vec![photographed(&scene(111)), recording(&silent, "audio/wav", 5_000)],
            originals: vec![scene(111), silent],
            stands: "counted",
            findings: &["MEDIA-FACTS gap", "MEDIA-FACTS silent", "AUDIO-SPEECH"],
        },
        // Another fingerprint, so that its reuse shall not be found: the server's own governs.
        Lie {
            claims: vec![changed(photographed(&scene(112)), |body| {
                if let Body::Photo(photo) = body {
                    photo.dhash64 = Some("0123456789abcdef".to_owned());
                }
            })],
            originals: vec![scene(112)],
            stands: "counted",
            findings: &["MEDIA-FACTS fingerprint"],
        },
    ]);
}

#[test]
fn photo_unreadable_is_for_a_person_to_look_at() {
    let heif = heif(4_000, 3_000);
    told(vec![Lie {
        claims: vec![photo(&heif, "image/heic", 4_000, 3_000)],
        originals: vec![heif],
        stands: "counted",
        findings: &["PHOTO-UNREADABLE readable"],
    }]);
}

#[test]
fn media_reused_from_an_honest_visit_harms_only_who_reuses() {
    let mut world = World::new();
    let mut pair = strangers::arrive(&mut world, Setting::default());
    let honest = neighbour::visits(&mut world, 1);
    let plan = Plan {
        photo: honest.photo.clone(),
        opened_ms: 7_200_000,
        ..Plan::of(FIRST)
    };
    let stolen = bring(&world, &mut pair, &plan);
    world.uploads(&mut pair[0], &honest.photo);
    world.settles();
    assert_eq!(stands(&world, &honest), "counted");
    assert_eq!(stands(&world, &stolen), "received media-reused");
}

/// The boxes of a HEIF picture of this size, with nothing where its pixels should be.
fn heif(width: u32, height: u32) -> Vec<u8> {
    let boxed = |name: &[u8; 4], body: &[u8]| -> Vec<u8> {
        let size = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
        [&size[..], name, body].concat()
    };
    let size = boxed(
        b"ispe",
        &[[0; 4], width.to_be_bytes(), height.to_be_bytes()].concat(),
    );
    let properties = boxed(b"iprp", &boxed(b"ipco", &size));
    let meta = boxed(b"meta", &[&[0; 4][..], &properties].concat());
    let kind = boxed(b"ftyp", b"heic\0\0\0\0mif1heic");
    [kind, meta, boxed(b"mdat", &RANDOM)].concat()
}

#[test]
fn an_honest_recording_is_received_with_its_facts() {
    let mut world = World::new();
    let mut pair = strangers::arrive(&mut world, Setting::default());
    let spoken = voice::wav(&voice::speech(3, 30));
    let plan = Plan {
        recording: Some(spoken.clone()),
        opened_ms: 0,
        ..Plan::of(FIRST)
    };
    let made = bring(&world, &mut pair, &plan);
    assert!(matches!(recorded(&spoken), Body::Audio(audio) if audio.duration_ms == 30_000));
    world.uploads(&mut pair[0], &made.photo);
    assert_eq!(stands(&world, &made), "sealed media-awaited");
    world.uploads(&mut pair[0], &spoken);
    world.settles();
    assert_eq!(stands(&world, &made), "counted");
    assert_eq!(findings(&world, &made), Vec::<String>::new());
}
