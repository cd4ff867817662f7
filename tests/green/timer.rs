//! Timers: H34.

use headwater::green::{Event, Timer, TimerCancel, on_error};
use headwater::{Error, ErrorKind};
use tokio::time::Instant;

use crate::stage::*;

#[test]
fn h34_a_timer_calls_its_function_once_after_its_time() {
    on_paused_clock(|| async {
        let (calls, rung) = (Count::default(), Event::new());
        let timer = {
            let (calls, rung) = (calls.clone(), rung.clone());
            Timer::new(5 * SECOND, move || async move {
                calls.add();
                rung.set();
                Ok(())
            })
        };
        tokio::time::sleep(10 * SECOND).await;
        let began = Instant::now();
        timer.start()?;
        rung.wait().await?;
        assert!(began.elapsed() >= 5 * SECOND);
        tokio::time::sleep(100 * SECOND).await;
        assert_eq!(calls.get(), 1);
        assert_eq!(timer.cancel(), TimerCancel::TooLate);
        assert_eq!(timer.start().unwrap_err().kind(), ErrorKind::Invalid);
        Ok(())
    });
}

#[test]
fn h34_cancelled_in_time_it_never_calls() {
    on_paused_clock(|| async {
        let calls = Count::default();
        let make = || {
            let calls = calls.clone();
            Timer::new(SECOND, move || async move {
                calls.add();
                Ok(())
            })
        };
        let (started, never_started) = (make(), make());
        started.start()?;
        tokio::time::sleep(SECOND / 2).await;
        assert_eq!(started.cancel(), TimerCancel::InTime);
        assert_eq!(never_started.cancel(), TimerCancel::InTime);
        assert_eq!(never_started.start().unwrap_err().kind(), ErrorKind::Invalid);
        tokio::time::sleep(10 * SECOND).await;
        assert_eq!(calls.get(), 0);
        Ok(())
    });
}

#[test]
fn h34_its_error_goes_to_the_handlers() {
    on_paused_clock(|| async {
        let (sender, mut errors) = tokio::sync::mpsc::unbounded_channel();
        let _handler = on_error(move |error| drop(sender.send(error.brief())));
        let timer = Timer::new(SECOND, || async { Err(Error::msg("no coffee")) });
        timer.start()?;
        drop(timer);
        assert_eq!(errors.recv().await.as_deref(), Some("no coffee"));
        Ok(())
    });
}
