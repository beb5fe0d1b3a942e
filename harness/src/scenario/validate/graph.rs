//! Owns cycles and what comes before what.
//! Must not know: what the nodes stand for.

use petgraph::{algo::tarjan_scc, graph::DiGraph};

/// One cycle for each knot: every node needs the next one, and the last needs the first.
pub(super) fn cycles(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut graph = DiGraph::<(), ()>::new();
    let nodes: Vec<_> = needs.iter().map(|_| graph.add_node(())).collect();
    for (node, needed) in needs.iter().enumerate() {
        for need in needed {
            graph.add_edge(nodes[node], nodes[*need], ());
        }
    }
    let mut cycles: Vec<Vec<usize>> = tarjan_scc(&graph)
        .into_iter()
        .filter_map(|knot| {
            let start = knot.iter().map(|node| node.index()).min()?;
            // Nearly all are of one node that does not need itself: no way is looked for from them.
            let may_cycle = knot.len() > 1 || needs[start].contains(&start);
            may_cycle.then(|| path(needs, start, start)).flatten()
        })
        .collect();
    cycles.sort();
    cycles
}

/// Whether `node` needs `other`, directly or through others.
pub(super) fn needs(needs: &[Vec<usize>], node: usize, other: usize) -> bool {
    path(needs, node, other).is_some()
}

/// The shortest way of at least one need that leads from a node to a node, without its end.
fn path(needs: &[Vec<usize>], from: usize, to: usize) -> Option<Vec<usize>> {
    let mut came_from = vec![None; needs.len()];
    let mut reached = vec![from];
    let mut next = 0;
    while let Some(node) = reached.get(next).copied() {
        next += 1;
        for need in needs[node].iter().copied() {
            if need == to {
                return Some(way_back(&came_from, from, node));
            }
            if came_from[need].is_none() && need != from {
                came_from[need] = Some(node);
                reached.push(need);
            }
        }
    }
    None
}

fn way_back(came_from: &[Option<usize>], from: usize, to: usize) -> Vec<usize> {
    let mut way = vec![to];
    while let Some(before) = came_from[way[way.len() - 1]] {
        way.push(before);
    }
    way.reverse();
    assert_eq!(way[0], from, "each node was reached from the start");
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_knot_shows_one_cycle() {
        let none: Vec<Vec<usize>> = vec![];
        assert_eq!(cycles(&[vec![], vec![0], vec![1]]), none);
        assert_eq!(cycles(&[vec![0]]), [[0]]);
        assert_eq!(cycles(&[vec![1], vec![2], vec![0]]), [[0, 1, 2]]);
        assert_eq!(cycles(&[vec![1], vec![0], vec![3], vec![2]]), [[0, 1], [2, 3]]);
    }

    #[test]
    fn needs_reach_far() {
        let graph = [vec![], vec![0], vec![1], vec![]];
        assert!(needs(&graph, 2, 0));
        assert!(!needs(&graph, 0, 2));
        assert!(!needs(&graph, 0, 0));
        assert!(!needs(&graph, 3, 0));
    }
}
