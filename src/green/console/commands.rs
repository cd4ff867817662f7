//! The table of commands.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::future::Future;
use std::pin::Pin;

use crate::error::Error;
use crate::green::console::builtin;
use crate::green::console::call::ConsoleCall;
use crate::green::console::shared::Shared;
use crate::sync::Arc;

/// What an application's command does when it is called.
pub(super) type Answer = Pin<Box<dyn Future<Output = Result<String, Error>> + Send>>;

/// One that answers at once, from what the console knows.
pub(super) type Plain = fn(&Shared, ConsoleCall) -> Result<String, Error>;

#[derive(Clone)]
pub(super) enum Action {
    Plain(Plain),
    /// Follows what happens to requests.
    Events,
    /// Ends the session.
    Leave,
    /// The application's.
    Own(Arc<dyn Fn(ConsoleCall) -> Answer + Send + Sync>),
}

#[derive(Clone)]
pub(super) struct Command {
    pub(super) name: Arc<str>,
    /// The first line is for the list of all commands.
    pub(super) help: Arc<str>,
    pub(super) action: Action,
}

/// All commands by name.
pub(super) struct Commands(BTreeMap<Arc<str>, Command>);

impl Commands {
    /// The built-in commands and the application's `own`.
    ///
    /// # Errors
    ///
    /// A name is no name, or taken.
    pub(super) fn new(own: Vec<Command>) -> Result<Self, Error> {
        let known = builtin::ALL.map(|(name, help, action)| Command {
            name: name.into(),
            help: help.into(),
            action,
        });
        let mut commands: BTreeMap<_, _> = known.into_iter().map(|new| (Arc::clone(&new.name), new)).collect();
        for new in own {
            check(&new.name)?;
            match commands.entry(Arc::clone(&new.name)) {
                Entry::Vacant(place) => drop(place.insert(new)),
                Entry::Occupied(old) => return Err(taken(old.get())),
            }
        }
        Ok(Self(commands))
    }

    pub(super) fn find(&self, name: &str) -> Result<&Command, Error> {
        let unknown = || Error::invalid(format!("there is no command `{name}`; `help` lists them"));
        self.0.get(name).ok_or_else(unknown)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Command> {
        self.0.values()
    }
}

fn check(name: &str) -> Result<(), Error> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_plain) {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "a console's command cannot be called `{name}`: a name is a small letter, then small letters, digits, `-` and `_`"
    )))
}

fn taken(old: &Command) -> Error {
    let name = &old.name;
    Error::invalid(match old.action {
        Action::Own(_) => format!("two commands of a console are called `{name}`"),
        _ => format!("a console's command cannot be called `{name}`: that is a built-in command"),
    })
}
