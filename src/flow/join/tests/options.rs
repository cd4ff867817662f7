use super::*;
use crate::flow::join::options::{JoinOptions, TimeOptions, check_traces};
use crate::flow::plan::Mode;

#[test]
fn v57_a_batch_waits_and_realtime_drops_after_ten_seconds() {
    let batch = JoinOptions::default().policy(Mode::Batch).unwrap();
    assert_eq!(
        batch,
        Policy {
            max_pending: 256,
            ..BATCH
        }
    );
    let realtime = JoinOptions::default().policy(Mode::Realtime).unwrap();
    let timeout = Some(Duration::from_secs(10));
    assert_eq!(
        realtime,
        Policy {
            max_pending: 256,
            timeout,
            ..REALTIME
        }
    );
}

#[test]
fn v57_a_limit_alone_means_to_drop_and_to_wait_means_no_limit() {
    let limited = JoinOptions {
        timeout: Some(ms(5)),
        ..JoinOptions::default()
    };
    let limited = limited.policy(Mode::Batch).unwrap();
    assert_eq!((limited.missing, limited.timeout), (Missing::Drop, Some(ms(5))));
    let patient = JoinOptions {
        missing: Some(Missing::Wait),
        ..JoinOptions::default()
    };
    assert_eq!(patient.policy(Mode::Realtime).unwrap().timeout, None);
    let fails = JoinOptions {
        missing: Some(Missing::Fail),
        ..JoinOptions::default()
    };
    assert_eq!(
        fails.policy(Mode::Batch).unwrap().timeout,
        None,
        "it fails when nothing can come any more"
    );
}

#[test]
fn v66_policies_that_cannot_be_say_why() {
    let base = JoinOptions::default();
    let wrong = |options: JoinOptions| options.policy(Mode::Batch).unwrap_err();
    let both = JoinOptions {
        missing: Some(Missing::Wait),
        timeout: Some(ms(5)),
        ..base
    };
    assert_eq!(
        wrong(both),
        "`Missing::Wait` waits without a limit, but a timeout of 5ms is set"
    );
    let zero = JoinOptions {
        timeout: Some(Duration::ZERO),
        ..base
    };
    assert_eq!(wrong(zero), "the timeout is zero: no partner could come in time");
    let none = JoinOptions {
        max_pending: Some(0),
        ..base
    };
    assert_eq!(wrong(none), "`max_pending` is 0: nothing could wait for its partner");
}

#[test]
fn v66_joins_by_time_that_cannot_be_say_why() {
    let base = TimeOptions {
        tolerance: ms(10),
        ..TimeOptions::default()
    };
    let wrong = |options: TimeOptions, in_order: bool| {
        let inputs = inputs(2, &[&[0], &[1], &[2]], in_order);
        options.timing(&inputs, &BATCH).unwrap_err()
    };
    let exact = TimeOptions {
        tolerance: Duration::ZERO,
        ..base.clone()
    };
    assert_eq!(
        wrong(exact, true),
        "the tolerance is zero: join by key if times are to be equal"
    );
    for quorum in [0, 3] {
        let options = TimeOptions {
            quorum: Some(quorum),
            ..base.clone()
        };
        let expected = format!("the quorum is {quorum}, but must be between 1 and the 2 inputs that are joined");
        assert_eq!(wrong(options, true), expected);
    }
    let narrow = TimeOptions {
        windows: vec![Duration::ZERO],
        ..base.clone()
    };
    assert_eq!(wrong(narrow, true), "the window of the samples from `c` is zero");
    let collected = TimeOptions {
        windows: vec![ms(5)],
        ..base.clone()
    };
    let unknown = "it cannot know when nothing more comes from";
    assert!(wrong(collected.clone(), false).starts_with(&format!("{unknown} `c`,")));
    let quorum = TimeOptions {
        quorum: Some(1),
        ..base
    };
    assert!(wrong(quorum, false).starts_with(&format!("{unknown} `a`, `b`, `c`,")));

    let inputs = inputs(2, &[&[0], &[1], &[2]], false);
    assert!(collected.timing(&inputs, &REALTIME).is_ok(), "there is a limit");
    let late = TimeOptions {
        lateness: Some(ms(1)),
        ..collected
    };
    assert!(late.timing(&inputs, &BATCH).is_ok());
}

#[test]
fn v55_a_join_by_trace_of_strangers_is_refused() {
    assert!(check_traces(&inputs(2, &[&[0, 1], &[1, 2]], false)).is_ok());
    let error = check_traces(&inputs(3, &[&[0, 1], &[1, 2], &[0, 2]], true)).unwrap_err();
    assert!(error.starts_with("`a`, `b`, `c` have no producer in common"), "{error}");
}
