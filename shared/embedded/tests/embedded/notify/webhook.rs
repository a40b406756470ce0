//! The webhook: what is posted, and that it neither holds anybody up nor misses an alert, whatever it does.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use fleet_core::alert::Alert;
use fleet_core::ports::Announcer as _;
use fleet_embedded::{LocalAnnouncer, NotifySettings};
use tokio::time::timeout;

use super::hook::{Answer, Hook, OK, message};
use super::{PATIENCE, alert, announcer};

/// Less than a post may take. Raising an alert takes a write to the disk.
const AT_ONCE: Duration = Duration::from_secs(5);
/// For what must not happen.
const A_MOMENT: Duration = Duration::from_millis(300);

async fn raise(announcer: &LocalAnnouncer, messages: &[&str]) {
    for message in messages {
        let done = timeout(AT_ONCE, announcer.alert(&alert(message))).await;
        done.expect("raising an alert waits for no webhook").expect("the alert can be kept");
    }
}

fn kept(dir: &Path) -> Vec<String> {
    let text = fs::read_to_string(dir.join("alerts.jsonl")).expect("alerts are kept");
    text.lines()
        .map(|line| serde_json::from_str::<Alert>(line).expect("a line is an alert").message)
        .collect()
}

#[tokio::test]
async fn it_gets_a_text_and_the_whole_alert() {
    let (dir, hook) = (tempfile::tempdir().unwrap(), Hook::new(&[]));
    let announcer = announcer(dir.path(), Some(&hook.address));
    raise(&announcer, &["load failed"]).await;
    assert!(announcer.flush(PATIENCE).await);
    let alert = alert("load failed");
    let expect = serde_json::json!({
        "version": 1, "title": alert.title(), "severity": "error", "text": alert.text(), "alert": alert,
    });
    assert_eq!(hook.next(), expect);
}

#[tokio::test]
async fn one_that_hangs_holds_nobody_up_and_misses_nothing() {
    let (dir, hook) = (tempfile::tempdir().unwrap(), Hook::new(&[Answer::Hangs]));
    let announcer = announcer(dir.path(), Some(&hook.address));
    raise(&announcer, &["a"]).await;
    assert_eq!(message(&hook.next()), "a");
    raise(&announcer, &["b", "c"]).await;
    assert!(!announcer.flush(A_MOMENT).await);
    assert_eq!(hook.messages(), Vec::<String>::new());
    hook.let_go();
    assert!(announcer.flush(PATIENCE).await);
    assert_eq!(hook.messages(), ["a", "b", "c"]);
    assert_eq!(kept(dir.path()), ["a", "b", "c"]);
}

#[tokio::test]
async fn one_that_was_down_gets_what_it_missed() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap();
    drop(listener);
    let announcer = announcer(dir.path(), Some(&format!("http://{port}/")));
    raise(&announcer, &["a", "b"]).await;
    assert!(!announcer.flush(A_MOMENT).await);
    let hook = Hook::on(&TcpListener::bind(port).unwrap(), &[]);
    assert!(announcer.flush(PATIENCE).await);
    assert_eq!(hook.messages(), ["a", "b"]);
}

