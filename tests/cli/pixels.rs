//! `headwater features`, `train` and `predict`.

use std::fs;

use headwater::{Array, DType};

use crate::support::{Folder, cells};

const FEW: [&str; 4] = ["--features", "gaussian,hessian", "--scales", "0.7,1.6"];

/// The cells, and a few labels: 1 is the ground, 2 a cell.
fn labelled() -> Folder {
    let folder = Folder::with_cells();
    let label = |at: usize| match (at / 64, at % 64) {
        (6..9, 6..9) => 2_u8,
        (30..33, 50..60) => 1,
        _ => 0,
    };
    let labels = Array::from_vec("yx", &[64, 64], (0..64 * 64).map(label).collect());
    folder.save("labels.npy", &labels.unwrap());
    folder
}

#[test]
fn features_are_channels() {
    let folder = labelled();
    let told = folder.json(&[&["features", "cells.npy", "out.npy"], &FEW[..]].concat());
    assert_eq!(told["outputs"][0]["axes"], "cyx");
    let out = folder.load("out.npy");
    // A smoothed image and two eigenvalues, at two scales.
    assert_eq!((out.shape(), out.dtype()), (&[6, 64, 64][..], DType::F32));
}

#[test]
fn a_forest_finds_what_was_painted() {
    let folder = labelled();
    let train = [
        "train",
        "cells.npy",
        "labels.npy",
        "-o",
        "cells.forest",
        "--trees",
        "20",
    ];
    let told = folder.json(&[&train[..], &FEW].concat());
    let forest = &told["forest"];
    assert_eq!((&forest["pixels"], &forest["trees"]), (&39.into(), &20.into()));
    assert_eq!(forest["classes"], serde_json::json!([1, 2]));
    folder.done(&["predict", "cells.npy", "cells.forest", "shares.npy", "-q"]);
    let shares = folder.load("shares.npy");
    assert_eq!(shares.shape(), [2, 64, 64]);
    let (shares, cells) = (shares.view::<f32>().unwrap(), cells());
    let cells = cells.view::<u8>().unwrap();
    let is_right = |y: usize, x: usize| (shares[[1, y, x]] > 0.5) == (cells[[y, x]] > 50);
    let right = (0..64 * 64).filter(|at| is_right(at / 64, at % 64)).count();
    assert!(right > 64 * 64 * 9 / 10, "{right}");
    let err = folder.failed(&[&train[..], &FEW].concat());
    assert!(err.contains("cannot write `cells.forest`: it exists"), "{err}");
}

#[test]
fn what_does_not_fit_is_named() {
    let folder = labelled();
    folder.save("none.npy", &Array::full("yx", &[64, 64], 0_u8).unwrap());
    folder.save("small.npy", &Array::full("yx", &[32, 64], 1_u8).unwrap());
    folder.save("volume.npy", &Array::full("zyx", &[8, 16, 16], 1_u8).unwrap());
    let err = folder.failed(&[&["train", "cells.npy", "none.npy", "-o", "f"], &FEW[..]].concat());
    assert!(err.contains("no pixel of `none.npy` is labelled"), "{err}");
    let labels = folder.load("labels.npy");
    folder.save("real.npy", &labels.cast(DType::F32).unwrap());
    let err = folder.failed(&[&["train", "cells.npy", "real.npy", "-o", "f"], &FEW[..]].concat());
    assert_eq!(err, "headwater: `real.npy` is of f32, and labels are integers\n");
    folder.save("below.npy", &Array::full("yx", &[64, 64], -1_i16).unwrap());
    let err = folder.failed(&[&["train", "cells.npy", "below.npy", "-o", "f"], &FEW[..]].concat());
    let named = err.starts_with("headwater: cannot train with `below.npy`: ");
    assert!(named && err.contains("-1 is no label"), "{err}");
    let err = folder.failed(&[&["train", "cells.npy", "small.npy", "-o", "f"], &FEW[..]].concat());
    assert!(
        err.contains("`small.npy` has 32 pixels along y, `cells.npy` has 64"),
        "{err}"
    );
    folder.save("one.npy", &Array::full("yx", &[64, 64], 7_u8).unwrap());
    let ended = folder.run(
        &[
            &["train", "cells.npy", "one.npy", "-o", "one", "--trees", "1"],
            &FEW[..],
        ]
        .concat(),
    );
    let warning = "headwater: warning: all labels of `one.npy` are 7, so the forest knows no other class\n";
    assert_eq!((ended.code, &*ended.err), (Some(0), warning));
    folder.done(
        &[
            &["train", "cells.npy", "labels.npy", "-o", "f", "--trees", "3"],
            &FEW[..],
        ]
        .concat(),
    );
    let err = folder.failed(&["predict", "volume.npy", "f", "out.npy"]);
    assert!(err.contains("`f` was trained by 6 features"), "{err}");
    let whole = fs::read(folder.path("f")).unwrap();
    fs::write(folder.path("half"), &whole[..whole.len() / 2]).unwrap();
    for forest in ["half", "cells.npy", "missing", "."] {
        let err = folder.failed(&["predict", "cells.npy", forest, "out.npy"]);
        assert!(err.contains(forest) && err.lines().count() == 1, "{err}");
    }
    assert!(!folder.path("out.npy").exists());
}
