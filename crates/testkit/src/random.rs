//! Numbers drawn the same in every run.

/// A small generator, so that every run makes the same.
pub struct Random(u64);

impl Random {
    /// The generator that this number begins.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, by `SplitMix64`.
    #[expect(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number between two.
    pub fn between(&mut self, from: f32, to: f32) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "24 bits")]
        let share = (self.next() >> 40) as f32 / (1_u64 << 24) as f32;
        from + (to - from) * share
    }

    /// A whole number below another.
    pub fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap()
    }
}
