//! EXECUTION and JOB rows as items and back. Owns which fields are attributes of their own: those that conditions look at,
//! that transactions change without reading the row, and that indexes sort by.
//!
//! Sizes, since a write costs one unit for each kilobyte begun (measured in `tests`, under an execution id of 30 characters):
//! the row of a running job takes about 520 bytes, of one that succeeded 480, of one that failed with a statement of 200
//! characters 820; an EXECUTION row with two values 780. An audit record takes about 390.

use aws_sdk_dynamodb::types::AttributeValue;
use fleet_core::ids::JobId;
use fleet_core::ports::JobWrite;
use fleet_core::state::{ExecutionRow, JobRow, JobStatus, ROW_FORMAT, Rev, Tally, Versioned};
use serde_json::Value;

use super::fault::Fault;
use super::layout::{self, GATHERED, Item, LAYOUT, attribute, by_time, number, text};

/// Fields of a job's JSON that attributes say better; without them most rows stay within one unit.
const JOB_FIELDS_TOLD_BY_ATTRIBUTES: &[&str] = &["generation", "told", "slot", "tally"];

pub(super) fn execution_item(row: &ExecutionRow, rev: Rev) -> Result<Item, Fault> {
    let id = row.workflow_execution_id.as_str();
    let mut item = layout::execution_key(&row.workflow_execution_id);
    let mut set = |name: &str, value| item.insert(name.to_owned(), value);
    set(attribute::LAYOUT, number(LAYOUT));
    set(attribute::REV, number(rev.0));
    set(attribute::GENERATION, number(row.generation));
    set(attribute::SLOTS_USED, number(row.slots_used));
    set(attribute::DATA, text(serde_json::to_string(row)?));
    set(attribute::WORKFLOW, text(row.workflow_id.as_str()));
    set(attribute::STARTED, text(by_time(row.started.at, id)));
    set(attribute::LISTED, text(GATHERED));
    if row.status.is_open() {
        set(attribute::OPEN, text(GATHERED));
    }
    if let Some(at) = row.attention_at {
        set(attribute::DUE, text(GATHERED));
        set(attribute::ATTENTION_AT, text(by_time(at, id)));
    }
    Ok(item)
}

pub(super) fn job_item(write: &JobWrite<'_>, rev: Rev) -> Result<Item, Fault> {
    let row = write.row;
    let mut item = layout::job_key(write.execution, write.job);
    let mut set = |name: &str, value| item.insert(name.to_owned(), value);
    set(attribute::LAYOUT, number(LAYOUT));
    set(attribute::REV, number(rev.0));
    set(attribute::GENERATION, number(row.generation));
    set(attribute::SETTLED, AttributeValue::Bool(row.status.is_settled()));
    set(attribute::TOLD, number(row.told));
    set(attribute::SLOT, AttributeValue::Bool(row.slot));
    set(attribute::NEEDS_SETTLED, number(row.tally.settled));
    set(attribute::NEEDS_GOOD, number(row.tally.good));
    set(attribute::NEEDS_BAD, number(row.tally.bad));
    set(attribute::DATA, text(job_data(row)?));
    if row.status == JobStatus::Held {
        // A held row without a time has waited longest for all we know.
        set(attribute::HELD, text(by_time(row.held_since.unwrap_or_default(), write.job.as_str())));
    }
    Ok(item)
}

fn job_data(row: &JobRow) -> Result<String, Fault> {
    let mut data = serde_json::to_value(row)?;
    if let Value::Object(fields) = &mut data {
        fields.retain(|name, _| !JOB_FIELDS_TOLD_BY_ATTRIBUTES.contains(&name.as_str()));
    }
    Ok(data.to_string())
}

pub(super) fn read_execution(item: &Item) -> Result<Versioned<ExecutionRow>, Fault> {
    check_layout(item)?;
    let data = text_of(item, attribute::DATA)?;
    let mut row: ExecutionRow = serde_json::from_str(data)?;
    check_format("a stored execution", row.format)?;
    row.generation = count_of(item, attribute::GENERATION)?;
    row.slots_used = count_of(item, attribute::SLOTS_USED)?;
    Ok(Versioned { rev: rev_of(item)?, row })
}

/// A row without JSON was made by counting.
pub(super) fn read_job(item: &Item) -> Result<Versioned<JobRow>, Fault> {
    check_layout(item)?;
    let mut row = match item.get(attribute::DATA) {
        None => JobRow::default(),
        Some(_) => serde_json::from_str(text_of(item, attribute::DATA)?)?,
    };
    check_format("a stored job", row.format)?;
    row.generation = count_of(item, attribute::GENERATION)?;
    row.told = count_of(item, attribute::TOLD)?;
    row.slot = matches!(item.get(attribute::SLOT), Some(AttributeValue::Bool(true)));
    row.tally = Tally {
        settled: count_of(item, attribute::NEEDS_SETTLED)?,
        good: count_of(item, attribute::NEEDS_GOOD)?,
        bad: count_of(item, attribute::NEEDS_BAD)?,
    };
    Ok(Versioned { rev: rev_of(item)?, row })
}

/// The job that an item is the row of; nothing for END's row.
pub(super) fn job_id_of(item: &Item) -> Result<Option<JobId>, Fault> {
    let name = text_of(item, attribute::ITEM)?;
    layout::job_of(name).map(|id| JobId::parse(id).map_err(Fault::unreadable)).transpose()
}

pub(super) fn text_of<'a>(item: &'a Item, name: &str) -> Result<&'a str, Fault> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(Fault::unreadable(format_args!("attribute {name} is no text"))),
    }
}

/// Absent is zero: counting makes only the attributes that it counts.
pub(super) fn number_of(item: &Item, name: &str) -> Result<u64, Fault> {
    let digits = match item.get(name) {
        None => return Ok(0),
        Some(AttributeValue::N(digits)) => digits,
        Some(_) => return Err(Fault::unreadable(format_args!("attribute {name} is no number"))),
    };
    digits.parse().map_err(|_| Fault::unreadable(format_args!("attribute {name} is {digits}")))
}

pub(super) fn check_layout(item: &Item) -> Result<(), Fault> {
    let found = number_of(item, attribute::LAYOUT)?;
    if found > u64::from(LAYOUT) {
        return Err(Fault::newer("a stored item", found, LAYOUT));
    }
    Ok(())
}

fn check_format(what: &str, found: u32) -> Result<(), Fault> {
    if found > ROW_FORMAT {
        return Err(Fault::newer(what, found.into(), ROW_FORMAT));
    }
    Ok(())
}

fn count_of(item: &Item, name: &str) -> Result<u32, Fault> {
    u32::try_from(number_of(item, name)?).map_err(Fault::unreadable)
}

fn rev_of(item: &Item) -> Result<Rev, Fault> {
    number_of(item, attribute::REV).map(Rev)
}

#[cfg(test)]
mod tests;
