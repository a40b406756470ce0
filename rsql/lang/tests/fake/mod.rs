//! A driver for tests: a scripted server that reads its orders out of the SQL, files in memory, a shell that echoes.
//! It writes down every effect; what a real server or shell would do is tested in `rsql-client`.

use std::collections::HashMap;
use std::time::Duration;

use rsql_lang::{
    Action, Column, ConnectFailure, ConnectRequest, ConnectTarget, ConnectionInfo, CopyDirection, Effect,
    InputId, InputTarget, Machine, Outcome, OutputTarget, Row, ServerEvent, ServerMessage, Settings, Shell,
    ShellEnd, Stream, Transaction,
};

const INT4: u32 = 23;
const TEXT: u32 = 25;
/// Bytes of a read unless told: few, so that lines come in pieces.
const READ_BYTES: usize = 7;

/// A run of the machine against the scripted world.
pub(crate) struct Fake {
    machine: Machine,
    files: HashMap<Vec<u8>, Vec<u8>>,
    inputs: HashMap<InputId, Vec<u8>>,
    events: Vec<ServerEvent>,
    transaction: Transaction,
    written: Vec<(Stream, Vec<u8>)>,
    read_bytes: usize,
    log: String,
}

impl Fake {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            machine: Machine::new(settings).expect("settings are good"),
            files: HashMap::new(),
            inputs: HashMap::new(),
            events: Vec::new(),
            transaction: Transaction::Idle,
            written: Vec::new(),
            read_bytes: READ_BYTES,
            log: String::new(),
        }
    }

    pub(crate) fn with_file(mut self, name: &str, text: &[u8]) -> Self {
        self.files.insert(name.as_bytes().to_vec(), text.to_vec());
        self
    }

    /// Reads this many bytes at a time.
    pub(crate) fn with_reads(mut self, bytes: usize) -> Self {
        self.read_bytes = bytes;
        self
    }

    pub(crate) fn with_action(mut self, action: Action) -> Self {
        self.machine.push(action);
        self
    }

    /// Runs to the end; the transcript.
    pub(crate) fn run(mut self) -> String {
        loop {
            let effect = self.machine.next_effect();
            if let Effect::Write { to, bytes } = effect {
                self.write(to, &bytes);
                continue;
            }
            self.flush();
            if let Effect::Finish { code } = effect {
                self.note(&format!("exit {code}"));
                self.note(&format!("{:#?}", self.machine.report()));
                return self.log;
            }
            if let Some(outcome) = self.perform(effect) {
                self.machine.resume(outcome).expect("the outcome was asked for");
            }
        }
    }

    fn note(&mut self, line: &str) {
        self.log.push_str(line);
        self.log.push('\n');
    }

    fn write(&mut self, to: Stream, bytes: &[u8]) {
        match self.written.last_mut() {
            Some((stream, written)) if *stream == to => written.extend_from_slice(bytes),
            _ => self.written.push((to, bytes.to_vec())),
        }
    }

    fn flush(&mut self) {
        for (stream, bytes) in std::mem::take(&mut self.written) {
            let name = match stream {
                Stream::Stdout => "out".to_owned(),
                Stream::Stderr => "err".to_owned(),
                Stream::Output(id) => format!("to {}", id.0),
            };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            for line in text.split_inclusive('\n') {
                let end = if line.ends_with('\n') { "" } else { "⏎" };
                self.note(&format!("{name}| {}{end}", line.trim_end_matches('\n')));
            }
        }
    }

    fn perform(&mut self, effect: Effect) -> Option<Outcome> {
        if !matches!(effect, Effect::Read(_) | Effect::AwaitServer | Effect::Query(_)) {
            self.note(&shown(&effect));
        }
        match effect {
            Effect::Query(query) => {
                let sql = String::from_utf8_lossy(&query.sql).into_owned();
                let file = query.origin.file.as_deref().unwrap_or("-").to_owned();
                self.note(&format!("server> {sql:?} from {file}:{}", query.origin.line));
                self.events = self.answer(&sql);
                Some(self.next_event())
            }
            Effect::AwaitServer => Some(self.next_event()),
            Effect::CopyEnd => {
                self.events.insert(0, ServerEvent::Complete("COPY 1".to_owned()));
                None
            }
            Effect::OpenInput { input, target } => Some(self.open(input, &target)),
            Effect::Read(input) => {
                let rest = self.inputs.entry(input).or_default();
                let chunk = rest.drain(..rest.len().min(self.read_bytes)).collect();
                Some(Outcome::Chunk(Ok(chunk)))
            }
            Effect::OpenOutput { .. } => Some(Outcome::Opened(Ok(()))),
            Effect::FlushOutput(_) => Some(Outcome::Flushed(Ok(()))),
            Effect::CloseOutput(_) | Effect::FinishInput(_) => Some(Outcome::Closed(Ok(ShellEnd::Exit(0)))),
            Effect::Shell(Shell::Capture(command)) => {
                Some(Outcome::Shell(Ok((ShellEnd::Exit(0), [b"<", command.as_slice(), b">\n"].concat()))))
            }
            Effect::Shell(Shell::Inherit(_)) => Some(Outcome::Shell(Ok((ShellEnd::Exit(3), Vec::new())))),
            Effect::GetEnv(name) => Some(Outcome::Env(Some(name))),
            Effect::ChangeDir(_) => Some(Outcome::Done(Ok(()))),
            Effect::Connect(request) => Some(connect(&request)),
            _ => None,
        }
    }

    fn open(&mut self, input: InputId, target: &InputTarget) -> Outcome {
        let (InputTarget::Script(name) | InputTarget::File(name) | InputTarget::Program(name)) = target;
        match self.files.get(name) {
            Some(text) => {
                self.inputs.insert(input, text.clone());
                Outcome::Opened(Ok(()))
            }
            None => Outcome::Opened(Err("No such file or directory".to_owned())),
        }
    }

    fn next_event(&mut self) -> Outcome {
        let event = if self.events.is_empty() {
            ServerEvent::Ready { transaction: self.transaction, elapsed: Duration::from_millis(2) }
        } else {
            self.events.remove(0)
        };
        Outcome::Server(event)
    }

    /// The orders: `rows N`, `affect N`, `fail SQLSTATE`, `copy in`, `copy out`, `lose`, and transactions.
    fn answer(&mut self, sql: &str) -> Vec<ServerEvent> {
        let word = |key: &str| {
            let words = sql.split(|c: char| c.is_whitespace() || c == ';');
            words.skip_while(|word| *word != key).nth(1).unwrap_or_default().to_owned()
        };
        if sql.contains("lose") {
            return vec![ServerEvent::Lost("server closed the connection unexpectedly".to_owned())];
        }
        if sql.contains("fail") {
            if self.transaction == Transaction::Open {
                self.transaction = Transaction::Failed;
            }
            return vec![ServerEvent::Error(Box::new(failure(&word("fail"))))];
        }
        if sql.contains("rows") {
            return rows(word("rows").parse().unwrap_or(0));
        }
        if sql.contains("copy in") {
            return vec![ServerEvent::Copy { direction: CopyDirection::In, binary: false }];
        }
        let tag = if sql.contains("affect") {
            format!("UPDATE {}", word("affect"))
        } else {
            sql.split([' ', ';']).next().unwrap_or_default().to_uppercase()
        };
        match tag.as_str() {
            "BEGIN" => self.transaction = Transaction::Open,
            "COMMIT" | "ROLLBACK" => self.transaction = Transaction::Idle,
            _ => {}
        }
        vec![ServerEvent::Complete(tag)]
    }
}

