//! The service manager (systemd) is told when the server is ready, that it still answers, and that
//! it stops: sd_notify(3), a line to the socket named in `NOTIFY_SOCKET`. Without one, nothing.

use std::ffi::OsStr;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use crate::base::Fault;

/// Whoever started us and wants to hear of us.
pub struct Manager {
    socket: Option<UnixDatagram>,
    /// How often it wants to hear that we still answer.
    every: Option<Duration>,
}

impl Manager {
    /// `name` is a path, or a name in the abstract space behind an `@`; `patience` is for how many
    /// microseconds the manager waits for a sign of life.
    pub fn at(name: Option<&OsStr>, patience: Option<u64>) -> Result<Manager, Fault> {
        let every = patience.filter(|patience| *patience > 1);
        let every = every.map(|patience| Duration::from_micros(patience) / 2);
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Ok(Manager { socket: None, every: None });
        };
        let address = match name.as_bytes().strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(name)?,
        };
        let socket = UnixDatagram::unbound()?;
        let doing = || format!("telling the service manager at {}", name.display());
        // A manager that does not read must not keep us from answering.
        socket.set_nonblocking(true)?;
        socket.connect_addr(&address).map_err(|e| Fault::from(e).context(doing()))?;
        Ok(Manager { socket: Some(socket), every })
    }

    fn tell(&self, what: &str) {
        if let Some(socket) = &self.socket
            && let Err(error) = socket.send(what.as_bytes())
        {
            tracing::warn!("the service manager does not hear {what}: {error}");
        }
    }

    pub fn ready(&self) {
        self.tell("READY=1");
    }

    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// Says that we still answer, twice as often as it is asked, for as long as requests are.
    pub async fn watch(&self) {
        let Some(every) = self.every else { return std::future::pending().await };
        let mut tick = tokio::time::interval(every);
        loop {
            tick.tick().await;
            self.tell("WATCHDOG=1");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manager_hears_when_we_are_ready_and_when_we_stop() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let heard = UnixDatagram::bind(&path).unwrap();
        let manager = Manager::at(Some(path.as_os_str()), None).unwrap();
        let mut said = [0; 32];
        manager.ready();
        assert_eq!(heard.recv(&mut said).map(|n| said[..n].to_vec()).unwrap(), b"READY=1");
        manager.stopping();
        assert_eq!(heard.recv(&mut said).map(|n| said[..n].to_vec()).unwrap(), b"STOPPING=1");
        let name = format!("linli-test-{}", std::process::id());
        let hidden = SocketAddr::from_abstract_name(&name).unwrap();
        let heard = UnixDatagram::bind_addr(&hidden).unwrap();
        Manager::at(Some(format!("@{name}").as_ref()), None).unwrap().ready();
        assert_eq!(heard.recv(&mut said).unwrap(), 7);
        Manager::at(None, Some(1)).unwrap().ready();
        let nobody = folder.path().join("nobody");
        assert!(Manager::at(Some(nobody.as_os_str()), None).is_err());
    }

    #[tokio::test]
    async fn a_watchful_manager_hears_twice_as_often_as_it_asks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let heard = UnixDatagram::bind(&path).unwrap();
        let manager = Manager::at(Some(path.as_os_str()), Some(80_000)).unwrap();
        let soon = Duration::from_millis(200);
        assert!(tokio::time::timeout(soon, manager.watch()).await.is_err(), "it goes on");
        heard.set_nonblocking(true).unwrap();
        let mut said = [0; 32];
        let mut times = 0;
        while let Ok(n) = heard.recv(&mut said) {
            assert_eq!(&said[..n], b"WATCHDOG=1");
            times += 1;
        }
        assert!(times > 2, "{times}");
    }
}
