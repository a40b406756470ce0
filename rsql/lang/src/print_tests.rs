//! Layouts of one small result. Agreement with psql over many is tested in `rsql-client`.

use super::{Options, Printer};
use crate::outcome::{Column, Row};

const INT4: u32 = 23;
const TEXT: u32 = 25;

/// Two columns and two rows, with a NULL, a wide character and a line break.
fn print(settings: &[(&str, &str)]) -> String {
    let mut options = Options::default();
    for (name, value) in settings {
        options.set(name, Some(value.as_bytes())).expect("the setting is good");
    }
    let column = |name: &str, type_oid| Column { name: name.as_bytes().to_vec(), type_oid };
    let mut printer = Printer::new(options, vec![column("id", INT4), column("text", TEXT)]);
    let mut out = Vec::new();
    for row in [[Some("1"), Some("漢\nb")], [Some("22"), None]] {
        printer.row(row.map(|cell| cell.map(str::as_bytes)).into_iter().collect::<Row>(), &mut out);
    }
    printer.finish(&mut out);
    String::from_utf8(out).expect("only characters were put in")
}

#[test]
fn layouts() {
    let check = |settings: &[(&str, &str)], expect: &str| assert_eq!(print(settings), expect, "{settings:?}");
    check(&[], " id | text \n----+------\n  1 | 漢  +\n    | b\n 22 | \n(2 rows)\n\n");
    check(&[("border", "0")], "id text \n-- ----\n 1 漢  +\n   b\n22 \n(2 rows)\n\n");
    check(
        &[("border", "2"), ("null", "-")],
        "+----+------+\n| id | text |\n+----+------+\n|  1 | 漢  +|\n|    | b    |\n| 22 | -    |\n\
         +----+------+\n(2 rows)\n\n",
    );
    check(&[("tuples_only", "on")], "  1 | 漢  +\n    | b\n 22 | \n\n");
    check(
        &[("expanded", "on")],
        "-[ RECORD 1 ]\nid   | 1\ntext | 漢+\n     | b\n-[ RECORD 2 ]\nid   | 22\ntext | \n\n",
    );
    check(&[("format", "unaligned")], "id|text\n1|漢\nb\n22|\n(2 rows)\n");
    check(&[("format", "unaligned"), ("tuples_only", "on"), ("fieldsep", ",")], "1,漢\nb\n22,\n");
    check(&[("format", "unaligned"), ("recordsep_zero", ""), ("tuples_only", "on")], "1|漢\nb\x0022|\0");
    check(&[("format", "unaligned"), ("expanded", "on")], "id|1\ntext|漢\nb\n\nid|22\ntext|\n");
    check(&[("format", "csv")], "id,text\n1,\"漢\nb\"\n22,\n");
    check(&[("format", "csv"), ("csv_fieldsep", ";"), ("null", "a;b")], "id;text\n1;\"漢\nb\"\n22;\"a;b\"\n");
    check(
        &[("title", "T"), ("footer", "off")],
        "     T\n id | text \n----+------\n  1 | 漢  +\n    | b\n 22 | \n\n",
    );
}

#[test]
fn wrapped_output_keeps_to_its_width() {
    let mut options = Options::default();
    for (name, value) in [("format", "wrapped"), ("columns", "12")] {
        options.set(name, Some(value.as_bytes())).expect("the setting is good");
    }
    let column = |name: &str| Column { name: name.as_bytes().to_vec(), type_oid: TEXT };
    let mut printer = Printer::new(options, vec![column("a"), column("b")]);
    let mut out = Vec::new();
    printer.row([Some(b"x".as_slice()), Some(b"0123456789")].into_iter().collect::<Row>(), &mut out);
    printer.finish(&mut out);
    let text = String::from_utf8(out).expect("only characters were put in");
    assert_eq!(text, " a |   b    \n---+--------\n x | 012345.\n   |.6789\n(1 row)\n\n");
}
