//! `worker credentials`: a secret as assignments that a shell evaluates. Owns the names that scripts of the older framework
//! know, and their quoting. Prints to a pipe only.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use anyhow::Context as _;
use fleet_aws::{Account, AccountSettings, Secrets};
use rsql_client::ConnectOptions;

use super::place;

/// Reads the secret and prints its login.
///
/// # Errors
/// When it cannot be read, lacks something, or would be shown on a terminal.
pub(crate) async fn print(
    secret: &str,
    region: Option<String>,
    profile: Option<String>,
) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    if out.is_terminal() {
        anyhow::bail!("this prints a password; read it by eval \"$(worker credentials SECRET)\"");
    }
    let account = Account::open(AccountSettings { profile, region, ..AccountSettings::default() }).await?;
    let fields = Secrets::new(&account).get(secret).await?;
    let text = assignments(&place::options(&fields, None)?);
    out.write_all(text.as_bytes()).context("print the credentials")
}

fn assignments(options: &ConnectOptions) -> String {
    let port = options.port.to_string();
    let password = options.password.as_ref().map_or("", |password| password.expose());
    let values = [
        ("HOST", options.host.as_str()),
        ("PORT", &port),
        ("PGPORT", &port),
        ("DB", &options.database),
        ("USER", &options.user),
        ("RSPASSWORD", password),
    ];
    let mut text = String::new();
    for (name, value) in values {
        writeln!(text, "{name}={}", quoted(value)).expect("writing to a String cannot fail");
    }
    text
}

/// One word, whatever is in it: between single quotes nothing has a meaning for a shell, but the quote itself.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_very_values() {
        let password = "a'b\"c $(id) `id` \\ !\n;d";
        let mut options = ConnectOptions::from_uri("postgresql://etl@warehouse:5440/dev").unwrap();
        options.password = Some(rsql_client::Secret::new(password));
        let script =
            format!("{}printf %s \"$HOST|$PORT|$PGPORT|$DB|$USER|$RSPASSWORD\"", assignments(&options));
        let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
        let read = String::from_utf8(output.stdout).unwrap();
        assert_eq!(read, format!("warehouse|5440|5440|dev|etl|{password}"));
    }
}
