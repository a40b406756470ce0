//! Status variables: what a script can learn of its last statement.

use std::time::Duration;

use crate::machine::Machine;
use crate::server_message::ServerMessage;
use crate::text::lossy;

/// SQLSTATE of success.
const SUCCESS: &str = "00000";

const UNDEFINED_FILE: &str = "58P01";
const IO_ERROR: &str = "58030";

/// What a statement has come to so far; with several in one text, the last counts.
#[derive(Debug, Default)]
pub(super) struct Status {
    /// SQLSTATE and message of the failure, if it failed.
    pub(super) sqlstate: Option<String>,
    message: Vec<u8>,
    /// Rows returned or affected.
    activity_count: u64,
    /// Rows affected by INSERT, UPDATE, DELETE and MERGE.
    row_count: u64,
    /// Rows of a Redshift COPY or UNLOAD, whose tags have no number: an INFO before them does.
    told: Option<u64>,
}

impl Status {
    /// One statement is complete; `rows` were returned.
    pub(super) fn complete(&mut self, tag: &str, rows: Option<u64>) {
        let mut words = tag.split(' ');
        let verb = words.next().unwrap_or_default();
        let count = words.next_back().and_then(|word| word.parse().ok());
        let told = self.told.take().filter(|_| matches!(tag, "COPY" | "UNLOAD"));
        self.activity_count = count.or(told).or(rows).unwrap_or(0);
        self.row_count = match verb {
            "INSERT" | "UPDATE" | "DELETE" | "MERGE" => count.unwrap_or(0),
            _ => 0,
        };
    }

    /// The server tells something: Redshift the rows of a COPY or UNLOAD.
    pub(super) fn tell(&mut self, message: &ServerMessage) {
        let text = lossy(&message.message);
        let is_count = ["record(s) loaded successfully", "record(s) unloaded successfully"];
        let Some(end) = is_count.iter().find_map(|words| text.find(words)) else { return };
        if message.severity == "INFO" {
            self.told = text[..end].trim_end().rsplit(' ').next().and_then(|count| count.parse().ok());
        }
    }

    /// The statement has failed.
    pub(super) fn fail(&mut self, error: &ServerMessage) {
        self.sqlstate = Some(error.sqlstate.clone());
        self.message.clone_from(&error.message);
        self.activity_count = 0;
        self.row_count = 0;
    }

    /// Whether it has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.sqlstate.is_some()
    }
}

impl Machine {
    /// Status variables before the first statement.
    pub(crate) fn set_status_at_start(&mut self) {
        self.variables.set("LAST_ERROR_MESSAGE", "");
        self.variables.set("LAST_ERROR_SQLSTATE", SUCCESS);
    }

    /// A `\copy` or `\g` has failed at our side of the connection. A script must see that a load or report has failed,
    /// wherever it did. Gives its SQLSTATE.
    pub(crate) fn set_local_failure(&mut self, message: &str) -> &'static str {
        let missing = message.ends_with("No such file or directory");
        let sqlstate = if missing { UNDEFINED_FILE } else { IO_ERROR };
        self.variables.set("ERROR", "true");
        for name in ["SQLSTATE", "ERRORCODE", "LAST_ERROR_SQLSTATE"] {
            self.variables.set(name, sqlstate);
        }
        self.variables.set("LAST_ERROR_MESSAGE", message);
        self.variables.set("ACTIVITYCOUNT", "0");
        self.variables.set("ROW_COUNT", "0");
        // A severity may stop the run for it, as for what the server refuses.
        self.set_run(|run| {
            run.status.sqlstate.get_or_insert_with(|| sqlstate.to_owned());
        });
        sqlstate
    }

    /// Sets the status variables from the statement that has just ended, and counts it.
    pub(super) fn set_status(&mut self) {
        let Some(run) = &self.run else { return };
        let status = &run.status;
        let failed = status.has_failed();
        let sqlstate = status.sqlstate.as_deref().unwrap_or(SUCCESS);
        self.variables.set("ACTIVITYCOUNT", status.activity_count.to_string());
        // Where only we have failed (a `\gset` of two rows), psql leaves the rest as it was.
        if failed || !run.failed {
            self.variables.set("ERROR", if failed { "true" } else { "false" });
            self.variables.set("SQLSTATE", sqlstate);
            self.variables.set("ERRORCODE", sqlstate);
            self.variables.set("ROW_COUNT", status.row_count.to_string());
        }
        if failed {
            self.variables.set("LAST_ERROR_SQLSTATE", sqlstate);
            self.variables.set("LAST_ERROR_MESSAGE", status.message.as_slice());
        }
        self.report.statements += 1;
        self.report.failed_statements += u64::from(run.failed);
        self.report.activity_count = status.activity_count;
        self.report.rows = self.report.rows.saturating_add(status.activity_count);
    }
}

