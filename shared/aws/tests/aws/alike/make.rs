//! Makes commands up. Most are aimed at what is there, as one of the stores tells it; many miss by a revision, a cursor or a
//! generation, and some are refused by every store.

use std::ops::Range;

use fastrand::Rng;
use fleet_core::audit::{AuditKind, AuditRecord, AuditSubject};
use fleet_core::ids::{ExecutionId, JobId, VersionHash};
use fleet_core::ports::{Before, Current, Filter, Gain, Teller};
use fleet_core::state::{
    ExecutionRow, ExecutionStatus, JobResult, JobRow, JobStatus, ROW_FORMAT, Request, Rev, Tally, Turn,
    Versioned,
};
use fleet_core::time::Timestamp;
use fleet_core::workflow::{self, Definition, ScriptCheck};

use super::command::{Command, Kind, Write};
use super::{EXECUTIONS, JOBS, WORKFLOWS, all_jobs, legal};

const SLOTS: u32 = 2;
const STATUSES: [JobStatus; 8] = [
    JobStatus::Pending,
    JobStatus::Held,
    JobStatus::Running,
    JobStatus::Waiting,
    JobStatus::Succeeded,
    JobStatus::Failed,
    JobStatus::Skipped,
    JobStatus::Cancelled,
];
const EXECUTION_STATUSES: [ExecutionStatus; 4] = [
    ExecutionStatus::Running,
    ExecutionStatus::Resuming,
    ExecutionStatus::Succeeded,
    ExecutionStatus::Failed,
];

pub(super) fn minute(number: i64) -> Timestamp {
    Timestamp::from_millis(1_780_000_000_000 + number * 60_000)
}

pub(super) struct Maker {
    rng: Rng,
    /// Each audit record has a time of its own: which of two at the same time comes first is for the store to choose.
    moment: i64,
}

