//! Pools: C40, R97–R107.

mod ends;
mod flow;

use futures::StreamExt;
use headwater::{Request, RequestPool, Runtime};
use tokio::sync::oneshot;

fn pool<T: Clone + Send + Sync + 'static>(rt: &Runtime) -> RequestPool<T> {
    RequestPool::new().on(rt)
}

/// A request that ends when its gate is opened.
fn gated<T: Clone + Send + Sync + 'static>(rt: &Runtime, value: T) -> (Request<T>, oneshot::Sender<()>) {
    let (open, gate) = oneshot::channel::<()>();
    let request = Request::builder().on(rt).future(async move {
        let _ = gate.await;
        Ok(value)
    });
    (request, open)
}

fn collect<T: Clone + Send + Sync + 'static>(rt: &Runtime, pool: &RequestPool<T>, in_order: bool) -> Request<Vec<T>> {
    let mut results = if in_order {
        pool.results_in_order()
    } else {
        pool.results()
    };
    let request = Request::builder().on(rt).future(async move {
        let mut all = Vec::new();
        while let Some(result) = results.next().await {
            all.push(result?);
        }
        Ok(all)
    });
    request.submit();
    request
}
