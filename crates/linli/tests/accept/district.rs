//! 崆峒区 from the shipped table of divisions, on either engine, gone when the run ends.

use std::sync::Arc;

use linli::base::{Clock, Id};
use linli::district::{Config, District, Districts};
use linli::store::{ReadTx, StoreError};
use linli::territory::{self, Place, found};
use linli::{app, catalogue, disclosure};

pub const CODE: &str = "620802";

pub struct Ground {
    pub district: Arc<District>,
    pub runtime: tokio::runtime::Runtime,
    pub router: axum::Router,
    /// A community of it, to which the open messages are brought.
    pub community: Place,
    _folder: tempfile::TempDir,
    _schema: Option<Schema>,
}

impl Ground {
    pub fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&ReadTx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.district.store().read_blocking(look).unwrap()
    }
}

/// One ground an engine; PostgreSQL where one is given.
pub fn both() -> impl Iterator<Item = Ground> {
    let url = std::env::var("LINLI_TEST_PG").ok().filter(|url| !url.is_empty());
    if url.is_none() {
        println!("no LINLI_TEST_PG: on SQLite only");
    }
    [Some(None), url.map(Some)].into_iter().flatten().map(|url| ground(url.as_deref()))
}

fn ground(url: Option<&str>) -> Ground {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new("崆峒区", CODE);
    let schema = url.map(|url| {
        let name = format!("accept_{}", Id::new(Clock::default().now()));
        Schema { url: url.to_owned(), name }
    });
    if let Some(Schema { url, name }) = &schema {
        let joint = if url.contains('?') { '&' } else { '?' };
        config.store = format!("{url}{joint}schema={name}");
    }
    config.write(folder.path()).unwrap();
    let wiring = app::wiring().unwrap();
    let district = Arc::new(District::found(folder.path(), Clock::default(), &wiring).unwrap());
    disclosure::seed(&district.door).unwrap();
    catalogue::seed::seed(&district.door).unwrap();
    assert_eq!(found::found(&district.door, CODE).unwrap(), 1 + 21 + 277);
    let community = district.store().read_blocking(first_community).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let router = app::router(Districts::new(vec![Arc::clone(&district)]));
    Ground { district, runtime, router, community, _folder: folder, _schema: schema }
}

fn first_community(tx: &ReadTx<'_>) -> Result<Place, StoreError> {
    let places = territory::store::under(tx, &format!("/{CODE}/"))?;
    Ok(places.into_iter().find(|place| place.level == territory::COMMUNITY).unwrap())
}

struct Schema {
    url: String,
    name: String,
}

impl Drop for Schema {
    fn drop(&mut self) {
        let Ok(mut client) = postgres::Client::connect(&self.url, postgres::NoTls) else { return };
        let _ = client.batch_execute(&format!("drop schema if exists {} cascade", self.name));
    }
}
