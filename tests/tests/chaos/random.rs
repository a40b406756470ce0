//! A random generator with a seed (SplitMix64): the same seed draws the same numbers. Owns nothing else; it is no source of
//! secrets.

use std::time::Duration;

/// Draws numbers.
pub(crate) struct Random(u64);

impl Random {
    /// A generator that draws what this seed says.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// A number below `count`, which is not 0.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).expect("usize fits into 64 bits");
        usize::try_from(self.next() % count).expect("it is below a usize")
    }

    /// A span of whole milliseconds from the first to just before the last.
    pub(crate) fn between(&mut self, from_ms: u64, to_ms: u64) -> Duration {
        Duration::from_millis(from_ms + self.next() % (to_ms - from_ms))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
