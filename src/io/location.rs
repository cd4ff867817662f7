//! Where an image lies.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Endings after which the rest of a path is within the file.
const CONTAINERS: [&str; 7] = ["zarr", "h5", "hdf5", "hdf", "ilp", "n5", "npz"];

/// A file, a folder, a pattern of files or a URL, and the place of an image within it.
///
/// URLs are those of object stores, which need the feature `object-store`; see [`io`](crate::io).
///
/// lazyflow: `PathComponents`. What follows the last component that ends in `.zarr`, `.n5`, `.h5`, `.hdf5`, `.hdf`, `.ilp` or
/// `.npz` is the place within.
///
/// # Examples
///
/// ```
/// use headwater::io::Location;
///
/// let at = Location::parse("data/cells.zarr/labels/nuclei/0")?;
/// assert_eq!(at.path().to_str(), Some("data/cells.zarr"));
/// assert_eq!(at.within(), "labels/nuclei/0");
///
/// let at = Location::parse("s3://bucket/cells.zarr")?;
/// assert_eq!(at.url(), Some("s3://bucket/cells.zarr"));
///
/// assert!(Location::parse("planes/slice_*.png")?.is_pattern());
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Location {
    outer: String,
    within: String,
}

impl Location {
    /// Takes `text` apart. A URL that begins with `file:///` is a path.
    ///
    /// # Errors
    ///
    /// An empty text, or one with a NUL in it; a URL with credentials in it, which would show in messages, or with a query.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.is_empty() || text.contains('\0') {
            return Err(Error::invalid(format!("{text:?} names no file")));
        }
        if text.strip_prefix("file://").is_some_and(|path| path.starts_with('/')) {
            return Self::parse(&unescaped(&text["file://".len()..])?);
        }
        if Self::shown(text) != text {
            return Err(Error::invalid(
                "a URL with credentials or a query in it is not taken: they are settings of the store, or in the environment",
            ));
        }
        let (outer, within) = match end_of_container(text) {
            Some(end) => (&text[..end], text[end..].trim_matches('/')),
            None => (text, ""),
        };
        Ok(Self {
            outer: outer.to_owned(),
            within: within.to_owned(),
        })
    }

    /// Whether `text` is a URL: it begins with a scheme and `://`. A path may have that in its midst.
    pub fn is_url(text: &str) -> bool {
        divided(text).is_some()
    }

    /// `text` as messages may show it: a URL without credentials and query.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::io::Location;
    ///
    /// let shown = Location::shown("https://me:secret@host/cells.zarr?signature=abc");
    /// assert_eq!(shown, "https://…@host/cells.zarr?…");
    /// ```
    pub fn shown(text: &str) -> String {
        let Some((scheme, rest)) = divided(text) else {
            return text.to_owned();
        };
        let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(host);
        let host = match host.rsplit_once('@') {
            // Azure's containers stand in front of the account.
            Some((user, _)) if !scheme.starts_with("http") && !user.contains(':') => host.to_owned(),
            Some((_, host)) => format!("…@{host}"),
            None => host.to_owned(),
        };
        match path.find(['?', '#']) {
            Some(query) => format!("{scheme}://{host}{}{}…", &path[..query], &path[query..=query]),
            None => format!("{scheme}://{host}{path}"),
        }
    }

    /// The file at `path`, whatever its name looks like.
    ///
    /// # Errors
    ///
    /// A path that is not UTF-8.
    pub fn file(path: &Path) -> Result<Self, Error> {
        let outer = path
            .to_str()
            .ok_or_else(|| Error::invalid(format!("the path {} is not UTF-8", path.display())))?;
        let within = String::new();
        let outer = outer.to_owned();
        Ok(Self { outer, within })
    }

    /// The same file with another place within.
    #[must_use]
    pub fn with_within(self, within: &str) -> Self {
        let within = within.trim_matches('/').to_owned();
        Self { within, ..self }
    }

    /// The file or folder; of a URL, its text.
    pub fn path(&self) -> &Path {
        Path::new(&self.outer)
    }

    /// The URL without the place within, if it is one.
    pub fn url(&self) -> Option<&str> {
        Self::is_url(&self.outer).then_some(&*self.outer)
    }

    /// The place within the file, without slashes around it. Empty: the only one, or the file's own choice.
    pub fn within(&self) -> &str {
        &self.within
    }

    /// Whether it names many files, by `*`, `?` or `[…]`.
    pub fn is_pattern(&self) -> bool {
        self.url().is_none() && self.outer.contains(['*', '?', '[']) && !self.path().exists()
    }

    /// The ending of the file's name in small letters, without its dot. Empty if there is none.
    pub fn extension(&self) -> String {
        let extension = self
            .path()
            .extension()
            .map(|e| e.to_string_lossy().to_ascii_lowercase());
        extension.unwrap_or_default()
    }

    /// The place of a file beside this one.
    pub fn sibling(&self, name: &str) -> PathBuf {
        self.path().with_file_name(name)
    }
}

