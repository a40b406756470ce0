//! Objects that preconditions look for, and scripts that lie in S3.

use std::io::BufReader;
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use fleet_aws::{Account, AccountSettings, Objects, Scripts, ScriptsSettings};
use fleet_core::ports::PortError;
use fleet_tests::aws_proxy::AwsProxy;
use fleet_tests::http::{Answer, Request};
use fleet_tests::moto::Moto;

use crate::common::{account, sdk};

/// A bucket of the test's own.
struct Bucket {
    s3: Client,
    name: String,
}

impl Bucket {
    async fn new(account: &Account) -> Self {
        let config = aws_sdk_s3::config::Builder::from(&sdk().await).force_path_style(true).build();
        let (s3, name) = (Client::from_conf(config), format!("{}-bucket", account.stack().name()));
        s3.create_bucket().bucket(&name).send().await.unwrap();
        Self { s3, name }
    }

    async fn put(&self, key: &str, text: &str) {
        let body = text.as_bytes().to_vec().into();
        self.s3.put_object().bucket(&self.name).key(key).body(body).send().await.unwrap();
    }

    async fn delete(&self, key: &str) {
        self.s3.delete_object().bucket(&self.name).key(key).send().await.unwrap();
    }
}

#[tokio::test]
async fn what_a_precondition_finds() {
    let account = account().await;
    let bucket = Bucket::new(&account).await;
    for number in 0..5 {
        bucket.put(&format!("in/2026-11-20/{number}.csv"), "x").await;
    }
    bucket.put("in/2026-11-21/", "").await;
    bucket.put("in/2026-11-21/empty.gz", "").await;
    let objects = Objects::new(&account);
    let find = async |key: &str| {
        let found = objects.find(&format!("s3://{}/{key}", bucket.name)).await.unwrap();
        found.map(|object| (object.uri.rsplit('/').next().unwrap().to_owned(), object.bytes))
    };
    assert_eq!(find("in/2026-11-21/*.gz").await, None);
    bucket.put("in/2026-11-21/b ü.gz", "gz").await;
    bucket.put("in/2026-11-21/c.gz", "gzgz").await;
    assert_eq!(find("in/2026-11-21/*.gz").await, Some(("b ü.gz".to_owned(), 2)));
    assert_eq!(find("in/2026-11-21/c.gz").await, Some(("c.gz".to_owned(), 4)));
    assert_eq!(find("in/*/?.csv").await, Some(("0.csv".to_owned(), 1)));
    assert_eq!(find("in/*.csv").await, None);
    assert_eq!(find("**/4.csv").await, Some(("4.csv".to_owned(), 1)));
    let none = objects.find("s3://no-such-bucket-of-ours/in/*").await.unwrap_err();
    assert!(matches!(none, PortError::Refused { .. }), "{none}");
    assert!(none.to_string().contains("list s3://no-such-bucket-of-ours/in/"), "{none}");
}

#[tokio::test]
async fn a_listing_of_several_pages_is_read_to_its_end() {
    let account = account().await;
    let bucket = Bucket::new(&account).await;
    let put = async |number: u32| bucket.put(&format!("in/{number:04}.csv"), "x").await;
    futures_util::future::join_all((0..1_005).map(put)).await;
    bucket.put("in/last.gz", "x").await;
    let found = Objects::new(&account).find(&format!("s3://{}/in/*.gz", bucket.name)).await.unwrap();
    assert!(found.unwrap().uri.ends_with("/in/last.gz"));
}

/// Scripts through a proxy that counts, looked at again each time.
async fn scripts(account: &Account, bucket: &Bucket, cache: &Path) -> (Scripts, AwsProxy) {
    let proxy = AwsProxy::counting(Moto::shared().endpoint());
    (scripts_through(&proxy, account, bucket, cache).await, proxy)
}

async fn scripts_through(proxy: &AwsProxy, account: &Account, bucket: &Bucket, cache: &Path) -> Scripts {
    let endpoint = Some(proxy.endpoint());
    let stack = account.stack().clone();
    let through = AccountSettings { stack, endpoint, ..AccountSettings::default() };
    let uri = format!("s3://{}/etl", bucket.name);
    let settings = ScriptsSettings { refresh: Duration::ZERO, ..ScriptsSettings::new(uri, cache) };
    Scripts::open(&Account::open(through).await.unwrap(), settings).await.unwrap()
}

/// Everything below a folder, by its path there, in order.
fn files(root: &Path) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(root: &Path, path: &str) -> Option<String> {
    std::fs::read_to_string(root.join(path)).ok()
}

