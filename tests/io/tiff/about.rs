//! Axes, sizes and names, as the dialects tell them.

use headwater::io::open;
use headwater::{Array, Checkpoint, Error};

use super::Folder;
use super::forge::*;

/// A file of `count` pages of one pixel with the number of the page, and `description`.
fn pages(count: u8, description: &str) -> Vec<u8> {
    let pages: Vec<_> = (0..count).map(|n| Page::grey(1, 1, 8, &[n])).collect();
    described(&pages, description)
}

/// A file of `pages` with `description`: in place of the first page's entry 270.
fn described(pages: &[Page], description: &str) -> Vec<u8> {
    let mut pages = pages.to_vec();
    pages[0] = pages[0].clone().with(270, &[0; 4]);
    let mut file = tiff(&pages, None);
    let entry = file.windows(4).position(|w| w == [14, 1, 3, 0]).unwrap();
    let place = file.len() as u32;
    file[entry + 2..entry + 4].copy_from_slice(&[2, 0]);
    file[entry + 4..entry + 8].copy_from_slice(&(description.len() as u32 + 1).to_le_bytes());
    file[entry + 8..entry + 12].copy_from_slice(&place.to_le_bytes());
    file.extend(description.as_bytes());
    file.push(0);
    file
}

fn load(bytes: &[u8]) -> Result<(headwater::graph::Meta, Array), Error> {
    let folder = Folder::new();
    let source = open(&folder.put("a.tif", bytes))?;
    let image = source.read(&source.meta().roi(), &Checkpoint::never())?;
    Ok((source.meta().clone(), image))
}

fn is(bytes: &[u8], axes: &str, shape: &[usize], expected: &[u8]) -> headwater::graph::Meta {
    let (meta, image) = load(bytes).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(image, Array::from_vec(axes, shape, expected.to_vec()).unwrap());
    meta
}

fn sizes(meta: &headwater::graph::Meta) -> Vec<(f64, String)> {
    let sizes = meta.pixel_size().unwrap_or_default().iter();
    sizes.map(|pixel| (pixel.size, pixel.unit.to_string())).collect()
}

fn ome(pixels: &str, within: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- Warning --><OME \
         xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\" UUID=\"urn:uuid:1\"><Image ID=\"Image:0\">\
         <Pixels ID=\"Pixels:0\" Type=\"uint8\" SizeX=\"1\" SizeY=\"1\" {pixels}>{within}\
         </Pixels></Image></OME>"
    )
}

#[test]
fn pages_without_a_word_are_slices() {
    let meta = is(&pages(3, "a nice picture"), "zyx", &[3, 1, 1], &[0, 1, 2]);
    assert!(meta.pixel_size().is_none());
    is(&pages(1, ""), "yx", &[1, 1], &[0]);
}

#[test]
fn image_j_tells_of_channels_slices_and_frames() {
    let text = "ImageJ=1.53t\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\n\
                unit=\\u00B5m\nspacing=0.5\nfinterval=2\n";
    let all: Vec<u8> = (0..12).collect();
    let meta = is(&pages(12, text), "tzcyx", &[2, 3, 2, 1, 1], &all);
    let expected = [(2.0, "second"), (0.5, "micrometer"), (1.0, ""), (1.0, ""), (1.0, "")];
    assert_eq!(sizes(&meta), expected.map(|(size, unit)| (size, unit.to_owned())));
    is(
        &pages(4, "ImageJ=1.53t\nimages=4\nslices=4\n"),
        "zyx",
        &[4, 1, 1],
        &[0, 1, 2, 3],
    );
    is(
        &pages(4, "ImageJ=1.53t\nimages=4\nframes=4\n"),
        "tyx",
        &[4, 1, 1],
        &[0, 1, 2, 3],
    );
    // What does not fit is passed over.
    is(
        &pages(4, "ImageJ=1.53t\nimages=4\nframes=3\n"),
        "zyx",
        &[4, 1, 1],
        &[0, 1, 2, 3],
    );
}

#[test]
fn image_j_may_have_one_directory_for_a_whole_stack() {
    let page = Page::grey(2, 1, 8, &[1, 2, 3, 4, 5, 6]).with(STRIP_BYTES, &[2]);
    let text = "ImageJ=1.53t\nimages=3\nslices=3\n";
    is(
        &described(std::slice::from_ref(&page), text),
        "zyx",
        &[3, 1, 2],
        &[1, 2, 3, 4, 5, 6],
    );
    let lie = text.replace('3', "3000000000");
    let error = load(&described(std::slice::from_ref(&page), &lie))
        .unwrap_err()
        .report();
    assert!(error.contains("cut short"), "{error}");
    let packed = page.with(COMPRESSION, &[8]);
    let error = load(&described(&[packed], text)).unwrap_err().report();
    assert!(error.contains("cannot lie behind the first"), "{error}");
}

