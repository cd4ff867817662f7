//! What videoflow has, and what it is here.
//!
//! Names on the right are of [`flow`](crate::flow) if nothing else is said. What is different everywhere:
//!
//! - Items move between tasks of one process. Nothing is pickled, copied or sent over a socket; a hop takes microseconds.
//! - Which items a node takes and makes is in its type: to wire what does not fit is an error of the compiler. What the
//!   compiler cannot see is checked at [`build`](crate::flow::FlowBuilder::build), all of it at once, with the names of the nodes.
//! - Nothing hangs: an error or a panic of a node is the flow's error, with the node and the item; the end is counted, by
//!   replica, without a timer; what does not end says [which edge](crate::flow::Running::explain) it waits for.
//!
//! # Nodes
//!
//! | videoflow | here | difference |
//! |---|---|---|
//! | `ProducerNode.next`, `StopIteration` | [`Producer`](crate::flow::Producer), or any stream | `None` ends it; several producers in one flow |
//! | `ProcessorNode.process` | [`Processor`](crate::flow::Processor), [`AsyncProcessor`](crate::flow::AsyncProcessor) | none, one or several items of each; a [`flush`](crate::flow::Processor::flush) at the end; [ports](crate::flow::Port) |
//! | `OneTaskProcessorNode` | [`processor`](crate::flow::Node::processor) | what is made of one value has one replica, and asking for more is an error instead of being ignored |
//! | `ConsumerNode.consume` | [`Consumer`](crate::flow::Consumer), or any sink | |
//! | `FunctionProcessorNode` | [`process`](crate::flow::Node::process), [`map`](crate::flow::Node::map) | |
//! | `node(parent)` | [`wire`](crate::flow::Node::wire), or a step such as [`process`](crate::flow::Node::process) that makes and wires | several parents are a [join](crate::flow::FlowBuilder::join), or a [merge](crate::flow::FlowBuilder::merge) |
//! | `nb_tasks` | [`replicas`](crate::flow::Node::replicas) | [`scale`](crate::flow::Running::scale) while it runs; [`ordered`](crate::flow::Node::ordered) keeps the exact order |
//! | `partition_by` | [`partition_by`](crate::flow::Node::partition_by) | the hash is another |
//! | `TaskModuleNode` | – | chains of [`cheap`](crate::flow::Node::cheap) nodes share a task by themselves |
//! | `device_type`, GPU allocation | – | there are no GPUs here; open one in [`open`](crate::flow::Processor::open), which knows its [replica](crate::flow::NodeContext::replica) |
//! | `metadata=True` | [`Emitter`](crate::flow::Emitter), [`Figures`](crate::flow::Figures) | times are measured for every node |
//!
//! # Flows
//!
//! | videoflow | here | difference |
//! |---|---|---|
//! | `Flow(…, BATCH)`, `Flow(…, REALTIME)` | [`Flow::batch`](crate::flow::Flow::batch), [`Flow::realtime`](crate::flow::Flow::realtime) | defaults, which each [edge](crate::flow::Node::overflow) may leave |
//! | `run`, `join`, `stop` | [`run`](crate::flow::Flow::run), [`wait`](crate::flow::Running::wait), [`stop`](crate::flow::Running::stop) | `stop` delivers what has been made, [`abort`](crate::flow::Running::abort) does not |
//! | Ctrl-C | [`stop_on_ctrl_c`](crate::flow::Running::stop_on_ctrl_c) | a second one aborts |
//! | retries, dead letters | [`Failure`](crate::flow::Failure), [`dead_letters`](crate::flow::Node::dead_letters) | for each node; dead letters are an output |
//! | bottleneck report | [`bottlenecks`](crate::flow::Figures::bottlenecks), [`show`](crate::flow::Running::show) | counts replicas, and how many items reach a node |
//! | join policies | [`join`](crate::flow::FlowBuilder::join) | in a batch flow, what waits for a partner holds up its side instead of being evicted |
//!
//! # Nodes that come with it
//!
//! | videoflow | here | difference |
//! |---|---|---|
//! | `IntProducer` | [`Numbers`](crate::flow::produce::Numbers), [`Timer`](crate::flow::produce::Timer), [`Paced`](crate::flow::produce::Paced) | any producer can be paced |
//! | readers of videos, the writer of AVI | `ClipReader`, `ClipWriter` (feature `io`) | uncompressed Y4M, which `ffmpeg` reads and writes, also through a pipe |
//! | `ImageProducer`, folder readers | `ImageFiles`, `Planes` (feature `io`) | all formats of `io` |
//! | aggregators: sum, product, count, max, min | [`Aggregate`](crate::flow::process::Aggregate) | at the end, or running |
//! | crop, resize | [`crop`](crate::flow::process::crop), [`resize`](crate::flow::process::resize) | kernels in the compute pool |
//! | annotators of boxes and segments | [`draw_boxes`](crate::flow::process::draw_boxes), [`draw_mask`](crate::flow::process::draw_mask) | |
//! | consumers: void, command line, file appender | [`Void`](crate::flow::consume::Void), [`Lines`](crate::flow::consume::Lines), [`TextFile`](crate::flow::consume::TextFile) | |
//! | webhook | `Webhook` (feature `webhook`) | retries, keeps secrets out of errors |
//!
//! # Not here
//!
//! Brokers, blob stores, images of containers, Kubernetes (V80 to V100): flows run in one process.
