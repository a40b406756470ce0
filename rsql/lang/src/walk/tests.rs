//! What a walk sees: each item with what can come before it.

use super::{Refusal, Script, Walk, What, walk};

const FILES: [(&str, &str); 3] = [
    ("dir/inner.rsql", "select :x;\n\\q\nselect never;\n"),
    ("dir/outer.rsql", "\\set x 2\n\\ir inner.rsql\nselect after;\n"),
    ("self.rsql", "\\i self.rsql\n"),
];

fn walked(text: &str, variables: &[(&str, &str)]) -> Walk {
    let script = |path: &str, text: &str| Script {
        path: path.to_owned(),
        shown: path.to_owned(),
        text: text.as_bytes().to_vec(),
    };
    let mut read = |path: &str| {
        let found = FILES.iter().find(|(name, _)| *name == path);
        found.map(|(name, text)| script(name, text)).ok_or_else(|| Refusal::Missing("not there".to_owned()))
    };
    let variables: Vec<(String, String)> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    walk(script("self.rsql", text), &variables, &mut read)
}

/// `index place <- from: what`, one item a line.
fn shown(walk: &Walk) -> String {
    let mut lines = String::new();
    for (index, item) in walk.items.iter().enumerate().skip(1) {
        let what = match &item.what {
            What::Start => "start".to_owned(),
            What::Statement(statement) => {
                let texts =
                    statement.texts.iter().map(|text| String::from_utf8_lossy(text).replace('\n', "⏎"));
                texts.collect::<Vec<_>>().join(" | ")
            }
            What::Command(command) => {
                format!("\\{}{}", command.name, String::from_utf8_lossy(&command.written))
            }
        };
        let place = item.place;
        lines.push_str(&format!(
            "{index} {}:{}:{} <- {:?}: {what}\n",
            place.file, place.line, place.column, item.from
        ));
    }
    lines.push_str(&format!("ends {:?}\n", walk.ends));
    for fault in &walk.faults {
        lines.push_str(&format!("{}:{} {:?}\n", fault.place.line, fault.place.column, fault.kind));
    }
    lines
}

#[track_caller]
fn check(text: &str, expect: &str) {
    let seen = shown(&walked(text, &[("known", "a b")]));
    assert_eq!(seen.trim_end(), expect.trim(), "{text}\n{seen}");
}

#[test]
fn statements_and_commands_have_their_places() {
    check(
        "-- x\n  select 1;  select\n 2 \\g\n",
        "1 0:2:2 <- [0]: select 1;\n2 0:3:3 <- [1]: \\g\n3 0:2:13 <- [2]: select⏎ 2 \nends [3]",
    );
    check("\u{feff}select 'a;\nb' ; x", "1 0:1:3 <- [0]: select 'a;⏎b' ;\n2 0:2:5 <- [1]: x\nends [2]");
}

#[test]
fn all_branches_are_walked() {
    check(
        "\\if :a\nx;\n\\elif :b\ny;\n\\else\nz;\n\\endif\nw;",
        "1 0:1:0 <- [0]: \\if :a\n2 0:2:0 <- [1]: x;\n3 0:3:0 <- [1]: \\elif :b\n4 0:4:0 <- [3]: y;\n5 0:5:0 <- [3]: \\else\n6 0:6:0 <- [5]: z;\n7 0:7:0 <- [2, 4, 6]: \\endif\n8 0:8:0 <- [7]: w;\nends [8]",
    );
    check(
        "select\n\\if :a\n (1\n\\else\n (2\n\\endif\n) ;",
        "1 0:2:0 <- [0]: \\if :a\n2 0:4:0 <- [1]: \\else\n3 0:6:0 <- [1, 2]: \\endif\n4 0:1:0 <- [3]: select⏎ (1⏎) ; | select⏎ (2⏎) ;\nends [4]",
    );
}

#[test]
fn jumps_lead_to_the_next_label_of_their_name() {
    check(
        "\\if :e\n\\goto X\n\\endif\na;\n\\exit 0\nb;\n\\label X\nc;",
        "1 0:1:0 <- [0]: \\if :e\n2 0:2:0 <- [1]: \\goto X\n3 0:3:0 <- [1]: \\endif\n4 0:4:0 <- [3]: a;\n5 0:5:0 <- [4]: \\exit 0\n6 0:6:0 <- []: b;\n7 0:7:0 <- [6, 2]: \\label X\n8 0:8:0 <- [7]: c;\nends [8]",
    );
    check(
        "\\label B\n\\goto B\na;",
        "1 0:1:0 <- [0]: \\label B\n2 0:2:0 <- [1]: \\goto B\n3 0:3:0 <- []: a;\nends [3, 2]\n2:0 Goto { label: \"B\", behind: Some(Place { file: 0, line: 1, column: 0 }), labels: [\"B\"] }",
    );
}

