//! At a terminal: line by line, with history and completion.

use headwater::{Error, ErrorContext as _};
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Editor};

use super::super::escape::one_line;
use super::super::signal::Signal;
use super::connection::{Connection, Ended};
use super::editor::Names;
use super::history;
use super::is_farewell;
use super::place::Place;

const PROMPT: &str = "> ";

/// Asks until the user or the console leaves.
pub(super) fn run(connection: &mut Connection, place: &Place, signal: &Signal) -> Result<(), Error> {
    let config = Config::builder().completion_type(CompletionType::List).build();
    let context = "cannot use the terminal";
    let mut editor: Editor<Names, DefaultHistory> = Editor::with_config(config).context(context)?;
    editor.set_helper(Some(Names::read(&connection.look_up("help")?)));
    let file = history::file();
    if let Some(file) = &file {
        // An unreadable history is none.
        let _ = editor.load_history(file);
    }
    loop {
        let line = match editor.readline(PROMPT) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error).context(context),
        };
        // The terminal's Ctrl-C is the editor's; this was `kill`.
        signal.check()?;
        if history::may_keep(&line) {
            let _ = editor.add_history_entry(&line);
        }
        match ask(connection, line.trim(), signal)? {
            Ended::Ok if is_farewell(&line) => break,
            Ended::Ok => {}
            Ended::Failed(why) => eprintln!("error: {}", one_line(&why)),
            gone @ (Ended::Left | Ended::Unread) => {
                keep(&mut editor, file.as_deref());
                return gone.into_result(place);
            }
        }
    }
    keep(&mut editor, file.as_deref());
    Ok(())
}

/// Asks, unless there is nothing to ask.
fn ask(connection: &mut Connection, line: &str, signal: &Signal) -> Result<Ended, Error> {
    if line.is_empty() {
        return Ok(Ended::Ok);
    }
    let ended = connection.ask(line, signal);
    // What was interrupted is over, and the next command has its own signal.
    signal.forget();
    ended
}

fn keep(editor: &mut Editor<Names, DefaultHistory>, file: Option<&std::path::Path>) {
    if let Some(file) = file {
        // Nobody is to be told at the end of a session that its lines could not be kept.
        let _ = editor.append_history(file);
    }
}
