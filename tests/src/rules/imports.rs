//! Rules about who may know whom: packages, names that belong to one place, and leaves without side effects.

use super::lexer::{code_only, line_of, without_tests, word_offsets};
use super::{Finding, is_test};
use crate::tree::{Package, Source};

/// Which of our packages each may use in what it ships, and which more in its tests.
struct Arrows {
    package: &'static str,
    ships: &'static [&'static str],
    tests: &'static [&'static str],
}

/// `cli → dispatcher, worker → shared/core`, `worker → rsql/client → rsql/lang`, adapters → `shared/core`.
/// The CLI is also where the embedded parts are put together.
const ARROWS: &[Arrows] = &[
    Arrows { package: "fleet-core", ships: &[], tests: &["fleet-core"] },
    Arrows { package: "fleet-embedded", ships: &["fleet-core"], tests: &[] },
    Arrows { package: "fleet-aws", ships: &["fleet-core"], tests: &["fleet-embedded"] },
    Arrows { package: "fleet-telemetry", ships: &[], tests: &[] },
    Arrows { package: "rsql-lang", ships: &[], tests: &[] },
    Arrows { package: "rsql-sql", ships: &[], tests: &[] },
    Arrows { package: "rsql-lint", ships: &["rsql-lang", "rsql-sql"], tests: &[] },
    Arrows {
        package: "rsql-client",
        ships: &["rsql-lang", "rsql-lint", "rsql-sql", "fleet-telemetry", "fleet-aws"],
        tests: &[],
    },
    Arrows {
        package: "dispatcher",
        ships: &["fleet-core", "fleet-aws", "fleet-telemetry"],
        tests: &["fleet-embedded"],
    },
    Arrows {
        package: "worker",
        ships: &["fleet-core", "fleet-aws", "fleet-telemetry", "rsql-client", "rsql-sql"],
        tests: &["fleet-embedded", "fleet-simulation", "dispatcher"],
    },
    Arrows {
        package: "rsqlctl",
        ships: &[
            "fleet-core",
            "fleet-embedded",
            "fleet-aws",
            "fleet-telemetry",
            "dispatcher",
            "worker",
            "rsql-client",
            "rsql-lint",
        ],
        tests: &[],
    },
    Arrows { package: "fleet-simulation", ships: &["fleet-core", "dispatcher", "worker"], tests: &[] },
    Arrows {
        package: "fleet-tests",
        ships: &[],
        tests: &[
            "fleet-core",
            "fleet-embedded",
            "fleet-aws",
            "fleet-simulation",
            "dispatcher",
            "worker",
            "rsql-client",
            "rsql-lang",
            "rsql-sql",
        ],
    },
];

/// A name that may appear in a few places only, in code and as a dependency.
struct Confined {
    /// Start of the crate name, as code writes it.
    name: &'static str,
    /// True when `name` is only the start: `aws_` stands for `aws_sdk_sqs` and the like, but for names with a rule of their
    /// own.
    is_prefix: bool,
    /// Folders and files that may use it in code.
    places: &'static [&'static str],
    /// The manifests that may list it.
    manifests: &'static [&'static str],
    remedy: &'static str,
}

/// The programs that are put together from adapters, beside the libraries of the same packages, which know only the ports;
/// and the one adapter that three programs share.
const PROGRAMS: &[&str] = &[
    "cli/",
    "dispatcher/src/main.rs",
    "dispatcher/src/shell/",
    "worker/src/main.rs",
    "worker/src/shell/",
    "rsql/client/src/bin/",
    "rsql/client/src/emulate/aws.rs",
    "shared/aws/tests/",
    "tests/",
];
const PROGRAM_MANIFESTS: &[&str] = &[
    "cli/Cargo.toml",
    "dispatcher/Cargo.toml",
    "worker/Cargo.toml",
    "rsql/client/Cargo.toml",
    "tests/Cargo.toml",
];

/// The dispatcher's program.
const LAMBDA: &[&str] = &["dispatcher/src/main.rs", "dispatcher/src/shell/"];

const CONFINED: &[Confined] = &[
    Confined {
        name: "aws_",
        is_prefix: true,
        places: &["shared/aws/"],
        manifests: &["shared/aws/Cargo.toml"],
        remedy: "AWS lives behind the ports, in shared/aws",
    },
    Confined {
        name: "rusqlite",
        is_prefix: false,
        places: &["shared/embedded/"],
        manifests: &["shared/embedded/Cargo.toml"],
        remedy: "SQLite lives behind the ports, in shared/embedded",
    },
    Confined {
        name: "lambda_runtime",
        is_prefix: false,
        places: LAMBDA,
        manifests: &["dispatcher/Cargo.toml"],
        remedy: "only the dispatcher's program knows that it runs in Lambda",
    },
    Confined {
        name: "aws_lambda_events",
        is_prefix: false,
        places: LAMBDA,
        manifests: &["dispatcher/Cargo.toml"],
        remedy: "only the dispatcher's program knows that it runs in Lambda",
    },
    Confined {
        name: "fleet_aws",
        is_prefix: false,
        places: PROGRAMS,
        manifests: PROGRAM_MANIFESTS,
        remedy: "a library takes ports; only the programs know which adapters are behind them",
    },
];

/// Packages without I/O, clock or runtime.
const LEAVES: &[&str] = &["shared/core/", "rsql/lang/", "rsql/sql/", "rsql/lint/"];

