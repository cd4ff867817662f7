//! Foreign futures in requests: C16, C42.

use std::sync::{Arc, mpsc};
use std::time::Instant;

use headwater::{Error, Request, RequestContext, RequestState, cancellable, shield};
use tokio::sync::{Barrier, Semaphore, oneshot};

use crate::{runtime, until, until_empty};

#[test]
fn c42_a_cancelled_request_leaves_a_semaphore_at_once() -> Result<(), Error> {
    let rt = runtime(1)?;
    let semaphore = Arc::new(Semaphore::new(0));
    let (say, heard) = mpsc::channel();
    let request = {
        let semaphore = Arc::clone(&semaphore);
        Request::builder().on(&rt).future(async move {
            let outcome = cancellable(semaphore.acquire()).await;
            let _ = say.send(outcome.is_err_and(|error| error.is_interrupted()));
            Ok(())
        })
    };
    request.submit();
    until(|| request.state() == RequestState::Suspended);
    let _ = request.cancel();
    assert!(request.wait().unwrap_err().is_cancelled());
    assert_eq!(heard.recv(), Ok(true));
    // It stands in nobody's way.
    semaphore.add_permits(1);
    assert!(semaphore.try_acquire().is_ok());
    until_empty(&rt);
    Ok(())
}

#[test]
fn c42_undisturbed_it_gives_what_the_future_gives() -> Result<(), Error> {
    let rt = runtime(2)?;
    let barrier = Arc::new(Barrier::new(2));
    let meet = || {
        let barrier = Arc::clone(&barrier);
        let request = Request::builder()
            .on(&rt)
            .future(async move { Ok(cancellable(barrier.wait()).await?.is_leader()) });
        request.submit();
        request
    };
    let (one, two) = (meet(), meet());
    assert!(one.wait()? != two.wait()?);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c42_a_shield_and_a_deadline_hold_for_foreign_futures_too() -> Result<(), Error> {
    let rt = runtime(1)?;
    let (open, gate) = oneshot::channel::<()>();
    let (say, heard) = mpsc::channel();
    let shielded = Request::builder().on(&rt).future(async move {
        let _ = say.send(shield(cancellable(gate)).await.is_ok());
        Ok(())
    });
    shielded.submit();
    until(|| shielded.state() == RequestState::Suspended);
    let _ = shielded.cancel();
    until(|| shielded.state() == RequestState::Suspended);
    let _ = open.send(());
    assert_eq!(heard.recv(), Ok(true));
    assert!(shielded.wait().unwrap_err().is_cancelled());

    let past = RequestContext::current().with_deadline(Instant::now());
    let late = Request::builder()
        .on(&rt)
        .context(past)
        .future(async { cancellable(std::future::pending::<()>()).await });
    late.submit();
    until(|| late.has_ended());
    assert!(
        late.try_result()
            .is_some_and(|outcome| outcome.is_err_and(|error: Error| error.is_timeout()))
    );
    until_empty(&rt);
    Ok(())
}
