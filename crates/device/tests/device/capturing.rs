//! Photos and recordings: originals on the disk, low space, full disks, torn files.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hudang_device::platform::NoFaults;
use hudang_device::{Correction, Device, Hand, Signatory, Withdrawal};
use hudang_evidence::body::{Body, Source};
use hudang_evidence::entry::Entry;
use hudang_evidence::id::BlobHash;
use hudang_testkit::scene::encoded;
use hudang_visit::Language;
use image::ImageFormat;

use crate::field::{Phone, Trip, at, photo, visit, wav, who};

#[test]
fn an_original_is_kept_as_it_came_and_read_from_any_offset() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    let bytes = photo(1);
    phone
        .device
        .add_photo(&who("jia"), visit(), &bytes, "门牌", Source::Camera)
        .unwrap();
    let recording = phone
        .device
        .recording_start(&who("jia"), visit(), "访谈")
        .unwrap();
    let sound = wav(20);
    for piece in sound.chunks(100_000) {
        phone.device.recording_append(recording, piece).unwrap();
    }
    phone.device.recording_finish(recording).unwrap();
    for whole in [&bytes, &sound] {
        let hash = BlobHash::of(whole);
        for (offset, len) in [
            (0, u64::MAX),
            (10, 5),
            (65_530, 20),
            (70_000, 200_000),
            (u64::MAX, 1),
        ] {
            let from = usize::try_from(offset).unwrap().min(whole.len());
            let to = from
                .saturating_add(usize::try_from(len).unwrap())
                .min(whole.len());
            assert_eq!(
                phone.device.read_blob(&hash, offset, len).unwrap(),
                whole[from..to]
            );
        }
        let stored = std::fs::read(phone.directory.join("blobs").join(hash.to_string())).unwrap();
        assert!(!stored.windows(16).any(|window| window == &whole[..16]));
    }
    assert!(
        !phone
            .device
            .thumbnail(&BlobHash::of(&bytes), 32)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_changed_byte_on_the_disk_is_noticed() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    let bytes = photo(1);
    phone
        .device
        .add_photo(&who("jia"), visit(), &bytes, "门牌", Source::Camera)
        .unwrap();
    let path = phone
        .directory
        .join("blobs")
        .join(BlobHash::of(&bytes).to_string());
    let mut stored = std::fs::read(&path).unwrap();
    stored[60] ^= 1;
    std::fs::write(&path, stored).unwrap();
    let error = phone.device.read_blob(&BlobHash::of(&bytes), 0, 10).unwrap_err();
    assert_eq!(error.code(), "BLOB-DAMAGED");
}

/// A sheet that is transparent but for its upper left quarter, which is red.
fn sheet() -> Vec<u8> {
    let red = |x, y| image::Rgba([255, 0, 0, if x < 200 && y < 150 { 255 } else { 0 }]);
    let mut png = Cursor::new(Vec::new());
    image::RgbaImage::from_fn(400, 300, red)
        .write_to(&mut png, ImageFormat::Png)
        .unwrap();
    png.into_inner()
}

/// A JPEG whose EXIF says that it is to be turned by 180°.
fn upside_down(jpeg: &[u8]) -> Vec<u8> {
    let tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0";
    let length = u16::try_from(2 + 6 + tiff.len()).unwrap();
    let segment = [b"\xFF\xE1", &length.to_be_bytes()[..], b"Exif\0\0", tiff].concat();
    [&jpeg[..2], &segment, &jpeg[2..]].concat()
}

