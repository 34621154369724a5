//! Of many measurements, the one that stands for them.

/// The measurement that so many percent of all lie below; 50 is the median.
pub(crate) fn percentile(mut measured: Vec<f64>, percent: usize) -> f64 {
    measured.sort_by(f64::total_cmp);
    measured[measured.len() * percent / 100]
}
