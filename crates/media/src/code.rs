//! QR codes (ISO/IEC 18004) in a picture from a camera: the office's one-time code, and the code of a partner's visit.

use rxing::common::HybridBinarizer;
use rxing::qrcode::QRCodeReader;
use rxing::{BinaryBitmap, DecodeHints, Luma8LuminanceSource, Reader as _};

/// The longest edge of a picture in pixels. What a camera gives is made smaller before.
pub const EDGE_MAX: usize = 1_280;

/// A grey picture: a value for each pixel row by row, 0 for black.
#[derive(Debug, Clone, Copy)]
pub struct Grey<'a> {
    values: &'a [u8],
    width: usize,
}

impl<'a> Grey<'a> {
    /// With `width` pixels to a row; nothing where that makes no picture, or one with a longer edge than [`EDGE_MAX`].
    pub const fn new(values: &'a [u8], width: usize) -> Option<Self> {
        if width == 0 || width > EDGE_MAX || !values.len().is_multiple_of(width) {
            return None;
        }
        let height = values.len() / width;
        if height == 0 || height > EDGE_MAX {
            return None;
        }
        Some(Self { values, width })
    }

    /// The text of a QR code in it that can be read.
    pub fn code(&self) -> Option<String> {
        let width = u32::try_from(self.width).ok()?;
        let height = u32::try_from(self.values.len() / self.width).ok()?;
        let picture = Luma8LuminanceSource::new(self.values.to_vec(), width, height).ok()?;
        let mut picture = BinaryBitmap::new(HybridBinarizer::new(picture));
        let hints = DecodeHints {
            TryHarder: Some(true),
            ..DecodeHints::default()
        };
        let found = QRCodeReader::new().decode_with_hints(&mut picture, &hints).ok()?;
        Some(found.getText().to_owned()).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    reason = "a picture of some hundred pixels is drawn"
)]
mod tests {
    use proptest::prelude::*;
    use qrcode::{Color, EcLevel, QrCode};

    use super::*;

    fn read(values: &[u8], width: usize) -> Option<String> {
        Grey::new(values, width).unwrap().code()
    }

    /// An invitation is a JSON of some hundred characters.
    const TEXT: &str = r#"{"v":1,"code":"AB3DE-FGHJK-MNPQR-STVWX","contract":"HT-2026-001","person":"jia","url":"https://10.1.2.3:8443","tls":"141afb8703cce818cc4edb2419f7ec84da122257306"}"#;

    /// A code as a camera sees it: askew, on grey paper, darker to one side.
    fn seen(text: &str, width: usize, height: usize, module: f32, turn: f32) -> Vec<u8> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let side = code.width();
        let colors = code.to_colors();
        let (sin, cos) = turn.sin_cos();
        let mut grey = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let (dx, dy) = (x as f32 - width as f32 / 2.0, y as f32 - height as f32 / 2.0);
                let across = (dx * cos + dy * sin) / module + side as f32 / 2.0;
                let down = (dy * cos - dx * sin) / module + side as f32 / 2.0;
                let is_inside = across >= 0.0 && down >= 0.0 && across < side as f32 && down < side as f32;
                let is_dark = is_inside && colors[down as usize * side + across as usize] == Color::Dark;
                let light = 150.0 + 80.0 * x as f32 / width as f32;
                grey.push(if is_dark { light * 0.3 } else { light } as u8);
            }
        }
        grey
    }

    /// A hand is never still: a code need not be read in every picture, but soon.
    #[test]
    fn a_code_is_read_upright_askew_near_far_and_in_uneven_light() {
        let mut missed = Vec::new();
        for module in [4.5, 6.0, 7.5] {
            for turn in [0.0, 0.05, 0.12, 0.3, -0.4, 0.8, 1.6, 3.0] {
                let grey = seen(TEXT, 720, 720, module, turn);
                match read(&grey, 720) {
                    Some(text) => assert_eq!(text, TEXT),
                    None => missed.push((module, turn)),
                }
            }
        }
        assert!(missed.len() <= 3, "missed {missed:?}");
        let wide = seen(TEXT, 1_280, 720, 6.0, 0.1);
        assert_eq!(read(&wide, 1_280).as_deref(), Some(TEXT));
    }

    #[test]
    fn a_picture_without_a_code_or_without_a_shape_gives_nothing() {
        assert_eq!(read(&vec![200; 720 * 720], 720), None);
        for (len, width) in [
            (0, 0),
            (0, 720),
            (7, 2),
            (100, 0),
            (EDGE_MAX + 1, EDGE_MAX + 1),
            (EDGE_MAX + 1, 1),
        ] {
            assert!(
                Grey::new(&vec![0; len], width).is_none(),
                "{len} bytes, {width} to a row"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_picture_upsets_it(seed in any::<u64>(), width in 1_usize..200, height in 1_usize..200, noise in 0_u8..=255) {
            let mut state = seed | 1;
            let mut grey = seen("HT", width, height, 3.0, 0.3);
            for value in &mut grey {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                if (state >> 56) as u8 <= noise {
                    *value = (state >> 48) as u8;
                }
            }
            let _text = read(&grey, width);
        }
    }
}
