//! Authentication methods, and whether TLS is used, against a private server whose rules the tests set.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod guarded;

use guarded::{Guarded, Outcome};
use rsql_client::{ConnectOptions, Secret, SslMode};

/// Roles for each method of authentication.
fn start() -> Guarded {
    Guarded::start(
        "host all in_clear 127.0.0.1/32 password\n\
         host all by_md5 127.0.0.1/32 md5\n\
         host all nobody_checks 127.0.0.1/32 trust\n\
         hostssl all only_tls 127.0.0.1/32 trust\n\
         hostnossl all never_tls 127.0.0.1/32 trust\n\
         host all etl,by_scram 127.0.0.1/32 scram-sha-256\n",
        "create role in_clear login password 'p'; create role by_scram login password 'p'; \
         set password_encryption = 'md5'; create role by_md5 login password 'p'; \
         create role nobody_checks login; create role only_tls login; create role never_tls login",
    )
}

async fn connect(
    guarded: &Guarded,
    host: &str,
    user: &str,
    password: Option<&str>,
    mode: SslMode,
) -> Outcome {
    let options = ConnectOptions { password: password.map(Secret::new), ..guarded.options(host, user, mode) };
    guarded.outcome(options).await
}

fn refused(reason: &str) -> Outcome {
    Outcome::Refused(reason.to_owned())
}

#[tokio::test]
async fn every_method_and_every_mode() {
    let guarded = start();
    methods(&guarded).await;
    modes(&guarded).await;
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
        let outcome = connect(guarded, "127.0.0.1", user, password, mode).await;
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
        let outcome = connect(guarded, "127.0.0.1", user, None, mode).await;
        match expect {
            Some(expect) => assert_eq!(outcome, expect, "{user} {mode:?}"),
            None => assert!(
                matches!(&outcome, Outcome::Refused(text) if text.contains("no pg_hba.conf entry")),
                "{user} {mode:?}: {outcome:?}"
            ),
        }
    }
}
