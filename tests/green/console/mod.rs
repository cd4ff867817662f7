//! The console (H65, H66): what it says, whom it lets in, and what hostile clients achieve.

mod bounds;
mod built_in;
mod client;
mod end;
mod events;
mod lines;
mod own;
mod safety;

use headwater::green::console::{Console, ConsoleAddress, ConsoleBuilder, ConsoleCall};

fn goes_everywhere<T: Send + Sync + Unpin>() {}
fn is_send<T: Send>(_: &T) {}

#[test]
fn handles_and_builders_go_everywhere() {
    goes_everywhere::<Console>();
    goes_everywhere::<ConsoleAddress>();
    goes_everywhere::<ConsoleBuilder>();
    goes_everywhere::<ConsoleCall>();
    let runtime = client::runtime(1);
    is_send(&client::console(&runtime).close());
}
