//! Units: by symbol in OME-XML, by any name in ImageJ, by their full English name here.

/// Symbol and full name.
const UNITS: [(&str, &str); 21] = [
    ("µm", "micrometer"),
    ("nm", "nanometer"),
    ("mm", "millimeter"),
    ("cm", "centimeter"),
    ("m", "meter"),
    ("km", "kilometer"),
    ("pm", "picometer"),
    ("fm", "femtometer"),
    ("Å", "angstrom"),
    ("in", "inch"),
    ("ft", "foot"),
    ("s", "second"),
    ("ms", "millisecond"),
    ("µs", "microsecond"),
    ("ns", "nanosecond"),
    ("min", "minute"),
    ("h", "hour"),
    ("d", "day"),
    ("dm", "decimeter"),
    ("Mm", "megameter"),
    ("ps", "picosecond"),
];

/// Other spellings, of both signs for a micro and of common programs.
const SPELLINGS: [(&str, &str); 14] = [
    ("μm", "micrometer"),
    ("um", "micrometer"),
    ("micron", "micrometer"),
    ("microns", "micrometer"),
    ("\\u00B5m", "micrometer"),
    ("\\u00b5m", "micrometer"),
    ("micrometre", "micrometer"),
    ("nanometre", "nanometer"),
    ("millimetre", "millimeter"),
    ("inches", "inch"),
    ("sec", "second"),
    ("seconds", "second"),
    ("μs", "microsecond"),
    ("us", "microsecond"),
];

/// The full name of `unit`; pixels are none.
pub(in crate::io::tiff) fn long_name(unit: &str) -> String {
    let unit = unit.trim().trim_matches('"');
    if matches!(unit, "pixel" | "pixels" | "reference frame") {
        return String::new();
    }
    let known = UNITS.iter().chain(&SPELLINGS).find(|(short, _)| *short == unit);
    known.map_or(unit, |(_, long)| long).to_owned()
}

/// The symbol of a unit of a full name, if OME-XML has one.
pub(in crate::io::tiff) fn symbol(long: &str) -> Option<&'static str> {
    UNITS.iter().find(|(_, name)| *name == long).map(|(symbol, _)| *symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_make_the_trip() {
        for (_, long) in UNITS {
            assert_eq!(long_name(symbol(long).unwrap()), long);
        }
        assert_eq!(long_name("micron"), "micrometer");
        assert_eq!(long_name("pixel"), "");
        assert_eq!(long_name("parsec"), "parsec");
    }
}
