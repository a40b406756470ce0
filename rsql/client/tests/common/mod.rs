//! Running psql and rsql alike, and showing how they differ.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fleet_tests::postgres::Postgres;

/// Longest excerpt of an output in a failure's message.
const EXCERPT_BYTES: usize = 1500;

/// The two programs and the server they are tried on.
pub(crate) struct Shell {
    server: &'static Postgres,
    scripts: PathBuf,
}

/// One thing to run with either program.
pub(crate) struct Case {
    name: String,
    arguments: Vec<OsString>,
    stdin: Vec<u8>,
    shell: Option<String>,
}

/// What a program did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Case {
    pub(crate) fn new(name: &str, arguments: &[&str]) -> Case {
        let arguments = arguments.iter().map(OsString::from).collect();
        Case { name: name.to_owned(), arguments, stdin: Vec::new(), shell: None }
    }

    /// `-f` with this script.
    pub(crate) fn script(path: &Path) -> Case {
        let name = path.file_name().unwrap().to_str().unwrap();
        Case::new(name, &["-X", "-f", name])
    }

    /// A bash script that calls the program as `$RSQL`.
    pub(crate) fn shell(script: &str) -> Case {
        Case { shell: Some(script.to_owned()), ..Case::new(script, &[]) }
    }

    fn mentions(&self, script: &Path) -> bool {
        let name = script.file_name().unwrap();
        let in_shell = |text: &String| text.contains(name.to_str().unwrap());
        self.arguments.iter().any(|argument| argument == name) || self.shell.as_ref().is_some_and(in_shell)
    }

    pub(crate) fn with_stdin(self, text: &[u8]) -> Case {
        Case { stdin: text.to_vec(), ..self }
    }
}

impl Shell {
    pub(crate) fn new() -> Shell {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
        Shell { server: Postgres::shared(), scripts }
    }

    pub(crate) fn rsql(&self, case: &Case) -> Ran {
        self.run(Path::new(env!("CARGO_BIN_EXE_rsql")), case)
    }

    pub(crate) fn psql(&self, case: &Case) -> Ran {
        self.run(&self.server.psql_path(), case)
    }

    fn run(&self, program: &Path, case: &Case) -> Ran {
        // A folder of its own, since scripts write files.
        let place = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(self.scripts.join("include"), place.path().join("include")).unwrap();
        for script in scripts().iter().filter(|script| case.mentions(script)) {
            std::os::unix::fs::symlink(script, place.path().join(script.file_name().unwrap())).unwrap();
        }
        let mut command = match &case.shell {
            None => Command::new(program),
            Some(script) => {
                let mut command = Command::new("bash");
                command.arg("-c").arg(script).env("RSQL", program);
                command
            }
        };
        command.args(&case.arguments).current_dir(place.path());
        for variable in
            ["PGAPPNAME", "PGOPTIONS", "PGSSLMODE", "RSPASSWORD", "COLUMNS", "PGCLIENTENCODING", "PAGER"]
        {
            command.env_remove(variable);
        }
        command.envs(self.server.env()).env("HOME", place.path()).env("LC_ALL", "C.UTF-8");
        // Formatting commands take effect at once, as in psql, which does not know the variable (docs/rsql.md, point 39).
        command.env("RSQL_RFORMAT", "on");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let text = case.stdin.clone();
        // The program may end before it has read all of it; that is its right.
        let writer = std::thread::spawn(move || stdin.write_all(&text).is_ok());
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ran { code: output.status.code(), stdout: output.stdout, stderr: output.stderr }
    }
}

impl Ran {
    /// Without what may differ by right: times, and the program's name at the head of messages.
    pub(crate) fn normalized(&self) -> Ran {
        Ran {
            code: self.code,
            stdout: by_line(&self.stdout, |line| without_time(line).unwrap_or_else(|| without_clock(line))),
            stderr: by_line(&self.stderr, without_program),
        }
    }
}

