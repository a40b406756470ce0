//! Putting a session back to how it began: what is asked of the server, and what its answers must be.
//!
//! A reset is sent when a script has ended, and its answers are read when the next one wants the session: the server works
//! while nobody waits, and the answers prove that the session is alive.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use crate::error::{ServerMessage, SessionError};
use crate::options::ConnectOptions;
use crate::session::{Reply, Session, Transaction, name_setting};
use crate::sessions::name_as_kept;
use crate::wire::Row;

/// `DISCARD ALL` resets sequences from this version on.
const VERSION_MIN: u32 = 90_400;
/// Ends cursors, settings, roles, prepared statements, LISTEN, advisory locks, plans, temporary objects and sequences.
const RESET: &str = "DISCARD ALL";
/// Whether this is a server of the kind that it says, with nobody in between who would lend us another one, and without
/// what keeps state in a session out of reach of a reset: variables of other procedural languages, connections of dblink.
const PROOF: &str = "SELECT pg_catalog.pg_backend_pid(), pg_catalog.version(), \
     (SELECT pg_catalog.string_agg(lanname::text, ', ') FROM pg_catalog.pg_language \
      WHERE lanname NOT IN ('internal', 'c', 'sql', 'plpgsql')), \
     (SELECT extname::text FROM pg_catalog.pg_extension WHERE extname = 'dblink')";
/// Servers that call themselves PostgreSQL of some version and are something else.
const DERIVED: [&str; 4] = ["redshift", "greenplum", "-yb-", "cockroach"];
/// The parameter that differs between a session at work and at rest.
const NAME: &str = "application_name";

/// Why a session cannot be used again.
pub(super) enum Unfit {
    /// It is gone.
    Gone(SessionError),
    /// It is not as it was.
    Changed(String),
    /// Its server cannot reset sessions in full: the next one will not do, either.
    Refused(String),
}

/// Whether a server that has just let us in may be asked at all.
pub(super) fn may_be_asked(session: &Session) -> Result<(), String> {
    if session.is_redshift() {
        return Err("Amazon Redshift cannot reset a session in full".to_owned());
    }
    let version = session.parameter("server_version").unwrap_or("an unknown version");
    if session.version_number() < VERSION_MIN {
        return Err(format!("a server of {version} cannot reset a session in full"));
    }
    Ok(())
}

/// Sends the reset of a session that rests between statements. Gives the number of answers that are to come.
pub(super) async fn send(session: &mut Session, proven: bool) -> Result<usize, SessionError> {
    let rollback = (session.transaction() != Transaction::Idle).then_some("ROLLBACK");
    let proof = (!proven).then_some(PROOF);
    let mut owed = 0;
    // Each by itself, since DISCARD ALL cannot be part of a query string with others.
    for sql in [rollback, Some(RESET), proof].into_iter().flatten() {
        session.queue_query(sql.as_bytes())?;
        owed += 1;
    }
    session.flush().await?;
    Ok(owed)
}

/// Reads the answers that are owed, and gives the session the name of `connect`. It is then as new, its parameters being
/// those of `parameters`.
pub(super) async fn finish(
    session: &mut Session,
    owed: usize,
    connect: &ConnectOptions,
    parameters: &BTreeMap<String, String>,
) -> Result<(), Unfit> {
    session.stand_for(connect.clone());
    // A script may have chosen the seed of random(), which no reset forgets.
    let sql = format!("SET seed TO {}; {}", seed(), name_setting(&connect.application_name));
    session.queue_query(sql.as_bytes()).map_err(Unfit::Gone)?;
    session.flush().await.map_err(Unfit::Gone)?;
    answers(session, owed + 1).await?;
    let name = name_as_kept(&connect.application_name);
    let reported = session.parameters();
    if reported.get(NAME) != Some(&name) {
        return Err(Unfit::Refused("its server does not confirm the name of a session".to_owned()));
    }
    let others = |map: &BTreeMap<String, String>| {
        map.iter().filter(|(key, _)| *key != NAME).map(|(k, v)| (k.clone(), v.clone())).collect::<Vec<_>>()
    };
    if others(reported) != others(parameters) {
        return Err(Unfit::Changed("the session does not have the parameters that it began with".to_owned()));
    }
    Ok(())
}

