//! A receiver of webhooks on a loopback port, which answers, refuses or hangs as it is told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::Value;

/// How a post is answered.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// With this status line.
    Status(&'static str),
    /// Not at all, until [`Hook::let_go`] breaks the connection off.
    Hangs,
}

pub(super) const OK: Answer = Answer::Status("200 OK");

/// Serves until the process ends; after the answers that it was given, with 200.
pub(super) struct Hook {
    pub(super) address: String,
    bodies: Receiver<Value>,
    let_go: Sender<()>,
}

impl Hook {
    pub(super) fn new(answers: &[Answer]) -> Self {
        Self::on(&TcpListener::bind("127.0.0.1:0").expect("loopback has a free port"), answers)
    }

    pub(super) fn on(listener: &TcpListener, answers: &[Answer]) -> Self {
        let listener = listener.try_clone().expect("a socket can have two owners");
        let address = listener.local_addr().expect("it is bound");
        let ((came, bodies), (let_go, held)) = (channel(), channel());
        let answers = answers.to_vec();
        std::thread::spawn(move || {
            let mut answers = answers.into_iter();
            while let Ok((stream, _)) = listener.accept() {
                serve(stream, answers.next().unwrap_or(OK), &came, &held);
            }
        });
        Self { address: format!("http://{address}/services/secret"), bodies, let_go }
    }

    /// Breaks a hanging post off, now or when it comes.
    pub(super) fn let_go(&self) {
        self.let_go.send(()).expect("it serves");
    }

    /// Waits for the next post, however it is answered.
    pub(super) fn next(&self) -> Value {
        self.bodies.recv_timeout(super::PATIENCE).expect("a post comes")
    }

    /// The messages of the alerts that have come and were not looked at.
    pub(super) fn messages(&self) -> Vec<String> {
        self.bodies.try_iter().map(|body| message(&body)).collect()
    }
}

pub(super) fn message(body: &Value) -> String {
    body["alert"]["message"].as_str().expect("an alert has a message").to_owned()
}

fn serve(stream: TcpStream, answer: Answer, came: &Sender<Value>, held: &Receiver<()>) {
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
    // A test that has seen enough no longer listens.
    drop(came.send(serde_json::from_slice(&body).expect("the body is JSON")));
    match answer {
        Answer::Hangs => drop(held.recv()),
        Answer::Status(line) => {
            let text = format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            reader.get_mut().write_all(text.as_bytes()).expect("the client listens");
        }
    }
}
