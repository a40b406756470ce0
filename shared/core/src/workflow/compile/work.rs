//! What a job does: a script or a precondition. Owns the check that there is exactly one, and of what kind, and that no
//! script is outside of the script root.

use super::super::ScriptCheck;
use super::super::fault::Problem;
use super::super::job::{Precondition, ScriptKind, Work};
use super::super::limits::POLL_MIN;
use super::super::source::{JobFile, PreconditionFile};
use super::super::template::Template;
use super::Checker;
use crate::schedule::Zone;
use crate::time::Millis;

/// Pause between two looks when the author gives none.
const POLL_DEFAULT: Millis = Millis::from_secs(60);

pub(super) fn compile(
    position: usize,
    file: &JobFile,
    zone: Option<&Zone>,
    checker: &mut Checker<'_, '_>,
) -> Option<Work> {
    match (&file.script, &file.precondition) {
        (Some(path), None) => script(position, &path.0, checker),
        (None, Some(look)) => {
            let poll = file.poll.unwrap_or(POLL_DEFAULT);
            if poll < POLL_MIN {
                checker.job_fault(position, "poll", || {
                    Problem::new(format!("`poll` is {poll}; at least {POLL_MIN} is needed"))
                        .hint(format!("write a time such as {POLL_DEFAULT}, or leave the key out"))
                });
            }
            let look = precondition(position, look, zone, checker)?;
            Some(Work::Precondition { look, poll })
        }
        (Some(_), Some(_)) => {
            let problem = Problem::new("this job has both a script and a precondition");
            let hint = "make two jobs, and let the script's need the precondition's";
            let spot = checker.origin.job(position).name("precondition");
            checker.faults.add_with(|| spot.fault(problem.hint(hint)));
            None
        }
        // What the job does was at fault and has been reported.
        (None, None) if checker.origin.job(position).is_damaged() => None,
        (None, None) => {
            let problem = Problem::new("this job has neither a script nor a precondition");
            checker.job_fault(position, "id", || problem.hint("give it `script: name.rsql`"));
            None
        }
    }
}

fn script(position: usize, path: &str, checker: &mut Checker<'_, '_>) -> Option<Work> {
    match normal(path).and_then(|path| known(&path, checker.scripts).map(|kind| (path, kind))) {
        Ok((path, kind)) => Some(Work::Script { path: path.into_boxed_str(), kind }),
        Err(problem) => {
            checker.job_fault(position, "script", || problem);
            None
        }
    }
}

/// The path without `.` and doubled slashes; a fault when it could leave the script root.
fn normal(path: &str) -> Result<String, Problem> {
    let drive = path.as_bytes().get(1) == Some(&b':') && path.starts_with(|c: char| c.is_ascii_alphabetic());
    if path.starts_with('/') || drive {
        let problem = Problem::new(format!("script `{path}` is an absolute path"));
        return Err(problem.hint("paths are relative to the script root"));
    }
    if path.contains('\\') || path.contains(char::is_control) {
        let problem = Problem::new(format!("script {path:?} has a backslash or a control character"));
        return Err(problem.hint("folders are separated by `/`"));
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err(
            Problem::new(format!("script `{path}` leaves the script root")).hint("`..` is not allowed")
        );
    }
    Ok(parts.join("/"))
}

fn known(path: &str, scripts: &dyn Fn(&str) -> ScriptCheck) -> Result<ScriptKind, Problem> {
    let kind = ScriptKind::of(path).ok_or_else(|| {
        Problem::new(format!("script `{path}` is of no known kind")).hint("scripts end in .rsql, .sql or .sh")
    })?;
    match scripts(path) {
        ScriptCheck::Present | ScriptCheck::Unchecked => Ok(kind),
        ScriptCheck::Missing { nearest: Some(near) } => {
            Err(Problem::new(format!("script `{path}` does not exist"))
                .hint(format!("did you mean `{near}`?")))
        }
        ScriptCheck::Missing { nearest: None } => {
            Err(Problem::new(format!("script `{path}` does not exist"))
                .hint("paths are relative to the script root"))
        }
        ScriptCheck::Outside => {
            Err(Problem::new(format!("script `{path}` leaves the script root by a symbolic link"))
                .hint("put the script itself below the script root"))
        }
        ScriptCheck::NotAFile => {
            Err(Problem::new(format!("script `{path}` is no regular file")).hint("name a file, not a folder"))
        }
    }
}

