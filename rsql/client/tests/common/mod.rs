//! Running psql and rsql alike, and showing how they differ.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fleet_tests::postgres::Postgres;

pub(crate) mod ran;

pub(crate) use ran::{Ran, difference, scripts};

/// The two programs and the server they are tried on.
pub(crate) struct Shell {
    /// A database of its own: publications of all tables, for one, would show in what other tests describe.
    server: Postgres,
    scripts: PathBuf,
}

/// One thing to run with either program.
pub(crate) struct Case {
    name: String,
    arguments: Vec<OsString>,
    stdin: Vec<u8>,
    shell: Option<String>,
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
        Shell { server: Postgres::shared().new_database(), scripts }
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

/// What differs between psql and rsql, ready to be shown; nothing when all is equal.
pub(crate) fn differences(shell: &Shell, case: &Case) -> Option<String> {
    let psql = shell.psql(case).normalized();
    let rsql = shell.rsql(case).normalized();
    difference(&case.name, ["psql", "rsql"], &psql, &rsql)
}
