//! `\pset numericlocale`: digits in groups of three, as psql does it in the C locale.

use super::is_right_aligned;
use crate::outcome::{Column, Row};

const GROUP: usize = 3;

/// The row with its numbers grouped.
pub(crate) fn grouped(columns: &[Column], row: &Row) -> Row {
    let mut changed = Row::default();
    for (column, cell) in columns.iter().zip(row.cells()) {
        match cell.filter(|_| is_right_aligned(column.type_oid)) {
            Some(number) => changed.push(Some(&group(number))),
            None => changed.push(cell),
        }
    }
    changed
}

/// A number with commas. What does not look like one stays as it is.
fn group(number: &[u8]) -> Vec<u8> {
    if !number.iter().all(|byte| b"0123456789+-.eE".contains(byte)) {
        return number.to_vec();
    }
    let start = usize::from(matches!(number.first(), Some(b'-' | b'+')));
    let digits = number[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut text = number[..start].to_vec();
    for (index, digit) in number[start..start + digits].iter().enumerate() {
        if index > 0 && (digits - index) % GROUP == 0 {
            text.push(b',');
        }
        text.push(*digit);
    }
    text.extend_from_slice(&number[start + digits..]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_before_the_point() {
        let check =
            |number: &str, expect: &str| assert_eq!(group(number.as_bytes()), expect.as_bytes(), "{number}");
        check("1", "1");
        check("123", "123");
        check("-1234", "-1,234");
        check("1234567.8901", "1,234,567.8901");
        check("NaN", "NaN");
        check("1e+20", "1e+20");
    }
}
