//! Which formats there are, and how a file's is found out.

use std::fmt;
use std::fs::{self, File};
use std::io::Read as _;

use crate::error::Error;
use crate::io::location::Location;

/// A format of files or folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Zarr v2 or v3, with OME-NGFF metadata or without.
    Zarr,
    /// TIFF, BigTIFF, OME-TIFF.
    Tiff,
    /// NumPy's `.npy`.
    Npy,
    /// NumPy's `.npz`, an archive of `.npy`.
    Npz,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// Bare samples with a description beside them.
    Raw,
    /// NIfTI-1 and -2, compressed or not, in one file or in two.
    Nifti,
    /// Y4M (YUV4MPEG2), uncompressed video.
    Y4m,
    /// HDF5 (feature `hdf5`).
    Hdf5,
    /// N5 (feature `n5`).
    N5,
}

/// What files begin with.
const STARTS: [(&[u8], Format); 11] = [
    (b"II*\0", Format::Tiff),
    (b"MM\0*", Format::Tiff),
    (b"II+\0", Format::Tiff),
    (b"MM\0+", Format::Tiff),
    (b"\x89PNG\r\n\x1a\n", Format::Png),
    (b"\xff\xd8\xff", Format::Jpeg),
    (b"\x93NUMPY", Format::Npy),
    (b"PK\x03\x04", Format::Npz),
    (b"PK\x05\x06", Format::Npz),
    (b"YUV4MPEG2 ", Format::Y4m),
    (b"\x89HDF\r\n\x1a\n", Format::Hdf5),
];

/// Files in a folder that tell what it is.
const MARKS: [(&str, Format); 6] = [
    ("zarr.json", Format::Zarr),
    (".zarray", Format::Zarr),
    (".zgroup", Format::Zarr),
    (".zattrs", Format::Zarr),
    (".zmetadata", Format::Zarr),
    ("attributes.json", Format::N5),
];

impl Format {
    /// The names of files that tell what a folder is.
    #[cfg(feature = "object-store")]
    pub(crate) fn marks() -> impl Iterator<Item = &'static str> {
        MARKS.iter().map(|(name, _)| *name)
    }

    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::Zarr,
        Self::Tiff,
        Self::Npy,
        Self::Npz,
        Self::Png,
        Self::Jpeg,
        Self::Raw,
        Self::Nifti,
        Self::Y4m,
        Self::Hdf5,
        Self::N5,
    ];

    /// The name by which people know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zarr => "Zarr",
            Self::Tiff => "TIFF",
            Self::Npy => "NPY",
            Self::Npz => "NPZ",
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Raw => "raw",
            Self::Nifti => "NIfTI",
            Self::Y4m => "Y4M",
            Self::Hdf5 => "HDF5",
            Self::N5 => "N5",
        }
    }

    /// The endings of its files' names, the usual one first.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Zarr => &["zarr"],
            Self::Tiff => &["tif", "tiff", "btf"],
            Self::Npy => &["npy"],
            Self::Npz => &["npz"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Raw => &["raw", "bin", "dat"],
            Self::Nifti => &["nii", "nii.gz", "hdr", "img"],
            Self::Y4m => &["y4m"],
            Self::Hdf5 => &["h5", "hdf5", "hdf", "ilp"],
            Self::N5 => &["n5"],
        }
    }

    /// The format that a new file of this name gets.
    ///
    /// # Errors
    ///
    /// A name without an ending, or with one that is not known. The error lists those that are.
    pub fn of_name(location: &Location) -> Result<Self, Error> {
        let name = location.path().to_string_lossy().to_ascii_lowercase();
        let ends = |format: &Self| format.extensions().iter().any(|e| name.ends_with(&format!(".{e}")));
        Self::ALL.into_iter().find(ends).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|f| format!(".{}", f.extensions()[0])).collect();
            let what = match location.extension() {
                extension if extension.is_empty() => "its name has no ending".to_owned(),
                extension => format!("`.{extension}` is no known ending"),
            };
            Error::invalid(format!("{what}: use one of {}", known.join(", ")))
        })
    }

    /// The format of what lies there, by its content; by its name where that does not tell.
    ///
    /// # Errors
    ///
    /// Nothing there, an empty file, a pipe or device, no known format.
    pub fn of_content(location: &Location) -> Result<Self, Error> {
        if location.url().is_some() {
            // A folder of a store has no content but what lies below it; of those without an ending, most are Zarr.
            return match location.extension() {
                extension if extension.is_empty() => Ok(Self::Zarr),
                _ => Self::of_name(location),
            };
        }
        let path = location.path();
        let kind = fs::metadata(path)?;
        if kind.is_dir() {
            let marked = MARKS.iter().find(|(mark, _)| path.join(mark).exists());
            return match marked {
                Some((_, format)) => Ok(*format),
                None => Err(Error::invalid("it is a folder that is neither Zarr nor N5")),
            };
        }
        if !kind.is_file() {
            // Opening a pipe or a device could block for ever, or never end.
            return Err(Error::invalid("it is not a regular file"));
        }
        let mut start = Vec::new();
        File::open(path)?.take(16).read_to_end(&mut start)?;
        if start.is_empty() {
            return Err(Error::invalid("the file is empty"));
        }
        // Bare samples may look like anything.
        if let Ok(Self::Raw) = Self::of_name(location) {
            return Ok(Self::Raw);
        }
        match STARTS.iter().find(|(magic, _)| start.starts_with(magic)) {
            Some((_, format)) => Ok(*format),
            None => Self::of_name(location),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
