//! What the fuzz targets share with the test `corpus` of the package: all but the choice of bytes.

#[path = "../../tests/corpus/parsers/mod.rs"]
mod parsers;

/// Gives `bytes` to the parser called `name`.
///
/// # Panics
///
/// If it does anything but read them or refuse them in an orderly way.
pub fn run(name: &str, bytes: &[u8]) {
    let mut parsers = parsers::PARSERS.iter();
    let parser = parsers.find(|parser| parser.name == name).expect("a parser of that name");
    // Which of both is for the corpus to say.
    let _ = parser.give(bytes);
}
