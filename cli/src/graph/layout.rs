//! Where the nodes of a layered drawing stand. Owns the way of edges through layers, the order within a layer, columns, and
//! the tracks of edges between two layers. Does not draw.

use std::collections::BTreeMap;

use super::Picture;

/// Blanks between two neighbours of a layer.
const GAP: usize = 2;
/// Rounds of ordering and of placing; drawings of a terminal's size settle in fewer.
const ROUNDS: usize = 6;

/// A node, or the place where an edge passes through a layer.
pub(super) struct Item {
    /// Position in the picture's nodes; none for an edge that passes.
    pub(super) node: Option<usize>,
    /// Width in columns.
    pub(super) width: usize,
    /// Middle column.
    pub(super) middle: usize,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Everything in its place.
pub(super) struct Layout {
    /// All items; layers name them by position.
    pub(super) items: Vec<Item>,
    /// Items of each layer from left to right.
    pub(super) layers: Vec<Vec<usize>>,
}

/// Edges to the layer below that are drawn as one: all from items with the same dependents there. Each of the items above is
/// joined with each below.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Net {
    /// Columns of the items above.
    pub(super) from: Vec<usize>,
    /// Columns of the items below.
    pub(super) to: Vec<usize>,
    /// Row among the tracks; none when the way is straight down.
    pub(super) track: Option<usize>,
}

impl Net {
    /// Leftmost and rightmost column.
    pub(super) fn span(&self) -> (usize, usize) {
        let all = || self.from.iter().chain(&self.to).copied();
        (all().min().unwrap_or(0), all().max().unwrap_or(0))
    }
}

impl Layout {
    /// Places a picture; `width` gives the width of a node's box.
    pub(super) fn of(picture: &Picture, width: impl Fn(usize) -> usize) -> Self {
        let mut layout = Self { items: Vec::new(), layers: Vec::new() };
        for (index, node) in picture.nodes.iter().enumerate() {
            layout.add(node.layer, Some(index), width(index));
        }
        layout.connect(picture);
        layout.order();
        layout.place();
        layout
    }

    /// Columns in use.
    pub(super) fn columns(&self) -> usize {
        self.items.iter().map(|item| item.left() + item.width).max().unwrap_or(0)
    }

    /// The nets between a layer and the next, with tracks, and how many tracks there are.
    pub(super) fn nets(&self, layer: usize) -> (Vec<Net>, usize) {
        let mut nets: Vec<Net> = Vec::new();
        for item in
            self.layers[layer].iter().map(|item| &self.items[*item]).filter(|item| !item.below.is_empty())
        {
            let mut to: Vec<usize> = item.below.iter().map(|to| self.items[*to].middle).collect();
            to.sort_unstable();
            match nets.iter_mut().find(|net| net.to == to) {
                Some(net) => net.from.push(item.middle),
                None => nets.push(Net { from: vec![item.middle], to, track: None }),
            }
        }
        let tracks = assign_tracks(&mut nets);
        (nets, tracks)
    }

    fn add(&mut self, layer: usize, node: Option<usize>, width: usize) -> usize {
        if self.layers.len() <= layer {
            self.layers.resize_with(layer + 1, Vec::new);
        }
        self.items.push(Item { node, width, middle: 0, above: Vec::new(), below: Vec::new() });
        self.layers[layer].push(self.items.len() - 1);
        self.items.len() - 1
    }

    /// Leads every edge through the layers between its ends. Edges of one need share their way as far as they can.
    fn connect(&mut self, picture: &Picture) {
        let mut passing: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for (from, to) in &picture.edges {
            let mut at = *from;
            for layer in picture.nodes[*from].layer + 1..picture.nodes[*to].layer {
                at = match passing.get(&(*from, layer)) {
                    Some(next) => *next,
                    None => {
                        let next = self.add(layer, None, 1);
                        self.join(at, next);
                        passing.insert((*from, layer), next);
                        next
                    }
                };
            }
            self.join(at, *to);
        }
    }

    fn join(&mut self, above: usize, below: usize) {
        self.items[above].below.push(below);
        self.items[below].above.push(above);
    }

    /// Sorts layers by the mean position of neighbours, down and up, which brings crossings down.
    fn order(&mut self) {
        for round in 0..ROUNDS {
            let down = round % 2 == 0;
            let mut rank = vec![0.0; self.items.len()];
            for index in self.direction(down) {
                let layer = &mut self.layers[index];
                let mean = |item: &usize| {
                    let neighbours = if down { &self.items[*item].above } else { &self.items[*item].below };
                    let sum: f64 = neighbours.iter().map(|neighbour| rank[*neighbour]).sum();
                    (!neighbours.is_empty()).then(|| sum / neighbours.len() as f64)
                };
                let mut keyed: Vec<(f64, usize)> = layer
                    .iter()
                    .enumerate()
                    .map(|(at, item)| (mean(item).unwrap_or(at as f64), *item))
                    .collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                *layer = keyed.into_iter().map(|(_, item)| item).collect();
                for (at, item) in layer.iter().enumerate() {
                    rank[*item] = at as f64;
                }
            }
        }
    }

