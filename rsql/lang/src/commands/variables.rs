//! `\set`, `\unset`, `\setenv`, `\getenv`, `\errverbose`, `\timing` and `\encoding`.

use super::{Args, Flow};
use crate::effect::{Effect, Stream};
use crate::io::Waiting;
use crate::machine::Machine;
use crate::print::options::{not_boolean, on_off};
use crate::run::Purpose;
use crate::text::{boolean, lossy, sql_literal};

impl Machine {
    pub(super) fn set_variable(&mut self, args: &Args) -> Flow {
        let Some(name) = args.get(0) else { return self.list_variables() };
        let value: Vec<u8> = args.words[1..].iter().flat_map(|arg| arg.text.iter().copied()).collect();
        self.assign(name, Some(&value))
    }

    fn list_variables(&mut self) -> Flow {
        let mut list = Vec::new();
        for (name, value) in self.variables.iter() {
            list.extend_from_slice(name);
            list.extend_from_slice(b" = '");
            list.extend_from_slice(value);
            list.extend_from_slice(b"'\n");
        }
        self.io.write(Stream::Stdout, &list);
        Flow::Done
    }

    pub(super) fn unset_variable(&mut self, args: &Args) -> Flow {
        match args.get(0) {
            Some(name) => self.assign(name, None),
            None => self.fail_with("missing required argument"),
        }
    }

    fn assign(&mut self, name: &[u8], value: Option<&[u8]>) -> Flow {
        match self.assign_variable(name, value) {
            Ok(()) => Flow::Done,
            Err(message) => self.fail(&message),
        }
    }

    /// Sets or unsets a variable; one that steers the machine takes effect.
    ///
    /// # Errors
    /// psql's message about a value that it does not take.
    pub(crate) fn assign_variable(&mut self, name: &[u8], value: Option<&[u8]>) -> Result<(), String> {
        self.special.assign(&mut self.variables, name, value)?;
        self.print.switch(self.special.rformat);
        Ok(())
    }

    /// Tells an error of the running command under its name.
    pub(super) fn fail_with(&mut self, message: &str) -> Flow {
        let name = self.command_name();
        self.fail(&format!("\\{name}: {message}"))
    }

    pub(super) fn set_environment(&mut self, args: &Args) -> Flow {
        let Some(name) = args.get(0) else { return self.fail_with("missing required argument") };
        if name.contains(&b'=') {
            return self.fail_with("environment variable name must not contain \"=\"");
        }
        self.io.tell(Effect::SetEnv { name: name.to_vec(), value: args.get(1).map(<[u8]>::to_vec) });
        Flow::Done
    }

    pub(super) fn get_environment(&mut self, args: &Args) -> Flow {
        let (Some(variable), Some(name)) = (args.get(0), args.get(1)) else {
            return self.fail_with("missing required argument");
        };
        let variable = variable.to_vec();
        self.io.ask(Effect::GetEnv(name.to_vec()), Waiting::Env { variable });
        Flow::Wait
    }

    /// The value for `\getenv`; a variable that the environment lacks stays as it is.
    pub(crate) fn env_read(&mut self, variable: &[u8], value: Option<&[u8]>) {
        let assigned = match value {
            Some(value) => self.assign_variable(variable, Some(value)),
            None => Ok(()),
        };
        match assigned {
            Ok(()) => self.command_done(),
            Err(message) => {
                self.error(&message);
                self.command_failed();
            }
        }
    }

    pub(super) fn errverbose(&mut self, _: &Args) -> Flow {
        self.show_last_error();
        Flow::Done
    }

    pub(super) fn set_timing(&mut self, args: &Args) -> Flow {
        let wanted = match args.get(0) {
            None => Ok(!self.timing),
            Some(value) => boolean(value).ok_or_else(|| not_boolean(value, "\\timing")),
        };
        let flow = match wanted {
            Ok(on) => {
                self.timing = on;
                Flow::Done
            }
            Err(message) => self.fail(&message),
        };
        self.confirm(&format!("Timing is {}.", on_off(self.timing)));
        flow
    }

    pub(super) fn encoding(&mut self, args: &Args) -> Flow {
        let Some(name) = args.get(0) else {
            let encoding = self.variables.get(b"ENCODING").map(|name| lossy(name).into_owned());
            self.print_line(&encoding.unwrap_or_default());
            return Flow::Done;
        };
        let mut sql = b"SET client_encoding TO ".to_vec();
        sql.extend_from_slice(&sql_literal(name));
        self.start_internal(&sql, Purpose::Encoding(name.to_vec()));
        Flow::Wait
    }
}
