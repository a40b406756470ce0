//! Holds the architecture: import rules, file heads and lengths, words that do not belong in code.
//!
//! Each rule is tried on the tree, and on a bad sample, since a rule that cannot fail holds nothing.

use fleet_tests::rules::{self, Finding};
use fleet_tests::tree::{self, Dependency, Package, Source};

fn hold(findings: &[Finding]) {
    let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{} finding(s):\n{}", list.len(), list.join("\n"));
}

/// The rule finds `expect` (place and fault) in the bad sample, and nothing else.
fn finds(findings: &[Finding], expect: &[(&str, &str)]) {
    let found: Vec<(&str, &str)> = findings.iter().map(|f| (f.place.as_str(), f.fault.as_str())).collect();
    assert_eq!(found, expect);
}

fn file(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

fn lines(path: &str, count: usize) -> Source {
    file(path, &"//!\n".repeat(count))
}

fn package(name: &str, manifest: &str, dependencies: &[(&str, bool)]) -> Package {
    let dependencies =
        dependencies.iter().map(|&(name, dev)| Dependency { name: name.to_owned(), dev }).collect();
    Package { name: name.to_owned(), manifest: manifest.to_owned(), dependencies }
}

#[test]
fn the_tree_is_seen() {
    let sources = tree::rust_sources();
    for path in ["shared/core/src/lib.rs", "cli/src/main.rs", "tests/tests/architecture.rs"] {
        assert!(sources.iter().any(|source| source.path == path), "{path} is not among the sources");
    }
    let packages = tree::packages();
    let core = packages.iter().find(|package| package.name == "fleet-core").expect("fleet-core is a member");
    assert_eq!(core.manifest, "shared/core/Cargo.toml");
    assert!(core.dependencies.iter().any(|dependency| dependency.name == "serde" && !dependency.dev));
}

#[test]
fn packages_follow_the_arrows() {
    hold(&rules::package_arrows(&tree::packages()));
}

#[test]
fn arrows_can_be_broken() {
    let bad = [
        package(
            "fleet-core",
            "shared/core/Cargo.toml",
            &[("serde", false), ("rsql-lang", false), ("tokio", false)],
        ),
        package("fleet-embedded", "shared/embedded/Cargo.toml", &[("fleet-core", false), ("worker", true)]),
        package(
            "worker",
            "worker/Cargo.toml",
            &[("fleet-embedded", true), ("fleet-tests", true), ("rsql-lang", false)],
        ),
        package("rsql-lang", "rsql/lang/Cargo.toml", &[("tokio", true)]),
        package("newcomer", "new/Cargo.toml", &[]),
    ];
    finds(
        &rules::package_arrows(&bad),
        &[
            ("shared/core/Cargo.toml", "fleet-core must not use rsql-lang"),
            ("shared/core/Cargo.toml", "the leaf fleet-core uses tokio"),
            ("shared/embedded/Cargo.toml", "fleet-embedded must not use worker"),
            ("worker/Cargo.toml", "worker must not use rsql-lang"),
            ("new/Cargo.toml", "no arrows are known for the package newcomer"),
        ],
    );
}

#[test]
fn outside_services_stay_in_their_places() {
    hold(&rules::confined_names(&tree::rust_sources(), &tree::packages()));
}

#[test]
fn confined_names_can_leak() {
    let sources = [
        file(
            "worker/src/a.rs",
            "//! aws_sdk_sqs in a comment\nuse aws_sdk_sqs::Client;\nlet s = \"rusqlite\";",
        ),
        file("shared/aws/src/a.rs", "use aws_sdk_sqs::Client;"),
        file("dispatcher/src/lib.rs", "\nfn f() { lambda_runtime::run(rusqlite_like, my_aws_thing) }"),
        file("dispatcher/src/main.rs", "lambda_runtime::run()"),
        file("dispatcher/src/shell/lambda.rs", "use fleet_aws::Store; use aws_lambda_events::sqs;"),
        file("dispatcher/src/walk.rs", "use aws_lambda_events::sqs;"),
        file("worker/src/claim.rs", "fn f(store: &fleet_aws::Store) {}"),
    ];
    let packages = [
        package("rsqlctl", "cli/Cargo.toml", &[("rusqlite", true), ("aws-config", false)]),
        package("fleet-embedded", "shared/embedded/Cargo.toml", &[("rusqlite", false)]),
    ];
    finds(
        &rules::confined_names(&sources, &packages),
        &[
            ("worker/src/a.rs:2", "`aws_` outside shared/aws/"),
            ("cli/Cargo.toml", "rsqlctl depends on aws-config"),
            ("cli/Cargo.toml", "rsqlctl depends on rusqlite"),
            (
                "dispatcher/src/lib.rs:2",
                "`lambda_runtime` outside dispatcher/src/main.rs, dispatcher/src/shell/",
            ),
            (
                "dispatcher/src/walk.rs:1",
                "`aws_lambda_events` outside dispatcher/src/main.rs, dispatcher/src/shell/",
            ),
            (
                "worker/src/claim.rs:1",
                "`fleet_aws` outside cli/, dispatcher/src/main.rs, dispatcher/src/shell/, worker/src/main.rs, worker/src/shell/, rsql/client/src/bin/, rsql/client/src/emulate/aws.rs, shared/aws/tests/, tests/",
            ),
        ],
    );
}

#[test]
fn leaves_have_no_io_no_clock_no_runtime() {
    hold(&rules::leaf_purity(&tree::rust_sources()));
}

#[test]
fn leaves_can_be_impure() {
    let sources = [
        file(
            "shared/core/src/a.rs",
            "use std::fs;\nuse std::{fmt, net::TcpStream, time::{Duration, Instant}};",
        ),
        file(
            "rsql/lang/src/b.rs",
            "fn f() {\n tokio::spawn(jiff::Timestamp::now())\n}\n#[cfg(test)]\nmod t { use std::fs; }",
        ),
        file("rsql/lang/tests/golden.rs", "use std::fs;"),
        file("shared/core/src/workflow/tests/faults.rs", "use std::fs;"),
        file("worker/src/c.rs", "use std::fs;"),
        file(
            "shared/core/src/ok.rs",
            "//! std::fs\nuse std::{collections::BTreeMap, fmt};\nlet fs = \"std::net\";",
        ),
    ];
    finds(
        &rules::leaf_purity(&sources),
        &[
            ("shared/core/src/a.rs:1", "a leaf uses `std::fs`"),
            ("shared/core/src/a.rs:2", "a leaf uses `std::net`"),
            ("shared/core/src/a.rs:2", "a leaf uses `Instant`"),
            ("rsql/lang/src/b.rs:2", "a leaf uses `tokio`"),
            ("rsql/lang/src/b.rs:2", "a leaf uses `Timestamp::now`"),
        ],
    );
}

#[test]
fn files_say_what_they_own() {
    hold(&rules::file_heads(&tree::rust_sources()));
}

#[test]
fn a_head_can_be_missing() {
    let sources = [file("a.rs", "//! Owns a.\n"), file("b.rs", "// b\n//! late"), file("c.rs", "")];
    finds(
        &rules::file_heads(&sources),
        &[("b.rs:1", "does not open with `//!`"), ("c.rs:1", "does not open with `//!`")],
    );
}

#[test]
fn files_are_short() {
    let sources = tree::rust_sources();
    let mut findings = rules::file_lengths(&sources);
    findings.extend(rules::length_spread(&sources));
    hold(&findings);
}

#[test]
fn files_can_be_too_long() {
    finds(
        &rules::file_lengths(&[lines("a.rs", 600), lines("b.rs", 601)]),
        &[("b.rs:601", "has 601 lines, more than 600")],
    );
    let sample = |long: usize, length: usize| -> Vec<Source> {
        (0..10).map(|i| lines(&format!("{i}.rs"), if i < long { length } else { 10 })).collect()
    };
    finds(&rules::length_spread(&sample(5, 200)), &[]);
    let median = rules::length_spread(&sample(6, 201));
    assert!(median[0].fault.starts_with("the median of 10 files is 201 lines, more than 200"), "{median:?}");
    finds(&rules::length_spread(&sample(1, 400)), &[]);
    let p90 = rules::length_spread(&sample(1, 401));
    assert!(
        p90[0].fault.starts_with("the 90th percentile of 10 files is 401 lines, more than 400"),
        "{p90:?}"
    );
    finds(&rules::length_spread(&[]), &[]);
}

#[test]
fn code_does_without_banned_words() {
    hold(&rules::banned_words(&tree::rust_sources()));
}

#[test]
fn banned_words_can_be_used() {
    let shipped = "//! x.unwrap() is text\nfn f() {\n x.unwrap(); dbg!(1);\n todo!()\n}\n// FIXME later\n#[allow(dead_code)]\nfn g() { panic!(\"dbg!\") }\n#[cfg(test)]\nmod t { fn h() { x.unwrap() } }\n";
    let sources = [
        file("worker/src/a.rs", shipped),
        file("worker/tests/b.rs", "fn f() { x.unwrap(); unimplemented!() }"),
        file("worker/src/ok.rs", "#[expect(dead_code, reason = \"sample\")]\nfn f() { x.unwrap_or(1) }"),
    ];
    finds(
        &rules::banned_words(&sources),
        &[
            ("worker/src/a.rs:4", "`todo!`"),
            ("worker/src/a.rs:7", "`#[allow`"),
            ("worker/src/a.rs:3", "`.unwrap()`"),
            ("worker/src/a.rs:3", "`dbg!`"),
            ("worker/src/a.rs:8", "`panic!`"),
            ("worker/src/a.rs:6", "a comment promises work"),
            ("worker/tests/b.rs:1", "`unimplemented!`"),
        ],
    );
}

#[test]
fn traits_are_few() {
    hold(&rules::public_traits(&tree::rust_sources()));
}

#[test]
fn traits_can_be_too_many() {
    let sources: Vec<Source> =
        (0..9).map(|i| file(&format!("worker/src/{i}.rs"), "//! pub trait\npub trait T {}")).collect();
    assert_eq!(rules::public_traits(&sources[1..]), []);
    let findings = rules::public_traits(&sources);
    assert_eq!(findings.len(), 1);
    assert!(findings[0].place.starts_with("worker/src/0.rs:2, "), "{findings:?}");
    assert_eq!(findings[0].fault, "9 public traits, more than 8");
}