#[test]
fn a_drawing_is_a_copy_beside_a_photo_that_stays_as_it_was() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    let grey = image::GrayImage::from_fn(64, 48, |x, y| {
        image::Luma([if x < 32 && y < 24 { 0 } else { 200 }])
    });
    let taken = upside_down(&encoded(&grey.into(), 95));
    let jia = who("jia");
    let device = &mut phone.device;
    let photo = device
        .add_photo(&jia, visit(), &taken, "门牌", Source::Camera)
        .unwrap();
    let drawing = device.add_drawing(&jia, visit(), &sheet(), photo).unwrap();
    let drawn = Entry::parse(&device.entry_notes(visit()).unwrap().pop().unwrap()).unwrap();
    assert_eq!(drawn.id(), drawing);
    let Body::Drawing(stated) = drawn.body() else {
        panic!("{drawn:?}")
    };
    assert_eq!(stated.of, photo);
    let copy = image::load_from_memory(&device.read_blob(&stated.sha256, 0, u64::MAX).unwrap()).unwrap();
    let copy = copy.to_rgb8();
    assert_eq!(copy.dimensions(), (64, 48));
    // It lies on the photo as it is looked at: the dark quarter is at the lower right.
    let [drawn, clear, dark] = [(8, 8), (56, 8), (56, 40)].map(|(x, y)| copy.get_pixel(x, y).0);
    assert!(drawn[0] > 200 && drawn[1] < 60 && drawn[2] < 60, "{drawn:?}");
    assert!(clear.iter().all(|one| (180..=220).contains(one)), "{clear:?}");
    assert!(dark.iter().all(|one| *one < 40), "{dark:?}");
    assert_eq!(
        device.read_blob(&BlobHash::of(&taken), 0, u64::MAX).unwrap(),
        taken,
        "the original"
    );

    // Only over a photo of this visit that stands, and only with a sheet that a screen may make.
    let refused = |device: &mut Device, sheet: &[u8], of| {
        device.add_drawing(&jia, visit(), sheet, of).unwrap_err().code()
    };
    assert_eq!(refused(device, &sheet(), drawing), "ENTRY-UNKNOWN");
    let mut huge = Cursor::new(Vec::new());
    image::GrayImage::new(5_000, 4_000)
        .write_to(&mut huge, ImageFormat::Png)
        .unwrap();
    assert_eq!(refused(device, &huge.into_inner(), photo), "PHOTO-TOO-LARGE");
    assert_eq!(refused(device, b"<svg/>", photo), "PHOTO-TYPE");
    let withdrawal = Withdrawal {
        of: photo,
        correction: Correction::Withdrawn,
        reason: "mistaken".to_owned(),
        text: None,
    };
    device.withdraw(&jia, visit(), &withdrawal).unwrap();
    assert_eq!(refused(device, &sheet(), photo), "ENTRY-UNKNOWN");
}

#[test]
fn what_is_no_photo_is_refused_and_leaves_nothing() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    let rows = phone.device.outbox().unwrap().len();
    let refused = phone
        .device
        .add_photo(&who("jia"), visit(), b"<svg/>", "门牌", Source::Camera);
    assert_eq!(refused.unwrap_err().code(), "PHOTO-TYPE");
    assert_eq!(phone.device.outbox().unwrap().len(), rows);
}

#[test]
fn under_the_reserve_photos_and_recordings_are_refused_and_answers_saved() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    phone.hands.free_bytes.store(150 << 20, Ordering::SeqCst);
    let photo = phone
        .device
        .add_photo(&who("jia"), visit(), &photo(1), "门牌", Source::Camera);
    let error = photo.unwrap_err();
    assert_eq!(error.code(), "SPACE-LOW");
    assert!(error.message(Language::Zh).contains("剩余 150 MB"));
    let recording = phone.device.recording_start(&who("jia"), visit(), "访谈");
    assert_eq!(recording.unwrap_err().code(), "SPACE-LOW");
    phone
        .device
        .answer(&who("jia"), visit(), &at("income"), &1_i64.into())
        .unwrap();
    phone.device.confirm_page(&who("jia"), visit(), None).unwrap();
}

