//! `GET /health` on this host: 200 while the receive loops go on, 503 once one is stuck, and what the worker does as JSON.
//! Owns as much of HTTP as that takes. Tells nothing to other hosts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::status::Status;

/// Longest head of a request; none that asks for health is as long.
const REQUEST_BYTES_MAX: usize = 8 * 1024;
/// Longest time for a request and its answer.
const REQUEST_LIMIT: Duration = Duration::from_secs(5);
/// Requests at a time; more wait to be accepted.
const REQUESTS_MAX: usize = 16;
/// After a failed accept, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Begins to listen.
///
/// # Errors
/// When the address cannot be had.
pub(crate) async fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(address).await?;
    tracing::info!("health at http://{}/health", listener.local_addr()?);
    Ok(listener)
}

/// Answers until `over`.
pub(crate) async fn serve(listener: TcpListener, status: Arc<Status>, over: CancellationToken) {
    let places = Arc::new(Semaphore::new(REQUESTS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            () = over.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let status = Arc::clone(&status);
        tokio::spawn(async move {
            // Who went away, or was too slow, has not waited for the answer.
            let _ = tokio::time::timeout(REQUEST_LIMIT, answer(stream, &status)).await;
            drop(place);
        });
    }
}

async fn answer(mut stream: TcpStream, status: &Status) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < REQUEST_BYTES_MAX {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    let (code, body) = respond(&head, status);
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {code}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

fn respond(head: &[u8], status: &Status) -> (&'static str, String) {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = target.split('?').next().unwrap_or_default();
    match (method, path) {
        ("GET", "/health") => {
            let health = status.health();
            let code = if health.alive { "200 OK" } else { "503 Service Unavailable" };
            (code, serde_json::to_string(&health).unwrap_or_default())
        }
        (_, "/health") => ("405 Method Not Allowed", "{}".to_owned()),
        _ => ("404 Not Found", "{}".to_owned()),
    }
}