/// The line of `\timing`: milliseconds, and from a second on the same in larger units.
pub(super) fn time(elapsed: Duration) -> String {
    let millis = elapsed.as_secs_f64() * 1000.0;
    if millis < 1000.0 {
        return format!("Time: {millis:.3} ms");
    }
    let seconds = elapsed.as_secs_f64();
    let whole = elapsed.as_secs();
    let (days, hours, minutes) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60);
    let rest = seconds % 60.0;
    let clock = match (days, whole / 3600) {
        (0, 0) => format!("{minutes:02}:{rest:06.3}"),
        (0, _) => format!("{hours:02}:{minutes:02}:{rest:06.3}"),
        _ => format!("{days} d {hours:02}:{minutes:02}:{rest:06.3}"),
    };
    format!("Time: {millis:.3} ms ({clock})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_from_tags_and_rows() {
        let check = |tag: &str, rows: Option<u64>, expect: (u64, u64)| {
            let mut status = Status::default();
            status.complete(tag, rows);
            assert_eq!((status.activity_count, status.row_count), expect, "{tag}");
        };
        check("INSERT 0 5", None, (5, 5));
        check("UPDATE 3", None, (3, 3));
        check("DELETE 1", Some(1), (1, 1));
        check("MERGE 7", None, (7, 7));
        check("SELECT 4", Some(4), (4, 0));
        check("FETCH 2", Some(2), (2, 0));
        check("COPY 18446744073709551615", None, (u64::MAX, 0));
        check("CREATE TABLE", None, (0, 0));
        check("SHOW", Some(1), (1, 0));
        check("BEGIN", None, (0, 0));
    }

    #[test]
    fn redshift_tells_the_rows_of_a_load_beforehand() {
        let check = |severity: &str, text: &str, tag: &str, expect: u64| {
            let mut status = Status::default();
            let (severity, message) = (severity.to_owned(), text.as_bytes().to_vec());
            status.tell(&ServerMessage { severity, message, ..ServerMessage::default() });
            status.complete(tag, None);
            assert_eq!(status.activity_count, expect, "{text} {tag}");
        };
        let loaded = "Load into table 't' completed, 3 record(s) loaded successfully.";
        check("INFO", loaded, "COPY", 3);
        check("INFO", "UNLOAD completed, 12 record(s) unloaded successfully.", "UNLOAD", 12);
        check("NOTICE", loaded, "COPY", 0);
        check("INFO", loaded, "CREATE TABLE", 0);
        check("INFO", "Load into table 't' completed, 1 record(s) could not be loaded.", "COPY", 0);
    }

    #[test]
    fn times_are_told_in_two_units() {
        let check = |millis: u64, expect: &str| assert_eq!(time(Duration::from_millis(millis)), expect);
        check(1, "Time: 1.000 ms");
        check(999, "Time: 999.000 ms");
        check(61_500, "Time: 61500.000 ms (01:01.500)");
        check(3_661_000, "Time: 3661000.000 ms (01:01:01.000)");
        check(90_061_000, "Time: 90061000.000 ms (1 d 01:01:01.000)");
    }
}
