//! Items to a web server.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

use crate::error::{Error, ErrorContext as _};
use crate::flow::async_consumer::AsyncConsumer;
use crate::flow::context::NodeContext;
use crate::flow::envelope::{Item, Trace};
use crate::flow::failure::Retry;

/// How long one attempt may take, unless it is said.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer is read: a new connection costs about as much as more.
const REST: usize = 64 << 10;

/// Sends each item as JSON to a web server, by POST. The items arrive in their order, one after the other.
///
/// A status from 200 to 299 says that it has arrived. It is sent again, as often as [`retry`](Self::retry) says, if the server
/// cannot be reached, does not answer in [time](Self::timeout), or answers 408, 429 or 500 and above; after any other status,
/// also one that points elsewhere, the item has failed. What was sent again may have arrived twice: let the server look at a
/// number in the item.
///
/// Errors and `Debug` show the server's name, and nothing else of the URL, which may be a secret; nothing of the headers; and
/// nothing that the server says but its status.
///
/// # Cancel safety
///
/// When the flow fails or is aborted, the attempt that is under way ends; the server may have had it.
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
/// use headwater::flow::consume::Webhook;
/// use headwater::flow::{Flow, Retry};
/// use futures::stream;
///
/// let flow = Flow::batch();
/// let alerts = flow.produce("alerts", stream::iter([("camera 1", 0.93)]));
/// let retry = Retry::times(5).back_off(Duration::from_millis(200));
/// alerts.async_consumer("hook", Webhook::new("https://example.org/hook")?.retry(retry));
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct Webhook<T> {
    url: Url,
    headers: HeaderMap,
    timeout: Duration,
    retry: Retry,
    client: Option<Client>,
    _input: PhantomData<fn(T)>,
}

/// What has become of an attempt.
enum Attempt {
    Arrived,
    /// Another one may get further.
    Again(Error),
    Refused(Error),
}

impl<T> Webhook<T> {
    /// To the server at `url`, without further attempts.
    ///
    /// # Errors
    ///
    /// No URL of a web server. The error does not show it.
    pub fn new(url: &str) -> Result<Self, Error> {
        let parsed =
            Url::parse(url).map_err(|why| Error::invalid(format!("the address of a webhook is no URL: {why}")))?;
        if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
            return Err(Error::invalid(
                "the address of a webhook does not begin with http:// or https:// and a name",
            ));
        }
        Ok(Self {
            url: parsed,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]),
            timeout: TIMEOUT,
            retry: Retry::times(0),
            client: None,
            _input: PhantomData,
        })
    }

    /// A header that goes with each item, such as one that proves who sends it.
    ///
    /// # Errors
    ///
    /// What cannot be a header. The error names it, and does not show its value.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        let wrong = || Error::invalid(format!("`{name}` with such a value is no header"));
        let key = HeaderName::try_from(name).map_err(|_| wrong())?;
        let mut value = HeaderValue::try_from(value).map_err(|_| wrong())?;
        value.set_sensitive(true);
        self.headers.insert(key, value);
        Ok(self)
    }

    /// How often, and when, an item is sent again. Its budget is that of the run.
    #[must_use]
    pub fn retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// How long an attempt may take. Default: ten seconds.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    fn server(&self) -> String {
        // The rest of the URL may be a secret.
        self.url.origin().ascii_serialization()
    }

    async fn attempt(&self, client: &Client, body: Vec<u8>) -> Attempt {
        let request = client.post(self.url.clone()).headers(self.headers.clone()).body(body);
        let status = match request.send().await {
            Ok(answer) => heard(answer).await,
            Err(error) => return Attempt::Again(Error::new(error.without_url())),
        };
        let error = || Error::msg(format!("it answers {status}"));
        match status {
            status if status.is_success() => Attempt::Arrived,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Attempt::Again(error()),
            status if status.is_server_error() => Attempt::Again(error()),
            _ => Attempt::Refused(error()),
        }
    }

    /// Whether there is to be another attempt, after a wait.
    async fn again(&mut self, nth: u32) -> bool {
        if nth >= self.retry.times || self.retry.budget == Some(0) {
            return false;
        }
        if let Some(budget) = &mut self.retry.budget {
            *budget -= 1;
        }
        tokio::time::sleep(self.retry.delay(nth)).await;
        true
    }

    async fn send(&mut self, body: Vec<u8>) -> Result<(), Error> {
        let Some(client) = self.client.clone() else {
            return Ok(());
        };
        for nth in 0.. {
            match self.attempt(&client, body.clone()).await {
                Attempt::Arrived => break,
                Attempt::Refused(error) => return Err(error),
                Attempt::Again(error) if !self.again(nth).await => {
                    let attempts = nth + 1;
                    return Err(error.context(format!("it was sent {attempts} times")));
                }
                Attempt::Again(_) => {}
            }
        }
        Ok(())
    }
}

/// The status of an answer. The rest of it is read, if it is short, so that the next item needs no connection of its own.
async fn heard(mut answer: Response) -> StatusCode {
    let (status, mut rest) = (answer.status(), REST);
    while let Ok(Some(part)) = answer.chunk().await {
        rest = rest.saturating_sub(part.len());
        if rest == 0 {
            break;
        }
    }
    status
}

impl<T: Item + serde::Serialize> AsyncConsumer for Webhook<T> {
    type Input = T;

    async fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        // Without one, making a client would panic. Whoever has chosen one for the process keeps it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(self.timeout).redirect(Policy::none()).build();
        let client = client.map_err(|error| Error::new(error.without_url()));
        self.client = Some(client.context("no client for a webhook")?);
        Ok(())
    }

    async fn consume(&mut self, input: T, _trace: Trace) -> Result<(), Error> {
        let server = self.server();
        let body = serde_json::to_vec(&input).map_err(Error::new);
        let sent = match body {
            Ok(body) => self.send(body).await,
            Err(error) => Err(error.context("it is no JSON")),
        };
        sent.map_err(|cause| cause.context(format!("the webhook at {server}")))
    }

    async fn close(&mut self) -> Result<(), Error> {
        self.client = None;
        Ok(())
    }
}

impl<T> fmt::Debug for Webhook<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("server", &self.server())
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
