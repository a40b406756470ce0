//! `\i`, `\ir`, `\run`, `\o`, `\cd`: other scripts, and where output goes.

use super::{Args, Flow};
use crate::effect::{Effect, OutputId, OutputTarget};
use crate::exit_code;
use crate::io::{Closing, Waiting};
use crate::machine::Machine;
use crate::outcome::ShellEnd;
use crate::scan::slash::Arg;
use crate::text::lossy;

impl Machine {
    pub(super) fn include(&mut self, args: &Args) -> Flow {
        let Some(path) = args.get(0) else { return self.fail_with("missing required argument") };
        let path = self.tilde(path);
        self.open_script(path, None);
        Flow::Wait
    }

    pub(super) fn include_relative(&mut self, args: &Args) -> Flow {
        let Some(path) = args.get(0) else { return self.fail_with("missing required argument") };
        let path = self.tilde(path);
        let file = self.frames.last().and_then(|frame| frame.file.as_deref());
        let path = match file.and_then(|file| file.rfind('/').map(|end| &file[..=end])) {
            Some(directory) if path.first() != Some(&b'/') => [directory.as_bytes(), &path].concat(),
            _ => path,
        };
        self.open_script(path, None);
        Flow::Wait
    }

    /// `\run file=NAME [skip=N]`, keywords in any case, with or without a comma between.
    pub(super) fn run_file(&mut self, args: &Args) -> Flow {
        let (path, skip) = match run_options(&args.words) {
            Ok(options) => options,
            Err(reason) => return self.fail_with(&reason),
        };
        let path = self.tilde(&path);
        self.open_script(path, skip);
        Flow::Wait
    }

    pub(super) fn set_output(&mut self, args: &Args) -> Flow {
        let Some(name) = args.get(0) else { return self.replace_output(None) };
        let name = self.tilde(name);
        let target = match name.strip_prefix(b"|") {
            Some(command) if self.refuses_shell(command) => return Flow::Failed,
            Some(command) => OutputTarget::Program(command.to_vec()),
            None => OutputTarget::File(name.clone()),
        };
        let output = self.io.new_output();
        self.io.ask(Effect::OpenOutput { output, target }, Waiting::QueryOutput { output, name });
        Flow::Wait
    }

    /// The file of `\o` is open, or not.
    pub(crate) fn query_output_opened(&mut self, output: OutputId, name: &[u8], result: Result<(), String>) {
        if let Err(reason) = result {
            self.error(&format!("{}: {reason}", lossy(name)));
            return self.command_failed();
        }
        if let Flow::Done = self.replace_output(Some(output)) {
            self.command_done();
        }
    }

    /// Opens the target of `-o`, before the first action.
    pub(crate) fn open_start_output(&mut self, target: OutputTarget) {
        let (OutputTarget::File(name) | OutputTarget::Append(name) | OutputTarget::Program(name)) = &target;
        let name = name.clone();
        let output = self.io.new_output();
        self.io.ask(Effect::OpenOutput { output, target }, Waiting::StartOutput { output, name });
    }

    /// The target of `-o` is open, or not; then nothing is run.
    pub(crate) fn start_output_opened(&mut self, output: OutputId, name: &[u8], result: Result<(), String>) {
        match result {
            Ok(()) => self.output = Some(output),
            Err(reason) => {
                self.error(&format!("{}: {reason}", lossy(name)));
                self.exit_with(exit_code::FAILURE);
            }
        }
    }

    fn replace_output(&mut self, output: Option<OutputId>) -> Flow {
        let Some(old) = std::mem::replace(&mut self.output, output) else { return Flow::Done };
        let closing = Closing::Command { name: b"\\o".to_vec() };
        self.io.ask(Effect::CloseOutput(old), Waiting::Close(closing));
        Flow::Wait
    }

    /// A file or program that was written to has ended. What could not be written is an error.
    pub(crate) fn output_closed(&mut self, closing: &Closing, result: Result<ShellEnd, String>) {
        let name = match closing {
            Closing::Command { name }
            | Closing::Statement { name }
            | Closing::CopyProgram { name }
            | Closing::LargeObject { name } => Some(lossy(name)),
            Closing::Exit { name } => name.as_deref().map(lossy),
        };
        let ended = match (closing, result) {
            (Closing::CopyProgram { .. }, Ok(end)) => end.complaint().map_or(Ok(()), Err),
            (_, result) => result.map(|_| ()),
        };
        let failed = ended.is_err();
        if let (Err(reason), Some(name)) = (ended, name) {
            self.error(&format!("{name}: {reason}"));
            let complaint = self.last_complaint.clone();
            self.record_own(name.as_bytes(), &complaint);
            if matches!(closing, Closing::CopyProgram { .. } | Closing::Statement { .. }) {
                self.set_local_failure(&complaint);
            }
        }
        match closing {
            Closing::Command { .. } if failed => self.command_failed(),
            Closing::Command { .. } => self.command_done(),
            Closing::Statement { .. } | Closing::CopyProgram { .. } => self.result_output_closed(!failed),
            Closing::LargeObject { .. } => self.large_object_written(!failed),
            Closing::Exit { .. } => self.closed_to_exit(failed),
        }
    }

    pub(super) fn change_directory(&mut self, args: &Args) -> Flow {
        let path = args.get(0).map(|path| self.tilde(path));
        self.io.ask(Effect::ChangeDir(path.clone()), Waiting::ChangeDir(path));
        Flow::Wait
    }

    /// `\cd` has worked, or not.
    pub(crate) fn directory_changed(&mut self, path: Option<&[u8]>, result: Result<(), String>) {
        match result {
            Ok(()) => self.command_done(),
            Err(reason) => {
                let path = path.or(self.home.as_deref().map(str::as_bytes)).unwrap_or_default();
                let message = format!("\\cd: could not change directory to \"{}\": {reason}", lossy(path));
                self.error(&message);
                self.command_failed();
            }
        }
    }

    /// A path with `~` or `~/` at its head replaced by the home directory.
    pub(crate) fn tilde(&self, path: &[u8]) -> Vec<u8> {
        match (path.strip_prefix(b"~"), &self.home) {
            (Some(rest), Some(home)) if rest.is_empty() || rest[0] == b'/' => {
                [home.as_bytes(), rest].concat()
            }
            _ => path.to_vec(),
        }
    }
}

/// The file and the lines to skip, as `\run` has them; the error is what does not fit.
pub(crate) fn run_options(words: &[Arg]) -> Result<(Vec<u8>, Option<u64>), String> {
    let (mut path, mut skip) = (None, None);
    for word in words {
        let text = if word.quoted { word.text.as_slice() } else { trim_end(&word.text, b",;") };
        let at = text.iter().position(|&byte| byte == b'=').unwrap_or(text.len());
        let value = text.get(at + 1..).unwrap_or_default();
        match text[..at].to_ascii_lowercase().as_slice() {
            b"file" if !value.is_empty() => path = Some(value.to_vec()),
            b"skip" => match lossy(trim_end(value, b",;")).parse() {
                Ok(lines) => skip = Some(lines),
                Err(_) => return Err(format!("invalid skip \"{}\"", lossy(value))),
            },
            b"" if text.is_empty() => {}
            _ => return Err(format!("invalid option \"{}\"", lossy(text))),
        }
    }
    path.map(|path| (path, skip)).ok_or_else(|| "missing required argument file=NAME".to_owned())
}

fn trim_end<'a>(text: &'a [u8], endings: &[u8]) -> &'a [u8] {
    let end = text.iter().rposition(|byte| !endings.contains(byte)).map_or(0, |last| last + 1);
    &text[..end]
}
