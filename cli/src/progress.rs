//! The progress of one execution while somebody waits: bars on a terminal, lines elsewhere. Owns what is shown of each look
//! at the execution. Does not look itself.

use std::collections::{HashMap, HashSet};

use fleet_core::ids::JobId;
use fleet_core::state::{ExecutionStatus, JobStatus};
use fleet_core::time::Millis;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::{
    Output, Palette, Tone, count, job_tone, one_line, remark, remark_above, remark_palette, span,
};
use crate::view::{Execution, Job, remark_on};

/// Where progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// It is what was asked for (`watch`).
    Out,
    /// It goes along with something else (`start --wait`).
    Err,
}

/// Shows how an execution goes on.
pub(crate) struct Progress {
    shown: HashMap<JobId, (JobStatus, u32)>,
    status: Option<ExecutionStatus>,
    stream: Stream,
    bars: Option<Bars>,
}

impl Progress {
    /// Bars where the stream is a terminal, else lines.
    pub(crate) fn new(stream: Stream, out: &Output) -> Self {
        let (is_terminal, target) = match stream {
            Stream::Out => (out.is_terminal, ProgressDrawTarget::stdout()),
            Stream::Err => (console::Term::stderr().is_term(), ProgressDrawTarget::stderr()),
        };
        let bars = is_terminal.then(|| Bars::new(target));
        Self { shown: HashMap::new(), status: None, stream, bars }
    }

    /// Shows what has changed since the last look.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub(crate) fn show(&mut self, execution: &Execution, out: &mut Output) -> anyhow::Result<()> {
        if let Some(bars) = &mut self.bars {
            bars.show(execution);
            return Ok(());
        }
        let palette = if self.stream == Stream::Out { out.palette } else { remark_palette() };
        let brief = &execution.brief;
        if self.status != Some(brief.status) && brief.status.is_open() {
            self.line(&format!("{} {}", brief.workflow_execution_id, brief.status), out)?;
        }
        self.status = Some(brief.status);
        let mut jobs: Vec<&Job> = execution.jobs.iter().collect();
        jobs.sort_by_key(|job| (job.ended_at.is_none(), job.ended_at.max(job.started_at)));
        for job in jobs {
            let seen = (job.status, job.attempts);
            let before = self.shown.insert(job.job_id.clone(), seen);
            if before != Some(seen) && job.status != JobStatus::Pending {
                self.line(&self.job_line(job, palette, execution.jobs.len()), out)?;
            }
        }
        Ok(())
    }

    /// ` 3/12  load_fact  succeeded  4.2s  1,234 rows`
    fn job_line(&self, job: &Job, palette: Palette, total: usize) -> String {
        let settled = self.shown.values().filter(|(status, _)| status.is_settled()).count();
        let width = total.to_string().len();
        format!("{settled:>width$}/{total}  {}", job_text(job, palette))
    }

    /// Gives the screen back.
    pub(crate) fn finish(&mut self) {
        if let Some(bars) = &mut self.bars {
            bars.finish();
        }
    }

    fn line(&self, text: &str, out: &mut Output) -> anyhow::Result<()> {
        match self.stream {
            Stream::Out => out.line(text),
            Stream::Err => {
                remark(text);
                Ok(())
            }
        }
    }
}

fn job_text(job: &Job, palette: Palette) -> String {
    let tone = if job.warning { Tone::Warn } else { job_tone(job.status) };
    let mut parts = vec![job.job_id.to_string(), palette.paint(tone, &job.status.to_string())];
    if job.attempts > 1 {
        parts.push(format!("attempt {}", job.attempts));
    }
    if let Some(ms) = job.run_time_ms.filter(|_| job.status.is_settled()) {
        parts.push(span(Millis(ms)));
    }
    match job.rows.filter(|_| job.status == JobStatus::Succeeded) {
        None | Some(0) => {}
        Some(1) => parts.push("1 row".to_owned()),
        Some(rows) => parts.push(format!("{} rows", count(rows))),
    }
    let remark = remark_on(job);
    if !remark.is_empty() && job.status != JobStatus::Running {
        parts.push(one_line(&remark));
    }
    parts.join("  ")
}

