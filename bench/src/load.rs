//! The load: requests over kept connections, as fast as they are answered or at a set rate.
//!
//! At a set rate each request has the moment it is due, and its time is counted from then: a slow
//! answer delays none of those behind it in the figures (no coordinated omission; Tene, 2013).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hdrhistogram::Histogram;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use linli::base::Fault;
use tokio::net::TcpStream;

/// What one connection asks, one request after another.
pub trait Work: Send + 'static {
    /// The next request; none when there is nothing left to do.
    fn next(&mut self) -> Option<Request<Full<Bytes>>>;

    /// What came back of it; whether that was right.
    fn told(&mut self, status: u16, body: &[u8]) -> bool;
}

/// How a load is driven.
#[derive(Clone, Copy, Debug)]
pub struct Drive {
    pub seconds: u64,
    /// Requests a second; as many as are answered when it is `None`.
    pub rate: Option<u64>,
}

/// What came of a load.
pub struct Outcome {
    pub right: u64,
    pub wrong: u64,
    pub seconds: f64,
    /// Microseconds.
    pub times: Histogram<u64>,
}

impl Outcome {
    pub fn a_second(&self) -> f64 {
        self.right as f64 / self.seconds
    }

    /// Milliseconds below which this share of the answers came.
    pub fn millis(&self, quantile: f64) -> f64 {
        self.times.value_at_quantile(quantile) as f64 / 1000.0
    }
}

fn fresh_times() -> Result<Histogram<u64>, Fault> {
    Histogram::new_with_bounds(1, 60_000_000, 3).map_err(|e| Fault::new(e.to_string()))
}

fn broken(error: &hyper::Error) -> Fault {
    Fault::new(format!("the connection broke: {error}"))
}

async fn connect(to: SocketAddr) -> Result<SendRequest<Full<Bytes>>, Fault> {
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|e| broken(&e))?;
    tokio::spawn(connection);
    Ok(sender)
}

/// Connection `nth` of `of`.
#[derive(Clone, Copy)]
struct Lane {
    nth: u64,
    of: u64,
    drive: Drive,
    begun: Instant,
}

impl Lane {
    /// When request `n` of this lane is due.
    fn due(&self, n: u64) -> Option<Instant> {
        let micros = (n * self.of + self.nth) * 1_000_000 / self.drive.rate?;
        Some(self.begun + Duration::from_micros(micros))
    }
}

async fn run_lane<W: Work>(to: SocketAddr, mut work: W, lane: Lane) -> Result<(W, Outcome), Fault> {
    let mut sender = connect(to).await?;
    let (mut right, mut wrong, mut times) = (0, 0, fresh_times()?);
    let end = lane.begun + Duration::from_secs(lane.drive.seconds);
    for n in 0.. {
        let due = lane.due(n);
        if due.unwrap_or_else(Instant::now) >= end {
            break;
        }
        let Some(request) = work.next() else { break };
        if let Some(due) = due {
            tokio::time::sleep_until(due.into()).await;
        }
        let from = due.unwrap_or_else(Instant::now);
        sender.ready().await.map_err(|e| broken(&e))?;
        let response = sender.send_request(request).await.map_err(|e| broken(&e))?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(|e| broken(&e))?.to_bytes();
        let micros = u64::try_from(from.elapsed().as_micros()).unwrap_or(u64::MAX).max(1);
        times.saturating_record(micros);
        if work.told(status, &body) { right += 1 } else { wrong += 1 }
    }
    let seconds = lane.begun.elapsed().as_secs_f64();
    Ok((work, Outcome { right, wrong, seconds, times }))
}

/// Drives each of the works on a connection of its own; gives them back with what came of it.
pub fn run<W: Work>(
    to: SocketAddr,
    works: Vec<W>,
    drive: Drive,
) -> Result<(Vec<W>, Outcome), Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (of, begun) = (works.len() as u64, Instant::now());
        let lanes: Vec<_> = works
            .into_iter()
            .zip(0..)
            .map(|(work, nth)| tokio::spawn(run_lane(to, work, Lane { nth, of, drive, begun })))
            .collect();
        let mut back = Vec::new();
        let mut all = Outcome { right: 0, wrong: 0, seconds: 0.0, times: fresh_times()? };
        for lane in lanes {
            let (work, one) = lane.await.map_err(|e| Fault::new(e.to_string()))??;
            back.push(work);
            all.right += one.right;
            all.wrong += one.wrong;
            all.times.add(&one.times).map_err(|e| Fault::new(e.to_string()))?;
        }
        all.seconds = begun.elapsed().as_secs_f64();
        Ok((back, all))
    })
}
