//! Redshift's SQL in jobs whose server is PostgreSQL: emulated by itself, unless the project says otherwise.

use crate::support::{Project, Setup};

/// What a converted script has: attributes of tables, functions of Redshift, files of S3 both ways.
const REDSHIFTS: &str = "\\set ON_ERROR_STOP on
create temp table sales (id int encode az64, day date distkey) diststyle key sortkey(day);
copy sales from 's3://lake/in/sales_' iam_role default csv;
select nvl(sum(id), 0) as total, getdate() > max(day) as past from sales;
unload ('select id from sales order by id') to 's3://lake/out/ids_' iam_role default parallel off;
";

/// What PostgreSQL and Redshift read differently: a backslash in a literal.
const BACKSLASHES: &str = "\\set ON_ERROR_STOP on
select length('a\\\\b') as length;
";

const WORKFLOW: &str = "workflow: night
on_failure: continue
jobs:
  - { id: redshifts, script: redshifts.rsql }
  - { id: backslashes, script: backslashes.rsql }
";

/// A project whose connection has these lines more.
fn project(more: &str) -> Project {
    let project = Setup::new()
        .script("redshifts.rsql", REDSHIFTS)
        .script("backslashes.rsql", BACKSLASHES)
        .workflow(WORKFLOW)
        .written();
    let file = project.folder().join("project.yaml");
    let text = std::fs::read_to_string(&file).expect("it was written");
    let last = "password_env: PGPASSWORD\n";
    std::fs::write(&file, text.replace(last, &format!("{last}{more}"))).expect("it can be written");
    project.ok(&["deploy", "--reason", "test"]);
    project
}

#[test]
fn it_is_understood_by_itself() {
    let project = project("    emulate_s3: lake\n");
    let lake = project.folder().join("lake");
    std::fs::create_dir_all(lake.join("lake/in")).expect("the folder can be written");
    std::fs::write(lake.join("lake/in/sales_1"), "1,2024-01-01\n2,2024-01-02\n").expect("it can be written");
    let execution = project.run("night", "run-1", 0);
    assert_eq!(execution.summary(), "redshifts succeeded 1, backslashes succeeded 1");
    let log = project.ok(&["logs", "run-1", "redshifts"]);
    for expect in [
        "INFO:  Load into table 'sales' completed, 2 record(s) loaded successfully.",
        "INFO:  UNLOAD completed, 2 record(s) unloaded successfully.",
        " total | past",
        "     3 | t",
    ] {
        assert!(log.contains(expect), "`{expect}` is not in:\n{log}");
    }
    let unloaded = std::fs::read_to_string(lake.join("lake/out/ids_000")).expect("the file is there");
    assert_eq!(unloaded, "1\n2\n");
    // One backslash is left of two, as on Redshift.
    let log = project.ok(&["logs", "run-1", "backslashes"]);
    assert!(log.lines().any(|line| line.trim_end().ends_with("      3")), "{log}");
}

#[test]
fn it_can_be_left_to_postgresql() {
    let project = project("    emulate_redshift: false\n");
    let execution = project.run("night", "run-1", 3);
    assert_eq!(execution.summary(), "redshifts failed 1, backslashes succeeded 1");
    let log = project.ok(&["logs", "run-1", "redshifts"]);
    assert!(log.contains("ERROR:  syntax error at or near \"encode\""), "{log}");
    let log = project.ok(&["logs", "run-1", "backslashes"]);
    assert!(log.lines().any(|line| line.trim_end().ends_with("      4")), "{log}");
}
