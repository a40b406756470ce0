//! Time limits and probes of a connection, and what the server is told of the client at start-up.
//!
//! Only reads values.

use std::time::Duration;

use super::{Environment, Settings};
use crate::error::SessionError;

/// Longest wait for a connection when nobody names one: longer than a Redshift fail-over of its leader's address,
/// shorter than the kernel's own two minutes, so that the error is ours and says where.
pub const CONNECT_TIMEOUT_DEFAULT: Duration = Duration::from_secs(60);
/// Redshift's network path drops idle connections at some 300 s; probes every minute keep them.
pub const KEEPALIVE_IDLE_DEFAULT: Duration = Duration::from_secs(60);
/// Pause between keepalive probes that go unanswered.
const KEEPALIVE_INTERVAL_DEFAULT: Duration = Duration::from_secs(15);
/// Probes without an answer until the connection counts as dead: with the idle time, some two minutes.
const KEEPALIVE_PROBES_DEFAULT: u32 = 4;

/// TCP's probes of an idle connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// Idle time before the first probe. Keep below 300 s for Redshift.
    pub idle: Duration,
    /// Pause between probes that go unanswered.
    pub interval: Duration,
    /// Probes without an answer until the connection counts as dead.
    pub probes: u32,
}

impl Default for Keepalive {
    fn default() -> Keepalive {
        Keepalive {
            idle: KEEPALIVE_IDLE_DEFAULT,
            interval: KEEPALIVE_INTERVAL_DEFAULT,
            probes: KEEPALIVE_PROBES_DEFAULT,
        }
    }
}

/// `keepalives*`; `None` where they are switched off. As in libpq a number that is not positive means the default.
pub(super) fn keepalive(all: &Settings) -> Result<Option<Keepalive>, SessionError> {
    let positive = |keyword| Ok(number(all, keyword)?.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0));
    let seconds = |keyword| Ok::<_, SessionError>(positive(keyword)?.map(|s| Duration::from_secs(s.into())));
    let defaults = Keepalive::default();
    let keepalive = Keepalive {
        idle: seconds("keepalives_idle")?.unwrap_or(defaults.idle),
        interval: seconds("keepalives_interval")?.unwrap_or(defaults.interval),
        probes: positive("keepalives_count")?.unwrap_or(defaults.probes),
    };
    Ok((number(all, "keepalives")? != Some(0)).then_some(keepalive))
}

/// As libpq's keywords, for a session after this one.
pub(super) fn write_keepalive(keepalive: Option<Keepalive>, settings: &mut Settings) {
    let Some(keepalive) = keepalive else { return settings.set("keepalives", "0") };
    settings.set("keepalives_idle", &keepalive.idle.as_secs().to_string());
    settings.set("keepalives_interval", &keepalive.interval.as_secs().to_string());
    settings.set("keepalives_count", &keepalive.probes.to_string());
}

/// libpq: zero and negative wait for ever, and 1 is rounded up to 2.
pub(super) fn connect_timeout(all: &Settings) -> Result<Option<Duration>, SessionError> {
    Ok(match number(all, "connect_timeout")? {
        None => Some(CONNECT_TIMEOUT_DEFAULT),
        Some(seconds) => match u64::try_from(seconds) {
            Err(_) | Ok(0) => None,
            Ok(seconds) => Some(Duration::from_secs(seconds.max(2))),
        },
    })
}

/// `tcp_user_timeout`, in milliseconds; the system's default where absent or not positive.
pub(super) fn user_timeout(all: &Settings) -> Result<Option<Duration>, SessionError> {
    let ms = number(all, "tcp_user_timeout")?.and_then(|ms| u64::try_from(ms).ok()).filter(|ms| *ms > 0);
    Ok(ms.map(Duration::from_millis))
}

/// `client_encoding`; `auto` is that of the locale.
pub(super) fn client_encoding(all: &Settings, environment: &Environment) -> Option<String> {
    let text = all.get("client_encoding")?;
    Some(if text == "auto" { encoding_of_locale(environment).to_owned() } else { text.to_owned() })
}

/// PostgreSQL's name for the encoding of the locale, by the charset that the locale's name ends in.
fn encoding_of_locale(environment: &Environment) -> &'static str {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| environment.text(name));
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    let charset = locale.split_once('.').map_or("", |(_, charset)| charset);
    let charset: String = charset.split('@').next().unwrap_or_default().replace(['-', '_'], "");
    match charset.as_str() {
        "utf8" => "UTF8",
        "iso88591" => "LATIN1",
        "iso88592" => "LATIN2",
        "iso885915" => "LATIN9",
        "cp1252" => "WIN1252",
        _ => "SQL_ASCII",
    }
}

/// What libpq tells the server at start-up when the environment says so: variable and setting.
const TOLD_OF_ENVIRONMENT: &[(&str, &str)] =
    &[("PGDATESTYLE", "datestyle"), ("PGTZ", "timezone"), ("PGGEQO", "geqo")];

/// Settings of the server that the environment asks for; `default` asks for nothing, as in libpq.
pub(super) fn startup_settings(environment: &Environment) -> Vec<(String, String)> {
    let wanted = TOLD_OF_ENVIRONMENT.iter().filter_map(|(variable, setting)| {
        let value = environment.text(variable).filter(|value| !value.eq_ignore_ascii_case("default"))?;
        Some(((*setting).to_owned(), value))
    });
    wanted.collect()
}

pub(super) fn number(all: &Settings, keyword: &str) -> Result<Option<i64>, SessionError> {
    let Some(text) = all.get(keyword) else { return Ok(None) };
    let invalid = |_| {
        SessionError::Options(format!("invalid integer value \"{text}\" for connection option \"{keyword}\""))
    };
    text.trim().parse().map(Some).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_names_an_encoding() {
        for (locale, expect) in [
            ("de_DE.UTF-8", "UTF8"),
            ("C.utf8", "UTF8"),
            ("de_DE.ISO-8859-15@euro", "LATIN9"),
            ("C", "SQL_ASCII"),
            ("", "SQL_ASCII"),
        ] {
            let environment = Environment::from_pairs([("LANG".to_owned(), locale.to_owned())]);
            assert_eq!(encoding_of_locale(&environment), expect, "{locale}");
        }
    }

    #[test]
    fn probes_stay_below_redshifts_limit_unless_told_otherwise() {
        let mut all = Settings::default();
        let idle = |all: &Settings| keepalive(all).unwrap().map(|keepalive| keepalive.idle.as_secs());
        assert_eq!(idle(&all), Some(60));
        all.set("keepalives_idle", "-1");
        assert_eq!(idle(&all), Some(60));
        all.set("keepalives_idle", "7");
        assert_eq!(idle(&all), Some(7));
        all.set("keepalives", "0");
        assert_eq!(idle(&all), None);
    }
}