impl Maker {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), moment: 0 }
    }

    /// The next command, aimed by what `store` tells.
    pub(super) async fn command(&mut self, store: Kind<'_>) -> Command {
        let execution: ExecutionId = legal(self.one_of(&EXECUTIONS));
        match self.rng.u32(0..100) {
            0..8 => Command::Create(Box::new(self.execution_row(execution)), self.audit()),
            8..18 => self.record_execution(store, execution).await,
            18..48 => Command::RecordJob(Box::new(self.write(store, execution).await)),
            48..66 => self.tell(store, execution).await,
            66..78 => self.admit(store, execution).await,
            78..82 => Command::Note(self.note()),
            82..88 => self.define(),
            _ => self.read(execution),
        }
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.rng.usize(0..of.len())]
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.rng.u32(0..count) == 0
    }

    fn time(&mut self, minutes: Range<i64>) -> Timestamp {
        minute(self.rng.i64(minutes))
    }

    fn execution_row(&mut self, id: ExecutionId) -> ExecutionRow {
        let at = self.time(0..5);
        ExecutionRow {
            format: ROW_FORMAT,
            workflow_execution_id: id,
            workflow_id: legal(self.one_of(&WORKFLOWS)),
            version: VersionHash::parse("00ff").unwrap(),
            status: self.one_of(&EXECUTION_STATUSES),
            generation: self.rng.u32(0..3),
            bindings: [("näh".to_owned(), "it's \"so\"".to_owned())].into(),
            scheduled_at: None,
            started: Request { by: "alike".to_owned(), reason: String::new(), at },
            generation_at: at,
            resumed: None,
            ended_at: None,
            deadline: None,
            late_at: None,
            cancel: None,
            failed: self.one_in(3).then(|| legal("a")),
            slots_used: self.rng.u32(0..SLOTS),
            attention_at: (!self.one_in(3)).then(|| self.time(0..9)),
            redrives: self.rng.u32(0..9),
            progress: 0,
            announced: false,
        }
    }

    async fn record_execution(&mut self, store: Kind<'_>, id: ExecutionId) -> Command {
        let found = store.executions.execution(&id).await.unwrap();
        let seen = found.as_ref().map_or(Rev(1), |found| found.rev);
        let mut row = self.execution_row(id);
        if let Some(found) = found {
            row.slots_used = found.row.slots_used;
            row.workflow_id = found.row.workflow_id;
            row.started = found.row.started;
        }
        Command::RecordExecution(self.near(seen), Box::new(row), self.audit())
    }

    /// Mostly this revision.
    fn near(&mut self, rev: Rev) -> Rev {
        if self.one_in(4) { Rev(rev.0.saturating_sub(1)) } else { rev }
    }

    fn job_row(&mut self) -> JobRow {
        JobRow {
            format: ROW_FORMAT,
            generation: self.rng.u32(0..3),
            status: self.one_of(&STATUSES),
            turn: Turn { attempt: self.rng.u32(0..3), look: 0 },
            fence: self.rng.u64(0..9),
            tally: Tally { settled: self.rng.u32(0..4), good: 1, bad: 0 },
            told: self.rng.u32(0..3),
            slot: self.rng.bool(),
            held_since: self.rng.bool().then(|| self.time(0..4)),
            result: self.one_in(2).then(|| JobResult { message: "näh\n".repeat(3), ..JobResult::default() }),
            ..JobRow::default()
        }
    }

    async fn write(&mut self, store: Kind<'_>, execution: ExecutionId) -> Write {
        let job = self.job();
        let found = one_job(store, &execution, &job).await;
        let seen = match found {
            Some(found) => (!self.one_in(6)).then(|| self.near(found.rev)),
            None => self.one_in(6).then_some(Rev(1)),
        };
        let mut row = self.job_row();
        if job == JobId::end() && row.status == JobStatus::Held {
            // END waits for no slot; the stores know no answer to who is held when it does.
            row.status = JobStatus::Pending;
        }
        Write { execution, job, seen, row, audit: self.audit() }
    }

    fn job(&mut self) -> JobId {
        if self.one_in(12) { JobId::end() } else { legal(self.one_of(&JOBS)) }
    }

    async fn tell(&mut self, store: Kind<'_>, execution: ExecutionId) -> Command {
        let mut jobs = all_jobs();
        self.rng.shuffle(&mut jobs);
        let found = store.executions.jobs(&execution, &jobs).await.unwrap();
        let rows = found.into_iter().map(|found| found.map(|found| found.row).unwrap_or_default());
        let mut jobs: Vec<(JobId, JobRow)> = jobs.into_iter().zip(rows).collect();
        jobs.sort_by_key(|(_, row)| !row.status.is_settled());
        let gaining = jobs.split_off(self.rng.usize(1..3));
        let mut tellers = Vec::new();
        for (job, found) in jobs {
            let from = if self.one_in(8) { found.told + 1 } else { found.told };
            let frees_slot = if self.one_in(12) { !found.slot } else { found.slot && self.rng.bool() };
            tellers.push(Teller { job, from, to: from + self.rng.u32(0..3), frees_slot });
        }
        let count = self.rng.usize(0..3);
        let mut gains: Vec<Gain> = gaining.into_iter().take(count).map(|(job, _)| self.gain(job)).collect();
        if self.one_in(20) {
            gains.push(self.gain(tellers[0].job.clone()));
        }
        Command::Tell { execution, generation: self.rng.u32(1..5), tellers, gains }
    }

    fn gain(&mut self, job: JobId) -> Gain {
        let (good, bad) = (self.rng.u32(0..3), self.rng.u32(0..3));
        Gain { job, settled: good + bad, good, bad }
    }

    async fn admit(&mut self, store: Kind<'_>, execution: ExecutionId) -> Command {
        let found = store.executions.execution(&execution).await.unwrap();
        let generation = found.map_or(0, |found| found.row.generation);
        let generation = if self.one_in(6) { generation + 1 } else { generation };
        let mut write = self.write(store, execution).await;
        write.row.slot = true;
        Command::Admit { write: Box::new(write), limit: SLOTS, generation }
    }

    /// Often none; sometimes one whose key is there already, with another text.
    fn audit(&mut self) -> Vec<AuditRecord> {
        (0..self.rng.u32(0..3)).map(|_| self.record()).collect()
    }

    fn record(&mut self) -> AuditRecord {
        self.moment += 1;
        let subject = AuditSubject {
            workflow_id: legal(WORKFLOWS[0]),
            workflow_execution_id: Some(legal(self.one_of(&EXECUTIONS))),
            job_id: self.rng.bool().then(|| legal(self.one_of(&JOBS))),
            turn: Turn::default(),
            generation: 0,
        };
        AuditRecord {
            subject,
            kind: AuditKind::Refused,
            at: minute(self.moment * 7 % 1_000),
            by: "alike".to_owned(),
            detail: format!("record {}", self.moment),
            distinct: self.rng.u32(0..30).to_string(),
        }
    }

    fn note(&mut self) -> Vec<AuditRecord> {
        let mut records: Vec<AuditRecord> = (0..self.rng.u32(1..4)).map(|_| self.record()).collect();
        if self.one_in(4) {
            records[0].subject.job_id = Some(JobId::end());
        }
        records
    }

    fn define(&mut self) -> Command {
        let workflow = self.one_of(&WORKFLOWS);
        let definition = Box::new(definition(workflow, self.rng.u32(0..3)));
        if self.rng.bool() {
            return Command::Keep(definition);
        }
        let named = if self.one_in(8) { "another" } else { workflow };
        let current = Current {
            workflow_id: legal(named),
            text: format!("text {}", self.rng.u32(0..9)),
            source: "flows/ä.yaml".to_owned(),
            version: self.rng.bool().then(|| definition.version()),
            by: "alike".to_owned(),
            at: self.time(0..9),
        };
        Command::Deploy(Box::new(current), definition, self.audit())
    }

    fn read(&mut self, execution: ExecutionId) -> Command {
        let limit = self.rng.usize(0..5);
        match self.rng.u32(0..7) {
            0 => Command::JobPage(execution, self.rng.bool().then(|| legal(self.one_of(&JOBS))), limit),
            1 => Command::LongestHeld(execution),
            2 => Command::Audit(execution, self.rng.usize(0..4), limit),
            3 => Command::Due(self.time(-1..10), limit),
            4 => {
                let workflow = self.rng.bool().then(|| legal(self.one_of(&WORKFLOWS)));
                let before = self.rng.bool().then(|| Before { at: self.time(0..6), id: execution });
                Command::List(Filter { workflow, open_only: self.rng.bool(), before }, limit)
            }
            5 => Command::All,
            _ => {
                let definition = definition(self.one_of(&WORKFLOWS), self.rng.u32(0..3));
                Command::Version(definition.workflow_id.clone(), definition.version())
            }
        }
    }
}

fn definition(workflow: &str, note: u32) -> Definition {
    let text = format!("workflow: {workflow}\njobs:\n  - {{ id: a, script: a.sql, description: n{note} }}\n");
    workflow::parse("alike.yaml", &text, &|_| ScriptCheck::Unchecked).unwrap()
}

async fn one_job(store: Kind<'_>, execution: &ExecutionId, job: &JobId) -> Option<Versioned<JobRow>> {
    store.executions.jobs(execution, std::slice::from_ref(job)).await.unwrap().remove(0)
}
