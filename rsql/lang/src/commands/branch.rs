//! `\if`, `\elif`, `\elseif`, `\else`, `\endif`, `\goto`, `\label`, `\q`, `\exit`, `\quit`.

use super::{Args, Flow};
use crate::branches::State;
use crate::condition;
use crate::exit_code;
use crate::frame::Frame;
use crate::machine::Machine;
use crate::text::{integer, lossy};

impl Machine {
    pub(super) fn begin_if(&mut self, args: &Args) -> Flow {
        let active = self.frames.last().is_some_and(|frame| frame.branches.active());
        let state = match active {
            true if self.holds(args, "\\if") => State::Taken,
            true => State::Untaken,
            false => State::Done,
        };
        self.with_frame(|frame| {
            let saved = frame.save();
            frame.branches.open(state, saved);
        })
    }

    pub(super) fn elif(&mut self, args: &Args) -> Flow {
        self.next_branch(args, "\\elif")
    }

    pub(super) fn elseif(&mut self, args: &Args) -> Flow {
        self.next_branch(args, "\\elseif")
    }

    fn next_branch(&mut self, args: &Args, command: &'static str) -> Flow {
        match self.branch() {
            Some(State::Taken) => self.with_frame(|frame| {
                let saved = frame.save();
                frame.branches.save(saved);
                frame.branches.enter(State::Done);
            }),
            Some(State::Untaken) => {
                let state = if self.holds(args, command) { State::Taken } else { State::Untaken };
                self.with_frame(|frame| {
                    frame.restore();
                    frame.branches.enter(state);
                })
            }
            Some(State::Done) => self.with_frame(Frame::restore),
            Some(State::ElseTaken | State::ElseDone) => {
                self.fail(&format!("{command}: cannot occur after \\else"))
            }
            None => self.fail(&format!("{command}: no matching \\if")),
        }
    }

    pub(super) fn begin_else(&mut self, _: &Args) -> Flow {
        match self.branch() {
            Some(State::Taken) => self.with_frame(|frame| {
                let saved = frame.save();
                frame.branches.save(saved);
                frame.branches.enter(State::ElseDone);
            }),
            Some(State::Untaken) => self.with_frame(|frame| {
                frame.restore();
                frame.branches.enter(State::ElseTaken);
            }),
            Some(State::Done) => self.with_frame(|frame| {
                frame.restore();
                frame.branches.enter(State::ElseDone);
            }),
            Some(State::ElseTaken | State::ElseDone) => self.fail("\\else: cannot occur after \\else"),
            None => self.fail("\\else: no matching \\if"),
        }
    }

    pub(super) fn endif(&mut self, _: &Args) -> Flow {
        let Some(state) = self.branch() else { return self.fail("\\endif: no matching \\if") };
        self.with_frame(|frame| {
            if !matches!(state, State::Taken | State::ElseTaken) {
                frame.restore();
            }
            frame.branches.close();
        })
    }

    pub(super) fn goto(&mut self, args: &Args) -> Flow {
        match args.get(0) {
            None | Some(b"") => self.fail("\\goto: missing required argument"),
            Some(label) => {
                let label = label.to_vec();
                self.jump(label);
                Flow::Done
            }
        }
    }

    /// A label that no jump is looking for does nothing.
    pub(super) fn label(&mut self, _: &Args) -> Flow {
        Flow::Done
    }

    pub(super) fn quit_script(&mut self, _: &Args) -> Flow {
        Flow::End
    }

    pub(super) fn exit_program(&mut self, args: &Args) -> Flow {
        let code = match args.get(0) {
            None => Some(exit_code::SUCCESS),
            Some(text) => integer(text).and_then(|code| i32::try_from(code).ok()),
        };
        if code.is_none() {
            // A misspelt variable must not turn a failure into success.
            let text = args.get(0).unwrap_or_default();
            let message = format!("\\exit: invalid exit code \"{}\"", lossy(text));
            self.error(&message);
            self.record_own(b"\\exit", &message);
        }
        self.exit_with(code.map_or(exit_code::FAILURE, exit_code::of_number));
        Flow::Wait
    }

    fn branch(&self) -> Option<State> {
        self.frames.last().and_then(|frame| frame.branches.state())
    }

    fn holds(&mut self, args: &Args, command: &'static str) -> bool {
        condition::evaluate(&args.tokens, command).unwrap_or_else(|malformed| {
            self.error(&malformed.to_string());
            false
        })
    }

    fn with_frame(&mut self, act: impl FnOnce(&mut Frame)) -> Flow {
        if let Some(frame) = self.frames.last_mut() {
            act(frame);
        }
        Flow::Done
    }

    /// Tells an error; the command has failed.
    pub(crate) fn fail(&mut self, message: &str) -> Flow {
        self.error(message);
        Flow::Failed
    }
}
