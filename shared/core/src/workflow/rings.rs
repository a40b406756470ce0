//! Rings in a graph of needs: for each knot of jobs that need each other, one ring through it. Owns Tarjan's search, with a
//! stack of its own, since chains may be 100,000 jobs long.

use super::graph::JobIx;

const UNSEEN: u32 = u32::MAX;

/// One ring of each knot. In a ring each job is needed by the next and the last by the first; the job that is first in the
/// definition stands first. Knots are in definition order. Needs beyond the list are ignored.
pub(super) fn rings(needs: &[&[JobIx]]) -> Vec<Vec<JobIx>> {
    let mut search = Search::new(needs);
    for start in 0..needs.len() {
        if search.seen[start] == UNSEEN {
            search.explore(JobIx::of(start));
        }
    }
    let knots = search.knots;
    let mut found: Vec<Vec<JobIx>> = Vec::new();
    let mut done = vec![false; search.count as usize];
    for start in 0..needs.len() {
        let knot = knots[start];
        if std::mem::replace(&mut done[knot as usize], true) {
            continue;
        }
        found.extend(ring(needs, &knots, JobIx::of(start)));
    }
    found
}

/// Walks needs inside of a knot until a job comes up twice. A job on its own that does not need itself has no ring.
fn ring(needs: &[&[JobIx]], knots: &[u32], start: JobIx) -> Option<Vec<JobIx>> {
    let inside = |ix: &JobIx| knots.get(ix.at()) == Some(&knots[start.at()]);
    let mut path = vec![start];
    let mut position = std::collections::HashMap::from([(start, 0)]);
    let mut at = start;
    loop {
        at = *needs[at.at()].iter().find(|need| inside(need))?;
        if let Some(&first) = position.get(&at) {
            let mut ring = path.split_off(first);
            ring.reverse();
            let least = ring.iter().enumerate().min_by_key(|(_, ix)| **ix).map_or(0, |(index, _)| index);
            ring.rotate_left(least);
            return Some(ring);
        }
        position.insert(at, path.len());
        path.push(at);
    }
}

/// The state of Tarjan's search for strongly connected components.
struct Search<'n> {
    needs: &'n [&'n [JobIx]],
    seen: Vec<u32>,
    low: Vec<u32>,
    /// The component of each job that is finished; `UNSEEN` before.
    knots: Vec<u32>,
    pending: Vec<JobIx>,
    clock: u32,
    count: u32,
}

impl<'n> Search<'n> {
    fn new(needs: &'n [&'n [JobIx]]) -> Self {
        let fresh = || vec![UNSEEN; needs.len()];
        Self { needs, seen: fresh(), low: fresh(), knots: fresh(), pending: Vec::new(), clock: 0, count: 0 }
    }

    fn explore(&mut self, start: JobIx) {
        let mut stack = vec![(start, 0)];
        self.enter(start);
        while let Some((at, next)) = stack.last_mut() {
            let at = *at;
            let Some(&need) = self.needs[at.at()].get(*next) else {
                stack.pop();
                self.leave(at, stack.last().map(|(before, _)| *before));
                continue;
            };
            *next += 1;
            match self.seen.get(need.at()) {
                Some(&UNSEEN) => {
                    self.enter(need);
                    stack.push((need, 0));
                }
                Some(&seen) if self.knots[need.at()] == UNSEEN => {
                    self.low[at.at()] = self.low[at.at()].min(seen);
                }
                _ => {}
            }
        }
    }

    fn enter(&mut self, at: JobIx) {
        self.seen[at.at()] = self.clock;
        self.low[at.at()] = self.clock;
        self.clock += 1;
        self.pending.push(at);
    }

    fn leave(&mut self, at: JobIx, before: Option<JobIx>) {
        let low = self.low[at.at()];
        if let Some(before) = before {
            self.low[before.at()] = self.low[before.at()].min(low);
        }
        if low != self.seen[at.at()] {
            return;
        }
        while let Some(member) = self.pending.pop() {
            self.knots[member.at()] = self.count;
            if member == at {
                break;
            }
        }
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(needs: &[&[u32]], expect: &[&[u32]]) {
        let needs: Vec<Vec<JobIx>> =
            needs.iter().map(|list| list.iter().map(|ix| JobIx(*ix)).collect()).collect();
        let lists: Vec<&[JobIx]> = needs.iter().map(Vec::as_slice).collect();
        let seen: Vec<Vec<u32>> =
            rings(&lists).iter().map(|ring| ring.iter().map(|ix| ix.0).collect()).collect();
        assert_eq!(seen, expect, "{needs:?}");
    }

    #[test]
    fn one_ring_a_knot() {
        check(&[], &[]);
        check(&[&[], &[0], &[0, 1]], &[]);
        check(&[&[0]], &[&[0]]);
        check(&[&[1], &[0]], &[&[0, 1]]);
        check(&[&[2], &[0], &[1]], &[&[0, 1, 2]]);
        // A knot behind a ring has a ring of its own only if it is one.
        check(&[&[1], &[0], &[1], &[2]], &[&[0, 1]]);
        check(&[&[1], &[0], &[1, 3], &[2]], &[&[0, 1], &[2, 3]]);
        check(&[&[9]], &[]);
    }

    #[test]
    fn long_chains_need_no_deep_stack() {
        let count = 100_000;
        let needs: Vec<Vec<JobIx>> = (0..count).map(|ix| vec![JobIx((ix + 1) % count)]).collect();
        let lists: Vec<&[JobIx]> = needs.iter().map(Vec::as_slice).collect();
        assert_eq!(rings(&lists).iter().map(Vec::len).collect::<Vec<_>>(), [count as usize]);
    }
}
