//! The local AWS endpoint for tests, through `tests/moto.sh`: one for the whole run, with a stack of its own for each test.
//!
//! Tests reach it as the product reaches AWS, by the `AWS_*` variables of their own process. It holds no client of a
//! service; a test that asks one itself uses the AWS CLI ([`Moto::aws`]) or the product's adapters.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/moto.sh");
/// Longest wait for the resources of a stack: the endpoint answers one request at a time, and many tests ask.
const STACK_LIMIT: Duration = Duration::from_secs(120);

/// A running endpoint.
#[derive(Debug)]
pub struct Moto {
    environment: Vec<(String, String)>,
}

impl Moto {
    /// The endpoint of the whole test run, as `make test` sets it in this process's environment.
    ///
    /// Where none is set (the test was started by hand), it starts one, and then **this process begins anew** with the
    /// variables set: a process may not change its own environment while it has threads. So call it first in a test.
    /// Many tests by hand are quicker after `eval "$(tests/moto.sh start /tmp/moto)"`.
    ///
    /// # Panics
    /// When no endpoint can be started.
    pub fn shared() -> &'static Moto {
        static SHARED: OnceLock<Moto> = OnceLock::new();
        SHARED.get_or_init(|| {
            if std::env::var_os("FLEET_TEST_AWS").is_none() {
                begin_anew();
            }
            let ours =
                |(name, _): &(String, String)| name.starts_with("AWS_") || name.starts_with("FLEET_MOTO_");
            Moto { environment: std::env::vars().filter(ours).collect() }
        })
    }

    /// An endpoint of this process's own, with nothing in it, which ends with the process: for what is bigger than a stack.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn own() -> Moto {
        Moto { environment: started("own-moto") }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        self.variable("AWS_ENDPOINT_URL")
    }

    /// The variables that lead the SDKs and the AWS CLI here and nowhere else. Children of a test inherit them already;
    /// this is for those that are started with an environment of their own.
    pub fn environment(&self) -> Vec<(String, String)> {
        self.environment.clone()
    }

    /// Makes the resources of a new stack without pools, and returns its name.
    pub fn stack(&self) -> String {
        self.stack_with_pools(&[])
    }

    /// Makes the resources of a new stack whose jobs queues include these pools', and returns its name.
    ///
    /// # Panics
    /// When they cannot be made; the message is the endpoint's.
    pub fn stack_with_pools(&self, pools: &[&str]) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let pools: String = pools.iter().map(|pool| format!("&pool={pool}")).collect();
        let answer = self
            .post(&format!("/fleet/stack?name={name}{pools}"))
            .unwrap_or_else(|error| panic_with(&format!("the local AWS endpoint did not answer: {error}")));
        assert!(answer.starts_with("HTTP/1.1 200"), "the stack {name} could not be made: {answer}");
        name
    }

    /// Runs the AWS CLI and returns what it prints: JSON, unless `--output` says otherwise.
    ///
    /// # Panics
    /// When it fails; the message is its own.
    pub fn aws<S: AsRef<OsStr>>(&self, args: &[S]) -> String {
        let output = self.output_of_aws(args);
        let shown: Vec<_> = args.iter().map(|arg| arg.as_ref().to_string_lossy()).collect();
        assert!(
            output.status.success(),
            "aws {} failed: {}",
            shown.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs the AWS CLI, whatever comes of it. It takes about a second to start.
    ///
    /// # Panics
    /// When it cannot be started at all.
    pub fn output_of_aws<S: AsRef<OsStr>>(&self, args: &[S]) -> Output {
        // Said once more: for SQS alone, version 1 of the CLI does not look at AWS_ENDPOINT_URL.
        Command::new(self.bin().join("aws"))
            .args(["--endpoint-url", self.endpoint()])
            .args(args)
            .envs(self.environment())
            .stdin(Stdio::null())
            .output()
            .expect("the AWS CLI lies beside the endpoint's Python; run `make test`")
    }

    /// Folder of `aws` and `python`, for a PATH.
    pub fn bin(&self) -> &Path {
        Path::new(self.variable("FLEET_MOTO_PYTHON")).parent().unwrap_or(Path::new("."))
    }

    fn variable(&self, name: &str) -> &str {
        let found = self.environment.iter().find(|(known, _)| known == name);
        found.map_or_else(
            || panic_with(&format!("{name} is not set; tests/moto.sh sets it")),
            |(_, value)| value,
        )
    }

    fn post(&self, path: &str) -> std::io::Result<String> {
        let host = self.endpoint().trim_start_matches("http://");
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(STACK_LIMIT))?;
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

/// Starts an endpoint that ends with this process. Returns its variables.
fn started(name: &str) -> Vec<(String, String)> {
    let dir: PathBuf = std::env::temp_dir().join(format!("rsql-fleet-{name}-{}", std::process::id()));
    let pid = std::process::id().to_string();
    let output = Command::new("bash")
        .args([
            OsStr::new(SCRIPT),
            OsStr::new("start"),
            dir.as_os_str(),
            OsStr::new("--until"),
            OsStr::new(&pid),
        ])
        .stdin(Stdio::null())
        .output()
        .expect("bash is a prerequisite of the tests; run `make test`");
    assert!(output.status.success(), "moto.sh failed: {}", String::from_utf8_lossy(&output.stderr));
    let exports = String::from_utf8_lossy(&output.stdout).into_owned();
    let variables = exports.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Replaces this process by itself, with the variables of an endpoint that ends with it.
fn begin_anew() -> ! {
    let variables = started("moto");
    let myself = std::env::current_exe().expect("the system tells a process its executable");
    // The process id stays, and with it the endpoint.
    let error = Command::new(myself)
        .args(std::env::args_os().skip(1))
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN")
        .envs(variables)
        .exec();
    panic_with(&format!("the test could not begin anew with the endpoint's variables: {error}"))
}

#[expect(clippy::panic, reason = "a test helper: the caller is a test, and a panic is how a test fails")]
fn panic_with(message: &str) -> ! {
    panic!("{message}")
}
