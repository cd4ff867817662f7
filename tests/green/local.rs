//! Values of one task: H35.

use std::cell::RefCell;

use headwater::green::task_local;
use headwater::{Error, Request, RequestContext};

use crate::stage::*;

task_local! {
    static NAME: RefCell<String>;
}

#[test]
fn h35_each_task_has_its_own_and_nobody_else_sees_it() -> Result<(), Error> {
    let rt = runtime(2);
    let named = |name: &'static str| {
        Request::builder()
            .on(&rt)
            .future(NAME.scope(RefCell::new(name.to_owned()), async {
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                    NAME.with(|name| name.borrow_mut().push('!'));
                }
                Ok(NAME.with(RefCell::take))
            }))
    };
    let (ada, bob) = (named("ada"), named("bob"));
    ada.submit();
    bob.submit();
    assert_eq!((ada.wait()?, bob.wait()?), ("ada!!!".to_owned(), "bob!!!".to_owned()));
    let stranger = Request::builder()
        .on(&rt)
        .future(async { Ok(NAME.try_with(|_| ()).is_ok()) });
    stranger.submit();
    assert!(!stranger.wait()?);
    until_empty(&rt);
    Ok(())
}

#[test]
fn h35_it_is_freed_with_its_task() -> Result<(), Error> {
    let rt = runtime(1);
    let freed = Count::default();
    task_local! {
        static GUARD: Dropped;
    }
    let request = Request::builder()
        .on(&rt)
        .future(GUARD.scope(freed.on_drop(), async { Ok(()) }));
    assert_eq!(freed.get(), 0);
    request.wait()?;
    assert_eq!(freed.get(), 1);
    let context = RequestContext::current().with(freed.on_drop());
    let request = Request::builder().on(&rt).context(context).future(async { Ok(()) });
    request.wait()?;
    drop(request);
    until("the context is freed", || freed.get() == 2);
    until_empty(&rt);
    Ok(())
}
