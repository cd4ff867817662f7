//! What a pipeline says of its inputs and outputs.

use crate::array::{Axes, DType};
use crate::error::Error;
use crate::graph::SlotType;
use crate::io::{Compression, Format};
use crate::pipeline::document::Reference;
use crate::pipeline::kind::Kind;
use crate::pipeline::parameter::{Parameter, misfit};
use crate::pipeline::value::Value;
use crate::roi::{Roi, Shape};

/// An image that comes in.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct InputSpec {
    /// Its name, by which nodes refer to it.
    pub name: String,
    /// Where it lies, as the file says it; without, the program that builds the graph has to say.
    pub path: Option<String>,
    /// The format, whatever the content looks like.
    pub format: Option<Format>,
    /// What the axes are called, whatever the file says.
    pub axes: Option<Axes>,
    /// Which scale of an image that has several.
    pub scale: Option<String>,
    /// Along which axis the files of a pattern follow each other.
    pub sequence_axis: Option<char>,
}

/// Something that goes to a file.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OutputSpec {
    /// Its name.
    pub name: String,
    /// What is written.
    pub from: Reference,
    /// Where to, as the file says it: [`Pipeline::resolve`](crate::pipeline::Pipeline::resolve) makes a place of it.
    pub path: String,
    /// As what.
    pub kind: OutputKind,
    /// The format, whatever the name is.
    pub format: Option<Format>,
    /// The part that is written, in the axes of the slot; the whole, if not said.
    pub region: Option<Roi>,
    /// The axes of the file.
    pub axes: Option<Axes>,
    /// The type of elements of the file.
    pub dtype: Option<DType>,
    /// How values are mapped.
    pub normalise: Option<NormaliseSpec>,
    /// How chunks are compressed.
    pub compression: Option<Compression>,
    /// The shape of a chunk or tile, in the axes of the file.
    pub chunk: Option<Shape>,
    /// The shape of a shard.
    pub shard: Option<Shape>,
    /// How many scales a multiscale Zarr gets.
    pub scales: Option<usize>,
    /// Whether elements are labels, of which no means are taken.
    pub labels: bool,
    /// Whether what lies there is replaced.
    pub replace: bool,
}

/// As what an output is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputKind {
    /// An image, block by block.
    Image,
    /// A table, as comma-separated values.
    Table,
}

/// A linear map of values on the way to a file.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NormaliseSpec {
    /// From which range; without, that of the slot's description, or else of the type of its elements.
    pub from: Option<(f64, f64)>,
    /// To which range; without, that of the type of the file's elements.
    pub to: Option<(f64, f64)>,
}

/// An option of an input or output.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) kind: Kind,
    pub(crate) is_required: bool,
}

fn field<T: Parameter>(name: &'static str, doc: &'static str) -> Field {
    Field {
        name,
        doc,
        kind: T::kind(),
        is_required: false,
    }
}

fn path(doc: &'static str, is_required: bool) -> Field {
    Field {
        name: "path",
        doc,
        kind: Kind::Path,
        is_required,
    }
}

const FORMAT: &str = "the format, if the name or the content does not tell";

/// The options of an input.
pub(crate) fn input_fields() -> Vec<Field> {
    vec![
        path("a file, a folder, a pattern of files or a URL", false),
        field::<Format>("format", FORMAT),
        field::<Axes>("axes", "what the axes are called, whatever the file says"),
        field::<String>("scale", "which scale of an image that has several"),
        field::<char>(
            "sequence_axis",
            "along which axis the files of a pattern follow each other",
        ),
    ]
}

/// The options of an output beside what it is `from`.
pub(crate) fn output_fields() -> Vec<Field> {
    vec![
        path("a file, a folder or a URL; .csv for a table", true),
        field::<Format>("format", FORMAT),
        field::<Roi>("region", "the part that is written, in the axes of what it is from"),
        field::<Axes>("axes", "the axes of the file"),
        field::<DType>("dtype", "the type of elements of the file"),
        field::<NormaliseSpec>(
            "normalise",
            "a linear map of values; what is not said is the whole range",
        ),
        field::<Compression>("compression", "how chunks are compressed"),
        field::<Shape>("chunk", "the shape of a chunk, in the axes of the file"),
        field::<Shape>("shard", "the shape of a shard, a multiple of the chunk"),
        Field {
            kind: usize::kind().within(1.0, 32.0, false),
            ..field::<usize>(
                "scales",
                "how many scales an OME-Zarr gets; without, until the coarsest is one chunk",
            )
        },
        field::<bool>("labels", "whether elements are labels, of which no means are taken"),
        field::<bool>("replace", "whether what lies there is replaced"),
    ]
}

impl InputSpec {
    /// What a file says of it.
    pub(crate) fn options(&self) -> Vec<(&'static str, Value)> {
        said([
            ("path", self.path.to_option()),
            ("format", self.format.to_option()),
            ("axes", self.axes.to_option()),
            ("scale", self.scale.to_option()),
            ("sequence_axis", self.sequence_axis.to_option()),
        ])
    }
}

impl OutputSpec {
    /// What a file says of it, beside what it is from.
    pub(crate) fn options(&self) -> Vec<(&'static str, Value)> {
        said([
            ("path", self.path.to_value()),
            ("format", self.format.to_option()),
            ("region", self.region.to_option()),
            ("axes", self.axes.to_option()),
            ("dtype", self.dtype.to_option()),
            ("normalise", self.normalise.to_option()),
            ("compression", self.compression.to_option()),
            ("chunk", self.chunk.to_option()),
            ("shard", self.shard.to_option()),
            ("scales", self.scales.to_option()),
            ("labels", self.labels.then_some(Value::Boolean(true))),
            ("replace", self.replace.then_some(Value::Boolean(true))),
        ])
    }
}

fn said<const N: usize>(options: [(&'static str, Option<Value>); N]) -> Vec<(&'static str, Value)> {
    let options = options.into_iter();
    options.filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Of an option that is not said nothing is written, not `none`.
trait ToOption {
    fn to_option(&self) -> Option<Value>;
}

impl<T: Parameter> ToOption for Option<T> {
    fn to_option(&self) -> Option<Value> {
        self.as_ref().and_then(T::to_value)
    }
}

impl SlotType for NormaliseSpec {
    fn same(&self, other: &Self) -> bool {
        self.from.same(&other.from) && self.to.same(&other.to)
    }
}

impl Parameter for NormaliseSpec {
    fn kind() -> Kind {
        Kind::Table(vec![("from", <(f64, f64)>::kind()), ("to", <(f64, f64)>::kind())])
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        let Value::Table(_) = value else {
            return Err(misfit::<Self>(value));
        };
        let range = |name| value.get(name).map(Parameter::from_value).transpose();
        Ok(Self {
            from: range("from")?,
            to: range("to")?,
        })
    }

    fn to_value(&self) -> Option<Value> {
        let entries = said([("from", self.from.to_option()), ("to", self.to.to_option())]);
        let entries = entries.into_iter().map(|(name, value)| (name.to_owned(), value));
        Some(Value::Table(entries.collect()))
    }
}
