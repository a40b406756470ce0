//! The known name that is most like a mistyped one. Owns the measure of likeness for keys, ids and params.

/// Least likeness (Jaro-Winkler, 0 to 1) that is worth a hint; below it the suggestion would be noise.
const LIKENESS_MIN: f64 = 0.75;

/// The nearest of `known`, if any is near enough; of equals the first.
pub(super) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let lower = name.to_ascii_lowercase();
    let mut best = None;
    let mut best_likeness = LIKENESS_MIN;
    for candidate in known {
        let likeness = strsim::jaro_winkler(&lower, &candidate.to_ascii_lowercase());
        if candidate != name && likeness > best_likeness {
            best_likeness = likeness;
            best = Some(candidate);
        }
    }
    best
}