fn precondition(
    position: usize,
    file: &PreconditionFile,
    zone: Option<&Zone>,
    checker: &mut Checker<'_, '_>,
) -> Option<Precondition> {
    let damaged = checker.origin.job(position).key("precondition").is_damaged();
    if !damaged {
        reject_extras(position, file, checker);
    }
    let given = [
        (file.file.is_some(), "file"),
        (file.s3.is_some(), "s3"),
        (file.sql.is_some(), "sql"),
        (file.workflow.is_some(), "workflow"),
        (file.time.is_some(), "time"),
    ];
    let kinds: Vec<&str> = given.into_iter().filter(|(given, _)| *given).map(|(_, kind)| kind).collect();
    let [kind] = kinds[..] else {
        if kinds.is_empty() && damaged {
            return None;
        }
        checker.job_fault(position, "precondition", || not_one(&kinds));
        return None;
    };
    match look(file, zone) {
        Ok(look) => {
            check_template(position, kind, &look, checker);
            Some(look)
        }
        Err(_) if damaged => None,
        Err(problem) => {
            let spot = checker.origin.job(position).key("precondition").key(kind);
            checker.faults.add_with(|| spot.fault(problem));
            None
        }
    }
}

fn not_one(kinds: &[&str]) -> Problem {
    let hint = "give one of file, s3, sql, workflow and time";
    match kinds {
        [] => Problem::new("the precondition has no kind").hint(hint),
        _ => Problem::new(format!("the precondition has several kinds: {}", kinds.join(", "))).hint(hint),
    }
}

/// `within` and `timezone` where they have no effect.
fn reject_extras(position: usize, file: &PreconditionFile, checker: &mut Checker<'_, '_>) {
    let rules = [
        (file.within.is_some() && file.workflow.is_none(), "within", "workflow"),
        (file.timezone.is_some() && file.time.is_none(), "timezone", "time"),
    ];
    for (_, key, of) in rules.into_iter().filter(|(unfit, ..)| *unfit) {
        let problem = Problem::new(format!("`{key}` has no effect without `{of}`"))
            .hint(format!("leave `{key}` out, or wait for a `{of}`"));
        let spot = checker.origin.job(position).key("precondition").name(key);
        checker.faults.add_with(|| spot.fault(problem));
    }
}

fn look(file: &PreconditionFile, zone: Option<&Zone>) -> Result<Precondition, Problem> {
    if let Some(glob) = &file.file {
        return if glob.as_str().is_empty() {
            Err(Problem::new("the pattern is empty").hint("write a path such as `/in/*.csv`"))
        } else {
            Ok(Precondition::File { glob: glob.clone() })
        };
    }
    if let Some(uri) = &file.s3 {
        return s3(uri);
    }
    if let Some(text) = &file.sql {
        return sql(text);
    }
    if let Some(id) = &file.workflow {
        return match file.within {
            Some(within) if within.0 > 0 => Ok(Precondition::Workflow { id: id.clone(), within }),
            _ => Err(Problem::new(format!("nothing says how long ago `{id}` may have ended"))
                .hint("give `within`, such as 24h")),
        };
    }
    let Some(not_before) = file.time else { return Err(not_one(&[])) };
    let timezone = file.timezone.clone().or_else(|| zone.cloned()).unwrap_or_else(Zone::utc);
    Ok(Precondition::Time { not_before, timezone })
}

fn s3(uri: &Template) -> Result<Precondition, Problem> {
    let rest = uri.as_str().strip_prefix("s3://").unwrap_or_default();
    match rest.split_once('/') {
        Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => {
            Ok(Precondition::S3 { uri: uri.clone() })
        }
        _ => Err(Problem::new(format!("`{uri}` is no place in S3")).hint("write `s3://bucket/prefix/*.gz`")),
    }
}

fn sql(text: &str) -> Result<Precondition, Problem> {
    if text.contains("{{") {
        let hint = "values reach SQL as RSQL variables only: write :'business_date'";
        return Err(Problem::new("templates are not filled in SQL").hint(hint));
    }
    if text.trim().is_empty() {
        Err(Problem::new("the query is empty")
            .hint("write one that gives a single value, such as `select count(*) from feed`"))
    } else {
        Ok(Precondition::Sql { text: text.into() })
    }
}

fn check_template(position: usize, kind: &str, look: &Precondition, checker: &mut Checker<'_, '_>) {
    let (Precondition::File { glob: template } | Precondition::S3 { uri: template }) = look else { return };
    if let Some(stranger) = checker.stranger(template) {
        let problem = checker.unknown_name(stranger);
        let spot = checker.origin.job(position).key("precondition").key(kind);
        checker.faults.add_with(|| spot.fault(problem));
    }
}
