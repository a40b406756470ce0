//! `\password`: a new password for a user, hashed before it leaves the client and never shown.

use super::ask::{About, Question};
use super::{Args, Flow};
use crate::effect::{Effect, PasswordHash};
use crate::io::Waiting;
use crate::machine::Machine;
use crate::print::Table;
use crate::run::Purpose;
use crate::special::EchoHidden;
use crate::text::{lossy, sql_identifier, sql_literal};

impl Machine {
    /// `\password [USER]`
    pub(super) fn change_password(&mut self, args: &Args) -> Flow {
        let given = args.get(0).map(<[u8]>::to_vec);
        let user = match given {
            Some(user) => user,
            None => match self.inquire(|_, inquiry| inquiry.ask("SELECT CURRENT_USER")) {
                Ok(answer) => first_cell(&answer),
                Err(flow) => return flow,
            },
        };
        let text = format!("Enter new password for user \"{}\": ", lossy(&user)).into_bytes();
        self.ask_person(Question { text, about: About::Password { user } });
        Flow::Wait
    }

    pub(super) fn ask_again(&mut self, user: Vec<u8>, first: Vec<u8>) {
        let about = About::PasswordAgain { user, first };
        self.ask_person(Question { text: b"Enter it again: ".to_vec(), about });
    }

    pub(super) fn passwords_given(&mut self, user: Vec<u8>, first: Vec<u8>, again: &[u8]) {
        if first != again {
            self.error("Passwords didn't match.");
            return self.command_failed();
        }
        let hash = PasswordHash { user, password: first, method: String::new() };
        self.start_internal(b"SHOW password_encryption", Purpose::PasswordMethod(hash));
    }

    /// It is known how the server keeps passwords, or not; then it is told why.
    pub(crate) fn password_method(&mut self, hash: PasswordHash, answer: Option<Table>) {
        let Some(answer) = answer else { return self.command_failed() };
        let user = hash.user.clone();
        let hash = PasswordHash { method: lossy(&first_cell(&answer)).into_owned(), ..hash };
        self.io.ask(Effect::HashPassword(hash), Waiting::Hashed { user });
    }

    /// The password is hashed, or why it cannot be.
    pub(crate) fn password_hashed(&mut self, user: &[u8], hash: Result<String, String>) {
        let hash = match hash {
            Ok(hash) => hash,
            Err(message) => {
                self.info(&message);
                return self.command_failed();
            }
        };
        let mut sql = b"ALTER USER ".to_vec();
        sql.extend_from_slice(&sql_identifier(user));
        sql.extend_from_slice(b" PASSWORD ");
        sql.extend_from_slice(&sql_literal(hash.as_bytes()));
        self.show_question(&lossy(&sql));
        if self.special.echo_hidden == EchoHidden::Noexec {
            return self.command_failed();
        }
        self.start_internal(&sql, Purpose::Command);
    }
}

fn first_cell(table: &Table) -> Vec<u8> {
    table.rows.first().and_then(|row| row.cell(0)).unwrap_or_default().to_vec()
}
