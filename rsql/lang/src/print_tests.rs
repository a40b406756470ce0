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

#[test]
fn markup() {
    let check = |settings: &[(&str, &str)], expect: &str| assert_eq!(print(settings), expect, "{settings:?}");
    check(
        &[("format", "html"), ("title", "<T>")],
        "<table border=\"1\">\n  <caption>&lt;T&gt;</caption>\n  <tr>\n    <th align=\"center\">id</th>\n    \
         <th align=\"center\">text</th>\n  </tr>\n  <tr valign=\"top\">\n    <td align=\"right\">1</td>\n    \
         <td align=\"left\">漢<br />\nb</td>\n  </tr>\n  <tr valign=\"top\">\n    <td align=\"right\">22</td>\n    \
         <td align=\"left\">&nbsp; </td>\n  </tr>\n</table>\n<p>(2 rows)<br />\n</p>\n",
    );
    check(
        &[("format", "asciidoc"), ("null", "a|b"), ("border", "2")],
        "\n[options=\"header\",cols=\">l,<l\",frame=\"all\",grid=\"all\"]\n|====\n^l|id ^l|text\n|1 |漢\nb\n\
         |22 |a\\|b\n|====\n\n....\n(2 rows)\n....\n",
    );
    check(
        &[("format", "latex"), ("null", "50%")],
        "\\begin{tabular}{r | l}\n\\textit{id} & \\textit{text} \\\\\n\\hline\n1 & 漢\\\\b \\\\\n22 & 50\\% \\\\\n\
         \\end{tabular}\n\n\\noindent (2 rows) \\\\\n\n",
    );
    check(
        &[("format", "latex-longtable"), ("tableattr", "0.5"), ("tuples_only", "on")],
        "\\begin{longtable}{r | p{0.5\\textwidth}}\n\\raggedright{1}\n&\n\\raggedright{漢\\\\b} \\tabularnewline\n\
         \\raggedright{22}\n&\n\\raggedright{} \\tabularnewline\n\\end{longtable}\n",
    );
    check(
        &[("format", "troff-ms"), ("expanded", "on"), ("null", "\\")],
        ".LP\n.TS\ncenter;\nc s.\n\\fIRecord 1\\fP\n_\n.T&\nc | l.\nid\t1\ntext\t漢\nb\n.T&\nc s.\n\
         \\fIRecord 2\\fP\n_\n.T&\nc | l.\nid\t22\ntext\t\\(rs\n.TE\n.DS L\n.DE\n",
    );
}

#[test]
fn portions_are_aligned_on_their_own() {
    let column = Column { name: b"a".to_vec(), type_oid: TEXT };
    let mut printer = Printer::new(Options::default(), vec![column]).in_portions(2);
    let mut out = Vec::new();
    for text in ["x", "xx", "xxxxx", "y", "z"] {
        printer.row([Some(text.as_bytes())].into_iter().collect::<Row>(), &mut out);
        if printer.ends_portion()
            && let Some(mut portion) = printer.end_portion(&mut out)
        {
            // A byte at a time, as it were: each piece ends after the row that reaches it.
            while portion.draw(&mut out, 1) {}
        }
    }
    printer.finish(&mut out);
    let text = String::from_utf8(out).expect("only characters were put in");
    assert_eq!(text, " a  \n----\n x\n xx\n xxxxx\n y\n z\n(5 rows)\n\n");
}
