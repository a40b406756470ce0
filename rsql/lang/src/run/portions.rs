//! `FETCH_COUNT`: which results are shown in portions, and how many rows make one. psql fetches them by a cursor; here rows
//! come in a stream anyhow, and only what is seen of it is kept: each portion is aligned on its own.

use super::transaction::skip_blanks;
use crate::machine::Machine;
use crate::text::leading_integer;

impl Machine {
    /// Rows of a portion of the statement under way, if it is shown in portions.
    pub(super) fn portion(&self) -> Option<usize> {
        let rows = usize::try_from(leading_integer(self.variables.get(b"FETCH_COUNT")?)).ok()?;
        let sql = &self.run.as_ref()?.sql;
        (rows > 0 && selects(sql)).then_some(rows)
    }
}

/// Whether psql would declare a cursor for it: it begins with `SELECT` or `VALUES`, in parentheses perhaps.
fn selects(sql: &[u8]) -> bool {
    let mut rest = skip_blanks(sql);
    while let Some(inner) = rest.strip_prefix(b"(") {
        rest = skip_blanks(inner);
    }
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = &rest[..length];
    word.eq_ignore_ascii_case(b"select") || word.eq_ignore_ascii_case(b"values")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_selects_come_in_portions() {
        let check = |sql: &str, expect| assert_eq!(selects(sql.as_bytes()), expect, "{sql}");
        check("select 1", true);
        check(" /* a /* b */ */ -- c\n ( ( SeLeCt 1) union select 2)", true);
        check("VALUES(1)", true);
        for other in
            ["with a as (select 1) select 2", "table t", "selects", "insert into t select 1", "", "("]
        {
            check(other, false);
        }
    }
}
