//! Projects and workflow files: `init`, `validate`, `deploy`, `graph`, `schema`, `completions`, help.

use serde_json::json;

use crate::support::{Project, keys};

const FLOW: &str =
    "workflow: flow\njobs:\n  - { id: a, script: a.sh }\n  - { id: b, script: b.sh, needs: [a] }\n";
const SCRIPTS: [(&str, &str); 2] = [("scripts/a.sh", "echo a\n"), ("scripts/b.sh", "echo b\n")];

fn flow(text: &str) -> Project {
    let project = Project::with(&SCRIPTS);
    project.write("workflows/flow.yaml", text);
    project
}

#[test]
fn a_new_project_is_valid_deploys_and_runs() {
    let project = Project::nothing();
    let made = project.run(&["init", "demo"]).ok();
    assert_eq!(made.out.lines().count(), 11, "{}", made.out);
    assert_eq!(
        made.err,
        "The project is ready. Next:\n  cd demo && rsqlctl deploy\n  rsqlctl start hello --wait\n"
    );

    let again = project.run(&["init", "demo"]).ended(1);
    assert_eq!(again.err, "rsqlctl: demo/project.yaml is there already; nothing was written\n");

    let valid = project.run(&["--project", "demo", "validate"]).ok();
    assert_eq!(
        valid.out,
        "demo/workflows/hello.yaml: workflow hello, 5 jobs\ndemo/workflows/warehouse.yaml: workflow warehouse, 3 jobs\n"
    );
    project.run(&["--project", "demo", "deploy"]).ok();
    let ran = project
        .run(&["--project", "demo", "start", "hello", "--wait", "--id", "first", "--param", "name=you"])
        .ok();
    assert_eq!(ran.last_line(), "first succeeded");
    let greeting = project.run(&["--project", "demo", "logs", "first", "greet", "--plain"]).ok();
    assert_eq!(greeting.out, "Hello, you! The fleet is running.\n");
}

#[test]
fn what_is_undeployed_is_started_no_more() {
    let project = flow(FLOW);
    project.run(&["deploy"]).ok();
    project.run(&["start", "flow", "--wait", "--id", "before"]).ok();

    let gone = project.run(&["undeploy", "flow", "--by", "ada", "--reason", "replaced"]).ok();
    assert_eq!(gone.out, "flow taken away\n");
    let nobody = project.run(&["start", "flow"]).ended(5);
    assert!(nobody.err.contains("workflow `flow` is not deployed: no workflow is"), "{}", nobody.err);
    project.run(&["undeploy", "flow"]).ended(5);
    project.run(&["status", "before"]).ok();

    project.run(&["deploy"]).ok();
    project.run(&["start", "flow", "--wait", "--id", "after"]).ok();
}

#[test]
fn deploy_is_idempotent_and_shows_what_changes() {
    let project = flow(FLOW);
    let version = |out: &str| out.split_whitespace().nth(3).unwrap_or_default().to_owned();

    let created = project.run(&["deploy", "--by", "ada", "--reason", "first"]).ok().out;
    let first = version(&created);
    assert_eq!(created, format!("flow created version {first}\n"));
    assert_eq!(project.run(&["deploy"]).ok().out, format!("flow unchanged version {first}\n"));

    project.write("workflows/flow.yaml", &format!("# a comment\n{FLOW}"));
    assert_eq!(
        project.run(&["deploy"]).ok().out,
        format!("flow unchanged version {first}, its text is new\n")
    );

    project.write("workflows/flow.yaml", &FLOW.replace("needs: [a] }", "needs: [a], timeout: 10m }"));
    let changed = project.run(&["deploy"]).ok().out;
    let second = changed.split_whitespace().nth(5).unwrap_or_default();
    assert_eq!(changed, format!("flow changed version {first} → {second}\n  + job b: timeout 10m\n"));
    assert_ne!(first, second);

    let back = project.json(&["deploy"]);
    assert_eq!(
        keys(&back["workflows"][0]),
        ["workflow_id", "version", "previous_version", "change", "differences", "schedules"]
    );
    assert_eq!(back["workflows"][0]["change"], "unchanged");
}

