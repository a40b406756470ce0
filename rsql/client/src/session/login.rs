//! Start-up and authentication of a session: cleartext, md5, SCRAM-SHA-256 and -PLUS.
//!
//! Works on an open stream; which address and whether TLS is `dial`'s business.

use postgres_protocol::authentication::{md5_hash, sasl};
use postgres_protocol::message::frontend;

use super::Session;
use crate::error::{ServerMessage, SessionError};
use crate::options::{ChannelBinding, ConnectOptions, Secret, SslMode};
use crate::wire::Backend;

/// Names of authentication requests that libpq knows and this client does not speak.
const UNSUPPORTED: &[(i32, &str)] = &[(2, "Kerberos V5"), (6, "SCM credential"), (7, "GSSAPI"), (9, "SSPI")];

/// Why a login failed.
pub(super) enum LoginError {
    Refused(Box<ServerMessage>),
    PasswordNeeded,
    Other(String),
    Lost(SessionError),
}

impl From<SessionError> for LoginError {
    fn from(error: SessionError) -> LoginError {
        LoginError::Lost(error)
    }
}

/// Whether the application's name is told at start-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameAtStart {
    Told,
    /// A server refused it: releases of PostgreSQL before 9.0 know no such setting.
    LeftOut,
}

/// Sends the start-up packet, answers the authentication, and reads up to the first "ready".
pub(super) async fn login(
    session: &mut Session,
    options: &ConnectOptions,
    name: NameAtStart,
) -> Result<(), LoginError> {
    send_startup(session, options, name).await?;
    authenticate(session, options).await?;
    loop {
        match session.receive().await? {
            Backend::KeyData { pid, key } => session.key = Some((pid, key)),
            Backend::Ready(_) => return Ok(()),
            Backend::Error(message) => return Err(LoginError::Refused(Box::new(message))),
            _ => {}
        }
    }
}

async fn send_startup(
    session: &mut Session,
    options: &ConnectOptions,
    name: NameAtStart,
) -> Result<(), LoginError> {
    let mut parameters = vec![("user", options.user.as_str()), ("database", options.database.as_str())];
    if let Some(text) = &options.server_options {
        parameters.push(("options", text));
    }
    if !options.application_name.is_empty() && name == NameAtStart::Told {
        parameters.push(("application_name", &options.application_name));
    }
    if let Some(text) = &options.client_encoding {
        parameters.push(("client_encoding", text));
    }
    parameters.extend(options.startup_settings.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    frontend::startup_message(parameters, &mut session.outbound)
        .map_err(|error| LoginError::Other(format!("start-up options cannot be sent: {error}")))?;
    Ok(session.flush().await?)
}

async fn authenticate(session: &mut Session, options: &ConnectOptions) -> Result<(), LoginError> {
    loop {
        let (code, data) = match session.receive().await? {
            Backend::Authentication { code, data } => (code, data),
            Backend::Error(message) => return Err(LoginError::Refused(Box::new(message))),
            _ => continue,
        };
        // Only SCRAM over TLS can be tied to its channel.
        if options.channel_binding == ChannelBinding::Require && code != 10 {
            return Err(LoginError::Other(unbound(code).to_owned()));
        }
        match code {
            0 => return Ok(()),
            3 => {
                if !cleartext_allowed(session, options) {
                    let text = "server asks for the password in clear text over an unencrypted connection; \
                                use sslmode=require, or allow it with sslmode=disable";
                    return Err(LoginError::Other(text.to_owned()));
                }
                send_password(session, password(options)?.expose().as_bytes()).await?;
            }
            5 => {
                let salt = data[..]
                    .try_into()
                    .map_err(|_| LoginError::Other("malformed md5 authentication request".to_owned()))?;
                let secret = password(options)?.expose().as_bytes();
                let hash = md5_hash(options.user.as_bytes(), secret, salt);
                send_password(session, hash.as_bytes()).await?;
            }
            10 => {
                scram(session, password(options)?, &data, options.channel_binding).await?;
                return finish_authentication(session).await;
            }
            code => {
                let name = UNSUPPORTED.iter().find(|(known, _)| *known == code).map(|(_, name)| *name);
                return Err(LoginError::Other(match name {
                    Some(name) => format!("{name} authentication not supported"),
                    None => format!("authentication method {code} not supported"),
                }));
            }
        }
    }
}

fn password(options: &ConnectOptions) -> Result<&Secret, LoginError> {
    options.password.as_ref().filter(|p| !p.expose().is_empty()).ok_or(LoginError::PasswordNeeded)
}

/// A password may travel in clear where nobody listens, or where the user has said `sslmode=disable`. Under `prefer` it
/// may not: an attacker could have answered that there is no TLS.
fn cleartext_allowed(session: &Session, options: &ConnectOptions) -> bool {
    session.line.encryption.is_some() || options.is_unix_socket() || options.sslmode == SslMode::Disable
}

async fn send_password(session: &mut Session, text: &[u8]) -> Result<(), LoginError> {
    frontend::password_message(text, &mut session.outbound)
        .map_err(|_| LoginError::Other("password contains a zero byte".to_owned()))?;
    Ok(session.flush().await?)
}

/// libpq's words where a login that must be tied to its channel cannot be.
fn unbound(code: i32) -> &'static str {
    match code {
        0 => "channel binding required, but server authenticated client without channel binding",
        _ => "channel binding required but not supported by server's authentication request",
    }
}

