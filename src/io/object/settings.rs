//! How an object store is reached: endpoint, region, credentials.

use std::fmt;

/// Variables of the environment that are the store's begin so; all others are nobody's to read.
const OURS: [&str; 3] = ["AWS_", "AZURE_", "GOOGLE_"];

/// Names and values, as the crate `object_store` knows them. Values never show.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    own: Vec<(String, String)>,
}

impl Settings {
    /// With one more, which has precedence over the environment and over those before.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.own.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Those that the program has set, in their order.
    pub(super) fn own(&self) -> &[(String, String)] {
        &self.own
    }

    /// Those of the environment.
    pub(super) fn of_environment() -> Vec<(String, String)> {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let ours = |(name, _): &(String, String)| OURS.iter().any(|start| name.starts_with(start));
        let all = std::env::vars_os().filter_map(text).filter(ours);
        all.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.own.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_do_not_show() {
        let settings = Settings::default().with("AWS_SECRET_ACCESS_KEY", "hush");
        assert_eq!(format!("{settings:?}"), r#"{"aws_secret_access_key"}"#);
    }
}