#[test]
fn known_variables_are_read_as_text() {
    check(
        "select :known, :none; :known;",
        "1 0:1:0 <- [0]: select a b, :none;\n2 0:1:22 <- [1]: a b;\nends [2]",
    );
    check(
        "\\set c '\\\\copy t from ' :none\n:c\n",
        "1 0:1:0 <- [0]: \\set c '\\\\copy t from ' :none\n2 0:2:0 <- [1]: \\copy t from :none\nends [2]",
    );
    check(
        "\\if :a\n\\set known other\n\\endif\n:known;",
        "1 0:1:0 <- [0]: \\if :a\n2 0:2:0 <- [1]: \\set known other\n3 0:3:0 <- [2, 1]: \\endif\n4 0:4:0 <- [3]: :known;\nends [4]",
    );
}

#[test]
fn includes_are_followed() {
    check(
        "\\i dir/outer.rsql\ndone;",
        "1 0:1:0 <- [0]: \\i dir/outer.rsql\n2 1:1:0 <- [1]: \\set x 2\n3 1:2:0 <- [2]: \\ir inner.rsql\n4 2:1:0 <- [3]: select 2;\n5 2:2:0 <- [4]: \\q\n6 2:3:0 <- []: select never;\n7 1:3:0 <- [6, 5]: select after;\n8 0:2:0 <- [7]: done;\nends [8]",
    );
    check(
        "\\i self.rsql",
        "1 0:1:0 <- [0]: \\i self.rsql\nends [1]\n1:0 IncludesItself { path: \"self.rsql\" }",
    );
    check("\\i :none", "1 0:1:0 <- [0]: \\i :none\nends [1]\n1:0 IncludeUnknown");
    check(
        "\\cd dir\n\\i inner.rsql",
        "1 0:1:0 <- [0]: \\cd dir\n2 0:2:0 <- [1]: \\i inner.rsql\n3 1:1:0 <- [2]: select :x;\n4 1:2:0 <- [3]: \\q\n5 1:3:0 <- []: select never;\nends [5, 4]",
    );
}

#[test]
fn data_of_copy_is_no_script() {
    check(
        "copy t from stdin;\n\\foo\n\\.\nx;",
        "1 0:1:0 <- [0]: copy t from stdin;\n2 0:4:0 <- [1]: x;\nends [2]",
    );
    check("\\copy t from stdin\n\\foo\n", "1 0:1:0 <- [0]: \\copy t from stdin\nends [1]\n1:0 OpenData");
}

#[test]
fn what_is_open_is_told_where_it_begins() {
    let kinds = |text: &str| {
        let faults = walked(text, &[]).faults;
        faults
            .iter()
            .map(|fault| format!("{}:{} {:?}", fault.place.line, fault.place.column, fault.kind))
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds("a 'x';\nb 'y;\n;"), ["2:2 OpenString"]);
    assert_eq!(kinds("a\n \"x"), ["2:1 OpenName"]);
    assert_eq!(kinds("a $x$ 'b' $$"), ["1:2 OpenDollar"]);
    assert_eq!(kinds("/* a /* b */\n"), ["1:0 OpenComment"]);
    assert_eq!(kinds("f(a) + (b;\nc;"), ["1:7 OpenParenthesis"]);
    assert_eq!(kinds("\\echo 'a"), ["1:0 UnterminatedArgument"]);
    assert_eq!(kinds("\\if a\n\\if b\n"), ["2:0 OpenIf", "1:0 OpenIf"]);
    assert_eq!(
        kinds("\\endif\n\\if x\n\\else\n\\else\n\\endif"),
        ["1:0 NoIf", "4:0 AfterElse(Place { file: 0, line: 3, column: 0 })"]
    );
    assert_eq!(
        kinds("\\foo bar \\echo\n\\endif x\n"),
        ["1:0 Unknown { name: \"foo\" }", "2:0 Extra(\"x\")", "2:0 NoIf"]
    );
}
