//! One job: what its keys come to together. Owns the checks of keys that make no sense with each other, of codes, pauses and
//! templates.

use std::collections::BTreeMap;

use super::super::fault::Problem;
use super::super::graph::JobIx;
use super::super::job::{Job, JobSettings, RetryPolicy, RunIf, ScriptKind};
use super::super::source::{JobFile, RetryFile};
use super::super::template::{CODE_DIR, SECRET_ID, Template};
use super::head::zero;
use super::{Checker, work};
use crate::schedule::Zone;

/// Compiles one job; nothing when its work is at fault.
pub(super) fn compile(
    position: usize,
    file: JobFile,
    needs: Vec<JobIx>,
    zone: Option<&Zone>,
    checker: &mut Checker<'_, '_>,
) -> Option<Job> {
    reject_unfit_keys(position, &file, checker);
    check_spans(position, &file, checker);
    check_templates(position, &file, checker);
    check_codes(position, &file, checker);
    let work = work::compile(position, &file, zone, checker);
    let retry = file.retry.map(|retry| policy(position, retry, checker)).unwrap_or_default();
    let settings = JobSettings {
        retry,
        timeout: file.timeout,
        allow_failure: file.allow_failure,
        success_codes: sorted(file.success_codes),
        warning_codes: sorted(file.warning_codes),
        connection: file.connection.map(|name| name.0),
        queue: file.queue.map(|name| name.0),
        vars: file.vars.unwrap_or_default(),
        args: file.args.unwrap_or_default().into_boxed_slice(),
        env: file.env.unwrap_or_default(),
        description: file.description.map(String::into_boxed_str),
    };
    let job = Job::new(file.id, work?, settings);
    Some(job.after(needs.into_boxed_slice(), file.run_if.unwrap_or_default()))
}

fn sorted(codes: Option<Vec<u8>>) -> Box<[u8]> {
    let mut codes = codes.unwrap_or_default();
    codes.sort_unstable();
    codes.dedup();
    codes.into_boxed_slice()
}

