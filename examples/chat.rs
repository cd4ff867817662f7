//! A chat server with a console on: who looks into it sees the guests as requests, and rooms by a command of its own.
//!
//! It plays its guests itself, and the operator too, who would otherwise say `headwater console 127.0.0.1:PORT`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use headwater::green::console::{Console, ConsoleCall};
use headwater::{Error, Request, Runtime};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Who is in which room, and how each is told what others say.
type Rooms = Arc<Mutex<BTreeMap<(String, String), mpsc::Sender<String>>>>;

fn main() -> Result<(), Error> {
    let runtime = Runtime::builder().slots(2).compute_threads(1).build()?;
    let _entered = runtime.enter();
    let rooms = Rooms::default();
    let console = console(&rooms)?;
    let operator = console.address().tcp().expect("it was told to listen at a port");
    let server = Request::builder().name("chat").future(async move {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        Request::builder()
            .name("listener")
            .future(serve(listener, rooms))
            .submit();
        play(address, operator).await
    });
    server.wait()?;
    futures::executor::block_on(console.close());
    Ok(())
}

fn console(rooms: &Rooms) -> Result<Console, Error> {
    let (shown, kicked) = (Arc::clone(rooms), Arc::clone(rooms));
    let show = move || {
        let rooms = shown.lock().unwrap();
        rooms.keys().map(|(room, name)| format!("{room:8} {name}\n")).collect()
    };
    let kick = move |mut call: ConsoleCall| {
        let rooms = Arc::clone(&kicked);
        async move {
            let out: String = call.next("NAME")?;
            call.finish()?;
            let mut rooms = rooms.lock().unwrap();
            let before = rooms.len();
            rooms.retain(|(_, name), _| *name != out);
            match before - rooms.len() {
                0 => Err(Error::msg(format!("nobody is called `{out}`"))),
                _ => Ok(format!("{out} is out")),
            }
        }
    };
    Console::builder()
        .tcp(([127, 0, 0, 1], 0))
        .name("chat")
        .version("1.0")
        .section("rooms", "who is in which room", show)
        .command("kick", "NAME: shut somebody out", kick)
        .build()
}

async fn serve(listener: TcpListener, rooms: Rooms) -> Result<(), Error> {
    for nth in 1.. {
        let (stream, _) = listener.accept().await?;
        let guest = guest(stream, Arc::clone(&rooms));
        Request::builder().name(format!("guest {nth}")).future(guest).submit();
    }
    Ok(())
}

/// The server's side of one guest, who first says a name and a room.
async fn guest(stream: TcpStream, rooms: Rooms) -> Result<(), Error> {
    let (input, mut output) = stream.into_split();
    let mut lines = BufReader::new(input).lines();
    let hello = lines.next_line().await?.unwrap_or_default();
    let (name, room) = hello.split_once(' ').ok_or_else(|| Error::msg("no name and room"))?;
    let (teller, mut told) = mpsc::channel(16);
    let place = (room.to_owned(), name.to_owned());
    rooms.lock().unwrap().insert(place.clone(), teller);
    say(&rooms, room, &format!("{name} is here"));
    loop {
        tokio::select! {
            line = lines.next_line() => match line? {
                Some(text) => say(&rooms, room, &format!("{name}: {text}")),
                None => break,
            },
            text = told.recv() => match text {
                Some(text) => output.write_all(format!("{text}\n").as_bytes()).await?,
                None => break,
            },
        }
    }
    rooms.lock().unwrap().remove(&place);
    Ok(())
}

/// Tells everybody in `room`. Who does not read loses lines rather than holding up the others.
fn say(rooms: &Rooms, room: &str, text: &str) {
    let rooms = rooms.lock().unwrap();
    for (_, teller) in rooms.iter().filter(|((other, _), _)| other == room) {
        let _ = teller.try_send(text.to_owned());
    }
}

/// One end of a connection that speaks in lines.
struct Client(Lines<BufReader<OwnedReadHalf>>, OwnedWriteHalf);

impl Client {
    async fn connect(address: SocketAddr) -> Result<Self, Error> {
        let (input, output) = TcpStream::connect(address).await?.into_split();
        Ok(Self(BufReader::new(input).lines(), output))
    }

    async fn send(&mut self, line: &str) -> Result<(), Error> {
        Ok(self.1.write_all(format!("{line}\n").as_bytes()).await?)
    }

    async fn hear(&mut self) -> Result<String, Error> {
        Ok(self.0.next_line().await?.unwrap_or_else(|| "(gone)".to_owned()))
    }

    /// Prints an answer of the console: what begins with two blanks, up to `ok` or an error.
    async fn print_answer(&mut self) -> Result<(), Error> {
        loop {
            let line = self.hear().await?;
            match (line.strip_prefix("  "), &*line) {
                (Some(text), _) => println!("{text}"),
                (None, "ok") => return Ok(()),
                (None, error) => {
                    println!("{error}");
                    return Ok(());
                }
            }
        }
    }
}

/// Two guests in one room and one in another, and the operator.
async fn play(chat: SocketAddr, console: SocketAddr) -> Result<(), Error> {
    let mut guests = Vec::new();
    for hello in ["ada lobby", "bob lobby", "cy kitchen"] {
        let mut guest = Client::connect(chat).await?;
        guest.send(hello).await?;
        println!("{hello:10} hears: {}", guest.hear().await?);
        guests.push(guest);
    }
    guests[1].send("hello, ada").await?;
    for _ in 0..2 {
        println!("ada        hears: {}", guests[0].hear().await?);
    }
    println!("\n$ headwater console {console}");
    let mut operator = Client::connect(console).await?;
    operator.hear().await?;
    operator.print_answer().await?;
    for command in [
        "requests",
        "rooms",
        "kick bob",
        "kick bob",
        "rooms",
        "statistics",
        "exit",
    ] {
        println!("> {command}");
        operator.send(command).await?;
        operator.print_answer().await?;
    }
    guests[1].hear().await?;
    println!("\nbob        hears: {}", guests[1].hear().await?);
    Ok(())
}
