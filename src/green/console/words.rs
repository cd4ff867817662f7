//! A line as words.

use std::collections::VecDeque;

use crate::error::Error;

/// The words of a line. Blanks part them; within double quotes, blanks are part of a word, and a backslash takes the next
/// character as it is.
pub(super) fn split(line: &str) -> Result<VecDeque<String>, Error> {
    let (mut words, mut word) = (VecDeque::new(), None::<String>);
    let (mut is_quoted, mut chars) = (false, line.chars());
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            '\\' if is_quoted => {
                let next = chars.next().ok_or_else(open_quote)?;
                word.get_or_insert_default().push(next);
            }
            c if c.is_whitespace() && !is_quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    if is_quoted {
        return Err(open_quote());
    }
    words.extend(word);
    Ok(words)
}

fn open_quote() -> Error {
    Error::invalid("a quote is not closed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_blanks() {
        let words = |line: &str| split(line).map(Vec::from).map_err(|error| error.to_string());
        assert_eq!(words("  a  bc\td "), Ok(vec!["a".into(), "bc".into(), "d".into()]));
        assert_eq!(
            words(r#"say "hello  \"you\"" "" x\y"#),
            Ok(vec![
                "say".into(),
                r#"hello  "you""#.into(),
                String::new(),
                r"x\y".into()
            ])
        );
        assert_eq!(words(" "), Ok(vec![]));
        for open in [r#"say "hello"#, r#"say "hello\"#, r#"""""#.get(..3).unwrap()] {
            assert_eq!(words(open), Err("a quote is not closed".to_owned()), "{open}");
        }
    }
}
