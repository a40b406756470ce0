"""The manual page of `rsql` and its completions for bash, zsh and fish, from what `rsql --help` says.

    python3 packaging/rsql_documents.py RSQL OUT

`rsql` reads its options as psql does, without clap, so its pages cannot come from there. What the help does not tell (exit
codes, files, examples) stands in rsql.1.in beside this file.
"""

import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
# An entry whose names leave room has its text on the same line; other texts are indented to this column at least.
TEXT_COLUMN = 20
# Options whose value is a file; others have words of their own.
FILES = {"--file", "--log-file", "--output", "--check"}
FOLDERS = {"--emulate-s3"}


@dataclass
class Entry:
    """Names as they are written, and what they do."""

    names: str
    text: str


@dataclass
class Topic:
    """A heading of the help with what stands below it."""

    heading: str
    entries: list[Entry] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)


def ask(rsql: str, topic: str) -> str:
    return subprocess.run([rsql, f"--help={topic}"], check=True, capture_output=True, text=True).stdout


def topics(text: str) -> list[Topic]:
    """Entries are indented and have two blanks before their text; a text goes on where more is indented."""
    found = [Topic("")]
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        here = found[-1]
        if not line:
            continue
        if indent == 0:
            found.append(Topic(line.rstrip(":")))
        elif indent >= TEXT_COLUMN and here.entries:
            here.entries[-1].text = f"{here.entries[-1].text} {line.strip()}".strip()
        elif "Printing options" in here.heading:
            here.prose.append(line.strip())
        else:
            names, _, rest = line.strip().partition("  ")
            # A name that reaches up to the text's column leaves one blank.
            split = re.match(r"(.*\S) ((?:run everything|switch the|password, and).*)", names)
            if split:
                names, rest = split.groups()
            here.entries.append(Entry(names, rest.strip()))
    return found


def roff(text: str) -> str:
    """As plain text: nothing in it is a request, an escape or a hyphenated word."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def page_part(found: list[Topic], skip: tuple[str, ...] = ()) -> str:
    lines = []
    for topic in found:
        if topic.heading.startswith(skip) or not (topic.entries or topic.prose):
            continue
        lines.append(f".SS {roff(topic.heading)}")
        if topic.prose:
            lines.append(roff(" ".join(topic.prose)))
        for entry in topic.entries:
            lines += [".TP", f".B {roff(entry.names)}", roff(entry.text)]
    return "\n".join(lines)


def page(rsql: str, version: str, options: list[Topic]) -> str:
    parts = {
        "@VERSION@": version,
        "@OPTIONS@": page_part(options, skip=("rsql runs", "Usage", "The password", "Exit codes")),
        "@COMMANDS@": page_part(topics(ask(rsql, "commands"))),
        "@VARIABLES@": page_part(topics(ask(rsql, "variables"))),
    }
    text = (HERE / "rsql.1.in").read_text()
    for mark, part in parts.items():
        text = text.replace(mark, part)
    return text


@dataclass
class Option:
    """An option of the command line."""

    short: str
    long: str
    value: str
    text: str


def option_list(options: list[Topic]) -> list[Option]:
    found = []
    for entry in (entry for topic in options for entry in topic.entries):
        short = next(iter(re.findall(r"(?<!-)-(\w|\?|\d)(?=,|$)", entry.names)), "")
        # `--set=, --variable=NAME=VALUE` and `--help[=options]` are written for people.
        for long, value in re.findall(r"--([a-z0-9-]+)((?:\[?[= ])?[A-Za-z]*)", entry.names):
            wanted = value.lstrip("[= ") or ("NAME" if value.startswith("=") else "")
            optional = value.startswith("[") or long == "help"
            found.append(Option(short, f"--{long}", "" if optional else wanted, entry.text))
            short = ""
    # `--help=commands` and its like are lines of their own there, after plain `--help`.
    return list({option.long: option for option in reversed(found)}.values())[::-1]


def bash(options: list[Option]) -> str:
    words = " ".join(option.long + ("=" if option.value and option.long != "--check" else "") for option in options)
    files = "|".join(sorted(FILES | {"-f", "-L", "-o"}))
    folders = "|".join(sorted(FOLDERS))
    return f"""# Completion of rsql for bash.
_rsql() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
  if [[ $before == "=" ]]; then before=${{COMP_WORDS[COMP_CWORD-2]}}; fi
  if [[ $word == "=" ]]; then before=${{COMP_WORDS[COMP_CWORD-1]}} word=; fi
  COMPREPLY=()
  case $before in
    {files}) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    {folders}) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "{words}" -- "$word")
    if [[ ${{COMPREPLY[0]-}} == *= ]]; then compopt -o nospace; fi
  fi
}}
complete -F _rsql rsql
"""


def zsh(options: list[Option]) -> str:
    lines = ["#compdef rsql", "# Completion of rsql for zsh.", "_arguments -s \\"]
    for option in options:
        text = re.sub(r"([\[\]:\\'])", r"\\\1", option.text).replace("\\'", "'\\''")
        kind = "_files" if option.long in FILES else "_directories" if option.long in FOLDERS else ""
        value = f":{option.value}:{kind}" if option.value else ""
        equals = "" if not option.value or option.long == "--check" else "="
        lines.append(f"  '{option.long}{equals}[{text}]{value}' \\")
        if option.short:
            plus = "+" if option.value else ""
            lines.append(f"  '-{option.short}{plus}[{text}]{value}' \\")
    return "\n".join([*lines, "  '1::database:' '2::user:'", ""])


def fish(options: list[Option]) -> str:
    lines = ["# Completion of rsql for fish."]
    for option in options:
        text = option.text.replace("\\", "\\\\").replace("'", "\\'")
        short = f" -s '{option.short}'" if option.short else ""
        # `-x`: a value, and no file; `-r`: a value, which may be a file.
        kind = " -r" if option.long in FILES | FOLDERS else " -x" if option.value else ""
        lines.append(f"complete -c rsql{short} -l {option.long[2:]}{kind} -d '{text}'")
    return "\n".join([*lines, ""])


def main() -> None:
    rsql, out = sys.argv[1], Path(sys.argv[2])
    version = subprocess.run([rsql, "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    options = topics(ask(rsql, "options"))
    found = option_list(options)
    texts = {
        "man/rsql.1": page(rsql, version, options),
        "completions/rsql.bash": bash(found),
        "completions/rsql.zsh": zsh(found),
        "completions/rsql.fish": fish(found),
    }
    for name, text in texts.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text)


if __name__ == "__main__":
    main()
