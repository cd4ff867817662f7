//! Names of outputs and inputs, and whether they lead to what is wanted.

use toml::de::DeValue;

use super::{Known, Node, Reader};
use crate::array::Array;
use crate::pipeline::document::Reference;
use crate::pipeline::entry::{Carries, Entry, Role, SlotEntry};
use crate::pipeline::nearest::unknown;
use crate::pipeline::problem::At;
use crate::pipeline::value::Value;

/// What a reference leads to.
#[derive(Clone, Copy)]
pub(super) struct Lead {
    pub(super) carries: Carries,
    pub(super) depth: u8,
}

impl<'t> Reader<'_, 't> {
    /// The output that `value` names, and what it gives; that is `None` where it is not known for a reason that has been told.
    pub(super) fn reference(&mut self, at: &At, value: &Node<'t>) -> Option<(Reference, Option<Lead>)> {
        let DeValue::String(text) = value.get_ref() else {
            let told = Value::read(value).map_or_else(|wrong| wrong, |value| value.told());
            let message =
                format!("it takes the name of an input or node, such as \"smooth\" or \"smooth.output\", not {told}");
            self.problem(&value.span(), at.clone(), message);
            return None;
        };
        let (part, slot) = match text.split_once('.') {
            Some((part, slot)) => (part, Some(slot)),
            None => (&**text, None),
        };
        let found = self.lead(part, slot);
        match found {
            Ok((slot, lead)) => {
                let (part, slot) = (part.into(), slot.map(Into::into));
                Some((Reference { part, slot }, lead))
            }
            Err(message) => {
                self.problem(&value.span(), at.clone(), message);
                None
            }
        }
    }

    /// The slot as a reference has it, and what it gives.
    fn lead<'s>(&self, part: &str, slot: Option<&'s str>) -> Result<(Option<&'s str>, Option<Lead>), String> {
        match (self.known.get(part), slot) {
            (None, _) => {
                let mut names: Vec<_> = self.known.keys().map(|name| &**name).collect();
                names.sort_unstable();
                Err(unknown("input or node", part, names.into_iter()))
            }
            (Some(Known::Unclear), _) => Ok((slot, None)),
            (Some(Known::Input), None) => {
                let carries = Carries::of::<Array>();
                Ok((None, Some(Lead { carries, depth: 0 })))
            }
            (Some(Known::Input), Some(_)) => Err(format!("`{part}` is an input and has no slots: write \"{part}\"")),
            (Some(Known::Node(entry)), _) => {
                let output = output_of(entry, part, slot)?;
                let is_main = entry.main_output().is_some_and(|main| main.name == output.name);
                let lead = Lead {
                    carries: output.carries,
                    depth: output.depth,
                };
                Ok((slot.filter(|_| !is_main), Some(lead)))
            }
        }
    }

    /// Takes down that `reference` does not give what a slot takes, `depth` lists of it.
    pub(super) fn must_fit(
        &mut self,
        at: &At,
        value: &Node<'t>,
        (reference, lead): (&Reference, Option<Lead>),
        (slot, depth): (&SlotEntry, u8),
    ) -> bool {
        let Some(lead) = lead else { return true };
        if lead.carries.id == slot.carries.id && lead.depth == depth {
            return true;
        }
        let given = told(lead.carries, lead.depth);
        let taken = slot
            .kind
            .as_ref()
            .map_or_else(|| told(slot.carries, depth), ToString::to_string);
        let message = if lead.carries.id == slot.carries.id && lead.depth + 1 == depth {
            format!("`{reference}` is {given}, and this takes a list: write [\"{reference}\"]")
        } else {
            format!("`{reference}` is {given}, and this takes {taken}")
        };
        self.problem(&value.span(), at.clone(), message);
        false
    }
}

/// The output of a node that is meant.
fn output_of<'l>(entry: &'l Entry, part: &str, slot: Option<&str>) -> Result<&'l SlotEntry, String> {
    let outputs = || entry.with_role(Role::Output);
    let Some(slot) = slot else {
        return entry.main_output().ok_or_else(|| {
            let names: Vec<_> = outputs().map(|output| format!("\"{part}.{}\"", output.name)).collect();
            format!("`{part}` has several outputs: write {}", names.join(" or "))
        });
    };
    outputs()
        .find(|output| output.name == slot)
        .ok_or_else(|| match entry.key(slot) {
            Some(_) => format!("`{slot}` of `{part}` is no output"),
            None => format!(
                "`{part}`: {}",
                unknown("output", slot, outputs().map(|output| &*output.name))
            ),
        })
}

/// What `depth` lists of something are called.
pub(super) fn told(carries: Carries, depth: u8) -> String {
    match depth {
        0 => carries.to_string(),
        depth => format!("{}a list, each {carries}", "a list of ".repeat(usize::from(depth) - 1)),
    }
}
