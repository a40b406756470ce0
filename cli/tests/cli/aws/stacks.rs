//! Which fleet a command works on, and what is said where that cannot be.

use super::Cloud;
use crate::support::Project;

const FLOW: &str = "workflow: flow\njobs:\n  - { id: a, script: a.sh }\n";
const FILES: [(&str, &str); 2] = [("workflows/flow.yaml", FLOW), ("scripts/a.sh", "exit 0\n")];

#[test]
fn the_project_file_names_a_fleet_and_options_another() {
    let cloud = Cloud::with(&FILES);
    let project = &cloud.project;
    project.run(&["deploy"]).ok();
    let list = project.json(&["list", "--workflows"]);
    assert_eq!(list["workflows"][0]["workflow_id"], "flow");

    let file = format!("aws: {{ stack: {}, region: us-east-1 }}\n", cloud.stack);
    let by_file = Project::with(&FILES).env(cloud.moto.environment());
    by_file.write("project.yaml", &file);
    assert_eq!(by_file.json(&["list", "--workflows"]), list);
    // Nothing is known of it in the state directory.
    let here = by_file.run(&["--stack", "none", "list", "--workflows", "-o", "json"]).ok();
    assert_eq!(here.out, "{\n  \"workflows\": []\n}\n");
    let refused = by_file.run(&["local"]).ended(2);
    assert!(refused.err.contains(&format!("stack {} is on AWS", cloud.stack)), "{}", refused.err);
}

#[test]
fn a_stack_needs_no_project() {
    let cloud = Cloud::with(&FILES);
    cloud.project.run(&["deploy"]).ok();
    let nowhere = Project::nothing().env(cloud.moto.environment());
    let list = nowhere.run(&["--stack", &cloud.stack, "list", "--workflows"]).ok();
    assert!(list.out.contains("\nflow "), "{}", list.out);
    assert!(nowhere.run(&["--stack", &cloud.stack, "graph", "flow"]).ok().out.contains("│ a │"));
    nowhere.run(&["--stack", &cloud.stack, "deploy"]).ended(5);
    nowhere.run(&["list"]).ended(5);
}

#[test]
fn a_stack_that_cannot_be_is_told() {
    let cloud = Cloud::with(&FILES);
    let check = |args: &[&str], code: i32, expect: &str| {
        let ran = cloud.project.run(args).ended(code);
        assert!(ran.err.contains(expect), "{args:?}: {}", ran.err);
    };
    check(
        &["--stack", "nowhere", "list"],
        1,
        "rsqlctl: work on stack nowhere in us-east-1: list executions: ",
    );
    check(&["--stack", "night_2", "list"], 2, "use `night_2` as the name of a stack");
    check(&["--stack", "none", "--region", "eu-west-1", "list"], 2, "--region is for a fleet on AWS");
    let without = Project::with(&FILES);
    let nobody = without.run(&["--stack", "night", "list"]).ended(1);
    assert!(nobody.err.contains("find the AWS region: set AWS_REGION"), "{}", nobody.err);
}

#[test]
fn files_are_checked_for_the_fleet_they_go_to() {
    let waiting = "workflow: flow\nconnection: warehouse\njobs:\n  \
                   - { id: landed, precondition: { s3: \"s3://landing/*.gz\" }, poll: 60s }\n  \
                   - { id: a, script: a.sql, needs: [landed] }\n";
    let project = Project::with(&[("workflows/flow.yaml", waiting), ("scripts/a.sql", "select 1;\n")]);
    let here = project.run(&["validate"]).ended(6);
    assert!(here.err.contains("s3 preconditions need a fleet on AWS"), "{}", here.err);
    assert!(here.err.contains("connection `warehouse` is not in the project"), "{}", here.err);
    // Offline: there is no region, and none is needed.
    project.run(&["--stack", "night", "validate"]).ok();
    let nowhere = Project::nothing();
    nowhere.write("flow.yaml", waiting);
    nowhere.run(&["validate", "flow.yaml"]).ok();
}

#[test]
fn workflows_that_were_put_there_by_hand_are_known_and_faulty_ones_hide_none() {
    let cloud = Cloud::with(&FILES);
    cloud.project.run(&["deploy"]).ok();
    let table = format!("{}-workflows", cloud.stack);
    let put = |item: &str| cloud.aws(&["dynamodb", "put-item", "--table-name", &table, "--item", item]);
    // As the older framework's manual has it.
    put(r#"{"workflow_id": {"S": "old"}, "workflow_stages": {"L": [{"M": {"execution_flag": {"S": "y"},
        "execution_type": {"S": "sequential"}, "scripts": {"L": [{"S": "a.sh"}]}}}]}}"#);
    put(r#"{"workflow_id": {"S": "worse"}, "workflow_stages": {"S": "none"}}"#);
    let ran = cloud.project.run(&["list", "--workflows"]).ok();
    assert!(ran.out.contains("\nflow ") && ran.out.contains("\nold "), "{}", ran.out);
    assert!(ran.err.starts_with("workflow worse is left out: "), "{}", ran.err);
    assert!(cloud.project.run(&["graph", "old"]).ok().out.contains("│ a"));
}
