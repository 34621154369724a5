//! Codes in a picture from a camera: QR codes (ISO/IEC 18004) such as the office's one-time code and the code of a partner's
//! visit, and whatever a question of the type `barcode` is answered by.

use rxing::common::HybridBinarizer;
use rxing::qrcode::QRCodeReader;
use rxing::{BarcodeFormat, BinaryBitmap, DecodeHints, Luma8LuminanceSource, MultiFormatReader, Reader as _};

/// The longest edge of a picture in pixels. What a camera gives is made smaller before.
pub const EDGE_MAX: usize = 1_280;

/// Kinds of codes that may be read as an answer. Those whose digits carry no check (ITF, Codabar) are left out: a part of
/// one, or a striped table-cloth, would be read as a number that is nowhere. A UPC-A is read as the EAN-13 that it is.
const ANSWERING: [BarcodeFormat; 7] = [
    BarcodeFormat::QR_CODE,
    BarcodeFormat::EAN_13,
    BarcodeFormat::EAN_8,
    BarcodeFormat::UPC_E,
    BarcodeFormat::CODE_128,
    BarcodeFormat::CODE_93,
    BarcodeFormat::CODE_39,
];

/// Which codes are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codes {
    /// QR codes alone, with their text as it is.
    Qr,
    /// QR codes and bar codes, with the characters of their text that can be printed, as ODK Collect takes them.
    Any,
}

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

    /// The text of a code in it that can be read.
    pub fn code(&self, codes: Codes) -> Option<String> {
        let width = u32::try_from(self.width).ok()?;
        let height = u32::try_from(self.values.len() / self.width).ok()?;
        let picture = Luma8LuminanceSource::new(self.values.to_vec(), width, height).ok()?;
        let mut picture = BinaryBitmap::new(HybridBinarizer::new(picture));
        let mut hints = DecodeHints {
            TryHarder: Some(true),
            ..DecodeHints::default()
        };
        let text = match codes {
            Codes::Qr => {
                let found = QRCodeReader::new().decode_with_hints(&mut picture, &hints).ok()?;
                found.getText().to_owned()
            }
            Codes::Any => {
                hints.PossibleFormats = Some(ANSWERING.into());
                let found = MultiFormatReader::default()
                    .decode_with_hints(&mut picture, &hints)
                    .ok()?;
                found.getText().chars().filter(|one| !one.is_control()).collect()
            }
        };
        Some(text).filter(|text| !text.is_empty())
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
        Grey::new(values, width).unwrap().code(Codes::Qr)
    }

    fn read_any(values: &[u8], width: usize) -> Option<String> {
        Grey::new(values, width).unwrap().code(Codes::Any)
    }

    /// Left-hand digits of EAN-13 with odd parity (ISO/IEC 15420); the others follow from them.
    const EAN_ODD: [&str; 10] = [
        "0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111",
        "0001011",
    ];
    /// Which of the left-hand digits have even parity, by the first digit, which has no bars of its own.
    const EAN_PARITY: [&str; 10] = [
        "OOOOOO", "OOEOEE", "OOEEOE", "OOEEEO", "OEOOEE", "OEEOOE", "OEEEOO", "OEOEOE", "OEOEEO", "OEEOEO",
    ];

    fn flipped(bars: &str) -> String {
        bars.chars()
            .map(|bar| if bar == '1' { '0' } else { '1' })
            .collect()
    }

    /// The bars of thirteen digits, 1 for black.
    fn ean_13(digits: &str) -> String {
        let digit = |n: usize| usize::from(digits.as_bytes()[n] - b'0');
        let mut bars = "101".to_owned();
        for (n, parity) in (1..).zip(EAN_PARITY[digit(0)].chars()) {
            let odd = EAN_ODD[digit(n)];
            let even: String = flipped(odd).chars().rev().collect();
            bars += if parity == 'O' { odd } else { &even };
        }
        bars += "01010";
        for n in 7..13 {
            bars += &flipped(EAN_ODD[digit(n)]);
        }
        bars + "101"
    }

    /// Code 128 (ISO/IEC 15417) in set B of the characters that are drawn here: widths of bars and gaps in turn.
    fn code_128(text: &str) -> String {
        let widths = |value: usize| match value {
            13 => "122132",
            16 => "123122",
            17 => "123221",
            18 => "223211",
            40 => "231113",
            52 => "213311",
            104 => "211214",
            other => panic!("no widths of {other}"),
        };
        let values: Vec<usize> = text.bytes().map(|byte| usize::from(byte) - 32).collect();
        let sum: usize = (1..).zip(&values).map(|(place, value)| place * value).sum();
        let mut bars = String::new();
        let all = [104].into_iter().chain(values).chain([(104 + sum) % 103]);
        for pattern in all.map(widths).chain(["2331112"]) {
            for (n, width) in pattern.bytes().enumerate() {
                let bar = if n % 2 == 0 { "1" } else { "0" };
                bars += &bar.repeat(usize::from(width - b'0'));
            }
        }
        bars
    }

    /// Bars on a label, a little askew, darker to one side.
    fn label(bars: &str, module: f32, turn: f32) -> Vec<u8> {
        let (sin, cos) = turn.sin_cos();
        let bars = bars.as_bytes();
        let mut grey = Vec::with_capacity(720 * 720);
        for y in 0..720 {
            for x in 0..720 {
                let (dx, dy) = (x as f32 - 360.0, y as f32 - 360.0);
                let across = (dx * cos + dy * sin) / module + bars.len() as f32 / 2.0;
                let down = dy * cos - dx * sin;
                let is_bar = down.abs() < 120.0 && across >= 0.0 && bars.get(across as usize) == Some(&b'1');
                let light = 150.0 + 80.0 * x as f32 / 720.0;
                grey.push(if is_bar { light * 0.3 } else { light } as u8);
            }
        }
        grey
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

    #[test]
    fn bar_codes_are_read_where_they_are_looked_for() {
        for (text, bars) in [
            ("6901234567892", ean_13("6901234567892")),
            ("HT-001", code_128("HT-001")),
        ] {
            for turn in [0.0, 0.03, -0.06, 3.12] {
                let grey = label(&bars, 3.5, turn);
                assert_eq!(
                    read_any(&grey, 720).as_deref(),
                    Some(text),
                    "{text} turned by {turn}"
                );
                assert_eq!(read(&grey, 720), None, "a one-time code is no bar code");
            }
            // Held upright, the bars lie.
            let lying = label(&bars, 3.5, std::f32::consts::FRAC_PI_2);
            assert_eq!(read_any(&lying, 720).as_deref(), Some(text), "{text} lying");
        }
        let wrong = ean_13("6901234567893");
        assert_eq!(
            read_any(&label(&wrong, 3.5, 0.0), 720),
            None,
            "a digit that does not check"
        );
        let code = seen("箱\u{1d}001\n", 720, 720, 7.5, 0.1);
        assert_eq!(read_any(&code, 720).as_deref(), Some("箱001"));
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
            let _text = (read(&grey, width), read_any(&grey, width));
        }
    }
}