fn rows(count: u32) -> Vec<ServerEvent> {
    let column = |name: &str, type_oid| Column { name: name.as_bytes().to_vec(), type_oid };
    let row = |n: u32| {
        ServerEvent::Row(
            [Some(n.to_string().as_bytes()), Some(b"text".as_slice())].into_iter().collect::<Row>(),
        )
    };
    let begin = ServerEvent::Columns(vec![column("n", INT4), column("t", TEXT)]);
    let end = ServerEvent::Complete(format!("SELECT {count}"));
    std::iter::once(begin).chain((1..=count).map(row)).chain([end]).collect()
}

fn failure(sqlstate: &str) -> ServerMessage {
    ServerMessage {
        severity: "ERROR".to_owned(),
        sqlstate: sqlstate.to_owned(),
        message: format!("failed with {sqlstate}").into_bytes(),
        hint: Some(b"do not ask for it".to_vec()),
        ..ServerMessage::default()
    }
}

fn connect(request: &ConnectRequest) -> Outcome {
    let mut info = connection();
    if let ConnectTarget::Parts { database: Some(database), .. } = &request.target {
        info.database = String::from_utf8_lossy(database).into_owned();
    }
    if info.database == "missing" {
        return Outcome::Connected(Err(ConnectFailure::Refused(
            "FATAL:  database \"missing\" does not exist".to_owned(),
        )));
    }
    Outcome::Connected(Ok(Box::new(info)))
}

/// The session at the start.
pub(crate) fn connection() -> ConnectionInfo {
    ConnectionInfo {
        database: "dev".to_owned(),
        user: "etl".to_owned(),
        host: "warehouse".to_owned(),
        port: 5439,
        client_encoding: "UTF8".to_owned(),
        standard_strings: true,
        ..ConnectionInfo::default()
    }
}

fn shown(effect: &Effect) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match effect {
        Effect::OpenInput { input, target } => match target {
            InputTarget::Script(name) => format!("open script {} as {}", text(name), input.0),
            InputTarget::File(name) => format!("open file {} as {}", text(name), input.0),
            InputTarget::Program(name) => format!("open program {} as {}", text(name), input.0),
        },
        Effect::Shell(Shell::Inherit(command)) => format!("shell> {}", text(command)),
        Effect::Shell(Shell::Capture(command)) => format!("capture> {}", text(command)),
        Effect::CopyData(data) => format!("copy> {:?}", text(data)),
        Effect::CloseInput(input) => format!("close {}", input.0),
        Effect::Connect(request) => match &request.target {
            ConnectTarget::Conninfo(conninfo) => format!("connect {}", text(conninfo)),
            ConnectTarget::Parts { database, user, host, port, password } => {
                let parts = [database, user, host, port, password];
                let parts = parts.map(|part| part.as_deref().map_or_else(|| "-".to_owned(), text));
                format!("connect {}", parts.join(" "))
            }
        },
        Effect::OpenOutput { output, target } => match target {
            OutputTarget::Append(name) => format!("append to file {} as {}", text(name), output.0),
            OutputTarget::File(name) => format!("create file {} as {}", text(name), output.0),
            OutputTarget::Program(name) => format!("start program {} as {}", text(name), output.0),
        },
        Effect::GetEnv(name) => format!("getenv {}", text(name)),
        Effect::SetEnv { name, value } => {
            format!("setenv {} {}", text(name), value.as_deref().map_or_else(|| "-".to_owned(), text))
        }
        other => format!("{other:?}"),
    }
}
