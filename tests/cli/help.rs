//! What the program says of itself, as it stands in `help/`.

use expect_test::expect_file;

use crate::support::Folder;

const COMMANDS: [&str; 10] = [
    "run",
    "info",
    "convert",
    "graph",
    "operators",
    "features",
    "train",
    "predict",
    "console",
    "completions",
];

#[test]
fn each_command_says_what_it_does() {
    let folder = Folder::new();
    expect_file!["help/headwater.txt"].assert_eq(&folder.done(&["--help"]));
    for command in COMMANDS {
        let help = folder.done(&[command, "--help"]);
        expect_file![format!("help/{command}.txt")].assert_eq(&help);
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = Folder::new().done(&["--version"]);
    assert_eq!(version, format!("headwater {}\n", env!("CARGO_PKG_VERSION")));
}
