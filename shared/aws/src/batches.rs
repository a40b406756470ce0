//! Dividing what is to be sent into batches that a service takes. Owns the two limits that every batch call has: entries and
//! bytes. Sends nothing.

/// What one call takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchLimits {
    /// Most entries.
    pub(crate) entries_max: usize,
    /// Most bytes of all entries together.
    pub(crate) bytes_max: usize,
}

impl BatchLimits {
    /// Takes the longest head of `waiting` that one call carries, at least one entry: one that is too large alone is for the
    /// service to refuse.
    pub(crate) fn take_head<T>(self, waiting: &mut Vec<T>, bytes_of: impl Fn(&T) -> usize) -> Vec<T> {
        let mut bytes = 0;
        let fits = |entry: &&T| {
            bytes += bytes_of(entry);
            bytes <= self.bytes_max
        };
        let count = waiting.iter().take(self.entries_max).take_while(fits).count();
        let count = count.max(1).min(waiting.len());
        waiting.drain(..count).collect()
    }

    /// Divides all of it, in order.
    pub(crate) fn divide<T>(self, mut entries: Vec<T>, bytes_of: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
        let mut batches = Vec::new();
        while !entries.is_empty() {
            batches.push(self.take_head(&mut entries, &bytes_of));
        }
        batches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_entries_and_by_bytes() {
        fn check(sizes: &[usize], expect: &[&[usize]]) {
            let limits = BatchLimits { entries_max: 3, bytes_max: 10 };
            assert_eq!(limits.divide(sizes.to_vec(), |size| *size), expect, "{sizes:?}");
        }
        check(&[], &[]);
        check(&[1, 1, 1, 1], &[&[1, 1, 1], &[1]]);
        check(&[5, 5, 1], &[&[5, 5], &[1]]);
        check(&[9, 2, 8], &[&[9], &[2, 8]]);
        // One that no call carries still gets a call of its own, whose answer says so.
        check(&[11, 1], &[&[11], &[1]]);
        check(&[1, 11], &[&[1], &[11]]);
    }
}
