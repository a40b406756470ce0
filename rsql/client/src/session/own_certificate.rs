//! Our own certificate and its key, for servers that ask for one.
//!
//! Reads them; whether they are asked for is the server's to say.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio_rustls::rustls::pki_types::pem::{Error, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::options::TlsOptions;

/// A certificate, with those between it and an authority, and its key.
pub(super) struct OwnCertificate {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
    /// Where it was read from.
    pub(super) file: PathBuf,
}

/// The certificate that the options name, or the one that libpq uses unasked. As in libpq, a certificate that is not there
/// is none, and one without its key is an error.
pub(super) fn read(tls: &TlsOptions) -> Result<Option<OwnCertificate>, String> {
    let at_home = |name: &str| tls.home.as_ref().map(|home| home.join(name));
    let Some(file) = tls.certificate.clone().or_else(|| at_home("postgresql.crt")) else { return Ok(None) };
    if !file.exists() {
        return Ok(None);
    }
    let unreadable =
        |error: Error| format!("could not read certificate file \"{}\": {error}", file.display());
    let chain = CertificateDer::pem_file_iter(&file).map_err(unreadable)?.collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(unreadable)?;
    if chain.is_empty() {
        return Err(unreadable(Error::NoItemsFound));
    }
    let Some(key_file) = tls.key.clone().or_else(|| at_home("postgresql.key")) else {
        return Err(format!("certificate present, but no private key is named for \"{}\"", file.display()));
    };
    let key = read_key(&key_file)?;
    Ok(Some(OwnCertificate { chain, key, file }))
}

fn read_key(file: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let shown = file.display();
    let Ok(metadata) = std::fs::metadata(file) else {
        return Err(format!("certificate present, but not private key file \"{shown}\""));
    };
    if !metadata.is_file() {
        return Err(format!("private key file \"{shown}\" is not a regular file"));
    }
    // A key of the system's own may be read by a group.
    let open_to_others = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.permissions().mode() & open_to_others != 0 {
        return Err(format!(
            "private key file \"{shown}\" has group or world access; file must have permissions u=rw (0600) or less \
             if owned by the current user, or permissions u=rw,g=r (0640) or less if owned by root"
        ));
    }
    PrivateKeyDer::from_pem_file(file).map_err(|error| match error {
        Error::NoItemsFound => {
            format!("could not load private key file \"{shown}\": no private key in it that is not encrypted")
        }
        error => format!("could not load private key file \"{shown}\": {error}"),
    })
}
