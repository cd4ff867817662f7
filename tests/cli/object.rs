//! Images at URLs: the program with an object store on loopback.

use headwater::{Array, DType};

use crate::s3::{BUCKET, KEY, S3, SECRET};
use crate::support::{Ended, Folder, masked};

const PIPELINE: &str = r#"version = 1

[inputs.image]
path = "s3://cells/in/cells.zarr"

[nodes.smooth]
operator = "Gaussian"
input = "image"
sigma = 1.5

[outputs.smooth]
from = "smooth"
path = "s3://cells/out/smooth.zarr"

[outputs.flat]
from = "smooth"
path = "s3://cells/out/smooth.npy"
"#;

fn run(folder: &Folder, s3: &S3, arguments: &[&str]) -> Ended {
    let mut command = folder.command(arguments);
    for (name, value) in s3.settings() {
        command.env(name.to_ascii_uppercase(), value);
    }
    Ended::of(&command.output().unwrap())
}

fn done(folder: &Folder, s3: &S3, arguments: &[&str]) -> String {
    let ended = run(folder, s3, arguments);
    assert_eq!((ended.code, &*ended.err), (Some(0), ""), "{arguments:?}");
    assert!(!ended.out.contains(SECRET) && !ended.out.contains(KEY));
    ended.out
}

#[test]
fn a_pipeline_reads_a_url_and_writes_urls() {
    let (folder, s3) = (Folder::new(), S3::new());
    let values: Vec<u8> = (0..128 * 128).map(|n: u32| (n * 7919 % 251) as u8).collect();
    let image = Array::from_vec("yx", &[128, 128], values).unwrap();
    folder.save("cells.npy", &image);
    folder.write("cells.toml", PIPELINE);
    done(
        &folder,
        &s3,
        &["convert", "cells.npy", "s3://cells/in/cells.zarr", "--quiet"],
    );

    let told = done(&folder, &s3, &["info", "s3://cells/in/cells.zarr"]);
    assert!(
        told.contains("s3://cells/in/cells.zarr") && told.contains("Zarr"),
        "{told}"
    );
    assert!(told.contains("128 x 128 (yx) u8"), "{told}");

    let told = masked(&done(&folder, &s3, &["run", "cells.toml"]));
    assert!(
        told.contains("written   smooth: s3://cells/out/smooth.zarr, 128 x 128 (yx) f32"),
        "{told}"
    );
    for name in ["smooth.zarr", "smooth.npy"] {
        done(
            &folder,
            &s3,
            &[
                "convert",
                &format!("s3://{BUCKET}/out/{name}"),
                &format!("of-{name}.npy"),
                "--quiet",
            ],
        );
    }
    let smooth = folder.load("of-smooth.zarr.npy");
    assert_eq!((smooth.shape(), smooth.dtype()), (&[128, 128][..], DType::F32));
    assert_eq!(smooth, folder.load("of-smooth.npy.npy"));

    let ended = run(&folder, &s3, &["run", "cells.toml"]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.err.contains("s3://cells/out/smooth.zarr") && ended.err.contains("it exists"),
        "{}",
        ended.err
    );
    done(&folder, &s3, &["run", "cells.toml", "--replace", "--quiet"]);

    // What is read is not replaced, nor what it lies in or what lies in it.
    for output in ["s3://cells/in/cells.zarr", "s3://cells/in/cells.zarr/0"] {
        let ended = run(
            &folder,
            &s3,
            &["convert", "s3://cells/in/cells.zarr", output, "--replace"],
        );
        assert_eq!(ended.code, Some(1));
        assert!(ended.err.contains("it is what is read"), "{}", ended.err);
    }
    done(&folder, &s3, &["info", "s3://cells/in/cells.zarr"]);
}

#[test]
fn credentials_in_a_url_are_refused_and_do_not_show() {
    let folder = Folder::new();
    folder.save("a.npy", &Array::zeros("yx", &[4, 4], DType::U8).unwrap());
    for arguments in [
        &["info", "https://me:hush@localhost/a.zarr"][..],
        &["info", "https://localhost/a.zarr?token=hush"],
        &["convert", "a.npy", "s3://me:hush@cells/a.zarr"],
        &["convert", "https://me:hush@localhost/a.npy", "b.npy"],
    ] {
        let ended = folder.run(arguments);
        assert_eq!(ended.code, Some(1), "{arguments:?}");
        assert!(
            ended.err.contains("credentials") && !ended.err.contains("hush"),
            "{}",
            ended.err
        );
    }
}
