//! What a `\connect` asks for, and the options of the session that it leads to.
//!
//! Connects to nothing.

use rsql_lang::{ConnectRequest, ConnectTarget};

use crate::error::SessionError;
use crate::options::cloud::{Cloud, GivenLogin};
use crate::options::{ConnectOptions, Environment, Settings, conninfo};

/// What a script says of a new session, and whether it may take over the rest from the old one. As in psql, what is left
/// empty is not said.
///
/// # Errors
/// When a connection string cannot be read.
pub(super) fn wanted(request: ConnectRequest) -> Result<(Settings, Reuse), SessionError> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut settings = Settings::default();
    let reuse = match request.target {
        ConnectTarget::Conninfo(string) => {
            settings.merge_missing(&conninfo::parse(&text(&string))?);
            request.reuse_previous.unwrap_or(false)
        }
        ConnectTarget::Parts { database, user, host, port, password } => {
            let parts = [
                ("dbname", database),
                ("user", user),
                ("host", host),
                ("port", port),
                ("password", password),
            ];
            for (keyword, value) in parts {
                if let Some(value) = value {
                    settings.set(keyword, &text(&value));
                }
            }
            request.reuse_previous.unwrap_or(true)
        }
    };
    Ok((settings, if reuse { Reuse::Allowed } else { Reuse::Forbidden }))
}

/// Whether a new session takes over what is not said of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reuse {
    Allowed,
    Forbidden,
}

/// The options of the session after `\connect`. A password is kept only for the same user at the same place, so that it
/// is never sent to another server; one that AWS gave is asked for anew once it ends.
pub(super) async fn next_options(
    old: &ConnectOptions,
    (mut settings, reuse): (Settings, Reuse),
    environment: &Environment,
    cloud: Option<&Cloud>,
) -> Result<ConnectOptions, SessionError> {
    let mut given = None;
    if reuse == Reuse::Allowed {
        given = reusable_login(old, &settings);
        settings.merge_missing(&reusable(old, &settings));
    }
    settings.set_default("fallback_application_name", &old.application_name);
    let mut options = ConnectOptions::resolve(&settings, environment, cloud).await?;
    if let (None, Some(given)) = (&options.given, given) {
        options.log_in_as(given.for_session_on(&options.database, cloud).await?);
    }
    options.query_group = options.query_group.or_else(|| old.query_group.clone());
    options.emulation = options.emulation.or_else(|| old.emulation.clone());
    if let (Some(new), Some(old)) = (&mut options.emulation, &old.emulation) {
        // It is no setting, so that a session has it from the one before.
        new.storage = new.storage.take().or_else(|| old.storage.clone());
    }
    Ok(options)
}

/// What a new session may take over from the old one.
fn reusable(old: &ConnectOptions, new: &Settings) -> Settings {
    let mut settings = old.to_settings();
    let same_place = is_same_place(&settings, new);
    let same_host = is_same(&settings, new, "host");
    // An address belongs to its host.
    if !same_host {
        settings.take("hostaddr");
    }
    match (&old.password_file, &old.password) {
        // It is read again, since it may say something else by now.
        (Some(file), _) => settings.set("passfile", &file.to_string_lossy()),
        (None, Some(password)) if same_place => settings.set("password", password.expose()),
        (None, _) => {}
    }
    settings
}

/// The login that AWS has given, for the same user at the same place, unless a password is said.
fn reusable_login(old: &ConnectOptions, new: &Settings) -> Option<GivenLogin> {
    let given = old.given.as_ref()?;
    let is_wanted = new.get("password").is_none() && is_same_place(&old.to_settings(), new);
    is_wanted.then(|| given.clone())
}

fn is_same_place(old: &Settings, new: &Settings) -> bool {
    ["user", "host", "hostaddr", "port"].into_iter().all(|keyword| is_same(old, new, keyword))
}

/// Whether what is said is what it was; what is not said is.
fn is_same(old: &Settings, new: &Settings, keyword: &str) -> bool {
    new.get(keyword).is_none_or(|said| old.get(keyword) == Some(said))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Secret;

    fn parts(database: &str, user: &str, host: &str) -> ConnectRequest {
        let part = |text: &str| (text != "-").then(|| text.as_bytes().to_vec());
        let target = ConnectTarget::Parts {
            database: part(database),
            user: part(user),
            host: part(host),
            port: None,
            password: None,
        };
        ConnectRequest { target, reuse_previous: None }
    }

    #[tokio::test]
    async fn a_password_stays_with_its_user_and_place() {
        async fn check(request: ConnectRequest, expect: (&str, &str, &str, Option<&str>)) {
            let old =
                ConnectOptions::from_uri("postgresql://u:p@h:1/d?sslmode=disable&query_group=g").unwrap();
            let environment = Environment::from_pairs([("PGUSER".to_owned(), "env".to_owned())]);
            let new = next_options(&old, wanted(request).unwrap(), &environment, None).await.unwrap();
            let got = (
                new.database.as_str(),
                new.user.as_str(),
                new.host.as_str(),
                new.password.as_ref().map(Secret::expose),
            );
            assert_eq!(got, expect);
            assert_eq!(new.query_group.as_deref(), Some("g"));
        }
        check(parts("other", "-", "-"), ("other", "u", "h", Some("p"))).await;
        check(parts("-", "v", "-"), ("d", "v", "h", None)).await;
        check(parts("-", "-", "far"), ("d", "u", "far", None)).await;
        let string = |text: &str, reuse_previous| ConnectRequest {
            target: ConnectTarget::Conninfo(text.as_bytes().to_vec()),
            reuse_previous,
        };
        check(string("dbname=x host=y", None), ("x", "env", "y", None)).await;
        check(string("dbname=x", Some(true)), ("x", "u", "h", Some("p"))).await;
    }
}
