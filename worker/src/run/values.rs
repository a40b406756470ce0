//! What a script is given: variables, arguments and environment, filled from the execution's values. Owns their order of
//! precedence. Values never become part of a script's text or of a shell's command line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use fleet_core::workflow::{Bindings, CODE_DIR, SECRET_ID, Template};
use rsql_client::Secret;

use super::Refusal;
use crate::place::Connection;
use crate::task::Task;

/// Where programs are found when the worker was told no `PATH`.
const PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";

type Pairs = Vec<(String, String)>;

/// RSQL variables: the job's own, and who it is.
pub(super) fn variables(task: &Task) -> Result<Pairs, Refusal> {
    let mut variables = filled("vars", task.fill(&task.job().vars))?;
    variables.extend([
        ("workflow_id".to_owned(), task.execution.workflow_id.to_string()),
        ("workflow_execution_id".to_owned(), task.execution_id().to_string()),
        ("job_id".to_owned(), task.job_id().to_string()),
        ("attempt".to_owned(), task.turn.attempt.to_string()),
    ]);
    Ok(variables)
}

/// Whether this argument needs a connection.
pub(super) fn names_secret(argument: &Template) -> bool {
    argument.names().contains(&SECRET_ID)
}

/// Whether this argument needs the folder of the helper scripts.
pub(super) fn names_code_dir(argument: &Template) -> bool {
    argument.names().contains(&CODE_DIR)
}

/// Arguments of a `.sh` script. `of_worker` are values that only the worker knows; a param of the same name goes before.
pub(super) fn arguments(task: &Task, of_worker: Pairs) -> Result<Vec<String>, Refusal> {
    let mut values: BTreeMap<String, String> = of_worker.into_iter().collect();
    values.extend(task.execution.bindings.clone());
    let bindings = Bindings::from(values);
    let fill = |(index, template): (usize, &Template)| {
        template.fill(&bindings).map_err(|error| Refusal(format!("args[{index}]: {error}")))
    };
    task.job().args.iter().enumerate().map(fill).collect()
}

/// The environment of a script and of the programs it starts. Later ones win: the worker's, the job's `vars`, where to
/// connect and who it is, the job's `env`.
pub(super) fn environment(
    task: &Task,
    base: &[(String, String)],
    program_dir: &Path,
    connection: Option<&Connection>,
    vars: Pairs,
) -> Result<Pairs, Refusal> {
    let mut environment = base.to_vec();
    environment.extend(vars);
    environment.push(("PATH".to_owned(), path(base, program_dir)?));
    environment.extend(connection.map(connection_variables).unwrap_or_default());
    environment.extend([
        ("FLEET_WORKFLOW_ID".to_owned(), task.execution.workflow_id.to_string()),
        ("FLEET_EXECUTION_ID".to_owned(), task.execution_id().to_string()),
        ("FLEET_JOB_ID".to_owned(), task.job_id().to_string()),
        ("FLEET_ATTEMPT".to_owned(), task.turn.attempt.to_string()),
    ]);
    environment.extend(fleet_telemetry::of_children());
    environment.extend(filled("env", task.fill(&task.job().env))?);
    Ok(last_of_each(environment))
}

fn filled<E: std::fmt::Display>(what: &str, pairs: Result<Pairs, (String, E)>) -> Result<Pairs, Refusal> {
    pairs.map_err(|(name, error)| Refusal(format!("{what} `{name}`: {error}")))
}

/// The worker's `PATH` with the `rsql` executable's directory before it.
fn path(base: &[(String, String)], program_dir: &Path) -> Result<String, Refusal> {
    let given = base.iter().rev().find(|(name, _)| name == "PATH").map_or(PATH_DEFAULT, |(_, value)| value);
    let directories = std::iter::once(program_dir.to_owned()).chain(std::env::split_paths(given));
    let joined = std::env::join_paths(directories).ok().map(OsString::into_string);
    joined
        .and_then(Result::ok)
        .ok_or_else(|| Refusal(format!("{} cannot be put on the PATH", program_dir.display())))
}

fn connection_variables(connection: &Connection) -> Pairs {
    let options = &connection.options;
    let mut pairs = vec![
        // By this the helper of older scripts knows that the values below are those it is asked for.
        ("FLEET_SECRET_ID".to_owned(), connection.secret_id.clone()),
        ("PGHOST".to_owned(), options.host.clone()),
        ("PGPORT".to_owned(), options.port.to_string()),
        ("PGUSER".to_owned(), options.user.clone()),
        ("PGDATABASE".to_owned(), options.database.clone()),
        ("PGSSLMODE".to_owned(), options.sslmode.name().to_owned()),
        // By this name a lost attempt's sessions are found, whatever client opened them.
        ("PGAPPNAME".to_owned(), options.application_name.clone()),
    ];
    if let Some(emulation) = &options.emulation {
        pairs.push((rsql_client::emulate::VARIABLE.to_owned(), "1".to_owned()));
        let objects = emulation.objects.as_ref().map(|path| path.to_string_lossy().into_owned());
        pairs.extend(objects.map(|path| (rsql_client::emulate::OBJECTS_VARIABLE.to_owned(), path)));
    }
    if let Some(password) = options.password.as_ref().map(Secret::expose) {
        // rsql reads the first, psql the second.
        pairs.push(("RSPASSWORD".to_owned(), password.to_owned()));
        pairs.push(("PGPASSWORD".to_owned(), password.to_owned()));
    }
    pairs
}

fn last_of_each(pairs: Pairs) -> Pairs {
    let all: BTreeMap<String, String> = pairs.into_iter().collect();
    all.into_iter().collect()
}
