//! The older stage form as a graph of jobs. Stages run in order: every script of a stage needs what ends the stage before.
//! A sequential stage is a chain and ends with its last script; a parallel stage is a fan and ends with all of them. A stage
//! with flag `n`, or without scripts, is left out. Since jobs run only when all their needs succeeded, a failed stage stops
//! the rest. A job is named by its script's file name without the ending; the second of a name gets `_2`. A shell script is
//! called as it was there: with the folder of the helper scripts and the id of a secret.

use std::collections::{HashMap, HashSet};

use super::super::definition::OnFailure;
use super::super::fault::Problem;
use super::super::job::ScriptKind;
use super::super::limits::{EDGES_MAX, JOBS_MAX};
use super::super::source::{Flag, JobFile, ScriptPath, Stage, StageFile, StageKind, WorkflowFile};
use super::super::template::{CODE_DIR, SECRET_ID, Template};
use crate::ids::{JobId, NAME_BYTES_MAX};

/// The same workflow in the newer form, and for each job its stage and script; a fault when nothing is left or too much.
pub(in super::super) fn unfold(file: StageFile) -> Result<(WorkflowFile, Vec<(usize, usize)>), Problem> {
    let count =
        file.workflow_stages.iter().filter(|stage| takes_part(stage)).map(|stage| stage.scripts.len()).sum();
    check_count(count)?;
    let mut names = Names::default();
    let mut jobs: Vec<JobFile> = Vec::new();
    let mut places = Vec::new();
    let mut ends: Vec<JobId> = Vec::new();
    let mut edges = 0;
    for (stage_at, stage) in file.workflow_stages.into_iter().enumerate() {
        if !takes_part(&stage) {
            continue;
        }
        let before = std::mem::take(&mut ends);
        for (script_at, script) in stage.scripts.into_iter().enumerate() {
            let id = names.fresh(&script.0);
            let needs = match stage.execution_type {
                StageKind::Sequential if script_at > 0 => std::mem::take(&mut ends),
                _ => before.clone(),
            };
            edges += needs.len();
            if edges > EDGES_MAX {
                let problem = Problem::new(format!("the stages have more than {EDGES_MAX} needs in all"));
                return Err(
                    problem.hint("put a sequential stage with one script between two wide parallel ones")
                );
            }
            ends.push(id.clone());
            jobs.push(job(id, script, needs));
            places.push((stage_at, script_at));
        }
    }
    let workflow = WorkflowFile {
        workflow: file.workflow_id,
        description: file.description,
        owner: file.owner,
        schedule: file.schedule,
        connection: file.connection,
        params: file.params,
        on_failure: OnFailure::Stop,
        max_parallel: None,
        timeout: file.timeout,
        queue: None,
        alerts: file.alerts,
        jobs,
    };
    Ok((workflow, places))
}

fn takes_part(stage: &Stage) -> bool {
    matches!(stage.execution_flag, Flag::Yes | Flag::UpperYes) && !stage.scripts.is_empty()
}

fn check_count(scripts: usize) -> Result<(), Problem> {
    match scripts {
        0 => Err(Problem::new("no script is left to run").hint("every stage has the flag `n` or no scripts")),
        1..=JOBS_MAX => Ok(()),
        _ => Err(Problem::new(format!(
            "the stages have {scripts} scripts in all; at most {JOBS_MAX} are allowed"
        ))
        .hint("make two workflows of it")),
    }
}

/// What the older framework called every script with. RSQL scripts take no arguments.
fn arguments(script: &ScriptPath) -> Option<Vec<Template>> {
    let template =
        |name| Template::parse(&format!("{{{{ {name} }}}}")).expect("a name between braces is a template");
    (ScriptKind::of(&script.0) == Some(ScriptKind::Sh)).then(|| vec![template(CODE_DIR), template(SECRET_ID)])
}

fn job(id: JobId, script: ScriptPath, needs: Vec<JobId>) -> JobFile {
    let args = arguments(&script);
    JobFile {
        id,
        description: None,
        script: Some(script),
        precondition: None,
        needs: Some(needs),
        run_if: None,
        retry: None,
        timeout: None,
        poll: None,
        vars: None,
        args,
        env: None,
        allow_failure: false,
        success_codes: None,
        warning_codes: None,
        connection: None,
        queue: None,
    }
}

/// Ids made from paths, each once.
#[derive(Default)]
struct Names {
    taken: HashSet<String>,
    /// The last number given to each stem, so that a thousand runs of one script are named in a thousand steps.
    last: HashMap<String, usize>,
}

/// Bytes kept free at the end of a name for `_100000`.
const SUFFIX_BYTES: usize = 8;

impl Names {
    fn fresh(&mut self, path: &str) -> JobId {
        let stem = stem(path);
        let mut name = stem.clone();
        let last = self.last.entry(stem.clone()).or_insert(1);
        while self.taken.contains(&name) {
            *last += 1;
            name = format!("{stem}_{last}");
        }
        self.taken.insert(name.clone());
        JobId::parse(&name).expect("a stem is made of legal characters and leaves room for its number")
    }
}

fn stem(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let legal = |c: char| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '_' };
    let name: String = stem.chars().map(legal).take(NAME_BYTES_MAX - SUFFIX_BYTES).collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return name;
    }
    let room = NAME_BYTES_MAX - SUFFIX_BYTES - "job_".len();
    format!("job_{}", &name[..name.len().min(room)])
}
