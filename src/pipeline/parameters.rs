//! The parameters of the library's own operators.

use crate::error::Error;
use crate::graph::{PixelSize, SlotType};
use crate::io::{Compression, Format};
use crate::kernels::{
    ArithmeticOperation, Connectivity, Detector, GapFilling, Interpolation, Local, MorphologyOperation, Radius,
    RandomForest, ScaleOrder, Sigma,
};
use crate::operators::{MetaField, MetaPatch};
use crate::pipeline::kind::Kind;
use crate::pipeline::parameter::{Parameter, misfit};
use crate::pipeline::value::Value;
use crate::roi::Shape;

/// The type with the names of all of its values.
macro_rules! choices {
    ($($type:ty: $all:expr, $name:expr;)*) => {$(
        impl Parameter for $type {
            fn kind() -> Kind {
                let name: fn(&$type) -> String = $name;
                Kind::Choice($all.iter().map(name).collect())
            }

            fn from_value(value: &Value) -> Result<Self, Error> {
                let name: fn(&$type) -> String = $name;
                let found = $all.into_iter().find(|one| matches!(value, Value::Text(text) if *text == name(one)));
                found.ok_or_else(|| misfit::<Self>(value))
            }

            fn to_value(&self) -> Option<Value> {
                let name: fn(&$type) -> String = $name;
                Some(Value::Text(name(self))).filter(|value| Self::from_value(value).is_ok())
            }
        }
    )*};
}

choices! {
    Connectivity: [Self::Faces, Self::Edges, Self::Full], ToString::to_string;
    MorphologyOperation: [
        Self::Erode, Self::Dilate, Self::Open, Self::Close, Self::WhiteTopHat, Self::BlackTopHat,
    ], ToString::to_string;
    ArithmeticOperation: Self::ALL, |operation| format!("{operation:?}").to_ascii_lowercase();
    Interpolation: [Self::Linear, Self::Nearest], ToString::to_string;
    Local: [Self::Mean, Self::Gaussian], ToString::to_string;
    ScaleOrder: [Self::Vigra, Self::Fastfilters], |order| format!("{order:?}").to_ascii_lowercase();
    GapFilling: [Self::Constant, Self::Linear, Self::Cubic], |method| format!("{method:?}").to_ascii_lowercase();
    MetaField: [
        Self::range(), Self::pixel_size(), Self::channel_names(), Self::ideal_block(), Self::max_block(), Self::extras(),
    ], |field| field.name().to_owned();
    Format: Self::ALL, |format| format.name().to_ascii_lowercase();
}

/// Functions cannot stand in a file.
impl Parameter for Detector {
    fn kind() -> Kind {
        Kind::Choice(vec!["classic".to_owned()])
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        match value {
            Value::Text(text) if text == "classic" => Ok(Self::Classic),
            other => Err(misfit::<Self>(other)),
        }
    }

    fn to_value(&self) -> Option<Value> {
        matches!(self, Self::Classic).then(|| Value::Text("classic".to_owned()))
    }
}

/// One for all axes or a list with one for each.
fn one_or_each<T: Parameter>() -> Kind {
    Kind::Either(vec![T::kind(), Vec::<T>::kind()])
}

impl Parameter for Sigma {
    fn kind() -> Kind {
        one_or_each::<f64>().within(0.0, f64::MAX, false)
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        match value {
            Value::List(_) => Vec::<f64>::from_value(value).map(Self::from),
            other => f64::from_value(other).map(Self::from),
        }
    }

    fn to_value(&self) -> Option<Value> {
        match self.one() {
            Some(sigma) => sigma.to_value(),
            None => self.each()?.to_vec().to_value(),
        }
    }
}

impl Parameter for Radius {
    fn kind() -> Kind {
        one_or_each::<usize>().within(0.0, 65_536.0, false)
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        match value {
            Value::List(_) => Vec::<usize>::from_value(value).map(Self::from),
            other => usize::from_value(other).map(Self::from),
        }
    }

    fn to_value(&self) -> Option<Value> {
        match self.one() {
            Some(radius) => radius.to_value(),
            None => self.each()?.to_vec().to_value(),
        }
    }
}

impl SlotType for Compression {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl SlotType for Format {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl Parameter for Compression {
    fn kind() -> Kind {
        let names: Vec<_> = Self::ALL.into_iter().map(Self::name).collect();
        debug_assert_eq!(names, ["none", "zstd", "deflate", "lzw", "blosc-lz4", "blosc-zstd"]);
        let pattern = "^(none|lzw|(zstd|deflate|blosc-lz4|blosc-zstd)(:[0-9]+)?)$";
        Kind::Form(
            "a compression such as \"zstd:3\", \"deflate\", \"lzw\" or \"none\"",
            pattern,
        )
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        String::from_value(value)?.parse()
    }

