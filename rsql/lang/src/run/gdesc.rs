//! `\gdesc`: the columns of a statement that is not run. The server describes it; then it is asked for the names of the types.

use std::sync::Arc;

use crate::charset::Charset;
use crate::effect::{Effect, Query};
use crate::io::Waiting;
use crate::machine::Machine;
use crate::outcome::DescribedColumn;

/// Where the description of a statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Description {
    /// None is wanted.
    #[default]
    None,
    /// It is wanted instead of the statement's results.
    Wanted,
    /// The types are being named: results are printed.
    Naming,
}

impl Machine {
    /// The server has described the statement.
    pub(super) fn described(&mut self, columns: Vec<DescribedColumn>) {
        self.set_run(|run| run.described = columns);
    }

    /// The statement is described: asks for the names of its types, or says that there is nothing to name. Whether something
    /// was asked for.
    pub(super) fn name_types(&mut self) -> bool {
        let Some(run) = self.run.as_mut().filter(|run| !run.failed) else { return false };
        if run.how.description != Description::Wanted {
            return false;
        }
        run.how.description = Description::Naming;
        let columns = std::mem::take(&mut run.described);
        if columns.is_empty() {
            let out = self.out();
            self.io.write(out, b"The command has no result, or the result has no columns.\n");
            return false;
        }
        run.sent = Arc::new(question(&columns, self.print.charset));
        let query = Query { sql: Arc::clone(&run.sent), origin: run.origin.clone() };
        self.io.ask(Effect::Query(query), Waiting::Server);
        true
    }
}

fn question(columns: &[DescribedColumn], charset: Charset) -> Vec<u8> {
    let mut sql =
        b"SELECT given.name AS \"Column\", pg_catalog.format_type(given.type, given.modifier) AS \"Type\"\n\
        FROM (VALUES "
            .to_vec();
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            sql.extend_from_slice(b",\n ");
        }
        let (type_oid, modifier) = (column.type_oid, column.type_modifier);
        sql.push(b'(');
        sql.extend_from_slice(&charset.sql_literal(&column.name));
        sql.extend_from_slice(
            format!("::pg_catalog.text, {type_oid}::pg_catalog.oid, {modifier}::pg_catalog.int4)").as_bytes(),
        );
    }
    sql.extend_from_slice(b") AS given (name, type, modifier)");
    sql
}
