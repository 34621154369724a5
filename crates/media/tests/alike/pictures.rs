//! Pictures: encoded anew, cropped, turned, mirrored, made brighter, stamped, photographed from a print.

use std::io::Cursor;
use std::path::Path;

use hudang_media::photo::{self, Limits, Prints, REUSE_DISTANCE_MAX};
use hudang_testkit::scene::{self, cropped, encoded, photographed, stamped};
use image::imageops::FilterType;
use image::{DynamicImage, ImageReader};

use super::{Rates, corpus};

/// Longer edge of what is worked on: the larger are shrunk first, so that the test takes seconds.
const EDGE: u32 = 640;

fn prints(jpeg: &[u8]) -> Prints {
    photo::look(jpeg, &Limits::default()).unwrap().prints.unwrap()
}

/// What the archive asks of two pictures: the dHash, or whether it would compare their keypoints, and these.
fn is_alike(a: &Prints, b: &Prints) -> bool {
    let shared = a
        .keypoints
        .words()
        .intersection(&b.keypoints.words_alike())
        .count();
    a.dhash.distance(b.dhash.upright()) <= REUSE_DISTANCE_MAX
        || shared >= photo::SHARED_WORDS_MIN as usize && a.keypoints.is_alike(&b.keypoints)
}

/// All that is done to one original, as files.
fn copies(original: &DynamicImage) -> Vec<(&'static str, Vec<u8>)> {
    let crop = |hundredths: [u32; 4]| cropped(original, hundredths);
    let all = |side: u32| crop([side; 4]);
    let half = original.resize(original.width() / 2, original.height() / 2, FilterType::Triangle);
    let mut copies = vec![
        ("asked: JPEG 40", encoded(original, 40)),
        ("asked: JPEG 60", encoded(original, 60)),
        ("asked: JPEG 90", encoded(original, 90)),
        ("asked: half the size", encoded(&half, 80)),
        ("asked: brighter", encoded(&original.brighten(40), 80)),
        (
            "asked: less contrast",
            encoded(&original.adjust_contrast(-35.0), 80),
        ),
        ("asked: turned by 90°", encoded(&original.rotate90(), 80)),
        ("asked: turned by 180°", encoded(&original.rotate180(), 80)),
        ("asked: turned by 270°", encoded(&original.rotate270(), 80)),
        ("asked: mirrored", encoded(&original.fliph(), 80)),
        ("asked: stamped", encoded(&stamped(original), 80)),
        ("asked: cropped by 8 % left", encoded(&crop([8, 0, 0, 0]), 85)),
        ("asked: cropped by 8 % above", encoded(&crop([0, 8, 0, 0]), 85)),
        (
            "asked: cropped by 8 % at a corner",
            encoded(&crop([0, 0, 8, 8]), 85),
        ),
        ("asked: cropped by 2 % a side", encoded(&all(2), 85)),
        ("asked: cropped by 4 % a side", encoded(&all(4), 85)),
        ("asked: cropped by 6 % a side", encoded(&all(6), 85)),
        ("asked: cropped by 8 % a side", encoded(&all(8), 85)),
        (
            "asked: cropped by 6 % a side, mirrored",
            encoded(&all(6).fliph(), 60),
        ),
        (
            "asked: cropped by 8 % a side, turned",
            encoded(&all(8).rotate90(), 80),
        ),
    ];
    copies.extend([
        ("more: cropped by 15 % a side", encoded(&all(15), 85)),
        (
            "more: photo of a photo",
            encoded(&photographed(original, 0.12, 0.05, 0.06), 75),
        ),
        (
            "more: photo of a photo, further aslant",
            encoded(&photographed(original, 0.25, -0.12, 0.12), 75),
        ),
    ]);
    copies
}

