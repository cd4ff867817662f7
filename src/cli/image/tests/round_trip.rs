//! What is written comes back as it was.

use super::*;

const SHAPES: [(&str, &[usize]); 4] = [
    ("yx", &[7, 11]),
    ("yxc", &[7, 11, 3]),
    ("zyx", &[4, 7, 11]),
    ("zyxc", &[4, 7, 11, 3]),
];

fn of_each_type(random: &mut Random, count: usize) -> [Samples; 3] {
    [
        Samples::U8(random.bytes(count)),
        Samples::U16(random.words(count)),
        Samples::F32(random.floats(count)),
    ]
}

#[test]
fn tiff_keeps_every_type_colour_and_dimension() {
    let folder = Folder::new();
    let mut random = Random(1);
    for (axes, shape) in SHAPES {
        for samples in of_each_type(&mut random, shape.iter().product()) {
            let original = image(axes, shape, samples);
            let path = folder.path("image.tif");
            let written = save(&path, &original).unwrap();
            assert_eq!(written.bytes, std::fs::metadata(&path).unwrap().len());
            assert_eq!(written.range, None);
            assert_eq!(load(&path).unwrap(), original);
        }
    }
}

#[test]
fn tiff_keeps_values_that_are_no_numbers() {
    let folder = Folder::new();
    let values = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        -0.0,
        f32::MIN_POSITIVE / 2.0,
        f32::MAX,
    ];
    let path = folder.path("odd.tiff");
    save(&path, &image("yx", &[2, 3], Samples::F32(values.to_vec()))).unwrap();
    let Samples::F32(back) = load(&path).unwrap().samples else {
        panic!("another type")
    };
    assert_eq!(
        values.map(f32::to_bits).to_vec(),
        back.into_iter().map(f32::to_bits).collect::<Vec<_>>()
    );
}

#[test]
fn png_keeps_integers_as_they_are() {
    let folder = Folder::new();
    let mut random = Random(2);
    for (axes, shape) in &SHAPES[..2] {
        let count = shape.iter().product();
        for samples in [Samples::U8(random.bytes(count)), Samples::U16(random.words(count))] {
            let original = image(axes, shape, samples);
            let path = folder.path("image.png");
            assert_eq!(save(&path, &original).unwrap().range, None);
            assert_eq!(load(&path).unwrap(), original);
        }
    }
}

#[test]
fn png_of_floats_goes_from_black_to_white_and_says_which_values_those_are() {
    let folder = Folder::new();
    let path = folder.path("image.PNG");
    let floats = vec![-1.0, 0.0, 0.25, 1.0, f32::NAN, 0.5];
    let written = save(&path, &image("yx", &[2, 3], Samples::F32(floats))).unwrap();
    assert_eq!(written.range, Some((-1.0, 1.0)));
    let expected = image("yx", &[2, 3], Samples::U8(vec![0, 128, 159, 255, 0, 191]));
    assert_eq!(load(&path).unwrap(), expected);
}

#[test]
fn large_strips_are_cut_and_joined() {
    let folder = Folder::new();
    let original = image("yx", &[900, 800], Samples::U16(Random(3).words(900 * 800)));
    let path = folder.path("large.tif");
    save(&path, &original).unwrap();
    assert_eq!(load(&path).unwrap(), original);
}

#[test]
fn the_sample_image_reads_as_an_independent_program_reads_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/nuclei_2d.tif");
    let image = load(&path).unwrap();
    assert_eq!(
        (image.describe().as_str(), image.length('z')),
        ("512 x 512 (yx) u16", 1)
    );
    let Samples::U16(samples) = image.samples else {
        panic!("another type")
    };
    let sum: u64 = samples.iter().copied().map(u64::from).sum();
    let (min, max) = (samples.iter().min().unwrap(), samples.iter().max().unwrap());
    // By Python's `struct` and `array` modules on the strip's bytes.
    assert_eq!((*min, *max, sum), (0, 235, 8_331_268));
    assert_eq!((samples[0], samples[511], samples[512 * 100 + 37]), (14, 7, 32));
}