    fn to_value(&self) -> Option<Value> {
        Some(Value::Text(self.to_string()))
    }
}

/// The entry `name` of a table, if it is there.
fn entry<T: Parameter>(table: &Value, name: &str) -> Result<Option<T>, Error> {
    table.get(name).map(T::from_value).transpose()
}

/// The entries that are not `None`.
fn table(entries: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Value {
    let entries = entries.into_iter();
    Value::Table(
        entries
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect(),
    )
}

impl Parameter for RandomForest {
    fn kind() -> Kind {
        let count = |least: f64, greatest: f64| usize::kind().within(least, greatest, false);
        Kind::Table(vec![
            ("trees", count(1.0, 65_536.0)),
            ("max_depth", count(1.0, f64::MAX)),
            ("features_per_split", count(1.0, f64::MAX)),
            ("sample_fraction", f64::kind().within(0.0, 1.0, true)),
            ("min_samples", count(0.0, f64::MAX)),
            ("seed", u64::kind()),
        ])
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        let mut options = Self::new();
        if let Some(trees) = entry(value, "trees")? {
            options = options.trees(trees);
        }
        if let Some(depth) = entry(value, "max_depth")? {
            options = options.max_depth(depth);
        }
        if let Some(features) = entry(value, "features_per_split")? {
            options = options.features_per_split(features);
        }
        if let Some(fraction) = entry(value, "sample_fraction")? {
            options = options.sample_fraction(fraction);
        }
        if let Some(samples) = entry(value, "min_samples")? {
            options = options.min_samples(samples);
        }
        Ok(match entry(value, "seed")? {
            Some(seed) => options.seed(seed),
            None => options,
        })
    }

    fn to_value(&self) -> Option<Value> {
        if self.has_feature_names() {
            return None;
        }
        let optional = |value: Option<usize>| value.map_or(Some(None), |value| value.to_value().map(Some));
        Some(table([
            ("trees", Some(self.trees.to_value()?)),
            ("max_depth", optional(self.max_depth)?),
            ("features_per_split", optional(self.features_per_split)?),
            ("sample_fraction", Some(self.sample_fraction.to_value()?)),
            ("min_samples", Some(self.min_samples.to_value()?)),
            ("seed", Some(self.seed.to_value()?)),
        ]))
    }
}

/// Units are beside sizes, since most files have sizes only.
impl Parameter for MetaPatch {
    fn kind() -> Kind {
        Kind::Table(vec![
            ("range", <(f64, f64)>::kind()),
            ("pixel_size", Kind::list(f64::kind().within(0.0, f64::MAX, true))),
            ("units", Vec::<String>::kind()),
            ("channel_names", Vec::<String>::kind()),
            ("ideal_block", Shape::kind()),
            ("max_block", Shape::kind()),
        ])
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        let mut patch = Self::new();
        if let Some((least, greatest)) = entry(value, "range")? {
            patch = patch.range(least, greatest);
        }
        let (sizes, units) = (
            entry::<Vec<f64>>(value, "pixel_size")?,
            entry::<Vec<String>>(value, "units")?,
        );
        match (sizes, units) {
            (Some(sizes), units) if units.as_ref().is_none_or(|units| units.len() == sizes.len()) => {
                let mut units = units.unwrap_or_default().into_iter();
                patch = patch.pixel_size(sizes.into_iter().map(|size| PixelSize {
                    size,
                    unit: units.next().unwrap_or_default().into(),
                }));
            }
            (None, None) => {}
            _ => {
                return Err(Error::invalid(
                    "there are not as many `units` as there is a `pixel_size`",
                ));
            }
        }
        if let Some(names) = entry::<Vec<String>>(value, "channel_names")? {
            patch = patch.channel_names(names);
        }
        if let Some(block) = entry(value, "ideal_block")? {
            patch = patch.ideal_block(block);
        }
        Ok(match entry(value, "max_block")? {
            Some(block) => patch.max_block(block),
            None => patch,
        })
    }

    fn to_value(&self) -> Option<Value> {
        let sizes = self.pixel_size.as_deref();
        let units = sizes.map(|sizes| sizes.iter().map(|size| size.unit.to_string()).collect::<Vec<_>>());
        let units = units.filter(|units| units.iter().any(|unit| !unit.is_empty()));
        let sizes: Option<Vec<f64>> = sizes.map(|sizes| sizes.iter().map(|size| size.size).collect());
        let names = self.channel_names.as_deref();
        let names = names.map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
        let value = table([
            ("range", self.range.and_then(|range| range.to_value())),
            ("pixel_size", sizes.and_then(|sizes| sizes.to_value())),
            ("units", units.and_then(|units| units.to_value())),
            ("channel_names", names.and_then(|names| names.to_value())),
            ("ideal_block", self.ideal_block.and_then(|block| block.to_value())),
            ("max_block", self.max_block.and_then(|block| block.to_value())),
        ]);
        // What a table cannot say, such as extras, is missing from what is read back.
        let back = Self::from_value(&value).ok()?;
        (back == *self).then_some(value)
    }
}
