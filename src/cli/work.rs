//! What a run does, as text: what an earlier run has kept is resumed only if it did the same.

use std::collections::VecDeque;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use headwater::Error;
use headwater::io::Location;

use super::options::Opening;

/// So many files and folders of a store are looked at, the outermost first: their descriptions are among them, and most stores
/// have no more. A folder's own time tells of files that have come, gone or been replaced.
const MOST: usize = 1 << 14;

/// What lies at a location by its name, and as far as it is there, what tells whether it has been changed: of each file how long
/// it is and when it was written last; of a URL, what its store tells. Of a pattern these are all that match, of a folder what is in it.
///
/// # Errors
///
/// What is no location; a store that does not answer: without its answer, what an earlier run has kept would be taken for that
/// of another and lost. The error names the URL.
pub(super) fn of_file(location: &str) -> Result<String, Error> {
    let at = Location::parse(location)?;
    let known = match at.url() {
        Some(_) => of_url(location)?,
        None if at.is_pattern() => of_all_of(files(at.path())),
        None => of_path(at.path()),
    };
    Ok(format!("{location}: {known}"))
}

/// The same of an image that is opened as the user says.
///
/// # Errors
///
/// As [`of_file`].
pub(super) fn of_image(location: &str, opening: &Opening) -> Result<String, Error> {
    Ok(format!("{}\n{opening:?}", of_file(location)?))
}

/// All of `parts`, and which program did it.
pub(super) fn of_all(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<_> = parts.into_iter().collect();
    format!("headwater {}\n{}", env!("CARGO_PKG_VERSION"), parts.join("\n"))
}

#[cfg(feature = "object-store")]
fn of_url(location: &str) -> Result<String, Error> {
    let open = headwater::io::Open::new();
    let told = open.fingerprint(location)?;
    Ok(match other_half(Path::new(location)) {
        Some(other) => format!("{told}; {}", open.fingerprint(&other.to_string_lossy())?),
        None => told,
    })
}

/// Without stores no URL is opened.
#[cfg(not(feature = "object-store"))]
fn of_url(location: &str) -> Result<String, Error> {
    let named = Location::shown(location);
    Err(Error::invalid(format!(
        "cannot read `{named}`: URLs need the feature `object-store`"
    )))
}

fn of_path(path: &Path) -> String {
    match fs::metadata(path) {
        Err(_) => String::new(),
        Ok(metadata) if metadata.is_dir() => of_all_of(entries(path)),
        Ok(metadata) => {
            let (length, changed) = figures(&metadata);
            let beside = beside(path).into_iter().filter_map(|path| fs::metadata(path).ok());
            let beside: String = beside.map(|metadata| format!(" {:?}", figures(&metadata))).collect();
            format!("{length} bytes, changed at {changed}{beside}")
        }
    }
}

/// The files that may belong to the one at `path`: the description of bare samples, the other half of a pair.
pub(super) fn beside(path: &Path) -> Vec<PathBuf> {
    let description = path.with_file_name(format!("{}.json", name(path)));
    [description].into_iter().chain(other_half(path)).collect()
}

/// The other file of a pair of NIfTI, if the name may be that of one.
fn other_half(path: &Path) -> Option<PathBuf> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    match &*ending {
        "hdr" => Some(path.with_extension("img")),
        "img" => Some(path.with_extension("hdr")),
        _ => None,
    }
}

fn of_all_of(paths: Vec<PathBuf>) -> String {
    let mut sum = Sum::default();
    for path in &paths {
        sum.add(path.to_string_lossy().as_bytes());
        let (length, changed) = fs::metadata(path).map_or((0, 0), |metadata| figures(&metadata));
        sum.add(&length.to_le_bytes());
        sum.add(&changed.to_le_bytes());
    }
    format!("{} files, {:016x}", paths.len(), sum.0)
}

