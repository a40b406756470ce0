//! The commands, one a file. Owns their list and order in the help, and the examples below each. A command takes its
//! arguments and the context, and gives an exit code.

mod audit;
mod cancel;
mod completions;
mod dead_letters;
mod deploy;
mod graph;
mod init;
mod lint;
mod list;
mod local;
mod logs;
mod manual;
mod mark;
mod named;
mod plan;
mod result;
mod resume;
mod schema;
mod start;
mod status;
mod undeploy;
mod validate;
mod watch;
mod workers;

use clap::Subcommand;

use crate::context::Context;
use crate::exit::Failure;
use crate::output::Format;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(after_help = init::EXAMPLES)]
    Init(init::Args),
    #[command(after_help = validate::EXAMPLES)]
    Validate(validate::Args),
    #[command(after_help = lint::EXAMPLES)]
    Lint(lint::Args),
    #[command(after_help = deploy::EXAMPLES)]
    Deploy(deploy::Args),
    #[command(after_help = undeploy::EXAMPLES)]
    Undeploy(undeploy::Args),
    #[command(after_help = start::EXAMPLES)]
    Start(start::Args),
    #[command(visible_alias = "ls", after_help = list::EXAMPLES)]
    List(list::Args),
    #[command(after_help = status::EXAMPLES)]
    Status(status::Args),
    #[command(after_help = watch::EXAMPLES)]
    Watch(watch::Args),
    #[command(after_help = logs::EXAMPLES)]
    Logs(logs::Args),
    #[command(after_help = audit::EXAMPLES)]
    Audit(audit::Args),
    #[command(after_help = cancel::EXAMPLES)]
    Cancel(cancel::Args),
    #[command(after_help = resume::EXAMPLES)]
    Resume(resume::Args),
    #[command(after_help = mark::EXAMPLES)]
    Mark(mark::Args),
    #[command(after_help = graph::EXAMPLES)]
    Graph(graph::Args),
    #[command(after_help = plan::EXAMPLES)]
    Plan(plan::Args),
    #[command(after_help = workers::EXAMPLES)]
    Workers(workers::Args),
    #[command(after_help = local::EXAMPLES)]
    Local(local::Args),
    #[command(after_help = dead_letters::EXAMPLES)]
    DeadLetters(dead_letters::Args),
    #[command(after_help = schema::EXAMPLES)]
    Schema(schema::Args),
    #[command(after_help = completions::EXAMPLES)]
    Completions(completions::Args),
    #[command(hide = true)]
    Manual(manual::Args),
}

/// Carries a command out and gives its exit code.
///
/// # Errors
/// Whatever kept it from doing so; `exit::code_of` tells the code.
pub(crate) async fn run(command: Command, context: &mut Context) -> anyhow::Result<u8> {
    if context.out.format.is_drawing() && !matches!(command, Command::Graph(_)) {
        return Err(Failure::usage(
            "-o text, mermaid and dot are for `rsqlctl graph`; other commands write table or json",
        ));
    }
    if context.out.format == Format::Sarif && !matches!(command, Command::Lint(_)) {
        return Err(Failure::usage("-o sarif is for `rsqlctl lint`; other commands write table or json"));
    }
    let ended = carry_out(command, context).await;
    ended.map_err(|error| context.explain(error))
}

async fn carry_out(command: Command, context: &mut Context) -> anyhow::Result<u8> {
    match command {
        Command::Init(args) => init::run(&args, context),
        Command::Validate(args) => validate::run(&args, context),
        Command::Lint(args) => lint::run(&args, context),
        Command::Deploy(args) => deploy::run(&args, context).await,
        Command::Undeploy(args) => undeploy::run(&args, context).await,
        Command::Start(args) => start::run(args, context).await,
        Command::List(args) => list::run(&args, context).await,
        Command::Status(args) => status::run(&args, context).await,
        Command::Watch(args) => watch::run(&args, context).await,
        Command::Logs(args) => logs::run(&args, context).await,
        Command::Audit(args) => audit::run(&args, context).await,
        Command::Cancel(args) => cancel::run(&args, context).await,
        Command::Resume(args) => resume::run(&args, context).await,
        Command::Mark(args) => mark::run(&args, context).await,
        Command::Graph(args) => graph::run(&args, context).await,
        Command::Plan(args) => plan::run(&args, context).await,
        Command::Workers(args) => workers::run(&args, context).await,
        Command::Local(args) => local::run(&args, context).await,
        Command::DeadLetters(args) => dead_letters::run(&args, context).await,
        Command::Schema(_) => schema::run(context),
        Command::Completions(args) => completions::run(&args, context),
        Command::Manual(args) => manual::run(&args),
    }
}
