//! `rsqlctl`, the operator's command.

fn main() {}
