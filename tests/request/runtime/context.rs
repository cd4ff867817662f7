//! C46: task-local context.

use std::time::{Duration, Instant};

use headwater::{Request, RequestContext};

use crate::support::*;

#[derive(Clone, Debug, PartialEq)]
struct User(&'static str);

fn user() -> Option<User> {
    RequestContext::current().get::<User>().map(|user| (*user).clone())
}

#[test]
fn c46_p33_the_context_holds_in_polls_kernels_and_callbacks() {
    for slots in [2, 0] {
        let rt = Rt::new(slots);
        let log = Log::new();
        let told = log.clone();
        let request = RequestContext::current().with(User("ada")).scope(|| {
            Request::new(async move {
                let mut seen = vec![user()];
                tokio::task::yield_now().await;
                seen.push(user());
                seen.push(Request::kernel(|_| Ok(user())).await?);
                seen.push(Request::pinned(|| async { Ok(user()) }).await?);
                let other = Request::builder()
                    .context(RequestContext::default().with(User("grace")))
                    .future(async { Ok(user()) });
                seen.push(other.await?);
                seen.push(user());
                Ok(seen)
            })
        });
        request.on_finished(move |_| {
            told.push(user());
            let child = Request::new(async { Ok(user()) });
            told.push(child.wait().unwrap());
        });
        assert_eq!(user(), None);
        let (ada, grace) = (Some(User("ada")), Some(User("grace")));
        let expected = [ada.clone(), ada.clone(), ada.clone(), ada.clone(), grace, ada.clone()];
        assert_eq!(request.wait().unwrap(), expected);
        assert_eq!(log.get(), [ada.clone(), ada.clone()]);
        let late = Log::new();
        let told = late.clone();
        request.on_done(move |_| told.push(user()));
        assert_eq!(late.get(), [ada]);
        assert_eq!(user(), None);
        rt.settle();
    }
}

#[test]
fn c46_a_deadline_ends_waits_and_kernels() {
    let rt = Rt::new(2);
    let never = endless(&Counter::new());
    let in_time = RequestContext::current().with_deadline(Instant::now() + Duration::from_millis(5));
    let (a, b) = (never.clone(), never.clone());
    let (awaits, blocks, computes) = in_time.scope(|| {
        (
            Request::new(async move { a.await }),
            Request::new(async move { b.wait() }),
            Request::kernel(|checkpoint| {
                loop {
                    checkpoint.check()?;
                    std::thread::yield_now();
                }
            }),
        )
    });
    for request in [&awaits, &blocks, &computes] {
        request.submit();
    }
    for request in [&awaits, &blocks, &computes] {
        assert!(request.wait().unwrap_err().is_timeout());
    }
    assert!(!never.is_cancelled(), "a time-out is no cancellation");
    let _ = never.cancel();
    rt.settle();
}

#[test]
fn c46_once_the_deadline_has_passed_nothing_new_is_begun() {
    let rt = Rt::new(1);
    let ran = Counter::new();
    let (direct, kernel) = (ran.clone(), ran.clone());
    let passed = RequestContext::current().with_deadline(Instant::now());
    let request = passed.scope(|| {
        Request::new(async move {
            let direct = Request::new(async move { Ok(direct.add()) });
            assert!(direct.await.unwrap_err().is_timeout());
            let kernel = Request::kernel(move |_| Ok(kernel.add()));
            assert!(kernel.await.unwrap_err().is_timeout());
            // What is there already may be had.
            Request::value(()).await
        })
    });
    request.submit();
    request.wait().unwrap();
    rt.settle();
    assert_eq!(ran.get(), 0);
    // An earlier deadline stays.
    let early = Instant::now();
    let context = RequestContext::default()
        .with_deadline(early)
        .with_deadline(early + LONG);
    assert_eq!(context.deadline(), Some(early));
}
