//! The table of all meta-commands. Those of psql that are not ours stand here too, to be refused by name.

use super::{Args, Flow, Syntax};
use crate::machine::Machine;

type Run = fn(&mut Machine, &Args) -> Flow;

/// One meta-command.
pub(crate) struct Spec {
    pub(super) names: &'static [&'static str],
    pub(crate) syntax: Syntax,
    /// Whether it counts in inactive branches, too.
    pub(super) branching: bool,
    pub(super) run: Run,
}

const fn spec(names: &'static [&'static str], syntax: Syntax, run: Run) -> Spec {
    Spec { names, syntax, branching: false, run }
}

const fn branching(names: &'static [&'static str], syntax: Syntax, run: Run) -> Spec {
    Spec { names, syntax, branching: true, run }
}

static COMMANDS: &[Spec] = &[
    branching(&["if"], Syntax::Condition, Machine::begin_if),
    branching(&["elif"], Syntax::Condition, Machine::elif),
    branching(&["elseif"], Syntax::Condition, Machine::elseif),
    branching(&["else"], Syntax::Words(0), Machine::begin_else),
    branching(&["endif"], Syntax::Words(0), Machine::endif),
    spec(&["goto"], Syntax::Label, Machine::goto),
    spec(&["label"], Syntax::Label, Machine::label),
    spec(&["restrict"], Syntax::Bare(1), Machine::restrict),
    spec(&["unrestrict"], Syntax::Bare(1), Machine::unrestrict),
    spec(&["q"], Syntax::Words(0), Machine::quit_script),
    spec(&["exit", "quit"], Syntax::Bare(1), Machine::exit_program),
    spec(&["remark"], Syntax::Any, Machine::remark),
    spec(&["echo"], Syntax::Any, Machine::echo),
    spec(&["qecho"], Syntax::Any, Machine::qecho),
    spec(&["warn"], Syntax::Any, Machine::warn),
    spec(&["set"], Syntax::Any, Machine::set_variable),
    spec(&["unset"], Syntax::Words(1), Machine::unset_variable),
    spec(&["setenv"], Syntax::Words(2), Machine::set_environment),
    spec(&["getenv"], Syntax::Words(2), Machine::get_environment),
    spec(&["errverbose"], Syntax::Words(0), Machine::errverbose),
    spec(&["timing"], Syntax::Words(1), Machine::set_timing),
    spec(&["encoding"], Syntax::Words(1), Machine::encoding),
    spec(&["gdesc"], Syntax::Words(0), Machine::go_describe),
    spec(&["crosstabview"], Syntax::Words(4), Machine::go_crosstab),
    spec(&["watch"], Syntax::Bare(1), Machine::go_watch),
    spec(&["prompt"], Syntax::Words(2), Machine::prompt),
    spec(&["password"], Syntax::Names(1), Machine::change_password),
    spec(&["rset"], Syntax::Any, Machine::rset),
    spec(&["export"], Syntax::Any, Machine::export),
    spec(&["i", "include"], Syntax::Bare(1), Machine::include),
    spec(&["ir", "include_relative"], Syntax::Bare(1), Machine::include_relative),
    spec(&["run"], Syntax::Any, Machine::run_file),
    spec(&["o", "out"], Syntax::Path, Machine::set_output),
    spec(&["cd"], Syntax::Bare(1), Machine::change_directory),
    spec(&["w", "write"], Syntax::Path, Machine::write_query),
    spec(&["p", "print"], Syntax::Words(0), Machine::print_query),
    spec(&["r", "reset"], Syntax::Words(0), Machine::reset_query),
    spec(&["g"], Syntax::Options, Machine::go),
    spec(&["gx"], Syntax::Options, Machine::go_expanded),
    spec(&["gset"], Syntax::Words(1), Machine::go_set),
    spec(&["gexec"], Syntax::Words(0), Machine::go_execute),
    spec(&["copy"], Syntax::Line, Machine::copy),
    spec(&["!", "os"], Syntax::Line, Machine::run_shell),
    spec(&["c", "connect"], Syntax::Names(5), Machine::connect),
    spec(&["logon"], Syntax::Names(6), Machine::logon),
    spec(&["conninfo"], Syntax::Words(0), Machine::conninfo),
    spec(&["pset"], Syntax::Words(2), Machine::pset),
    spec(&["a"], Syntax::Words(0), Machine::toggle_aligned),
    spec(&["t"], Syntax::Bare(1), Machine::set_tuples_only),
    spec(&["x"], Syntax::Bare(1), Machine::set_expanded),
    spec(&["e", "edit"], Syntax::Words(2), Machine::edit_query),
    spec(&["s"], Syntax::Bare(1), Machine::show_history),
    spec(&["?"], Syntax::Words(1), Machine::help_on_commands),
    spec(&["h", "help"], Syntax::Line, Machine::help_on_sql),
    spec(&["copyright"], Syntax::Words(0), Machine::copyright),
    spec(&["f"], Syntax::Words(1), Machine::set_field_separator),
    spec(&["C"], Syntax::Bare(1), Machine::set_title),
    spec(&["T"], Syntax::Words(1), Machine::set_table_attributes),
    spec(&["H", "html"], Syntax::Words(0), Machine::toggle_html),
    spec(&["ef"], Syntax::Line, Machine::edit_function),
    spec(&["ev"], Syntax::Line, Machine::edit_view),
    spec(&["l", "l+", "list", "list+", "z"], Syntax::Bare(1), Machine::describe),
    spec(&["lo_list", "lo_list+"], Syntax::Bare(2), Machine::describe),
    spec(&["sf", "sf+", "sv", "sv+"], Syntax::Line, Machine::describe),
    spec(&["lo_import"], Syntax::Words(2), Machine::import_large_object),
    spec(&["lo_export"], Syntax::Words(2), Machine::export_large_object),
    spec(&["lo_unlink"], Syntax::Words(1), Machine::unlink_large_object),
];

/// `\d…`, by how many arguments they take: all but functions and operators, whose second and later ones are types.
static DESCRIBE: [Spec; 3] = [
    spec(&["d"], Syntax::Bare(1), Machine::describe),
    spec(&["d"], Syntax::Bare(2), Machine::describe),
    spec(&["d"], Syntax::Bare(1 + ARGUMENT_TYPES_MAX), Machine::describe),
];

/// Most types of arguments that a function can be searched by: as many as a function of PostgreSQL can have.
const ARGUMENT_TYPES_MAX: usize = 100;

/// Names of all meta-commands without those that describe, for completion.
pub fn command_names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().flat_map(|spec| spec.names.iter().copied())
}

/// The command of this name. Longer names go in any case, single letters only as they are. All that begins with `d`
/// describes; what it cannot describe, it refuses.
pub(crate) fn find(name: &[u8]) -> Option<&'static Spec> {
    match name {
        [b'd', b'f' | b'o', ..] => return Some(&DESCRIBE[2]),
        [b'd', b'A', letter, ..] if *letter != b'+' => return Some(&DESCRIBE[1]),
        [b'd', b'r', b'd', b's', ..] => return Some(&DESCRIBE[1]),
        [b'd', ..] => return Some(&DESCRIBE[0]),
        _ => {}
    }
    COMMANDS.iter().find(|spec| {
        spec.names.iter().any(|known| {
            let known = known.as_bytes();
            known == name || (known.len() > 1 && known.eq_ignore_ascii_case(name))
        })
    })
}
