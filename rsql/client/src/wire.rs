//! Messages from the server, decoded from bytes.
//!
//! Front-end messages and authentication come from the crate `postgres-protocol`; its decoder of
//! back-end messages insists on UTF-8 in names and tags, which a server need not send, so that half is here.
//! Knows nothing of sockets.

use bytes::{Buf, Bytes, BytesMut};
use postgres_protocol::message::backend::Header;

use crate::error::{ServerMessage, SessionError};

/// Longest message accepted. PostgreSQL's own limit of a row is 1 GiB.
const MESSAGE_BYTES_MAX: usize = 1 << 30;

/// What stands before the body of a message: its kind, and its length without that byte.
const HEADER_BYTES: usize = 5;

/// One column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name as the server sent it.
    pub name: Bytes,
    /// Type by object id (`pg_type.oid`).
    pub type_oid: u32,
    /// Type modifier (`atttypmod`), -1 when there is none.
    pub type_modifier: i32,
}

/// One row of a result: its cells in text format, `None` for NULL. Cloning is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    body: Bytes,
    cells: u16,
}

impl Row {
    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.cells)
    }

    /// Whether it has no cells, which PostgreSQL allows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells == 0
    }

    /// Bytes of the row on the wire, an upper bound of its cells' bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.body.len()
    }

    /// The cells in order; iteration stops at a malformed length.
    pub fn cells(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let mut rest: &[u8] = &self.body;
        (0..self.cells).map_while(move |_| {
            let (head, tail) = rest.split_at_checked(4)?;
            let length = i32::from_be_bytes(head.try_into().ok()?);
            let Ok(length) = usize::try_from(length) else {
                rest = tail;
                return Some(None);
            };
            let (cell, tail) = tail.split_at_checked(length)?;
            rest = tail;
            Some(Some(cell))
        })
    }
}

/// A message of the back end that matters to a client of the simple query protocol.
#[derive(Clone, Debug)]
pub(crate) enum Backend {
    Authentication {
        code: i32,
        data: Bytes,
    },
    KeyData {
        pid: i32,
        key: i32,
    },
    Parameter {
        name: String,
        value: String,
    },
    Ready(u8),
    Columns(Vec<Column>),
    Row(Row),
    Complete(Bytes),
    Empty,
    Error(ServerMessage),
    Notice(ServerMessage),
    Notification {
        pid: i32,
        channel: Bytes,
        payload: Bytes,
    },
    CopyIn {
        binary: bool,
    },
    CopyOut {
        binary: bool,
    },
    CopyData(Bytes),
    CopyDone,
    /// Known to the protocol, of no use here.
    Other,
}

/// Takes one whole message out of `buffer`; `None` when more bytes are needed (room for them is then reserved).
pub(crate) fn take(buffer: &mut BytesMut) -> Result<Option<Backend>, SessionError> {
    let Some(header) = Header::parse(buffer).map_err(|e| SessionError::Protocol(e.to_string()))? else {
        return Ok(None);
    };
    // The length counts itself but not the tag; `Header::parse` refuses anything below 4.
    let length = usize::try_from(header.len()).map_err(|_| malformed(header.tag()))? + 1;
    if length > MESSAGE_BYTES_MAX {
        return Err(SessionError::Protocol(format!("message of {length} bytes")));
    }
    if buffer.len() < length {
        buffer.reserve(length - buffer.len());
        return Ok(None);
    }
    let mut body = buffer.split_to(length).freeze();
    body.advance(5);
    decode(header.tag(), body).map(Some)
}

/// Takes a row out of `buffer`, if one stands there as a whole.
pub(crate) fn take_row(buffer: &mut BytesMut) -> Option<Row> {
    let length = whole(buffer, b'D')?;
    let cells = u16::from_be_bytes(buffer.get(HEADER_BYTES..HEADER_BYTES + 2)?.try_into().ok()?);
    let mut body = buffer.split_to(length);
    body.advance(HEADER_BYTES + 2);
    Some(Row { cells, body: body.freeze() })
}

