//! Exit codes of `rsql` (docs/rsql.md, point 5). Scripts and schedulers test these numbers: they never change meaning.

/// The script came to its end, or said `\exit` without a number.
pub const SUCCESS: i32 = 0;
/// Our own failure: bad option, missing script, out of resources, or the last `-c` failed.
pub const FAILURE: i32 = 1;
/// No connection could be made, or it was lost and the session was not interactive.
pub const BAD_CONNECTION: i32 = 2;
/// A statement or command of the script failed and `ON_ERROR_STOP` was set.
pub const SCRIPT_ERROR: i32 = 3;
/// Cancelled from outside (a signal to the executable, the worker's token): 128 + SIGINT, as shells report it.
pub const CANCELLED: i32 = 130;
/// Nobody reads standard output any more: 128 + SIGPIPE, as shells report it for psql.
pub const OUTPUT_CLOSED: i32 = 141;
