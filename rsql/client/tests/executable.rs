//! The executable as a process: signals, passwords, start-up files, data sources. What it shares with psql is in
//! `differential.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use fleet_tests::postgres::Postgres;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Long enough for a slow machine, short enough to fail a test that hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// rsql with no environment but these variables, in a home of its own.
fn rsql(home: &tempfile::TempDir, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rsql"));
    command.env_clear().env("HOME", home.path()).envs(variables.iter().copied());
    command.current_dir(home.path()).stdin(Stdio::null());
    command
}

/// Variables that lead to the test server, except for the password.
fn place(server: &Postgres) -> Vec<(&'static str, String)> {
    server.env().into_iter().filter(|(name, _)| *name != "PGPASSWORD").collect()
}

fn code_and_text(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn passwords_are_found_where_they_may_be() {
    let server = Postgres::shared();
    let home = tempfile::tempdir().unwrap();
    let pgpass = home.path().join("pgpass");
    let line = format!("{}:{}:*:{}:{}\n", server.host(), server.port(), server.user(), server.password());
    std::fs::write(&pgpass, line).unwrap();
    std::fs::set_permissions(&pgpass, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let (pgpass, right) = (pgpass.to_str().unwrap(), server.password());
    let none = "fe_sendauth: no password supplied";
    let wrong = "password authentication failed";
    for (variables, expect) in [
        (vec![], Err(none)),
        (vec![("PGPASSWORD", right)], Ok(())),
        (vec![("PGPASSWORD", "x")], Err(wrong)),
        (vec![("PGPASSFILE", pgpass)], Ok(())),
        (vec![("RSPASSWORD", right), ("PGPASSWORD", "x")], Ok(())),
        // A wrong RSPASSWORD is not rescued by another source.
        (vec![("RSPASSWORD", "x"), ("PGPASSWORD", right), ("PGPASSFILE", pgpass)], Err(wrong)),
    ] {
        let output =
            rsql(&home, &variables).envs(place(server)).args(["-Xw", "-c", "select 1"]).output().unwrap();
        let (code, _, stderr) = code_and_text(&output);
        match expect {
            Ok(()) => assert_eq!((code, stderr.as_str()), (Some(0), ""), "{variables:?}"),
            Err(reason) => {
                assert_eq!(code, Some(2), "{variables:?}");
                assert!(stderr.contains(reason), "{variables:?}: {stderr}");
            }
        }
        assert!(!stderr.contains(right), "a password was shown");
    }
}

#[test]
fn a_data_source_names_everything() {
    let server = Postgres::shared();
    let home = tempfile::tempdir().unwrap();
    let text = format!(
        "[warehouse]\r\nDriver=/opt/x.so\nHOST={}\nport={}\nDatabase={}\nUID={}\nPWD={}\nsslmode=Prefer\n",
        server.host(),
        server.port(),
        server.database(),
        server.user(),
        server.password()
    );
    std::fs::write(home.path().join(".odbc.ini"), &text).unwrap();
    std::fs::write(home.path().join("other.ini"), text.replace("warehouse", "elsewhere")).unwrap();
    for (source, variables, expect) in [
        ("warehouse", vec![], Ok("1\n")),
        ("elsewhere", vec![("ODBCINI", "other.ini")], Ok("1\n")),
        ("warehouse", vec![("PGHOST", "nowhere.invalid"), ("PGPASSWORD", "x")], Ok("1\n")),
        ("missing", vec![], Err("rsql: error: data source \"missing\" not found in ")),
        ("warehouse", vec![("RSPASSWORD", "x")], Err("rsql: error: connection to server at ")),
    ] {
        let output = rsql(&home, &variables).args(["-XAtD", source, "-c", "select 1"]).output().unwrap();
        let (code, stdout, stderr) = code_and_text(&output);
        match expect {
            Ok(text) => assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(0), text, ""), "{source}"),
            Err(head) => {
                assert_eq!((code, stdout.as_str()), (Some(2), ""), "{source}");
                assert!(stderr.starts_with(head), "{stderr}");
            }
        }
    }
    // Options are stronger than the data source.
    let output = rsql(&home, &[]).args(["-XD", "warehouse", "-p", "1", "-c", "select 1"]).output().unwrap();
    assert!(code_and_text(&output).2.contains("port 1 failed: Connection refused"));
}

