//! `\prompt`: a value from whoever answers, at the terminal or in standard input. Passwords are `password`'s.

use super::{Args, Flow};
use crate::effect::{Effect, InputId, Prompt, Stream};
use crate::input::Next;
use crate::io::Waiting;
use crate::machine::Machine;

/// A question whose answer comes as a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) text: Vec<u8>,
    pub(crate) about: About,
}

/// What an answer is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// The value of this variable. Within a script that is a file there must be one.
    Variable { name: Vec<u8>, required: bool },
    /// A new password for this user.
    Password { user: Vec<u8> },
    /// The same password again.
    PasswordAgain { user: Vec<u8>, first: Vec<u8> },
}

impl About {
    fn is_secret(&self) -> bool {
        !matches!(self, Self::Variable { .. })
    }
}

impl Machine {
    /// `\prompt [TEXT] NAME`
    pub(super) fn prompt(&mut self, args: &Args) -> Flow {
        let (text, name) = match (args.get(0), args.get(1)) {
            (None, _) => return self.fail_with("missing required argument"),
            (Some(name), None) => (Vec::new(), name.to_vec()),
            (Some(text), Some(name)) => (text.to_vec(), name.to_vec()),
        };
        let required = self.frames.last().is_some_and(|frame| frame.file.is_some());
        let question = Question { text, about: About::Variable { name, required } };
        if required {
            // psql asks nobody at a terminal while it reads a file.
            self.io.write(Stream::Stdout, &question.text);
            self.question = Some(question);
        } else {
            self.ask_person(question);
        }
        Flow::Wait
    }

    /// Asks at the terminal, if there is one.
    pub(super) fn ask_person(&mut self, question: Question) {
        let hidden = question.about.is_secret();
        let prompt = Prompt { text: question.text.clone(), hidden };
        self.io.ask(Effect::Prompt(prompt), Waiting::Prompted(question));
    }

    /// Somebody at a terminal has answered, or there is none: then the answer is the next line of standard input.
    pub(crate) fn prompted(&mut self, question: Question, answer: Option<Vec<u8>>) {
        match answer {
            Some(answer) => self.use_answer(question.about, Some(answer)),
            None => {
                self.io.write(Stream::Stderr, &question.text);
                self.question = Some(question);
            }
        }
    }

    /// Reads the answer to the question that waits for standard input.
    pub(crate) fn read_answer(&mut self) {
        match self.inputs.line(InputId::STDIN) {
            Next::More => self.io.ask(Effect::Read(InputId::STDIN), Waiting::Chunk(InputId::STDIN)),
            Next::Item(line) => self.answered_by_input(Some(line.text)),
            Next::End => self.answered_by_input(None),
        }
    }

    fn answered_by_input(&mut self, answer: Option<Vec<u8>>) {
        let Some(Question { about, .. }) = self.question.take() else { return };
        let required = matches!(about, About::Variable { required: true, .. });
        if about.is_secret() {
            self.io.write(Stream::Stderr, b"\n");
        }
        match answer {
            None if required => self.use_answer(about, None),
            None => self.use_answer(about, Some(Vec::new())),
            Some(mut line) => {
                if !required && line.last() == Some(&b'\r') {
                    line.pop();
                }
                self.use_answer(about, Some(line));
            }
        }
    }

    fn use_answer(&mut self, about: About, answer: Option<Vec<u8>>) {
        match (about, answer) {
            (About::Variable { name, .. }, Some(value)) => match self.assign_variable(&name, Some(&value)) {
                Ok(()) => self.command_done(),
                Err(message) => {
                    self.error(&message);
                    self.command_failed();
                }
            },
            (About::Password { user }, Some(first)) => self.ask_again(user, first),
            (About::PasswordAgain { user, first }, Some(again)) => {
                self.passwords_given(user, first, &again);
            }
            (_, None) => {
                let name = self.command_name();
                self.error(&format!("\\{name}: could not read value for variable"));
                self.command_failed();
            }
        }
    }
}
