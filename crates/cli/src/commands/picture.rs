//! A text as a QR code in a picture: for a phone's camera, on paper or on a screen.

use std::path::Path;

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use crate::commands::write_secret;
use crate::error::Failure;

/// Writes the picture, an SVG, to a new file, where one is wanted. Whoever sees it can enrol: no earlier file is written
/// over by chance. The text is told before, so that a code which exists is not lost with a picture that cannot be written.
pub(crate) fn write_where_wanted(text: &str, path: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|error| {
        Failure::new(
            "CLI-QR",
            "内容太长，画不成二维码。",
            "The text is too long for a QR code.",
        )
        .because(&error)
    })?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(480, 480).build();
    write_secret(path, picture.as_bytes())
}
