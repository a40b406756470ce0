//! What only a session with a person has: lines that are asked for, editors, pagers, and Ctrl-C, which ends what runs and not
//! the program.

use std::time::Duration;

use rsql_lang::{Answer, Ask, Edit, Effect, Outcome, Paging, ServerEvent};

use super::children::{Running, Taken};
use super::{Driver, Stop, or_stop};
use crate::driver::not_written;
use crate::program::editor::Editing;
use crate::program::interactive::{Event, Interrupts, Typist};
use crate::program::pager::{Page, Screen};
use crate::run::Stream;

/// The person at the terminal.
pub(crate) struct Person {
    /// Whom lines are asked of; nobody where the person only reads.
    pub(crate) typist: Option<Typist>,
    pub(crate) interrupts: Interrupts,
    /// Whether what is written to standard output is of something that was interrupted, and not shown any more.
    muted: bool,
}

impl Person {
    pub(crate) fn new(typist: Option<Typist>, interrupts: Interrupts) -> Person {
        Person { typist, interrupts, muted: false }
    }

    /// Whether standard output is not shown until the next line is asked for.
    pub(super) fn is_muted(&self) -> bool {
        self.muted
    }
}

/// Waits for Ctrl-C; for ever where there is nobody, or Ctrl-C ends the program.
pub(super) async fn interrupted(person: Option<&mut Person>) {
    match person {
        Some(Person { typist: Some(_), interrupts, .. }) => interrupts.next().await,
        _ => std::future::pending().await,
    }
}

impl Driver {
    /// Takes note of a Ctrl-C since the last effect.
    pub(super) async fn notice_interrupt(&mut self) -> Result<(), Stop> {
        if !self.query_is_interrupted() {
            return Ok(());
        }
        if self.server.busy {
            return self.interrupt_query().await;
        }
        self.machine.interrupt_typed();
        if let Some(person) = &mut self.person {
            person.muted = true;
        }
        Ok(())
    }

    /// Whether Ctrl-C was pressed while a query runs.
    pub(super) fn query_is_interrupted(&mut self) -> bool {
        let Some(person) = &mut self.person else { return false };
        person.typist.is_some() && person.interrupts.take()
    }

    /// Cancels the running query on the server, as Ctrl-C asks; its error comes as an event.
    pub(super) async fn interrupt_query(&mut self) -> Result<(), Stop> {
        self.server.cancel().await;
        self.machine.interrupt_typed();
        if let Some(person) = &mut self.person {
            person.muted = true;
        }
        self.console.write(Stream::Stderr, b"Cancel request sent\n").await
    }

    /// The outcome of a query's first event, should Ctrl-C come before it.
    pub(super) async fn interrupted_query(&mut self) -> Result<ServerEvent, Stop> {
        self.interrupt_query().await?;
        self.next_event().await
    }

    /// With its error an interrupted query is over, and what follows is shown again.
    pub(super) fn unmute_after(&mut self, event: &ServerEvent) {
        if let (Some(person), ServerEvent::Error(_)) = (&mut self.person, event) {
            person.muted = false;
        }
    }

    /// A pause, which Ctrl-C ends.
    pub(super) async fn sleep(&mut self, pause: Duration) -> Result<Outcome, Stop> {
        let stop = self.stop.clone();
        tokio::select! {
            biased;
            () = stop.cancelled() => return Err(Stop::Cancelled),
            () = interrupted(self.person.as_mut()) => self.machine.interrupt_typed(),
            () = tokio::time::sleep(pause) => {}
        }
        Ok(Outcome::Slept)
    }

    /// Effects that only a person's session has.
    pub(super) async fn perform_typed(&mut self, effect: Effect) -> Result<Option<Outcome>, Stop> {
        Ok(Some(match effect {
            Effect::Ask(ask) => {
                let answer = self.ask(*ask).await?;
                if let Some(typist) = self.person.as_ref().and_then(|person| person.typist.as_ref()) {
                    self.machine.set_columns(typist.columns());
                }
                Outcome::Answered(answer)
            }
            Effect::Edit(edit) => Outcome::Edited(self.edit(&edit).await?),
            Effect::History(keeping) => {
                let typist = self.person.as_mut().and_then(|person| person.typist.as_mut());
                Outcome::History(typist.and_then(|typist| typist.history(&keeping)))
            }
            Effect::Remember(entry) => {
                if let Some(typist) = self.person.as_mut().and_then(|person| person.typist.as_mut()) {
                    typist.remember(&entry);
                }
                return Ok(None);
            }
            Effect::BeginPage(paging) => return self.begin_page(paging).map(|()| None),
            _ => return self.end_page().map(|()| None),
        }))
    }

    /// Asks for a line, and meanwhile the server for names that complete it.
    async fn ask(&mut self, ask: Ask) -> Result<Answer, Stop> {
        let stop = self.stop.clone();
        let Driver { person, server, .. } = self;
        let Some(Person { typist: Some(typist), interrupts, muted }) = person else { return Ok(Answer::End) };
        *muted = false;
        interrupts.take();
        let data = ask.statement.is_none();
        typist.ask(ask).map_err(|error| not_written(&error))?;
        loop {
            let signals = typist.hears_signals();
            tokio::select! {
                biased;
                () = stop.cancelled() => return Err(Stop::Cancelled),
                event = typist.next() => match event {
                    Event::Answer(answer) => return Ok(answer),
                    Event::Question(question) => {
                        let names = or_stop(&stop, server.names(&question.sql)).await?;
                        question.answer(names);
                    }
                },
                () = interrupts.next(), if signals => {
                    let end: &[u8] = if data { b"" } else { b"\n" };
                    return self.console.write(Stream::Stdout, end).await.map(|()| Answer::Interrupted);
                }
            }
        }
    }

    /// Runs the editor, which gets the terminal.
    async fn edit(&mut self, edit: &Edit) -> Result<Result<Option<Vec<u8>>, String>, Stop> {
        let stop = self.stop.clone();
        let Driver { place, console, .. } = self;
        let editing = match Editing::prepare(edit, &place.environment, &place.directory) {
            Ok(editing) => editing,
            Err(message) => return Ok(Err(message)),
        };
        let end = match Running::start(place, console, &editing.command(), Taken::Nothing) {
            Ok(mut running) => or_stop(&stop, running.wait()).await??,
            Err(reason) => Err(reason),
        };
        Ok(editing.finish(end))
    }

    fn begin_page(&mut self, paging: Paging) -> Result<(), Stop> {
        let screen = self.person.as_ref().and_then(|_| Screen::of_stdout());
        let Some(screen) = screen else { return Ok(()) };
        let page = Page::begin(paging, screen, &self.place.environment);
        self.console.begin_page(page)
    }

    fn end_page(&mut self) -> Result<(), Stop> {
        self.console.end_page()
    }
}
