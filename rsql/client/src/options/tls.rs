//! How a session is to be protected: TLS modes, versions and files, and what ties a login to its TLS channel.
//!
//! Reads names and checks values; opens no file.

use std::path::PathBuf;

use super::{Environment, Settings};
use crate::error::SessionError;

/// Value of `sslrootcert` that stands for the authorities of the system.
pub(crate) const ROOTS_OF_SYSTEM: &str = "system";
/// Value of `sslrootcert` that stands for the authorities compiled in (Mozilla's, Amazon's among them).
pub(crate) const ROOTS_BUNDLED: &str = "bundled";

/// How much a session insists on TLS, with libpq's names and meanings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SslMode {
    /// Never.
    Disable,
    /// Only when the server refuses a plain connection.
    Allow,
    /// When the server offers it. As in libpq this gives no protection against an active attacker.
    #[default]
    Prefer,
    /// Always; the certificate is not checked unless `sslrootcert` is given.
    Require,
    /// Always, with a certificate of a trusted authority.
    VerifyCa,
    /// Always, with a certificate of a trusted authority for this very host name.
    VerifyFull,
}

impl SslMode {
    /// Reads libpq's name of a mode.
    ///
    /// # Errors
    /// [`SessionError::Options`] for any other text.
    pub fn parse(text: &str) -> Result<SslMode, SessionError> {
        Ok(match text {
            "disable" => SslMode::Disable,
            "allow" => SslMode::Allow,
            "prefer" => SslMode::Prefer,
            "require" => SslMode::Require,
            "verify-ca" => SslMode::VerifyCa,
            "verify-full" => SslMode::VerifyFull,
            _ => return Err(invalid("sslmode", text)),
        })
    }

    /// libpq's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SslMode::Disable => "disable",
            SslMode::Allow => "allow",
            SslMode::Prefer => "prefer",
            SslMode::Require => "require",
            SslMode::VerifyCa => "verify-ca",
            SslMode::VerifyFull => "verify-full",
        }
    }
}

/// Whether a SCRAM login is tied to the TLS channel it runs in, so that nobody in between can pass it on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelBinding {
    /// Never.
    Disable,
    /// Where the server offers it.
    #[default]
    Prefer,
    /// Or there is no session.
    Require,
}

/// Versions of TLS that can be spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2.
    #[default]
    V12,
    /// TLS 1.3.
    V13,
}

/// Whether the server's name is told in the clear part of the handshake (SNI).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameIndication {
    /// It is: Redshift's gateways go by it.
    #[default]
    Told,
    /// It is not.
    Withheld,
}

/// Everything about TLS but the mode and the trusted authorities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// PEM file of our own certificate. `~/.postgresql/postgresql.crt` where absent and existing.
    pub certificate: Option<PathBuf>,
    /// PEM file of its private key. `~/.postgresql/postgresql.key` where absent and existing.
    pub key: Option<PathBuf>,
    /// PEM file of revoked certificates. `~/.postgresql/root.crl` where absent and existing.
    pub revoked: Option<PathBuf>,
    /// Folder of such files.
    pub revoked_folder: Option<PathBuf>,
    /// Whether the server's name is told in the clear.
    pub name_indication: NameIndication,
    /// The oldest version.
    pub oldest: TlsVersion,
    /// The newest version; whatever there is when absent.
    pub newest: Option<TlsVersion>,
    /// `~/.postgresql`, with the files that are used unasked.
    pub home: Option<PathBuf>,
}

