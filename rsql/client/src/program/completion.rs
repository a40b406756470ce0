//! Completion of what is typed: commands, key words, variables, files, and names of the session's database.
//!
//! Knows the text before the cursor and asks for names by SQL; it holds no session. A name is looked up only while no
//! transaction is open, so that none is disturbed.

mod files;
mod names;
mod words;

use rsql_lang::{Ask, Transaction};
use rustyline::completion::Completer;
use rustyline::{Context, Result};

use super::interactive::Names;

/// What is known while a line is typed.
#[derive(Debug, Default)]
pub(super) struct Situation {
    /// The statement before the line; none where data are typed.
    statement: Option<String>,
    /// Whether names may be looked up.
    quiet: bool,
    variables: Vec<String>,
    keyword_case: String,
}

impl Situation {
    /// What a question for a line says.
    pub(super) fn new(ask: Ask) -> Situation {
        Situation {
            statement: ask.statement.map(|text| String::from_utf8_lossy(&text).into_owned()),
            quiet: ask.transaction == Transaction::Idle,
            variables: ask.variables,
            keyword_case: ask.keyword_case,
        }
    }
}

/// Completes for the line editor.
pub(super) struct Helper {
    situation: Situation,
    /// Shared with nobody: the editor calls through a shared reference, in one thread.
    names: std::cell::RefCell<Names>,
}

impl Helper {
    /// A helper that asks for names there.
    pub(super) fn new(names: Names) -> Helper {
        Helper { situation: Situation::default(), names: std::cell::RefCell::new(names) }
    }

    /// Another line begins.
    pub(super) fn turn_to(&mut self, situation: Situation) {
        if situation.statement.as_deref() == Some("") {
            self.names.get_mut().forget();
        }
        self.situation = situation;
    }
}

impl rustyline::Helper for Helper {}
impl rustyline::highlight::Highlighter for Helper {}
impl rustyline::validate::Validator for Helper {}
impl rustyline::hint::Hinter for Helper {
    type Hint = String;
}

impl Completer for Helper {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> Result<(usize, Vec<String>)> {
        let quiet = self.situation.quiet;
        let mut ask = |sql: &str| match self.names.try_borrow_mut() {
            Ok(mut names) if quiet => names.ask(sql),
            _ => Vec::new(),
        };
        Ok(complete(&line[..pos], &self.situation, &mut ask))
    }
}

/// Names that a query gives.
type AskNames<'a> = &'a mut dyn FnMut(&str) -> Vec<String>;

/// Where the word before the cursor begins, and what may stand in its place.
fn complete(before: &str, situation: &Situation, ask: AskNames<'_>) -> (usize, Vec<String>) {
    let Some(statement) = &situation.statement else {
        // Among data a tab is a tab.
        return (before.len(), vec!["\t".to_owned()]);
    };
    if let Some(found) = variable(before, situation) {
        return found;
    }
    if let Some(at) = last_command(before) {
        return command(before, at, situation, ask);
    }
    sql(before, statement, situation, ask)
}

