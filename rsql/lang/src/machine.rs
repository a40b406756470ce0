//! The machine: one loop over input, commands and running statements. It owns the order of things; what each thing
//! means stands in the modules it calls.

use crate::effect::Effect;
use crate::exit_code;
use crate::outcome::Outcome;
use crate::report::Report;
use crate::settings::{Action, Actions, Settings, SettingsError};

/// One run of RSQL: actions and outcomes in, effects out.
#[derive(Debug)]
pub struct Machine {
    actions: Actions,
    report: Report,
}

impl Machine {
    /// A machine on an open session.
    ///
    /// # Errors
    /// When a variable or printing parameter of the command line cannot be set.
    pub fn new(_settings: Settings) -> Result<Self, SettingsError> {
        Ok(Self { actions: Actions::new(), report: Report::default() })
    }

    /// Appends an action.
    pub fn push(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    /// The next thing to do. After an asking effect, [`Machine::resume`] comes first.
    pub fn next_effect(&mut self) -> Effect {
        Effect::Finish { code: exit_code::SUCCESS }
    }

    /// Takes the outcome of the last asking effect.
    ///
    /// # Errors
    /// When no such outcome was asked for: a fault of the driver.
    pub fn resume(&mut self, outcome: Outcome) -> Result<(), UnexpectedOutcome> {
        Err(UnexpectedOutcome(format!("{outcome:?}")))
    }

    /// What the run has done so far.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

/// An outcome that no effect had asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("use an outcome that was not asked for: {0}")]
pub struct UnexpectedOutcome(String);
