//! The instance metadata service, played on a loopback port: version 2, which gives nothing without a token.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fleet_aws::{Leaving, Metadata, MetadataSettings};
use fleet_core::time::Timestamp;
use fleet_tests::http::{Answer, Reply, Server};

const TOKEN: &str = "a-token";
const SPOT: &str = "/latest/meta-data/spot/instance-action";
const LIFECYCLE: &str = "/latest/meta-data/autoscaling/target-lifecycle-state";

const NOTICE: &str = r#"{"action": "terminate", "time": "2026-11-22T02:00:00Z"}"#;
/// Longest wait for what takes milliseconds.
const SOON: Duration = Duration::from_secs(20);

/// The service, and what it tells.
struct Service {
    server: Server,
    told: Arc<Mutex<BTreeMap<String, String>>>,
    asked: Arc<Mutex<u32>>,
}

impl Service {
    fn start(told: &[(&str, &str)]) -> Self {
        let told: BTreeMap<String, String> =
            told.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let (told, asked) = (Arc::new(Mutex::new(told)), Arc::new(Mutex::new(0)));
        let (known, count) = (Arc::clone(&told), Arc::clone(&asked));
        let server = Server::start(move |request, _| {
            *count.lock().unwrap() += 1;
            if (request.method.as_str(), request.path.as_str()) == ("PUT", "/latest/api/token") {
                return answer(200, TOKEN);
            }
            if request.header("x-aws-ec2-metadata-token") != Some(TOKEN) {
                return answer(401, "");
            }
            known.lock().unwrap().get(&request.path).map_or_else(|| answer(404, ""), |text| answer(200, text))
        });
        Self { server, told, asked }
    }

    fn tell(&self, path: &str, text: &str) {
        self.told.lock().unwrap().insert(path.to_owned(), text.to_owned());
    }

    fn metadata(&self) -> Metadata {
        let endpoint = Some(format!("http://{}", self.server.address()));
        let settings = MetadataSettings { endpoint, disabled: false };
        Metadata::new(settings).unwrap().looking_every(Duration::from_millis(10))
    }

    /// Why the host goes, as looks find it that are repeated for a while.
    async fn seen(&self, known: &[Leaving]) -> Option<Leaving> {
        let metadata = self.metadata();
        tokio::select! {
            leaving = metadata.watch(known) => Some(leaving),
            () = self.some_looks() => None,
        }
    }

    /// Waits until there were some more looks, each of which asks twice at most.
    async fn some_looks(&self) {
        let asked = || *self.asked.lock().unwrap();
        let enough = asked() + 8;
        let looked = tokio::time::timeout(SOON, async {
            while asked() < enough {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        looked.await.expect("somebody looks");
    }
}

fn notice() -> Leaving {
    Leaving::Spot {
        action: "terminate".to_owned(),
        at: Some(Timestamp::parse("2026-11-22T02:00:00Z").unwrap()),
    }
}

fn answer(status: u16, text: &str) -> Reply {
    let headers = vec![("x-aws-ec2-metadata-token-ttl-seconds".to_owned(), "21600".to_owned())];
    Reply::Answer(Answer { status, headers, body: text.as_bytes().to_vec() })
}

#[tokio::test]
async fn a_host_knows_which_it_is() {
    let service = Service::start(&[("/latest/meta-data/instance-id", "i-0123")]);
    assert_eq!(service.metadata().instance_id().await.as_deref(), Some("i-0123"));
}

#[tokio::test]
async fn a_spot_notice_is_seen() {
    let service = Service::start(&[(LIFECYCLE, "InService")]);
    let metadata = service.metadata();
    let watch = tokio::spawn(async move { metadata.watch(&[]).await });
    service.some_looks().await;
    assert!(!watch.is_finished());
    service.tell(SPOT, NOTICE);
    assert_eq!(watch.await.unwrap(), notice());
}

#[tokio::test]
async fn the_end_of_an_instance_in_its_group_is_seen() {
    let check = async |state: &str, expect: Option<Leaving>| {
        let service = Service::start(&[(LIFECYCLE, state)]);
        assert_eq!(service.seen(&[]).await, expect, "{state}");
    };
    check("Terminated", Some(Leaving::Lifecycle)).await;
    check("Warmed:Terminated", Some(Leaving::Lifecycle)).await;
    check("InService", None).await;
    check("Standby", None).await;
    check("", None).await;
}

#[tokio::test]
async fn what_is_known_hides_nothing_else() {
    let service = Service::start(&[(LIFECYCLE, "Terminated"), (SPOT, NOTICE)]);
    assert_eq!(service.seen(&[Leaving::Lifecycle]).await, Some(notice()));
    assert_eq!(service.seen(&[notice()]).await, Some(Leaving::Lifecycle));
    let all = [notice(), Leaving::Lifecycle];
    let metadata = service.metadata();
    assert!(tokio::time::timeout(Duration::from_millis(50), metadata.watch(&all)).await.is_err());
}

#[tokio::test]
async fn where_there_is_no_service_nothing_is_waited_for() {
    let service = Service::start(&[]);
    let endpoint = Some(format!("http://{}", service.server.address()));
    drop(service);
    let began = std::time::Instant::now();
    let metadata = Metadata::new(MetadataSettings { endpoint, disabled: false }).unwrap();
    assert_eq!(metadata.instance_id().await, None);
    let disabled = Metadata::new(MetadataSettings { endpoint: None, disabled: true }).unwrap();
    assert_eq!(disabled.instance_id().await, None);
    let never = disabled.looking_every(Duration::ZERO);
    assert!(tokio::time::timeout(Duration::from_millis(50), never.watch(&[])).await.is_err());
    assert!(began.elapsed() < Duration::from_secs(8));
}
