//! What was told to `tracing`, by all tests of a process: ask for names that only one test uses.

use std::fmt::Write;
use std::sync::{Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Recording an event of a request of this name panics.
pub const BOMB: &str = "a bomb for the subscriber";

/// Begins to record.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(Recorder);
        tracing::subscriber::set_global_default(subscriber).expect("nobody else sets one");
    });
}

/// `LEVEL [outer>inner] fields`, one for each event.
pub fn lines() -> Vec<String> {
    LINES.lock().expect("no panic inside").clone()
}

struct Recorder;

struct Name(String);

#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut()
                .insert(Name(format!("{}{{{}}}", attributes.metadata().name(), fields.0.trim())));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut spans = Vec::new();
        if let Some(scope) = context.event_scope(event) {
            for span in scope.from_root() {
                if let Some(Name(name)) = span.extensions().get::<Name>() {
                    spans.push(name.clone());
                }
            }
        }
        let line = format!("{} [{}]{}", event.metadata().level(), spans.join(">"), fields.0);
        let explodes = line.contains(BOMB);
        LINES.lock().expect("no panic inside").push(line);
        assert!(!explodes, "the subscriber is at fault");
    }
}
