//! Where a picture has something to hold on to: extrema of the difference of Gaussians (Lowe 2004, §3 to §5).

use core::f32::consts::TAU;

use super::plane::Plane;

/// Blur of the first level of an octave, in its pixels.
const DEVIATION: f32 = 1.6;
/// Blur that a shrunk picture is taken to have.
const DEVIATION_SHRUNK: f32 = 0.5;
/// Levels in which the blur doubles.
const LEVELS: usize = 3;
/// Octaves, each of half the pixels of the one before.
const OCTAVES: usize = 3;
/// Pictures narrower than this have no octave of their own.
const EDGE_MIN: usize = 14;
/// Least difference of brightness (of 255) that is more than noise.
const CONTRAST_MIN: f32 = 0.15;
/// Largest ratio of the principal curvatures: along an edge a place is not held.
const CURVATURE_RATIO_MAX: f32 = 10.0;
/// Directions that are told apart when the orientation is found.
const DIRECTIONS: usize = 36;
/// Samples to each side that are asked for it.
const SAMPLES: i32 = 5;

/// A place with its extent and direction, and the level of the pyramid at which to look at it.
pub(super) struct Found {
    pub(super) octave: usize,
    pub(super) level: usize,
    /// In pixels of the octave.
    pub(super) x: f32,
    pub(super) y: f32,
    /// Blur at which it stands out most, in pixels of the octave.
    pub(super) deviation: f32,
    /// Brighter than what surrounds it.
    pub(super) is_bright: bool,
    /// How much it stands out.
    pub(super) strength: f32,
}

/// One octave: the picture more and more blurred.
pub(super) struct Octave {
    pub(super) levels: Vec<Plane>,
}

/// Blurs the picture step by step.
pub(super) fn pyramid(picture: &Plane) -> Vec<Octave> {
    let mut octaves = Vec::with_capacity(OCTAVES);
    let step = DEVIATION
        .mul_add(DEVIATION, -DEVIATION_SHRUNK * DEVIATION_SHRUNK)
        .sqrt();
    let mut first = picture.blurred(step);
    for _ in 0..OCTAVES {
        if first.width().min(first.height()) < EDGE_MIN {
            break;
        }
        let mut levels = vec![first];
        for level in 1..LEVELS + 3 {
            let (before, now) = (deviation_at(level - 1), deviation_at(level));
            if let Some(last) = levels.last() {
                levels.push(last.blurred(now.mul_add(now, -before * before).sqrt()));
            }
        }
        let Some(next) = levels.get(LEVELS).map(Plane::halved) else {
            break;
        };
        octaves.push(Octave { levels });
        first = next;
    }
    octaves
}

#[expect(clippy::cast_precision_loss, reason = "a few levels")]
fn deviation_at(level: usize) -> f32 {
    DEVIATION * (level as f32 / LEVELS as f32).exp2()
}

/// All places of an octave.
pub(super) fn places(octave_index: usize, octave: &Octave, found: &mut Vec<Found>) {
    let differences: Vec<Plane> = octave
        .levels
        .windows(2)
        .filter_map(|pair| match pair {
            [sharper, softer] => Some(sharper.to(softer)),
            _ => None,
        })
        .collect();
    for (level, triple) in differences.windows(3).enumerate() {
        let [below, here, above] = triple else { continue };
        let around = [below, here, above];
        for (y, row) in here.rows().enumerate().skip(1) {
            if y + 1 >= here.height() {
                break;
            }
            for (x, triple) in row.windows(3).enumerate() {
                let [left, value, right] = *triple else { continue };
                if value.abs() < CONTRAST_MIN || (left < value) != (right < value) {
                    continue;
                }
                let (Ok(x), Ok(y)) = (i32::try_from(x + 1), i32::try_from(y)) else {
                    continue;
                };
                if is_extremum(&around, x, y, value) && !is_edge(here, x, y) {
                    add(octave_index, &around, level + 1, (x, y), found);
                }
            }
        }
    }
}

fn is_extremum(around: &[&Plane; 3], x: i32, y: i32, value: f32) -> bool {
    let [_, here, _] = around;
    let beats = |other: f32| if value > 0.0 { other < value } else { other > value };
    around.iter().all(|plane| {
        (-1..=1).all(|dy| {
            (-1..=1).all(|dx| {
                (core::ptr::eq(*plane, *here) && dx == 0 && dy == 0) || beats(plane.at(x + dx, y + dy))
            })
        })
    })
}

