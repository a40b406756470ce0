//! Texts with a form of their own: how each is described in the schema and checked. The schema names the form in `format`,
//! and the reader finds the check by that name, so that the two cannot drift apart.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::super::fault::Problem;
use super::super::job::TimeOfDay;
use super::super::limits::{DURATION_MAX, TEMPLATE_BYTES_MAX};
use super::super::template::Template;
use crate::ids::{IdError, JobId, NAME_BYTES_MAX, WorkflowId};
use crate::schedule::{Cron, CronError, Zone};
use crate::time::Millis;

/// Name of a connection, queue or topic: printable, without blanks. Secret ids and ARNs are such names.
#[derive(Debug, Clone, Deserialize)]
pub(in super::super) struct Name(pub(in super::super) Arc<str>);

/// Path of a script as written. Checked against the script root when the jobs are.
#[derive(Debug, Clone, Deserialize)]
pub(in super::super) struct ScriptPath(pub(in super::super) Box<str>);

/// A plain text; numbers and `true` stand for themselves.
#[derive(Debug, Clone, Deserialize)]
pub(in super::super) struct Plain(pub(in super::super) String);

const NAME_PATTERN: &str = "^[A-Za-z][A-Za-z0-9_.-]*$";
const VARIABLE_PATTERN: &str = "^[A-Za-z_][A-Za-z0-9_]*$";
const LOOSE_NAME_PATTERN: &str = "^[!-~]+$";
/// Longest name of a connection, queue or topic, in bytes: an ARN has at most 2048, a secret's 512.
const LOOSE_NAME_BYTES_MAX: usize = 512;

macro_rules! text_schema {
    ($type:ty, $name:literal, $schema:tt) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

text_schema!(Millis, "Duration", {
    "type": "string", "format": "duration-text", "pattern": "^([0-9]+([dhms]|ms))+$",
    "description": "A span of time: `500ms`, `30s`, `10m`, `4h`, `1d`, or a sum such as `1h30m`.",
});
text_schema!(WorkflowId, "WorkflowId", {
    "type": "string", "format": "workflow-id", "pattern": NAME_PATTERN, "maxLength": NAME_BYTES_MAX,
    "description": "A letter, then letters, digits, `_`, `.` and `-`.",
});
text_schema!(JobId, "JobId", {
    "type": "string", "format": "job-id", "pattern": NAME_PATTERN, "maxLength": NAME_BYTES_MAX,
    "description": "A letter, then letters, digits, `_`, `.` and `-`.",
});
text_schema!(Template, "Template", {
    "type": ["string", "number", "boolean"], "format": "template", "maxLength": TEMPLATE_BYTES_MAX,
    "description": "A text; `{{ name - 1d | format('%Y%m%d') }}` in it is filled at the start of an execution.",
});
text_schema!(Plain, "PlainText", {
    "type": ["string", "number", "boolean"], "format": "plain-text", "maxLength": TEMPLATE_BYTES_MAX,
    "description": "A text that is taken as it is.",
});
text_schema!(Cron, "Cron", {
    "type": "string", "format": "cron",
    "description": "Six fields in EventBridge's syntax: minutes hours day-of-month month day-of-week year.",
});
text_schema!(Zone, "TimeZone", {
    "type": "string", "format": "time-zone",
    "description": "An IANA time zone such as `Europe/London`.",
});
text_schema!(TimeOfDay, "TimeOfDay", {
    "type": "string", "format": "time-of-day", "pattern": "^[0-9]{1,2}:[0-9]{2}$",
    "description": "Hours and minutes on the wall, `00:00` to `23:59`.",
});
text_schema!(Name, "Name", {
    "type": "string", "format": "name", "pattern": LOOSE_NAME_PATTERN, "maxLength": LOOSE_NAME_BYTES_MAX,
    "description": "A name without blanks; an ARN is one.",
});
text_schema!(ScriptPath, "ScriptPath", {
    "type": "string", "format": "script-path", "pattern": "\\.(rsql|sql|sh)$",
    "description": "Path of a script below the script root, with `/`; ends in `.rsql`, `.sql` or `.sh`.",
});

/// The schema of the keys of `params`, `vars` and `env`.
pub(super) fn variable_names() -> serde_json::Value {
    serde_json::json!({ "format": "variable-name", "pattern": VARIABLE_PATTERN, "maxLength": NAME_BYTES_MAX })
}

/// Checks a text against the form that the schema names; nothing for a form that is not known.
pub(in super::super) fn check(format: &str, text: &str) -> Option<Result<(), Problem>> {
    Some(match format {
        "duration-text" => duration(text),
        "workflow-id" => WorkflowId::parse(text).map(drop).map_err(|error| id(&error, text, "workflow_")),
        "job-id" => JobId::parse(text).map(drop).map_err(|error| id(&error, text, "job_")),
        "template" => template(text),
        "plain-text" => plain(text),
        "cron" => Cron::parse(text).map(drop).map_err(|error| cron(&error)),
        "time-zone" => zone(text),
        "time-of-day" => TimeOfDay::parse(text).map(drop).map_err(|error| {
            Problem::new(error.to_string()).hint("write hours and minutes, such as `06:00`")
        }),
        "name" => name(text),
        // Needs the job around it and the disk: `compile::script` checks it.
        "script-path" => Ok(()),
        "variable-name" => variable(text),
        _ => return None,
    })
}

/// With a legal name that is as near as can be; `prefix` stands before one that begins with a digit.
fn id(error: &IdError, text: &str, prefix: &str) -> Problem {
    let problem = Problem::new(error.to_string());
    let legal = |c: char| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '_' };
    let name: String = text.chars().map(legal).skip_while(|c| !c.is_ascii_alphanumeric()).collect();
    let prefix = if name.starts_with(|c: char| c.is_ascii_digit()) { prefix } else { "" };
    let name = prefix.to_owned() + name.trim_end_matches('_');
    match error {
        IdError::Illegal { .. } if !name.is_empty() => problem.hint(format!("write `{name}`, for instance")),
        IdError::TooLong { .. } => problem.hint("keep it short and put the rest into `description`"),
        IdError::Illegal { .. } | IdError::Empty { .. } => {
            problem.hint("give it a name such as `load_orders`")
        }
    }
}

