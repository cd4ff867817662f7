//! Which places are the same, or one of them within the other.

use std::fs;
use std::path::{self, Path, PathBuf};

use headwater::Error;
use headwater::io::{Format, Location};

use super::work;

/// A place by which what is read or written is told from other things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// A path that leads there without links, from the root; or a URL, which is never that.
    path: PathBuf,
    /// Whether its braces are still to be filled in.
    is_template: bool,
}

impl Spot {
    /// That of a plain file, whatever its name looks like.
    pub(super) fn file(path: &Path) -> Self {
        Self {
            path: whole(path),
            is_template: false,
        }
    }

    /// That of an image which is written as `format`, or as its name tells.
    ///
    /// # Errors
    ///
    /// If it is no location.
    pub(super) fn image(location: &str, format: Option<Format>) -> Result<Self, Error> {
        let at = Location::parse(location)?;
        let path = located(&at, at.path(), format);
        Ok(Self {
            is_template: location.contains('{'),
            path,
        })
    }

    /// Those of all that is read at a location: of a pattern all files that match, and what belongs to them.
    pub(super) fn read(location: &str) -> Vec<Self> {
        let Ok(at) = Location::parse(location) else {
            return Vec::new();
        };
        let mut files = vec![at.path().to_owned()];
        if at.is_pattern() {
            files.extend(work::files(at.path()));
        }
        let beside = files.iter().flat_map(|file| work::beside(file));
        let beside: Vec<_> = beside
            .filter(|file| file.is_file())
            .map(|file| Self::file(&file))
            .collect();
        let own = files.iter().map(|file| Self {
            path: located(&at, file, None),
            is_template: false,
        });
        own.chain(beside).collect()
    }

    /// Whether they are the same, or one lies within the other, or a name that is still to be filled in may become such.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let mut parts = self.path.components().zip(other.path.components());
        parts.all(|(own, other_part)| {
            let [a, b] = [own, other_part].map(|part| part.as_os_str().to_string_lossy());
            a == b || (self.is_template && fits(&a, &sample(&b))) || (other.is_template && fits(&b, &sample(&a)))
        })
    }

    /// Whether it has more parts than another one, within which it lies if they overlap.
    pub(super) fn is_deeper(&self, other: &Self) -> bool {
        self.path.components().count() > other.path.components().count()
    }

    /// Whether what is written here comes to lie within what is read at `read` and changes nothing of it: it is new there, or
    /// among the labels of an image, which are images of their own.
    pub(super) fn is_added_to(&self, read: &Self) -> bool {
        let Ok(rest) = self.path.strip_prefix(&read.path) else {
            return false;
        };
        let is_within = self.path.is_absolute() && self.is_deeper(read) && !self.is_template;
        is_within && (rest.starts_with("labels") || fs::symlink_metadata(&self.path).is_err())
    }
}

/// Where what is at `at` lies if `file` is the file: as deep as it is read or written by itself. An archive is one file.
fn located(at: &Location, file: &Path, format: Option<Format>) -> PathBuf {
    let format = format.or_else(|| Format::of_name(at).ok());
    let is_folder = matches!(format, Some(Format::Zarr | Format::N5)) && !file.is_file();
    let path = match at.within() {
        "" => file.to_owned(),
        within if is_folder => file.join(within),
        _ => file.to_owned(),
    };
    match at.url() {
        Some(_) => path,
        None => whole(&path),
    }
}

/// Whether a part of a path may become `name` when its braces are filled in: with numbers, unless they stand for axes.
fn fits(template: &str, name: &str) -> bool {
    let Some((open, close)) = braces(template) else {
        return false;
    };
    let rest = name.strip_prefix(&template[..open]);
    let filled = rest.and_then(|rest| rest.strip_suffix(&template[close + 1..]));
    let is_number = template.matches('{').count() == 1 && !template.contains("{axes");
    let may_be = |c: char| !is_number || c.is_ascii_digit() || "-_".contains(c);
    filled.is_some_and(|filled| !filled.is_empty() && filled.chars().all(may_be))
}

/// What a part of a path may become.
fn sample(part: &str) -> String {
    match braces(part) {
        Some((open, close)) => format!("{}0{}", &part[..open], &part[close + 1..]),
        None => part.to_owned(),
    }
}

