//! The values of one execution: built-in names and params, filled once at the start and recorded. Owns the rule for the
//! business date and the order in which params that refer to each other are filled. Reads no clock.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::definition::Definition;
use super::super::limits::BINDINGS_BYTES_MAX;
use super::{FillError, Template, date};
use crate::ids::ExecutionId;
use crate::schedule::Zone;
use crate::time::Timestamp;

/// Names that every execution has. Of these only `business_date` may be a param.
pub const BUILTIN_NAMES: [&str; 5] =
    ["business_date", BY_DATE, BY_TIME, "workflow_id", "workflow_execution_id"];

/// Name, in the arguments of a shell script alone, for the folder that scripts of the older framework source their helper
/// from. The worker gives the value, since only it knows.
pub const CODE_DIR: &str = "code_dir";
/// Name, in the arguments of a shell script alone, for the id of the secret with the credentials of the job's connection.
pub const SECRET_ID: &str = "secret_id";

const BUSINESS_DATE: &str = "business_date";
const BY_DATE: &str = "scheduled_date";
const BY_TIME: &str = "scheduled_time";

/// Why an execution begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion<'a> {
    /// A schedule fired.
    Scheduled {
        /// When it was due.
        at: Timestamp,
        /// Of the schedule.
        zone: &'a Zone,
    },
    /// A person, an event or another workflow asked for it. The dates are of the first schedule's zone, or UTC.
    ByHand {
        /// The present.
        now: Timestamp,
    },
}

/// The values of one execution by name. Recorded as it is; every template of the execution is filled from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bindings(BTreeMap<String, String>);

/// One param that cannot get its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// Given at the start, but not declared.
    #[error("param `{name}` is not one of the workflow's{}", known(nearest))]
    Unknown {
        /// The name given.
        name: String,
        /// The declared name most like it.
        nearest: Option<String>,
    },
    /// Its template cannot be filled.
    #[error("param `{name}`: {source}")]
    Fill {
        /// The param.
        name: String,
        /// Why.
        source: FillError,
    },
    /// A business date given at the start that is no date.
    #[error("`business_date` is `{0}`, and that is no date; give it as YYYY-MM-DD, such as 2026-01-31")]
    BusinessDate(String),
    /// Params that need each other's value.
    #[error("params refer to each other: {}", .0.join(" -> "))]
    Cycle(Vec<String>),
    /// More than an execution can record.
    #[error("the params have {0} bytes in all, at most {BINDINGS_BYTES_MAX} are allowed")]
    Size(usize),
}

fn known(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// Everything that keeps an execution from getting its values, at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFaults(pub Vec<TemplateFault>);

impl fmt::Display for TemplateFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&faults.join("; "))
    }
}

impl std::error::Error for TemplateFaults {}

