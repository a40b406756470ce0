//! The files of alerts and status changes, on disks that fail.

use std::fs;
use std::os::unix::fs::symlink;

use fleet_core::alert::{Alert, StatusChange};
use fleet_core::ports::{Announcer as _, PortError};
use fleet_core::state::ExecutionStatus;

use super::{alert, announcer};

fn change(status: ExecutionStatus) -> StatusChange {
    let alert = alert("");
    StatusChange::Execution {
        workflow_id: alert.workflow_id,
        workflow_execution_id: alert.workflow_execution_id,
        status,
        at: alert.at,
    }
}

#[tokio::test]
async fn a_record_cut_off_by_a_crash_is_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("alerts.jsonl");
    fs::write(&file, "{\"whole\": 1}\n{\"kind\": \"job_fai").unwrap();
    announcer(dir.path(), None).alert(&alert("load failed")).await.unwrap();
    let text = fs::read_to_string(file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "{\"whole\": 1}");
    assert_eq!(serde_json::from_str::<Alert>(lines[1]).unwrap(), alert("load failed"));
    assert_eq!(lines.len(), 2);
}

#[tokio::test]
async fn a_full_disk_is_told_and_leaves_no_half_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.jsonl");
    symlink("/dev/full", &file).unwrap();
    let announcer = announcer(dir.path(), None);
    let changes = [change(ExecutionStatus::Running), change(ExecutionStatus::Failed)];
    for _ in 0..2 {
        let error = announcer.announce(&changes).await.unwrap_err();
        let expect = format!(
            "append to {}: No space left on device (os error 28); free some space on its disk",
            file.display()
        );
        assert_eq!(error.to_string(), expect);
        assert!(matches!(error, PortError::Unavailable { .. }));
    }
    fs::remove_file(&file).unwrap();
    fs::write(&file, "{\"detail_type\": \"Job Sta").unwrap();
    announcer.announce(&changes).await.unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let kept: Vec<StatusChange> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(kept, changes);
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_told() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["alerts.jsonl", "events.jsonl"] {
        fs::create_dir(dir.path().join(name)).unwrap();
    }
    let announcer = announcer(dir.path(), None);
    let alerted = announcer.alert(&alert("load failed")).await.unwrap_err();
    let announced = announcer.announce(&[change(ExecutionStatus::Failed)]).await.unwrap_err();
    for (error, name) in [(alerted, "alerts"), (announced, "events")] {
        let start = format!("append to {}: ", dir.path().join(format!("{name}.jsonl")).display());
        assert!(error.to_string().starts_with(&start), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn announcers_on_one_directory_do_not_mix_their_lines() {
    let dir = tempfile::tempdir().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..40 {
        let announcer = announcer(dir.path(), None);
        tasks.spawn(async move { announcer.alert(&alert(&format!("{number:0>4000}"))).await.unwrap() });
    }
    tasks.join_all().await;
    let text = fs::read_to_string(dir.path().join("alerts.jsonl")).unwrap();
    let mut kept: Vec<String> =
        text.lines().map(|line| serde_json::from_str::<Alert>(line).unwrap().message).collect();
    kept.sort();
    assert_eq!(kept, (0..40).map(|number| format!("{number:0>4000}")).collect::<Vec<_>>());
}
