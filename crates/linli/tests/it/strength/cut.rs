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
    /// Takes everything and passes nothing on, as a network does that has lost its way.
    swallowing: Arc<AtomicBool>,
    /// What happens to the next commit that comes by.
    commit: Arc<Mutex<Option<AtCommit>>>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

/// Where the connection of a commit breaks, and whether the way is cut for all from then on.
#[derive(Clone, Copy, Debug)]
struct AtCommit {
    /// The server carries it out, and only its answer is lost.
    arrives: bool,
    cut: bool,
}

impl Proxy {
    fn to(database: SocketAddr) -> Proxy {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let proxy = Proxy {
            port: listener.local_addr().unwrap().port(),
            cut: Arc::default(),
            swallowing: Arc::default(),
            commit: Arc::default(),
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
        let doomed: Arc<AtomicBool> = Arc::default();
        for (from, to) in [(&client, &server), (&server, &client)] {
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            let (own, doomed) = (self.clone(), Arc::clone(&doomed));
            thread::spawn(move || own.pass_on(from, to, &doomed));
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

    /// What has once lost a part of its conversation never finds back into it; of what is doomed
    /// nothing comes back.
    fn pass_on(&self, mut from: TcpStream, mut to: TcpStream, doomed: &AtomicBool) {
        let (mut buffer, mut lost) = ([0_u8; 16 * 1024], false);
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            lost |= self.swallowing.load(Ordering::SeqCst);
            if lost {
                continue;
            }
            if doomed.load(Ordering::SeqCst) {
                break;
            }
            let part = &buffer[..n];
            let is_commit = part.windows(7).any(|word| word == b"commit\0");
            let fate = is_commit.then(|| self.commit.lock().unwrap().take()).flatten();
            if let Some(fate) = fate {
                doomed.store(true, Ordering::SeqCst);
                self.cut.store(fate.cut, Ordering::SeqCst);
                if !fate.arrives {
                    break;
                }
            }
            if to.write_all(part).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }
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

/// Nobody is told that it is done, or not done, who cannot know it; and it is done once.
#[test]
fn a_commit_that_is_cut_has_one_effect_and_a_true_answer() {
    let Some((town, proxy)) = town_behind_a_proxy() else {
        return;
    };
    let district = town.open();
    let fates = [(false, false), (true, false), (false, true), (true, true)];
    for (n, (arrives, cut)) in (1..).zip(fates) {
        let (act, number) = (Id::derived(&format!("order {n}")), format!("2026-00000{n}"));
        proxy.commit.lock().unwrap().replace(AtCommit { arrives, cut });
        let told = report(&district, &act, &number, "路灯不亮");
        assert!(proxy.commit.lock().unwrap().is_none(), "no commit came by");
        if cut {
            let failure = told.unwrap_err();
            assert!(matches!(failure, Failure::Unsure(_)), "{failure:?}");
            assert_eq!(failure.status().as_u16(), 503);
            proxy.mend();
            let again = report(&district, &act, &number, "路灯不亮").unwrap();
            assert_eq!(again.repeated, arrives, "sent again, it finds what was done");
        } else {
            assert_eq!(told.unwrap().repeated, arrives, "it looked, and knows");
        }
        assert_eq!(count(&district, "select count(*) from matter"), n);
    }
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
        // A person is told so on a page, with the way to try again.
        let page = client.get("/public").unwrap();
        assert_eq!(page.status, 503, "{}", page.body);
        assert!(
            page.body.contains("<main") && page.body.contains("href=\"/public\""),
            "{}",
            page.body
        );
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

/// Everybody who asks while nothing comes back hears so within this time.
const PROMISED: Duration = Duration::from_secs(4);

/// Asks ten times at once and says how long the slowest answer took; all must be 503.
fn all_are_told(port: u16, class: &str, round: u32) -> Duration {
    let ask = |n: u32| {
        let (client, began) = (Client::new(port), Instant::now());
        let told = if n.is_multiple_of(2) {
            client.get("/public").unwrap()
        } else {
            client.report(class, &format!("meanwhile {round} {n}"), "井盖丢了").unwrap()
        };
        assert_eq!(told.status, 503, "{}", told.body);
        assert!(told.retry_after.is_some_and(|after| after.parse::<u64>().is_ok()));
        began.elapsed()
    };
    thread::scope(|scope| {
        let asked: Vec<_> = (0..10).map(|n| scope.spawn(move || ask(n))).collect();
        asked.into_iter().map(|one| one.join().unwrap()).max().unwrap()
    })
}

#[test]
fn a_network_that_swallows_everything_is_noticed_and_left_behind() {
    let Some((town, proxy)) = town_behind_a_proxy() else {
        return;
    };
    let (class, port) = (class(&town.open()), free_port());
    let served = Served::start(&town, port);
    let client = Client::new(port);
    let (mut slowest, mut longest) = (Duration::ZERO, Duration::ZERO);
    for round in 0..3 {
        // Several connections are open when it begins.
        thread::scope(|scope| {
            for n in 0..8 {
                let (class, order) = (class.as_str(), format!("before {round} {n}"));
                scope.spawn(move || {
                    let told = Client::new(port).report(class, &order, "路灯不亮").unwrap();
                    assert_eq!(told.status, 200, "{}", told.body);
                });
            }
        });
        proxy.swallowing.store(true, Ordering::SeqCst);
        slowest = slowest.max(all_are_told(port, &class, round));
        assert!(slowest < PROMISED, "told only after {slowest:?}");
        let again = all_are_told(port, &class, round);
        assert!(again < PROMISED, "once it is known, still {again:?}");
        proxy.swallowing.store(false, Ordering::SeqCst);
        let mended = Instant::now();
        let order = format!("meanwhile {round} 1");
        while client.report(&class, &order, "井盖丢了").unwrap().status != 200 {
            assert!(mended.elapsed() < Duration::from_secs(5), "not back after 5 s");
            thread::sleep(Duration::from_millis(50));
        }
        longest = longest.max(mended.elapsed());
    }
    served.kill();
    let database = town.database();
    let found = database.read_blocking(|tx| tx.count("select count(*) from matter", &[])).unwrap();
    assert_eq!(found, 3 * (8 + 1), "each order is there once, and none that was told to wait");
    town.verify();
    eprintln!(
        "told after {} ms at the most; back {} ms after the network passes things on again",
        slowest.as_millis(),
        longest.as_millis()
    );
}