#[test]
fn a_disk_that_is_full_for_a_moment_costs_nothing_but_that_step() {
    let mut full = Phone::with("phone", &["jia"]);
    full.open("jia");
    for n in 1.. {
        // The trip is armed for the photo, not for the start and the unlocking before it.
        let counting = Trip::full_at(usize::MAX);
        let mut idle = full.copied(Arc::clone(&counting) as _);
        idle.unlock_all();
        let trip = Trip::full_at(counting.used() + n);
        let mut phone = full.copied(Arc::clone(&trip) as _);
        phone.unlock_all();
        let added = phone
            .device
            .add_photo(&who("jia"), visit(), &photo(1), "门牌", Source::Camera);
        if trip.fired.load(Ordering::SeqCst) == 0 {
            added.unwrap();
            assert!(n > 5, "there are no steps");
            break;
        }
        // Whether it was said to be saved or not: doing it again leaves the photo, whole.
        if let Err(error) = added {
            assert_eq!(error.code(), "STORE-FULL");
            phone
                .device
                .add_photo(&who("jia"), visit(), &photo(1), "门牌", Source::Camera)
                .unwrap();
        }
        let found = phone
            .device
            .read_blob(&BlobHash::of(&photo(1)), 0, u64::MAX)
            .unwrap();
        assert_eq!(found, photo(1));
        assert_eq!(std::fs::read_dir(phone.directory.join("tmp")).unwrap().count(), 0);
    }
}

#[test]
fn a_recording_that_a_kill_cut_off_is_offered_and_finished_up_to_its_last_whole_piece() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    let recording = phone
        .device
        .recording_start(&who("jia"), visit(), "访谈")
        .unwrap();
    let sound = wav(5);
    for piece in sound.chunks(16_000).take(4) {
        phone.device.recording_append(recording, piece).unwrap();
    }
    // The next piece was being written when the phone died.
    let file = std::fs::read_dir(phone.directory.join("recordings"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let mut torn = std::fs::read(file.path()).unwrap();
    torn.extend([0x80, 0x3e, 0, 0, 1, 2, 3]);
    std::fs::write(file.path(), torn).unwrap();

    let mut phone = phone.restarted(Arc::new(NoFaults));
    let offered = phone.device.recordings_unfinished().unwrap();
    assert_eq!(offered.len(), 1);
    assert_eq!((offered[0].id, offered[0].purpose.as_str()), (recording, "访谈"));
    assert_eq!(phone.device.recording_bytes(recording).unwrap(), sound[..64_000]);
    phone.unlock_all();
    // It can also go on.
    phone
        .device
        .recording_append(recording, &sound[64_000..])
        .unwrap();
    phone.device.recording_finish(recording).unwrap();
    assert!(phone.device.recordings_unfinished().unwrap().is_empty());
    assert_eq!(
        phone
            .device
            .read_blob(&BlobHash::of(&sound), 0, u64::MAX)
            .unwrap(),
        sound
    );
}

#[test]
fn a_recording_that_nobody_wants_goes_only_when_a_person_says_so() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    let recording = phone
        .device
        .recording_start(&who("jia"), visit(), "访谈")
        .unwrap();
    let mut phone = phone.restarted(Arc::new(NoFaults));
    phone.unlock_all();
    assert_eq!(
        phone.device.recording_finish(recording).unwrap_err().code(),
        "AUDIO-EMPTY"
    );
    assert_eq!(phone.device.recordings_unfinished().unwrap().len(), 1);
    phone.device.recording_discard(recording).unwrap();
    assert!(phone.device.recordings_unfinished().unwrap().is_empty());
    assert_eq!(
        std::fs::read_dir(phone.directory.join("recordings"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn an_investigator_is_no_proxy() {
    let mut phone = Phone::with("phone", &["jia"]);
    phone.open("jia");
    let mut signs = |name: &str| {
        let hand = Hand::Proxy(name.to_owned());
        phone
            .device
            .add_signature(&who("jia"), visit(), &photo(7), &Signatory::Household, &hand)
    };
    for name in ["jia", " YI "] {
        assert_eq!(signs(name).unwrap_err().code(), "SIGN-PROXY", "{name}");
    }
    signs("乙（儿子）").unwrap();
}
