//! `rsqlctl deploy` on AWS: versions, schedules, scripts.

use serde_json::json;

use super::Cloud;

fn night(schedules: &str) -> String {
    format!("workflow: night\n{schedules}jobs:\n  - {{ id: a, script: a.sh }}\n")
}

fn cloud(schedules: &str) -> Cloud {
    Cloud::with(&[("workflows/night.yaml", &night(schedules)), ("scripts/a.sh", "exit 0\n")])
}

#[test]
fn versions_are_made_once_and_differences_shown() {
    let cloud = cloud("");
    let project = &cloud.project;
    assert_eq!(project.json(&["deploy"])["workflows"][0]["change"], "created");
    assert_eq!(project.json(&["deploy"])["workflows"][0]["change"], "unchanged");
    project.write("workflows/night.yaml", &night("max_parallel: 3\n"));
    let changed = &project.json(&["deploy"])["workflows"][0];
    assert_eq!(changed["change"], "changed");
    assert_eq!(changed["differences"][0]["setting"], "max_parallel");
    assert_eq!(project.json(&["plan", "night"])["max_parallel"], 3);
}

#[test]
fn schedules_come_and_go_with_the_workflow() {
    let cloud =
        cloud("schedule: [{ cron: \"0 2 * * ? *\" }, { cron: \"0 6 * * ? *\", timezone: Europe/London }]\n");
    let project = &cloud.project;
    let deploy = || project.json(&["deploy"])["workflows"][0]["schedules"].clone();
    let count = |schedules: &serde_json::Value| {
        ["created", "kept", "removed"]
            .map(|list| schedules[list].as_array().map(Vec::len).unwrap_or_default())
    };
    let first = deploy();
    assert_eq!(count(&first), [2, 0, 0]);
    assert_eq!(count(&deploy()), [0, 2, 0]);
    let rules = || {
        let prefix = format!("{}-night-", cloud.stack);
        cloud.aws(&["events", "list-rules", "--name-prefix", &prefix])["Rules"].clone()
    };
    assert_eq!(rules()[0]["ScheduleExpression"], "cron(0 2 * * ? *)");

    project.write("workflows/night.yaml", &night("schedule: [{ cron: \"0 3 * * ? *\" }]\n"));
    let text = project.run(&["deploy"]).ok().out;
    assert_eq!(text.matches("\n  + schedule ").count(), 1, "{text}");
    assert_eq!(text.matches("\n  - schedule ").count(), 2, "{text}");
    project.write("workflows/night.yaml", &night(""));
    assert_eq!(count(&deploy()), [0, 0, 1]);
    assert_eq!(rules(), json!([]));

    project.write("workflows/night.yaml", &night("schedule: [{ cron: \"0 4 * * ? *\" }]\n"));
    deploy();
    let gone = project.json(&["undeploy", "night", "--reason", "replaced"]);
    assert_eq!(count(&gone["workflows"][0]["schedules"]), [0, 0, 1]);
    assert_eq!(rules(), json!([]));
    let deployed = project.run(&["undeploy", "night"]).ended(5);
    assert!(deployed.err.contains("workflow `night` is not deployed"), "{}", deployed.err);
}

#[test]
fn scripts_are_uploaded_where_they_have_changed() {
    let cloud = cloud("");
    let project = &cloud.project;
    let bucket = format!("{}-code", cloud.stack);
    cloud.aws(&["s3api", "create-bucket", "--bucket", &bucket]);
    project.write("scripts/sub/b.sql", "select 1;\n");
    let to = format!("s3://{bucket}/scripts");
    let first = project.json(&["deploy", "--scripts", &to])["scripts"].clone();
    assert_eq!(first, json!({ "to": to, "sent": ["a.sh", "sub/b.sql"], "unchanged": 0 }));
    project.write("scripts/a.sh", "exit 1\n");
    project.write("project.yaml", &format!("aws: {{ scripts: \"{to}\" }}\n"));
    let text = project.run(&["deploy"]).ok().out;
    assert!(text.starts_with(&format!("scripts in {to}: 1 uploaded, 1 unchanged\n  + a.sh\n")), "{text}");
    let keys = cloud.aws(&["s3api", "list-objects-v2", "--bucket", &bucket, "--query", "Contents[].Key"]);
    assert_eq!(keys, json!(["scripts/a.sh", "scripts/sub/b.sql"]));
    let content = cloud.moto.aws(&["s3", "cp", &format!("{to}/a.sh"), "-"]);
    assert_eq!(content, "exit 1\n");
    let embedded = project.run(&["--stack", "none", "deploy", "--scripts", &to]).ended(2);
    assert!(embedded.err.contains("--scripts is for a fleet on AWS"), "{}", embedded.err);
}
