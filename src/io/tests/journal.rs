use std::cell::Cell;
use std::fs;

use super::*;
use crate::roi;

fn entry(roi: Roi, checksum: u32) -> Entry {
    Entry {
        roi,
        offset: 7,
        length: roi.volume().unwrap() as u64,
        checksum,
    }
}

#[test]
fn what_was_entered_is_known_again_once_its_bytes_have_been_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = Journal::create(&path, "work").unwrap();
    journal.enter(entry(roi![0..4, 0..8], 1)).unwrap();
    journal.enter(entry(roi![4..6, 0..8], 2)).unwrap();
    assert_eq!((journal.proved().len(), journal.end()), (2, 7 + 32));
    drop(journal);

    let journal = Journal::reopen(&path, "work").unwrap().unwrap();
    assert_eq!(journal.proved(), []);
    let looked = Cell::new(0);
    let checksum = |entry: &Entry| {
        looked.set(looked.get() + 1);
        Ok(if entry.roi.start()[0] == 0 { 1 } else { 99 })
    };
    assert!(journal.is_written(&roi![0..4, 0..8], checksum));
    assert!(journal.is_written(&roi![0..4, 0..8], checksum));
    assert_eq!(looked.get(), 1);
    assert!(
        !journal.is_written(&roi![4..6, 0..8], checksum),
        "its bytes have changed"
    );
    assert!(!journal.is_written(&roi![4..6, 0..8], checksum), "and it is forgotten");
    assert_eq!(looked.get(), 2);
    assert_eq!(journal.proved(), [entry(roi![0..4, 0..8], 1)]);
}

#[test]
fn blocks_of_another_shape_cover_a_region_together() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create(&folder.path().join("journal"), "").unwrap();
    for roi in [roi![0..5, 0..5], roi![0..5, 5..10], roi![5..9, 0..10]] {
        journal.enter(entry(roi, 0)).unwrap();
    }
    let checksum = |_: &Entry| -> Result<u32, Error> { unreachable!("this run has written them") };
    for roi in [roi![0..9, 0..10], roi![3..7, 2..8], roi![8..9, 9..10]] {
        assert!(journal.is_written(&roi, checksum), "{roi}");
    }
    for roi in [roi![0..10, 0..10], roi![9..10, 0..1]] {
        assert!(!journal.is_written(&roi, checksum), "{roi}");
    }
}

#[test]
fn other_work_counts_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    assert!(Journal::reopen(&path, "work").unwrap().is_none());
    drop(Journal::create(&path, "work").unwrap());
    assert!(Journal::reopen(&path, "other work").unwrap().is_none());
    assert!(Journal::reopen(&path, "work").unwrap().is_some());
}

#[test]
fn a_record_that_was_cut_short_or_damaged_ends_the_journal_and_makes_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = Journal::create(&path, "w").unwrap();
    let first = fs::metadata(&path).unwrap().len();
    journal.enter(entry(roi![0..1], 0)).unwrap();
    let second = fs::metadata(&path).unwrap().len();
    journal.enter(entry(roi![1..2], 0)).unwrap();
    drop(journal);
    let whole = fs::read(&path).unwrap();
    let holds = |journal: &Journal, roi| journal.is_written(&roi, |_| Ok(0));
    for end in 0..whole.len() as u64 {
        fs::write(&path, &whole[..end as usize]).unwrap();
        let journal = Journal::reopen(&path, "w").unwrap();
        assert_eq!(journal.is_some(), end >= first, "{end}");
        let Some(journal) = journal else { continue };
        assert_eq!(holds(&journal, roi![0..1]), end >= second, "{end}");
        assert!(!holds(&journal, roi![1..2]), "{end}");
        journal.enter(entry(roi![5..6], 0)).unwrap();
        drop(journal);
        let journal = Journal::reopen(&path, "w").unwrap().unwrap();
        assert!(holds(&journal, roi![5..6]), "{end}");
    }
    for at in first as usize..second as usize {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        fs::write(&path, bytes).unwrap();
        let journal = Journal::reopen(&path, "w").unwrap().unwrap();
        assert!(!holds(&journal, roi![0..1]) && !holds(&journal, roi![1..2]), "{at}");
    }
}

#[test]
fn a_folder_is_gone_on_with_only_if_it_is_the_same_one() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("a.zarr");
    let staged = |work: Option<&str>| {
        let staging = Staging::new(&place, true, work.is_some()).unwrap();
        begin_folder(&staging, work).unwrap();
        staging
    };
    let holds = |staging: &Staging| fs::read_dir(staging.staged()).unwrap().count() == 1;
    let first = staged(Some("work"));
    fs::write(first.staged().join("zarr.json"), "").unwrap();
    drop(first);
    let second = staged(Some("work"));
    assert!(holds(&second));
    // As a run leaves it that is killed between changing places and removing the journal.
    fs::rename(second.staged(), &place).unwrap();
    fs::create_dir(second.staged()).unwrap();
    fs::write(second.staged().join("old"), "").unwrap();
    drop(second);
    let third = staged(Some("work"));
    assert!(!holds(&third), "the old result is no half of a new one");
    fs::write(third.staged().join("zarr.json"), "").unwrap();
    drop(third);
    assert!(!holds(&staged(Some("other work"))));
    assert!(!holds(&staged(None)));
}
