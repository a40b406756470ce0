//! `\!` and `\os`.

use super::{Args, Flow};
use crate::effect::{Effect, Shell};
use crate::io::Waiting;
use crate::machine::Machine;
use crate::outcome::ShellEnd;
use crate::text::lossy;

impl Machine {
    pub(super) fn run_shell(&mut self, args: &Args) -> Flow {
        let command = args.get(0).unwrap_or_default().to_vec();
        if self.refuses_shell(&command) {
            return Flow::Failed;
        }
        self.io.ask(Effect::Shell(Shell::Inherit(command.clone())), Waiting::Shell(command));
        Flow::Wait
    }

    /// The command has ended. How it ended does not matter to the script; that it could not be started does.
    pub(crate) fn shell_done(&mut self, command: &[u8], result: Result<ShellEnd, String>) {
        match result {
            Ok(_) => self.command_done(),
            Err(reason) => {
                let message = format!("\\!: failed: {}: {reason}", lossy(command));
                self.error(&message);
                self.command_failed();
            }
        }
    }
}