async fn answers(session: &mut Session, mut owed: usize) -> Result<(), Unfit> {
    while owed > 0 {
        match session.next_reply().await.map_err(Unfit::Gone)? {
            Reply::Ready(Transaction::Idle) => owed -= 1,
            Reply::Ready(_) => return Err(Unfit::Changed("a transaction stays open".to_owned())),
            Reply::Error(message) => return Err(refused(&message)),
            Reply::Row(row) => proven(session, &row).map_err(Unfit::Refused)?,
            Reply::CopyIn { .. } | Reply::CopyOut { .. } => {
                return Err(Unfit::Changed("a COPY has begun".to_owned()));
            }
            // Notices and notifications meant for the script before.
            _ => {}
        }
    }
    Ok(())
}

/// Whether an error is the server's last word, or of this session alone.
fn refused(message: &ServerMessage) -> Unfit {
    let state = message.sqlstate();
    if message.is_fatal() {
        return Unfit::Gone(SessionError::Server(Box::new(message.clone())));
    }
    // Not supported, not where it must be, not known, not permitted.
    if ["0A", "25", "42"].iter().any(|class| state.starts_with(class)) {
        return Unfit::Refused(format!("its server answers the reset with: {message}"));
    }
    Unfit::Changed(message.to_string())
}

/// Judges the row of [`PROOF`].
fn proven(session: &Session, row: &Row) -> Result<(), String> {
    let cells: Vec<Option<String>> =
        row.cells().map(|cell| cell.map(|text| String::from_utf8_lossy(text).into_owned())).collect();
    let [pid, version, languages, extension] = &cells[..] else {
        return Err("its server did not say what it is".to_owned());
    };
    if pid.as_deref() != session.backend_pid().map(|pid| pid.to_string()).as_deref() {
        return Err("a connection pooler stands between, which may change the session".to_owned());
    }
    let version = version.as_deref().unwrap_or_default();
    let lower = version.to_lowercase();
    if !version.starts_with("PostgreSQL ") || DERIVED.iter().any(|other| lower.contains(other)) {
        return Err(format!("a server of the kind \"{version}\" may not reset a session in full"));
    }
    if let Some(languages) = languages {
        return Err(format!(
            "the database has languages whose variables a reset does not reach: {languages}"
        ));
    }
    if let Some(extension) = extension {
        return Err(format!("the database has the extension {extension}, which no reset reaches"));
    }
    Ok(())
}

/// A number from -1 to 1 that nobody can foretell.
fn seed() -> f64 {
    // RandomState is seeded by the system. 53 bits fill a fraction.
    let bits = RandomState::new().hash_one(0_u8) >> 11;
    bits as f64 / (1_u64 << 52) as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_differ_and_are_taken_by_the_server() {
        let seeds: Vec<f64> = (0..1000).map(|_| seed()).collect();
        assert!(seeds.iter().all(|seed| (-1.0..=1.0).contains(seed)));
        assert!(seeds.iter().any(|seed| *seed < -0.5) && seeds.iter().any(|seed| *seed > 0.5));
        // The grammar of SET has no exponents.
        assert_eq!(format!("{}", 1e-12), "0.000000000001");
    }

    #[test]
    fn errors_are_told_apart() {
        fn check(code: &'static str, severity: &'static str, expect: &str) {
            let fields = [(b'C', code), (b'V', severity), (b'S', severity), (b'M', "no")];
            let fields = fields.map(|(kind, text)| (kind, text.as_bytes().into())).into();
            let seen = match refused(&ServerMessage { fields }) {
                Unfit::Gone(_) => "gone",
                Unfit::Changed(_) => "changed",
                Unfit::Refused(_) => "refused",
            };
            assert_eq!(seen, expect, "{code}");
        }
        check("0A000", "ERROR", "refused");
        check("42601", "ERROR", "refused");
        check("25001", "ERROR", "refused");
        check("53200", "ERROR", "changed");
        check("57P01", "FATAL", "gone");
    }
}