fn duration(text: &str) -> Result<(), Problem> {
    match Millis::parse(text) {
        Ok(span) if span > DURATION_MAX => {
            Err(Problem::new(format!("`{text}` is longer than {DURATION_MAX}"))
                .hint("units are d, h, m (minutes), s and ms"))
        }
        Ok(_) => Ok(()),
        Err(error) => {
            let problem = Problem::new(error.to_string());
            if text.starts_with('-') {
                return Err(problem.hint("a duration is not negative"));
            }
            Err(problem.hint("write whole numbers with a unit each (d, h, m, s, ms) and no blanks"))
        }
    }
}

fn template(text: &str) -> Result<(), Problem> {
    Template::parse(text).map(drop).map_err(|error| {
        let problem = Problem::new(error.to_string());
        match error.hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    })
}

fn plain(text: &str) -> Result<(), Problem> {
    if text.contains("{{") {
        let hint = "a schedule gives plain text; put the template into the workflow's `params`";
        return Err(Problem::new("templates are not filled here").hint(hint));
    }
    if text.len() > TEMPLATE_BYTES_MAX {
        let bytes = text.len();
        return Err(Problem::new(format!(
            "the text has {bytes} bytes, at most {TEMPLATE_BYTES_MAX} are allowed"
        ))
        .hint("put it into a file that the script reads"));
    }
    Ok(())
}

fn cron(error: &CronError) -> Problem {
    let problem = Problem::new(error.to_string());
    match error {
        CronError::FieldCount(5) => problem.hint("EventBridge has a year as the sixth field: `0 2 * * ? *`"),
        CronError::BothDays => {
            problem.hint("every day at two is `0 2 * * ? *`, every Monday `0 2 ? * MON *`")
        }
        CronError::FieldCount(_) | CronError::NoDay => problem.hint("every day at two is `0 2 * * ? *`"),
        CronError::Field { .. } => problem
            .hint("the fields are minutes, hours, day of month, month, day of week, year: `0 2 * * ? *`"),
        CronError::Never(_) => {
            problem.hint("no year has such a day; look at the day, the month and the year")
        }
    }
}

fn zone(text: &str) -> Result<(), Problem> {
    Zone::parse(text).map(drop).map_err(|error| {
        let problem = Problem::new(error.to_string());
        match error.nearest {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("use a name such as `Europe/London` or `UTC`"),
        }
    })
}

fn name(text: &str) -> Result<(), Problem> {
    if text.is_empty() || text.len() > LOOSE_NAME_BYTES_MAX {
        return Err(Problem::new(format!(
            "a name has 1 to {LOOSE_NAME_BYTES_MAX} bytes, this one has {}",
            text.len()
        ))
        .hint("give a shorter name, or leave the key out"));
    }
    match text.chars().find(|c| !c.is_ascii_graphic()) {
        Some(odd) => {
            Err(Problem::new(format!("name `{text}` has {odd:?}")).hint("use printable ASCII without blanks"))
        }
        None => Ok(()),
    }
}

fn variable(text: &str) -> Result<(), Problem> {
    let hint = "use letters, digits and `_`, not beginning with a digit";
    let start = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let rest = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !start || !rest || text.len() > NAME_BYTES_MAX {
        return Err(Problem::new(format!("`{text}` is no name of a variable")).hint(hint));
    }
    Ok(())
}
