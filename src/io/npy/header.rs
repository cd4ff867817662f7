//! The header of an NPY file: a dictionary in the syntax of Python.

use std::io::Read;

use crate::array::DType;
use crate::error::Error;
use crate::io::bytes::Endian;
use crate::io::flat::cut_short;
use crate::io::numpy_type::{by_numpy_name, numpy_name};
use crate::roi::Shape;

const MAGIC: &[u8] = b"\x93NUMPY";
/// NumPy itself writes a few hundred bytes at most.
const LONGEST: usize = 64 << 10;
/// Samples begin at a multiple of this.
const ALIGNMENT: usize = 64;

/// What a file says of its samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) dtype: DType,
    pub(crate) order: Endian,
    /// Whether the first axis is the one whose neighbours lie side by side.
    pub(crate) fortran: bool,
    /// As the file tells it.
    pub(crate) shape: Shape,
    /// Where the samples begin.
    pub(crate) offset: u64,
}

impl Header {
    /// Reads it from the beginning of a file.
    ///
    /// # Errors
    ///
    /// No NPY file, cut short, a version, type or shape that is not known.
    pub(crate) fn read(file: &mut impl Read) -> Result<Self, Error> {
        let mut start = [0; 8];
        file.read_exact(&mut start).map_err(cut_short)?;
        if !start.starts_with(MAGIC) {
            return Err(Error::invalid("it does not begin as an NPY file"));
        }
        let (length, width) = match start[6] {
            1 => (u32::from(u16::from_le_bytes(array(file)?)), 2),
            2 | 3 => (u32::from_le_bytes(array(file)?), 4),
            version => return Err(Error::invalid(format!("version {version} of NPY is not known"))),
        };
        let length = length as usize;
        if length > LONGEST {
            return Err(Error::invalid(format!("a header of {length} bytes")));
        }
        let mut text = vec![0; length];
        file.read_exact(&mut text).map_err(cut_short)?;
        let text = String::from_utf8(text).map_err(|_| Error::invalid("its header is no text"))?;
        let offset = (8 + width + length) as u64;
        Self::parse(&text, offset)
    }

    fn parse(text: &str, offset: u64) -> Result<Self, Error> {
        let value = |key: &str| entry(text, key).ok_or_else(|| Error::invalid(format!("its header has no `{key}`")));
        let descr = value("descr")?;
        let (dtype, order) = descr
            .trim_matches(['\'', '"'])
            .split_at_checked(1)
            .and_then(|(order, kind)| Some((by_numpy_name(kind)?, endian(order)?)))
            .ok_or_else(|| match descr.starts_with('[') {
                true => Error::invalid("samples that are structures are not supported"),
                false => Error::invalid(format!("samples of type {descr} are not supported")),
            })?;
        let fortran = match value("fortran_order")? {
            "True" => true,
            "False" => false,
            other => return Err(Error::invalid(format!("`fortran_order` is {other}"))),
        };
        let shape = value("shape")?;
        let lengths = shape.trim_matches(['(', ')']).split(',').map(str::trim);
        let lengths: Result<Vec<usize>, _> = lengths.filter(|l| !l.is_empty()).map(str::parse).collect();
        let lengths = lengths.map_err(|_| Error::invalid(format!("its shape is {shape}")))?;
        let shape = Shape::new(lengths)?;
        Ok(Self {
            dtype,
            order,
            fortran,
            shape,
            offset,
        })
    }

    /// The bytes of a header for samples in C order and this machine's order of bytes.
    pub(crate) fn write(dtype: DType, shape: &Shape) -> Vec<u8> {
        let order = match (dtype.size(), Endian::NATIVE) {
            (1, _) => '|',
            (_, Endian::Little) => '<',
            (_, Endian::Big) => '>',
        };
        let lengths: String = shape.iter().map(|length| format!("{length}, ")).collect();
        // One axis needs its comma in Python, and more may not have a blank behind the last.
        let lengths = match shape.rank() {
            1 => lengths.trim_end().to_owned(),
            _ => lengths.trim_end_matches(", ").to_owned(),
        };
        let kind = numpy_name(dtype);
        let mut text = format!("{{'descr': '{order}{kind}', 'fortran_order': False, 'shape': ({lengths}), }}");
        let bare = MAGIC.len() + 4 + text.len() + 1;
        text.extend(std::iter::repeat_n(' ', bare.next_multiple_of(ALIGNMENT) - bare));
        text.push('\n');
        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0]);
        // Eight axes of twenty digits are far below the limit.
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.into_bytes());
        bytes
    }
}

fn array<const N: usize>(file: &mut impl Read) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes).map_err(cut_short)?;
    Ok(bytes)
}

/// The value of `key` in a dictionary that holds texts, truths and tuples of numbers.
fn entry<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let after = ['\'', '"'].iter().find_map(|quote| {
        let key = format!("{quote}{key}{quote}");
        text.find(&key).map(|at| &text[at + key.len()..])
    })?;
    let value = after.trim_start().strip_prefix(':')?.trim_start();
    let end = match value.chars().next()? {
        '(' => value.find(')')? + 1,
        quote @ ('\'' | '"') => value[1..].find(quote)? + 2,
        _ => value.find([',', '}'])?,
    };
    Some(value[..end].trim())
}

fn endian(order: &str) -> Option<Endian> {
    match order {
        "<" => Some(Endian::Little),
        ">" => Some(Endian::Big),
        "|" | "=" => Some(Endian::NATIVE),
        _ => None,
    }
}
