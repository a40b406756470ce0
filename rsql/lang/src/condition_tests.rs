//! Conditions, from the text after `\if` to their value.

use super::{Malformed, evaluate};
use crate::charset::Charset;
use crate::scan::cursor::Cursor;
use crate::scan::slash::Arguments;
use crate::variables::Variables;

fn value(text: &str) -> Result<bool, Malformed> {
    let mut variables = Variables::default();
    for (name, value) in [
        ("ERROR", "true"),
        ("OK", "false"),
        ("CODE", "00000"),
        ("BAD", "42P01"),
        ("N", "12"),
        ("EMPTY", ""),
        ("WORDS", "a b"),
        ("KEYWORD", "NOT"),
        ("BIG", "18446744073709551615"),
    ] {
        variables.set(name, value);
    }
    let mut cursor = Cursor::new(text.as_bytes().to_vec(), Charset::default());
    let outputs = [Some(b"7\n".to_vec())];
    let mut arguments =
        Arguments { cursor: &mut cursor, variables: Some(&variables), outputs: &outputs, used: 0 };
    let tokens = arguments.tokens().expect("no quote is open");
    evaluate(&tokens, "\\if")
}

const TRUE: [&str; 53] = [
    "true",
    " on ",
    "t",
    ":ERROR",
    ":ERROR <> 0",
    ":ERROR=1",
    ":ERROR = true",
    ":OK = 0",
    ":OK<>1",
    "1 = 1.0",
    "-1 < 0",
    "+5 = 5",
    "0010 = 10",
    ".5 = 0.50",
    "-0 = 0",
    ":CODE = 0",
    ":CODE = '00000'",
    ":'CODE' = '00000'",
    ":BAD <> 0",
    ":BAD = '42P01'",
    ":BAD = 42P01",
    "abc = 'abc'",
    "abc < abd",
    "10 > 9",
    "'10' < '9'",
    "10 < '9'",
    ":BIG > 18446744073709551614",
    ":BIG = 18446744073709551615",
    "'it''s' = 'it''s'",
    ":EMPTY = ''",
    ":WORDS = 'a b'",
    ":{?N} = TRUE",
    "not 1 = 2",
    "NOT (1 = 2)",
    "1=1 AND 2=2",
    "1=2 or 2=2",
    "not 1=1 or 1=1",
    "1=1 or 1=2 and 1=3",
    "(1=1 or 1=2) and not 1=3",
    "((1=1))",
    "'and' = 'and'",
    "'(' <> ')'",
    ":KEYWORD = 'NOT'",
    "`seven` = 7",
    ":N>=12",
    ":N<=12",
    ":N==12",
    ":N!=13",
    ":UNSET = ':UNSET'",
    "1 = 1\r",
    "1 = 1 \\echo x",
    "true and 1",
    "not off",
];

const FALSE: [&str; 14] = [
    "false",
    "0",
    ":OK",
    ":ERROR = 0",
    "1 = 2",
    "Abc = abc",
    ":CODE <> 0",
    "'00000' = 0",
    "not (1=1 or 1=2)",
    "1=1 and 1=2",
    "not not 1=2",
    ":N < 12",
    ":N > 12.0",
    "12.10 > 12.2",
];

#[test]
fn conditions_have_values() {
    let check = |text: &str, expect: bool| assert_eq!(value(text), Ok(expect), "{text}");
    for yes in TRUE {
        check(yes, true);
    }
    for no in FALSE {
        check(no, false);
    }
}

#[test]
fn malformed_conditions_say_why() {
    let check = |text: &str, expect: &str| {
        assert_eq!(value(text).expect_err(text).to_string(), expect, "{text}");
    };
    check("", "unrecognized value \"\" for \"\\if expression\": Boolean expected");
    check("bogus", "unrecognized value \"bogus\" for \"\\if expression\": Boolean expected");
    check("true extra", "unrecognized value \"true extra\" for \"\\if expression\": Boolean expected");
    check("1 =", "\\if: malformed condition: it ends too early");
    check("= 1", "\\if: malformed condition: unexpected comparison");
    check("(1 = 1", "\\if: malformed condition: missing )");
    check("1 = 1 1", "\\if: malformed condition: unexpected \"1\"");
    check("1 = 1 and", "\\if: malformed condition: it ends too early");
    check("a and b", "\\if: malformed condition: \"a\" is no boolean");
    check("1 = 1)", "\\if: malformed condition: unexpected )");
    check("1 < < 2", "\\if: malformed condition: unexpected comparison");
    check(&"(".repeat(1000), "\\if: malformed condition: nested deeper than 200");
}