/// Length and time in nanoseconds. A folder's length depends on the file system.
fn figures(metadata: &Metadata) -> (u64, u128) {
    let changed = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let length = if metadata.is_dir() { 0 } else { metadata.len() };
    (length, changed.map_or(0, |time| time.as_nanos()))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What matches a pattern, in order.
pub(super) fn files(pattern: &Path) -> Vec<PathBuf> {
    let found = glob::glob(&pattern.to_string_lossy()).into_iter().flatten();
    let mut files: Vec<_> = found.flatten().collect();
    files.sort();
    files
}

/// What is in the folder `root`, level by level and each in the order of names.
fn entries(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (vec![root.to_owned()], VecDeque::from([root.to_owned()]));
    while let Some(folder) = folders.pop_front().filter(|_| found.len() < MOST) {
        let listed = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut listed: Vec<_> = listed
            .map(|entry| (entry.path(), entry.file_type().is_ok_and(|kind| kind.is_dir())))
            .collect();
        listed.sort();
        listed.truncate(MOST - found.len());
        folders.extend(
            listed
                .iter()
                .filter(|(_, is_folder)| *is_folder)
                .map(|(path, _)| path.clone()),
        );
        found.extend(listed.into_iter().map(|(path, _)| path));
    }
    found
}

/// FNV-1a, by G. Fowler, L. C. Noll and K.-P. Vo: the same in every version of the program, unlike the library's hashes.
struct Sum(u64);

impl Default for Sum {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    use super::*;

    fn touch(path: &Path) {
        let later = SystemTime::now() + Duration::from_secs(5);
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(later)
            .unwrap();
    }

    #[test]
    fn a_change_of_any_file_of_a_pattern_or_a_folder_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("a.zarr/0/c")).unwrap();
        for name in [
            "a.zarr/zarr.json",
            "a.zarr/0/c/7",
            "s1.png",
            "s2.png",
            "b.raw",
            "b.raw.json",
            "p.hdr",
            "p.img",
        ] {
            fs::write(root.join(name), name).unwrap();
        }
        for (location, changed) in [
            ("a.zarr", "a.zarr/0/c/7"),
            ("a.zarr/0", "a.zarr/zarr.json"),
            ("s*.png", "s2.png"),
            ("b.raw", "b.raw.json"),
            ("b.raw", "b.raw"),
            ("p.hdr", "p.img"),
            ("p.img", "p.hdr"),
        ] {
            let location = root.join(location).to_string_lossy().into_owned();
            let before = of_file(&location).unwrap();
            assert_eq!(before, of_file(&location).unwrap());
            touch(&root.join(changed));
            assert_ne!(before, of_file(&location).unwrap(), "{changed}");
        }
        let location = root.join("s*.png").to_string_lossy().into_owned();
        let before = of_file(&location).unwrap();
        fs::write(root.join("s3.png"), "").unwrap();
        assert_ne!(before, of_file(&location).unwrap());
    }

    #[test]
    fn another_way_to_open_an_image_is_other_work() {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            opening: Opening,
        }
        let said = |options: &[&str]| {
            let line = <Line as clap::Parser>::parse_from([&["headwater"], options].concat());
            of_image("a.npy", &line.opening).unwrap()
        };
        assert_eq!(said(&[]), said(&[]));
        for options in [
            ["--input-axes", "zyx"],
            ["--input-format", "raw"],
            ["--scale", "1"],
            ["--sequence-axis", "t"],
        ] {
            assert_eq!(said(&options), said(&options));
            assert_ne!(said(&[]), said(&options), "{options:?}");
        }
    }

    #[test]
    fn a_store_that_tells_nothing_is_an_error() {
        let error = of_file("ftp://host/a.npy").unwrap_err().report();
        assert!(error.contains("ftp://host/a.npy"), "{error}");
    }

    #[cfg(feature = "object-store")]
    #[test]
    fn a_change_of_what_lies_at_a_url_is_seen() {
        use headwater::graph::Meta;
        use headwater::io::{Create, Format};
        use headwater::{Array, Checkpoint, DType};

        let never = Checkpoint::never();
        let image = Array::zeros("yx", &[4, 4], DType::U8).unwrap();
        let write = |url: &str| {
            let sink = Create::new()
                .format(Format::Npy)
                .replace(true)
                .create(url, &Meta::of(&image))
                .unwrap();
            sink.write_region(&Meta::of(&image).roi(), &image, &never).unwrap();
            sink.finish(&never).unwrap();
        };
        for (url, changed) in [
            ("memory:///work/a.npy", "memory:///work/a.npy"),
            ("memory:///work/p.hdr", "memory:///work/p.img"),
        ] {
            write(url);
            write(changed);
            let before = of_file(url).unwrap();
            assert_eq!(before, of_file(url).unwrap());
            write(changed);
            assert_ne!(before, of_file(url).unwrap(), "{changed}");
        }
    }
}
