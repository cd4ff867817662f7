use super::*;

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_name_appears_with_the_whole_and_nothing_stays_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    let staging = Staging::new(&path, false, false).unwrap();
    fs::write(staging.staged(), "half").unwrap();
    assert!(!path.exists());
    drop(staging);
    assert!(names(folder.path()).is_empty());

    let staging = Staging::new(&path, false, false).unwrap();
    fs::write(staging.staged(), "whole").unwrap();
    assert_eq!(staging.commit(&Checkpoint::never()).unwrap().bytes, 5);
    assert_eq!(names(folder.path()), ["a.bin"]);
}

#[test]
fn what_exists_is_replaced_only_if_asked_and_only_by_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    fs::write(&path, "old").unwrap();
    assert!(
        Staging::new(&path, false, false)
            .unwrap_err()
            .report()
            .contains("exists")
    );
    let staging = Staging::new(&path, true, false).unwrap();
    fs::write(staging.staged(), "new").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    staging.commit(&Checkpoint::never()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
}

#[test]
fn a_folder_is_replaced_only_if_it_is_an_image() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zarr");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("precious"), "").unwrap();
    assert!(
        Staging::new(&path, true, false)
            .unwrap_err()
            .report()
            .contains("not replaced")
    );
    fs::write(path.join("zarr.json"), "{}").unwrap();
    for (new, resume) in [("new", false), ("newer", true)] {
        let staging = Staging::new(&path, true, resume).unwrap();
        staging.new_folder().unwrap();
        fs::write(staging.staged().join("zarr.json"), new).unwrap();
        staging.commit(&Checkpoint::never()).unwrap();
        assert_eq!(fs::read_to_string(path.join("zarr.json")).unwrap(), new);
        assert_eq!(names(folder.path()), ["a.zarr"]);
    }
}

#[test]
fn what_can_be_resumed_stays_and_is_held_by_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    let first = Staging::new(&path, false, true).unwrap();
    fs::write(first.staged(), "half").unwrap();
    let second = Staging::new(&path, false, true).unwrap_err();
    assert!(second.report().contains("another run"), "{second:?}");
    drop(first);
    let again = Staging::new(&path, false, true).unwrap();
    assert_eq!(fs::read_to_string(again.staged()).unwrap(), "half");
    again.commit(&Checkpoint::never()).unwrap();
    assert_eq!(names(folder.path()), ["a.bin"]);
}

#[test]
fn nothing_is_staged_nothing_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    let staging = Staging::new(&path, false, true).unwrap();
    assert_eq!(names(folder.path()), [".a.bin.headwater-lock"]);
    drop(staging);
    assert!(names(folder.path()).is_empty());
    // What a run leaves that is killed when the result has just got its name.
    fs::write(&path, "whole").unwrap();
    fs::write(folder.path().join(".a.bin.headwater-lock"), "").unwrap();
    fs::write(folder.path().join(".a.bin.headwater-journal"), "").unwrap();
    Staging::new(&path, false, true).unwrap_err();
    assert_eq!(names(folder.path()), ["a.bin"]);
}

#[test]
fn a_run_does_not_touch_what_another_has_staged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    let (first, second) = (
        Staging::new(&path, true, false).unwrap(),
        Staging::new(&path, true, false).unwrap(),
    );
    fs::write(first.staged(), "first").unwrap();
    drop(second.new_file().unwrap());
    drop(second);
    first.commit(&Checkpoint::never()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "first");
    assert_eq!(names(folder.path()), ["a.bin"]);
}

#[test]
fn what_has_come_meanwhile_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    let staging = Staging::new(&path, false, true).unwrap();
    drop(staging.new_file().unwrap());
    fs::write(&path, "another's").unwrap();
    let error = staging.commit(&Checkpoint::never()).unwrap_err().report();
    assert!(error.contains("while it was written"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "another's");
    assert!(
        names(folder.path()).contains(&".a.bin.headwater-part".to_owned()),
        "what has been written is not lost"
    );
}

#[test]
fn a_folder_that_is_missing_is_named() {
    let error = Staging::new(Path::new("/nowhere/at/all/a.bin"), false, false).unwrap_err();
    assert!(error.report().contains("/nowhere/at/all"), "{error:?}");
}
