//! TLS for a session: which certificates are trusted under which `sslmode`.
//!
//! Does not decide whether TLS is used at all; `dial` does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, ProtocolVersion, RootCertStore,
    SignatureScheme,
};

use crate::options::{ConnectOptions, SslMode};

/// A TLS client configured as one session's options ask. Reading the authorities may fail with a text for the user.
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
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
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
    connector.connect(name, socket).await.map_err(|error| format!("SSL error: {error}"))
}

/// Version and cipher suite by OpenSSL's names, where those differ only in form.
pub(super) fn description(stream: &TlsStream<TcpStream>) -> (String, String) {
    let (_, connection) = stream.get_ref();
    let protocol = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
        _ => "TLSv1.2",
    };
    let cipher = connection.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
    (protocol.to_owned(), cipher.unwrap_or_default().replace("TLS13_", "TLS_"))
}

fn chain_verifier(
    options: &ConnectOptions,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, String> {
    let roots = Arc::new(authorities(options)?);
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
        .build()
        .map_err(|error| format!("could not use root certificates: {error}"))
}

fn authorities(options: &ConnectOptions) -> Result<RootCertStore, String> {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".postgresql/root.crt"));
    match (&options.sslrootcert, home) {
        (Some(path), _) if path.as_os_str() != "system" => from_file(path),
        (None, Some(path)) if path.exists() => from_file(&path),
        _ => Ok(from_system()),
    }
}

fn from_file(path: &Path) -> Result<RootCertStore, String> {
    if !path.exists() {
        return Err(format!("root certificate file \"{}\" does not exist", path.display()));
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
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
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
