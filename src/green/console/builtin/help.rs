//! `help` and `whoami`.

use crate::error::Error;
use crate::green::console::call::ConsoleCall;
use crate::green::console::shared::Shared;
use crate::green::console::text::line;

pub(super) fn help(shared: &Shared, mut call: ConsoleCall) -> Result<String, Error> {
    let name = call.try_next::<String>("COMMAND")?;
    call.finish()?;
    if let Some(name) = name {
        let command = shared.commands.find(&name)?;
        return Ok(format!("{name}  {}", command.help));
    }
    let width = shared.commands.iter().map(|command| command.name.len()).max();
    let (mut text, width) = (String::new(), width.unwrap_or_default());
    for command in shared.commands.iter() {
        let first = command.help.lines().next().unwrap_or_default();
        line(&mut text, format_args!("{:width$}  {first}", command.name));
    }
    Ok(text)
}

pub(super) fn whoami(_: &Shared, call: ConsoleCall) -> Result<String, Error> {
    call.finish()?;
    Ok(format!("session {}, {}", call.session(), call.peer()))
}
