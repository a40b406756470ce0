//! PostgreSQL servers for tests, through `tests/postgres.sh`: one shared by everybody, or a private one that
//! a test may stop and restart as it likes.
//!
//! It does not speak the protocol itself: what a test asks the server, the real `psql` asks.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/postgres.sh");
const BINDIR_DEFAULT: &str = "/usr/lib/postgresql/15/bin";

/// One database of a running server, with superuser rights.
#[derive(Debug)]
pub struct Postgres {
    uri: String,
    bindir: PathBuf,
    cleanup: Cleanup,
}

/// How a server that must be gone in any case is stopped.
#[derive(Clone, Copy, Debug)]
pub enum StopMode {
    /// Sessions are cut off, and the server ends in good order.
    Fast,
    /// The server is simply gone, as after a crash.
    Immediate,
}

#[derive(Debug)]
enum Cleanup {
    /// The server belongs to somebody else (or to the whole process).
    Nothing,
    /// Remove the server whose files lie here.
    Server(PathBuf),
    /// Drop this database, by way of the one named in the URI.
    Database { admin_uri: String, name: String },
}

impl Postgres {
    /// The server of the whole test run: the one in `FLEET_TEST_PG` (as `make test` sets it), else one that is
    /// started now and removed when this process has ended.
    ///
    /// # Panics
    /// When no server can be started.
    pub fn shared() -> &'static Postgres {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| {
            let Ok(uri) = std::env::var("FLEET_TEST_PG") else {
                let mut server = Postgres::start();
                // A static is never dropped: the script's watch on our process id removes this one.
                server.cleanup = Cleanup::Nothing;
                return server;
            };
            let bindir = std::env::var("FLEET_PG_BINDIR").unwrap_or_else(|_| BINDIR_DEFAULT.to_owned());
            Postgres { uri, bindir: bindir.into(), cleanup: Cleanup::Nothing }
        })
    }

    /// A server of the caller's own, removed when the value is dropped or the process ends, however it ends.
    ///
    /// # Panics
    /// When it cannot be started; the message carries the end of the server's log.
    pub fn start() -> Postgres {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("rsql-fleet-test-{}-{number}", std::process::id()));
        let pid = std::process::id().to_string();
        let exports =
            script(&[OsStr::new("start"), dir.as_os_str(), OsStr::new("--until"), OsStr::new(&pid)]);
        let value = |name: &str| {
            exported(&exports, name).unwrap_or_else(|| panic_with(&format!("no {name} in: {exports}")))
        };
        Postgres {
            uri: value("FLEET_TEST_PG"),
            bindir: value("FLEET_PG_BINDIR").into(),
            cleanup: Cleanup::Server(dir),
        }
    }

    /// A new, empty database on this server, dropped with the value: tests that share a server and use fixed
    /// table names take one each.
    pub fn new_database(&self) -> Postgres {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        self.psql(&format!("create database {name}"));
        Postgres {
            uri: format!("{}/{name}", self.server_uri()),
            bindir: self.bindir.clone(),
            cleanup: Cleanup::Database { admin_uri: self.uri.clone(), name },
        }
    }

    /// `postgresql://user:password@host:port/database`.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Host name or address.
    pub fn host(&self) -> &str {
        self.parts().host
    }

    /// TCP port.
    pub fn port(&self) -> u16 {
        self.parts().port.parse().expect("the URI was written by postgres.sh, which puts a port number there")
    }

    /// Superuser's name.
    pub fn user(&self) -> &str {
        self.parts().user
    }

    /// Superuser's password.
    pub fn password(&self) -> &str {
        self.parts().password
    }

    /// Database name.
    pub fn database(&self) -> &str {
        self.parts().database
    }

    /// The `PG*` variables that lead `psql`, `rsql` and `rsqlctl` to this database.
    pub fn env(&self) -> [(&'static str, String); 5] {
        let parts = self.parts();
        [
            ("PGHOST", parts.host.to_owned()),
            ("PGPORT", parts.port.to_owned()),
            ("PGUSER", parts.user.to_owned()),
            ("PGPASSWORD", parts.password.to_owned()),
            ("PGDATABASE", parts.database.to_owned()),
        ]
    }

    /// The real psql, not the distribution's wrapper around it.
    pub fn psql_path(&self) -> PathBuf {
        self.bindir.join("psql")
    }

    /// Runs SQL through the real psql and returns its rows: unaligned, `|` between columns, no header.
    ///
    /// # Panics
    /// When psql fails; the message is psql's.
    pub fn psql(&self, sql: &str) -> String {
        let output = self.psql_output(&self.uri, sql);
        assert!(
            output.status.success(),
            "psql failed on `{sql}`: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()
    }

    /// Stops a private server and starts it again on the same port, with its data.
    pub fn restart(&self, mode: StopMode) {
        script(&[
            OsStr::new("restart"),
            self.own_dir().as_os_str(),
            OsStr::new("-m"),
            OsStr::new(mode.name()),
        ]);
    }

    /// Stops a private server; its data stay. [`Postgres::start_again`] brings it back on the same port.
    pub fn stop(&self, mode: StopMode) {
        script(&[OsStr::new("stop"), self.own_dir().as_os_str(), OsStr::new("-m"), OsStr::new(mode.name())]);
    }

    /// Starts a private server that was stopped.
    pub fn start_again(&self) {
        script(&[OsStr::new("start"), self.own_dir().as_os_str()]);
    }

    fn psql_output(&self, uri: &str, sql: &str) -> Output {
        Command::new(self.psql_path())
            .args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", uri, "-c", sql])
            .stdin(Stdio::null())
            .output()
            .expect("psql comes with the server that postgres.sh has started; run `make test`")
    }

    fn own_dir(&self) -> &Path {
        match &self.cleanup {
            Cleanup::Server(dir) => dir,
            _ => panic_with("only a server from Postgres::start() may be stopped: this one has other users"),
        }
    }

    fn server_uri(&self) -> &str {
        self.uri.rsplit_once('/').map_or(self.uri.as_str(), |(server, _)| server)
    }

    fn parts(&self) -> Parts<'_> {
        Parts::of(&self.uri).unwrap_or_else(|| {
            panic_with(
                "FLEET_TEST_PG must read postgresql://user:password@host:port/database; `make test` sets it",
            )
        })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        match &self.cleanup {
            Cleanup::Nothing => {}
            // Both at best effort: a panic in a drop would hide the test's own, and the watch on our process
            // id removes what is left.
            Cleanup::Server(dir) => {
                run_script(&[OsStr::new("remove"), dir.as_os_str()]);
            }
            Cleanup::Database { admin_uri, name } => {
                self.psql_output(admin_uri, &format!("drop database if exists {name} with (force)"));
            }
        }
    }
}