#[test]
fn tifffile_tells_axes_in_json() {
    let all = [0, 1, 2, 3, 4, 5];
    is(
        &pages(6, r#"{"shape": [2, 3, 1, 1], "axes": "TZYX"}"#),
        "tzyx",
        &[2, 3, 1, 1],
        &all,
    );
    is(&pages(6, r#"{"shape": [2, 3, 1, 1]}"#), "zyx", &[6, 1, 1], &all);
    is(&pages(6, r#"{"shape": [9], "axes": "X"}"#), "zyx", &[6, 1, 1], &all);
    let page = Page::grey(2, 1, 8, &[1, 2, 3, 4]).with(STRIP_BYTES, &[2]);
    is(
        &described(&[page], r#"{"shape": [2, 1, 2]}"#),
        "zyx",
        &[2, 1, 2],
        &[1, 2, 3, 4],
    );
}

#[test]
fn ome_tells_the_order_of_planes_and_their_sizes() {
    let sizes_of =
        "SizeZ=\"3\" SizeC=\"2\" SizeT=\"1\" PhysicalSizeX=\"0.25\" PhysicalSizeZ=\"1.5\" PhysicalSizeZUnit=\"nm\"";
    let channels = "<Channel ID=\"Channel:0:0\" Name=\"a &amp; b\"/><Channel ID=\"Channel:0:1\" Name=\"c\"/>";
    let text = |order: &str| {
        ome(
            &format!("DimensionOrder=\"{order}\" {sizes_of}"),
            &format!("{channels}<TiffData/>"),
        )
    };
    let all = [0, 1, 2, 3, 4, 5];
    let meta = is(&pages(6, &text("XYZCT")), "czyx", &[2, 3, 1, 1], &all);
    assert_eq!(
        meta.channel_names().iter().map(|name| &**name).collect::<Vec<_>>(),
        ["a & b", "c"]
    );
    let expected = [(1.0, ""), (1.5, "nanometer"), (1.0, ""), (0.25, "micrometer")];
    assert_eq!(sizes(&meta), expected.map(|(size, unit)| (size, unit.to_owned())));
    is(&pages(6, &text("XYCZT")), "zcyx", &[3, 2, 1, 1], &all);
    is(&pages(6, &text("XYTCZ")), "zcyx", &[3, 2, 1, 1], &all);
    let error = load(&pages(6, &text("XYZZT"))).unwrap_err().report();
    assert!(error.contains("dimension order"), "{error}");
}

#[test]
fn ome_tells_which_page_is_which_plane() {
    let sizes = "DimensionOrder=\"XYZCT\" SizeZ=\"3\" SizeC=\"1\" SizeT=\"1\"";
    let turned = "<TiffData IFD=\"0\" FirstZ=\"2\"/><TiffData IFD=\"1\" PlaneCount=\"2\">\
                  <UUID FileName=\"x.tif\">urn:uuid:1</UUID></TiffData>";
    is(&pages(3, &ome(sizes, turned)), "zyx", &[3, 1, 1], &[1, 2, 0]);
    // Only some of the pages are of the first image.
    is(
        &pages(5, &ome(sizes, "<TiffData IFD=\"2\" PlaneCount=\"3\"/>")),
        "zyx",
        &[3, 1, 1],
        &[2, 3, 4],
    );

    let again = "<TiffData/>".repeat(9);
    let cases = [
        (
            sizes,
            "<TiffData IFD=\"0\"><UUID FileName=\"other.tif\">urn:uuid:2</UUID></TiffData>",
            "another file, `other.tif`",
        ),
        (sizes, "<TiffData IFD=\"0\" FirstZ=\"3\"/>", "a plane at z 3 of 3"),
        (sizes, "<TiffData IFD=\"0\" PlaneCount=\"2\"/>", "no page for plane 2"),
        (sizes, &*again, "again and again"),
        (sizes, "<TiffData IFD=\"x\"/>", "IFD is `x`"),
        (
            sizes,
            "<TiffData IFD=\"1\" PlaneCount=\"3\"/>",
            "plane 2 on page 4, but the file has 3",
        ),
        (
            "DimensionOrder=\"XYZCT\" SizeZ=\"9999999\" SizeT=\"9999999\" SizeC=\"9999999\"",
            "<TiffData/>",
            "but the file has 3 pages",
        ),
        (
            "DimensionOrder=\"XYZCT\" SizeZ=\"0\"",
            "<TiffData/>",
            "but the file has 3 pages",
        ),
    ];
    for (sizes, within, cause) in cases {
        let error = load(&pages(3, &ome(sizes, within))).unwrap_err().report();
        assert!(error.contains(cause) && error.contains("OME-XML"), "{error}");
    }
    let error = load(&pages(3, "<OME><Image>")).unwrap_err().report();
    assert!(error.contains("describes no image"), "{error}");
    let error = load(&pages(3, &ome(sizes, "").replace("SizeX=\"1\"", "SizeX=\"7\"")))
        .unwrap_err()
        .report();
    assert!(error.contains("1 x 7"), "{error}");
}
