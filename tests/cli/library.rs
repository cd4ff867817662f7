//! `headwater operators`, `graph` and `completions`.

use std::fs;

use expect_test::expect;
use serde_json::Value;

use crate::support::Folder;

#[test]
fn operators_are_listed_in_groups() {
    let folder = Folder::new();
    let told = folder.done(&["operators"]);
    assert!(told.contains("\nfilters\n") && told.contains("\nlabels\n"), "{told}");
    let line = told.lines().find(|line| line.starts_with("  Gaussian "));
    assert!(
        line.is_some_and(|line| line.ends_with("Smooths by a Gaussian.")),
        "{told}"
    );
    let all: Value = serde_json::from_str(&folder.done(&["operators", "--json"])).unwrap();
    assert!(
        all.as_array()
            .unwrap()
            .iter()
            .all(|one| one["doc"].is_string() && one["group"].is_string())
    );
}

#[test]
fn an_operator_is_told_with_its_defaults() {
    let folder = Folder::new();
    let told = folder.done(&["operators", "Gaussian"]);
    for part in [
        "Gaussian: Smooths",
        "\ninputs\n",
        "\nparameters\n",
        "\noutputs\n",
        "[default: ",
        "[required]",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let told: Value = serde_json::from_str(&folder.done(&["operators", "Gaussian", "--json"])).unwrap();
    assert_eq!(told["parameters"][0]["name"], "sigma");
    let err = folder.failed(&["operators", "Gausian"]);
    assert_eq!(err, "headwater: unknown operator `Gausian`; did you mean `Gaussian`?\n");
}

#[test]
fn the_schema_is_that_of_the_library() {
    let schema: Value = serde_json::from_str(&Folder::new().done(&["operators", "--schema"])).unwrap();
    assert_eq!(schema, headwater::pipeline::Library::standard().schema());
}

#[test]
fn a_pipeline_is_drawn_as_lines_and_as_pictures() {
    let folder = Folder::with_cells();
    expect![[r#"
        inputs
          image     cells.npy: 64 x 64 (yx) u8
        nodes
          smooth    Gaussian(input = image, sigma = 1.5): 64 x 64 (yx) f32
          bright    Threshold(input = smooth, level = 40.0): 64 x 64 (yx) bool
          parts     ConnectedComponents(input = bright): 64 x 64 (yx) u32
          measured  RegionFeatures(labels = parts, image = image)
        outputs
          smooth    smooth into smooth.npy: 64 x 64 (yx) f32
          cells     measured into cells.csv
    "#]]
    .assert_eq(&folder.done(&["graph", "cells.toml"]));
    assert!(
        folder
            .done(&["graph", "cells.toml", "--format", "dot"])
            .starts_with("digraph")
    );
    folder.done(&["graph", "cells.toml", "-o", "cells.svg"]);
    let svg = fs::read_to_string(folder.path("cells.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    // Of each node its name and its operator, of inputs and outputs the files, and what these get.
    let shown: Vec<_> = svg
        .split("</text>")
        .filter_map(|text| text.rsplit('>').next())
        .collect();
    for pair in [
        ["smooth", "Gaussian"],
        ["parts", "ConnectedComponents"],
        ["image", "cells.npy"],
        ["smooth", "smooth.npy"],
        ["cells", "cells.csv"],
    ] {
        assert!(shown.windows(2).any(|texts| texts == pair), "{pair:?} in {shown:?}");
    }
    assert!(
        shown.contains(&"y 64 × x 64, f32") && shown.contains(&"Table"),
        "{shown:?}"
    );
    assert!(
        !shown.contains(&"BlockLabels"),
        "what is in an operator is not the pipeline's"
    );
    let dot = folder.done(&["graph", "cells.toml", "--format", "dot", "--input", "image=./cells.npy"]);
    for title in [
        "smooth</b><br/><font point-size=\"9\">Gaussian<",
        "image</b><br/><font point-size=\"9\">./cells.npy<",
        ">cells.csv<",
    ] {
        assert!(dot.contains(title), "{title} in {dot}");
    }
    let err = folder.failed(&["graph", "cells.toml", "-o", "cells.svg"]);
    assert!(err.contains("cannot write `cells.svg`: it exists"), "{err}");
    let err = folder.failed(&["graph", "cells.toml", "-o", "cells.toml", "--replace"]);
    assert!(err.contains("it is what is read"), "{err}");
    let told = folder.done(&["graph", "cells.toml", "--set", "smooth.sigma=3"]);
    assert!(told.contains("sigma = 3.0"), "{told}");
}

#[test]
fn shells_get_their_completions() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = folder.done(&["completions", shell]);
        assert!(script.contains("headwater") && script.contains("operators"), "{shell}");
    }
}
