//! Where statements end, and what is collected of them.

use super::{Context, Scanner, Stop};
use crate::charset::Charset;
use crate::scan::cursor::Cursor;
use crate::variables::Variables;

/// Feeds lines as a script has them; each stop is shown with what was collected up to it.
fn scan(text: &str, standard_strings: bool) -> Vec<(Stop, String)> {
    let mut variables = Variables::default();
    for (name, value) in
        [("v", "it's"), ("two", "select 1; select"), ("loop", ":loop"), ("nest", ":v"), ("e", "")]
    {
        variables.set(name, value);
    }
    let context = Context { variables: Some(&variables), standard_strings };
    let (mut scanner, mut query, mut stops) = (Scanner::default(), Vec::new(), Vec::new());
    for line in text.split('\n') {
        if !query.is_empty() {
            query.push(b'\n');
        }
        let mut cursor = Cursor::new(line.as_bytes().to_vec(), Charset::default());
        loop {
            let stop = scanner.scan(&mut cursor, &mut query, &context);
            stops.push((stop, String::from_utf8_lossy(&query).into_owned()));
            match stop {
                Stop::Semicolon => query.clear(),
                // The command takes the rest of its line.
                Stop::Backslash | Stop::Incomplete | Stop::End => break,
            }
        }
    }
    stops
}

/// The statements that were ended by semicolons.
fn statements(text: &str) -> Vec<String> {
    let stops = scan(text, true);
    stops.into_iter().filter(|(stop, _)| *stop == Stop::Semicolon).map(|(_, sql)| sql).collect()
}

#[test]
fn semicolons_end_statements_where_nothing_is_open() {
    let check = |text: &str, expect: &[&str]| assert_eq!(statements(text), expect, "{text}");
    check("a; b;", &["a;", "b;"]);
    check(";;", &[";", ";"]);
    check("';' \";\" a;", &["';' \";\" a;"]);
    check("'it''s;';", &["'it''s;';"]);
    check("E'\\';' a;", &["E'\\';' a;"]);
    check("e'a\\\\'; b;", &["e'a\\\\';", "b;"]);
    check("'a\\'; b;", &["'a\\';", "b;"]);
    check("U&'\\';", &["U&'\\';"]);
    check("$$;$$; $x$ $$;$x$;", &["$$;$$;", "$x$ $$;$x$;"]);
    check("$1;", &["$1;"]);
    check("a$b$; c$b$;", &["a$b$;", "c$b$;"]);
    check("1a$b$;$b$;", &["1a$b$;$b$;"]);
    check("(a;b); c;", &["(a;b);", "c;"]);
    check("); a;", &[");", "a;"]);
    check("/* ; /* ; */ ; */ a;", &["/* ; /* ; */ ; */ a;"]);
    check("-- ;\na;", &["a;"]);
    check("a -- ;\nb;", &["a -- ;\nb;"]);
    check("a <-- ;\nb;", &["a <-- ;\nb;"]);
    check("a */* ; */ b;", &["a */* ; */ b;"]);
    check("'a'\n'b;' ;", &["'a'\n'b;' ;"]);
    check("a \\; b;", &["a ; b;"]);
    check("a \\: b;", &["a : b;"]);
    check("a'é;'漢;", &["a'é;'漢;"]);
}

#[test]
fn bodies_of_routines_keep_their_semicolons() {
    let check = |text: &str, count: usize| assert_eq!(statements(text).len(), count, "{text}");
    check("create function f() returns int begin atomic select 1; select 2; end;", 1);
    check("CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC select case when 1=1 then 2 end; END;", 1);
    check("create function f() as 'begin'; select 1;", 2);
    check("begin; create table t(); end;", 3);
    check("create table begin (a int); end;", 2);
}

#[test]
fn variables_are_expanded_outside_of_quotes() {
    let check = |text: &str, expect: &[&str]| assert_eq!(statements(text), expect, "{text}");
    check(":two 2;", &["select 1;", "select 2;"]);
    check(":'v' :\"v\";", &["'it''s' \"it's\";"]);
    check("':v' \":v\" $$:v$$;", &["':v' \":v\" $$:v$$;"]);
    check(":{?v} :{?none};", &["TRUE FALSE;"]);
    check(":none :'none' :\"none\";", &[":none :'none' :\"none\";"]);
    check("a::v b:=v;", &["a::v b:=v;"]);
    check(":loop;", &[":loop;"]);
    check(":e;", &[";"]);
    // The value's quote is scanned as if it stood in the script.
    check(":nest';", &["it's';"]);
}

#[test]
fn stops_say_what_is_open() {
    let check = |text: &str, expect: &[Stop]| {
        let stops: Vec<_> = scan(text, true).into_iter().map(|(stop, _)| stop).collect();
        assert_eq!(stops, expect, "{text}");
    };
    check("", &[Stop::Incomplete]);
    check("-- nothing", &[Stop::Incomplete]);
    check("a", &[Stop::End]);
    check("a (", &[Stop::Incomplete]);
    check("'a", &[Stop::Incomplete]);
    check("$$ a", &[Stop::Incomplete]);
    check("/* a", &[Stop::Incomplete]);
    check("a \\g", &[Stop::Backslash]);
    check("'\\g'", &[Stop::End]);
    check("'\n\\g", &[Stop::Incomplete, Stop::Incomplete]);
}

#[test]
fn plain_strings_have_escapes_on_old_servers() {
    let stops = scan("'a\\'; b';", false);
    assert_eq!(stops[0], (Stop::Semicolon, "'a\\'; b';".to_owned()));
}
