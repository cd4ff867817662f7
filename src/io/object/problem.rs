//! What went wrong with a store, in plain words, without addresses of requests: those may hold signatures.

use object_store::Error as StoreError;

use crate::error::Error;

/// The longest that is quoted.
const LONGEST: usize = 300;
/// In front of what a server answered.
const ANSWERED: &str = "Server returned non-2xx status code: ";

/// The error as ours.
pub(super) fn plain(error: &StoreError) -> Error {
    let cause = root(error);
    let what = match error {
        StoreError::NotFound { .. } if is_bucket(&cause) => "there is no such bucket",
        StoreError::NotFound { .. } => "there is no such key",
        StoreError::PermissionDenied { .. } => "no permission",
        StoreError::Unauthenticated { .. } => "the credentials are missing or wrong",
        StoreError::AlreadyExists { .. } | StoreError::Precondition { .. } => "it has been changed by somebody else",
        StoreError::NotSupported { .. } | StoreError::NotImplemented { .. } => "the server cannot do that",
        StoreError::InvalidPath { .. } => "it is no name of an object",
        _ => "the transfer failed",
    };
    Error::msg(format!("{what} ({cause})"))
}

/// Whether it is only that the key is not there.
pub(super) fn is_missing(error: &StoreError) -> bool {
    matches!(error, StoreError::NotFound { .. }) && !is_bucket(&root(error))
}

fn is_bucket(cause: &str) -> bool {
    ["NoSuchBucket", "ContainerNotFound", "specified bucket does not exist"]
        .iter()
        .any(|code| cause.contains(code))
}

/// The last cause: those before it repeat the address.
fn root(error: &StoreError) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    let text = last.to_string();
    let text = text.strip_prefix(ANSWERED).unwrap_or(&text);
    let text = text.trim_end_matches([' ', ':']);
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(cause: &str) -> StoreError {
        StoreError::NotFound {
            path: "x".to_owned(),
            source: cause.to_owned().into(),
        }
    }

    #[test]
    fn a_missing_bucket_is_not_a_missing_key() {
        assert!(is_missing(&missing("404 Not Found")));
        let bucket = missing("Server returned non-2xx status code: 404 Not Found: NoSuchBucket: gone");
        assert!(!is_missing(&bucket));
        let told = plain(&bucket).report();
        assert_eq!(told, "there is no such bucket (404 Not Found: NoSuchBucket: gone)");
    }
}
