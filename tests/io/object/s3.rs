//! As much of S3 as its clients need, in memory: one bucket, keys, parts of keys.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::server::{Answer, Request, Server, content};

/// The settings of a client.
pub(crate) const KEY: &str = "AKIDEXAMPLE";
pub(crate) const SECRET: &str = "hush-hush";
pub(crate) const BUCKET: &str = "cells";

#[derive(Default)]
pub(crate) struct Bucket {
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    /// Those that have begun and not ended, by their identifier.
    pub(crate) uploads: BTreeMap<String, BTreeMap<usize, Vec<u8>>>,
    begun: usize,
    /// Keys that have been removed, in order.
    pub(crate) removed: Vec<String>,
}

impl Bucket {
    fn remove(&mut self, key: &str) {
        if self.objects.remove(key).is_some() {
            self.removed.push(key.to_owned());
        }
    }
}

/// A server and what it holds.
pub(crate) struct S3 {
    pub(crate) server: Server,
    pub(crate) bucket: Arc<Mutex<Bucket>>,
}

impl S3 {
    pub(crate) fn new() -> Self {
        Self::with(|_| None)
    }

    /// One that asks `before` first, which may answer itself, or wait.
    pub(crate) fn with(before: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let bucket = Arc::<Mutex<Bucket>>::default();
        let own = Arc::clone(&bucket);
        let server = Server::new(move |request| match before(request) {
            Some(answer) => answer,
            None => answer(request, &mut own.lock().unwrap()),
        });
        Self { server, bucket }
    }

    /// Names and values of what leads a client here.
    pub(crate) fn settings(&self) -> [(&'static str, String); 5] {
        [
            ("aws_endpoint", format!("http://{}", self.server.address)),
            ("aws_allow_http", "true".to_owned()),
            ("aws_region", "eu-central-1".to_owned()),
            ("aws_access_key_id", KEY.to_owned()),
            ("aws_secret_access_key", SECRET.to_owned()),
        ]
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.bucket.lock().unwrap().objects.keys().cloned().collect()
    }

    /// Uploads in parts that have not ended.
    pub(crate) fn open_uploads(&self) -> usize {
        self.bucket.lock().unwrap().uploads.len()
    }
}

fn answer(request: &Request, bucket: &mut Bucket) -> Answer {
    let (name, key) = request.path.split_once('/').unwrap_or((&request.path, ""));
    let signed = request
        .headers
        .get("authorization")
        .is_some_and(|text| text.contains(KEY));
    if name == "closed" || !signed {
        return complaint(403, "AccessDenied", "Access Denied");
    }
    if name != BUCKET {
        return complaint(404, "NoSuchBucket", "The specified bucket does not exist");
    }
    let part = |name: &str| request.query.get(name).map(String::as_str);
    match (&*request.method, part("uploadId"), key) {
        ("GET", _, "") => list(request, bucket),
        ("POST", _, "") => remove_all(request, bucket),
        ("POST", None, _) => {
            bucket.begun += 1;
            let id = format!("upload-{}", bucket.begun);
            bucket.uploads.insert(id.clone(), BTreeMap::new());
            xml(&format!(
                "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
            ))
        }
        ("PUT", Some(id), _) => {
            // A part may still be on its way when its upload has been aborted.
            let Some(parts) = bucket.uploads.get_mut(id) else {
                return no_upload();
            };
            let number = part("partNumber").unwrap().parse().unwrap();
            parts.insert(number, request.body.clone());
            done(200)
        }
        ("POST", Some(id), _) => {
            let Some(parts) = bucket.uploads.remove(id) else {
                return no_upload();
            };
            let shortest = parts.values().rev().skip(1).map(Vec::len).min();
            assert!(shortest.is_none_or(|length| length >= 5 << 20), "parts are too short");
            bucket
                .objects
                .insert(key.to_owned(), parts.into_values().flatten().collect());
            xml("<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>")
        }
        ("DELETE", Some(id), _) => match bucket.uploads.remove(id) {
            Some(_) => done(204),
            None => no_upload(),
        },
        ("PUT", None, _) => {
            bucket.objects.insert(key.to_owned(), request.body.clone());
            done(200)
        }
        ("DELETE", None, _) => {
            bucket.remove(key);
            done(204)
        }
        ("GET" | "HEAD", ..) => match bucket.objects.get(key) {
            Some(bytes) => content(request, bytes, &[("ETag", "\"e\""), ("Last-Modified", DATE)]),
            None => complaint(404, "NoSuchKey", "The specified key does not exist."),
        },
        (other, ..) => panic!("{other} {key}"),
    }
}

const DATE: &str = "Wed, 21 Oct 2015 07:28:00 GMT";

fn done(status: u16) -> Answer {
    Answer::Plain(status, vec![("ETag".to_owned(), "\"e\"".to_owned())], Vec::new())
}

fn xml(text: &str) -> Answer {
    Answer::Plain(200, Vec::new(), text.as_bytes().to_vec())
}

/// As S3 has it: with what the client has signed.
pub(crate) fn complaint(status: u16, code: &str, message: &str) -> Answer {
    let text = format!(
        "<Error><Code>{code}</Code><Message>{message}</Message><AWSAccessKeyId>{KEY}</AWSAccessKeyId>\
         <StringToSign>{SECRET}</StringToSign></Error>"
    );
    Answer::Plain(status, Vec::new(), text.into_bytes())
}

fn no_upload() -> Answer {
    complaint(404, "NoSuchUpload", "The specified upload does not exist")
}

fn list(request: &Request, bucket: &Bucket) -> Answer {
    let part = |name: &str| request.query.get(name).map_or("", String::as_str);
    let after = part("start-after").max(part("continuation-token"));
    let found = bucket
        .objects
        .iter()
        .filter(|(key, _)| key.starts_with(part("prefix")) && key.as_str() > after);
    // Small pages, so that there are several.
    let page: Vec<_> = found.clone().take(7).collect();
    let more = found.count() > page.len();
    let mut text = format!("<ListBucketResult><IsTruncated>{more}</IsTruncated>");
    for (key, bytes) in &page {
        text += &format!(
            "<Contents><Key>{key}</Key><Size>{}</Size><LastModified>2015-10-21T07:28:00.000Z</LastModified>\
             <ETag>\"e\"</ETag></Contents>",
            bytes.len()
        );
    }
    if let (true, Some((last, _))) = (more, page.last()) {
        text += &format!("<NextContinuationToken>{last}</NextContinuationToken>");
    }
    xml(&(text + "</ListBucketResult>"))
}

fn remove_all(request: &Request, bucket: &mut Bucket) -> Answer {
    let text = String::from_utf8(request.body.clone()).unwrap();
    let mut told = "<DeleteResult>".to_owned();
    for key in text
        .split("<Key>")
        .skip(1)
        .map(|rest| rest.split_once("</Key>").unwrap().0)
    {
        bucket.remove(key);
        told += &format!("<Deleted><Key>{key}</Key></Deleted>");
    }
    xml(&(told + "</DeleteResult>"))
}
