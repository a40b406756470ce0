//! The name of a session that works under another than the one it was opened with: it is set again whenever a script puts
//! it back to the latter, as `RESET ALL` and `DISCARD ALL` do.
//!
//! So a script meets what it would meet in a session of its own, whose reset leads back to the name it was opened with; and
//! whoever looks for a lost worker's sessions by name finds this one. A name that a script chooses itself is let be, as
//! there, too.

use super::{Reply, Session, Transaction};
use crate::sessions::literal;

/// The parameter that carries the name; the server reports each change of it.
const PARAMETER: &str = "application_name";

/// The two names of a session.
pub(super) struct Names {
    /// The one it was opened with.
    opened_with: String,
    /// The one it works under.
    at_work: String,
    /// Whether the name has been asked for and the answer is not complete.
    restoring: bool,
}

impl Session {
    /// From now on the session, which has just been given the name of its options, keeps it.
    pub(crate) fn keep_name(&mut self, opened_with: &str) {
        let at_work = self.options.application_name.clone();
        self.names = Some(Names { opened_with: opened_with.to_owned(), at_work, restoring: false });
    }

    /// The name is nobody's concern any more.
    pub(crate) fn let_name_go(&mut self) {
        self.names = None;
    }

    /// Whether a name is being set just now.
    pub(super) fn restores_name(&self) -> bool {
        self.names.as_ref().is_some_and(|names| names.restoring)
    }

    /// At the end of a query string: asks for the name where it was lost. True if an answer is to come. A failed transaction
    /// takes no settings; its end is the next chance, and gives back what was set before it began.
    pub(super) fn asks_for_name(&mut self) -> bool {
        let now = self.parameters.get(PARAMETER);
        let Some(names) = &mut self.names else { return false };
        if names.restoring {
            names.restoring = false;
            return false;
        }
        let lost = now == Some(&names.opened_with) && names.opened_with != names.at_work;
        if !lost || self.transaction == Transaction::Failed {
            return false;
        }
        names.restoring = true;
        let sql = setting(&names.at_work);
        self.queue_query(sql.as_bytes()).is_ok()
    }
}

/// The statement that gives a session this name.
pub(crate) fn setting(name: &str) -> String {
    format!("SET {PARAMETER} TO {}", literal(name))
}

/// Whether a reply belongs to the setting of a name, which nobody has asked for.
pub(super) fn is_own(reply: &Reply) -> bool {
    match reply {
        Reply::Error(message) => !message.is_fatal(),
        Reply::Complete(_) | Reply::Notice(_) | Reply::Parameter(..) => true,
        _ => false,
    }
}
