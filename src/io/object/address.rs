//! From a URL to the store that it names.

use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, ObjectStoreScheme, RetryConfig};
use url::{Position, Url};

use crate::error::{Error, ErrorContext as _};
use crate::io::object::problem::plain;
use crate::io::object::settings::Settings;
use crate::io::object::transport::Connector;
use crate::sync::{Arc, OnceLock};

const NO_CREDENTIALS: &str =
    "no credentials are set (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for a public bucket AWS_SKIP_SIGNATURE=true)";
/// Silence from a server that is an error.
const SILENCE: Duration = Duration::from_secs(30);
/// The longest that one object may take.
const LONGEST: Duration = Duration::from_secs(300);
/// How often, and how long, a request that failed is made again: with pauses of 0.1 s, doubled each time.
const RETRIES: usize = 6;
const RETRYING: Duration = Duration::from_secs(60);

/// A store, and a place in it.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) path: Path,
    pub(super) scheme: ObjectStoreScheme,
    /// What a failure may come from.
    pub(super) hint: Option<&'static str>,
}

impl Address {
    /// What `url` names.
    ///
    /// # Errors
    ///
    /// A scheme that is not known; settings that are missing, wrong or of another store.
    pub(super) fn of(url: &str, settings: &Settings) -> Result<Self, Error> {
        let parsed = Url::parse(url).context("it is no URL")?;
        let (scheme, path) = match parsed.scheme() {
            // Whatever server it is: what is public there needs no credentials.
            "http" | "https" => {
                let path = Path::from_url_path(parsed.path()).context("it is no URL")?;
                (ObjectStoreScheme::Http, path)
            }
            _ => ObjectStoreScheme::parse(&parsed).map_err(|_| {
                Error::invalid("no such URLs are known: use s3://, gs://, az://, http(s):// or memory:///, or a path")
            })?,
        };
        let store = store(&parsed, &scheme, settings)?;
        let hint = (scheme == ObjectStoreScheme::AmazonS3 && !has_credentials(settings)).then_some(NO_CREDENTIALS);
        Ok(Self {
            store,
            path,
            scheme,
            hint,
        })
    }
}

/// Whether anything is said of credentials for S3. Machines of its owner have them all the same.
fn has_credentials(settings: &Settings) -> bool {
    let told = |name: &str| {
        ["access_key", "skip_signature", "container", "web_identity"]
            .iter()
            .any(|part| name.contains(part))
    };
    let environment = Settings::of_environment();
    settings.own().iter().chain(&environment).any(|(name, _)| told(name))
}

fn store(url: &Url, scheme: &ObjectStoreScheme, settings: &Settings) -> Result<Arc<dyn ObjectStore>, Error> {
    /// Each store has a builder of its own; what we do with them is the same.
    macro_rules! built {
        ($builder:ty, $url:expr, $options:expr) => {{
            let builder = <$builder>::new().with_client_options($options).with_retry(retries());
            let mut builder = builder.with_url($url).with_http_connector(Connector);
            for (name, value) in Settings::of_environment() {
                // Of other stores, or of other programs.
                if let Ok(key) = name.parse() {
                    builder = builder.with_config(key, value);
                }
            }
            for (name, value) in settings.own() {
                let key = name.parse();
                let key = key.map_err(|_| Error::invalid(format!("`{name}` is no setting of such a store")))?;
                builder = builder.with_config(key, value);
            }
            Arc::new(builder.build().map_err(|error| plain(&error).context("its settings"))?)
        }};
    }
    Ok(match scheme {
        ObjectStoreScheme::Memory => memory(),
        ObjectStoreScheme::AmazonS3 => built!(AmazonS3Builder, url.as_str(), options()),
        ObjectStoreScheme::GoogleCloudStorage => built!(GoogleCloudStorageBuilder, url.as_str(), options()),
        ObjectStoreScheme::MicrosoftAzure => built!(MicrosoftAzureBuilder, url.as_str(), options()),
        ObjectStoreScheme::Http => {
            // Whoever writes `http` means it.
            let options = options().with_allow_http(url.scheme() == "http");
            built!(HttpBuilder, &url[..Position::BeforePath], options)
        }
        other => return Err(Error::invalid(format!("stores of the kind {other:?} are not known"))),
    })
}

fn options() -> ClientOptions {
    ClientOptions::new().with_timeout(LONGEST).with_read_timeout(SILENCE)
}

fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: RETRIES,
        retry_timeout: RETRYING,
    }
}

/// The store of `memory:///`: one for the process, as long as it lives.
fn memory() -> Arc<dyn ObjectStore> {
    static MEMORY: OnceLock<Arc<InMemory>> = OnceLock::new();
    Arc::<InMemory>::clone(MEMORY.get_or_init(Arc::default))
}
