//! The wire between the fleet and PostgreSQL, as something that can be cut: a TCP forwarder on a loopback port. Owns the
//! connections that pass through it. Does not look into what they carry.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Bytes forwarded at a time.
const BUFFER_BYTES: usize = 16 * 1024;
/// How long a server keeps the session of a client that is gone, until its own probes notice; minutes to hours in earnest.
const UNNOTICED: Duration = Duration::from_secs(6);
/// Between two looks at whether a stall is over.
const STALL_LOOK: Duration = Duration::from_millis(10);

/// Listens until the process ends.
#[derive(Clone)]
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    links: Mutex<Vec<Arc<Link>>>,
    is_stalled: AtomicBool,
}

/// One connection, both its ends.
struct Link {
    client: TcpStream,
    server: TcpStream,
    /// The client's end was cut, and the server has not noticed; since when.
    unnoticed: Mutex<Option<Instant>>,
    is_over: AtomicBool,
}

impl Proxy {
    /// Forwards what connects to a free port to `server`.
    pub(crate) fn to(server: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let shared = Arc::new(Shared { links: Mutex::new(Vec::new()), is_stalled: AtomicBool::new(false) });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                // A server that is away refuses: the client finds its connection closed.
                if let Ok(server) = TcpStream::connect(server) {
                    accepting.join(client, server);
                }
            }
        });
        Proxy { port, shared }
    }

    /// Where to connect to.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Cuts all connections; both sides notice. Tells how many.
    pub(crate) fn cut(&self) -> usize {
        let links = self.shared.living();
        for link in &links {
            link.end();
        }
        links.len()
    }

    /// Cuts all connections so that only the clients notice: the server goes on with what it was told. Tells how many.
    pub(crate) fn cut_unnoticed(&self) -> usize {
        let links = self.shared.living();
        for link in &links {
            *locked(&link.unnoticed) = Some(Instant::now());
            let _ = link.client.shutdown(Shutdown::Both);
        }
        links.len()
    }

    /// Holds all bytes back, or lets them go on.
    pub(crate) fn stall(&self, is_stalled: bool) {
        self.shared.is_stalled.store(is_stalled, Ordering::Release);
    }

    /// Has the server notice what was cut long enough ago.
    pub(crate) fn tend(&self) {
        for link in self.shared.living() {
            if locked(&link.unnoticed).is_some_and(|since| since.elapsed() >= UNNOTICED) {
                link.end();
            }
        }
    }
}

impl Shared {
    fn join(self: &Arc<Shared>, client: TcpStream, server: TcpStream) {
        let (unnoticed, is_over) = (Mutex::new(None), AtomicBool::new(false));
        let link = Arc::new(Link { client, server, unnoticed, is_over });
        // Without these a round trip takes as long as a delayed acknowledgement.
        let _ = link.client.set_nodelay(true).and_then(|()| link.server.set_nodelay(true));
        locked(&self.links).push(Arc::clone(&link));
        for from_client in [true, false] {
            let (shared, link) = (Arc::clone(self), Arc::clone(&link));
            std::thread::spawn(move || link.forward(from_client, &shared.is_stalled));
        }
    }

    fn living(&self) -> Vec<Arc<Link>> {
        let mut links = locked(&self.links);
        links.retain(|link| !link.is_over.load(Ordering::Acquire));
        links.clone()
    }
}

impl Link {
    fn forward(&self, from_client: bool, is_stalled: &AtomicBool) {
        let (mut from, mut to) =
            if from_client { (&self.client, &self.server) } else { (&self.server, &self.client) };
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let count = match from.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(count) => count,
            };
            while is_stalled.load(Ordering::Acquire) {
                std::thread::sleep(STALL_LOOK);
            }
            // What the server says to a client that is gone is lost, and the server does not know.
            let is_lost = to.write_all(&buffer[..count]).is_err();
            if is_lost && (from_client || !self.is_unnoticed()) {
                break;
            }
        }
        let goes_on = from_client && self.is_unnoticed();
        if !goes_on {
            self.end();
        }
    }

    fn is_unnoticed(&self) -> bool {
        locked(&self.unnoticed).is_some()
    }

    fn end(&self) {
        // Both fail only when they have been shut down.
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
        self.is_over.store(true, Ordering::Release);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics while holding it")
}
