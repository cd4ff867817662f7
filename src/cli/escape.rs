//! Text that is safe on a terminal.

use headwater::Error;
use headwater::pipeline::Problems;

/// `text` without line breaks and other control characters: file names and decoders' messages may hold any.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        // Marks that turn the direction of what follows would let a name rewrite its neighbours.
        // The console of the library escapes the same.
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || turns {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

/// What an error says: a line for each problem of a pipeline, else one.
pub(super) fn lines(error: &Error) -> Vec<String> {
    match error.downcast_ref::<Problems>() {
        Some(problems) => problems.iter().map(|problem| one_line(&problem.to_string())).collect(),
        None => vec![one_line(&error.brief())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_one_line_whatever_a_file_is_called() {
        assert_eq!(
            one_line("cannot read `a\nb\u{1b}[2J\u{202e}.tif`"),
            "cannot read `a\\nb\\u{1b}[2J\\u{202e}.tif`"
        );
        for c in ['\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{2069}'] {
            assert_eq!(one_line(&c.to_string()), c.escape_default().to_string());
        }
    }
}
