//! Panics of a run: tokio catches those of tasks, so a hook notes them. Owns the note; a run that has one has failed.

use std::cell::RefCell;
use std::sync::Once;

thread_local! {
    static NOTED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Begins to note the panics of this thread.
pub(crate) fn watch() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            NOTED.with_borrow_mut(|noted| {
                noted.get_or_insert_with(|| format!("a panic: {info}"));
            });
            before(info);
        }));
    });
    NOTED.take();
}

/// The first panic since.
pub(crate) fn noted() -> Option<String> {
    NOTED.take()
}
