//! Numbers in order: quantiles and means. Knows nothing of what they measure.

/// Values of one measurement, in ascending order.
#[derive(Debug, Clone)]
pub(crate) struct Sorted(Vec<f64>);

impl Sorted {
    /// Sorts them.
    ///
    /// # Panics
    /// When there are none: a measurement without values is a mistake of the bench.
    pub(crate) fn new(mut values: Vec<f64>) -> Self {
        assert!(!values.is_empty(), "a measurement has values");
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The smallest value that `share` (0 to 1) of all are not above.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0[rank.clamp(1, self.0.len()) - 1]
    }

    /// The middle one.
    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}
