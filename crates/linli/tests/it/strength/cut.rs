//! The way to the database is cut and mended: what is asked meanwhile is told to come again, and
//! nothing is lost or doubled.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use linli::act::Failure;
use linli::base::Id;

use super::served::{Client, Served, free_port};
use super::town::{Town, class, count, postgres_url, report};

/// Goes between the application and its database, and can be cut.
#[derive(Clone)]
struct Proxy {
    port: u16,
    cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    fn to(database: SocketAddr) -> Proxy {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let proxy = Proxy {
            port: listener.local_addr().unwrap().port(),
            cut: Arc::default(),
            open: Arc::default(),
        };
        let own = proxy.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                own.join(client, database);
            }
        });
        proxy
    }

    fn join(&self, client: TcpStream, database: SocketAddr) {
        if self.cut.load(Ordering::SeqCst) {
            return;
        }
        let Ok(server) = TcpStream::connect(database) else {
            return;
        };
        let mut open = self.open.lock().unwrap();
        for (from, to) in [(&client, &server), (&server, &client)] {
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            thread::spawn(move || pass_on(from, to));
        }
        open.extend([client, server]);
    }

    fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn mend(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0_u8; 16 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..n]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// The address of the database, and the connection string that leads to `port` instead.
fn address(url: &str) -> Option<SocketAddr> {
    let config: postgres::Config = url.parse().ok()?;
    let postgres::config::Host::Tcp(host) = config.get_hosts().first()? else {
        return None;
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let host = if host == "localhost" { "127.0.0.1" } else { host.as_str() };
    Some(SocketAddr::new(host.parse().ok()?, port))
}

/// A town whose database is reached through a proxy; `None`, said loudly, where there is none.
fn town_behind_a_proxy() -> Option<(Town, Proxy)> {
    let Some((url, database)) = postgres_url().and_then(|url| Some((url.clone(), address(&url)?)))
    else {
        eprintln!("SKIPPED: LINLI_TEST_PG names no PostgreSQL reached over TCP, nothing to cut");
        return None;
    };
    let town = Town::in_a_schema(&url);
    let proxy = Proxy::to(database);
    let (_, rest) = url.split_once('@').unwrap();
    let (user, tail) = (url.split_once('@').unwrap().0, rest.split_once('/').unwrap().1);
    town.reached_by(&format!("{user}@127.0.0.1:{}/{tail}", proxy.port));
    Some((town, proxy))
}

#[test]
fn an_act_without_a_database_is_unavailable_and_can_be_ordered_again() {
    let Some((town, proxy)) = town_behind_a_proxy() else {
        return;
    };
    let district = town.open();
    report(&district, &Id::derived("before"), "2026-000001", "路灯不亮").unwrap();
    let act = Id::derived("meanwhile");
    for _ in 0..3 {
        proxy.cut();
        for _ in 0..10 {
            let asked = Instant::now();
            let done = report(&district, &act, "2026-000002", "井盖丢了");
            assert!(matches!(done, Err(Failure::Unavailable(_))), "{done:?}");
            assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
        }
        proxy.mend();
    }
    let done = report(&district, &act, "2026-000003", "井盖丢了").unwrap();
    assert!(!done.repeated);
    assert_eq!(count(&district, "select count(*) from matter"), 2);
    drop(district);
    town.verify();
}

#[test]
fn a_served_district_comes_back_by_itself_when_the_way_is_mended() {
    let Some((town, proxy)) = town_behind_a_proxy() else {
        return;
    };
    let (class, port) = (class(&town.open()), free_port());
    let served = Served::start(&town, port);
    let client = Client::new(port);
    let (mut orders, mut longest) = (0, Duration::ZERO);
    let send = |n: i32| {
        let order = format!("order {n}");
        client.report(&class, &order, &format!("路灯不亮 {order}")).unwrap()
    };
    for round in 0..4 {
        let told = send(orders);
        assert_eq!(told.status, 200, "{}", told.body);
        let cut = thread::spawn({
            let proxy = proxy.clone();
            move || {
                thread::sleep(Duration::from_millis(u64::from(round * 7_u8)));
                proxy.cut();
            }
        });
        orders += 1;
        // In the midst of it the answer may be either; once it is cut, it is a clear no.
        let midst = send(orders);
        assert!([200, 503].contains(&midst.status), "{} {}", midst.status, midst.body);
        cut.join().unwrap();
        for _ in 0..3 {
            let told = send(orders + 1);
            assert_eq!(told.status, 503, "{}", told.body);
            assert!(told.retry_after.is_some_and(|after| after.parse::<u64>().is_ok()));
        }
        let page = client.get("/readyz").unwrap();
        assert_eq!(page.status, 503, "{}", page.body);
        proxy.mend();
        let mended = Instant::now();
        while send(orders).status != 200 {
            assert!(mended.elapsed() < Duration::from_secs(5), "not back after 5 s");
            thread::sleep(Duration::from_millis(50));
        }
        longest = longest.max(mended.elapsed());
        assert_eq!(send(orders + 1).status, 200);
        orders += 2;
    }
    served.kill();
    let found = town
        .database()
        .read_blocking(|tx| {
            let words = "select words from case_file order by words, id";
            tx.rows(words, &[], |row| row.get::<String>(0))
        })
        .unwrap();
    let mut wanted: Vec<String> = (0..orders).map(|n| format!("路灯不亮 order {n}")).collect();
    wanted.sort();
    assert_eq!(found, wanted, "each order is there once");
    town.verify();
    eprintln!("back {} ms after the way was mended, at the most", longest.as_millis());
}