#[test]
fn validate_shows_every_fault_of_every_file() {
    let project = flow("workflow: flow\njobs:\n  - { id: a, skript: a.sh }\n");
    project.write("workflows/other.yaml", "workflow: other\njobs:\n  - { id: a, script: c.sh }\n");
    let ran = project.run(&["validate"]).ended(6);
    assert_eq!(ran.out, "workflows/flow.yaml: 1 fault\nworkflows/other.yaml: 1 fault\n");
    assert!(ran.err.contains("workflows/flow.yaml:3:14: error: "), "{}", ran.err);
    assert!(
        ran.err.contains(
            "\n 3 |   - { id: a, skript: a.sh }\n   |              ^^^^^^\nhint: did you mean `script`?\n"
        ),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("workflows/other.yaml:3:22: error: "), "{}", ran.err);

    let report = project.run(&["validate", "-o", "json"]).ended(6).out;
    let report: serde_json::Value = serde_json::from_str(&report).expect("it is JSON");
    assert_eq!(report["valid"], false);
    assert_eq!(keys(&report["files"][0]), ["file", "workflow_id", "jobs", "faults", "faults_left_out"]);
    assert_eq!(
        keys(&report["files"][0]["faults"][0]),
        ["file", "line", "column", "path", "message", "hint", "excerpt", "marked"]
    );

    let ran = project.run(&["deploy"]).ended(6);
    assert!(ran.err.ends_with("rsqlctl: 2 files have faults; nothing was deployed\n"), "{}", ran.err);
    assert_eq!(project.json(&["list", "--workflows"]), json!({ "workflows": [] }));
}

#[test]
fn connections_must_be_in_the_project() {
    let text = "workflow: flow\nconnection: warehose\njobs:\n  - { id: a, script: a.sh }\n";
    let project = flow(text);
    project.write("project.yaml", "connections:\n  warehouse: { host: h, database: d, user: u }\n");
    let ran = project.run(&["deploy"]).ended(6);
    assert_eq!(
        ran.err,
        "workflows/flow.yaml:2:13: error: connection `warehose` is not in the project\n 2 | connection: warehose\n   |             \
         ^^^^^^^^\nhint: project.yaml has `warehouse`\n\nrsqlctl: 1 file has faults; nothing was deployed\n"
    );
}

#[test]
fn the_only_connection_need_not_be_named() {
    let project = Project::with(&[
        ("workflows/flow.yaml", "workflow: flow\njobs:\n  - { id: a, script: a.rsql }\n"),
        ("scripts/a.rsql", "select 1;\n"),
    ]);
    let check = |connections: &str, code: i32| {
        project.write("project.yaml", connections);
        project.run(&["validate"]).ended(code).err
    };
    let needs = "job `a` needs a connection, and neither it nor the workflow names one";
    assert!(check("", 6).contains(needs));
    check("connections:\n  w: { host: h, database: d, user: u }\n", 0);
    let two =
        "connections:\n  w: { host: h, database: d, user: u }\n  x: { host: h, database: d, user: u }\n";
    assert!(check(two, 6).contains(needs));
}

#[test]
fn a_file_that_cannot_be_read_hides_no_faults_of_others() {
    let project = flow("workflow: flow\njobs:\n  - { id: a, skript: a.sh }\n");
    std::fs::write(project.path("workflows/bytes.yaml"), b"workflow: x\njobs: \xff\n")
        .expect("it can be written");
    std::os::unix::fs::symlink("nowhere", project.path("workflows/gone.yaml")).expect("it can be made");
    for command in ["validate", "deploy"] {
        let ran = project.run(&[command]).ended(6);
        for expect in [
            "workflows/bytes.yaml:2:1: error: it is not UTF-8 from this line on\n",
            "workflows/gone.yaml:1:1: error: it cannot be read: No such file or directory (os error 2)\n",
            "workflows/flow.yaml:3:14: error: ",
        ] {
            assert!(ran.err.contains(expect), "{}", ran.err);
        }
    }
    let ran = project.run(&["validate", "workflows", "workflows/flow.yaml"]).ended(6);
    assert!(ran.err.starts_with("workflows:1:1: error: it is a folder\n"), "{}", ran.err);
    assert!(ran.err.contains("workflows/flow.yaml:3:14: error: "), "{}", ran.err);
}