impl StopMode {
    fn name(self) -> &'static str {
        match self {
            StopMode::Fast => "fast",
            StopMode::Immediate => "immediate",
        }
    }
}

struct Parts<'a> {
    user: &'a str,
    password: &'a str,
    host: &'a str,
    port: &'a str,
    database: &'a str,
}

impl<'a> Parts<'a> {
    /// Only the form that `postgres.sh` writes: nothing in it needs an escape.
    fn of(uri: &'a str) -> Option<Parts<'a>> {
        let (login, place) = uri.strip_prefix("postgresql://")?.split_once('@')?;
        let (user, password) = login.split_once(':')?;
        let (address, database) = place.split_once('/')?;
        let (host, port) = address.split_once(':')?;
        Some(Parts { user, password, host, port, database })
    }
}

/// Runs `postgres.sh` and returns what it prints.
fn script(args: &[&OsStr]) -> String {
    let output = run_script(args);
    assert!(
        output.status.success(),
        "postgres.sh {args:?} failed ({}): {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn run_script(args: &[&OsStr]) -> Output {
    Command::new("bash")
        .arg(SCRIPT)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("bash is a prerequisite of the tests; run `make test`")
}

/// The value of NAME in lines of the form `export NAME=value OTHER=value`.
fn exported(exports: &str, name: &str) -> Option<String> {
    let pair = exports.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    pair.map(str::to_owned)
}

#[expect(clippy::panic, reason = "a test helper: the caller is a test, and a panic is how a test fails")]
fn panic_with(message: &str) -> ! {
    panic!("{message}")
}
