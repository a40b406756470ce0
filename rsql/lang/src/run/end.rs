//! The end of a statement: what it had opened is closed, and whoever wanted it goes on.

use super::{Purpose, Run};
use crate::effect::Effect;
use crate::exit_code;
use crate::io::{Closing, Waiting};
use crate::machine::Machine;
use crate::text::lossy;

impl Machine {
    /// Closes what the statement had opened, then ends it.
    pub(super) fn end_run(&mut self, success: bool) {
        let Some(run) = &mut self.run else { return };
        run.failed = !success;
        run.feed = None;
        if let Some((output, name)) = run.target.take() {
            return self.io.ask(Effect::CloseOutput(output), Waiting::Close(Closing::Statement { name }));
        }
        match run.how.copy {
            Some(_) => self.end_local_copy(),
            None => self.run_done(),
        }
    }

    /// Closes the file or program of `\copy`.
    fn end_local_copy(&mut self) {
        let Some(local) = self.run.as_mut().and_then(|run| run.how.copy.as_mut()) else { return };
        let name = std::mem::take(&mut local.name);
        let closing = if local.program { Closing::CopyProgram { name } } else { Closing::Statement { name } };
        if let Some(output) = local.take_output() {
            return self.io.ask(Effect::CloseOutput(output), Waiting::Close(closing));
        }
        let Some(input) = local.take_input() else { return self.run_done() };
        self.inputs.close(input);
        if matches!(closing, Closing::CopyProgram { .. }) {
            return self.io.ask(Effect::FinishInput(input), Waiting::Close(closing));
        }
        self.io.tell(Effect::CloseInput(input));
        self.run_done();
    }

    /// The output of the statement is closed.
    pub(crate) fn result_output_closed(&mut self, success: bool) {
        self.set_run(|run| run.failed |= !success);
        self.run_done();
    }

    fn run_done(&mut self) {
        let Some(run) = self.run.take() else { return };
        if self.is_interrupted() {
            return self.exit_with(exit_code::SCRIPT_ERROR);
        }
        let success = !run.failed;
        match run.purpose {
            Purpose::Script => {}
            Purpose::Transaction => return self.transaction_done(success),
            Purpose::Encoding(name) => return self.encoding_done(&name, success),
            Purpose::Watch => return self.watched(success),
            Purpose::Command if success => return self.command_done(),
            Purpose::Command => return self.command_failed(),
            Purpose::LargeObject => return self.large_object_answered(run.answer, success),
            Purpose::PasswordMethod(hash) => {
                return self.password_method(hash, run.answer.filter(|_| success));
            }
            Purpose::Inquiry | Purpose::BriefInquiry => {
                return self.inquiry_done(run.answer.filter(|_| success));
            }
        }
        if let Some(code) = self.stopping_code(&run, success) {
            self.report.stopped_by_error = true;
            return self.exit_with(code);
        }
        if run.how.copy.is_some() && self.gexec.is_none() {
            return if success { self.command_done() } else { self.copy_failed() };
        }
        self.next_of_gexec(success, run.how.trailing);
    }

    /// The severity with which a failed statement stops the whole run, if `\rset maxerror` says so.
    fn stopping_code(&self, run: &Run, success: bool) -> Option<i32> {
        let sqlstate = run.status.sqlstate.as_deref().filter(|_| !success)?;
        self.severities.stop(sqlstate)
    }

    /// A `\copy` has failed; the server's error is already recorded.
    fn copy_failed(&mut self) {
        let failure = self.report.last_failure.clone();
        self.command_failed();
        self.report.last_failure = failure;
    }

    fn transaction_done(&mut self, success: bool) {
        if !success && self.special.on_error_stop {
            self.actions.clear();
            self.single_transaction = crate::machine::SingleTransaction::Off;
            self.code = exit_code::SCRIPT_ERROR;
        }
    }

    fn encoding_done(&mut self, name: &[u8], success: bool) {
        if !success {
            let name = lossy(name);
            self.error(&format!("{name}: invalid encoding name or conversion procedure not found"));
        }
        // psql does not count this as a failure.
        self.command_done();
    }
}
