//! `rsqlctl dead-letters`: messages that were delivered too often. The dispatcher settles the jobs of dead job messages; what
//! is shown here is what it has not come to, and events that nobody could carry out.

use fleet_core::time::Timestamp;
use fleet_embedded::Queue;
use serde::Serialize;

use crate::context::Context;
use crate::exit;
use crate::fleet::Fleet;
use crate::output::{Align, Cell, Palette, Table, remark, time};

/// Show messages that were delivered too often, or try them again
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Put them back into their queues
    #[arg(long)]
    redrive: bool,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl dead-letters
  rsqlctl dead-letters --redrive

JSON: { letters: [{ queue, id, sent_at, body }] } or, with --redrive, { redriven }";

/// Most messages shown or put back at once.
const LETTERS_MAX: usize = 1_000;

#[derive(Serialize)]
struct Letters {
    letters: Vec<Letter>,
}

#[derive(Serialize)]
struct Letter {
    queue: String,
    id: String,
    sent_at: Timestamp,
    body: String,
}

#[derive(Serialize)]
struct Redriven {
    redriven: usize,
}

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.fleet()?;
    if args.redrive {
        let mut redriven = 0;
        for queue in queues(&fleet) {
            redriven += queue.redrive(LETTERS_MAX).await?;
        }
        context.out.answer(&Redriven { redriven }, |done, _| format!("{}\n", done.redriven))?;
        return Ok(exit::OK);
    }
    let mut letters = Vec::new();
    for queue in queues(&fleet) {
        let dead = queue.dead(LETTERS_MAX).await?.into_iter();
        letters.extend(dead.map(|letter| Letter {
            queue: queue.name().to_owned(),
            id: letter.id.0,
            sent_at: letter.sent_at,
            body: letter.body,
        }));
    }
    let letters = Letters { letters };
    context.out.answer(&letters, |letters, out| table(&letters.letters, out.palette))?;
    if letters.letters.is_empty() {
        remark("there are no dead letters");
    }
    Ok(exit::OK)
}

fn queues(fleet: &Fleet) -> [&Queue; 2] {
    [&fleet.events, &fleet.jobs]
}

fn table(letters: &[Letter], palette: Palette) -> String {
    let mut table = Table::new(&[("QUEUE", Align::Left), ("SENT", Align::Left), ("MESSAGE", Align::Left)]);
    for letter in letters {
        table.row(vec![
            Cell::from(&letter.queue),
            Cell::from(time(letter.sent_at)),
            Cell::from(&letter.body),
        ]);
    }
    table.render(palette)
}
