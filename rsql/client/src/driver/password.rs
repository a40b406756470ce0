//! Passwords as servers keep them, made here so that a new one never travels in clear. Where it is asked for is elsewhere.

use postgres_protocol::password::{md5, scram_sha_256};
use rsql_lang::PasswordHash;

/// The hash for `ALTER USER … PASSWORD`.
///
/// # Errors
/// When the server keeps passwords in a way that is unknown here.
pub(super) fn hash(wanted: &PasswordHash) -> Result<String, String> {
    match wanted.method.as_str() {
        "scram-sha-256" => Ok(scram_sha_256(&wanted.password)),
        // What very old servers call md5.
        "md5" | "on" | "off" => Ok(md5(&wanted.password, &String::from_utf8_lossy(&wanted.user))),
        other => Err(format!("unrecognized password encryption algorithm \"{other}\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_what_servers_keep() {
        let hash = |method: &str| {
            let (user, password) = (b"etl".to_vec(), b"secret".to_vec());
            hash(&PasswordHash { user, password, method: method.to_owned() })
        };
        assert_eq!(hash("md5"), Ok("md5d915e1cf7cfc24de5186bcbd5eab1d9e".to_owned()));
        assert!(hash("scram-sha-256").is_ok_and(|hash| hash.starts_with("SCRAM-SHA-256$4096:")));
        assert!(hash("rot13").is_err_and(|message| message.contains("rot13")));
    }
}