/// The server's verdict after an exchange that both sides have proved themselves in.
async fn finish_authentication(session: &mut Session) -> Result<(), LoginError> {
    loop {
        match session.receive().await? {
            Backend::Authentication { code: 0, .. } => return Ok(()),
            Backend::Error(message) => return Err(LoginError::Refused(Box::new(message))),
            Backend::Notice(_) | Backend::Parameter { .. } => {}
            _ => return Err(LoginError::Other("unexpected answer after SASL authentication".to_owned())),
        }
    }
}

async fn scram(
    session: &mut Session,
    password: &Secret,
    mechanisms: &[u8],
    binding: ChannelBinding,
) -> Result<(), LoginError> {
    let broken = |error: std::io::Error| LoginError::Other(format!("SCRAM authentication failed: {error}"));
    let offered = |name: &str| mechanisms.split(|b| *b == 0).any(|offer| offer == name.as_bytes());
    let end_point = session.line.end_point.clone().filter(|_| binding != ChannelBinding::Disable);
    let (mechanism, channel) = match end_point {
        Some(hash) if offered(sasl::SCRAM_SHA_256_PLUS) => {
            (sasl::SCRAM_SHA_256_PLUS, sasl::ChannelBinding::tls_server_end_point(hash))
        }
        _ if binding == ChannelBinding::Require => {
            let text = match session.line.encryption {
                None => "channel binding required, but SSL not in use",
                Some(_) => {
                    "channel binding is required, but server did not offer an authentication method that supports \
                     channel binding"
                }
            };
            return Err(LoginError::Other(text.to_owned()));
        }
        // That we could have and the server did not offer: it can tell if somebody in between took the offer away.
        Some(_) => (sasl::SCRAM_SHA_256, sasl::ChannelBinding::unrequested()),
        None => (sasl::SCRAM_SHA_256, sasl::ChannelBinding::unsupported()),
    };
    if !offered(mechanism) {
        let text = "none of the server's SASL authentication mechanisms are supported";
        return Err(LoginError::Other(text.to_owned()));
    }
    let mut exchange = sasl::ScramSha256::new(password.expose().as_bytes(), channel);
    frontend::sasl_initial_response(mechanism, exchange.message(), &mut session.outbound).map_err(broken)?;
    session.flush().await?;
    let challenge = sasl_data(session, 11).await?;
    exchange.update(&challenge).map_err(broken)?;
    frontend::sasl_response(exchange.message(), &mut session.outbound).map_err(broken)?;
    session.flush().await?;
    let verdict = sasl_data(session, 12).await?;
    exchange.finish(&verdict).map_err(broken)
}

async fn sasl_data(session: &mut Session, expect: i32) -> Result<bytes::Bytes, LoginError> {
    loop {
        match session.receive().await? {
            Backend::Authentication { code, data } if code == expect => return Ok(data),
            Backend::Error(message) => return Err(LoginError::Refused(Box::new(message))),
            Backend::Notice(_) | Backend::Parameter { .. } => {}
            _ => return Err(LoginError::Other("unexpected answer in SASL authentication".to_owned())),
        }
    }
}
