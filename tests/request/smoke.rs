use headwater::{Cancel, Error, Request, RequestState, Runtime};
use std::time::Duration;

#[test]
fn basic() -> Result<(), Error> {
    let r = Request::new(async { Ok(1) });
    assert_eq!(r.wait()?, 1);
    assert_eq!(r.wait()?, 1);
    let p = Request::new(async {
        let a = Request::new(async { Ok(20) });
        let b = Request::kernel(|_| Ok(22));
        b.submit();
        Ok(a.await? + b.await?)
    });
    p.submit();
    assert_eq!(p.wait()?, 42);
    Ok(())
}

#[test]
fn chain_million() -> Result<(), Error> {
    fn link(n: u32) -> Request<u32> {
        Request::new(async move { if n == 0 { Ok(0) } else { Ok(link(n - 1).await? + 1) } })
    }
    assert_eq!(link(1_000_000).wait()?, 1_000_000);
    Ok(())
}

#[test]
fn cycle() {
    let slot: std::sync::Arc<std::sync::Mutex<Option<Request<u32>>>> = Default::default();
    let s = slot.clone();
    let a = Request::builder().name("a").future(async move {
        tokio::task::yield_now().await;
        let b = s.lock().unwrap().clone().unwrap();
        b.await
    });
    let a2 = a.clone();
    let b = Request::builder().name("b").future(async move { a2.await });
    *slot.lock().unwrap() = Some(b.clone());
    let e = b.wait().unwrap_err();
    println!("{e:?}");
    assert!(e.is_circular());
}

#[test]
fn cancel_tree() {
    let rt = Runtime::builder().slots(2).build().unwrap();
    let p = Request::builder().on(&rt).future(async {
        let c = Request::new(async {
            std::future::pending::<()>().await;
            Ok(1)
        });
        c.await
    });
    p.submit();
    while p.state() != RequestState::Suspended {
        std::thread::yield_now();
    }
    assert_eq!(p.cancel(), Cancel::Cancelled);
    let e = p.wait().unwrap_err();
    assert!(e.is_cancelled());
    while !rt.snapshot().is_empty() {
        std::thread::yield_now();
    }
    let s = rt.shutdown(Duration::from_secs(1));
    assert!(s.ignored.is_empty());
}