    fn direction(&self, down: bool) -> Vec<usize> {
        let all = 0..self.layers.len();
        if down { all.collect() } else { all.rev().collect() }
    }

    /// Moves every item towards the middle of its neighbours, as far as those beside it allow.
    fn place(&mut self) {
        let mut middles: Vec<i64> = vec![0; self.items.len()];
        for layer in &self.layers {
            let mut free = 0;
            for item in layer {
                middles[*item] = free + half(&self.items[*item]);
                free += columns(&self.items[*item]) + GAP as i64;
            }
        }
        for round in 0..ROUNDS {
            let down = round % 2 == 1;
            for index in self.direction(down) {
                self.centre(&self.layers[index], down, &mut middles);
            }
        }
        let leftmost =
            self.items.iter().zip(&middles).map(|(item, middle)| middle - half(item)).min().unwrap_or(0);
        for (item, middle) in self.items.iter_mut().zip(middles) {
            item.middle = usize::try_from(middle - leftmost).unwrap_or(0);
        }
    }

    fn centre(&self, layer: &[usize], down: bool, middles: &mut [i64]) {
        let wish = |item: usize| {
            let neighbours = if down { &self.items[item].above } else { &self.items[item].below };
            let sum: i64 = neighbours.iter().map(|neighbour| middles[*neighbour]).sum();
            if neighbours.is_empty() { middles[item] } else { sum.div_euclid(neighbours.len() as i64) }
        };
        let wishes: Vec<i64> = layer.iter().map(|item| wish(*item)).collect();
        let apart = |left: usize, right: usize| {
            let (left, right) = (&self.items[layer[left]], &self.items[layer[right]]);
            columns(left) - half(left) + GAP as i64 + half(right)
        };
        // Pushed apart to the right and to the left: the mean of two good placings is one, and favours neither side.
        let mut rightward = wishes.clone();
        for at in 1..layer.len() {
            rightward[at] = wishes[at].max(rightward[at - 1] + apart(at - 1, at));
        }
        let mut leftward = wishes;
        for at in (0..layer.len().saturating_sub(1)).rev() {
            leftward[at] = leftward[at].min(leftward[at + 1] - apart(at, at + 1));
        }
        for (at, item) in layer.iter().enumerate() {
            middles[*item] = (rightward[at] + leftward[at]).div_euclid(2);
        }
    }
}

impl Item {
    /// Leftmost column.
    pub(super) fn left(&self) -> usize {
        self.middle - self.width / 2
    }
}

fn half(item: &Item) -> i64 {
    columns(item) / 2
}

fn columns(item: &Item) -> i64 {
    i64::try_from(item.width).unwrap_or(i64::MAX / 4)
}

/// Gives each net that turns a track of its own among those it overlaps, beneath every net that leaves from above a column
/// in which it arrives.
fn assign_tracks(nets: &mut [Net]) -> usize {
    let turning: Vec<usize> = (0..nets.len()).filter(|net| nets[*net].to != nets[*net].from).collect();
    let mut open = turning.clone();
    let mut tracks = 0;
    while !open.is_empty() {
        // What arrives in the column that another open net leaves from must turn beneath that one.
        let arrives_at =
            |net: usize, other: usize| nets[other].from.iter().any(|from| nets[net].to.contains(from));
        let blocked = |net: usize| open.iter().any(|other| *other != net && arrives_at(net, *other));
        let free: Vec<usize> = open.iter().copied().filter(|net| !blocked(*net)).collect();
        // In a ring of such nets one has to go first; its lines then touch another's.
        let candidates = if free.is_empty() { vec![open[0]] } else { free };
        let mut taken: Vec<(usize, usize)> = Vec::new();
        for net in candidates {
            let (left, right) = nets[net].span();
            if taken.iter().all(|(from, to)| right < *from || *to < left) {
                taken.push((left, right));
                nets[net].track = Some(tracks);
                open.retain(|other| *other != net);
            }
        }
        tracks += 1;
    }
    tracks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(nets: &[(&[usize], &[usize])], expect: &[Option<usize>]) {
        let mut nets: Vec<Net> =
            nets.iter().map(|(from, to)| Net { from: from.to_vec(), to: to.to_vec(), track: None }).collect();
        assign_tracks(&mut nets);
        assert_eq!(nets.iter().map(|net| net.track).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn tracks() {
        check(&[(&[5], &[5])], &[None]);
        check(&[(&[5], &[2, 8])], &[Some(0)]);
        check(&[(&[2, 8], &[5])], &[Some(0)]);
        check(&[(&[2], &[5]), (&[8], &[5, 9])], &[Some(0), Some(1)]);
        check(&[(&[2], &[1, 3]), (&[8], &[7, 9])], &[Some(0), Some(0)]);
        // The first arrives where the second leaves, so the second turns first.
        check(&[(&[2], &[8]), (&[8], &[20])], &[Some(1), Some(0)]);
        // Each arrives where the other leaves: drawn all the same.
        check(&[(&[2], &[8]), (&[8], &[2])], &[Some(0), Some(1)]);
    }
}
