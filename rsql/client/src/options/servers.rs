//! Lists of servers: `host=a,b port=1,2 hostaddr=…`, tried in turn, and what a server must be like to be taken.
//!
//! Looks no name up.

use std::net::IpAddr;

use super::tls::invalid;
use super::{PORT_DEFAULT, Secret, Settings};
use crate::error::SessionError;

/// One server of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// As [`super::ConnectOptions::host`].
    pub host: String,
    /// As [`super::ConnectOptions::host_address`].
    pub host_address: Option<IpAddr>,
    /// As [`super::ConnectOptions::port`].
    pub port: u16,
    /// As [`super::ConnectOptions::password`], which a password file may give for each server.
    pub password: Option<Secret>,
}

/// Which of several servers is wanted, with libpq's names and meanings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// The first that answers.
    #[default]
    Any,
    /// One that takes changes.
    ReadWrite,
    /// One that takes none.
    ReadOnly,
    /// One that is not in recovery.
    Primary,
    /// One that is.
    Standby,
    /// A standby, or else any.
    PreferStandby,
}

impl Target {
    pub(super) fn read(all: &Settings) -> Result<Target, SessionError> {
        let Some(text) = all.get("target_session_attrs") else { return Ok(Target::Any) };
        let found = NAMES.iter().find(|(_, name)| *name == text).map(|(target, _)| *target);
        found.ok_or_else(|| invalid("target_session_attrs", text))
    }

    /// libpq's name.
    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(target, _)| *target == self).map_or("any", |(_, name)| name)
    }
}

const NAMES: &[(Target, &str)] = &[
    (Target::Any, "any"),
    (Target::ReadWrite, "read-write"),
    (Target::ReadOnly, "read-only"),
    (Target::Primary, "primary"),
    (Target::Standby, "standby"),
    (Target::PreferStandby, "prefer-standby"),
];

/// The servers that the settings name: at least one.
pub(super) fn read(all: &Settings) -> Result<Vec<Server>, SessionError> {
    let list = |keyword| all.get(keyword).map(|text| text.split(',').collect::<Vec<_>>());
    let (hosts, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    if let (Some(hosts), Some(addresses)) = (&hosts, &addresses)
        && hosts.len() != addresses.len()
    {
        let (hosts, addresses) = (hosts.len(), addresses.len());
        let text = format!("could not match {hosts} host names to {addresses} hostaddr values");
        return Err(SessionError::Options(text));
    }
    let count = hosts.as_ref().or(addresses.as_ref()).map_or(1, Vec::len);
    let ports = ports.unwrap_or_default();
    if ports.len() > 1 && ports.len() != count {
        let text = format!("could not match {} port numbers to {count} hosts", ports.len());
        return Err(SessionError::Options(text));
    }
    let port_of = |at: usize| ports.get(at).or(ports.first().filter(|_| ports.len() == 1)).copied();
    (0..count)
        .map(|at| {
            let text = |list: &Option<Vec<&str>>| list.as_ref().map_or("", |list| list[at]).to_owned();
            let (host, address) = (text(&hosts), text(&addresses));
            let host_address = if address.is_empty() { None } else { Some(parse_address(&address)?) };
            let host = [host, address].into_iter().find(|name| !name.is_empty());
            Ok(Server {
                host: host.unwrap_or_else(|| "localhost".to_owned()),
                host_address,
                port: parse_port(port_of(at).unwrap_or_default())?,
                password: None,
            })
        })
        .collect()
}

/// These servers as libpq's keywords.
pub(super) fn write<'s>(
    servers: impl Iterator<Item = (&'s str, Option<IpAddr>, u16)>,
    settings: &mut Settings,
) {
    let (mut hosts, mut addresses, mut ports) = (Vec::new(), Vec::new(), Vec::new());
    for (host, address, port) in servers {
        hosts.push(host.to_owned());
        addresses.push(address.map(|address| address.to_string()).unwrap_or_default());
        ports.push(port.to_string());
    }
    settings.set("host", &hosts.join(","));
    settings.set("port", &ports.join(","));
    if addresses.iter().any(|address| !address.is_empty()) {
        settings.set("hostaddr", &addresses.join(","));
    }
}

fn parse_address(text: &str) -> Result<IpAddr, SessionError> {
    let invalid = |_| {
        SessionError::Options(format!(
            "could not parse network address \"{text}\": Name or service not known"
        ))
    };
    text.parse().map_err(invalid)
}

fn parse_port(text: &str) -> Result<u16, SessionError> {
    if text.is_empty() {
        return Ok(PORT_DEFAULT);
    }
    let number: i64 = text.trim().parse().map_err(|_| {
        SessionError::Options(format!("invalid integer value \"{text}\" for connection option \"port\""))
    })?;
    let port = u16::try_from(number).ok().filter(|port| *port != 0);
    port.ok_or_else(|| SessionError::Options(format!("invalid port number: \"{text}\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pairs: &[(&str, &str)], expect: Result<&str, &str>) {
        let mut all = Settings::default();
        for (keyword, value) in pairs {
            all.set(keyword, value);
        }
        let shown = |server: Server| {
            let address = server.host_address.map(|at| format!("[{at}]")).unwrap_or_default();
            format!("{}{address}:{}", server.host, server.port)
        };
        let got = read(&all).map(|servers| servers.into_iter().map(shown).collect::<Vec<_>>().join(" "));
        let got = got.map_err(|error| error.to_string());
        assert_eq!(got, expect.map(str::to_owned).map_err(str::to_owned), "{pairs:?}");
    }

    #[test]
    fn lists_are_matched_one_by_one() {
        check(&[], Ok("localhost:5439"));
        check(&[("host", "a")], Ok("a:5439"));
        check(&[("host", "a,b"), ("port", "1")], Ok("a:1 b:1"));
        check(&[("host", "a,b,"), ("port", "1,,3")], Ok("a:1 b:5439 localhost:3"));
        check(&[("hostaddr", "::1,10.0.0.1")], Ok("::1[::1]:5439 10.0.0.1[10.0.0.1]:5439"));
        check(&[("host", "a,b"), ("hostaddr", ",10.0.0.1")], Ok("a:5439 b[10.0.0.1]:5439"));
    }

    #[test]
    fn lists_that_do_not_fit_have_libpqs_words() {
        let check_error = |pairs: &[(&str, &str)], text| check(pairs, Err(text));
        check_error(
            &[("host", "a,b"), ("hostaddr", "::1")],
            "could not match 2 host names to 1 hostaddr values",
        );
        check_error(&[("port", "1,2")], "could not match 2 port numbers to 1 hosts");
        check_error(&[("host", "a,b,c"), ("port", "1,2")], "could not match 2 port numbers to 3 hosts");
        check_error(&[("hostaddr", "x")], "could not parse network address \"x\": Name or service not known");
        check_error(&[("port", "0")], "invalid port number: \"0\"");
        check_error(&[("port", "x")], "invalid integer value \"x\" for connection option \"port\"");
    }
}
