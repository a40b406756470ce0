//! TLS for a session: which certificates are trusted under which `sslmode`, and our own certificate.
//!
//! Does not decide whether TLS is used at all; `dial` does. What a refused certificate is told as is `tls_fault`'s.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, CertificateRevocationListDer, ServerName, UnixTime};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, ProtocolVersion, RootCertStore,
    SignatureScheme, SupportedProtocolVersion,
};

use super::{end_point, own_certificate, tls_fault};
use crate::error::io_text;
use crate::options::{
    ConnectOptions, NameIndication, ROOTS_BUNDLED, ROOTS_OF_SYSTEM, SslMode, TlsOptions, TlsVersion,
};

/// A TLS client configured as one session's options ask. Reading the files may fail with a text for the user.
pub(super) fn connector(options: &ConnectOptions) -> Result<TlsConnector, String> {
    let provider = Arc::new(ring::default_provider());
    let check = match options.sslmode {
        SslMode::VerifyFull => Check::Name(chain_verifier(options, &provider)?),
        SslMode::VerifyCa => Check::Chain(chain_verifier(options, &provider)?),
        // libpq: "require" with an explicit root certificate behaves like "verify-ca".
        SslMode::Require if options.sslrootcert.is_some() => {
            Check::Chain(chain_verifier(options, &provider)?)
        }
        _ => Check::Nothing,
    };
    let verifier = Verifier { check, provider: Arc::clone(&provider) };
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(&options.tls))
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match own_certificate::read(&options.tls)? {
        None => config.with_no_client_auth(),
        Some(own) => config
            .with_client_auth_cert(own.chain, own.key)
            .map_err(|error| format!("could not use certificate file \"{}\": {error}", own.file.display()))?,
    };
    config.enable_sni = options.tls.name_indication == NameIndication::Told;
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Shakes hands over `socket`. The error is libpq's shape: `SSL error: …`.
pub(super) async fn handshake(
    connector: &TlsConnector,
    host: &str,
    socket: TcpStream,
) -> Result<TlsStream<TcpStream>, String> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| format!("SSL error: \"{host}\" is not a host name that a certificate can bear"))?;
    connector.connect(name, socket).await.map_err(|error| tls_fault::text(&error, host))
}

/// Version and cipher suite by OpenSSL's names, where those differ only in form.
pub(super) fn description(stream: &TlsStream<TcpStream>) -> (String, String) {
    let (_, connection) = stream.get_ref();
    let protocol = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
        _ => "TLSv1.2",
    };
    let cipher = connection.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
    (protocol.to_owned(), openssl_name(&cipher.unwrap_or_default()))
}

/// `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384` is `ECDHE-RSA-AES256-GCM-SHA384` to OpenSSL; suites of TLS 1.3 keep theirs.
fn openssl_name(cipher: &str) -> String {
    if let Some(rest) = cipher.strip_prefix("TLS13_") {
        return format!("TLS_{rest}");
    }
    let short = cipher.trim_start_matches("TLS_").replace("_WITH_", "_").replace("AES_", "AES");
    short.replace("CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305").replace('_', "-")
}

/// What a login can be tied to: `tls-server-end-point` of RFC 5929.
pub(super) fn end_point(stream: &TlsStream<TcpStream>) -> Option<Vec<u8>> {
    let (_, connection) = stream.get_ref();
    end_point::of_certificate(connection.peer_certificates()?.first()?)
}

fn versions(tls: &TlsOptions) -> Vec<&'static SupportedProtocolVersion> {
    let newest = tls.newest.unwrap_or(TlsVersion::V13);
    let all = [(TlsVersion::V13, &TLS13), (TlsVersion::V12, &TLS12)];
    let fits = |version: &TlsVersion| (tls.oldest..=newest).contains(version);
    all.into_iter().filter(|(version, _)| fits(version)).map(|(_, version)| version).collect()
}

fn chain_verifier(
    options: &ConnectOptions,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, String> {
    let roots = Arc::new(authorities(options)?);
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
        .with_crls(revoked(&options.tls)?)
        .build()
        .map_err(|error| {
            format!("could not use root certificates or revocation lists (of version 2, as RFC 5280 has them): {error}")
        })
}

fn authorities(options: &ConnectOptions) -> Result<RootCertStore, String> {
    let unasked = options.tls.home.as_ref().map(|home| home.join("root.crt"));
    match (&options.sslrootcert, unasked) {
        (Some(path), _) if path.as_os_str() == ROOTS_OF_SYSTEM => Ok(from_system()),
        (Some(path), _) if path.as_os_str() == ROOTS_BUNDLED => Ok(bundled()),
        (Some(path), _) => from_file(path),
        (None, Some(path)) if path.exists() => from_file(&path),
        (None, _) => Ok(from_system()),
    }
}

/// The lists of revoked certificates: those that are named, or the one that is used unasked.
fn revoked(tls: &TlsOptions) -> Result<Vec<CertificateRevocationListDer<'static>>, String> {
    let mut files: Vec<PathBuf> = tls.revoked.iter().cloned().collect();
    if let Some(folder) = &tls.revoked_folder {
        let unreadable = |error| {
            format!("could not read folder of revocation lists \"{}\": {}", folder.display(), io_text(&error))
        };
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            files.push(entry.map_err(unreadable)?.path());
        }
    }
    if tls.revoked.is_none() && tls.revoked_folder.is_none() {
        files.extend(tls.home.as_ref().map(|home| home.join("root.crl")).filter(|path| path.exists()));
    }
    let mut lists = Vec::new();
    for file in files {
        let unreadable = |why: &dyn std::fmt::Display| {
            format!("could not read revocation list \"{}\": {why}", file.display())
        };
        for list in CertificateRevocationListDer::pem_file_iter(&file).map_err(|error| unreadable(&error))? {
            lists.push(list.map_err(|error| unreadable(&error))?);
        }
    }
    Ok(lists)
}

fn from_file(path: &Path) -> Result<RootCertStore, String> {
    if !path.exists() {
        return Err(format!(
            "root certificate file \"{}\" does not exist\n\
             Either provide the file or change sslmode to disable server certificate verification.",
            path.display()
        ));
    }
    let unreadable = |why: &dyn std::fmt::Display| {
        format!("could not read root certificate file \"{}\": {why}", path.display())
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))? {
        let certificate = certificate.map_err(|error| unreadable(&error))?;
        roots.add(certificate).map_err(|error| unreadable(&error))?;
    }
    if roots.is_empty() {
        return Err(unreadable(&"no certificate in it"));
    }
    Ok(roots)
}

/// The machine's authorities, or Mozilla's where a slim container has none.
fn from_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { bundled() } else { roots }
}

/// Mozilla's authorities, Amazon's among them.
fn bundled() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

#[derive(Debug)]
enum Check {
    Nothing,
    Chain(Arc<WebPkiServerVerifier>),
    Name(Arc<WebPkiServerVerifier>),
}

/// libpq's three strengths of checking. Signatures of the handshake are verified under each of them.
#[derive(Debug)]
struct Verifier {
    check: Check,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (verifier, any_name) = match &self.check {
            Check::Nothing => return Ok(ServerCertVerified::assertion()),
            Check::Chain(verifier) => (verifier, true),
            Check::Name(verifier) => (verifier, false),
        };
        match verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The chain is looked at before the name, so a name fault means that the chain is good.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if any_name => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_have_openssls_names() {
        for (suite, expect) in [
            ("TLS13_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
            ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
            ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"),
        ] {
            assert_eq!(openssl_name(suite), expect);
        }
    }
}
