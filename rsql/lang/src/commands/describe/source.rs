//! `\sf`, `\sv`: the statement that would create a function or view again. `\ef` and `\ev` edit the same text.

use super::pattern::in_utf8;
use super::{Description, Shown, Target, cluster};
use crate::outcome::ServerKind;
use crate::run::{Inquiry, Interruption};
use crate::text::{lossy, sql_literal, trim};

/// What has a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Function,
    View,
}

/// `\sf[+] name`
pub(super) fn function(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    shown(target, Kind::Function, inquiry)
}

/// `\sv[+] name`
pub(super) fn view(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    shown(target, Kind::View, inquiry)
}

fn shown(target: &Target<'_>, kind: Kind, inquiry: &mut Inquiry<'_>) -> Description {
    let name = target.pattern().map(trim).unwrap_or_default();
    if name.is_empty() {
        let what = if kind == Kind::Function { "function" } else { "view" };
        return Err(Interruption::Failed(format!("{what} name is required")));
    }
    let text = definition(kind, name, target.server.kind, inquiry)?;
    let text = if target.verbose { numbered(&text, kind) } else { text };
    Ok(vec![Shown::Text(text)])
}

/// The statement that creates the object of this name, which may be followed by types of arguments. It ends with a line break.
///
/// # Errors
/// When there is none or more than one; or none that is a view.
pub(crate) fn definition(
    kind: Kind,
    name: &[u8],
    server: ServerKind,
    inquiry: &mut Inquiry<'_>,
) -> Result<Vec<u8>, Interruption> {
    in_utf8(name)?;
    let class = match kind {
        Kind::View => "regclass",
        Kind::Function if name.contains(&b'(') => "regprocedure",
        Kind::Function => "regproc",
    };
    let sql = format!("SELECT {}::pg_catalog.{class}::pg_catalog.oid", quoted(name, server));
    let number = inquiry.ask_briefly(sql)?;
    let number = number.rows.first().and_then(|row| row.cell(0)).unwrap_or(b"0");
    let number = lossy(number);
    if server == ServerKind::Redshift {
        return cluster::definition(kind, &number, inquiry);
    }
    let mut text = match kind {
        Kind::Function => {
            let answer = inquiry.ask_briefly(format!("SELECT pg_catalog.pg_get_functiondef({number})"))?;
            answer.rows.first().and_then(|row| row.cell(0)).unwrap_or_default().to_vec()
        }
        Kind::View => view_definition(&number, inquiry)?,
    };
    if text.last().is_some_and(|byte| *byte != b'\n') {
        text.push(b'\n');
    }
    Ok(text)
}

fn quoted(name: &[u8], server: ServerKind) -> String {
    let literal = sql_literal(name);
    let literal = lossy(literal.trim_ascii_start());
    match literal.strip_prefix('E') {
        // Redshift has escapes in plain literals, and no others.
        Some(plain) if server == ServerKind::Redshift => plain.to_owned(),
        _ => literal.into_owned(),
    }
}

fn view_definition(number: &str, inquiry: &mut Inquiry<'_>) -> Result<Vec<u8>, Interruption> {
    let answer = inquiry.ask_briefly(format!(
        "SELECT n.nspname, c.relname, c.relkind, pg_catalog.pg_get_viewdef(c.oid, true), \
         pg_catalog.array_to_string(ARRAY(SELECT pg_catalog.quote_ident(o.option_name) || '=' || \
         CASE WHEN pg_catalog.quote_ident(o.option_value) = o.option_value THEN o.option_value \
         ELSE pg_catalog.quote_literal(o.option_value) END \
         FROM pg_catalog.pg_options_to_table(c.reloptions) o WHERE o.option_name <> 'check_option'), ', '), \
         (SELECT pg_catalog.upper(o.option_value) FROM pg_catalog.pg_options_to_table(c.reloptions) o \
         WHERE o.option_name = 'check_option'), \
         pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) \
         FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.oid = {number}"
    ))?;
    let Some(row) = answer.rows.first() else { return Ok(Vec::new()) };
    let cell = |index| row.cell(index).unwrap_or_default();
    if cell(2) != b"v" {
        let message = format!("\"{}.{}\" is not a view", lossy(cell(0)), lossy(cell(1)));
        return Err(Interruption::Failed(message));
    }
    let mut text = [b"CREATE OR REPLACE VIEW ", cell(6)].concat();
    if !cell(4).is_empty() {
        text.extend_from_slice(&[b"\n WITH (", cell(4), b")"].concat());
    }
    let body = cell(3);
    text.extend_from_slice(b" AS\n");
    text.extend_from_slice(body.strip_suffix(b";").unwrap_or(body));
    if let Some(check) = row.cell(5) {
        text.extend_from_slice(&[&b"\n WITH "[..], check, b" CHECK OPTION"].concat());
    }
    Ok(text)
}

/// Width of a line's number.
const NUMBER_WIDTH: usize = 7;

/// The text with numbers of lines. Of a function they count from the start of its body, as its errors do.
fn numbered(text: &[u8], kind: Kind) -> Vec<u8> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let mut output = Vec::new();
    let mut number = 0;
    for line in text.split(|byte| *byte == b'\n') {
        let body = [&b"AS "[..], b"BEGIN ", b"RETURN "].iter().any(|word| line.starts_with(word));
        if number > 0 || body || kind == Kind::View {
            number += 1;
        }
        let shown = if number == 0 { String::new() } else { number.to_string() };
        output.extend_from_slice(format!("{shown:<NUMBER_WIDTH$} ").as_bytes());
        output.extend_from_slice(line);
        output.push(b'\n');
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_function_count_from_its_body() {
        let text = b"CREATE FUNCTION f()\n LANGUAGE sql\nAS $$\nselect 1\n$$\n";
        let expect = "        CREATE FUNCTION f()\n         LANGUAGE sql\n1       AS $$\n2       select 1\n3       $$\n";
        assert_eq!(numbered(text, Kind::Function), expect.as_bytes());
        assert_eq!(numbered(b"a\nb\n", Kind::View), b"1       a\n2       b\n");
    }
}
