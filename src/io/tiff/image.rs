//! Pages put together to an image.

use crate::array::Axes;
use crate::error::Error;
use crate::graph::{Meta, PixelSize};
use crate::io::limit::Limit;
use crate::io::open::Open;
use crate::io::tiff::about::{About, Told};
use crate::io::tiff::codec::Codec;
use crate::io::tiff::file::TiffFile;
use crate::io::tiff::layout::Layout;
use crate::io::tiff::page::Page;
use crate::io::tiff::survey::{Survey, on_page};
use crate::roi::Shape;

/// Blocks of a file whose strips are small, or bare, hold at least this much.
const LEAST_BLOCK: usize = 256 << 10;

/// What an axis of the image is in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Planes of so many others follow each other.
    Planes(usize),
    Y,
    X,
    /// The samples of a pixel.
    Samples,
    /// An axis of length 1 that only the writer knew of.
    Nothing,
}

/// An image over the pages of a file.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) layouts: Vec<Layout>,
    /// In the order of the planes.
    pub(super) pages: Vec<Page>,
    /// One for each axis.
    pub(super) roles: Vec<Role>,
    pub(super) meta: Meta,
}

impl Image {
    /// Puts the pages of `survey` together.
    ///
    /// # Errors
    ///
    /// Pages that cannot be read or do not agree; a description that contradicts them.
    pub(super) fn of(file: &TiffFile, mut survey: Survey, name: &str, how: &Open) -> Result<Self, Error> {
        // Only OME-XML counts the smaller copies, because it tells of every page.
        if !About::is_ome(&survey.description) && !survey.copies.iter().all(|copy| *copy) {
            let mut copies = std::mem::take(&mut survey.copies).into_iter();
            survey.pages.retain(|_| !copies.next().unwrap_or(false));
        }
        let first = survey.pages[0].as_ref().map_err(Clone::clone)?;
        let first = survey.layouts[first.layout as usize];
        let mut about = About::of(&Told {
            description: &survey.description,
            resolution: survey.resolution.clone(),
            pages: survey.pages.len(),
            samples: first.samples,
            width: survey.finest.0,
            height: survey.finest.1,
            file_name: name,
        })?;
        let pages = match about.together {
            true => together(file, &mut survey, &about, how.limit)?,
            false => chosen(&survey, about.planes.as_deref())?,
        };
        let planes = about
            .outer
            .iter()
            .try_fold(1_usize, |n, (_, length)| n.checked_mul(*length));
        if planes != Some(pages.len()) {
            return Err(Error::msg("its description tells of other planes than it has pages"));
        }
        let layout = survey.layouts[pages[0].layout as usize];
        if let Some((width, height)) = about.insists.filter(|size| *size != survey.finest) {
            return Err(Error::msg(format!(
                "its OME-XML tells of {height} x {width}, its pages are {layout}"
            )));
        }
        about.enlarge('x', survey.finest.0, layout.width);
        about.enlarge('y', survey.finest.1, layout.height);
        let arranged = Arranged::of(&layout, &about)?;
        let roles = arranged.roles;
        let meta = meta(&layout, &about, arranged.axes, &arranged.lengths, &roles, how.axes)?;
        let layouts = survey.layouts;
        Ok(Self {
            layouts,
            pages,
            roles,
            meta,
        })
    }
}

/// The pages of the planes, which must agree.
fn chosen(survey: &Survey, planes: Option<&[usize]>) -> Result<Vec<Page>, Error> {
    let numbers: Vec<usize> = match planes {
        Some(planes) => planes.to_vec(),
        None => (0..survey.pages.len()).collect(),
    };
    let mut pages: Vec<Page> = Vec::with_capacity(numbers.len());
    for number in &numbers {
        let page = survey.pages[*number].as_ref().map_err(Clone::clone)?;
        let layout = &survey.layouts[page.layout as usize];
        let first = &survey.layouts[pages.first().unwrap_or(page).layout as usize];
        if !layout.is_like(first) {
            let (here, first_number) = (number + 1, numbers[0] + 1);
            return Err(Error::invalid(format!(
                "page {here} is {layout}, page {first_number} is {first}: pages must agree to become one image"
            )));
        }
        pages.push(page.clone());
    }
    Ok(pages)
}

