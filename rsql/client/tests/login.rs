//! Authentication methods and TLS modes against a private server whose rules the tests set.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use fleet_tests::postgres::Postgres;
use rsql_client::{ConnectOptions, Secret, Session, SessionError, SslMode};

/// A server with one role for each method of authentication, and TLS by a certificate for `localhost`.
struct Guarded {
    server: Postgres,
    /// Holds the authority's certificate.
    files: tempfile::TempDir,
}

impl Guarded {
    fn start() -> Guarded {
        let server = Postgres::start();
        let files = tempfile::tempdir().unwrap();
        openssl(
            &files,
            &["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
        )
        .args(["-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=test authority"])
        .run();
        openssl(&files, &["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
            .args(["-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost"])
            .run();
        std::fs::write(files.path().join("names"), "subjectAltName=DNS:localhost").unwrap();
        openssl(&files, &["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key"])
            .args(["-CAcreateserial", "-out", "server.pem", "-days", "30", "-extfile", "names"])
            .run();
        let guarded = Guarded { server, files };
        guarded.install("server.pem", "server.crt");
        guarded.install("server.key", "server.key");
        guarded.set_rules(
            "host all in_clear 127.0.0.1/32 password\n\
             host all by_md5 127.0.0.1/32 md5\n\
             host all nobody_checks 127.0.0.1/32 trust\n\
             hostssl all only_tls 127.0.0.1/32 trust\n\
             hostnossl all never_tls 127.0.0.1/32 trust\n\
             host all etl,by_scram 127.0.0.1/32 scram-sha-256\n",
        );
        guarded.server.psql(
            "create role in_clear login password 'p'; create role by_scram login password 'p'; \
             set password_encryption = 'md5'; create role by_md5 login password 'p'; \
             create role nobody_checks login; create role only_tls login; create role never_tls login",
        );
        guarded.server.psql("alter system set ssl = on");
        guarded.server.psql("select pg_reload_conf()");
        guarded
    }

    /// Puts a file into the server's data folder, as its user, with the rights a key must have.
    fn install(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.files.path().join(from)).unwrap();
        self.write(&text, to);
    }

    fn set_rules(&self, rules: &str) {
        self.write(rules, "pg_hba.conf");
    }

    fn write(&self, text: &str, to: &str) {
        // COPY escapes line ends, so each line is a row.
        let program = format!("cat > {to}.new && chmod 600 {to}.new && mv {to}.new {to}");
        let rows = text.trim_end();
        self.server.psql(&format!(
            "copy (select unnest(string_to_array('{rows}', chr(10)))) to program '{program}'"
        ));
    }

    async fn connect(&self, host: &str, user: &str, password: Option<&str>, mode: SslMode) -> Outcome {
        let mut options = ConnectOptions::from_uri(self.server.uri()).unwrap();
        options.host = host.to_owned();
        options.user = user.to_owned();
        options.password = password.map(Secret::new);
        options.sslmode = mode;
        self.outcome(options).await
    }

    async fn outcome(&self, options: ConnectOptions) -> Outcome {
        match Session::connect(&options).await {
            Ok(session) => {
                let outcome = if session.encryption().is_some() { Outcome::Tls } else { Outcome::Plain };
                session.close().await;
                outcome
            }
            Err(SessionError::Connect { message, .. }) => {
                let (_, reason) = message.rsplit_once("failed: ").unwrap_or(("", &message));
                Outcome::Refused(reason.to_owned())
            }
            Err(other) => Outcome::Refused(format!("{other:?}")),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Plain,
    Tls,
    Refused(String),
}

fn refused(reason: &str) -> Outcome {
    Outcome::Refused(reason.to_owned())
}

struct Openssl(std::process::Command);

fn openssl(files: &tempfile::TempDir, arguments: &[&str]) -> Openssl {
    let mut command = std::process::Command::new("openssl");
    command.args(arguments).current_dir(files.path());
    Openssl(command)
}

impl Openssl {
    fn args<const N: usize>(mut self, arguments: [&str; N]) -> Openssl {
        self.0.args(arguments);
        self
    }

    fn run(mut self) {
        let output = self.0.output().expect("openssl comes with Debian's PostgreSQL packages");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[tokio::test]
async fn every_method_and_every_mode() {
    let guarded = Guarded::start();
    methods(&guarded).await;
    modes(&guarded).await;
    certificates(&guarded).await;
}

async fn methods(guarded: &Guarded) {
    use SslMode::{Disable, Prefer, Require};
    let wrong =
        |user| Outcome::Refused(format!("FATAL:  password authentication failed for user \"{user}\""));
    for (user, password, mode, expect) in [
        ("nobody_checks", None, Disable, Outcome::Plain),
        ("by_scram", Some("p"), Disable, Outcome::Plain),
        ("by_scram", Some("p"), Prefer, Outcome::Tls),
        ("by_scram", Some("q"), Disable, wrong("by_scram")),
        ("by_scram", None, Disable, refused("fe_sendauth: no password supplied")),
        ("by_md5", Some("p"), Disable, Outcome::Plain),
        ("by_md5", Some("q"), Prefer, wrong("by_md5")),
        ("in_clear", Some("p"), Require, Outcome::Tls),
        ("in_clear", Some("p"), Disable, Outcome::Plain),
        ("in_clear", Some("q"), Require, wrong("in_clear")),
    ] {
        let outcome = guarded.connect("127.0.0.1", user, password, mode).await;
        assert_eq!(outcome, expect, "{user} {password:?} {mode:?}");
    }
}

async fn modes(guarded: &Guarded) {
    use SslMode::{Allow, Disable, Prefer, Require};
    for (user, mode, expect) in [
        ("only_tls", Disable, None),
        ("only_tls", Allow, Some(Outcome::Tls)),
        ("only_tls", Prefer, Some(Outcome::Tls)),
        ("only_tls", Require, Some(Outcome::Tls)),
        ("never_tls", Disable, Some(Outcome::Plain)),
        ("never_tls", Allow, Some(Outcome::Plain)),
        ("never_tls", Prefer, Some(Outcome::Plain)),
        ("never_tls", Require, None),
    ] {
        let outcome = guarded.connect("127.0.0.1", user, None, mode).await;
        match expect {
            Some(expect) => assert_eq!(outcome, expect, "{user} {mode:?}"),
            None => assert!(
                matches!(&outcome, Outcome::Refused(text) if text.contains("no pg_hba.conf entry")),
                "{user} {mode:?}: {outcome:?}"
            ),
        }
    }
}

async fn certificates(guarded: &Guarded) {
    use SslMode::{Require, VerifyCa, VerifyFull};
    let ours = guarded.files.path().join("ca.pem");
    let missing = guarded.files.path().join("missing.pem");
    let unknown = "SSL error: invalid peer certificate: UnknownIssuer";
    let no_file = format!("root certificate file \"{}\" does not exist", missing.display());
    for (host, mode, roots, expect) in [
        ("localhost", VerifyFull, Some(&ours), Ok(())),
        ("localhost", VerifyCa, Some(&ours), Ok(())),
        ("127.0.0.1", VerifyCa, Some(&ours), Ok(())),
        (
            "127.0.0.1",
            VerifyFull,
            Some(&ours),
            Err("SSL error: invalid peer certificate: certificate not valid"),
        ),
        ("localhost", VerifyFull, None, Err(unknown)),
        ("localhost", VerifyCa, None, Err(unknown)),
        ("localhost", Require, None, Ok(())),
        ("localhost", Require, Some(&missing), Err(no_file.as_str())),
    ] {
        let mut options = ConnectOptions::from_uri(guarded.server.uri()).unwrap();
        options.host = host.to_owned();
        options.user = "only_tls".to_owned();
        options.password = None;
        options.sslmode = mode;
        options.sslrootcert = roots.cloned();
        let outcome = guarded.outcome(options).await;
        match expect {
            Ok(()) => assert_eq!(outcome, Outcome::Tls, "{host} {mode:?} {roots:?}"),
            Err(expect) => assert!(
                matches!(&outcome, Outcome::Refused(text) if text.starts_with(expect)),
                "{host} {mode:?} {roots:?}: {outcome:?}"
            ),
        }
    }
}