#[tokio::test]
async fn answers_that_may_change_are_asked_for_again_and_others_are_final() {
    async fn check(answers: &[&'static str], expect: &[&str]) {
        let dir = tempfile::tempdir().expect("there is a place for temporary files");
        let hook = Hook::new(&answers.iter().map(|line| Answer::Status(line)).collect::<Vec<_>>());
        let announcer = announcer(dir.path(), Some(&hook.address));
        raise(&announcer, &["a", "b"]).await;
        assert!(announcer.flush(PATIENCE).await, "{answers:?}");
        assert_eq!(hook.messages(), expect, "{answers:?}");
    }
    let passing =
        ["503 Service Unavailable", "500 Oops", "429 Too Many Requests", "408 Request Timeout", "200 OK"];
    check(&passing, &["a", "a", "a", "a", "a", "b"]).await;
    check(&["204 No Content", "500 Oops"], &["a", "b", "b"]).await;
    for last in ["400 Bad Request", "403 Forbidden", "404 Not Found", "410 Gone"] {
        check(&[last], &["a", "b"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn announcers_on_one_directory_post_each_alert_once_and_in_order() {
    let (dir, hook) = (tempfile::tempdir().unwrap(), Hook::new(&[]));
    let announcers = [(); 3].map(|()| announcer(dir.path(), Some(&hook.address)));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..45 {
        let announcer = announcers[number % announcers.len()].clone();
        tasks.spawn(async move { raise(&announcer, &[&number.to_string()]).await });
    }
    tasks.join_all().await;
    for announcer in &announcers {
        assert!(announcer.flush(PATIENCE).await);
    }
    assert_eq!(hook.messages(), kept(dir.path()));
}

#[tokio::test]
async fn a_new_process_goes_on_where_the_old_one_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let hook = Hook::new(&[OK, Answer::Status("503 Service Unavailable")]);
    let old = announcer(dir.path(), Some(&hook.address));
    raise(&old, &["a"]).await;
    assert!(old.flush(PATIENCE).await);
    drop(old);
    assert_eq!(hook.messages(), ["a"]);
    // One that posts nothing and keeps two more.
    raise(&announcer(dir.path(), None), &["b", "c"]).await;
    let new = announcer(dir.path(), Some(&hook.address));
    assert!(new.flush(PATIENCE).await);
    assert_eq!(hook.messages(), ["b", "b", "c"]);
    assert_eq!(kept(dir.path()), ["a", "b", "c"]);
}

#[tokio::test]
async fn alerts_from_before_there_was_a_webhook_are_not_posted() {
    let (dir, hook) = (tempfile::tempdir().unwrap(), Hook::new(&[]));
    raise(&announcer(dir.path(), None), &["old"]).await;
    let announcer = announcer(dir.path(), Some(&hook.address));
    assert!(announcer.flush(PATIENCE).await);
    raise(&announcer, &["new"]).await;
    assert!(announcer.flush(PATIENCE).await);
    assert_eq!(hook.messages(), ["new"]);
}

#[tokio::test]
async fn lines_of_others_and_a_file_begun_anew_hold_nothing_up() {
    let (dir, hook) = (tempfile::tempdir().unwrap(), Hook::new(&[]));
    let file = dir.path().join("alerts.jsonl");
    let announcer = announcer(dir.path(), Some(&hook.address));
    raise(&announcer, &["a"]).await;
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{whole}no alert\n")).unwrap();
    raise(&announcer, &["b"]).await;
    assert!(announcer.flush(PATIENCE).await);
    fs::rename(&file, dir.path().join("alerts-moved.jsonl")).unwrap();
    raise(&announcer, &["c"]).await;
    assert!(announcer.flush(PATIENCE).await);
    assert_eq!(hook.messages(), ["a", "b", "c"]);
}

#[tokio::test]
async fn an_unreadable_position_stops_the_posting_alone() {
    let (dir, hook) = (tempfile::tempdir().unwrap(), Hook::new(&[]));
    let position = dir.path().join("alerts.webhook.json");
    for faulty in ["{", r#"{"version":2,"posted_bytes":0}"#] {
        fs::write(&position, faulty).unwrap();
        let announcer = announcer(dir.path(), Some(&hook.address));
        raise(&announcer, &["a"]).await;
        assert!(!announcer.flush(A_MOMENT).await);
        assert_eq!(hook.messages(), Vec::<String>::new());
    }
    fs::remove_file(&position).unwrap();
    let announcer = announcer(dir.path(), Some(&hook.address));
    raise(&announcer, &["b"]).await;
    assert!(announcer.flush(PATIENCE).await);
    assert_eq!(hook.messages(), ["b"]);
}

#[test]
fn addresses_are_checked() {
    fn check(address: &str, is_one: bool) {
        let dir = tempfile::tempdir().expect("there is a place for temporary files");
        let settings =
            NotifySettings { print: false, dir: dir.path().to_owned(), webhook: Some(address.to_owned()) };
        assert_eq!(LocalAnnouncer::new(&settings).is_ok(), is_one, "{address}");
    }
    check("https://hooks.example.com/services/T0/B0", true);
    check("http://127.0.0.1:8080", true);
    for faulty in ["", "hooks.example.com", "ftp://example.com/", "/only/a/path", "https://", "http://a b/"] {
        check(faulty, false);
    }
}