#[test]
fn what_this_fleet_cannot_look_at_is_refused() {
    let text = "workflow: flow\nconnection: w\njobs:\n  - { id: a, script: a.sh }\n  - id: b\n    \
                precondition: { s3: 's3://landing/{{ business_date }}/*.gz' }\n";
    let project = flow(text);
    for command in ["validate", "deploy"] {
        let ran = project.run(&[command]).ended(6);
        assert!(
            ran.err.contains(
                "flow.yaml:6:26: error: s3 preconditions need a fleet on AWS, and this one is embedded\n"
            ),
            "{}",
            ran.err
        );
        assert!(
            ran.err.contains("flow.yaml:2:13: error: connection `w` is not in the project\n"),
            "{}",
            ran.err
        );
    }
    project.run(&["graph", "workflows/flow.yaml"]).ok();
}

#[test]
fn one_workflow_is_in_one_file() {
    let project = flow(FLOW);
    project.write("workflows/zwei.yaml", FLOW);
    let ran = project.run(&["validate"]).ended(6);
    assert_eq!(
        ran.err,
        "workflows/zwei.yaml:1:11: error: workflow `flow` is in workflows/flow.yaml, too\n 1 | workflow: flow\n   |           ^^^^\n\
         hint: give one of them another name, or remove it\n\n"
    );
}

#[test]
fn graphs() {
    let project = flow(FLOW);
    let drawing = "┌───┐\n│ a │\n└─┬─┘\n  │\n┌─▼─┐\n│ b │\n└───┘\n";
    assert_eq!(project.run(&["graph", "workflows/flow.yaml"]).ok().out, drawing);
    assert_eq!(project.run(&["graph", "flow"]).ok().out, drawing, "not deployed, but in the project");
    let mermaid = project.run(&["graph", "flow", "-o", "mermaid"]).ok().out;
    assert_eq!(mermaid, "flowchart TD\n  j0[\"a\"]\n  j1[\"b\"]\n  j0 --> j1\n");
    let dot = project.run(&["graph", "flow", "-o", "dot"]).ok().out;
    assert!(dot.starts_with("digraph \"flow\" {\n"), "{dot}");
    assert_eq!(
        project.json(&["graph", "flow"]),
        json!({
            "title": "flow",
            "jobs": [
                { "id": "a", "kind": "script", "layer": 1, "status": null },
                { "id": "b", "kind": "script", "layer": 2, "status": null },
            ],
            "edges": [["a", "b"]],
        })
    );
}

#[test]
fn files_can_be_checked_and_drawn_without_a_project() {
    let nowhere = Project::nothing();
    nowhere.write("flow.yaml", FLOW);
    assert_eq!(nowhere.run(&["validate", "flow.yaml"]).ok().out, "flow.yaml: workflow flow, 2 jobs\n");
    assert!(nowhere.run(&["graph", "flow.yaml"]).ok().out.contains("│ b │"));
}

#[test]
fn schema_and_completions() {
    let project = Project::nothing();
    let schema: serde_json::Value =
        serde_json::from_str(&project.run(&["schema"]).ok().out).expect("it is JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = project.run(&["completions", shell]).ok().out;
        assert!(script.contains("dead-letters"), "{shell}");
    }
}

#[test]
fn every_command_has_help_with_examples() {
    let project = Project::nothing();
    let help = project.run(&["--help"]).ok().out;
    assert!(help.contains("First steps:\n  rsqlctl init demo"), "{help}");
    assert!(help.contains("Exit codes:\n  0  done\n"), "{help}");
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(commands.len(), 22, "{commands:?}");
    for command in commands.iter().filter(|command| **command != "help") {
        let help = project.run(&[command, "--help"]).ok().out;
        assert!(help.contains("Examples:\n  "), "{command}: {help}");
    }
}