/// Takes all COPY data out of `buffer` that stand there as a whole, and appends them.
pub(crate) fn take_copy_data(buffer: &mut BytesMut, data: &mut Vec<u8>) {
    let mut taken = 0;
    while let Some(length) = whole(&buffer[taken..], b'd') {
        data.extend_from_slice(&buffer[taken + HEADER_BYTES..taken + length]);
        taken += length;
    }
    buffer.advance(taken);
}

/// Length of the message at the start of a buffer, if it is of this kind and all there.
fn whole(buffer: &[u8], tag: u8) -> Option<usize> {
    let (head, _) = buffer.split_first_chunk::<HEADER_BYTES>()?;
    let length = usize::try_from(u32::from_be_bytes([head[1], head[2], head[3], head[4]])).ok()? + 1;
    (head[0] == tag && length >= HEADER_BYTES && length <= buffer.len()).then_some(length)
}

fn decode(tag: u8, mut body: Bytes) -> Result<Backend, SessionError> {
    let bad = || malformed(tag);
    Ok(match tag {
        b'R' => Backend::Authentication { code: body.try_get_i32().map_err(|_| bad())?, data: body },
        b'K' => Backend::KeyData {
            pid: body.try_get_i32().map_err(|_| bad())?,
            key: body.try_get_i32().map_err(|_| bad())?,
        },
        b'S' => {
            let name = c_text(&mut body).ok_or_else(bad)?;
            let value = c_text(&mut body).ok_or_else(bad)?;
            Backend::Parameter { name, value }
        }
        b'Z' => Backend::Ready(body.try_get_u8().map_err(|_| bad())?),
        b'T' => Backend::Columns(columns(&mut body).ok_or_else(bad)?),
        b'D' => Backend::Row(Row { cells: body.try_get_u16().map_err(|_| bad())?, body }),
        b'C' => Backend::Complete(c_bytes(&mut body).ok_or_else(bad)?),
        b'I' => Backend::Empty,
        b'E' => Backend::Error(server_message(&mut body).ok_or_else(bad)?),
        b'N' => Backend::Notice(server_message(&mut body).ok_or_else(bad)?),
        b'A' => Backend::Notification {
            pid: body.try_get_i32().map_err(|_| bad())?,
            channel: c_bytes(&mut body).ok_or_else(bad)?,
            payload: c_bytes(&mut body).ok_or_else(bad)?,
        },
        b'G' => Backend::CopyIn { binary: body.try_get_u8().map_err(|_| bad())? == 1 },
        b'H' => Backend::CopyOut { binary: body.try_get_u8().map_err(|_| bad())? == 1 },
        b'd' => Backend::CopyData(body),
        b'c' => Backend::CopyDone,
        b'1' | b'2' | b'3' | b'n' | b's' | b't' | b'v' => Backend::Other,
        _ => return Err(SessionError::Protocol(format!("unknown message type {:?}", char::from(tag)))),
    })
}

/// Whether an error is among the whole messages that have come.
pub(crate) fn has_error(buffer: &[u8]) -> bool {
    let mut rest = buffer;
    while let Ok(Some(header)) = Header::parse(rest) {
        let whole = usize::try_from(header.len()).ok().and_then(|length| rest.split_at_checked(length + 1));
        let Some((_, next)) = whole else { return false };
        if header.tag() == b'E' {
            return true;
        }
        rest = next;
    }
    false
}

fn columns(body: &mut Bytes) -> Option<Vec<Column>> {
    let count = body.try_get_u16().ok()?;
    let mut columns = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        let name = c_bytes(body)?;
        let _table_oid = body.try_get_u32().ok()?;
        let _attribute = body.try_get_i16().ok()?;
        let type_oid = body.try_get_u32().ok()?;
        let _type_length = body.try_get_i16().ok()?;
        let type_modifier = body.try_get_i32().ok()?;
        let _format = body.try_get_i16().ok()?;
        columns.push(Column { name, type_oid, type_modifier });
    }
    Some(columns)
}

