//! Questions that a command has for the server before it can answer: the columns of a table, the text of a view.
//!
//! A command is written as straight code over answers. It is run from its start each time: where an answer is missing, the
//! question is sent, and once the answer is there the command is run again with all answers so far, as commands are whose
//! backticks have run (`commands`). So a command may not change anything before its last question. Statements of scripts are
//! not run here.

use std::sync::Arc;

use crate::commands::Flow;
use crate::effect::Stream;
use crate::machine::Machine;
use crate::print::Table;
use crate::run::Purpose;
use crate::special::EchoHidden;

/// Most questions of one command: bounds what a pattern that matches a whole catalog can ask for.
const QUESTIONS_MAX: usize = 100_000;

/// The answers a command has so far.
#[derive(Debug)]
pub(crate) struct Inquiry<'a> {
    answers: &'a [Arc<Table>],
    used: usize,
}

/// Why a command cannot go on now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Interruption {
    /// This question has no answer yet.
    Unanswered(String),
    /// The same, where an error of the server is told in one line.
    UnansweredBriefly(String),
    /// It has failed, with this message.
    Failed(String),
    /// It has failed, and nothing is said about it (`QUIET`).
    Quiet,
}

impl<'a> Inquiry<'a> {
    /// An inquiry with these answers, in order of the questions.
    pub(crate) fn new(answers: &'a [Arc<Table>]) -> Self {
        Self { answers, used: 0 }
    }

    /// The answer to the next question.
    ///
    /// # Errors
    /// When there is none yet.
    pub(crate) fn ask(&mut self, sql: impl Into<String>) -> Result<Arc<Table>, Interruption> {
        self.next().ok_or_else(|| Interruption::Unanswered(sql.into()))
    }

    /// The same, where the server's error says all with its message, and its place in our question would only puzzle.
    ///
    /// # Errors
    /// When there is none yet.
    pub(crate) fn ask_briefly(&mut self, sql: impl Into<String>) -> Result<Arc<Table>, Interruption> {
        self.next().ok_or_else(|| Interruption::UnansweredBriefly(sql.into()))
    }

    fn next(&mut self) -> Option<Arc<Table>> {
        let answer = self.answers.get(self.used)?;
        self.used += 1;
        Some(Arc::clone(answer))
    }
}

impl Machine {
    /// Runs a command that asks the server. What it gives is final; until then the flow says what to do.
    ///
    /// # Errors
    /// The flow to return: to wait for an answer, or to end after a failure, which is told.
    pub(crate) fn inquire<T>(
        &mut self,
        command: impl FnOnce(&Self, &mut Inquiry<'_>) -> Result<T, Interruption>,
    ) -> Result<T, Flow> {
        let answers = self.frames.last_mut().and_then(|frame| frame.command.as_mut());
        let answers = answers.map(|command| std::mem::take(&mut command.answers)).unwrap_or_default();
        let result = command(self, &mut Inquiry::new(&answers));
        let asked = answers.len();
        if let Some(command) = self.frames.last_mut().and_then(|frame| frame.command.as_mut()) {
            command.answers = answers;
        }
        let (sql, purpose) = match result {
            Ok(value) => return Ok(value),
            Err(Interruption::Failed(message)) => return Err(self.fail(&message)),
            Err(Interruption::Quiet) => return Err(Flow::Failed),
            Err(Interruption::Unanswered(sql)) => (sql, Purpose::Inquiry),
            Err(Interruption::UnansweredBriefly(sql)) => (sql, Purpose::BriefInquiry),
        };
        if asked >= QUESTIONS_MAX {
            return Err(
                self.fail(&format!("more than {QUESTIONS_MAX} questions to the server; narrow the pattern"))
            );
        }
        self.show_question(&sql);
        if self.special.echo_hidden == EchoHidden::Noexec {
            return Err(Flow::Failed);
        }
        self.start_internal(sql.as_bytes(), purpose);
        Err(Flow::Wait)
    }

    /// `ECHO_HIDDEN`.
    pub(crate) fn show_question(&mut self, sql: &str) {
        if self.special.echo_hidden != EchoHidden::Off {
            let text = format!("********* QUERY **********\n{sql}\n**************************\n\n");
            self.io.write(Stream::Stdout, text.as_bytes());
            self.log_query(sql.as_bytes());
        }
    }

    /// A question has been answered; the loop then runs the command again. A failed one is told already.
    pub(super) fn inquiry_done(&mut self, answer: Option<Table>) {
        let Some(answer) = answer else { return self.command_failed() };
        if let Some(command) = self.frames.last_mut().and_then(|frame| frame.command.as_mut()) {
            command.answers.push(Arc::new(answer));
        }
    }
}
