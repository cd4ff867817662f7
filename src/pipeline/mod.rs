//! Graphs as text: nodes by the names of their operators, connections by the names of their slots, inputs and outputs in files.
//!
//! ```toml
//! version = 1
//!
//! [inputs.image]                  # a file that is read as far as it is needed
//! path = "nuclei.tif"             # relative to the folder of this file
//!
//! [nodes.smooth]                  # an operator of the library, under a name of one's own
//! operator = "Gaussian"
//! input = "image"                 # an input of the pipeline, a node, or one of its outputs: "components.count"
//! sigma = 1.5                     # a parameter; what is not said is the operator's default
//!
//! [nodes.level]
//! operator = "Otsu"
//! input = "smooth"
//!
//! [nodes.bright]
//! operator = "Threshold"
//! input = "smooth"
//! level = { from = "level" }      # a parameter that another node computes
//!
//! [outputs.mask]                  # what is written, as what the ending of the path says
//! from = "bright"
//! path = "mask.zarr"
//! ```
//!
//! [`Pipeline::parse`] reads it, [`Pipeline::build`] makes a graph of it, [`Built::to_pipeline`] makes a pipeline of the graph
//! again, with all that edits have changed. A [`Library`] knows the operators; [`Library::register`] adds yours, and
//! [`Library::schema`] tells editors. To compute and write the outputs is the business of [`io`](crate::io).
//!
//! # Strict
//!
//! Whatever is not understood is wrong: unknown keys and operators, values of other types or out of range, names that lead
//! nowhere, circles, inputs that are missing, tables where images are wanted. All that is wrong is told at once ([`Problems`]),
//! each with file, line and column, node and slot, and with what may have been meant. What shows only when files are open, such
//! as shapes that do not fit, [`Built::check`] tells, before anything is computed. A node that no output needs is a
//! [warning](Pipeline::warnings): it costs nothing, and comes and goes while one tries things out.
//!
//! # The form
//!
//! Names of inputs, nodes and outputs have up to 64 letters, digits, `_` and `-`; inputs and nodes share them. An input takes the
//! name of what it is connected to; where a list is taken, a list of names, or the name of an output that is a list. Parameters
//! take values, or `{ from = "node.output" }`. `"none"` is no value, where that is a value. The options of an output are the
//! fields of [`OutputSpec`].

mod builder;
mod built;
mod document;
mod entry;
mod hand;
mod kind;
mod library;
mod nearest;
mod parameter;
mod parameters;
mod problem;
mod read;
mod registration;
mod schema;
mod specs;
mod table;
mod value;
mod write;

pub use builder::Builder;
pub use built::Built;
pub use document::{NodeSpec, Pipeline, Reference, Setting};
pub use entry::{Arguments, Entry, Role, SlotEntry};
pub use kind::Kind;
pub use library::Library;
pub use parameter::Parameter;
pub use problem::{Place, Problem, Problems};
pub use registration::Registration;
pub use specs::{InputSpec, NormaliseSpec, OutputKind, OutputSpec};
pub use table::save_table;
pub use value::Value;
