//! Signals to the executable: which end it, with what code, and which only interrupt a person's statement.
//!
//! They are heard in a thread of their own, also while the one that runs the script is blocked writing to a slow pipe.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::exit_codes;

/// Longest time from SIGTERM to the end, whatever the server or a reader of our output does: below the 10 s that
/// supervisors commonly grant before they kill.
const END_TIMEOUT: Duration = Duration::from_secs(8);

/// What SIGINT does.
#[derive(Debug)]
pub(super) enum OnInterrupt {
    /// It ends the program, as it ends a script.
    End,
    /// It is told here, and ends what a person runs just now.
    Tell(watch::Sender<u64>),
}

/// Fires the token at the first signal that ends the program, and says with which code to end. A second one ends the
/// process at once.
pub(super) fn watch_all(stop: &CancellationToken, on_interrupt: OnInterrupt) -> watch::Receiver<i32> {
    let (sender, receiver) = watch::channel(exit_codes::SCRIPT_ERROR);
    // Without it signals do what they do to a program that has no mind of its own: they end it.
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return receiver };
    match on_interrupt {
        // psql ends an interrupted script like one that failed.
        OnInterrupt::End => {
            end_at(&runtime, SignalKind::interrupt(), exit_codes::SCRIPT_ERROR, stop, &sender);
        }
        OnInterrupt::Tell(interrupts) => tell_interrupts(&runtime, interrupts),
    }
    // The others as the shell reports a death by signal.
    end_at(&runtime, SignalKind::terminate(), 128 + 15, stop, &sender);
    end_at(&runtime, SignalKind::hangup(), 128 + 1, stop, &sender);
    std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    receiver
}

fn end_at(
    runtime: &Runtime,
    kind: SignalKind,
    code: i32,
    stop: &CancellationToken,
    sender: &watch::Sender<i32>,
) {
    let (stop, sender) = (stop.clone(), sender.clone());
    let _inside = runtime.enter();
    let Ok(mut signals) = signal(kind) else { return };
    runtime.spawn(async move {
        while signals.recv().await.is_some() {
            if stop.is_cancelled() {
                std::process::exit(128 + kind.as_raw_value());
            }
            sender.send_replace(code);
            stop.cancel();
            if kind != SignalKind::interrupt() {
                tokio::time::sleep(END_TIMEOUT).await;
                std::process::exit(code);
            }
        }
    });
}

fn tell_interrupts(runtime: &Runtime, interrupts: watch::Sender<u64>) {
    let _inside = runtime.enter();
    let Ok(mut signals) = signal(SignalKind::interrupt()) else { return };
    runtime.spawn(async move {
        while signals.recv().await.is_some() {
            interrupts.send_modify(|count| *count += 1);
        }
    });
}
