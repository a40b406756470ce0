//! Shell scripts of the older framework as they stand, from a config item of that framework: with our helper, with theirs
//! that calls the AWS CLI, and with a secret that is no connection's.

use serde_json::{Value, json};

use crate::support::{Fleet, Seen};

/// The calling convention as the older framework's readme shows it.
const LOAD: &str = "#!/bin/bash
source $1/get_redshift_creds.sh $2
echo \"as $USER at $HOST, $RSPASSWORD\"
rsql -h $HOST -U $USER -d $DB <<EOF
\\set ON_ERROR_STOP on
insert into run_log (job, attempt, execution) values ('load', 1, '$2');
\\echo loaded
EOF
rc=$?
echo \"rsql has ended with $rc\"
exit $rc
";
/// One of theirs: reads the secret with the AWS CLI.
const THEIR_HELPER: &str =
    "secret=$(aws secretsmanager get-secret-value --secret-id $1 --region ${2:-us-east-1} \\
  --query SecretString --output text) || exit 1
value() { echo \"$secret\" | sed -n \"s/.*\\\"$1\\\": *\\\"\\([^\\\"]*\\)\\\".*/\\1/p\"; }
HOST=$(value host)
DB=$(value dbname)
USER=$(value username)
export PGPORT=$(value port) RSPASSWORD=$(value password)
";

/// Writes down the command lines of its process group.
const LOOK: &str = "#!/bin/sh
group() { cut -d' ' -f5 \"$1\" 2>/dev/null; }
for process in /proc/[0-9]*; do
  [ \"$(group $process/stat)\" = \"$(group /proc/$$/stat)\" ] && tr '\\0' '\\n' < $process/cmdline
done > processes
";

/// Runs `load.sh` and `after.sh` as two stages, from an item without a word about connections.
fn run(fleet: &Fleet, expect: &str) -> Seen {
    fleet.script("after.sh", "#!/bin/sh\necho \"$# arguments\"\n");
    let stage = |script| json!({"execution_flag": "y", "execution_type": "sequential", "scripts": [script]});
    let stages = [stage("load.sh"), stage("after.sh")];
    fleet.define(&json!({"workflow_id": "old_night", "workflow_stages": stages}));
    let (_source, host) = (fleet.dispatch(), fleet.worker());
    fleet.start("old_night", "run-1");
    let seen = fleet.wait_for("run-1", expect);
    assert!(host.terminate().success());
    seen
}

/// What the job's log in CloudWatch has.
fn log(fleet: &Fleet, job: &str) -> String {
    let (group, stream) = (format!("/{}/jobs", fleet.stack), format!("run-1/{job}/1"));
    let input = json!({"logGroupName": group, "logStreamName": stream, "startFromHead": true});
    let events = fleet.aws.logs("GetLogEvents", &input);
    let texts = events["events"].as_array().into_iter().flatten().map(|event| event["message"].as_str());
    texts.flatten().collect::<Vec<_>>().join("\n")
}

fn assert_loaded(fleet: &Fleet, seen: &Seen) {
    let said = log(fleet, "load");
    assert_eq!(seen.summary(), "after succeeded 1, load succeeded 1", "{said}");
    let secret = format!("{}/warehouse", fleet.stack);
    assert_eq!(fleet.database.psql("select execution from run_log"), secret);
    let expect = format!("as {} at {}, [redacted]", fleet.database.user(), fleet.database.host());
    for line in [expect.as_str(), "loaded", "rsql has ended with 0"] {
        assert!(said.contains(line), "{said}");
    }
    assert!(!said.contains(fleet.database.password()), "{said}");
    assert!(log(fleet, "after").contains("2 arguments"), "{}", log(fleet, "after"));
}

#[test]
fn a_script_as_in_the_older_readme_runs_as_it_stands() {
    let fleet = Fleet::new();
    fleet.script("load.sh", LOAD);
    let seen = run(&fleet, "succeeded");
    assert_loaded(&fleet, &seen);
}

#[test]
fn an_older_helper_that_calls_the_aws_cli_works_too() {
    let fleet = Fleet::new();
    let cli = format!("PATH=$PATH:{}\n", fleet.moto.bin().display());
    fleet.script("get_redshift_creds.sh", &format!("{cli}{THEIR_HELPER}"));
    fleet.script("load.sh", LOAD);
    let seen = run(&fleet, "succeeded");
    assert_loaded(&fleet, &seen);
}

#[test]
fn the_script_ends_with_the_code_of_rsql() {
    let fleet = Fleet::new();
    fleet.script("load.sh", &LOAD.replace("insert into run_log", "insert into no_such_table"));
    let seen = run(&fleet, "failed");
    assert_eq!(seen.summary(), "after skipped 0, load failed 1");
    assert_eq!(seen.jobs["load"]["result"]["exit_code"], Value::from(3), "{:#}", seen.jobs["load"]);
    let said = log(&fleet, "load");
    assert!(said.contains("relation \"no_such_table\" does not exist"), "{said}");
    assert!(said.contains("rsql has ended with 3"), "{said}");
}

#[test]
fn any_secret_can_be_asked_for_and_no_list_of_processes_shows_a_password() {
    let fleet = Fleet::new();
    fleet.secret("other");
    let other = format!("get_redshift_creds.sh {}/other us-east-1", fleet.stack);
    let load = LOAD.replace("get_redshift_creds.sh $2", &other);
    // While `rsql` is connected, a look at all processes of the script's group. Those of other tests are none of ours.
    fleet.script("look.sh", LOOK);
    fleet.script("load.sh", &load.replace("\\echo loaded", "\\echo loaded\n\\! ./look.sh"));
    let seen = run(&fleet, "succeeded");
    assert_loaded(&fleet, &seen);
    let processes = std::fs::read(fleet.folder().join("scripts/processes")).expect("the script has looked");
    let processes = String::from_utf8_lossy(&processes);
    assert!(processes.lines().any(|word| word.ends_with("rsql")), "{processes}");
    assert!(!processes.contains(fleet.database.password()), "a command line shows the password");
}
