//! An error or notice of the server, with every field of the protocol. How it is shown is not decided here.

/// The fields of an `ErrorResponse` or `NoticeResponse`. Texts are bytes of the client encoding, as the server sent them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerMessage {
    /// `S`: severity, possibly translated (`ERROR`, `NOTICE`, …).
    pub severity: String,
    /// `C`: SQLSTATE.
    pub sqlstate: String,
    /// `M`: primary message.
    pub message: Vec<u8>,
    /// `D`: detail.
    pub detail: Option<Vec<u8>>,
    /// `H`: hint.
    pub hint: Option<Vec<u8>>,
    /// `P`: place in the query text, in characters from 1.
    pub position: Option<u32>,
    /// `p`: place in `internal_query`.
    pub internal_position: Option<u32>,
    /// `q`: text of an internally generated command.
    pub internal_query: Option<Vec<u8>>,
    /// `W`: context, a stack of lines.
    pub context: Option<Vec<u8>>,
    /// `s`: schema name.
    pub schema: Option<Vec<u8>>,
    /// `t`: table name.
    pub table: Option<Vec<u8>>,
    /// `c`: column name.
    pub column: Option<Vec<u8>>,
    /// `d`: data type name.
    pub data_type: Option<Vec<u8>>,
    /// `n`: constraint name.
    pub constraint: Option<Vec<u8>>,
    /// `F`: source file of the server.
    pub file: Option<String>,
    /// `L`: line of that file.
    pub line: Option<String>,
    /// `R`: routine.
    pub routine: Option<String>,
}
