//! HTTP/1.1 over plain TCP, as far as tests need it: requests and answers read, written, and served on a loopback port by
//! one thread a connection. Owns the text form. No TLS, no HTTP/2, no redirects; whole bodies in memory.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Longest line of a head; a longer one is no HTTP.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// A request with its whole body.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// Path and query.
    pub path: String,
    /// In their order; names in lower case.
    pub headers: Vec<(String, String)>,
    /// Without transfer coding.
    pub body: Vec<u8>,
}

/// An answer with its whole body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// In their order; names in lower case.
    pub headers: Vec<(String, String)>,
    /// Without transfer coding.
    pub body: Vec<u8>,
}

/// What a handler makes of a request.
#[derive(Debug)]
pub enum Reply {
    /// It is answered.
    Answer(Answer),
    /// The connection is closed without an answer.
    Cut,
}

/// Serves until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
}

impl Request {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Reads the next request of a connection; none when the caller has closed it.
    ///
    /// # Errors
    /// When the connection breaks or what comes is no HTTP.
    pub fn read(from: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
        let Some(first) = line(from)? else { return Ok(None) };
        let mut words = first.split(' ');
        let (Some(method), Some(path)) = (words.next(), words.next()) else {
            return Err(not_http(&first));
        };
        let headers = head(from)?;
        if find(&headers, "expect").is_some() {
            from.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = body(from, &headers)?;
        Ok(Some(Request { method: method.to_owned(), path: path.to_owned(), headers, body }))
    }

    /// Writes it in one piece.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn write(&self, to: &mut TcpStream) -> io::Result<()> {
        write(
            to,
            format!("{} {} HTTP/1.1", self.method, self.path),
            &self.headers,
            &self.body,
            self.body.len(),
        )
    }
}

impl Answer {
    /// An answer of this type and text.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Answer { status, headers, body: body.into() }
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Answer {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Reads the answer to a request of this method.
    ///
    /// # Errors
    /// When the connection breaks or ends before the answer does.
    pub fn read(from: &mut BufReader<TcpStream>, method: &str) -> io::Result<Answer> {
        loop {
            let first = line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
            let status: u16 = status.ok_or_else(|| not_http(&first))?;
            let headers = head(from)?;
            if status == 100 {
                continue;
            }
            let is_bare = method == "HEAD" || status == 204 || status == 304;
            let body = if is_bare { Vec::new() } else { body(from, &headers)? };
            return Ok(Answer { status, headers, body });
        }
    }

    /// Writes it in one piece: in several, the caller's delayed acknowledgement would cost 40 ms each.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn write(&self, to: &mut TcpStream, method: &str) -> io::Result<()> {
        // What HEAD announces is the length of what GET would bring.
        let announced = find(&self.headers, "content-length").and_then(|length| length.parse().ok());
        let length = if method == "HEAD" { announced.unwrap_or_default() } else { self.body.len() };
        write(to, format!("HTTP/1.1 {} -", self.status), &self.headers, &self.body, length)
    }
}

impl Server {
    /// Serves on a free loopback port. The handler also gets the connection, to see whether its caller still waits.
    ///
    /// # Panics
    /// When no port is free.
    pub fn start(handle: impl Fn(&Request, &TcpStream) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let is_over = Arc::new(AtomicBool::new(false));
        let (handle, over) = (Arc::new(handle), Arc::clone(&is_over));
        std::thread::spawn(move || {
            while let Ok((connection, _)) = listener.accept() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let handle = Arc::clone(&handle);
                // A connection that breaks is its caller's affair.
                std::thread::spawn(move || serve(connection, handle.as_ref()));
            }
        });
        Server { address, is_over }
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts.
        let _woken = TcpStream::connect(self.address);
    }
}

/// Whether the other end has closed the connection, as far as this end can know.
pub fn is_gone(connection: &TcpStream) -> bool {
    if connection.set_nonblocking(true).is_err() {
        return true;
    }
    let seen = connection.peek(&mut [0]);
    let _restored = connection.set_nonblocking(false);
    match seen {
        Ok(bytes) => bytes == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}

fn serve(connection: TcpStream, handle: &dyn Fn(&Request, &TcpStream) -> Reply) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut writer = connection.try_clone()?;
    let mut reader = BufReader::new(connection);
    while let Some(request) = Request::read(&mut reader)? {
        match handle(&request, &writer) {
            Reply::Answer(answer) => answer.write(&mut writer, &request.method)?,
            Reply::Cut => return writer.shutdown(std::net::Shutdown::Both),
        }
    }
    Ok(())
}

fn line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut text = String::new();
    if from.take(LINE_BYTES_MAX).read_line(&mut text)? == 0 {
        return Ok(None);
    }
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn head(from: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let text = line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if text.is_empty() {
            return Ok(headers);
        }
        let (name, value) = text.split_once(':').ok_or_else(|| not_http(&text))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn body(from: &mut impl BufRead, headers: &[(String, String)]) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if find(headers, "transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        loop {
            let size = line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            let size = u64::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16);
            let size = size.map_err(|_| not_http("the size of a chunk"))?;
            from.take(size).read_to_end(&mut body)?;
            line(from)?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    let length = find(headers, "content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    from.take(length).read_to_end(&mut body)?;
    if u64::try_from(body.len()).is_ok_and(|read| read < length) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(body)
}

fn write(
    to: &mut TcpStream,
    first: String,
    headers: &[(String, String)],
    body: &[u8],
    length: usize,
) -> io::Result<()> {
    let mut text = first.into_bytes();
    for (name, value) in headers {
        // The body is whole here, and the connection our own.
        if !["content-length", "transfer-encoding", "connection", "expect"].contains(&name.as_str()) {
            text.extend_from_slice(format!("\r\n{name}: {value}").as_bytes());
        }
    }
    text.extend_from_slice(format!("\r\ncontent-length: {length}\r\n\r\n").as_bytes());
    text.extend_from_slice(body);
    to.write_all(&text)
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn not_http(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("no HTTP: {text}"))
}
