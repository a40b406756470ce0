//! Start-up and authentication of a session: cleartext, md5, SCRAM-SHA-256.
//!
//! Works on an open stream; which address and whether TLS is `dial`'s business.

use postgres_protocol::authentication::{md5_hash, sasl};
use postgres_protocol::message::frontend;

use super::Session;
use crate::error::{ServerMessage, SessionError};
use crate::options::{ConnectOptions, Secret, SslMode};
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

/// Sends the start-up packet, answers the authentication, and reads up to the first "ready".
pub(super) async fn login(session: &mut Session, options: &ConnectOptions) -> Result<(), LoginError> {
    send_startup(session, options).await?;
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

async fn send_startup(session: &mut Session, options: &ConnectOptions) -> Result<(), LoginError> {
    let mut parameters = vec![("user", options.user.as_str()), ("database", options.database.as_str())];
    if let Some(text) = &options.server_options {
        parameters.push(("options", text));
    }
    if !options.application_name.is_empty() {
        parameters.push(("application_name", &options.application_name));
    }
    if let Some(text) = &options.client_encoding {
        parameters.push(("client_encoding", text));
    }
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
            10 => scram(session, password(options)?, &data).await?,
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

async fn scram(session: &mut Session, password: &Secret, mechanisms: &[u8]) -> Result<(), LoginError> {
    let broken = |error: std::io::Error| LoginError::Other(format!("SCRAM authentication failed: {error}"));
    if !mechanisms.split(|b| *b == 0).any(|name| name == sasl::SCRAM_SHA_256.as_bytes()) {
        let text = "none of the server's SASL authentication mechanisms are supported";
        return Err(LoginError::Other(text.to_owned()));
    }
    // "Unsupported" and not "unrequested": the latter tells a server that offers channel binding that somebody in
    // the middle took the offer away.
    let mut exchange =
        sasl::ScramSha256::new(password.expose().as_bytes(), sasl::ChannelBinding::unsupported());
    frontend::sasl_initial_response(sasl::SCRAM_SHA_256, exchange.message(), &mut session.outbound)
        .map_err(broken)?;
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
