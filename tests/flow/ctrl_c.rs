//! Ctrl-C, in a process of its own.
#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use futures::stream;
use headwater::flow::{End, Flow};

use crate::{runtime, until};

/// Set in the process that is interrupted: what its consumer does.
const ROLE: &str = "HEADWATER_TEST_CTRL_C";

/// The process that is interrupted. Run by the tests below, not by itself.
#[test]
fn interrupted() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let flow = Flow::batch();
    let source = flow.produce("endless", stream::iter(1_u64..));
    let mut last = 0;
    let node = source.process_async("work", move |n| {
        let is_stuck = role == "stuck" && n == 100;
        async move {
            if is_stuck {
                std::future::pending::<()>().await;
            }
            Ok(n)
        }
    });
    node.consume("end", move |n| {
        assert_eq!(n, last + 1, "nothing is lost");
        last = n;
    });
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    running.stop_on_ctrl_c();
    until(|| is_listening() && running.figures().node("end").unwrap().taken > 50);
    println!("under way");
    let report = running.wait().unwrap();
    let made = report.node("endless").unwrap().emitted;
    match report.end() {
        End::Stopped => assert_eq!(report.node("end").unwrap().taken, made),
        end => assert_eq!(end, End::Aborted),
    }
    println!("ended: {:?}", report.end());
}

/// Whether somebody catches the signal by now: before, it would end the process.
fn is_listening() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() & (1 << 1) != 0
}

struct Process {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Process {
    fn start(role: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "ctrl_c::interrupted", "--nocapture"])
            .env(ROLE, role)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    fn until(&mut self, said: &str) {
        let mut line = String::new();
        while !line.contains(said) {
            line.clear();
            assert_ne!(self.out.read_line(&mut line).unwrap(), 0, "it ended without {said}");
        }
    }

    fn interrupt(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    fn end(mut self, said: &str) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {rest}");
        assert!(rest.contains(said), "{rest}");
    }
}

#[test]
fn v26_ctrl_c_stops_the_flow_and_everything_drains() {
    let mut process = Process::start("free");
    process.until("under way");
    process.interrupt();
    process.end("ended: Stopped");
}

#[test]
fn v26_a_second_ctrl_c_aborts_what_does_not_drain() {
    let mut process = Process::start("stuck");
    process.until("under way");
    // The first one is heard before the second: signals that come together are one.
    process.interrupt();
    loop {
        process.interrupt();
        if process.child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::yield_now();
    }
    process.end("ended: Aborted");
}