/// Lowe §4.1: the ratio of the principal curvatures from trace and determinant of the Hessian.
fn is_edge(plane: &Plane, x: i32, y: i32) -> bool {
    let twice = 2.0 * plane.at(x, y);
    let xx = plane.at(x + 1, y) + plane.at(x - 1, y) - twice;
    let yy = plane.at(x, y + 1) + plane.at(x, y - 1) - twice;
    let xy =
        (plane.at(x + 1, y + 1) + plane.at(x - 1, y - 1) - plane.at(x - 1, y + 1) - plane.at(x + 1, y - 1))
            / 4.0;
    let (trace, determinant) = (xx + yy, xx.mul_add(yy, -xy * xy));
    let ratio = CURVATURE_RATIO_MAX;
    determinant <= 0.0 || trace * trace * ratio >= (ratio + 1.0) * (ratio + 1.0) * determinant
}

/// Where between three samples the parabola through them has its top, −0.5 to 0.5.
fn top(before: f32, here: f32, after: f32) -> f32 {
    let bend = before + after - 2.0 * here;
    if bend.abs() < f32::EPSILON {
        return 0.0;
    }
    (0.5 * (before - after) / bend).clamp(-0.5, 0.5)
}

#[expect(clippy::cast_precision_loss, reason = "places in a small picture")]
fn add(octave_index: usize, around: &[&Plane; 3], level: usize, (x, y): (i32, i32), found: &mut Vec<Found>) {
    let [below, here, above] = around;
    let value = here.at(x, y);
    let exact_x = x as f32 + top(here.at(x - 1, y), value, here.at(x + 1, y));
    let exact_y = y as f32 + top(here.at(x, y - 1), value, here.at(x, y + 1));
    let exact_level = level as f32 + top(below.at(x, y), value, above.at(x, y));
    let deviation = DEVIATION * (exact_level / LEVELS as f32).exp2();
    found.push(Found {
        octave: octave_index,
        level,
        x: exact_x,
        y: exact_y,
        deviation,
        // A difference is what the softer level has more.
        is_bright: value < 0.0,
        strength: value.abs(),
    });
}

/// The directions in which the gradients around a place point most, the strongest first; a second one where it is
/// nearly as strong.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "directions and places in a small picture"
)]
pub(super) fn directions(plane: &Plane, found: &Found) -> Vec<f32> {
    let (x, y, deviation) = (found.x, found.y, found.deviation);
    let step = 0.75 * deviation;
    let mut bins = [0.0_f32; DIRECTIONS];
    for row in -SAMPLES..=SAMPLES {
        for column in -SAMPLES..=SAMPLES {
            let (away_x, away_y) = (column as f32 * step, row as f32 * step);
            let (here_x, here_y) = ((x + away_x).round() as i32, (y + away_y).round() as i32);
            let across = plane.at(here_x + 1, here_y) - plane.at(here_x - 1, here_y);
            let down = plane.at(here_x, here_y + 1) - plane.at(here_x, here_y - 1);
            // A Gaussian of one and a half blurs: two steps.
            let weight = (-((column * column + row * row) as f32) / 8.0).exp() * across.hypot(down);
            let direction = down.atan2(across).rem_euclid(TAU) / TAU * DIRECTIONS as f32;
            let (bin, share) = (direction as usize % DIRECTIONS, direction.fract());
            if let Some(bin) = bins.get_mut(bin) {
                *bin += weight * (1.0 - share);
            }
            if let Some(bin) = bins.get_mut((bin + 1) % DIRECTIONS) {
                *bin += weight * share;
            }
        }
    }
    for _ in 0..4 {
        let before = bins;
        for (place, bin) in bins.iter_mut().enumerate() {
            let near = |shift: usize| before.get((place + shift) % DIRECTIONS).copied().unwrap_or(0.0);
            *bin = (near(DIRECTIONS - 1) + near(0) + near(1)) / 3.0;
        }
    }
    let strongest = bins.iter().copied().fold(0.0, f32::max);
    if strongest <= 0.0 {
        return Vec::new();
    }
    let near = |place: usize| bins.get(place % DIRECTIONS).copied().unwrap_or(0.0);
    let mut peaks: Vec<(f32, f32)> = (0..DIRECTIONS)
        .filter(|place| near(*place) >= 0.85 * strongest)
        .filter(|place| near(*place) > near(place + 1) && near(*place) >= near(place + DIRECTIONS - 1))
        .map(|place| {
            let exact = place as f32 + top(near(place + DIRECTIONS - 1), near(place), near(place + 1));
            (near(place), (exact / DIRECTIONS as f32 * TAU).rem_euclid(TAU))
        })
        .collect();
    peaks.sort_by(|a, b| b.0.total_cmp(&a.0));
    peaks.truncate(2);
    peaks.into_iter().map(|(_, angle)| angle).collect()
}
