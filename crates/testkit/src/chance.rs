//! Random numbers that a seed repeats (`SplitMix64`, Steele, Lea, Flood 2014).

/// A source of chance.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Starts from a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 where `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        let n = u64::try_from(n).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.bits() % n).unwrap_or(0)
    }

    /// A number between two.
    pub fn between(&mut self, from: f32, to: f32) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "24 bits")]
        let share = (self.bits() >> 40) as f32 / (1_u64 << 24) as f32;
        from + (to - from) * share
    }

    /// Whether something happens that happens so many times in a thousand.
    pub fn happens(&mut self, per_mille: usize) -> bool {
        self.below(1_000) < per_mille
    }
}