/// Measures and asserts the rates for some originals, each of another scene.
fn rates(what: &str, originals: &[DynamicImage]) {
    let prints_of: Vec<Prints> = originals
        .iter()
        .map(|picture| prints(&encoded(picture, 92)))
        .collect();
    let (mut rates, mut dhash_only) = (Rates::default(), Rates::default());
    let (mut alarms, mut pairs) = (0_u32, 0_u32);
    for (index, original) in originals.iter().enumerate() {
        for (name, copy) in copies(original) {
            let copy = prints(&copy);
            rates.add(name, is_alike(&prints_of[index], &copy));
            let distance = prints_of[index].dhash.distance(copy.dhash.upright());
            dhash_only.add(name, distance <= REUSE_DISTANCE_MAX);
            if matches!(
                name,
                "asked: cropped by 8 % a side" | "asked: mirrored" | "more: photo of a photo"
            ) {
                let others = prints_of.iter().enumerate().filter(|(other, _)| *other != index);
                for (_, other) in others {
                    pairs += 1;
                    alarms += u32::from(is_alike(other, &copy));
                }
            }
        }
        for other in prints_of.iter().skip(index + 1) {
            pairs += 1;
            let is_alarm = is_alike(&prints_of[index], other);
            if is_alarm {
                let common = prints_of[index].keypoints.in_common(&other.keypoints);
                let distance = prints_of[index].dhash.distance(other.dhash.upright());
                println!(
                    "{what}: alarm: {index} of {}: distance {distance}, {common} in common",
                    originals.len()
                );
            }
            alarms += u32::from(is_alarm);
        }
    }
    rates.print(what);
    for name in dhash_only.0.keys().filter(|name| name.contains("crop")) {
        println!("{what}: {name}, dHash alone: {:.1} %", dhash_only.percent(name));
    }
    println!("{what}: false alarms: {alarms} of {pairs}");
    rates.hold("asked", 95.0);
    rates.hold("more", 70.0);
    assert!(
        f64::from(alarms) <= f64::from(pairs) * 0.005,
        "{alarms} of {pairs}"
    );
}

/// The photos of a folder, of each scene one: where the first part of one name ends another (`gps-DSCN0025` and
/// `DSCN0025`), or both look all but the same, it is one scene. Those that show nothing but one colour are left out and said.
fn photos(folder: &Path) -> Vec<DynamicImage> {
    let mut known: Vec<(String, Prints)> = Vec::new();
    let mut photos = Vec::new();
    for part in ["plain", "reuse"] {
        let Ok(files) = std::fs::read_dir(folder.join(part)) else {
            continue;
        };
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let scene = name
                .split(['_', '.'])
                .next()
                .unwrap()
                .split("--")
                .next()
                .unwrap()
                .to_owned();
            let bytes = std::fs::read(&file).unwrap();
            let Ok(Prints { dhash, keypoints }) =
                photo::look(&bytes, &Limits::default()).and_then(|look| look.prints)
            else {
                println!("not decoded: {name}");
                continue;
            };
            if keypoints.as_slice().len() < 8 {
                println!("says too little: {name}");
                continue;
            }
            let is_known = known.iter().any(|(other, prints)| {
                let same_name = other.ends_with(&scene) || scene.ends_with(other.as_str());
                same_name || dhash.distance(prints.dhash.upright()) <= 4
            });
            if is_known {
                continue;
            }
            println!("{}: {name}", known.len());
            known.push((scene, Prints { dhash, keypoints }));
            let reader = ImageReader::new(Cursor::new(&bytes))
                .with_guessed_format()
                .unwrap();
            let photo = reader.decode().unwrap();
            photos.push(if photo.width().max(photo.height()) > EDGE {
                photo.resize(EDGE, EDGE, FilterType::Triangle)
            } else {
                photo
            });
        }
    }
    photos
}

#[test]
fn photos_alike_are_found_and_strangers_are_not() {
    let Some(folder) = corpus("photos") else { return };
    let photos = photos(&folder);
    println!("{} scenes", photos.len());
    rates("photos", &photos);
}

#[test]
fn made_pictures_alike_are_found_and_strangers_are_not() {
    let scenes: Vec<DynamicImage> = (0..16).map(scene::scene).collect();
    rates("made pictures", &scenes);
}