fn server_message(body: &mut Bytes) -> Option<ServerMessage> {
    let mut fields = Vec::new();
    loop {
        match body.try_get_u8().ok()? {
            0 => return Some(ServerMessage { fields }),
            kind => fields.push((kind, c_bytes(body)?)),
        }
    }
}

fn c_bytes(body: &mut Bytes) -> Option<Bytes> {
    let end = body.iter().position(|b| *b == 0)?;
    let text = body.split_to(end);
    body.advance(1);
    Some(text)
}

fn c_text(body: &mut Bytes) -> Option<String> {
    Some(String::from_utf8_lossy(&c_bytes(body)?).into_owned())
}

fn malformed(tag: u8) -> SessionError {
    SessionError::Protocol(format!("malformed message of type {:?}", char::from(tag)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(tag: u8, body: &[u8]) -> BytesMut {
        let mut buffer = BytesMut::new();
        buffer.extend_from_slice(&[tag]);
        let length = u32::try_from(body.len() + 4).expect("test bodies are small");
        buffer.extend_from_slice(&length.to_be_bytes());
        buffer.extend_from_slice(body);
        buffer
    }

    #[test]
    fn a_message_is_taken_only_when_whole() {
        let whole = message(b'C', b"SELECT 1\0");
        for cut in 0..whole.len() {
            let mut part = BytesMut::from(&whole[..cut]);
            assert!(take(&mut part).expect("a prefix is no fault").is_none(), "cut at {cut}");
        }
        let mut all = whole.clone();
        assert!(matches!(take(&mut all), Ok(Some(Backend::Complete(tag))) if tag == "SELECT 1"));
        assert!(all.is_empty());
    }

    #[test]
    fn what_has_come_is_taken_together() {
        let mut buffer = message(b'd', b"ab\n");
        buffer.extend_from_slice(&message(b'd', b""));
        buffer.extend_from_slice(&message(b'd', b"c\n"));
        let row = message(b'D', b"\0\x01\0\0\0\x01x");
        buffer.extend_from_slice(&row);
        buffer.extend_from_slice(&row[..row.len() - 1]);
        assert!(take_row(&mut buffer).is_none(), "COPY data come first");
        let mut data = Vec::new();
        take_copy_data(&mut buffer, &mut data);
        assert_eq!(data, b"ab\nc\n");
        take_copy_data(&mut buffer, &mut data);
        assert_eq!(data, b"ab\nc\n");
        let taken = take_row(&mut buffer).expect("a row is there");
        assert_eq!(taken.cells().collect::<Vec<_>>(), [Some(&b"x"[..])]);
        assert!(take_row(&mut buffer).is_none(), "the next one is not complete");
        assert_eq!(buffer.len(), row.len() - 1);
    }

    #[test]
    fn an_error_is_seen_behind_other_messages() {
        let mut buffer = message(b'N', b"Mfirst\0\0");
        assert!(!has_error(&buffer));
        let error = message(b'E', b"Mno\0\0");
        buffer.extend_from_slice(&error[..error.len() - 1]);
        assert!(!has_error(&buffer), "it is not complete");
        buffer.extend_from_slice(&error[error.len() - 1..]);
        assert!(has_error(&buffer));
    }

    #[test]
    fn cells_tell_null_from_empty() {
        let mut body = vec![0, 3];
        body.extend_from_slice(&(-1_i32).to_be_bytes());
        body.extend_from_slice(&0_i32.to_be_bytes());
        body.extend_from_slice(&2_i32.to_be_bytes());
        body.extend_from_slice(b"\xffx");
        let Ok(Some(Backend::Row(row))) = take(&mut message(b'D', &body)) else { panic!("no row") };
        assert_eq!(row.cells().collect::<Vec<_>>(), [None, Some(&b""[..]), Some(&b"\xffx"[..])]);
    }

    #[test]
    fn malformed_messages_are_errors() {
        for (tag, body) in
            [(b'K', &b"\0\0"[..]), (b'E', b"Sfoo"), (b'T', b"\0\x02x\0"), (b'S', b"a\0b"), (b'?', b"")]
        {
            assert!(take(&mut message(tag, body)).is_err(), "{:?}", char::from(tag));
        }
    }
}
