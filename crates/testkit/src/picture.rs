//! Pictures that look like no other.

/// A picture that looks like no other: blocks of grey from a hash of the number.
pub fn picture(n: u8) -> Vec<u8> {
    let pattern = hudang_evidence::id::Sha256::of(&[n]);
    let shade = |x: u32, y: u32| pattern.as_bytes()[((x / 8 + y / 8 * 8) % 32) as usize];
    let grey = image::GrayImage::from_fn(64, 64, |x, y| {
        image::Luma([shade(x, y) ^ if y >= 32 { 0x5a } else { 0 }])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    grey.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