#[tokio::test]
async fn scripts_come_as_trees_that_do_not_change() {
    let account = account().await;
    let bucket = Bucket::new(&account).await;
    bucket.put("etl/load.rsql", "select 1;").await;
    bucket.put("etl/sub/part.rsql", "select 2;").await;
    bucket.put("etl/../escape.rsql", "select 3;").await;
    bucket.put("etl-other/not_ours.rsql", "select 4;").await;
    let cache = tempfile::tempdir().unwrap();
    let (scripts, proxy) = scripts(&account, &bucket, cache.path()).await;
    let first = scripts.tree().await.unwrap();
    assert_eq!(files(first.root()), ["load.rsql", "sub", "sub/part.rsql"]);
    assert_eq!(read(first.root(), "sub/part.rsql").as_deref(), Some("select 2;"));
    assert_eq!(proxy.calls().len(), 3, "a listing and two scripts");
    assert_eq!(scripts.tree().await.unwrap().root(), first.root());
    assert_eq!(proxy.calls().len(), 4, "a listing");

    bucket.put("etl/load.rsql", "select 10;").await;
    bucket.delete("etl/sub/part.rsql").await;
    let second = scripts.tree().await.unwrap();
    assert_eq!(proxy.calls().len(), 6, "a listing and the script that changed");
    assert_eq!(files(second.root()), ["load.rsql"]);
    assert_eq!(read(second.root(), "load.rsql").as_deref(), Some("select 10;"));
    assert_eq!(read(second.root(), "sub/part.rsql"), None);
    assert_eq!(read(first.root(), "load.rsql").as_deref(), Some("select 1;"));
    let old = first.root().to_owned();
    drop(first);
    assert!(!old.exists());
    assert!(second.root().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_is_replaced_while_it_is_read_is_read_again() {
    let account = account().await;
    let bucket = Bucket::new(&account).await;
    bucket.put("etl/load.rsql", "select 1;").await;
    let (path, calls) = (format!("/{}/etl/load.rsql", bucket.name), AtomicU32::new(0));
    let host = Moto::shared().endpoint().trim_start_matches("http://").to_owned();
    let replace = move |_: &_| {
        // Between the listing and the reading.
        if calls.fetch_add(1, Ordering::Relaxed) == 1 {
            let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, Signature=0";
            let headers = vec![header("host", &host), header("authorization", scope)];
            let (method, body) = ("PUT".to_owned(), b"select 22;".to_vec());
            let mut connection = TcpStream::connect(&host).unwrap();
            Request { method, path: path.clone(), headers, body }.write(&mut connection).unwrap();
            assert_eq!(Answer::read(&mut BufReader::new(connection), "PUT").unwrap().status, 200);
        }
        None
    };
    let proxy = AwsProxy::start(Moto::shared().endpoint(), replace);
    let cache = tempfile::tempdir().unwrap();
    let scripts = scripts_through(&proxy, &account, &bucket, cache.path()).await;
    let tree = scripts.tree().await.unwrap();
    assert_eq!(read(tree.root(), "load.rsql").as_deref(), Some("select 22;"));
    assert_eq!(proxy.calls().len(), 4, "two listings and two readings");
}

#[tokio::test]
async fn the_audit_names_the_exact_version() {
    let account = account().await;
    let bucket = Bucket::new(&account).await;
    bucket.put("etl/load.rsql", "select 1;").await;
    let cache = tempfile::tempdir().unwrap();
    let (unversioned, _proxy) = scripts(&account, &bucket, cache.path()).await;
    let uri = format!("s3://{}/etl/load.rsql", bucket.name);
    let tree = unversioned.tree().await.unwrap();
    assert_eq!(tree.describe("load.rsql"), Some(format!("{uri} etag ccb5b4481bced39454dca6d845601d54")));
    assert_eq!(tree.describe("none.rsql"), None);

    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let call = bucket.s3.put_bucket_versioning().bucket(&bucket.name);
    call.versioning_configuration(versioning).send().await.unwrap();
    bucket.put("etl/load.rsql", "select 2;").await;
    let head = bucket.s3.head_object().bucket(&bucket.name).key("etl/load.rsql").send().await.unwrap();
    let expect = Some(format!("{uri} version {}", head.version_id.unwrap()));
    assert_eq!(unversioned.tree().await.unwrap().describe("load.rsql"), expect);
    // The next process has the content on its disk, and the version with it.
    drop((tree, unversioned));
    let (again, proxy) = scripts(&account, &bucket, cache.path()).await;
    assert_eq!(again.tree().await.unwrap().describe("load.rsql"), expect);
    assert_eq!(proxy.calls().len(), 1, "a listing");
}

#[tokio::test]
async fn within_the_span_nobody_looks_again() {
    let account = account().await;
    let bucket = Bucket::new(&account).await;
    bucket.put("etl/load.rsql", "select 1;").await;
    let cache = tempfile::tempdir().unwrap();
    let uri = format!("s3://{}/etl/", bucket.name);
    let scripts = Scripts::open(&account, ScriptsSettings::new(uri, cache.path())).await.unwrap();
    let first = scripts.tree().await.unwrap();
    bucket.put("etl/load.rsql", "select 2;").await;
    assert_eq!(scripts.tree().await.unwrap().root(), first.root());
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(11)).await;
    tokio::time::resume();
    assert_ne!(scripts.tree().await.unwrap().root(), first.root());
}
