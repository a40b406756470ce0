//! TLS against a private server: what a certificate is held to, own certificates, revocation, versions, channel binding.
//!
//! Whether TLS is used at all is in `login.rs`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

mod guarded;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use fleet_tests::postgres::StopMode;
use guarded::{Guarded, Outcome};
use rsql_client::options::{ChannelBinding, NameIndication, TlsVersion};
use rsql_client::{ConnectOptions, Secret, Session, SslMode};

fn start() -> Guarded {
    Guarded::start(
        "hostssl all anybody 127.0.0.1/32 trust\n\
         hostssl all by_cert 127.0.0.1/32 cert\n\
         host all by_md5 127.0.0.1/32 md5\n\
         host all etl,by_scram 127.0.0.1/32 scram-sha-256\n",
        "create role anybody login; create role by_cert login; create role by_scram login password 'p'; \
         set password_encryption = 'md5'; create role by_md5 login password 'p'",
    )
}

#[track_caller]
fn check(outcome: &Outcome, expect: Result<(), &str>, what: &str) {
    match (outcome, expect) {
        (Outcome::Tls, Ok(())) => {}
        (Outcome::Refused(text), Err(expect)) if text.contains(expect) => {}
        _ => panic!("{what}: {outcome:?} instead of {expect:?}"),
    }
}

#[tokio::test]
async fn tls_in_all_its_corners() {
    let guarded = start();
    authorities_and_names(&guarded).await;
    own_certificates(&guarded).await;
    versions(&guarded).await;
    channel_binding(&guarded).await;
    revocation(&guarded).await;
    // These change what the server presents.
    guarded.make_certificate("old", "localhost", "-1");
    guarded.install("old.pem", "server.crt");
    guarded.install("old.key", "server.key");
    guarded.server.restart(StopMode::Fast);
    old_certificates(&guarded).await;
}

async fn authorities_and_names(guarded: &Guarded) {
    use SslMode::{Require, VerifyCa, VerifyFull};
    let named = |name: &str| Some(guarded.file(name));
    let unknown =
        "SSL error: certificate verify failed: its issuer is not trusted\n\tName the file of the authority's";
    let no_file = "missing.pem\" does not exist\nEither provide the file or change sslmode";
    let other_name =
        "server certificate for \"localhost\" does not match host name \"127.0.0.1\"\n\tConnect by a name";
    std::fs::write(guarded.file("empty.pem"), "").unwrap();
    for (host, mode, roots, expect) in [
        ("localhost", VerifyFull, named("ca.pem"), Ok(())),
        ("localhost", VerifyCa, named("ca.pem"), Ok(())),
        ("127.0.0.1", VerifyCa, named("ca.pem"), Ok(())),
        ("localhost", Require, None, Ok(())),
        ("localhost", Require, named("ca.pem"), Ok(())),
        ("127.0.0.1", VerifyFull, named("ca.pem"), Err(other_name)),
        ("localhost", VerifyFull, None, Err(unknown)),
        ("localhost", VerifyCa, Some(PathBuf::from("system")), Err(unknown)),
        ("localhost", VerifyFull, Some(PathBuf::from("bundled")), Err(unknown)),
        ("localhost", Require, named("missing.pem"), Err(no_file)),
        ("localhost", Require, named("empty.pem"), Err("no certificate in it")),
    ] {
        let what = format!("{host} {mode:?} {roots:?}");
        let options = ConnectOptions { sslrootcert: roots, ..guarded.options(host, "anybody", mode) };
        check(&guarded.outcome(options).await, expect, &what);
    }
    // The certificate goes by the name, whatever address is connected to.
    let mut options = guarded.options("localhost", "anybody", VerifyFull);
    options.sslrootcert = named("ca.pem");
    options.host_address = Some("127.0.0.1".parse().unwrap());
    options.tls.name_indication = NameIndication::Withheld;
    check(&guarded.outcome(options).await, Ok(()), "hostaddr");
}

