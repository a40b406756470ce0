//! Cases of whole files: every rule with its whole message, and what files compile to.

mod compiled;
mod definitions;
mod docs;
mod faults;
mod mutations;
mod values;

use super::{Definition, ScriptCheck, parse};

/// A script root with every script but some, whose names say what is wrong with them.
fn scripts(path: &str) -> ScriptCheck {
    match path {
        "missing.sql" => ScriptCheck::Missing { nearest: None },
        "lod.sql" => ScriptCheck::Missing { nearest: Some("load.sql".to_owned()) },
        "link.sql" => ScriptCheck::Outside,
        "folder.sql" => ScriptCheck::NotAFile,
        _ => ScriptCheck::Present,
    }
}

fn compiled(text: &str) -> Definition {
    parse("w.yaml", text, &scripts).unwrap_or_else(|faults| panic!("{text}\n{faults}"))
}

fn messages(text: &str) -> String {
    parse("w.yaml", text, &scripts).map_or_else(|faults| faults.to_string(), |_| "no fault".to_owned())
}