/// A key that is given but would have no effect: the key, on what it has none, and what to do instead.
type Unfit = (&'static str, &'static str, &'static str);

/// Reports keys that would have no effect. A setting that is silently ignored is worse than a fault.
fn reject_unfit_keys(position: usize, file: &JobFile, checker: &mut Checker<'_, '_>) {
    let origin = checker.origin;
    let mut unfit = match (&file.script, &file.precondition) {
        (Some(path), None) => unfit_for_script(file, ScriptKind::of(&path.0)),
        (None, Some(look)) => {
            // An `sql` that was at fault may be what the other keys belong to.
            let damaged = origin.job(position).key("precondition").is_damaged();
            unfit_for_precondition(file, look.sql.is_some() || damaged)
        }
        _ => Vec::new(),
    };
    let no_needs = file.needs.as_ref().is_none_or(Vec::is_empty);
    if no_needs && file.run_if.is_some_and(|run_if| run_if != RunIf::AllSucceeded) {
        unfit.push(("run_if", "a job without `needs`", "give it `needs`, or leave `run_if` out"));
    }
    for (key, what, hint) in unfit {
        let problem = Problem::new(format!("`{key}` has no effect on {what}")).hint(hint);
        checker.faults.add_with(|| origin.job(position).name(key).fault(problem));
    }
}

fn unfit_for_script(file: &JobFile, kind: Option<ScriptKind>) -> Vec<Unfit> {
    let engine = matches!(kind, Some(ScriptKind::Rsql | ScriptKind::Sql));
    let shell = kind == Some(ScriptKind::Sh);
    given([
        (file.poll.is_some(), ("poll", "a script", "only preconditions are looked at again")),
        (engine && file.args.is_some(), ("args", "an RSQL script", "give it `vars`")),
        (shell && file.vars.is_some(), ("vars", "a shell script", "give it `args` or `env`")),
    ])
}

fn unfit_for_precondition(file: &JobFile, asks: bool) -> Vec<Unfit> {
    let (what, this) = ("a precondition", "this precondition");
    let mut unfit = given([
        (file.retry.is_some(), ("retry", what, "it is looked at again after `poll` until `timeout`")),
        (file.success_codes.is_some(), ("success_codes", what, "it has no exit code")),
        (file.warning_codes.is_some(), ("warning_codes", what, "it has no exit code")),
        (file.args.is_some(), ("args", what, "it runs no script")),
        (file.env.is_some(), ("env", what, "it runs no script")),
    ]);
    if !asks {
        unfit.extend(given([
            (file.vars.is_some(), ("vars", this, "only `sql` ones have variables")),
            (file.connection.is_some(), ("connection", this, "only `sql` ones connect")),
        ]));
    }
    unfit
}

fn given<const N: usize>(rules: [(bool, Unfit); N]) -> Vec<Unfit> {
    rules.into_iter().filter(|(given, _)| *given).map(|(_, unfit)| unfit).collect()
}

fn check_spans(position: usize, file: &JobFile, checker: &mut Checker<'_, '_>) {
    if file.timeout.is_some_and(|span| span.0 == 0) {
        checker.job_fault(position, "timeout", || zero("timeout"));
    }
}

fn check_codes(position: usize, file: &JobFile, checker: &mut Checker<'_, '_>) {
    let success = file.success_codes.as_deref().unwrap_or(&[0]);
    let warning = file.warning_codes.as_deref().unwrap_or_default();
    for (item, code) in warning.iter().enumerate().filter(|(_, code)| success.contains(code)) {
        let origin = checker.origin;
        let problem = Problem::new(format!("exit code {code} means success already"));
        let hint = match &file.success_codes {
            Some(_) => "give each code in one of `success_codes` and `warning_codes`",
            None => "without `success_codes` the code 0 means success",
        };
        let spot = origin.job(position).key("warning_codes").item(item);
        checker.faults.add_with(|| spot.fault(problem.hint(hint)));
    }
}

fn check_templates(position: usize, file: &JobFile, checker: &mut Checker<'_, '_>) {
    let groups: [(&str, Option<&BTreeMap<String, Template>>); 2] =
        [("vars", file.vars.as_ref()), ("env", file.env.as_ref())];
    for (key, entries) in groups {
        for (name, template) in entries.into_iter().flatten() {
            if let Some(stranger) = checker.stranger(template) {
                let problem = checker.unknown_name(stranger);
                let spot = checker.origin.job(position).key(key).key(name);
                checker.faults.add_with(|| spot.fault(problem));
            }
        }
    }
    for (item, template) in file.args.iter().flatten().enumerate() {
        if let Some(stranger) = checker.stranger_beside(&[CODE_DIR, SECRET_ID], template) {
            let problem = checker.unknown_name(stranger);
            let spot = checker.origin.job(position).key("args").item(item);
            checker.faults.add_with(|| spot.fault(problem));
        }
    }
}

fn policy(position: usize, file: RetryFile, checker: &mut Checker<'_, '_>) -> RetryPolicy {
    let backoff = file.backoff.unwrap_or(RetryPolicy::BACKOFF_DEFAULT.min(file.max));
    let origin = checker.origin;
    // A pause that was at fault has been replaced by a default that the author never wrote.
    if backoff > file.max && !origin.job(position).key("retry").is_damaged() {
        let problem =
            Problem::new(format!("the first pause of {backoff} is longer than the longest, {}", file.max));
        let spot = origin.job(position).key("retry").key("backoff");
        checker
            .faults
            .add_with(|| spot.fault(problem.hint("make `backoff` at most `max`, which is 10m when absent")));
    }
    let mut on = file.on.unwrap_or_default();
    on.sort_unstable();
    on.dedup();
    RetryPolicy { attempts: file.attempts, backoff, max: file.max, on }
}
