//! `rsqlctl dead-letters`: messages that were delivered too often. The dispatcher settles the jobs of dead job messages; what
//! is shown here is what it has not come to, and events that nobody could carry out.

use serde::Serialize;

use crate::context::Context;
use crate::exit;
use crate::fleet::Letter;
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

#[derive(Serialize)]
struct Letters {
    letters: Vec<Letter>,
}

#[derive(Serialize)]
struct Redriven {
    redriven: usize,
}

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.fleet().await?;
    if args.redrive {
        let redriven = Redriven { redriven: fleet.redrive().await? };
        context.out.answer(&redriven, |done, _| format!("{}\n", done.redriven))?;
        return Ok(exit::OK);
    }
    let letters = Letters { letters: fleet.dead_letters().await? };
    context.out.answer(&letters, |letters, out| table(&letters.letters, out.palette))?;
    if letters.letters.is_empty() {
        remark("there are no dead letters");
    }
    Ok(exit::OK)
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
