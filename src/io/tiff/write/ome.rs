//! The OME-XML of a file that we write.
//!
//! What OME's model has no place for, such as the order of our axes, stands in an annotation of our own, which others pass over.

use std::fmt::Write as _;

use crate::array::DType;
use crate::graph::Meta;
use crate::io::tiff::about::{NAMESPACE, symbol};
use crate::io::tiff::write::plan::Plan;

const SCHEMA: &str = "http://www.openmicroscopy.org/Schemas/OME/2016-06";

/// The text for an image like `meta`, called `name`. It is ASCII, because that is what the tag is said to hold.
pub(super) fn text(meta: &Meta, plan: &Plan, name: &str) -> String {
    let mut notes = vec![("axes".to_owned(), meta.axes().to_string())];
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OME xmlns=\"{SCHEMA}\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"{SCHEMA} {SCHEMA}/ome.xsd\" \
         Creator=\"headwater\"><Image ID=\"Image:0\" Name=\"{}\">",
        escaped(name)
    );
    pixels(&mut xml, meta, plan, &mut notes);
    channels(&mut xml, meta, plan, &mut notes);
    let pages = plan.pages;
    let _ = write!(xml, "<TiffData IFD=\"0\" PlaneCount=\"{pages}\"/></Pixels></Image>");
    let _ = write!(
        xml,
        "<StructuredAnnotations><MapAnnotation ID=\"Annotation:0\" Namespace=\"{NAMESPACE}\"><Value>"
    );
    for (key, value) in notes {
        let _ = write!(xml, "<M K=\"{}\">{}</M>", escaped(&key), escaped(&value));
    }
    xml.push_str("</Value></MapAnnotation></StructuredAnnotations></OME>");
    xml
}

fn pixels(xml: &mut String, meta: &Meta, plan: &Plan, notes: &mut Vec<(String, String)>) {
    let length = |letter| meta.axes().position(letter).map_or(1, |at| meta.shape()[at]);
    let [x, y, z, c, t] = ['x', 'y', 'z', 'c', 't'].map(length);
    let (order, kind) = (order(plan), kind(meta.dtype()));
    let big = cfg!(target_endian = "big");
    let _ = write!(
        xml,
        "<Pixels ID=\"Pixels:0\" DimensionOrder=\"{order}\" Type=\"{kind}\" BigEndian=\"{big}\" \
         SizeX=\"{x}\" SizeY=\"{y}\" SizeZ=\"{z}\" SizeC=\"{c}\" SizeT=\"{t}\""
    );
    let sizes = meta.pixel_size().unwrap_or_default();
    for (letter, size) in meta.axes().iter().zip(sizes) {
        let attribute = match letter {
            'x' => "PhysicalSizeX",
            'y' => "PhysicalSizeY",
            'z' => "PhysicalSizeZ",
            't' => "TimeIncrement",
            _ => continue,
        };
        let unit = match symbol(&size.unit) {
            Some(symbol) => symbol,
            None => {
                // The model knows no other units: this one says that it is none of them.
                notes.push((format!("unit {letter}"), size.unit.to_string()));
                if letter == 't' { "s" } else { "reference frame" }
            }
        };
        let (size, unit) = (size.size, escaped(unit));
        let _ = write!(xml, " {attribute}=\"{size}\" {attribute}Unit=\"{unit}\"");
    }
    xml.push('>');
}

fn channels(xml: &mut String, meta: &Meta, plan: &Plan, notes: &mut Vec<(String, String)>) {
    let count = meta.axes().position('c').map_or(1, |at| meta.shape()[at]);
    let (count, samples) = match plan.layout.samples {
        1 => (count, 1),
        samples => (1, samples),
    };
    let names = meta.channel_names();
    if samples > 1 || names.len() != count {
        // The model has one name for the three colours.
        notes.extend(names.iter().map(|name| ("channel".to_owned(), name.to_string())));
    }
    for nth in 0..count {
        let _ = write!(xml, "<Channel ID=\"Channel:0:{nth}\" SamplesPerPixel=\"{samples}\"");
        if let Some(name) = names.get(nth).filter(|_| samples == 1) {
            let _ = write!(xml, " Name=\"{}\"", escaped(name));
        }
        xml.push_str("/>");
    }
}

/// The axes, the fastest first: those within the page, those of the planes, those that there are none of.
fn order(plan: &Plan) -> String {
    let mut order = "XY".to_owned();
    if plan.layout.samples > 1 {
        order.push('C');
    }
    let outer = plan.outer.iter().rev().map(|(letter, _)| letter.to_ascii_uppercase());
    order.extend(outer);
    for letter in ['C', 'Z', 'T'] {
        if !order.contains(letter) {
            order.push(letter);
        }
    }
    order
}

/// The model's name of a type. It has none for 64-bit integers; ours is what others would call them.
fn kind(dtype: DType) -> &'static str {
    match dtype {
        DType::U8 => "uint8",
        DType::U16 => "uint16",
        DType::U32 => "uint32",
        DType::U64 => "uint64",
        DType::I8 => "int8",
        DType::I16 => "int16",
        DType::I32 => "int32",
        DType::I64 => "int64",
        DType::F32 => "float",
        DType::F64 => "double",
        DType::Bool => "bit",
    }
}

/// `text` within XML, in ASCII. What XML cannot hold becomes a question mark.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            ' '..='~' => escaped.push(c),
            '\t' | '\n' | '\r' | '\u{7f}'.. => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            _ => escaped.push('?'),
        }
    }
    escaped
}