/// Where the last meta-command of a line begins: a backslash outside of quotes.
fn last_command(before: &str) -> Option<usize> {
    let mut quote = None;
    let mut found = None;
    for (at, byte) in before.bytes().enumerate() {
        match (quote, byte) {
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'\\') => found = Some(at),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    found
}

/// `:name`, `:'name`, `:"name`, `:{?name`.
fn variable(before: &str, situation: &Situation) -> Option<(usize, Vec<String>)> {
    let start = before.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
    let (head, typed) = before.split_at(start);
    let (close, head) = match head {
        head if head.ends_with(":'") => ("'", &head[..head.len() - 2]),
        head if head.ends_with(":\"") => ("\"", &head[..head.len() - 2]),
        head if head.ends_with(":{?") => ("}", &head[..head.len() - 3]),
        head if head.ends_with(':') => ("", &head[..head.len() - 1]),
        _ => return None,
    };
    // Two colons are a cast.
    if head.ends_with(':') {
        return None;
    }
    let names = situation.variables.iter().filter(|name| name.starts_with(typed));
    Some((start, names.map(|name| format!("{name}{close}")).collect()))
}

fn command(before: &str, at: usize, situation: &Situation, ask: AskNames<'_>) -> (usize, Vec<String>) {
    let text = &before[at + 1..];
    let Some(name_end) = text.find(char::is_whitespace) else {
        let known = rsql_lang::command_names().filter(|name| starts_with(name, text));
        return (at, known.map(|name| format!("\\{name}")).collect());
    };
    let (name, arguments) = text.split_at(name_end);
    let start = before.rfind(char::is_whitespace).map_or(0, |space| space + 1);
    let typed = &before[start..];
    let place = arguments.split_whitespace().count() - usize::from(!typed.is_empty());
    let word = |list: &[&str]| (start, matching(list, typed));
    match name {
        "i" | "ir" | "include" | "include_relative" | "o" | "out" | "w" | "write" | "cd" | "e" | "edit"
        | "s" | "g" | "gx" | "L" | "log_file" | "lo_import" => files::complete(before, start),
        "lo_export" if place > 0 => files::complete(before, start),
        "run" => files::complete(before, typed.find('=').map_or(start, |equals| start + equals + 1)),
        "copy" => match arguments.split_whitespace().rev().nth(usize::from(!typed.is_empty())) {
            Some(before_it) if ["from", "to"].iter().any(|word| before_it.eq_ignore_ascii_case(word)) => {
                files::complete(before, start)
            }
            None => (start, ask(&names::relations(typed))),
            Some(_) => word(words::COPY),
        },
        "set" | "unset" if place == 0 => {
            let mut known: Vec<&str> = situation.variables.iter().map(String::as_str).collect();
            known.extend(words::VARIABLES.iter().map(|(name, _)| *name));
            known.sort_unstable();
            known.dedup();
            (start, matching(&known, typed))
        }
        "set" => (
            start,
            matching(words::values_of(arguments.split_whitespace().next().unwrap_or_default()), typed),
        ),
        "pset" if place == 0 => word(words::PRINT_OPTIONS),
        "pset" => word(words::print_values_of(arguments.split_whitespace().next().unwrap_or_default())),
        "rset" => word(words::RSET),
        "x" => word(&["auto", "off", "on"]),
        "t" | "timing" => word(&["off", "on"]),
        "?" => word(&["commands", "options", "variables"]),
        "h" | "help" => (start, statement_words(arguments, typed)),
        "c" | "connect" | "logon" | "l" | "list" if place == 0 => (start, ask(&names::databases(typed))),
        "c" | "connect" | "logon" | "password" | "du" | "dg" if place <= 1 => {
            (start, ask(&names::roles(typed)))
        }
        "dn" => (start, ask(&names::schemas(typed))),
        "df" | "sf" | "ef" => (start, ask(&names::functions(typed))),
        name if name.starts_with('d') || matches!(name, "sv" | "ev" | "z") => {
            (start, ask(&names::relations(typed)))
        }
        _ => (start, Vec::new()),
    }
}

/// The next words of the statements that `\h` knows.
fn statement_words(arguments: &str, typed: &str) -> Vec<String> {
    let given: Vec<String> =
        arguments[..arguments.len() - typed.len()].split_whitespace().map(str::to_ascii_uppercase).collect();
    let mut next: Vec<String> = rsql_lang::help::statement_names()
        .filter_map(|name| {
            let words: Vec<&str> = name.split(' ').collect();
            let known =
                words.len() > given.len() && words.iter().zip(&given).all(|(word, given)| word == given);
            known.then(|| words[given.len()].to_owned())
        })
        .filter(|word| starts_with(word, typed))
        .collect();
    next.sort();
    next.dedup();
    next
}

fn sql(before: &str, statement: &str, situation: &Situation, ask: AskNames<'_>) -> (usize, Vec<String>) {
    let start = before
        .rfind(|c: char| !(c.is_alphanumeric() || "_.$\"#".contains(c)))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let typed = &before[start..];
    let all = format!("{statement}\n{before}");
    let text = &all[..all.len() - typed.len()];
    let mut candidates = match words::expected(text) {
        words::Expected::Relation => return (start, ask(&names::relations(typed))),
        words::Expected::Schema => return (start, ask(&names::schemas(typed))),
        words::Expected::Database => return (start, ask(&names::databases(typed))),
        words::Expected::Setting => return (start, ask(&names::settings(typed))),
        words::Expected::Role => return (start, ask(&names::roles(typed))),
        words::Expected::Column if !typed.is_empty() => {
            ask(&names::columns(&words::relations_in(&all), typed))
        }
        words::Expected::Column | words::Expected::KeyWord => Vec::new(),
    };
    if !typed.contains('.') {
        let keywords = words::key_words().filter(|word| starts_with(word, typed));
        candidates.extend(keywords.map(|word| words::in_case(word, typed, &situation.keyword_case)));
    }
    candidates.dedup();
    (start, candidates)
}

fn matching(list: &[&str], typed: &str) -> Vec<String> {
    list.iter().filter(|word| starts_with(word, typed)).map(|word| (*word).to_owned()).collect()
}

/// Whether a word begins with what is typed, in any case.
fn starts_with(word: &str, typed: &str) -> bool {
    word.get(..typed.len()).is_some_and(|head| head.eq_ignore_ascii_case(typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation(statement: &str) -> Situation {
        Situation {
            statement: Some(statement.to_owned()),
            quiet: true,
            variables: vec!["day".to_owned(), "dayno".to_owned(), "x".to_owned()],
            keyword_case: "preserve-upper".to_owned(),
        }
    }

    fn check(before: &str, expect: &[&str]) {
        check_in("", before, expect);
    }

    /// Names are answered by the first words of their question.
    fn check_in(statement: &str, before: &str, expect: &[&str]) {
        let mut ask = |sql: &str| {
            let kind = sql.lines().next().unwrap_or_default();
            vec![format!("<{}>", kind.trim_start_matches("-- "))]
        };
        let (_, found) = complete(before, &situation(statement), &mut ask);
        assert_eq!(found, expect, "{before}");
    }

    #[test]
    fn commands_and_their_arguments() {
        check("\\rem", &["\\remark"]);
        check("\\gse", &["\\gset"]);
        check("select 1 \\gex", &["\\gexec"]);
        check("\\pset form", &["format"]);
        check("\\pset format un", &["unaligned"]);
        check("\\set ON_ERROR_S", &["ON_ERROR_STOP"]);
        check("\\set ON_ERROR_STOP o", &["off", "on"]);
        check("\\unset day", &["day", "dayno"]);
        check("\\timing o", &["off", "on"]);
        check("\\h create mat", &["MATERIALIZED"]);
        check("\\h vac", &["VACUUM"]);
        check("\\d ord", &["<relations>"]);
        check("\\dn pub", &["<schemas>"]);
        check("\\sf f", &["<functions>"]);
        check("\\c dev", &["<databases>"]);
        check("\\c dev e", &["<roles>"]);
        check("\\echo x", &[]);
    }

    #[test]
    fn variables_after_a_colon() {
        check("select :da", &["day", "dayno"]);
        check("select :'da", &["day'", "dayno'"]);
        check("select :\"dayn", &["dayno\""]);
        check("\\if :{?x", &["x}"]);
        check("select a::DA", &["DATABASE", "DATASHARE", "DATE", "DATEADD", "DATEDIFF"]);
    }

    #[test]
    fn names_where_the_statement_wants_them() {
        check("select * from or", &["<relations>"]);
        check("select * from a, or", &["<relations>"]);
        check("select * from a join or", &["<relations>"]);
        check("vacuum or", &["<relations>"]);
        check("drop schema p", &["<schemas>"]);
        check("set sea", &["<settings>"]);
        check_in("select *", "from s.or", &["<relations>"]);
        check_in("select * from orders", "where cust", &["<columns>"]);
        check("selec", &["select"]);
        check_in("", "SEL", &["SELECT"]);
        check_in("select a", "whe", &["when", "where"]);
    }

    #[test]
    fn a_transaction_is_left_alone_and_data_have_tabs() {
        let mut situation = situation("");
        situation.statement = None;
        let mut never = |_: &str| -> Vec<String> { panic!("asked for names") };
        assert_eq!(complete("1", &situation, &mut never), (1, vec!["\t".to_owned()]));
    }
}
