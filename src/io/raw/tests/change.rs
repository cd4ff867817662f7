use super::*;
use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::graph::Meta;
use crate::io::create::Create;
use crate::io::open;

fn save(path: &Path, image: &Array) {
    let (meta, never) = (Meta::of(image), Checkpoint::never());
    let sink = Create::new()
        .replace(true)
        .create(path.to_str().unwrap(), &meta)
        .unwrap();
    sink.write_region(&meta.roi(), image, &never).unwrap();
    sink.finish(&never).unwrap();
}

fn load(path: &Path) -> Result<Array, Error> {
    let source = open(path.to_str().unwrap())?;
    source.read(&source.meta().roi(), &Checkpoint::never())
}

fn beside(path: &Path) -> std::path::PathBuf {
    Sidecar::path(path)
}

/// The description that stands beside `old` when it is about to be replaced by `new`, and `new` beside it.
fn begin(folder: &Path, old: &Array, new: &Array) -> (std::path::PathBuf, std::path::PathBuf) {
    let (path, grown) = (folder.join("a.raw"), folder.join("grown.raw"));
    save(&path, old);
    save(&grown, new);
    let said = fs::read(beside(&path)).ok();
    let described = Sidecar::of(&Meta::of(new));
    let change = Change::new(&path, said.as_deref(), (&grown, described)).unwrap();
    fs::write(beside(&path), change.text().unwrap()).unwrap();
    (path, grown)
}

/// As many bytes, of another type and shape.
fn pair() -> (Array, Array) {
    (
        Array::full("yx", &[4, 6], 7_u16).unwrap(),
        Array::full("zyx", &[2, 4, 6], 9_u8).unwrap(),
    )
}

#[test]
fn every_step_between_two_pairs_can_be_read_and_replaced_again() {
    let (old, new) = pair();
    let newest = Array::full("yx", &[3, 3], 1.5_f64).unwrap();
    for steps in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let (path, grown) = begin(folder.path(), &old, &new);
        assert_eq!(load(&path).unwrap(), old);
        if steps > 0 {
            fs::rename(&grown, &path).unwrap();
            assert_eq!(load(&path).unwrap(), new);
        }
        if steps > 1 {
            fs::rename(beside(&grown), beside(&path)).unwrap();
            assert_eq!(load(&path).unwrap(), new);
        }
        let (_, grown) = begin_again(folder.path(), &path, &newest);
        assert_eq!(load(&path).unwrap(), if steps == 0 { old.clone() } else { new.clone() });
        fs::rename(&grown, &path).unwrap();
        assert_eq!(load(&path).unwrap(), newest);
        save(&path, &old);
        assert_eq!(load(&path).unwrap(), old);
    }
}

/// The same over what is there.
fn begin_again(folder: &Path, path: &Path, new: &Array) -> (std::path::PathBuf, std::path::PathBuf) {
    let grown = folder.join("again.raw");
    save(&grown, new);
    let said = fs::read(beside(path)).ok();
    let described = Sidecar::of(&Meta::of(new));
    let change = Change::new(path, said.as_deref(), (&grown, described)).unwrap();
    fs::write(beside(path), change.text().unwrap()).unwrap();
    (path.to_owned(), grown)
}

#[test]
fn of_copies_the_lengths_tell_and_nothing_is_guessed() {
    let (old, new) = pair();
    let longer = Array::full("x", &[100], 3_u8).unwrap();
    for (new, is_told) in [(new, false), (longer, true)] {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = begin(folder.path(), &old, &new);
        let copy = folder.path().join("copy.raw");
        fs::copy(&path, &copy).unwrap();
        fs::copy(beside(&path), beside(&copy)).unwrap();
        match is_told {
            true => assert_eq!(load(&copy).unwrap(), old),
            false => {
                let error = load(&copy).unwrap_err().report();
                assert!(error.contains("copy.raw") && error.contains("two files"), "{error}");
            }
        }
    }
}

#[test]
fn samples_that_their_name_describes_are_replaced_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a_yx-4x6_u16.raw");
    let (old, new) = pair();
    save(&path, &old);
    fs::remove_file(beside(&path)).unwrap();
    assert_eq!(load(&path).unwrap(), old);
    let (_, grown) = begin_again(folder.path(), &path, &new);
    assert_eq!(load(&path).unwrap(), old);
    fs::rename(&grown, &path).unwrap();
    assert_eq!(load(&path).unwrap(), new);
}

#[test]
fn a_damaged_description_can_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.raw");
    let (old, new) = pair();
    save(&path, &old);
    for text in ["", "{\"replacing\": {}}", "\u{ff}\u{0}"] {
        fs::write(beside(&path), text).unwrap();
        assert!(load(&path).is_err(), "{text}");
        save(&path, &new);
        assert_eq!(load(&path).unwrap(), new);
    }
    assert_eq!(DType::U8, new.dtype());
}
