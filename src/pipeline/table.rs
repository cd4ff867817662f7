//! Tables in files.

use std::io::Write as _;
use std::path::Path;

use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::io::Saved;
use crate::io::staging::Staging;
use crate::kernels::Table;

/// Writes `table` to `path` as comma-separated values, with a line of names first. The name appears when the file is whole.
///
/// # Errors
///
/// Something is there and not to be replaced; the file system's errors. The error names the file.
pub fn save_table(table: &Table, path: impl AsRef<Path>, replace: bool) -> Result<Saved, Error> {
    let path = path.as_ref();
    let save = || -> Result<Saved, Error> {
        let staging = Staging::new(path, replace, false)?;
        let mut file = staging.new_file()?;
        file.write_all(table.to_csv().as_bytes()).context("writing")?;
        drop(file);
        staging.commit(&Checkpoint::never())
    };
    save().map_err(|error| error.context(format!("cannot write `{}`", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Column;

    #[test]
    fn a_table_is_written_whole_and_replaced_only_if_that_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cells.csv");
        let table = |label| Table::new([("label".to_owned(), Column::Integers(vec![label]))]);
        let saved = save_table(&table(1), &path, false).unwrap();
        assert_eq!(saved.bytes, std::fs::metadata(&path).unwrap().len());
        let error = save_table(&table(2), &path, false).unwrap_err().report();
        assert!(
            error.contains("cells.csv") && error.contains("not to be replaced"),
            "{error}"
        );
        save_table(&table(2), &path, true).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "label\n2\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
