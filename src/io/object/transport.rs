//! What lies between the store's protocol and the network: a server's answers are never longer than asked for.

use std::pin::Pin;

use http_body_util::{BodyExt as _, Limited};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
    ReqwestConnector,
};

/// The longest answer that is no object: a page of a listing of 1000 keys takes a twentieth.
const DOCUMENT: usize = 16 << 20;
/// The longest answer that tells of a failure.
const COMPLAINT: usize = 64 << 10;
/// What is shown of it.
const SHOWN: usize = 240;

/// How many bytes the answer to a request has at most: goes with it as an extension.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most(pub(super) u64);

/// Makes clients that look at what comes.
#[derive(Debug)]
pub(super) struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        // Without one, making a client would panic. Whoever has chosen one for the process keeps it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Bounded(client)))
    }
}

#[derive(Debug)]
struct Bounded(HttpClient);

type Answer<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>;

impl HttpService for Bounded {
    fn call<'life, 'answer>(&'life self, request: HttpRequest) -> Answer<'answer>
    where
        'life: 'answer,
        Self: 'answer,
    {
        Box::pin(async move {
            let most = request.extensions().get::<Most>();
            let most = most.map_or(DOCUMENT, |most| usize::try_from(most.0).unwrap_or(usize::MAX));
            let (parts, body) = self.0.execute(request).await?.into_parts();
            let body = match parts.status.is_success() {
                true => bounded(body, most),
                false => complaint(body).await.into(),
            };
            Ok(HttpResponse::from_parts(parts, body))
        })
    }
}

fn bounded(body: HttpResponseBody, most: usize) -> HttpResponseBody {
    let body = Limited::new(body, most);
    HttpResponseBody::new(body.map_err(|error| match error.downcast::<HttpError>() {
        Ok(own) => *own,
        Err(other) => HttpError::new_boxed(HttpErrorKind::Decode, other),
    }))
}

/// What a server says of a failure, in one line. The rest of its answer may repeat the request with its signature.
async fn complaint(body: HttpResponseBody) -> String {
    match Limited::new(body, COMPLAINT).collect().await {
        Ok(whole) => said(&String::from_utf8_lossy(&whole.to_bytes())),
        Err(_) => String::new(),
    }
}

fn said(text: &str) -> String {
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0.to_owned())
    };
    let json = || {
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        Some(value.get("error")?.get("message")?.as_str()?.to_owned())
    };
    let told = match (element("Code"), element("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => json().unwrap_or_default(),
    };
    let told: String = told.split_whitespace().collect::<Vec<_>>().join(" ");
    told.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_and_message_of_a_complaint_are_kept() {
        let xml = "<?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code><Message>It does\n not.</Message>\
                   <AWSAccessKeyId>AKIA</AWSAccessKeyId><StringToSign>hush</StringToSign></Error>";
        assert_eq!(said(xml), "SignatureDoesNotMatch: It does not.");
        assert_eq!(
            said(r#"{"error": {"code": 404, "message": "No such object"}}"#),
            "No such object"
        );
        assert_eq!(said("<html>token=hush</html>"), "");
        assert_eq!(said(&format!("<Message>{}</Message>", "x".repeat(9999))).len(), SHOWN);
    }
}
