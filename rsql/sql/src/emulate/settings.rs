//! Settings that only Redshift has. They live under a name of our own, which PostgreSQL keeps for the session, rolls back
//! and resets like its own.

use super::SCHEMA;
use super::rewriter::Rewriter;
use super::tokens::Kind;

/// Settings and what SHOW tells of them when nobody has set them.
const SETTINGS: &[(&str, &str)] = &[
    ("analyze_threshold_percent", "10"),
    ("auto_analyze", "on"),
    ("auto_mv", "on"),
    ("cast_super_null_on_error", "on"),
    ("datashare_break_glass_session_var", ""),
    ("default_geometry_encoding", "1"),
    ("describe_field_name_in_uppercase", "off"),
    ("downcase_delimited_identifier", "on"),
    ("enable_case_sensitive_identifier", "off"),
    ("enable_case_sensitive_super_attribute", "off"),
    ("enable_numeric_rounding", "on"),
    ("enable_result_cache_for_session", "on"),
    ("enable_spectrum_oid", "on"),
    ("enable_user_activity_logging", "off"),
    ("enable_vacuum_boost", "off"),
    ("error_on_nondeterministic_update", "off"),
    ("max_concurrency_scaling_clusters", "1"),
    ("max_cursor_result_set_size", "0"),
    ("navigate_super_null_on_error", "on"),
    ("parse_super_null_on_error", "off"),
    ("pg_federation_repeatable_read", "on"),
    ("query_group", "unset"),
    ("require_ssl", "off"),
    ("stored_proc_log_min_messages", "log"),
    ("use_fips_ssl", "off"),
    ("wlm_query_slot_count", "1"),
];

/// Beginnings of names of which PostgreSQL has none.
const PREFIXES: &[&str] = &["json_serialization_", "mv_", "qmr_", "spectrum_", "wlm_"];

/// What SHOW tells of a setting before it is set; `None` when Redshift has no such setting, or PostgreSQL has it, too.
fn default(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let known = SETTINGS.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    known.or_else(|| PREFIXES.iter().any(|prefix| name.starts_with(prefix)).then_some(""))
}

impl Rewriter<'_> {
    /// SET, RESET and SHOW.
    pub(super) fn settings(&mut self, from: usize, to: usize) -> bool {
        let source = self.source;
        let name = match source.token(from).to_ascii_lowercase().as_str() {
            "set" if source.is(from + 1, "session") || source.is(from + 1, "local") => from + 2,
            "set" | "reset" | "show" => from + 1,
            _ => return false,
        };
        if name >= to || source.kind(name) != Some(Kind::Word) {
            return false;
        }
        let Some(default) = default(source.token(name)) else { return false };
        if source.is(from, "show") {
            return name + 1 == to && self.show(from, name, default);
        }
        self.copy_plain(from, name);
        self.replace(name, &format!("{SCHEMA}."));
        self.add(name, source.token(name));
        self.copy_plain(name + 1, to);
        true
    }

    fn show(&mut self, from: usize, name: usize, default: &str) -> bool {
        let word = self.source.token(name).to_ascii_lowercase();
        self.replace(
            from,
            &format!(
                "SELECT COALESCE(NULLIF(current_setting('{SCHEMA}.{word}', true), ''), '{default}') AS \"{word}\""
            ),
        );
        self.tag = Some("SHOW");
        true
    }
}