#[test]
fn the_start_up_file_is_read_unless_told_not_to() {
    let server = Postgres::shared();
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = rsql(&home, &[]).envs(server.env()).args(arguments).output().unwrap();
        code_and_text(&output)
    };
    let ask = "\\echo [:greeting]";
    assert_eq!(run(&["-c", ask]).1, "[:greeting]\n");
    std::fs::write(home.path().join(".psqlrc"), "\\set greeting psql\n").unwrap();
    assert_eq!(run(&["-c", ask]).1, "[psql]\n");
    std::fs::write(home.path().join(".rsqlrc"), "\\set greeting rsql\nselect 1/0;\n").unwrap();
    let (code, stdout, stderr) = run(&["-c", ask]);
    assert_eq!((code, stdout.as_str()), (Some(0), "[rsql]\n"));
    assert!(stderr.contains("division by zero"), "{stderr}");
    assert_eq!(run(&["-X", "-c", ask]).1, "[:greeting]\n");
}

/// Starts a long query, sends `signal` once it runs, and gives how the process ended.
fn signalled(signal: Signal) -> (Output, Duration) {
    let server = Postgres::shared();
    let home = tempfile::tempdir().unwrap();
    let name = format!("signalled-{signal}-{}", std::process::id());
    let child = rsql(&home, &[("PGAPPNAME", &name)])
        .envs(server.env())
        .args(["-X", "-c", "\\echo begun", "-c", "select pg_sleep(60)", "-c", "\\echo no"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let sleeping = format!(
        "select count(*) from pg_stat_activity where application_name = '{name}' and wait_event = 'PgSleep'"
    );
    let begun = Instant::now();
    while server.psql(&sleeping) != "1" {
        assert!(begun.elapsed() < PATIENCE, "the query never runs");
    }
    let begun = Instant::now();
    kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(server.psql(&sleeping), "0", "the query goes on after {signal}");
    (output, begun.elapsed())
}

#[test]
fn signals_cancel_the_query() {
    for (signal, code) in [(Signal::SIGINT, 3), (Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let (output, took) = signalled(signal);
        let (got, stdout, stderr) = code_and_text(&output);
        assert_eq!((got, stdout.as_str()), (Some(code), "begun\n"), "{signal}");
        assert_eq!(stderr, "ERROR:  canceling statement due to user request\n", "{signal}");
        assert!(took < Duration::from_secs(5), "{signal}: {took:?}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_program() {
    let server = Postgres::shared();
    let home = tempfile::tempdir().unwrap();
    let mut child = rsql(&home, &[])
        .envs(server.env())
        .args(["-XAt", "-c", "select g from generate_series(1, 10000000) g"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    assert_eq!((status.code(), status.signal()), (Some(141), None));
}

#[test]
fn output_that_cannot_be_written_is_told() {
    for command in
        ["-XAtc 'select 1'", "-XAtc 'select g from generate_series(1, 100000) g'", "--help", "--version"]
    {
        let seen = bash(&format!("rsql {command} > /dev/full"));
        let told = "rsql: error: could not write to standard output: No space left on device\n";
        assert_eq!(seen, (Some(1), String::new(), told.to_owned()), "{command}");
    }
}

#[test]
fn large_results_take_constant_memory() {
    let server = Postgres::shared();
    let home = tempfile::tempdir().unwrap();
    let mut child = rsql(&home, &[])
        .envs(server.env())
        .args([
            "-XAt",
            "-c",
            "select repeat('x', 1000) from generate_series(1, 200000)",
            "-c",
            "\\! exec sleep 60",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // 200 MB pass; when the last byte is here the process sits in `sleep`, its peak behind it.
    let mut stdout = child.stdout.take().unwrap();
    let mut rest: u64 = 200_000 * 1001;
    let mut buffer = vec![0; 1 << 20];
    while rest > 0 {
        rest -= std::io::Read::read(&mut stdout, &mut buffer).unwrap() as u64;
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak_kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
    child.wait().unwrap();
    assert!(peak_kib < 64 * 1024, "peak memory {peak_kib} KiB");
}

#[test]
fn standard_input_may_come_slowly() {
    let server = Postgres::shared();
    let home = tempfile::tempdir().unwrap();
    let mut child = rsql(&home, &[])
        .envs(server.env())
        .arg("-XAt")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    // Each answer is out before the next line goes in.
    for (text, expect) in [("select 1;\n", "1\n"), ("select\n2;\n", "2\n"), ("\\echo three\n", "three\n")] {
        stdin.write_all(text.as_bytes()).unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut stdout, &mut line).unwrap();
        assert_eq!(line, expect);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

/// Runs a bash script that calls `rsql` from its PATH, with the test server in its environment.
fn bash(script: &str) -> (Option<i32>, String, String) {
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_rsql")).parent().unwrap();
    let home = tempfile::tempdir().unwrap();
    let output = Command::new("bash")
        .args(["-c", script])
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()))
        .envs(Postgres::shared().env())
        .current_dir(home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    code_and_text(&output)
}

#[test]
fn shell_scripts_use_it_as_they_use_rsql() {
    for (script, code, stdout) in [
        ("rsql << EOF\n\\exit 7\nEOF\nexit $?", 7, ""),
        (
            "T=pg_class; rsql -t -A << EOF\nselect count(*) > 0 from $T;\n\\remark 'done' :ACTIVITYCOUNT\nEOF",
            0,
            "t\ndone 1\n",
        ),
        ("n=$(rsql -t -A -c 'select 6 * 7'); echo \"[$n]\"", 0, "[42]\n"),
        ("rsql -v day='' -v name='it is' -c '\\echo [:day] [:name]'", 0, "[] [it is]\n"),
        (
            "rsql -a -v ON_ERROR_STOP=1 << EOF\nselect 1/0;\n\\echo no\nEOF\necho code $?",
            0,
            "select 1/0;\ncode 3\n",
        ),
        (
            "rsql << 'EOF'\nselect nope;\n\\if :ERROR <> 0\n\\remark :LAST_ERROR_MESSAGE\n\\exit 11\n\\endif\nEOF\nexit $?",
            11,
            "column \"nope\" does not exist\n",
        ),
        ("echo '\\echo from a pipe' | rsql; rsql -c '\\exit 4'; echo $?", 0, "from a pipe\n4\n"),
        ("rsql -c '\\os echo one' -c '\\echo two' -c '\\! echo three'", 0, "one\ntwo\nthree\n"),
        ("rsql -p 1 -c 'select 1' 2>/dev/null; echo $?", 0, "2\n"),
        ("rsql -f missing.rsql 2>/dev/null; echo $?", 0, "1\n"),
        ("rsql -c '\\exit 256'; echo $?; rsql -c '\\exit 257'; echo $?", 0, "0\n1\n"),
        (
            "rsql -q << EOF\n\\rset errorlevel 22012 severity 256\n\\rset maxerror 3\nselect 1/0;\nEOF\necho $?",
            0,
            "Errorlevel is on.\n255\n",
        ),
        ("rsql --version | grep -c '^rsql [0-9]'; rsql '-?' | grep -c -- '--dsn'", 0, "1\n1\n"),
    ] {
        let (got, text, stderr) = bash(script);
        assert_eq!((got, text.as_str()), (Some(code), stdout), "{script}\n{stderr}");
    }
}

/// psql joins what stands before a zero byte with the next line. Here nothing of such a statement is run.
#[test]
fn a_zero_byte_in_a_statement_is_an_error_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let script = b"delete from pg_temp.x where a = 1\0 and b = 2;\n\\echo :ERRORCODE :LAST_ERROR_MESSAGE\nselect 2 as b;\n";
    std::fs::write(home.path().join("job.sql"), script).unwrap();
    let variables = Postgres::shared().env();
    let output = rsql(&home, &[]).envs(variables).args(["-X", "-At", "-f", "job.sql"]).output().unwrap();
    let (code, stdout, stderr) = code_and_text(&output);
    let message = "statement holds a zero byte, which SQL text cannot hold";
    assert_eq!((code, stdout), (Some(0), format!("22021 {message}\n2\n")));
    assert!(stderr.starts_with(&format!("rsql:job.sql:1: ERROR:  {message}\nHINT:  Remove it")), "{stderr}");
}