/// The planes that lie behind each other from the first strip of the only page on.
fn together(file: &TiffFile, survey: &mut Survey, about: &About, limit: Limit) -> Result<Vec<Page>, Error> {
    let page = survey.pages[0].as_ref().map_err(Clone::clone)?;
    let layout = survey.layouts[page.layout as usize];
    let planes = about
        .outer
        .iter()
        .try_fold(1_u64, |n, (_, length)| n.checked_mul(*length as u64));
    let bare = layout.codec == Codec::None && !layout.tiled && !layout.planar && survey.finest.0 == layout.width;
    let planes = planes.filter(|_| bare).ok_or_else(|| {
        Error::invalid("its description tells of more planes than it has pages, and they cannot lie behind the first")
    })?;
    let first = page.places(file, &layout, 0..1)?[0].offset;
    let bytes = layout.height as u64 * layout.row_bytes() as u64;
    let all = bytes.saturating_mul(planes);
    file.must_have(first, all).map_err(on_page(1))?;
    limit.admit(planes.saturating_mul(size_of::<Page>() as u64))?;
    survey.layouts.push(Layout {
        chunk_height: layout.height,
        ..layout
    });
    let nth_layout = survey.layouts.len() as u32 - 1;
    let page = |nth| Page::together(nth_layout, first + nth * bytes);
    Ok((0..planes).map(page).collect())
}

/// The axes of an image with their lengths and roles.
struct Arranged {
    axes: Axes,
    lengths: Vec<usize>,
    roles: Vec<Role>,
}

impl Arranged {
    /// Planes outside, then the page: `c` before `y` where its planes are apart, else last; or as the writer had it.
    fn of(layout: &Layout, about: &About) -> Result<Self, Error> {
        let mut axes: Vec<(char, usize, Role)> = Vec::new();
        let mut step = about.outer.iter().map(|(_, length)| *length).product::<usize>();
        for (letter, length) in &about.outer {
            step /= length;
            axes.push((*letter, *length, Role::Planes(step)));
        }
        let samples = ('c', layout.samples, Role::Samples);
        if layout.samples > 1 && layout.planar {
            axes.push(samples);
        }
        axes.extend([('y', layout.height, Role::Y), ('x', layout.width, Role::X)]);
        if layout.samples > 1 && !layout.planar {
            axes.push(samples);
        }
        if let Some(wished) = about.axes.and_then(|wished| wish(&axes, wished)) {
            axes = wished;
        }
        let letters: String = axes.iter().map(|(letter, ..)| *letter).collect();
        Ok(Self {
            axes: letters.parse()?,
            lengths: axes.iter().map(|(_, length, _)| *length).collect(),
            roles: axes.iter().map(|(.., role)| *role).collect(),
        })
    }
}

/// `own` in the order of `axes`; nothing, if that would lose some of it.
fn wish(own: &[(char, usize, Role)], axes: Axes) -> Option<Vec<(char, usize, Role)>> {
    let lost = |(letter, length, _): &(char, usize, Role)| *length > 1 && !axes.contains(*letter);
    if own.iter().any(lost) {
        return None;
    }
    let find = |letter| own.iter().find(|(own, ..)| *own == letter).copied();
    Some(
        axes.iter()
            .map(|letter| find(letter).unwrap_or((letter, 1, Role::Nothing)))
            .collect(),
    )
}

fn meta(
    layout: &Layout,
    about: &About,
    own: Axes,
    lengths: &[usize],
    roles: &[Role],
    axes: Option<Axes>,
) -> Result<Meta, Error> {
    let mut meta = Meta::new(Shape::new(lengths)?, layout.dtype, axes.unwrap_or(own))?;
    if !about.pixel.is_empty() {
        let sizes = own.iter().map(|letter| {
            let known = about.pixel.iter().find(|(axis, _)| *axis == letter);
            known.map_or_else(unknown, |(_, size)| size.clone())
        });
        meta = meta.with_pixel_size(sizes)?;
    }
    let channels = own.position('c').map_or(1, |at| lengths[at]);
    if about.channels.len() == channels {
        meta = meta.with_channel_names(about.channels.iter().map(String::as_str));
    }
    let block = roles.iter().zip(lengths).map(|(role, length)| match role {
        Role::Planes(_) | Role::Nothing => 1,
        Role::Y => block_height(layout),
        Role::X => layout.chunk_width.min(layout.width),
        Role::Samples => {
            if layout.planar {
                1
            } else {
                *length
            }
        }
    });
    Ok(meta.with_ideal_block(Shape::new(block.collect::<Vec<_>>())?))
}

fn unknown() -> PixelSize {
    PixelSize {
        size: 1.0,
        unit: "".into(),
    }
}

/// Rows that are read well together: whole strips, but not one row alone, and not all of a bare page.
fn block_height(layout: &Layout) -> usize {
    let rows = (LEAST_BLOCK / layout.row_bytes()).max(1);
    let rows = match layout.codec {
        Codec::None if !layout.tiled => rows,
        _ if layout.tiled => layout.chunk_height,
        _ => layout.chunk_height * (rows / layout.chunk_height).max(1),
    };
    rows.min(layout.height)
}
