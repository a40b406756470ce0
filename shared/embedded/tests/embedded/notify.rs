//! The local announcer beyond the contract: the webhook, and what is kept when something fails.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use fleet_core::alert::{Alert, AlertKind};
use fleet_core::ids::{ExecutionId, WorkflowId};
use fleet_core::ports::Announcer as _;
use fleet_core::state::Turn;
use fleet_core::time::Timestamp;
use fleet_embedded::{LocalAnnouncer, NotifySettings};

/// A webhook that answers its posts with these status lines, in their order, and then ends. Gives the bodies back.
fn webhook(answers: &'static [&'static str]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("it is bound");
    let serving = std::thread::spawn(move || answers.iter().map(|answer| serve(&listener, answer)).collect());
    (format!("http://{address}/services/secret"), serving)
}

fn serve(listener: &TcpListener, answer: &str) -> String {
    let (stream, _) = listener.accept().expect("somebody posts");
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).expect("headers are text");
        let header = header.trim().to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().expect("it is a number");
        }
        if header.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body is as long as promised");
    let text = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    reader.get_mut().write_all(text.as_bytes()).expect("the client listens");
    String::from_utf8(body).expect("JSON is UTF-8")
}

fn alert() -> Alert {
    Alert {
        kind: AlertKind::ExecutionFailed,
        workflow_id: WorkflowId::parse("nightly").expect("it is a legal id"),
        workflow_execution_id: ExecutionId::parse("nightly-1").expect("it is a legal id"),
        job_id: None,
        turn: Turn::default(),
        at: Timestamp::from_millis(0),
        topic: None,
        message: "job load failed".to_owned(),
        result: None,
    }
}

#[tokio::test]
async fn a_webhook_gets_a_text_and_the_whole_alert() {
    let (address, serving) = webhook(&["200 OK"]);
    let settings = NotifySettings { webhook: Some(address), ..NotifySettings::default() };
    LocalAnnouncer::new(&settings).unwrap().alert(&alert()).await.unwrap();
    let bodies = serving.join().unwrap();
    let posted: serde_json::Value = serde_json::from_str(&bodies[0]).unwrap();
    let expect = serde_json::json!({
        "version": 1,
        "title": alert().title(),
        "severity": "error",
        "text": alert().text(),
        "alert": alert(),
    });
    assert_eq!(posted, expect);
}

#[tokio::test]
async fn a_failed_post_is_repeated() {
    let (address, serving) = webhook(&["503 Service Unavailable", "500 Internal Server Error", "200 OK"]);
    let settings = NotifySettings { webhook: Some(address), ..NotifySettings::default() };
    LocalAnnouncer::new(&settings).unwrap().alert(&alert()).await.unwrap();
    assert_eq!(serving.join().unwrap().len(), 3);
}

#[tokio::test]
async fn a_webhook_that_fails_is_told_and_the_file_has_the_alert() {
    let dir = tempfile::tempdir().unwrap();
    let (address, serving) = webhook(&["404 Not Found"; 4]);
    let settings = NotifySettings { print: false, dir: Some(dir.path().to_owned()), webhook: Some(address) };
    let error = LocalAnnouncer::new(&settings).unwrap().alert(&alert()).await.unwrap_err();
    assert_eq!(serving.join().unwrap().len(), 4);
    // The path of a webhook is often its secret.
    assert_eq!(error.to_string(), "post an alert to 127.0.0.1: http status: 404");
    let kept = fs::read_to_string(dir.path().join("alerts.jsonl")).unwrap();
    assert_eq!(serde_json::from_str::<Alert>(&kept).unwrap(), alert());
}

#[tokio::test]
async fn a_file_that_fails_does_not_keep_people_from_being_told() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("alerts.jsonl")).unwrap();
    let (address, serving) = webhook(&["200 OK"]);
    let settings = NotifySettings { print: false, dir: Some(dir.path().to_owned()), webhook: Some(address) };
    let error = LocalAnnouncer::new(&settings).unwrap().alert(&alert()).await.unwrap_err();
    assert!(error.to_string().starts_with("append to "), "{error}");
    assert_eq!(serving.join().unwrap().len(), 1);
}

#[tokio::test]
async fn a_record_cut_off_by_a_full_disk_spoils_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("alerts.jsonl");
    fs::write(&file, "{\"kind\": \"job_fai").unwrap();
    let settings = NotifySettings { dir: Some(dir.path().to_owned()), ..NotifySettings::default() };
    LocalAnnouncer::new(&settings).unwrap().alert(&alert()).await.unwrap();
    let text = fs::read_to_string(file).unwrap();
    let last = text.lines().last().unwrap();
    assert_eq!((text.lines().count(), serde_json::from_str(last).ok()), (2, Some(alert())));
}

#[test]
fn addresses_of_webhooks_are_checked() {
    fn check(address: &str, is_one: bool) {
        let settings = NotifySettings { webhook: Some(address.to_owned()), ..NotifySettings::default() };
        assert_eq!(LocalAnnouncer::new(&settings).is_ok(), is_one, "{address}");
    }
    check("https://hooks.example.com/services/T0/B0", true);
    check("http://127.0.0.1:8080", true);
    for faulty in ["", "hooks.example.com", "ftp://example.com/", "/only/a/path", "https://", "http://a b/"] {
        check(faulty, false);
    }
}