/// Lines of the screen that are left to other things than jobs.
const LINES_SPARE: usize = 4;
/// Lines of a screen whose size nobody knows.
const LINES_DEFAULT: usize = 24;
/// How often the picture of a running job turns.
const TURN: std::time::Duration = std::time::Duration::from_millis(120);

/// One line a job, and one for the whole.
struct Bars {
    all: MultiProgress,
    total: ProgressBar,
    lines: HashMap<JobId, ProgressBar>,
    /// Jobs of a workflow too large for the screen whose end is known, and said if it was new.
    settled: HashSet<JobId>,
    is_first_look: bool,
    palette: Palette,
}

impl Bars {
    fn new(target: ProgressDrawTarget) -> Self {
        let all = MultiProgress::with_draw_target(target);
        remark_above(Some(all.clone()));
        let total = all.add(ProgressBar::new(0));
        total.set_style(style("{bar:30} {pos}/{len} jobs  {elapsed}  {msg}"));
        Self {
            all,
            total,
            lines: HashMap::new(),
            settled: HashSet::new(),
            is_first_look: true,
            palette: Palette::for_stream(true),
        }
    }

    fn show(&mut self, execution: &Execution) {
        let rows =
            console::Term::stderr().size_checked().map_or(LINES_DEFAULT, |(rows, _)| usize::from(rows));
        let all_fit = execution.jobs.len() + LINES_SPARE <= rows;
        for job in &execution.jobs {
            if all_fit || matches!(job.status, JobStatus::Running | JobStatus::Waiting) {
                self.draw(job);
            } else {
                self.say_if_settled(job);
            }
        }
        self.is_first_look = false;
        self.total.set_length(execution.jobs.len() as u64);
        self.total.set_position(execution.settled() as u64);
        let busy = execution.count(JobStatus::Running);
        let failed = execution.count(JobStatus::Failed);
        let failures = if failed == 0 {
            String::new()
        } else {
            self.palette.paint(Tone::Bad, &format!(", {failed} failed"))
        };
        self.total.set_message(format!("{busy} running{failures}"));
    }

    /// Of a large workflow only what is at work has a line; the end of a job is said once, above.
    fn say_if_settled(&mut self, job: &Job) {
        if let Some(line) = self.lines.remove(&job.job_id) {
            line.finish_and_clear();
            self.all.remove(&line);
        }
        if !job.status.is_settled() {
            self.settled.remove(&job.job_id);
        } else if self.settled.insert(job.job_id.clone()) && !self.is_first_look {
            // A terminal that cannot be written has nobody to tell.
            let _ = self.all.println(job_text(job, self.palette));
        }
    }

    fn draw(&mut self, job: &Job) {
        let (all, total) = (&self.all, &self.total);
        let line = self
            .lines
            .entry(job.job_id.clone())
            .or_insert_with(|| all.insert_before(total, ProgressBar::new_spinner()));
        // The style first: only the message makes the line be drawn again.
        if job.status == JobStatus::Running {
            line.set_style(style("{spinner} {msg}"));
            line.enable_steady_tick(TURN);
        } else {
            line.disable_steady_tick();
            let mark = self.palette.paint(job_tone(job.status), mark(job.status));
            line.set_style(style(&format!("{mark} {{msg}}")));
        }
        line.set_message(job_text(job, self.palette));
    }

    /// Takes the bars away: the summary that follows says the same.
    fn finish(&self) {
        for line in self.lines.values().chain([&self.total]) {
            line.finish_and_clear();
        }
        remark_above(None);
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

const fn mark(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Succeeded => "✓",
        JobStatus::Failed => "✗",
        JobStatus::Skipped => "–",
        JobStatus::Cancelled => "■",
        JobStatus::Waiting => "◷",
        JobStatus::Held => "‖",
        JobStatus::Pending | JobStatus::Running => "·",
    }
}
