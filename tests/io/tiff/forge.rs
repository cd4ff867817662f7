//! TIFF files made by hand, honest or not: what no encoder at hand writes.

const LONG: u16 = 4;
const SHORT: u16 = 3;

pub(crate) const WIDTH: u16 = 256;
pub(crate) const HEIGHT: u16 = 257;
pub(crate) const BITS: u16 = 258;
pub(crate) const COMPRESSION: u16 = 259;
pub(crate) const PHOTOMETRIC: u16 = 262;
pub(crate) const STRIP_OFFSETS: u16 = 273;
pub(crate) const SAMPLES: u16 = 277;
pub(crate) const ROWS_PER_STRIP: u16 = 278;
pub(crate) const STRIP_BYTES: u16 = 279;
pub(crate) const PLANAR: u16 = 284;
pub(crate) const TILE_WIDTH: u16 = 322;
pub(crate) const TILE_LENGTH: u16 = 323;
pub(crate) const TILE_OFFSETS: u16 = 324;
pub(crate) const TILE_BYTES: u16 = 325;
pub(crate) const EXTRA: u16 = 338;
pub(crate) const FORMAT: u16 = 339;

/// One directory with its strips or tiles.
#[derive(Clone)]
pub(crate) struct Page {
    tags: Vec<(u16, Vec<u32>)>,
    chunks: Vec<Vec<u8>>,
}

impl Page {
    /// A grey page of one strip.
    pub(crate) fn grey(width: u32, height: u32, bits: u32, data: &[u8]) -> Self {
        let page = Self {
            tags: Vec::new(),
            chunks: vec![data.to_vec()],
        };
        page.with(WIDTH, &[width])
            .with(HEIGHT, &[height])
            .with(BITS, &[bits])
            .with(COMPRESSION, &[1])
            .with(PHOTOMETRIC, &[1])
            .with(SAMPLES, &[1])
            .with(ROWS_PER_STRIP, &[height])
            .with(FORMAT, &[1])
    }

    /// An RGB page of one strip.
    pub(crate) fn rgb(width: u32, height: u32, data: &[u8]) -> Self {
        Self::grey(width, height, 8, data)
            .with(PHOTOMETRIC, &[2])
            .with(SAMPLES, &[3])
            .with(BITS, &[8, 8, 8])
    }

    /// The same page with `tag` set to `values`.
    pub(crate) fn with(mut self, tag: u16, values: &[u32]) -> Self {
        self.tags.retain(|(t, _)| *t != tag);
        self.tags.push((tag, values.to_vec()));
        self
    }

    /// The same page in these strips, or tiles if it has their size.
    pub(crate) fn chunks(mut self, chunks: &[&[u8]]) -> Self {
        self.chunks = chunks.iter().map(|c| c.to_vec()).collect();
        self
    }

    /// Appends data and directory to `file`; returns where the directory is and where it points to the next one.
    fn append(&self, file: &mut Vec<u8>) -> (u32, usize) {
        let mut page = self.clone();
        let has = |tag| self.tags.iter().any(|(t, _)| *t == tag);
        let (at, len) = if has(TILE_WIDTH) {
            (TILE_OFFSETS, TILE_BYTES)
        } else {
            (STRIP_OFFSETS, STRIP_BYTES)
        };
        let (mut offsets, mut lengths) = (Vec::new(), Vec::new());
        for chunk in &self.chunks {
            offsets.push(file.len() as u32);
            lengths.push(chunk.len() as u32);
            file.extend(chunk);
        }
        if !has(at) {
            page = page.with(at, &offsets);
        }
        if !has(len) {
            page = page.with(len, &lengths);
        }
        page.tags.sort();
        let entries: Vec<_> = page
            .tags
            .iter()
            .map(|(tag, values)| entry(*tag, values, file))
            .collect();
        let start = file.len() as u32;
        file.extend((entries.len() as u16).to_le_bytes());
        file.extend(entries.concat());
        let next = file.len();
        file.extend([0; 4]);
        (start, next)
    }
}

fn entry(tag: u16, values: &[u32], file: &mut Vec<u8>) -> Vec<u8> {
    let long = matches!(
        tag,
        WIDTH | HEIGHT | STRIP_OFFSETS | ROWS_PER_STRIP | STRIP_BYTES | 322..=325
    );
    let mut bytes: Vec<u8> = if long {
        values.iter().flat_map(|v| v.to_le_bytes()).collect()
    } else {
        values.iter().flat_map(|v| (*v as u16).to_le_bytes()).collect()
    };
    if bytes.len() > 4 {
        let place = file.len() as u32;
        file.extend(&bytes);
        bytes = place.to_le_bytes().to_vec();
    }
    bytes.resize(4, 0);
    let kind = if long { LONG } else { SHORT };
    [
        &tag.to_le_bytes()[..],
        &kind.to_le_bytes(),
        &(values.len() as u32).to_le_bytes(),
        &bytes,
    ]
    .concat()
}

/// A file of these pages; the last one points to the page `back_to`, if that is set.
pub(crate) fn tiff(pages: &[Page], back_to: Option<usize>) -> Vec<u8> {
    let mut file = b"II*\0\0\0\0\0".to_vec();
    let mut pointer = 4;
    let mut starts = Vec::new();
    for page in pages {
        let (start, next) = page.append(&mut file);
        file[pointer..pointer + 4].copy_from_slice(&start.to_le_bytes());
        pointer = next;
        starts.push(start);
    }
    if let Some(page) = back_to {
        file[pointer..pointer + 4].copy_from_slice(&starts[page].to_le_bytes());
    }
    file
}
