//! Scripts and what is found in them: `cases/*.rsql` in, findings out, shown as people see them.
//!
//! A line `-- variables: NAME=VALUE …` at the top gives variables. Properties besides: no text makes a check panic, and a
//! long one is checked in time.

use std::path::Path;
use std::time::{Duration, Instant};

use rsql_lint::{Checked, Refusal, Script, Settings, check, output};

/// Far more than a check takes, far less than anything quadratic takes, in an unoptimized build on a busy machine.
const LONG_ENOUGH: Duration = Duration::from_secs(60);

fn checked(path: &Path) -> Checked {
    let text = std::fs::read(path).expect("the case can be read");
    let head = String::from_utf8_lossy(&text);
    let variables =
        head.lines().next().and_then(|line| line.strip_prefix("-- variables: ")).unwrap_or_default();
    let pair = |text: &str| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings {
        variables: variables.split_whitespace().filter_map(pair).collect(),
        ..Settings::default()
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let dir = path.parent().map(Path::to_owned).unwrap_or_default();
    let script = Script { path: name.clone(), shown: name, text };
    check(script, &settings, &mut |path| {
        if path.starts_with('/') || path.contains("..") {
            return Err(Refusal::Outside);
        }
        let text = std::fs::read(dir.join(path))
            .map_err(|_| Refusal::Missing("No such file or directory".to_owned()))?;
        Ok(Script { path: path.to_owned(), shown: path.to_owned(), text })
    })
}

#[test]
fn cases() {
    insta::glob!("cases/*.rsql", |path| {
        let checked = checked(path);
        let tables = checked.tables.clone();
        let mut report = output::Report::default();
        report.add(checked, None);
        report.finish();
        let mut text = report.text();
        for (name, names) in
            [("reads", &tables.reads), ("writes", &tables.writes), ("unresolved", &tables.unresolved)]
        {
            if !names.is_empty() {
                text.push_str(&format!("{name}: {}\n", names.iter().cloned().collect::<Vec<_>>().join(", ")));
            }
        }
        insta::assert_snapshot!(text);
    });
}

fn in_time(name: &str, text: &[u8]) {
    let begun = Instant::now();
    let script = Script { path: name.to_owned(), shown: name.to_owned(), text: text.to_vec() };
    let findings = check(script, &Settings::default(), &mut |_| Err(Refusal::Outside)).findings;
    assert!(begun.elapsed() < LONG_ENOUGH, "{name}: {} findings after {:?}", findings.len(), begun.elapsed());
}

#[test]
fn long_scripts_are_checked_in_time() {
    const LONG: usize = 10_000_000;
    // What costs more a byte is shorter, so that the test does not hold up all others.
    const MANY: usize = 1_000_000;
    let repeated = |text: &str, bytes: usize| text.repeat(bytes / text.len()).into_bytes();
    in_time("one string", &[b"select '".as_slice(), &repeated("x", LONG)].concat());
    in_time("commands on one line", &repeated("\\echo `x` :y ", MANY));
    in_time("secrets", &repeated("password 'x' ", MANY));
    in_time("statements", &repeated("insert into t select a from u where b = 'c';\n", MANY));
    in_time("one line", &repeated("select 1; ", MANY));
    in_time("one statement", &repeated("select x, \n", MANY));
    in_time("parentheses", &repeated("(", MANY));
}

#[test]
fn many_jumps_and_branches_are_checked_in_time() {
    let blocks: String = (0..20_000)
        .map(|number| format!("select {number};\n\\if :ERROR <> 0\n\\goto E{}\n\\endif\n", number % 100))
        .collect();
    let labels: String = (0..100).map(|number| format!("\\label E{number}\n")).collect();
    in_time("jumps", format!("{blocks}{labels}").as_bytes());
    in_time("nested", "\\if a\nselect\n".repeat(5_000).as_bytes());
    in_time("versions", format!("select {};", "\\if :a\n x\n\\else\n y\n\\endif\n".repeat(5_000)).as_bytes());
}

proptest::proptest! {
    #[test]
    fn any_bytes_can_be_checked(text in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        in_time("bytes", &text);
    }

    #[test]
    fn anything_like_a_script_can_be_checked(text in script()) {
        in_time("script", text.as_bytes());
    }
}

/// Pieces of scripts in any order.
fn script() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::strategy::Strategy as _;
    let pieces = [
        "\\if :ERROR <> 0\n",
        "\\elif x\n",
        "\\else\n",
        "\\endif\n",
        "\\goto A\n",
        "\\label A\n",
        "\\exit 1\n",
        "\\q\n",
        "select 1;",
        "begin;",
        "commit;",
        "\n",
        "'",
        "\"",
        "$$",
        "/*",
        "*/",
        "--",
        "(",
        ")",
        ":x",
        ":'x'",
        "`",
        "\\",
        "\\set x 'y'\n",
        "\\copy t from stdin\n",
        "\\.\n",
        "\\i a\n",
        "\\run file=a skip=1\n",
        "\\g\n",
        "\\gset\n",
        " ",
        "password 'x'",
        "-- lint: allow if-open r\n",
        "\\cd x\n",
        "\u{feff}",
        "\r\n",
        "insert into t select * from u",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..40)
        .prop_map(|pieces| pieces.concat())
}
