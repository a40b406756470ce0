//! Workflows by seed: chains, fans, diamonds, layers and tangles, with everything that an author can write about a job.
//! Owns their text; the real reader compiles it.

use std::fmt::Write as _;

/// One of the shapes.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Chain,
    Fan,
    Layers,
    Tangle,
    Loose,
}

/// The text of a workflow.
pub(crate) fn text(name: &str, dice: &mut fastrand::Rng) -> String {
    let count = match dice.u8(0..100) {
        0..=64 => dice.usize(1..10),
        65..=94 => dice.usize(10..32),
        95..=98 => dice.usize(32..90),
        _ => dice.usize(90..400),
    };
    let mut text = format!("workflow: {name}\n");
    head(&mut text, dice);
    text.push_str("jobs:\n");
    let needs = needs(count, dice);
    for (index, needs) in needs.iter().enumerate() {
        let line = job(index, needs, dice);
        let _ = writeln!(text, "  - {{ {line} }}");
    }
    text
}

fn head(text: &mut String, dice: &mut fastrand::Rng) {
    let _ = writeln!(text, "on_failure: {}", if dice.bool() { "stop" } else { "continue" });
    if dice.u8(0..3) == 0 {
        let _ = writeln!(text, "max_parallel: {}", dice.u8(1..5));
    }
    if dice.u8(0..5) == 0 {
        let _ = writeln!(text, "timeout: {}m", dice.u8(3..40));
    }
    let alerts = ["failure, late, recovered], late_after: 2m", "failure, recovered]", "failure]"];
    let _ = writeln!(text, "alerts: {{ on: [{} }}", alerts[dice.usize(0..alerts.len())]);
}

fn needs(count: usize, dice: &mut fastrand::Rng) -> Vec<Vec<usize>> {
    let shapes = [Shape::Chain, Shape::Fan, Shape::Layers, Shape::Tangle, Shape::Tangle, Shape::Loose];
    let shape = shapes[dice.usize(0..shapes.len())];
    let width = dice.usize(1..9);
    (0..count)
        .map(|index| match shape {
            Shape::Chain => index.checked_sub(1).into_iter().collect(),
            Shape::Fan if index == 0 => Vec::new(),
            Shape::Fan if index + 1 == count => (1..index).collect(),
            Shape::Fan => vec![0],
            Shape::Layers => {
                let before = (index / width).checked_sub(1);
                before.map(|layer| (layer * width..(layer + 1) * width).collect()).unwrap_or_default()
            }
            Shape::Tangle => some(index, dice),
            Shape::Loose => Vec::new(),
        })
        .collect()
}

/// Up to four of the jobs before.
fn some(index: usize, dice: &mut fastrand::Rng) -> Vec<usize> {
    let mut needs: Vec<usize> =
        (0..dice.usize(0..5)).filter(|_| index > 0).map(|_| dice.usize(0..index.max(1))).collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}

fn job(index: usize, needs: &[usize], dice: &mut fastrand::Rng) -> String {
    let mut line = format!("id: j{index}");
    let precondition = dice.u8(0..12) == 0;
    if precondition {
        line.push_str(", precondition: { file: \"landed\" }");
        let _ = write!(line, ", poll: {}s, timeout: {}m", dice.u8(1..40), dice.u8(1..20));
    } else {
        // A script that hangs is ended by its time limit, so each has one.
        let _ = write!(line, ", script: s.sh, timeout: {}s", dice.u16(20..400));
    }
    if !needs.is_empty() {
        let list: Vec<String> = needs.iter().map(|need| format!("j{need}")).collect();
        let _ = write!(line, ", needs: [{}]", list.join(", "));
        let run_if = ["all_settled", "any_failed", "any_succeeded"];
        if let Some(run_if) = run_if.get(dice.usize(0..9)) {
            let _ = write!(line, ", run_if: {run_if}");
        }
    }
    if dice.u8(0..6) == 0 {
        line.push_str(", allow_failure: true");
    }
    if dice.bool() && !precondition {
        let on = ["", ", on: [connection, exit_code]", ", on: [any]", ""][dice.usize(0..4)];
        let (attempts, backoff) = (dice.u8(2..5), dice.u8(1..30));
        let _ = write!(line, ", retry: {{ attempts: {attempts}, backoff: {backoff}s, max: 2m{on} }}");
    }
    line
}
