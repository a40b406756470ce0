//! A private server with TLS, a certificate authority of the test's own, and rules for who logs in how.
//!
//! Tests nothing itself.

use fleet_tests::postgres::{Postgres, StopMode};
use rsql_client::{ConnectOptions, Session, SessionError, SslMode};

/// A server with one role for each method of authentication, and TLS by a certificate for `localhost`.
pub(crate) struct Guarded {
    pub(crate) server: Postgres,
    /// Holds the authority's certificate.
    pub(crate) files: tempfile::TempDir,
}

impl Guarded {
    /// Starts it with a certificate for `localhost`. `roles` are SQL, `rules` the lines of `pg_hba.conf`.
    pub(crate) fn start(rules: &str, roles: &str) -> Guarded {
        let server = Postgres::start();
        let guarded = Guarded { server, files: tempfile::tempdir().unwrap() };
        guarded.make_key("ca");
        guarded.openssl("req -x509 -new -key ca.key -out ca.pem -days 30 -subj", &["/CN=test authority"]);
        guarded.make_certificate("server", "localhost", "30");
        guarded.install("server.pem", "server.crt");
        guarded.install("server.key", "server.key");
        guarded.install("ca.pem", "ca.crt");
        guarded.set_rules(rules);
        guarded.server.psql(roles);
        guarded.server.psql("alter system set ssl_ca_file = 'ca.crt'");
        guarded.server.psql("alter system set ssl = on");
        guarded.server.restart(StopMode::Fast);
        guarded
    }

    /// Makes `NAME.key` and `NAME.pem`, a certificate of our authority.
    pub(crate) fn make_certificate(&self, name: &str, subject: &str, days: &str) {
        self.make_key(name);
        let subject_argument = format!("/CN={subject}");
        self.openssl(&format!("req -new -key {name}.key -out {name}.csr -subj"), &[&subject_argument]);
        std::fs::write(self.file("names"), format!("subjectAltName=DNS:{subject}")).unwrap();
        self.openssl(
            &format!(
                "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out {name}.pem -extfile names -days"
            ),
            &[days],
        );
    }

    fn make_key(&self, name: &str) {
        let arguments =
            format!("genpkey -algorithm ec -pkeyopt ec_paramgen_curve:prime256v1 -out {name}.key");
        self.openssl(&arguments, &[]);
    }

    /// Runs openssl with these arguments, split at blanks, and those as they are.
    pub(crate) fn openssl(&self, arguments: &str, more: &[&str]) {
        let mut command = std::process::Command::new("openssl");
        command.args(arguments.split(' ')).args(more).current_dir(self.files.path());
        let output = command.output().expect("openssl comes with Debian's PostgreSQL packages");
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The path of a file of ours.
    pub(crate) fn file(&self, name: &str) -> std::path::PathBuf {
        self.files.path().join(name)
    }

    /// Options for `user` on `host`, which the server knows under this name.
    pub(crate) fn options(&self, host: &str, user: &str, mode: SslMode) -> ConnectOptions {
        let mut options = ConnectOptions::from_uri(self.server.uri()).unwrap();
        options.host = host.to_owned();
        options.user = user.to_owned();
        options.password = None;
        options.sslmode = mode;
        options
    }

    /// Puts a file into the server's data folder, as its user, with the rights a key must have.
    pub(crate) fn install(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.file(from)).unwrap();
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

    /// What comes of a connection.
    pub(crate) async fn outcome(&self, options: ConnectOptions) -> Outcome {
        match Session::connect(&options).await {
            Ok(session) => {
                let outcome = if session.encryption().is_some() { Outcome::Tls } else { Outcome::Plain };
                session.close().await;
                outcome
            }
            Err(SessionError::Connect { message, .. }) => {
                let (_, reason) = message.split_once(" failed: ").unwrap_or(("", &message));
                Outcome::Refused(reason.to_owned())
            }
            Err(other) => Outcome::Refused(format!("{other:?}")),
        }
    }
}

/// What came of a connection; the reason without the server's name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Plain,
    Tls,
    Refused(String),
}
