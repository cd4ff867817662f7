//! Spans of the user's hold in requests also if nobody records ours (C46): with a subscriber for INFO, as most programs have.
#![allow(missing_docs, reason = "nobody calls a test")]

use std::sync::{Mutex, PoisonError};

use headwater::{Error, Request};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber, info, info_span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

static SCOPES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Notes in which spans each event happens.
struct Scopes;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Scopes {
    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let spans = cx.event_scope(event).into_iter().flatten();
        let names: Vec<_> = spans.map(|span| span.name()).collect();
        SCOPES
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(names.join(" in "));
    }
}

#[test]
fn c46_the_span_of_the_caller_comes_along_into_what_a_request_makes() -> Result<(), Error> {
    let subscriber = tracing_subscriber::registry().with(Scopes).with(LevelFilter::INFO);
    tracing::subscriber::set_global_default(subscriber).map_err(Error::new)?;
    let outer = Request::new(async {
        let span = info_span!("block");
        let kernel = span.in_scope(|| {
            Request::kernel(|_| {
                info!("in a kernel");
                Ok(())
            })
        });
        let direct = span.in_scope(|| {
            Request::new(async {
                info!("at once");
                tokio::task::yield_now().await;
                info!("later");
                Ok(())
            })
        });
        kernel.await?;
        direct.await
    });
    outer.submit();
    outer.wait()?;
    let scopes = SCOPES.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(*scopes, ["block", "block", "block"]);
    Ok(())
}
