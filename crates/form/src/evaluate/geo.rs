//! Points, lines and areas on a sphere.

use super::call::Arguments;
use super::{Evaluator, Result, fail, number};
use crate::expression::Cause;

/// The radius that ODK's tools reckon with, in metres.
const EARTH_RADIUS_M: f64 = 6_378_100.0;

/// A place by its degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// −90 to 90.
    pub latitude: f64,
    /// −180 to 180.
    pub longitude: f64,
}

impl Point {
    /// Reads `latitude longitude [altitude [accuracy]]`.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let ([latitude, longitude] | [latitude, longitude, _] | [latitude, longitude, _, _]) =
            parts.as_slice()
        else {
            return None;
        };
        let point = Self {
            latitude: number::parse(latitude),
            longitude: number::parse(longitude),
        };
        (point.latitude.abs() <= 90.0 && point.longitude.abs() <= 180.0).then_some(point)
    }
}

/// Points apart by `;`, of which the last may be empty.
fn points(text: &str) -> Option<Vec<Point>> {
    let text = text.trim_end_matches(|letter: char| letter == ';' || letter.is_whitespace());
    text.split(';').map(Point::parse).collect()
}

impl<'a> Evaluator<'a> {
    /// One line as text, or the points one by one.
    fn line(arguments: &Arguments<'_, 'a>) -> Result<Option<Vec<Point>>> {
        let texts = arguments.texts(0)?;
        let line = match texts.as_slice() {
            [] => None,
            [text] => points(text),
            texts => texts.iter().map(|text| Point::parse(text)).collect(),
        };
        Ok(line.filter(|line| line.len() > 1))
    }

    #[expect(clippy::unused_self, reason = "beside its sisters")]
    pub(super) fn area(&self, arguments: &Arguments<'_, 'a>) -> Result<f64> {
        let line = Self::line(arguments)?.unwrap_or_default();
        if line.len() < 3 {
            return Ok(0.0);
        }
        let next = line.iter().cycle().skip(1);
        let sum: f64 = line
            .iter()
            .zip(next)
            .map(|(start, end)| {
                let (from, to) = (start.latitude.to_radians(), end.latitude.to_radians());
                (end.longitude - start.longitude).to_radians() * (2.0 + from.sin() + to.sin())
            })
            .sum();
        Ok(hundredths((sum * EARTH_RADIUS_M * EARTH_RADIUS_M / 2.0).abs()))
    }

    #[expect(clippy::unused_self, reason = "beside its sisters")]
    pub(super) fn distance(&self, arguments: &Arguments<'_, 'a>) -> Result<f64> {
        let Some(line) = Self::line(arguments)? else {
            return Err(fail(arguments.span, Cause::Points("distance")));
        };
        let next = line.iter().skip(1);
        let length: f64 = line
            .iter()
            .zip(next)
            .map(|(start, end)| metres(*start, *end))
            .sum();
        Ok(hundredths(length))
    }

    /// Whether a point is inside a closed shape, by counting crossings.
    #[expect(clippy::unused_self, reason = "beside its sisters")]
    #[expect(clippy::float_cmp, reason = "closed means written twice the same")]
    pub(super) fn geofence(&self, arguments: &Arguments<'_, 'a>) -> Result<bool> {
        let (point, shape) = (Point::parse(&arguments.text(0)?), points(&arguments.text(1)?));
        let (Some(point), Some(shape)) = (point, shape) else {
            return Ok(false);
        };
        let is_closed = match (shape.first(), shape.last()) {
            (Some(first), Some(last)) => first.latitude == last.latitude && first.longitude == last.longitude,
            _ => false,
        };
        if !is_closed || shape.len() < 2 {
            return Ok(false);
        }
        let crossings = shape.iter().zip(shape.iter().skip(1)).filter(|(from, to)| {
            let is_between = (to.latitude > point.latitude) != (from.latitude > point.latitude);
            let slope = (from.longitude - to.longitude) / (from.latitude - to.latitude);
            is_between && point.longitude < slope * (point.latitude - to.latitude) + to.longitude
        });
        Ok(crossings.count() % 2 == 1)
    }
}

fn metres(start: Point, end: Point) -> f64 {
    let across = (start.longitude - end.longitude).to_radians();
    let (from, to) = (start.latitude.to_radians(), end.latitude.to_radians());
    let cosine = from.sin() * to.sin() + from.cos() * to.cos() * across.cos();
    // Rounding may carry it past 1, of which there is no angle.
    cosine.clamp(-1.0, 1.0).acos() * EARTH_RADIUS_M
}

fn hundredths(metres: f64) -> f64 {
    number::round_half_up(metres * 100.0) / 100.0
}
