//! Chance: where it is asked for, it comes from a seed.

/// A generator of numbers from a seed (splitmix64). The same seed gives the same numbers everywhere.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

/// From 0 to below 1.
#[expect(clippy::cast_precision_loss, reason = "53 bits are what a number holds")]
pub(super) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A UUID of version 4 (RFC 9562).
pub(super) fn uuid(high: u64, low: u64) -> String {
    let high = (high & 0xffff_ffff_ffff_0fff) | 0x4000;
    let low = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// The modulus of Park and Miller's generator, which JavaRosa shuffles with: phones of any make show one order.
const MODULUS: i64 = 2_147_483_647;

/// Shuffles as JavaRosa does with this seed.
pub(super) fn shuffle<T: Copy>(items: &[T], seed: i64) -> Vec<T> {
    let mut state = seed % MODULUS;
    if state <= 0 {
        state += MODULUS - 1;
    }
    let draw = || {
        state = state * 16_807 % MODULUS;
        #[expect(clippy::cast_precision_loss, reason = "31 bits fit")]
        let unit = (state - 1) as f64 / (MODULUS - 1) as f64;
        unit
    };
    shuffle_by(items, draw)
}

/// Shuffles by numbers from 0 to below 1.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and the number of items"
)]
pub(super) fn shuffle_by<T: Copy>(items: &[T], mut draw: impl FnMut() -> f64) -> Vec<T> {
    let mut shuffled: Vec<T> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let place = (draw() * (index + 1) as f64).floor() as usize;
        shuffled.push(*item);
        shuffled.swap(index, place.min(index));
    }
    shuffled
}
