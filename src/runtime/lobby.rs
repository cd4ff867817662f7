//! Who gets in when bytes come back.

use crate::runtime::engine::{Engine, Lane};
use crate::sync::Arc;

impl Engine {
    /// Lets in whoever fits now, best first. Called after bytes were given back, and by each newcomer of the lobby, so that
    /// none is left there by bytes that came back in between (P16).
    pub(crate) fn let_in(&self) {
        loop {
            let returns = self.account.returns();
            while let Some(entry) = self.queue(Lane::Lobby).pop() {
                if Arc::clone(&entry.task).admit(entry.ticket) {
                    continue;
                }
                self.queue(Lane::Lobby).put_back(entry);
                if !self.reclaim() {
                    break;
                }
            }
            // Bytes that came back while an entry was out of the lobby found nobody there: look again for them.
            if self.account.returns() == returns || self.queue(Lane::Lobby).is_empty() {
                return;
            }
        }
    }
}
