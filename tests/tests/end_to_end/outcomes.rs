//! What exit codes, failures and `run_if` make of an execution.

use crate::support::Setup;

#[test]
fn exit_codes_are_read_as_the_workflow_says() {
    let project = Setup::new()
        .script("code.rsql", "\\exit :code\n")
        .script("code.sh", "exit \"$code\"\n")
        .workflow(
            "workflow: codes
on_failure: continue
jobs:
  - { id: zero, script: code.rsql, vars: { code: 0 }, success_codes: [4] }
  - { id: good, script: code.rsql, vars: { code: 4 }, success_codes: [4] }
  - { id: warned, script: code.sh, env: { code: 8 }, warning_codes: [8] }
  - { id: after_warning, script: code.sh, env: { code: 0 }, needs: [warned] }
  - { id: bad, script: code.rsql, vars: { code: 12 }, success_codes: [4], warning_codes: [8] }
  - { id: killed, script: killed.sh }
",
        )
        .script("killed.sh", "kill -9 $$\n")
        .deployed();
    let execution = project.run("codes", "run-1", 3);
    assert_eq!(
        execution.summary(),
        "zero succeeded 1, good succeeded 1, warned succeeded 1, after_warning succeeded 1, bad failed 1, killed failed 1"
    );
    let codes: Vec<_> =
        ["zero", "good", "warned", "bad", "killed"].map(|id| execution.job(id)["exit_code"].clone()).into();
    assert_eq!(serde_json::Value::from(codes).to_string(), "[0,4,8,12,137]");
    assert_eq!(execution.job("warned")["warning"], true);
    assert_eq!(execution.job("good")["warning"], false);
    assert_eq!(execution.job("killed")["message"], "ended by signal 9");
}

#[test]
fn after_a_failure_the_rest_is_skipped_and_clean_up_runs() {
    let project = Setup::new()
        .noting("ok.rsql", "")
        .noting("bad.rsql", "select 1/0;")
        .workflow(
            "workflow: stops
jobs:
  - { id: bad, script: bad.rsql }
  - { id: needs_bad, script: ok.rsql, needs: [bad] }
  - { id: on_failure, script: ok.rsql, needs: [bad], run_if: any_failed }
  - { id: clean_up, script: ok.rsql, needs: [needs_bad, on_failure], run_if: all_settled }
  - { id: wants_success, script: ok.rsql, needs: [needs_bad, on_failure], run_if: any_succeeded }
",
        )
        .workflow(
            "workflow: goes_on
on_failure: continue
jobs:
  - { id: bad, script: bad.rsql }
  - { id: needs_bad, script: ok.rsql, needs: [bad] }
  - { id: tolerated, script: bad.rsql, allow_failure: true }
  - { id: after_tolerated, script: ok.rsql, needs: [tolerated] }
  - { id: any_good, script: ok.rsql, needs: [bad, after_tolerated], run_if: any_succeeded }
",
        )
        .workflow(
            "workflow: all_well
jobs:
  - { id: tolerated, script: bad.rsql, allow_failure: true }
  - { id: fine, script: ok.rsql, needs: [tolerated] }
  - { id: on_failure, script: ok.rsql, needs: [fine], run_if: any_failed }
  - { id: clean_up, script: ok.rsql, needs: [on_failure], run_if: all_settled }
",
        )
        .deployed();
    let check = |workflow: &str, code: i32, expect: &str| {
        let execution = project.run(workflow, workflow, code);
        assert_eq!(execution.summary(), expect, "{workflow}");
    };
    check(
        "stops",
        3,
        "bad failed 1, needs_bad skipped 0, on_failure succeeded 1, clean_up succeeded 1, wants_success skipped 0",
    );
    check(
        "goes_on",
        3,
        "bad failed 1, needs_bad skipped 0, tolerated failed 1, after_tolerated succeeded 1, any_good succeeded 1",
    );
    check("all_well", 0, "tolerated failed 1, fine succeeded 1, on_failure skipped 0, clean_up succeeded 1");
}
