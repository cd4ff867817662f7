//! A name with a placeholder.

use std::path::PathBuf;

use crate::error::Error;
use crate::io::location::Location;

/// What names the files of a stack: `p_{z}.png`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    before: String,
    /// Which axis; none is the first.
    pub(super) axis: Option<char>,
    /// How many digits at least; none is as many as the last number has.
    width: Option<usize>,
    after: String,
    pub(super) within: String,
}

/// No file has a longer number.
const WIDEST: usize = 20;

impl Template {
    /// The template that `at` is, if it has a placeholder.
    ///
    /// # Errors
    ///
    /// Several placeholders, or one in the name of a folder.
    pub(crate) fn of(at: &Location) -> Result<Option<Self>, Error> {
        let path = match (at.url(), at.path().to_str()) {
            (None, Some(path)) => path,
            _ => return Ok(None),
        };
        let mut found = None;
        for (open, _) in path.match_indices('{') {
            let Some(close) = path[open..].find('}').map(|n| open + n) else {
                break;
            };
            let Some((axis, width)) = placeholder(&path[open + 1..close]) else {
                continue;
            };
            let template = Self {
                before: path[..open].to_owned(),
                axis,
                width,
                after: path[close + 1..].to_owned(),
                within: at.within().to_owned(),
            };
            if found.replace(template).is_some() {
                return Err(Error::invalid("its name has several placeholders: one is enough"));
            }
        }
        if found.as_ref().is_some_and(|template| template.after.contains('/')) {
            return Err(Error::invalid(
                "the placeholder is in the name of a folder, not of the file",
            ));
        }
        Ok(found)
    }

    /// The name of file `n` of `count`.
    pub(super) fn path(&self, n: usize, count: usize) -> PathBuf {
        let width = self.width.unwrap_or_else(|| count.saturating_sub(1).to_string().len());
        PathBuf::from(format!("{}{n:0width$}{}", self.before, self.after))
    }
}

/// What is between the braces: nothing or a letter, and perhaps `:`, a zero and a number of digits.
fn placeholder(text: &str) -> Option<(Option<char>, Option<usize>)> {
    let (axis, width) = match text.split_once(':') {
        None => (text, None),
        Some((axis, width)) => (axis, Some(width.strip_prefix('0')?.parse().ok()?)),
    };
    let mut letters = axis.chars();
    let letter = letters.next();
    let fits = letters.next().is_none() && letter.is_none_or(|letter| letter.is_ascii_lowercase());
    (fits && width.is_none_or(|width| width <= WIDEST)).then_some((letter, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Template> {
        Template::of(&Location::parse(text).unwrap()).unwrap()
    }

    #[test]
    fn numbers_have_one_width() {
        let names = |text: &str| of(text).unwrap().path(7, 120).to_str().unwrap().to_owned();
        assert_eq!(names("d/p_{z}.png"), "d/p_007.png");
        assert_eq!(names("d/{}.png"), "d/007.png");
        assert_eq!(names("d/p{t:05}.tif"), "d/p00007.tif");
        assert_eq!(of("p.h5/data"), None);
        assert_eq!(of("p{y}.h5/data").unwrap().within, "data");
        assert_eq!(of("{name}.png"), None);
        assert_eq!(of("p{z:9999999}.png"), None);
    }

    #[test]
    fn one_placeholder_in_the_name_of_the_file() {
        for text in ["{z}/{t}.png", "{z}{z}.png", "{z}/a.png"] {
            assert!(Template::of(&Location::parse(text).unwrap()).is_err(), "{text}");
        }
    }
}