/// All scripts for the comparison, sorted by name.
pub(crate) fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    scripts.sort();
    assert!(scripts.len() > 60, "the scripts are missing");
    scripts
}

/// Parts that the scripts are tried in.
const PARTS: usize = 4;

/// Every fourth script, from this one on.
pub(crate) fn part_of(scripts: Vec<PathBuf>, part: usize) -> impl Iterator<Item = PathBuf> {
    scripts.into_iter().skip(part).step_by(PARTS)
}

/// What differs between psql and rsql, ready to be shown; nothing when all is equal.
pub(crate) fn differences(shell: &Shell, case: &Case) -> Option<String> {
    let psql = shell.psql(case).normalized();
    let rsql = shell.rsql(case).normalized();
    difference(&case.name, ["psql", "rsql"], &psql, &rsql)
}

/// What differs between what two programs did, ready to be shown.
pub(crate) fn difference(case: &str, names: [&str; 2], expect: &Ran, got: &Ran) -> Option<String> {
    let mut shown = Vec::new();
    if expect.code != got.code {
        shown.push(format!("exit code: {} {:?}, {} {:?}", names[0], expect.code, names[1], got.code));
    }
    for (stream, expect, got) in
        [("stdout", &expect.stdout, &got.stdout), ("stderr", &expect.stderr, &got.stderr)]
    {
        if expect != got {
            shown.push(format!("{stream}, {}", first_difference(names, expect, got)));
        }
    }
    (!shown.is_empty()).then(|| format!("=== {case}\n{}", shown.join("\n")))
}

fn first_difference(names: [&str; 2], expect: &[u8], got: &[u8]) -> String {
    let at = expect.iter().zip(got).take_while(|(a, b)| a == b).count();
    let line = expect[..at].iter().filter(|b| **b == b'\n').count() + 1;
    // From the start of the line in which they part.
    let start = expect[..at].iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
    let [one, other] = names;
    format!("line {line}:\n--- {one}\n{}\n--- {other}\n{}", excerpt(expect, start), excerpt(got, start))
}

fn excerpt(text: &[u8], start: usize) -> String {
    let end = text.len().min(start + EXCERPT_BYTES);
    let shown = text[start.min(end)..end].escape_ascii().to_string();
    shown.replace("\\n", "\n").replace("\\'", "'").replace("\\\"", "\"")
}

fn by_line(text: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    text.split_inclusive(|b| *b == b'\n').flat_map(change).collect()
}

fn without_time(line: &[u8]) -> Option<Vec<u8>> {
    let rest = line.strip_prefix(b"Time: ")?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    Some([b"Time: X", &rest[digits..]].concat())
}

/// The title of a `\watch`ed result without the time of day.
fn without_clock(line: &[u8]) -> Vec<u8> {
    let is_title = line.windows(8).any(|part| part == b" (every ");
    let of_clock = |(index, _): &(usize, &u8)| {
        let digit = |at: usize| line.get(at).is_some_and(u8::is_ascii_digit);
        let colon = |at: Option<usize>| at.is_some_and(|at| line.get(at) == Some(&b':'));
        digit(*index) && [1, 2].into_iter().any(|n| colon(index.checked_sub(n)) || colon(Some(index + n)))
    };
    let shown = |part: (usize, &u8)| if is_title && of_clock(&part) { b'X' } else { *part.1 };
    line.iter().enumerate().map(shown).collect()
}

fn without_program(line: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(line);
    // getopt names the program by its path.
    let (head, tail) = text.split_once(':').unwrap_or((&text, ""));
    let text = match head.rsplit('/').next() {
        Some("psql" | "rsql") => format!("P:{tail}"),
        _ => text.clone().into_owned(),
    };
    let text = text.replace("\"psql --help\"", "\"P --help\"").replace("\"rsql --help\"", "\"P --help\"");
    text.into_bytes()
}
