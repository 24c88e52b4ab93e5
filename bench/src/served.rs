//! A server under load: started as people start it, stopped at the end.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use linli::base::Fault;

use crate::load::{Drive, Outcome, Work, run};
use crate::machine::{self, Reading};

pub struct Served {
    child: Child,
    pub listen: SocketAddr,
    /// From the start of the program to the first connection it accepts.
    pub ready_after: Duration,
}

/// What a load came to, with what it cost the server.
pub struct Measured {
    pub load: Outcome,
    /// Microseconds of the server's processors a request.
    pub cpu_micros: f64,
    /// Bytes the server sent to its disk a request.
    pub written: f64,
}

impl Served {
    /// Starts a program that is ready once it accepts connections.
    pub fn start(program: &Path, args: &[&str], listen: SocketAddr) -> Result<Served, Fault> {
        let begun = Instant::now();
        let child = Command::new(program)
            .args(args)
            .args(["--listen", &listen.to_string()])
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| Fault::from(e).context(format!("starting {}", program.display())))?;
        let mut served = Served { child, listen, ready_after: Duration::ZERO };
        while begun.elapsed() < Duration::from_secs(60) {
            if std::net::TcpStream::connect(listen).is_ok() {
                served.ready_after = begun.elapsed();
                return Ok(served);
            }
            if served.child.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(Fault::new(format!("{} does not answer on {listen}", program.display())))
    }

    pub fn reading(&self) -> Result<Reading, Fault> {
        machine::reading(self.child.id())
    }

    /// Puts a load on it; gives the works back for the next.
    pub fn load<W: Work>(&self, works: Vec<W>, drive: Drive) -> Result<(Vec<W>, Measured), Fault> {
        let before = self.reading()?;
        let (works, load) = run(self.listen, works, drive)?;
        let after = self.reading()?;
        let requests = (load.right + load.wrong).max(1) as f64;
        let measured = Measured {
            cpu_micros: (after.cpu_seconds - before.cpu_seconds) * 1e6 / requests,
            written: (after.written - before.written) as f64 / requests,
            load,
        };
        Ok((works, measured))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
