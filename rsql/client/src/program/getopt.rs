//! Options as GNU `getopt_long` reads them, messages included: clusters, attached values, unique abbreviations,
//! options after positional arguments, `--`.
//!
//! Knows nothing of what an option means.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Whether an option takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    None,
    Required,
    /// Only attached: `--help=commands`.
    Optional,
}

/// One option: its one-letter form (0 when it has none but then `key` tells it), its long forms, its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Definition {
    pub(super) key: u8,
    pub(super) long: &'static [&'static str],
    pub(super) value: Value,
}

/// One option given, or a positional argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    Option(u8, Option<Vec<u8>>),
    Positional(Vec<u8>),
}

/// What the arguments say, up to the first that cannot be read: what stands before it still counts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    /// Options in their order, and positional arguments in theirs.
    pub(super) arguments: Vec<Argument>,
    /// The message getopt prints after `program: `; empty where it prints none.
    pub(super) fault: Option<String>,
}

/// Reads the arguments.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>, definitions: &[Definition]) -> Parsed {
    let mut parsed = Parsed::default();
    parsed.fault = read(arguments.into_iter(), definitions, &mut parsed.arguments).err();
    parsed
}

fn read(
    mut rest: impl Iterator<Item = OsString>,
    definitions: &[Definition],
    parsed: &mut Vec<Argument>,
) -> Result<(), String> {
    while let Some(argument) = rest.next() {
        let bytes = argument.into_vec();
        match bytes.as_slice() {
            b"--" => {
                parsed.extend(rest.by_ref().map(|a| Argument::Positional(a.into_vec())));
            }
            [b'-', b'-', name @ ..] => parsed.push(long(name, &mut rest, definitions)?),
            [b'-', b'?'] => parsed.push(Argument::Option(b'?', None)),
            [b'-', cluster @ ..] if !cluster.is_empty() => {
                short(cluster, &mut rest, definitions, parsed)?;
            }
            _ => parsed.push(Argument::Positional(bytes)),
        }
    }
    Ok(())
}

fn short(
    mut cluster: &[u8],
    rest: &mut impl Iterator<Item = OsString>,
    definitions: &[Definition],
    parsed: &mut Vec<Argument>,
) -> Result<(), String> {
    while let Some((&letter, tail)) = cluster.split_first() {
        // The question mark asks for help only where it stands alone; elsewhere getopt takes it for its own error.
        if letter == b'?' {
            return Err(String::new());
        }
        let Some(definition) = definitions.iter().find(|d| d.key == letter && letter.is_ascii_graphic())
        else {
            return Err(format!("invalid option -- '{}'", char::from(letter)));
        };
        if definition.value != Value::Required {
            parsed.push(Argument::Option(letter, None));
            cluster = tail;
            continue;
        }
        let value = match tail {
            [] => rest
                .next()
                .map(OsStringExt::into_vec)
                .ok_or_else(|| format!("option requires an argument -- '{}'", char::from(letter)))?,
            attached => attached.to_vec(),
        };
        parsed.push(Argument::Option(letter, Some(value)));
        return Ok(());
    }
    Ok(())
}

fn long(
    text: &[u8],
    rest: &mut impl Iterator<Item = OsString>,
    definitions: &[Definition],
) -> Result<Argument, String> {
    let (name, attached) = match text.iter().position(|b| *b == b'=') {
        Some(at) => (&text[..at], Some(text[at + 1..].to_vec())),
        None => (text, None),
    };
    let name = String::from_utf8_lossy(name).into_owned();
    let written = String::from_utf8_lossy(text);
    let (definition, full) = find_long(&name, &written, definitions)?;
    let value = match (definition.value, attached) {
        (Value::None, Some(_)) => return Err(format!("option '--{full}' doesn't allow an argument")),
        (Value::Required, None) => {
            let next = rest.next().map(|value| value.as_bytes().to_vec());
            Some(next.ok_or_else(|| format!("option '--{full}' requires an argument"))?)
        }
        (_, attached) => attached,
    };
    Ok(Argument::Option(definition.key, value))
}

fn find_long<'a>(
    name: &str,
    written: &str,
    definitions: &'a [Definition],
) -> Result<(&'a Definition, &'static str), String> {
    let all = || definitions.iter().flat_map(|d| d.long.iter().map(move |long| (d, *long)));
    if let Some(exact) = all().find(|(_, long)| *long == name) {
        return Ok(exact);
    }
    let candidates: Vec<_> = all().filter(|(_, long)| long.starts_with(name)).collect();
    match candidates.as_slice() {
        [] => Err(format!("unrecognized option '--{written}'")),
        [one] => Ok(*one),
        [first, others @ ..] if others.iter().all(|(d, _)| d.key == first.0.key) => Ok(*first),
        several => {
            let names: String = several.iter().map(|(_, long)| format!(" '--{long}'")).collect();
            Err(format!("option '--{written}' is ambiguous; possibilities:{names}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFINITIONS: &[Definition] = &[
        Definition { key: b'a', long: &["echo-all"], value: Value::None },
        Definition { key: b'e', long: &["echo-queries"], value: Value::None },
        Definition { key: b'f', long: &["file"], value: Value::Required },
        Definition { key: b'v', long: &["set", "variable"], value: Value::Required },
        Definition { key: b'?', long: &["help"], value: Value::Optional },
        Definition { key: 1, long: &["csv"], value: Value::None },
    ];

    fn check(arguments: &[&str], expect: &str) {
        let parsed = parse(arguments.iter().map(OsString::from), DEFINITIONS);
        let shown = parsed.arguments.iter().map(show).chain(parsed.fault);
        assert_eq!(shown.collect::<Vec<_>>().join(" "), expect, "{arguments:?}");
    }

    fn show(argument: &Argument) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match argument {
            Argument::Positional(bytes) => text(bytes),
            Argument::Option(key, None) => format!("-{}", char::from(*key).escape_default()),
            Argument::Option(key, Some(value)) => format!("-{}={}", char::from(*key), text(value)),
        }
    }

    #[test]
    fn arguments_are_read_as_getopt_does() {
        check(&["-ae", "x", "-ffile", "-f", "-a"], "-a -e x -f=file -f=-a");
        check(&["-afx", "-"], "-a -f=x -");
        check(&["--file=x", "--file", "y", "--fi=z", "--file="], "-f=x -f=y -f=z -f=");
        check(&["db", "-a", "--", "-e", "user"], "db -a -e user");
        check(&["--help", "--help=commands", "-?"], "-? -?=commands -?");
        check(&["--csv", "--v=a=b", "--set", "c"], "-\\u{1} -v=a=b -v=c");
    }

    #[test]
    fn faults_have_getopts_words() {
        check(&["-y"], "invalid option -- 'y'");
        check(&["-f"], "option requires an argument -- 'f'");
        check(&["--file"], "option '--file' requires an argument");
        check(&["--csv=1"], "option '--csv' doesn't allow an argument");
        check(&["--echo"], "option '--echo' is ambiguous; possibilities: '--echo-all' '--echo-queries'");
        check(&["--foo"], "unrecognized option '--foo'");
        check(&["--foo=1"], "unrecognized option '--foo=1'");
        check(&["-a", "-y", "-e"], "-a invalid option -- 'y'");
        check(&["-a?"], "-a ");
    }
}
