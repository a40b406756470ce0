//! The local AWS endpoint itself: that it is atomic where AWS is, that it loses nothing, and that stacks are whole.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use fleet_tests::moto::Moto;

#[test]
fn a_stack_has_all_its_resources_and_its_rule_leads_to_the_dispatchers_queue() {
    let moto = Moto::shared();
    let stack = moto.stack_with_pools(&["finance"]);
    let tables = moto.aws(&["dynamodb", "list-tables"]);
    for table in ["workflows", "versions", "executions", "audit"] {
        assert!(tables.contains(&format!("\"{stack}-{table}\"")), "{table} in {tables}");
    }
    let queues = moto.aws(&["sqs", "list-queues", "--queue-name-prefix", &stack]);
    for queue in ["events", "events-dead", "jobs", "jobs-finance", "jobs-dead"] {
        assert!(queues.contains(&format!("/{stack}-{queue}\"")), "{queue} in {queues}");
    }
    let entry = serde_json::json!([{
        "Source": "me", "DetailType": "Workflow Start", "EventBusName": stack,
        "Detail": r#"{"workflow_id": "night"}"#,
    }]);
    moto.aws(&["events", "put-events", "--entries", &entry.to_string()]);
    let url = format!("{}/123456789012/{stack}-events", moto.endpoint());
    let message = moto.aws(&["sqs", "receive-message", "--queue-url", &url, "--wait-time-seconds", "5"]);
    let message: serde_json::Value = serde_json::from_str(&message).unwrap();
    let body = message["Messages"][0]["Body"].as_str().unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["detail"]["workflow_id"], "night");
}
