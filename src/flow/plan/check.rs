//! What has to be right before a flow can run.

use std::collections::BTreeMap;

use super::Plan;
use super::node::{Node, NodeId, Role};
use crate::error::Error;
use crate::flow::dead_letter;
use crate::flow::edge::Overflow;
use crate::flow::failure::Then;
use crate::flow::steps::CONTROL;

impl Plan {
    /// # Errors
    ///
    /// All that is wrong, in the order of the nodes, each with their names.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.is_built {
            return Err(Error::invalid(format!("flow `{}` was built before", self.name)));
        }
        let mut problems = self.problems.clone();
        problems.extend(self.double_names());
        let cycles = self.cycles();
        problems.extend(cycles.iter().map(|cycle| self.name_cycle(cycle)));
        if !self.nodes.iter().any(|node| node.role == Role::Producer) {
            problems.push("it has no producer".to_owned());
        }
        let is_fed = self.fed();
        for (id, node) in self.nodes.iter().enumerate() {
            problems.extend(unwired(node));
            problems.extend(without_producer(node, is_fed[id]));
            problems.extend(wrong_settings(node));
            problems.extend(self.wrong_order(node));
            // Who comes before a node on a cycle?
            let is_placed = cycles.is_empty() && node.inputs.iter().all(|input| !input.from.is_empty());
            let own = is_placed.then(|| node.assemble.problem(self, id)).flatten();
            problems.extend(own.map(|problem| format!("{}: {problem}", title(node))));
        }
        if problems.is_empty() {
            return Ok(());
        }
        let name = &self.name;
        Err(Error::invalid(format!(
            "flow `{name}` cannot run: {}",
            problems.join("; ")
        )))
    }

    fn double_names(&self) -> Vec<String> {
        let mut places: BTreeMap<&str, Vec<&Node>> = BTreeMap::new();
        for node in &self.nodes {
            places.entry(&node.name).or_default().push(node);
        }
        let double = places.into_iter().filter(|(_, nodes)| nodes.len() > 1);
        let name = |(name, nodes): (&str, Vec<&Node>)| {
            let places: Vec<_> = nodes.iter().map(|node| node.place.to_string()).collect();
            format!("{} nodes are called `{name}`: {}", nodes.len(), places.join(", "))
        };
        double.map(name).collect()
    }

    fn name_cycle(&self, cycle: &[NodeId]) -> String {
        let names = cycle.iter().chain(cycle.first());
        let names: Vec<_> = names.map(|id| format!("`{}`", self.nodes[*id].name)).collect();
        format!("{} is a cycle", names.join(" → "))
    }

    /// Which nodes descend from a producer.
    fn fed(&self) -> Vec<bool> {
        let mut behind = vec![Vec::new(); self.nodes.len()];
        for id in 0..self.nodes.len() {
            self.before(id).for_each(|before| behind[before].push(id));
        }
        let mut is_fed = vec![false; self.nodes.len()];
        let is_producer = |id: &NodeId| self.nodes[*id].role == Role::Producer;
        let mut stack: Vec<_> = (0..self.nodes.len()).filter(is_producer).collect();
        while let Some(id) = stack.pop() {
            if !std::mem::replace(&mut is_fed[id], true) {
                stack.extend(&behind[id]);
            }
        }
        is_fed
    }

    fn wrong_order(&self, node: &Node) -> Option<String> {
        let overflow = node.inputs.first()?.limits(self.mode).overflow;
        let is_lossy = node.is_partitioned() && node.replicas() > 1 && overflow != Overflow::Block;
        (node.window.is_some() && is_lossy).then(|| {
            format!(
                "{} cannot be ordered: its items are partitioned by a key, and its input drops some; let it block",
                title(node)
            )
        })
    }
}

fn title(node: &Node) -> String {
    let role = match node.role {
        Role::Producer => "producer",
        Role::Processor => "processor",
        Role::Consumer => "consumer",
    };
    format!("{role} `{}`", node.name)
}

/// What is wrong with a node that can never get an item.
fn without_producer(node: &Node, is_fed: bool) -> Option<String> {
    let is_wired = node.inputs.iter().all(|input| !input.from.is_empty());
    (is_wired && !is_fed).then(|| format!("{} descends from no producer", title(node)))
}

fn unwired(node: &Node) -> Option<String> {
    let bare = node.inputs.iter().find(|input| input.from.is_empty())?;
    let title = title(node);
    Some(match bare.name {
        "" => format!("{title} is not wired to anything"),
        name => format!("the input `{name}` of {title} is not wired to anything"),
    })
}

fn wrong_settings(node: &Node) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut add = |is_wrong: bool, what: &str| {
        if is_wrong {
            wrong.push(format!("{} {what}", title(node)));
        }
    };
    add(node.name.is_empty(), "has an empty name");
    add(node.replicas() == 0, "has 0 replicas; at least 1");
    add(
        node.replicas() > 1 && !node.assemble.is_replicable(),
        "cannot have several replicas: it was made of one value; hand in a closure that makes one for each",
    );
    if let Some(why) = node.assemble.needs_one().filter(|_| node.replicas() > 1) {
        add(true, why);
    }
    add(node.window == Some(0), "is ordered within 0 items; at least 1");
    add(
        node.inputs.iter().any(|input| input.depth == Some(0)),
        "has an edge for 0 items; at least 1",
    );
    let letters = node.ports.iter().any(|port| port.name == dead_letter::PORT);
    let is_set_after = node
        .failure
        .as_ref()
        .is_some_and(|failure| failure.then != Then::DeadLetter);
    add(
        letters && is_set_after,
        "has an output for dead letters, and a policy that makes none: say what is to be done before it is asked for them",
    );
    add(
        letters && node.inputs.iter().any(|input| input.name == CONTROL),
        "has a control input, and cannot have an output for dead letters",
    );
    for (at, port) in node.ports.iter().enumerate() {
        let twice = node.ports[..at]
            .iter()
            .any(|other| other.name == port.name && other.of != port.of);
        add(
            twice,
            &format!("has two ports called `{}` of different types", port.name),
        );
    }
    wrong
}
