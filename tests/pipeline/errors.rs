//! Everything that is wrong is told at once, with its place and what may have been meant.

use expect_test::{Expect, expect};
use headwater::pipeline::{Pipeline, Problems};

use crate::support::{with_nodes, wrong};

#[track_caller]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&(wrong(text) + "\n"));
}

#[test]
fn keys_that_are_none() {
    check(
        &with_nodes("[nodes.smooth]\noperator = \"Gaussian\"\ninput = \"image\"\nsgima = 1.5\noutput = 3"),
        expect![[r#"
            test.toml:6:1: node `smooth`: unknown key `sgima`; did you mean `sigma`?
            test.toml:7:1: node `smooth`: `output` is an output: others name it, it takes nothing
        "#]],
    );
    check(
        "version = 1\nnode.a = 1\n[inputs.a]\npaht = 'x'",
        expect![[r#"
        test.toml:2:1: unknown key `node`; did you mean `nodes`?
        test.toml:4:1: input `a`: unknown key `paht`; did you mean `path`?
    "#]],
    );
}

#[test]
fn operators_that_are_none() {
    check(
        &with_nodes(
            "nodes.a = { operator = \"Gausian\" }\nnodes.b = { operator = \"Wavelets\", input = \"a.x\" }\nnodes.c = {}\nnodes.d = { operator = 5 }",
        ),
        expect![[r#"
            test.toml:3:24: node `a`, `operator`: unknown operator `Gausian`; did you mean `Gaussian`?
            test.toml:4:24: node `b`, `operator`: unknown operator `Wavelets`
            test.toml:5:7: node `c`: it does not say its `operator`
            test.toml:6:24: node `d`, `operator`: it takes the name of an operator
        "#]],
    );
}

#[test]
fn values_of_another_kind() {
    check(
        &with_nodes(
            r#"
[nodes.smooth]
operator = "Gaussian"
input = "image"
sigma = "large"
window = 0
axes = "yy"
[nodes.rank]
operator = "Rank"
input = "image"
percentile = 101
radius = [1, -1]
ball = 1
[nodes.open]
operator = "Morphology"
input = "image"
operation = "opne"
[nodes.min]
operator = "FilterBySize"
input = "image"
min = 9223372036854775808
max = 1979-05-27
[nodes.forest]
operator = "TrainForest"
images = ["image"]
labels = ["image"]
options = { tree = 3 }
[nodes.crop]
operator = "Crop"
input = "image"
roi = "0..3, 5..2"
[nodes.bright]
operator = "Threshold"
input = "image"
level = "otsu"
[nodes.otsu]
operator = "Otsu"
input = "image"
"#,
        ),
        expect![[r#"
            test.toml:7:9: node `smooth`, `sigma`: it takes a number of at least 0, or a list, each a number of at least 0, not the text "large"
            test.toml:8:10: node `smooth`, `window`: it takes a number above 0, not 0
            test.toml:9:8: node `smooth`, `axes`: axes "yy": 'y' occurs twice
            test.toml:13:14: node `rank`, `percentile`: it takes a number from 0 to 100, not 101
            test.toml:14:10: node `rank`, `radius`: element 1 of the list: it takes a whole number from 0 to 65536, not -1
            test.toml:15:8: node `rank`, `ball`: it takes true or false, not 1
            test.toml:19:13: node `open`, `operation`: unknown value `opne`; did you mean `open`?
            test.toml:23:7: node `min`, `min`: 9223372036854775808 is too large for an integer
            test.toml:24:7: node `min`, `max`: no parameter is a date or a time
            test.toml:29:11: node `forest`, `options`: unknown key `tree`; did you mean `trees`?
            test.toml:33:7: node `crop`, `roi`: region: axis 1 runs backwards, from 5 to 2
            test.toml:37:9: node `bright`, `level`: it takes a number, not the text "otsu"; to connect it, write { from = "otsu" }
        "#]],
    );
}

#[test]
fn names_that_lead_nowhere() {
    check(
        &with_nodes(
            r#"
nodes.smooth = { operator = "Gaussian", input = "imgae" }
nodes.things = { operator = "ConnectedComponents", input = "image.output" }
nodes.large = { operator = "FilterBySize", input = "things.coutn" }
nodes.range = { operator = "ValueRange", input = "image" }
nodes.bright = { operator = "Threshold", input = "image", level = { from = "range" } }
nodes.more = { operator = "Threshold", input = "things.input", level = { from = 3 } }
outputs.mask = { from = "brigth", path = "mask.npy" }
"#,
        ),
        expect![[r#"
            test.toml:4:49: node `smooth`, `input`: unknown input or node `imgae`; did you mean `image`?
            test.toml:5:60: node `things`, `input`: `image` is an input and has no slots: write "image"
            test.toml:6:52: node `large`, `input`: `things`: unknown output `coutn`; did you mean `count`?
            test.toml:8:76: node `bright`, `level`: `range` has several outputs: write "range.minimum" or "range.maximum"
            test.toml:9:48: node `more`, `input`: `input` of `things` is no output
            test.toml:9:81: node `more`, `level`: it takes the name of an input or node, such as "smooth" or "smooth.output", not 3
            test.toml:10:25: output `mask`, `from`: unknown input or node `brigth`; did you mean `bright`?
        "#]],
    );
}

#[test]
fn connections_that_do_not_fit() {
    check(
        &with_nodes(
            r#"
nodes.slices = { operator = "Slices", input = "image", axis = "x" }
nodes.smooth = { operator = "Gaussian", input = "slices" }
nodes.table = { operator = "RegionFeatures", labels = "image" }
nodes.again = { operator = "Gaussian", input = "table", sigma = { from = "image" } }
nodes.stack = { operator = "Stack", images = "image", axis = "x" }
nodes.none = { operator = "Stack", images = [], axis = "x" }
nodes.list = { operator = "Gaussian", input = ["image"] }
nodes.keep = { operator = "BlockCache", input = "image", block = { from = "image" } }
"#,
        ),
        expect![[r#"
            test.toml:5:49: node `smooth`, `input`: `slices` is a list, each an image, and this takes an image
            test.toml:7:48: node `again`, `input`: `table` is a table, and this takes an image
            test.toml:7:74: node `again`, `sigma`: `image` is an image, and this takes a number of at least 0, or a list, each a number of at least 0
            test.toml:8:46: node `stack`, `images`: `image` is an image, and this takes a list: write ["image"]
            test.toml:9:45: node `none`, `images`: it takes at least one
            test.toml:10:47: node `list`, `input`: it takes an image and no list
            test.toml:11:75: node `keep`, `block`: the operator is made with it, so it cannot be connected
        "#]],
    );
}

#[test]
fn what_is_missing() {
    check(
        &with_nodes("nodes.a = { operator = \"Threshold\" }\noutputs.b = {}"),
        expect![[r#"
            test.toml:3:7: node `a`: `input` is missing: an image of any element type; it takes an image
            test.toml:3:7: node `a`: `level` is missing: true is what is greater than this; it takes a number
            test.toml:4:9: output `b`: it does not say `from`
            test.toml:4:9: output `b`: it does not say `path`
        "#]],
    );
    check(
        "[inputs.image]",
        expect![[r#"
        test.toml:1:1: there is no `version`; this is the form of `version = 1`
    "#]],
    );
    check(
        "version = 2",
        expect![[r#"
        test.toml:1:11: `version` is 2, and 1 is all that this program knows
    "#]],
    );
    check(
        "version = 1\nnodes = 3\ninputs.a = 4",
        expect![[r#"
        test.toml:2:9: `nodes` has to be a table, as in `[nodes.cells]`
        test.toml:3:12: input `a`: it has to be a table, as in `[inputs.a]`
    "#]],
    );
}

#[test]
fn names_that_are_taken_or_none() {
    check(
        "version = 1\n[inputs.image]\n[nodes.image]\noperator = \"Identity\"\ninput = \"image\"",
        expect![[r#"
            test.toml:3:8: node `image`: an input has this name too: what refers to it could mean both
        "#]],
    );
    check(
        "version = 1\n[inputs.a]\n[inputs.a]",
        expect![[r#"
        test.toml:3:9: duplicate key
    "#]],
    );
    check(
        "version = 1\n[inputs.\"a b\"]\n[outputs.\"\"]",
        expect![[r#"
        test.toml:2:9: input `a b`: a name has up to 64 letters, digits, `_` and `-`, and no others
        test.toml:3:10: output ``: a name has up to 64 letters, digits, `_` and `-`, and no others
    "#]],
    );
}

#[test]
fn circles_are_named() {
    check(
        &with_nodes(
            r#"
nodes.a = { operator = "Arithmetic", operation = "add", a = "image", b = "c" }
nodes.b = { operator = "Gaussian", input = "a" }
nodes.c = { operator = "Stack", images = ["image", "b"], axis = "x" }
nodes.d = { operator = "Gaussian", input = "c" }
"#,
        ),
        expect![[r#"
            test.toml:5:36: node `b`, `input`: the nodes feed each other in a circle: `b` → `c` → `a` → `b`
        "#]],
    );
    check(
        &with_nodes("nodes.a = { operator = \"Identity\", input = \"a\" }"),
        expect![[r#"
        test.toml:3:36: node `a`, `input`: the nodes feed each other in a circle: `a` → `a`
    "#]],
    );
}

#[test]
fn outputs_that_cannot_be() {
    check(
        &with_nodes(
            r#"
nodes.things = { operator = "ConnectedComponents", input = "image" }
nodes.table = { operator = "RegionFeatures", labels = "things" }
nodes.otsu = { operator = "Otsu", input = "image" }
nodes.slices = { operator = "Slices", input = "image", axis = "x" }
outputs.a = { from = "table", path = "a.tif" }
outputs.b = { from = "things", path = "b.csv" }
outputs.c = { from = "otsu", path = "c.npy" }
outputs.d = { from = "slices", path = "d.npy" }
outputs.e = { from = "table", path = "e.csv", dtype = "u8" }
outputs.f = { from = "image", path = "f.xyz", compression = "zip", chunk = [0.5], dtype = "int" }
outputs.g = { from = "image", path = "" }
outputs.h = { from = "image", path = "h.npy", normalise = { from = [1, 2, 3] }, scales = 0, region = "x" }
"#,
        ),
        expect![[r#"
            test.toml:8:38: output `a`, `path`: a table is written to a file whose name ends in `.csv`
            test.toml:9:39: output `b`, `path`: an image is not written as `.csv`
            test.toml:10:22: output `c`, `from`: `otsu` is a number; only an image or a table can be written
            test.toml:11:22: output `d`, `from`: `slices` is a list, each an image; only an image or a table can be written
            test.toml:12:47: output `e`, `dtype`: a table has no such option
            test.toml:13:38: output `f`, `path`: `.xyz` is no known ending: use one of .zarr, .tif, .npy, .npz, .png, .jpg, .raw, .nii, .y4m, .h5, .n5
            test.toml:13:61: output `f`, `compression`: `zip` is no compression: use one of none, zstd, deflate, lzw, blosc-lz4, blosc-zstd
            test.toml:13:76: output `f`, `chunk`: element 0 of the list: it takes a whole number of at least 0, not 0.5
            test.toml:13:91: output `f`, `dtype`: unknown value `int`; there are `u8`, `u16`, `u32`, `u64`, `i8`, `i16`, `i32`, `i64`, `f32`, `f64`, `bool`
            test.toml:14:38: output `g`, `path`: "" names no file
            test.toml:15:59: output `h`, `normalise`: `from`: it takes a list of 2, each a number, not a list of 3
            test.toml:15:90: output `h`, `scales`: it takes a whole number from 1 to 32, not 0
            test.toml:15:102: output `h`, `region`: region: a whole number of at least 0 is missing at column 1
        "#]],
    );
}

#[test]
fn text_that_is_no_toml() {
    check(
        "version = 1\n[nodes.größe\n",
        expect![[r#"
        test.toml:2:13: unclosed table, expected `]`
    "#]],
    );
    check(
        "version = ",
        expect![[r#"
        test.toml:1:11: string values must be quoted, expected literal string
    "#]],
    );
}

#[test]
fn an_error_can_be_taken_apart() {
    let text = with_nodes("nodes.smooth = { operator = \"Gaussian\", input = \"image\", sigma = -1 }");
    let error = Pipeline::parse(&text, "cells.toml").unwrap_err();
    let problems: &Problems = error.downcast_ref().unwrap();
    let [problem] = &problems.iter().collect::<Vec<_>>()[..] else {
        panic!("{problems}")
    };
    assert_eq!(
        (problem.file(), problem.part(), problem.slot()),
        ("cells.toml", Some("smooth"), Some("sigma"))
    );
    assert_eq!((problem.place().line, problem.place().column), (3, 66));
    assert!(problem.message().contains("at least 0"), "{problem}");
}

#[test]
fn what_no_output_needs_is_a_warning() {
    let text = with_nodes(
        r#"
nodes.a = { operator = "Identity", input = "image" }
nodes.b = { operator = "Identity", input = "a" }
outputs.a = { from = "a", path = "a.npy" }
"#,
    );
    let pipeline = Pipeline::parse(&text, "test.toml").unwrap();
    let warnings: Vec<_> = pipeline.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["test.toml:5:7: node `b`: no output needs it"]);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Pipeline::read("nowhere/cells.toml").unwrap_err().report();
    assert!(
        error.starts_with("cannot read the pipeline `nowhere/cells.toml`: "),
        "{error}"
    );
}
