//! Where the lines of earlier sessions are kept: `$XDG_STATE_HOME/headwater`, which is `~/.local/state/headwater` if not set.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// The file, in a folder for its owner alone; none where there is no home, or no such folder can be made. A history is
/// a convenience, and its lack no failure.
pub(super) fn file() -> Option<PathBuf> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    within(&state).ok()
}

fn within(state: &Path) -> io::Result<PathBuf> {
    let folder = state.join("headwater");
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(&folder)?;
    let file = folder.join("console_history");
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    // Commands may name what is nobody else's business.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&file)?;
    Ok(file)
}

/// Whether a line may be kept: not if somebody has typed a token where none is asked for, nor what begins with a blank.
pub(super) fn may_keep(line: &str) -> bool {
    !line.starts_with(char::is_whitespace) && line.split_whitespace().next().is_some_and(|word| word != "token")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_history_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let file = within(&home.path().join("state")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
        fs::write(&file, "help\n").unwrap();
        assert_eq!(within(&home.path().join("state")).unwrap(), file);
        assert_eq!(fs::read_to_string(&file).unwrap(), "help\n");
    }

    #[test]
    fn tokens_are_not_kept() {
        assert!(may_keep("requests all"));
        for line in ["", " ", "token abc", " requests"] {
            assert!(!may_keep(line), "{line}");
        }
    }
}
