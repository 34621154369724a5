//! How long to wait.

use super::Settings;

/// The wait after the `tries`-th failure in a row: doubling from the base up to the cap, the upper half of it at
/// random, so that the phones of a township do not all come back in the second in which the mast does.
pub(super) fn backoff_ms(settings: &Settings, tries: u32, jitter: u32) -> u64 {
    let doublings = tries.saturating_sub(1).min(32);
    let whole = settings
        .backoff_base_ms
        .saturating_mul(1 << doublings)
        .min(settings.backoff_cap_ms);
    let half = whole / 2;
    let random = u128::from(half) * u128::from(jitter) / u128::from(u32::MAX);
    half.saturating_add(u64::try_from(random).unwrap_or(half)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap() {
        let settings = Settings {
            backoff_base_ms: 2_000,
            backoff_cap_ms: 900_000,
            ..Settings::default()
        };
        let waits: Vec<u64> = [1, 2, 3, 9, 10, 4_000_000_000]
            .iter()
            .map(|tries| backoff_ms(&settings, *tries, u32::MAX))
            .collect();
        assert_eq!(waits, [2_000, 4_000, 8_000, 512_000, 900_000, 900_000]);
        assert_eq!(backoff_ms(&settings, 1, 0), 1_000);
    }
}