/// Names that bring I/O, a clock or a runtime into a leaf. Under `std` unless they are crates.
const IMPURE_STD: &[&str] = &["fs", "net", "process", "thread", "env"];
const IMPURE_NAMES: &[&str] =
    &["tokio", "async_std", "SystemTime", "Instant", "Timestamp::now", "Zoned::now"];
const IMPURE_PACKAGES: &[&str] = &["tokio", "tokio-util", "nix", "ureq", "rusqlite", "tracing-subscriber"];
const PURE_REMEDY: &str = "a leaf decides, it does not act: take the fact, or the time, as an argument";

/// Each package uses only those of ours that the arrows of docs/architecture.md allow, and leaves use no runtime.
pub fn package_arrows(packages: &[Package]) -> Vec<Finding> {
    let ours: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in packages {
        let Some(rule) = ARROWS.iter().find(|rule| rule.package == package.name) else {
            findings.push(Finding {
                place: package.manifest.clone(),
                fault: format!("no arrows are known for the package {}", package.name),
                remedy: "add its row to ARROWS in tests/src/rules/imports.rs",
            });
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let of_ours = ours.contains(&name) || ARROWS.iter().any(|rule| rule.package == name);
            // The test helpers depend on nothing of ours, so that everybody's tests may use them.
            let for_tests = dependency.dev && (rule.tests.contains(&name) || name == "fleet-tests");
            if of_ours && !rule.ships.contains(&name) && !for_tests {
                findings.push(Finding {
                    place: package.manifest.clone(),
                    fault: format!("{} must not use {name}", package.name),
                    remedy: "follow the arrows of docs/architecture.md: put a port in shared/core between them",
                });
            }
            if is_leaf(&package.manifest) && !dependency.dev && IMPURE_PACKAGES.contains(&name) {
                findings.push(Finding {
                    place: package.manifest.clone(),
                    fault: format!("the leaf {} uses {name}", package.name),
                    remedy: PURE_REMEDY,
                });
            }
        }
    }
    findings
}

/// AWS, SQLite and Lambda each appear in their one place only.
pub fn confined_names(sources: &[Source], packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in CONFINED {
        let is_elsewhere = |source: &&Source| !rule.places.iter().any(|place| source.path.starts_with(place));
        for source in sources.iter().filter(is_elsewhere) {
            let code = code_only(&source.text);
            let is_crate = |at: &usize| !is_module(sources, &first_word(&code[*at..]));
            findings.extend(rule.offsets(&code).into_iter().filter(is_crate).map(|at| Finding {
                place: format!("{}:{}", source.path, line_of(&code, at)),
                fault: format!("`{}` outside {}", rule.name, rule.places.join(", ")),
                remedy: rule.remedy,
            }));
        }
        let may_not = |package: &&Package| !rule.manifests.contains(&package.manifest.as_str());
        for package in packages.iter().filter(may_not) {
            let listed = package.dependencies.iter().filter(|dependency| rule.covers(&dependency.name));
            findings.extend(listed.map(|dependency| Finding {
                place: package.manifest.clone(),
                fault: format!("{} depends on {}", package.name, dependency.name),
                remedy: rule.remedy,
            }));
        }
    }
    findings
}

/// `shared/core` and `rsql/lang` have no I/O, no clock, no runtime in what they ship.
pub fn leaf_purity(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| is_leaf(&source.path) && !is_test(&source.path)) {
        let code = without_tests(&code_only(&source.text));
        let std_uses = std_names(&code).into_iter().filter(|(_, name)| IMPURE_STD.contains(&name.as_str()));
        let names =
            IMPURE_NAMES.iter().flat_map(|name| word_offsets(&code, name).map(|at| (at, (*name).to_owned())));
        findings.extend(std_uses.map(|(at, name)| (at, format!("std::{name}"))).chain(names).map(
            |(at, name)| Finding {
                place: format!("{}:{}", source.path, line_of(&code, at)),
                fault: format!("a leaf uses `{name}`"),
                remedy: PURE_REMEDY,
            },
        ));
    }
    findings
}

impl Confined {
    fn offsets(&self, code: &str) -> Vec<usize> {
        if !self.is_prefix {
            return word_offsets(code, self.name).collect();
        }
        let starts_word = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let is_covered = |at: usize| self.covers(&first_word(&code[at..]));
        let found = code.match_indices(self.name).map(|(at, _)| at);
        found.filter(|&at| starts_word(at) && is_covered(at)).collect()
    }

    fn covers(&self, package: &str) -> bool {
        let name = package.replace('-', "_");
        if !self.is_prefix {
            return name == self.name;
        }
        let has_own_rule = CONFINED.iter().any(|rule| !rule.is_prefix && rule.name == name);
        name.starts_with(self.name) && !has_own_rule
    }
}

/// Whether a module of ours has this name, so that it means no crate.
fn is_module(sources: &[Source], name: &str) -> bool {
    sources.iter().any(|source| source.path.ends_with(&format!("/{name}.rs")))
}

fn is_leaf(path: &str) -> bool {
    LEAVES.iter().any(|leaf| path.starts_with(leaf))
}

/// The modules of `std` that code names, as `std::fs` or in `std::{fs, net::TcpStream}`, with their offsets.
fn std_names(code: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for at in word_offsets(code, "std::") {
        let rest = &code[at + "std::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            names.push((at, first_word(rest)));
            continue;
        };
        let mut depth = 0_i32;
        let mut start = 0;
        for (index, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    names.push((at, first_word(group[start..index].trim_start())));
                    start = index + 1;
                    if c == '}' {
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    names
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}
