//! What rsql shows and asks when it describes a server that passes for Redshift.

use std::process::{Command, Stdio};

use fleet_tests::postgres::Postgres;

use crate::proxy;

/// What rsql makes of a script in `redshift`, on a server with these catalogs.
pub(crate) fn transcript(script: &str, catalogs: &str, arguments: &[&str]) -> String {
    let server = Postgres::shared().new_database();
    server.psql(catalogs);
    let port = proxy::redshift(&server).to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_rsql"))
        .args(["-X", "-f", script])
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/redshift"))
        .envs(server.env())
        .envs([("PGPORT", port.as_str()), ("PGSSLMODE", "disable"), ("RSQL_RFORMAT", "on")])
        .env_remove("RSPASSWORD")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).replace(server.database(), "DATABASE");
        text.replace(&port, "PORT")
    };
    format!(
        "{}--- stderr\n{}--- exit code {}\n",
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().unwrap()
    )
}

/// The questions in what was shown with `-E`.
pub(crate) fn questions(shown: &str) -> Vec<&str> {
    shown
        .split("********* QUERY **********\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n**************************").next())
        .collect()
}