impl TlsOptions {
    /// Reads libpq's keywords.
    ///
    /// # Errors
    /// [`SessionError::Options`] for values that cannot be.
    pub(super) fn read(all: &Settings, environment: &Environment) -> Result<TlsOptions, SessionError> {
        let path = |keyword| all.get(keyword).map(PathBuf::from);
        let oldest =
            all.get("ssl_min_protocol_version").map(|text| version("ssl_min_protocol_version", text));
        let newest =
            all.get("ssl_max_protocol_version").map(|text| version("ssl_max_protocol_version", text));
        let (oldest, newest) = (oldest.transpose()?.flatten(), newest.transpose()?);
        if newest == Some(None) {
            let text = "TLS older than TLSv1.2 is not supported: raise or leave out ssl_max_protocol_version";
            return Err(SessionError::Options(text.to_owned()));
        }
        let (oldest, newest) = (oldest.unwrap_or_default(), newest.flatten());
        if newest.is_some_and(|newest| newest < oldest) {
            return Err(SessionError::Options("invalid SSL protocol version range".to_owned()));
        }
        let name_indication = match all.get("sslsni") {
            None | Some("1") => NameIndication::Told,
            Some("0") => NameIndication::Withheld,
            Some(other) => return Err(invalid("sslsni", other)),
        };
        Ok(TlsOptions {
            certificate: path("sslcert"),
            key: path("sslkey"),
            revoked: path("sslcrl"),
            revoked_folder: path("sslcrldir"),
            name_indication,
            oldest,
            newest,
            home: environment.home().map(|home| PathBuf::from(home).join(".postgresql")),
        })
    }

    /// These as libpq's keywords.
    pub(super) fn write(&self, settings: &mut Settings) {
        let paths = [
            ("sslcert", &self.certificate),
            ("sslkey", &self.key),
            ("sslcrl", &self.revoked),
            ("sslcrldir", &self.revoked_folder),
        ];
        for (keyword, path) in paths {
            if let Some(path) = path {
                settings.set(keyword, &path.to_string_lossy());
            }
        }
        if self.name_indication == NameIndication::Withheld {
            settings.set("sslsni", "0");
        }
        settings.set("ssl_min_protocol_version", version_name(self.oldest));
        if let Some(newest) = self.newest {
            settings.set("ssl_max_protocol_version", version_name(newest));
        }
    }
}

/// The mode, which the choice of authorities may imply.
pub(super) fn sslmode(all: &Settings) -> Result<SslMode, SessionError> {
    let of_system = all.get("sslrootcert").is_some_and(|roots| roots == ROOTS_OF_SYSTEM);
    let Some(text) = all.get("sslmode") else {
        // Everybody can have a certificate of some authority of the system: only the name tells servers apart.
        return Ok(if of_system { SslMode::VerifyFull } else { SslMode::Prefer });
    };
    let mode = SslMode::parse(text)?;
    if of_system && mode != SslMode::VerifyFull {
        return Err(SessionError::Options(format!(
            "weak sslmode \"{text}\" may not be used with sslrootcert=system (use \"verify-full\")"
        )));
    }
    Ok(mode)
}

pub(super) fn channel_binding(all: &Settings) -> Result<ChannelBinding, SessionError> {
    match all.get("channel_binding") {
        None | Some("prefer") => Ok(ChannelBinding::Prefer),
        Some("disable") => Ok(ChannelBinding::Disable),
        Some("require") => Ok(ChannelBinding::Require),
        Some(other) => Err(invalid("channel_binding", other)),
    }
}

/// Refuses what cannot be done about GSSAPI; the rest of it is without effect.
pub(super) fn check_gssencmode(all: &Settings) -> Result<(), SessionError> {
    match all.get("gssencmode") {
        None | Some("disable" | "prefer") => Ok(()),
        Some("require") => {
            let text = "GSSAPI encryption is not supported: leave out gssencmode=require, and use sslmode";
            Err(SessionError::Options(text.to_owned()))
        }
        Some(other) => Err(invalid("gssencmode", other)),
    }
}

pub(super) fn invalid(keyword: &str, value: &str) -> SessionError {
    SessionError::Options(format!("invalid {keyword} value: \"{value}\""))
}

/// `None` for versions that are too old to be spoken.
fn version(keyword: &str, text: &str) -> Result<Option<TlsVersion>, SessionError> {
    match text.to_ascii_lowercase().as_str() {
        "tlsv1" | "tlsv1.1" => Ok(None),
        "tlsv1.2" => Ok(Some(TlsVersion::V12)),
        "tlsv1.3" => Ok(Some(TlsVersion::V13)),
        _ => Err(invalid(keyword, text)),
    }
}

fn version_name(version: TlsVersion) -> &'static str {
    match version {
        TlsVersion::V12 => "TLSv1.2",
        TlsVersion::V13 => "TLSv1.3",
    }
}
