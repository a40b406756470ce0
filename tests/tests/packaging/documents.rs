//! Manual pages and completions as their readers take them: `man` and the shells.

use std::path::Path;
use std::process::Command;

use super::release::{VERSION, run};

/// Every page is typeset without a warning.
pub(crate) fn check_pages(man: &Path) {
    let sections = std::fs::read_dir(man).expect("there are pages").flatten();
    let pages: Vec<_> = sections
        .flat_map(|section| std::fs::read_dir(section.path()).expect("a section"))
        .flatten()
        .collect();
    assert!(!pages.is_empty());
    for page in pages {
        let output = Command::new("man")
            .args(["--warnings", "--encoding=UTF-8", "--local-file"])
            .arg(page.path())
            .env("MANWIDTH", "100")
            .env("LC_ALL", "C.UTF-8")
            .output()
            .expect("man starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.is_empty(), "{}: {said}", page.path().display());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        for part in ["NAME", "2023-11-14", VERSION] {
            assert!(text.contains(part), "{} has no {part}: {text}", page.path().display());
        }
    }
}

/// The page of `rsql` and its completions know every option of its help; bash completes by them.
pub(crate) fn check_completions(folder: &Path) {
    let share = folder.join("share");
    let help = run(folder.join("bin/rsql"), ["--help"], folder);
    let page = run("man", ["--local-file", "share/man/man1/rsql.1.gz"], folder);
    let zsh = text(&share.join("zsh/site-functions/_rsql"));
    let fish = text(&share.join("fish/vendor_completions.d/rsql.fish"));
    let options: Vec<&str> =
        help.split([' ', ',', '=', '\n', '[']).filter(|word| word.starts_with("--")).collect();
    assert!(options.len() > 30, "{help}");
    for option in options {
        assert!(page.contains(option), "the page lacks {option}");
        // Said only in a text beside `--check`.
        if option == "--strict" {
            continue;
        }
        assert!(zsh.contains(&format!("'{option}")), "zsh lacks {option}");
        assert!(fish.contains(&format!(" -l {} ", &option[2..])), "fish lacks {option}");
    }
    check_bash(&share, "rsql --echo-", "--echo-all --echo-errors --echo-queries --echo-hidden");
    check_bash(&share, "rsql --fi", "--file= --field-separator= --field-separator-zero");
    check_bash(&share, "rsqlctl dead", "dead-letters");
    check_bash(&share, "rsql-fleet-dispatcher --po", "--pools");
}

/// What bash offers for the last word of a line, as its readline would ask.
fn check_bash(share: &Path, line: &str, expect: &str) {
    const ASK: &str = r#"
        source "$1/bash-completion/completions/$2"
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
        compopt() { :; }
        function=$(complete -p "$1"); function=${function#*-F }; function=${function%% *}
        "$function" "$1" "${!#}" "${@: -2:1}"
        echo "${COMPREPLY[*]}"
    "#;
    let share_text = share.display().to_string();
    let program = line.split(' ').next().unwrap_or_default();
    let arguments = ["-c", ASK, "bash", &share_text, program].into_iter().chain(line.split(' '));
    let offered = run("bash", arguments, share);
    let offered: std::collections::BTreeSet<&str> = offered.split_whitespace().collect();
    assert_eq!(offered, expect.split(' ').collect(), "{line}");
}

fn text(file: &Path) -> String {
    std::fs::read_to_string(file).expect("the release has it")
}
