//! What a TLS handshake that failed is told as: libpq's words where it has some, the cause, and what can be done.
//!
//! Decides nothing.

use tokio_rustls::rustls::{AlertDescription, CertificateError, Error};

/// The text for the user, to follow `connection to server … failed: `.
pub(super) fn text(error: &std::io::Error, host: &str) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(Error::InvalidCertificate(fault)) => certificate(fault, host),
        Some(Error::AlertReceived(AlertDescription::CertificateRequired)) => {
            "SSL error: the server asks for a certificate of ours\n\tName one with sslcert and sslkey."
                .to_owned()
        }
        _ => format!("SSL error: {error}"),
    }
}

fn certificate(fault: &CertificateError, host: &str) -> String {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext,
        Revoked, UnknownIssuer, UnknownRevocationStatus,
    };
    let verify_failed =
        |why: &str, remedy: &str| format!("SSL error: certificate verify failed: {why}\n\t{remedy}");
    match fault {
        NotValidForName => other_name("", host),
        NotValidForNameContext { presented, .. } => other_name(&names(presented), host),
        UnknownIssuer => verify_failed(
            "its issuer is not trusted",
            "Name the file of the authority's certificate with sslrootcert.",
        ),
        Expired | ExpiredContext { .. } => {
            verify_failed("it has expired", "Renew the server's certificate, and check this machine's clock.")
        }
        NotValidYet | NotValidYetContext { .. } => {
            verify_failed("it is not valid yet", "Check this machine's clock.")
        }
        Revoked => verify_failed("it was revoked", "Give the server a new certificate."),
        UnknownRevocationStatus => verify_failed(
            "no revocation list of its issuer is known",
            "Add that list to sslcrl, or leave sslcrl and sslcrldir out.",
        ),
        other => {
            format!("SSL error: certificate verify failed: {}", Error::InvalidCertificate(other.clone()))
        }
    }
}

fn other_name(presented: &str, host: &str) -> String {
    let of = if presented.is_empty() { String::new() } else { format!(" for {presented}") };
    format!(
        "server certificate{of} does not match host name \"{host}\"\n\tConnect by a name that the certificate bears \
         (hostaddr may give the address), or use sslmode=verify-ca."
    )
}

/// `DnsName("a")` and the like, as they come, become `"a"`.
fn names(presented: &[String]) -> String {
    let bare = presented.iter().map(|name| {
        let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
        format!("\"{}\"", inner.trim_matches('"'))
    });
    bare.collect::<Vec<_>>().join(", ")
}