/// A URL's scheme (RFC 3986, 3.1), and what follows its `://`. A path may have that in its midst and is none.
fn divided(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme.then_some((scheme, rest))
}

/// Where the last component ends that is a container.
fn end_of_container(text: &str) -> Option<usize> {
    let mut end = 0;
    let mut found = None;
    for component in text.split('/') {
        end += component.len();
        let ending = component
            .rsplit_once('.')
            .map(|(stem, ending)| (stem, ending.to_ascii_lowercase()));
        if ending.is_some_and(|(stem, ending)| !stem.is_empty() && CONTAINERS.contains(&&*ending)) {
            found = Some(end);
        }
        end += 1;
    }
    found
}

/// The path of a `file` URL, whose odd bytes are `%` and two digits.
fn unescaped(text: &str) -> Result<String, Error> {
    let wrong = || Error::invalid(format!("`{text}` is no path of a URL"));
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.ok_or_else(wrong)?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Location").field(&self.to_string()).finish()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.outer)?;
        if self.within.is_empty() {
            return Ok(());
        }
        write!(f, "/{}", self.within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, String) {
        let at = Location::parse(text).unwrap();
        (at.outer, at.within)
    }

    #[test]
    fn the_last_container_divides_a_path() {
        let cases = [
            ("a.tif", "a.tif", ""),
            ("/d/a.h5", "/d/a.h5", ""),
            ("/d/a.h5/", "/d/a.h5", ""),
            ("/d/a.H5/volume/data", "/d/a.H5", "volume/data"),
            ("run.zarr/a.n5/s0", "run.zarr/a.n5", "s0"),
            ("dir.zarr.old/a.tif", "dir.zarr.old/a.tif", ""),
            (".zarr/a", ".zarr/a", ""),
            ("https://host:80/b/x.zarr/0", "https://host:80/b/x.zarr", "0"),
        ];
        for (text, outer, within) in cases {
            assert_eq!(parts(text), (outer.to_owned(), within.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_names_nothing_is_refused() {
        assert!(Location::parse("").is_err() && Location::parse("a\0b").is_err());
    }

    #[test]
    fn credentials_of_a_url_are_refused_and_do_not_show() {
        for text in [
            "https://me:hush@host/x.zarr",
            "https://hush@host/x.zarr",
            "s3://hush:hush@bucket/x.zarr",
            "https://host/x.zarr?sig=hush",
            "https://host?hush",
            "https://host/x.zarr#hush",
        ] {
            let error = Location::parse(text).unwrap_err().report();
            let shown = Location::shown(text);
            assert!(!error.contains("hush") && !shown.contains("hush"), "{error} {shown}");
        }
        let azure = "az://container@account/x.zarr";
        assert_eq!(Location::parse(azure).unwrap().to_string(), azure);
    }

    #[test]
    fn a_path_with_the_sign_of_a_url_in_its_midst_is_a_path() {
        for text in ["/data/a://b@c?d/x.tif", "a b://c", "é://c", "1://c", "://c"] {
            let at = Location::parse(text).unwrap();
            assert_eq!((at.url(), at.path().to_str()), (None, Some(text)));
        }
    }

    #[test]
    fn a_file_url_is_a_path() {
        let at = Location::parse("file:///data/my%20cells.zarr/0").unwrap();
        assert_eq!((&*at.outer, &*at.within, at.url()), ("/data/my cells.zarr", "0", None));
        assert!(Location::parse("file:///a%2").is_err() && Location::parse("file:///a%zz").is_err());
    }

    #[test]
    fn it_reads_as_it_was_written() {
        for text in ["a.tif", "s3://b/x.zarr/0/1", "/d/a.h5/v"] {
            assert_eq!(Location::parse(text).unwrap().to_string(), text);
        }
    }
}