impl Bindings {
    /// The values of an execution that begins now. `given` are plain texts that replace params.
    ///
    /// A business date that is given holds, and must be a date. Otherwise the param `business_date` is filled like any other, and without one
    /// it is the scheduled date. An execution started by hand has no scheduled date to be moved: where the param refers
    /// to it, the business date is today's.
    ///
    /// # Errors
    /// [`TemplateFaults`] with every param at fault.
    pub fn at_start(
        definition: &Definition,
        execution: &ExecutionId,
        occasion: Occasion<'_>,
        given: &BTreeMap<String, String>,
    ) -> Result<Self, TemplateFaults> {
        let params = &definition.params;
        let order = filling_order(params).map_err(|ring| TemplateFaults(vec![TemplateFault::Cycle(ring)]))?;
        let mut bindings = Self::builtin(definition, execution, occasion);
        let mut faults = unknown(params, given);
        for (name, value) in given {
            if name == BUSINESS_DATE && !date::is_date(value) {
                // The scheduled date stands in, so that what is made from it brings no further faults along.
                faults.push(TemplateFault::BusinessDate(value.clone()));
                continue;
            }
            bindings.0.insert(name.clone(), value.clone());
        }
        let open = order.into_iter().filter(|name| !given.contains_key(*name));
        for name in open.filter(|name| !is_todays(name, &params[*name], occasion)) {
            match params[name].fill(&bindings) {
                Ok(value) => drop(bindings.0.insert(name.to_owned(), value)),
                Err(source) => faults.push(TemplateFault::Fill { name: name.to_owned(), source }),
            }
        }
        let bytes = bindings.0.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > BINDINGS_BYTES_MAX {
            faults.push(TemplateFault::Size(bytes));
        }
        if faults.is_empty() { Ok(bindings) } else { Err(TemplateFaults(faults)) }
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn builtin(definition: &Definition, execution: &ExecutionId, occasion: Occasion<'_>) -> Self {
        let utc = Zone::utc();
        let (at, zone) = match occasion {
            Occasion::Scheduled { at, zone } => (at, zone),
            Occasion::ByHand { now } => {
                (now, definition.schedules.first().map_or(&utc, |first| &first.timezone))
            }
        };
        let date = zone.date_at(at);
        let values = [
            (BUSINESS_DATE, date.clone()),
            (BY_DATE, date),
            (BY_TIME, zone.time_at(at)),
            ("workflow_id", definition.workflow_id.to_string()),
            ("workflow_execution_id", execution.to_string()),
        ];
        Self(values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl From<BTreeMap<String, String>> for Bindings {
    /// The values as an EXECUTION row has recorded them.
    fn from(recorded: BTreeMap<String, String>) -> Self {
        Self(recorded)
    }
}

/// Whether a business date that is made from the scheduled date has none to be made from: then it stays today's.
fn is_todays(name: &str, template: &Template, occasion: Occasion<'_>) -> bool {
    let by_hand = matches!(occasion, Occasion::ByHand { .. });
    by_hand
        && name == BUSINESS_DATE
        && template.names().iter().any(|used| *used == BY_DATE || *used == BY_TIME)
}

fn unknown(params: &BTreeMap<String, Template>, given: &BTreeMap<String, String>) -> Vec<TemplateFault> {
    let strangers = given.keys().filter(|name| !params.contains_key(*name) && *name != BUSINESS_DATE);
    strangers
        .map(|name| {
            let known = params.keys().map(String::as_str).chain([BUSINESS_DATE]);
            let nearest = super::super::nearest::nearest(name, known).map(str::to_owned);
            TemplateFault::Unknown { name: name.clone(), nearest }
        })
        .collect()
}

/// The ring of params that refer to each other, if there is one: first and last are the same.
#[must_use]
pub fn reference_cycle(params: &BTreeMap<String, Template>) -> Option<Vec<String>> {
    filling_order(params).err()
}

/// Params, each after those it refers to. Depth first with a stack of its own: chains may be long.
fn filling_order(params: &BTreeMap<String, Template>) -> Result<Vec<&str>, Vec<String>> {
    let mut order: Vec<&str> = Vec::with_capacity(params.len());
    let mut done: BTreeMap<&str, bool> = BTreeMap::new();
    for start in params.keys() {
        let mut stack = vec![(start.as_str(), references(params, start))];
        if done.contains_key(start.as_str()) {
            continue;
        }
        done.insert(start, false);
        while let Some((name, open)) = stack.last_mut() {
            let Some(next) = open.pop() else {
                done.insert(name, true);
                order.push(name);
                stack.pop();
                continue;
            };
            match done.get(next) {
                Some(true) => {}
                Some(false) => return Err(ring(&stack, next)),
                None => {
                    done.insert(next, false);
                    stack.push((next, references(params, next)));
                }
            }
        }
    }
    Ok(order)
}

fn references<'p>(params: &'p BTreeMap<String, Template>, name: &str) -> Vec<&'p str> {
    let mut names = params[name].names();
    names.retain(|name| params.contains_key(*name));
    names.reverse();
    names
}

fn ring(stack: &[(&str, Vec<&str>)], closing: &str) -> Vec<String> {
    let names = stack.iter().map(|(name, _)| *name);
    names.skip_while(|name| *name != closing).chain([closing]).map(str::to_owned).collect()
}
