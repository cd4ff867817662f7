//! Names of channels in attributes.

use serde_json::Value;

use crate::graph::Meta;

/// `meta` with the names that `told` lists, if it is a list of as many texts as there are channels.
pub(crate) fn with_channels(meta: Meta, told: Option<&Value>) -> Meta {
    let names = told.and_then(Value::as_array);
    let names = names.and_then(|names| names.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
    let channels = meta.axes().position('c').map_or(1, |axis| meta.shape()[axis]);
    match names.filter(|names| names.len() == channels) {
        Some(names) => meta.with_channel_names(names),
        None => meta,
    }
}