/// Where the first brace opens, and the last one closes.
fn braces(part: &str) -> Option<(usize, usize)> {
    let (open, close) = (part.find('{')?, part.rfind('}')?);
    (open < close).then_some((open, close))
}

/// A path by which a file is told from others: whatever is there of it is followed where it leads.
fn whole(path: &Path) -> PathBuf {
    let path = path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let found = path.ancestors().find_map(|part| {
        let rest = path.strip_prefix(part).ok()?;
        Some((fs::canonicalize(part).ok()?, rest))
    });
    match found {
        // Joining nothing would add a slash.
        Some((part, rest)) if rest.as_os_str().is_empty() => part,
        Some((part, rest)) => part.join(rest),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(one: &str, other: &str) -> bool {
        let [one, other] = [one, other].map(|location| Spot::image(location, None).unwrap());
        assert_eq!(one.overlaps(&other), other.overlaps(&one));
        one.overlaps(&other)
    }

    #[test]
    fn archives_are_one_file_and_folders_have_places_within() {
        for (one, other) in [
            ("a.npz/a", "a.npz/b"),
            ("a.h5/a", "./a.h5/b/c"),
            ("a.zarr/0", "a.zarr"),
            ("a.n5/x", "a.n5/x/y"),
            ("s3://b/a.npz/a", "s3://b/a.npz/b"),
            ("s3://b/a.zarr/", "s3://b/a.zarr/0"),
        ] {
            assert!(overlap(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("a.zarr/0", "a.zarr/1"),
            ("a.n5/x", "a.n5/xy"),
            ("a.npz/a", "b.npz/a"),
            ("s3://b/a.zarr/0", "s3://b/a.zarr/1"),
            ("s3://b/a.zarr", "s3://b/a.zarrs"),
        ] {
            assert!(!overlap(one, other), "{one} {other}");
        }
        let as_npz = |within| Spot::image(within, Some(Format::Npz)).unwrap();
        assert!(as_npz("a.zarr/0").overlaps(&as_npz("a.zarr/1")));
    }

    #[test]
    fn a_template_overlaps_what_it_may_become() {
        for (one, other) in [
            ("p_{z}.png", "p_007.png"),
            ("p_{z}.png", "p_{t:03}.png"),
            ("{roi}.npy", "3-40_0-7.npy"),
            ("{axes}.npy", "yx.npy"),
            ("{x_start}-{axes}.npy", "3-yx.npy"),
            ("p{z}.zarr/0", "p1.zarr"),
            ("a.zarr/{x_start}", "a.zarr/0"),
        ] {
            assert!(overlap(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("{z}.png", "stack.png"),
            ("p_{z}.png", "p_.png"),
            ("p_{z}.png", "p_1.tif"),
            ("q/p_{z}.png", "p_1.png"),
            ("p_{.png", "p_1.png"),
        ] {
            assert!(!overlap(one, other), "{one} {other}");
        }
        // Of a plain file braces are letters.
        let file = Spot::file(Path::new("p_{z}.png"));
        assert!(!file.overlaps(&Spot::file(Path::new("p_1.png"))));
    }

    #[test]
    fn what_is_new_or_among_the_labels_of_an_image_changes_nothing_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_str().unwrap();
        std::fs::create_dir_all(folder.path().join("a.zarr/labels/parts")).unwrap();
        std::fs::create_dir_all(folder.path().join("a.zarr/0")).unwrap();
        let spot = |within: &str| Spot::image(&format!("{root}/a.zarr{within}"), None).unwrap();
        for (within, is_added) in [
            ("/labels/parts", true),
            ("/new", true),
            ("/0", false),
            ("", false),
            ("/{x_start}", false),
        ] {
            assert_eq!(spot(within).is_added_to(&spot("")), is_added, "{within}");
        }
        assert!(!spot("").is_added_to(&spot("/0")));
        let [inner, outer] = ["s3://b/a.zarr/0", "s3://b/a.zarr"].map(|url| Spot::image(url, None).unwrap());
        assert!(!inner.is_added_to(&outer), "nobody has asked the store");
    }
}
