//! Text that goes to a terminal: lines of an answer, times, bytes.

use std::time::Duration;

/// What stands before each line of an answer, so that no line can be taken for its end.
const INDENT: &str = "  ";

/// `text` without line breaks and other control characters: names of requests and messages of errors may hold any.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        // Marks that turn the direction of what follows would let a name rewrite its neighbours. The program escapes the same.
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || turns {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

/// The lines of `text` as lines of an answer, at most about `limit` bytes of them.
pub(super) fn framed(text: &str, limit: usize) -> String {
    let mut framed = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let room = limit.saturating_sub(framed.len());
        if line.len() > room {
            let cut = line.len() - line.floor_char_boundary(room) + lines.map(|line| line.len() + 1).sum::<usize>();
            push_line(&mut framed, &line[..line.floor_char_boundary(room)]);
            push_line(&mut framed, &format!("… and {cut} bytes more"));
            break;
        }
        push_line(&mut framed, line);
    }
    framed
}

fn push_line(framed: &mut String, line: &str) {
    framed.push_str(INDENT);
    // A tab moves the cursor and nothing else: tables have some.
    let mut parts = line.split('\t');
    framed.extend(parts.next().map(one_line));
    for part in parts {
        framed.push('\t');
        framed.push_str(&one_line(part));
    }
    framed.push('\n');
}

/// A time in the unit that fits.
pub(super) fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{}ms", time.as_millis()),
        1..60 => format!("{}.{}s", seconds, time.subsec_millis() / 100),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// Reads a time: `5`, `0.5s`, `200ms`, `2m`, `1h`.
pub(super) fn parse_time(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = is_plain.then(|| digits.parse().ok()).flatten()?;
    Duration::try_from_secs_f64(number * unit).ok()
}

/// Bytes in the unit that fits.
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let (mut value, mut unit) = (bytes as f64, "B");
    for larger in UNITS {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, larger);
    }
    match unit {
        "B" => format!("{bytes} B"),
        _ => format!("{value:.2} {unit}"),
    }
}

/// Appends one line, whatever the names in it hold.
pub(super) fn line(text: &mut String, line: impl std::fmt::Display) {
    text.push_str(&one_line(&line.to_string()));
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_an_answer_looks_like_its_end() {
        assert_eq!(framed("ok\n\nerror: no\r\n", 100), "  ok\n  \n  error: no\n");
        assert_eq!(framed("a\u{1b}[2J\tb\u{202e}", 100), "  a\\u{1b}[2J\tb\\u{202e}\n");
        assert_eq!(one_line("a\nok"), "a\\nok");
        assert_eq!(framed("", 100), "");
    }

    #[test]
    fn an_answer_is_cut_between_characters() {
        assert_eq!(framed("äöü\nmore", 3), "  ä\n  … and 9 bytes more\n");
        let long = framed(&"line\n".repeat(10_000), 1000);
        assert!(long.len() < 1100 && long.ends_with("bytes more\n"), "{long}");
    }

    #[test]
    fn times_are_read_and_told() {
        for (text, millis) in [
            ("5", 5000),
            ("0.5s", 500),
            ("200ms", 200),
            ("2m", 120_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(parse_time(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "s",
            "-1",
            "1d",
            "nan",
            "inf",
            "1e400",
            "1.2.3",
            "5 s",
            "9999999999999999999999h",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
        let told = [7, 1200, 61_000, 7_260_000].map(|millis| time(Duration::from_millis(millis)));
        assert_eq!(told, ["7ms", "1.2s", "1m01s", "2h01m"]);
        assert_eq!(
            [0, 1023, 1536, 5 << 40].map(bytes),
            ["0 B", "1023 B", "1.50 KiB", "5.00 TiB"]
        );
    }
}
