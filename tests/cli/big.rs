//! Runs that are larger than their memory, stopped, and gone on with.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use headwater::Array;

use crate::support::{Folder, PROGRAM, names};

/// Nothing here takes as long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(120);

const SMOOTH: &str = r#"
version = 1
inputs.image.path = "large.npy"
nodes.smooth = { operator = "Gaussian", input = "image", sigma = 4.0 }
outputs.smooth = { from = "smooth", path = "smooth.npy" }
"#;

/// With an image of `rows` lines of 1,024 pixels.
fn large(rows: usize) -> Folder {
    let folder = Folder::new();
    let pixels: Vec<u16> = (0..rows * 1024).map(|at| (at * 7919 % 4099) as u16).collect();
    folder.save("large.npy", &Array::from_vec("yx", &[rows, 1024], pixels).unwrap());
    folder.write("smooth.toml", SMOOTH);
    folder
}

/// Begins to run, and waits until something is being written.
fn begin(folder: &Folder, more: &[&str]) -> Child {
    let begun = [&["run", "smooth.toml", "--threads", "1", "--memory", "1M"], more].concat();
    let mut child = folder
        .command(&begun)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let since = Instant::now();
    while !folder.names().iter().any(|name| name.contains("headwater-part")) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was stopped");
        assert!(since.elapsed() < PATIENCE, "nothing is written");
        std::thread::yield_now();
    }
    child
}

/// Waits until the journal has more than its head.
fn keep_a_block(folder: &Folder) {
    let since = Instant::now();
    let (mut head, mut length) = (0, 0);
    while head == 0 || length <= head {
        let journal = folder
            .names()
            .into_iter()
            .find(|name| name.ends_with("headwater-journal"));
        length = journal.map_or(0, |name| fs::metadata(folder.path(&name)).map_or(0, |file| file.len()));
        head = if head == 0 { length } else { head };
        assert!(since.elapsed() < PATIENCE, "no block is kept");
        std::thread::yield_now();
    }
}

fn send(signal: &str, child: &Child) {
    let script = format!("kill -{signal} {}", child.id());
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
}

#[test]
fn ctrl_c_leaves_nothing() {
    let folder = large(4096);
    let child = begin(&folder, &[]);
    send("INT", &child);
    let ended = child.wait_with_output().unwrap();
    let err = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(130), "{err}");
    assert!(
        err.starts_with("headwater: ") && err.contains("stopped by a signal"),
        "{err}"
    );
    assert_eq!(folder.names(), ["large.npy", "smooth.toml"]);
}

#[test]
fn a_run_that_was_stopped_is_gone_on_with() {
    let folder = large(2048);
    let child = begin(&folder, &["--resume"]);
    keep_a_block(&folder);
    send("INT", &child);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    let small = ["run", "smooth.toml", "--threads", "1", "--memory", "1M"];
    let told = &folder.json(&[&small[..], &["--resume"]].concat())["outputs"][0];
    let (blocks, resumed) = (told["blocks"].as_u64().unwrap(), told["resumed"].as_u64().unwrap());
    assert!((1..blocks).contains(&resumed), "{resumed} of {blocks}");
    folder.done(&[&small[..], &["--output", "smooth=whole.npy"]].concat());
    assert!(fs::read(folder.path("smooth.npy")).unwrap() == fs::read(folder.path("whole.npy")).unwrap());
    let kept = |name: &String| name.starts_with('.') && !name.ends_with("headwater-lock");
    assert!(!folder.names().iter().any(kept), "{:?}", folder.names());
}

#[test]
fn what_is_finished_is_not_computed_again() {
    let folder = large(64);
    let table = format!("{SMOOTH}\noutputs.again = {{ from = \"smooth\", path = \"later/again.npy\" }}\n");
    folder.write("smooth.toml", &table);
    fs::create_dir(folder.path("later")).unwrap();
    // The second output fails after the first is whole.
    let hindered = |folder: &Folder| {
        let mut command = folder.command(&["run", "smooth.toml", "--resume", "--memory", "1M"]);
        command.output().unwrap()
    };
    fs::write(folder.path("later/.again.npy.headwater-part"), "").unwrap();
    fs::create_dir(folder.path("later/.again.npy.headwater-lock")).unwrap();
    assert_eq!(hindered(&folder).status.code(), Some(1));
    assert!(folder.path("smooth.npy").exists());
    fs::remove_dir(folder.path("later/.again.npy.headwater-lock")).unwrap();
    let told = folder.json(&["run", "smooth.toml", "--resume", "--memory", "1M"]);
    assert_eq!(told["outputs"][0]["kept"], true);
    assert!(folder.path("later/again.npy").exists());
    assert!(
        !names(&folder.path("."))
            .iter()
            .any(|name| name.ends_with("headwater-done"))
    );
}

/// The peak of the process is the system's figure, so what the program itself takes is allowed for: code, threads, stacks.
#[test]
#[cfg(target_os = "linux")]
fn a_large_image_takes_no_more_than_the_plan_says() {
    let folder = Folder::new();
    // 16,384 lines, all of them a hole in the file: 128 MiB.
    let mut text = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    text.extend(b"{'descr': '<u2', 'fortran_order': False, 'shape': (16384, 4096), }");
    text.resize(127, b' ');
    text.push(b'\n');
    fs::write(folder.path("large.npy"), text).unwrap();
    let file = fs::OpenOptions::new()
        .write(true)
        .open(folder.path("large.npy"))
        .unwrap();
    file.set_len(128 + (128 << 20)).unwrap();
    let convert = [
        "convert",
        "large.npy",
        "out.npy",
        "--dtype",
        "u8",
        "--memory",
        "8M",
        "--threads",
        "2",
    ];
    let planned = folder.json(&[&convert[..], &["--dry-run"]].concat());
    let bound = planned["memory_bound"].as_u64().unwrap();
    assert!(bound < 9 << 20, "{bound}");
    let told = folder.json(&convert);
    let peak = told["peak_bytes"].as_u64().unwrap();
    assert!(
        peak < bound + (56 << 20),
        "{peak} is more than {bound} and what {PROGRAM} takes itself"
    );
    assert_eq!(told["outputs"][0]["bytes"], 128 + (64 << 20));
}
