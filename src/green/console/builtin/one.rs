//! `explain` and `cancel`: of one request.

use std::str::FromStr;

use crate::error::Error;
use crate::green::console::call::ConsoleCall;
use crate::green::console::shared::Shared;
use crate::green::console::text::one_line;
use crate::runtime::cancel::Cancel;
use crate::runtime::info::RequestId;
use crate::runtime::task::Task;
use crate::sync::Arc;

/// An identity as it is listed, `#12`, or the number alone.
struct Id(RequestId);

impl FromStr for Id {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.strip_prefix('#').unwrap_or(text).parse();
        number
            .map(|number| Self(RequestId(number)))
            .map_err(|_| "it is a number such as #12, from `requests`")
    }
}

pub(super) fn explain(shared: &Shared, mut call: ConsoleCall) -> Result<String, Error> {
    let (_, task) = find(shared, &mut call)?;
    Ok(one_line(&task.explain()))
}

pub(super) fn cancel(shared: &Shared, mut call: ConsoleCall) -> Result<String, Error> {
    let (id, task) = find(shared, &mut call)?;
    if shared.own().first() == Some(&id) {
        return Err(Error::invalid(format!("{id} is what this console listens with")));
    }
    Ok(match task.cancel() {
        Cancel::Cancelled => format!("{id} is cancelled"),
        Cancel::Pending { waiters: 1 } => format!("one waits for {id}, which is cancelled when that one leaves"),
        Cancel::Pending { waiters } => {
            format!("{waiters} wait for {id}, which is cancelled when the last of them leaves")
        }
        Cancel::Delayed => format!("{id} is cancelled when its time of grace is over"),
        Cancel::Ended => format!("{id} has ended"),
    })
}

fn find(shared: &Shared, call: &mut ConsoleCall) -> Result<(RequestId, Arc<dyn Task>), Error> {
    let Id(id) = call.next("ID")?;
    call.finish()?;
    let gone = || Error::msg(format!("there is no live request {id}"));
    let task = shared.engine.find(id).ok_or_else(gone)?;
    Ok((id, task))
}
