//! An error or notice of the server, with every field of the protocol. How it is shown is not decided here.

/// The fields of an `ErrorResponse` or `NoticeResponse`. Bytes that are not UTF-8 were replaced.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerMessage {
    /// `S`: severity, possibly translated (`ERROR`, `NOTICE`, …).
    pub severity: String,
    /// `C`: SQLSTATE.
    pub sqlstate: String,
    /// `M`: primary message.
    pub message: String,
    /// `D`: detail.
    pub detail: Option<String>,
    /// `H`: hint.
    pub hint: Option<String>,
    /// `P`: place in the query text, in characters from 1.
    pub position: Option<u32>,
    /// `p`: place in `internal_query`.
    pub internal_position: Option<u32>,
    /// `q`: text of an internally generated command.
    pub internal_query: Option<String>,
    /// `W`: context, a stack of lines.
    pub context: Option<String>,
    /// `s`: schema name.
    pub schema: Option<String>,
    /// `t`: table name.
    pub table: Option<String>,
    /// `c`: column name.
    pub column: Option<String>,
    /// `d`: data type name.
    pub data_type: Option<String>,
    /// `n`: constraint name.
    pub constraint: Option<String>,
    /// `F`: source file of the server.
    pub file: Option<String>,
    /// `L`: line of that file.
    pub line: Option<String>,
    /// `R`: routine.
    pub routine: Option<String>,
}
