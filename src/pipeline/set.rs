//! Other values than those of the file.

use toml::de::DeValue;

use crate::error::Error;
use crate::pipeline::document::{NodeSpec, Pipeline, Setting};
use crate::pipeline::entry::{Entry, Role, SlotEntry};
use crate::pipeline::nearest::unknown;
use crate::pipeline::value::Value;

impl Pipeline {
    /// The same with another value of a parameter, whose name is that of the node and its own: `smooth.sigma`. The text is a
    /// value as it would stand in the file, where a text may be without its quotes.
    ///
    /// # Errors
    ///
    /// If there is no such parameter, or it does not take the value. The error names the file and the parameter.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::pipeline::Pipeline;
    ///
    /// let pipeline = Pipeline::parse(
    ///     r#"
    ///         version = 1
    ///         inputs.image = {}
    ///         nodes.smooth = { operator = "Gaussian", input = "image", sigma = 1.5 }
    ///         outputs.smooth = { from = "smooth", path = "smooth.npy" }
    ///     "#,
    ///     "smooth.toml",
    /// )?;
    /// assert!(pipeline.set("smooth.sigma", "2.5")?.to_toml().contains("sigma = 2.5"));
    /// assert!(pipeline.set("smooth.sigma", "wide").is_err());
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn set(&self, parameter: &str, text: &str) -> Result<Self, Error> {
        let set = || -> Result<Self, String> {
            let names = || self.nodes.iter().map(|node| &*node.name);
            let (name, slot) = parameter
                .split_once('.')
                .ok_or("it is to be the name of a node, a dot, and the name of a parameter")?;
            let nth = names()
                .position(|own| own == name)
                .ok_or_else(|| unknown("node", name, names()))?;
            let mut pipeline = self.clone();
            let entry = self.library.find(&self.nodes[nth].operator);
            let entry = entry.ok_or_else(|| self.library.unknown(&self.nodes[nth].operator))?;
            pipeline.nodes[nth].put(entry, slot, text)?;
            Ok(pipeline)
        };
        set().map_err(|wrong| Error::invalid(format!("{}: cannot set `{parameter}`: {wrong}", self.file)))
    }
}

impl NodeSpec {
    fn put(&mut self, entry: &Entry, name: &str, text: &str) -> Result<(), String> {
        let keys = || entry.slots.iter().filter(|slot| slot.is_key());
        let parameters = || keys().filter(|slot| slot.role != Role::Input);
        let slot = parameters().find(|slot| slot.name == name);
        let slot = slot.ok_or_else(|| unknown("parameter", name, parameters().map(|slot| &*slot.name)))?;
        let setting = Setting::Value(read(slot, text)?);
        self.settings.retain(|(own, _)| **own != *name);
        self.settings.push((name.into(), setting));
        self.settings
            .sort_by_key(|(own, _)| keys().position(|slot| *slot.name == **own));
        Ok(())
    }
}

/// The value that `text` stands for.
fn read(slot: &SlotEntry, text: &str) -> Result<Value, String> {
    let kind = slot.kind.as_ref().ok_or("it takes no value of a file")?;
    let bare = || Value::Text(text.to_owned());
    let value = match DeValue::parse(text) {
        Ok(value) => Value::read(&value)?,
        Err(_) => bare(),
    };
    // `0` may be the name of a scale.
    let checked = kind
        .check(value)
        .or_else(|wrong| kind.check(bare()).map_err(|_| wrong))?;
    slot.settle(&checked)
}