async fn own_certificates(guarded: &Guarded) {
    guarded.make_certificate("client", "by_cert", "30");
    let protect = |mode| {
        std::fs::set_permissions(guarded.file("client.key"), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let with = |certificate: &str, key: &str| {
        let mut options = guarded.options("localhost", "by_cert", SslMode::Require);
        options.tls.certificate = Some(guarded.file(certificate));
        options.tls.key = Some(guarded.file(key));
        options
    };
    protect(0o600);
    check(&guarded.outcome(with("client.pem", "client.key")).await, Ok(()), "own certificate");
    let without = guarded.options("localhost", "by_cert", SslMode::Require);
    let no_certificate = Err("connection requires a valid client certificate");
    check(&guarded.outcome(without).await, no_certificate, "no certificate");
    check(&guarded.outcome(with("none.pem", "client.key")).await, no_certificate, "missing certificate");
    let missing = Err("certificate present, but not private key file");
    check(&guarded.outcome(with("client.pem", "none.key")).await, missing, "missing key");
    let no_key = Err("no private key in it that is not encrypted");
    check(
        &guarded.outcome(with("client.pem", "ca.pem")).await,
        Err("has group or world access"),
        "open file",
    );
    protect(0o644);
    check(
        &guarded.outcome(with("client.pem", "client.key")).await,
        Err("has group or world access"),
        "open key",
    );
    protect(0o600);
    guarded.openssl("pkey -in client.key -aes256 -passout pass:x -out locked.key", &[]);
    check(&guarded.outcome(with("client.pem", "locked.key")).await, no_key, "encrypted key");
    // Files in ~/.postgresql are used unasked.
    let mut unasked = guarded.options("localhost", "by_cert", SslMode::VerifyFull);
    let home = guarded.file("home");
    std::fs::create_dir(&home).unwrap();
    for (from, to) in
        [("client.pem", "postgresql.crt"), ("client.key", "postgresql.key"), ("ca.pem", "root.crt")]
    {
        std::fs::copy(guarded.file(from), home.join(to)).unwrap();
    }
    unasked.tls.home = Some(home);
    check(&guarded.outcome(unasked).await, Ok(()), "files of the home directory");
}

async fn versions(guarded: &Guarded) {
    for (oldest, newest, expect) in [
        (TlsVersion::V12, None, "TLSv1.3 TLS_AES_256_GCM_SHA384"),
        (TlsVersion::V12, Some(TlsVersion::V12), "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384"),
        (TlsVersion::V13, None, "TLSv1.3 TLS_AES_256_GCM_SHA384"),
    ] {
        let mut options = guarded.options("localhost", "anybody", SslMode::Require);
        (options.tls.oldest, options.tls.newest) = (oldest, newest);
        let session = Session::connect(&options).await.unwrap();
        let (protocol, cipher) = session.encryption().unwrap();
        assert_eq!(format!("{protocol} {cipher}"), expect);
        session.close().await;
    }
}

async fn channel_binding(guarded: &Guarded) {
    let not_offered = "channel binding is required, but server did not offer";
    for (user, mode, expect) in [
        ("by_scram", SslMode::Require, Ok(())),
        ("by_scram", SslMode::Disable, Err("channel binding required, but SSL not in use")),
        ("by_md5", SslMode::Require, Err("channel binding required but not supported by server's")),
        ("anybody", SslMode::Require, Err("server authenticated client without channel binding")),
    ] {
        let mut options = guarded.options("localhost", user, mode);
        options.password = Some(Secret::new("p"));
        options.channel_binding = ChannelBinding::Require;
        let outcome = guarded.outcome(options).await;
        assert!(!format!("{outcome:?}").contains(not_offered), "{user}: {outcome:?}");
        check(&outcome, expect, user);
    }
    for binding in [ChannelBinding::Disable, ChannelBinding::Prefer] {
        let mut options = guarded.options("localhost", "by_scram", SslMode::Require);
        options.password = Some(Secret::new("p"));
        options.channel_binding = binding;
        check(&guarded.outcome(options).await, Ok(()), &format!("{binding:?}"));
    }
}

async fn revocation(guarded: &Guarded) {
    let settings = "[ca]\ndefault_ca=c\n[c]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=30\ncrlnumber=number\n";
    std::fs::write(guarded.file("ca.cnf"), settings).unwrap();
    std::fs::write(guarded.file("index.txt"), "").unwrap();
    // Without a number the lists would be of version 1.
    std::fs::write(guarded.file("number"), "01\n").unwrap();
    let ca = "ca -config ca.cnf -keyfile ca.key -cert ca.pem";
    guarded.openssl(&format!("{ca} -gencrl -out none.crl"), &[]);
    guarded.openssl(&format!("{ca} -revoke server.pem"), &[]);
    let folder = guarded.file("lists");
    std::fs::create_dir(&folder).unwrap();
    guarded.openssl(&format!("{ca} -gencrl -out lists/revoked.crl"), &[]);
    let revoked = "SSL error: certificate verify failed: it was revoked";
    for (file, folder, expect) in [
        (Some(guarded.file("none.crl")), None, Ok(())),
        (Some(guarded.file("lists/revoked.crl")), None, Err(revoked)),
        (None, Some(folder), Err(revoked)),
        (Some(guarded.file("missing.crl")), None, Err("could not read revocation list")),
    ] {
        let mut options = guarded.options("localhost", "anybody", SslMode::VerifyFull);
        options.sslrootcert = Some(guarded.file("ca.pem"));
        let what = format!("{file:?} {folder:?}");
        (options.tls.revoked, options.tls.revoked_folder) = (file, folder);
        check(&guarded.outcome(options).await, expect, &what);
    }
}

async fn old_certificates(guarded: &Guarded) {
    let mut options = guarded.options("localhost", "anybody", SslMode::VerifyCa);
    options.sslrootcert = Some(guarded.file("ca.pem"));
    let expired =
        Err("SSL error: certificate verify failed: it has expired\n\tRenew the server's certificate");
    check(&guarded.outcome(options).await, expired, "expired");
    let options = guarded.options("localhost", "anybody", SslMode::Require);
    check(&guarded.outcome(options).await, Ok(()), "unchecked");
}
