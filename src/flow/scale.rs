//! More or fewer replicas of a node at work.

use crate::error::Error;
use crate::flow::crew::CrewState;
use crate::flow::engine::{Engine, NodeState};
use crate::flow::flow::{request, task_name};
use crate::flow::plan::{Links, NodeId, Plan, Role};
use crate::request::Request;
use crate::sync::{Arc, MutexGuard};

pub(crate) fn scale(engine: &Arc<Engine>, name: &str, replicas: usize) -> Result<(), Error> {
    let id = find(engine, name)?;
    let Some(mut plan) = engine.take_plan() else {
        return Err(match engine.nodes[id].crew.live() {
            0 => ended(name),
            _ => Error::invalid("another node of the flow is being scaled"),
        });
    };
    let outcome = scaled(engine, &mut plan, id, replicas);
    engine.put_plan(plan);
    outcome
}

fn ended(name: &str) -> Error {
    Error::invalid(format!("node `{name}` cannot be scaled: it has ended"))
}

fn find(engine: &Engine, name: &str) -> Result<NodeId, Error> {
    engine.find(name).ok_or_else(|| {
        let names: Vec<_> = engine.nodes.iter().map(|node| &*node.name).collect();
        Error::invalid(format!(
            "flow `{}` has no node `{name}`, only {}",
            engine.name,
            names.join(", ")
        ))
    })
}

fn scaled(engine: &Arc<Engine>, plan: &mut Plan, id: NodeId, replicas: usize) -> Result<(), Error> {
    let node = &engine.nodes[id];
    if let Some(why) = refusal(plan, node, id, replicas) {
        let name = &node.name;
        return Err(Error::invalid(format!(
            "node `{name}` cannot be scaled to {replicas}: {why}"
        )));
    }
    // The user's code makes them, so the crew is not locked yet.
    let missing = replicas.saturating_sub(node.crew.lock().size());
    plan.nodes[id].assemble.prepare(missing);
    // No replica ends while others are put together: the edges behind it stay open.
    let mut crew = node.crew.lock();
    if crew.has_ended() {
        drop(crew);
        return Err(ended(&node.name));
    }
    while crew.size() > replicas {
        crew.retire_one();
    }
    let more = missing.min(replicas - crew.size());
    let made: Vec<_> = (0..more).map(|_| one_more(engine, plan, id, &mut crew)).collect();
    drop(crew);
    made.iter().for_each(|task| task.submit());
    node.inputs.iter().for_each(|edge| edge.nudge());
    Ok(())
}

fn one_more(engine: &Arc<Engine>, plan: &mut Plan, id: NodeId, crew: &mut MutexGuard<'_, CrewState>) -> Request<()> {
    let (node, replica) = (&engine.nodes[id], crew.next());
    let seat = crew.join(&node.crew);
    let task = Links { plan, engine }.task(id, seat, replica);
    let task = request(engine, &task_name(&node.name, replica), task);
    engine.add_task(task.clone());
    task
}

/// Why a node cannot have so many.
fn refusal(plan: &Plan, node: &NodeState, id: NodeId, replicas: usize) -> Option<String> {
    let spec = &plan.nodes[id];
    if replicas == 0 {
        Some("at least 1 has to be left".to_owned())
    } else if node.role == Role::Producer {
        Some("it is a producer".to_owned())
    } else if let Some(head) = node.fused_into {
        Some(format!("it runs in the task of node `{}`", plan.nodes[head].name))
    } else if spec.inputs.iter().any(|input| input.edge.is_partitioned()) {
        Some("each of its replicas has items of its own".to_owned())
    } else if !spec.assemble.is_replicable() {
        Some("it was made of one value".to_owned())
    } else if spec.replicas.is_none() && spec.window.is_none() {
        Some("nothing was said of its replicas, so nodes behind it may run in its task; say `replicas(1)`".to_owned())
    } else {
        spec.assemble.needs_one().map(|why| format!("it {why}"))
    }
}
