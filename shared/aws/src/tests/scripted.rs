//! For tests: an endpoint that answers what it was told to, call by call, and keeps what it was asked.

use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_sqs::config::Credentials;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::account::Account;
use crate::stack::Stack;

/// What has been asked so far: operation and body.
pub(crate) type Asked = Arc<Mutex<Vec<(String, Value)>>>;

/// An account whose services give these answers, one a call, and nothing more after them.
pub(crate) async fn account(answers: Vec<Value>) -> (Account, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let asked = Asked::default();
    let noted = Arc::clone(&asked);
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = read(&mut stream).await;
            noted.lock().unwrap().push(request);
            let body = answer.to_string();
            // Errors name their type, as the services' do.
            let status = if answer.get("__type").is_some() { "400 Bad Request" } else { "200 OK" };
            let head = "Content-Type: application/x-amz-json-1.0\r\nConnection: close";
            let text = format!("HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            stream.write_all(text.as_bytes()).await.unwrap();
        }
        // Whoever calls now is let in and gets no answer.
        std::future::pending::<()>().await;
        drop(listener);
    });
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(Credentials::new("test", "test", None, None, "test"));
    (Account { config: config.load().await, stack: Stack::default() }, asked)
}

async fn read(stream: &mut TcpStream) -> (String, Value) {
    let mut bytes = Vec::new();
    loop {
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "the request ends halfway");
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let header = |name: &str| {
            let found = head.lines().find_map(|line| {
                let (known, value) = line.split_once(':')?;
                known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            });
            found.unwrap_or_default()
        };
        if body.len() >= header("content-length").parse().unwrap() {
            let target = header("x-amz-target");
            let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
            return (operation, serde_json::from_str(body).unwrap());
        }
    }
}
