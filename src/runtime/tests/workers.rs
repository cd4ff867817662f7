//! Threads for what blocks: nested jobs.

use std::sync::mpsc;
use std::time::Duration;

use crate::runtime::workers::Workers;
use crate::sync::Arc;

#[test]
fn a_nested_job_overtakes_and_the_extra_thread_takes_nothing_else() {
    let workers = Arc::new(Workers::new("test".into(), 1, Duration::from_secs(60)));
    let (sender, ran) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let (inside, nested) = (Arc::clone(&workers), sender.clone());
    let (tells, queued) = mpsc::channel();
    let outer = move || {
        released.recv().expect("the test is there");
        let (done, is_done) = mpsc::channel::<()>();
        let job = move || {
            nested.send("nested").expect("the test is there");
            drop(done);
        };
        inside
            .submit(Box::new(job), inside.is_here())
            .expect("there are threads");
        // Ends when the nested job is dropped, which has to run meanwhile.
        let _ = is_done.recv();
        // The thread beyond the bound leaves, though a job is queued.
        while inside.tally().threads > 1 {
            std::thread::yield_now();
        }
        tells.send(inside.tally().queued).expect("the test is there");
    };
    workers.submit(Box::new(outer), false).expect("there are threads");
    workers
        .submit(
            Box::new(move || sender.send("queued").expect("the test is there")),
            false,
        )
        .expect("there are threads");
    release.send(()).expect("the job waits");
    assert_eq!([ran.recv(), ran.recv()], [Ok("nested"), Ok("queued")]);
    // Here, where a failure is the test's: that of a job goes to the log.
    assert_eq!(queued.recv(), Ok(1));
}
