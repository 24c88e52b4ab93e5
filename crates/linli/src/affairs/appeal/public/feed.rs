//! `/public.atom`: the public cases that something was last done with, as a feed (RFC 4287), for
//! the same question as the page. An old case that is closed today is news.

use axum::http::header;
use axum::response::IntoResponse as _;

use super::ask::Ask;
use super::page::{Item, item, read};
use super::store::{self, Newest};
use crate::affairs::appeal::view::Looker;
use crate::page::{Page, Visitor};
use crate::store::ReadTx;
use crate::territory;

const MOST: usize = 50;

pub async fn show(visitor: Visitor) -> Page {
    let ask = Ask::of(visitor.path.split_once('?').map_or("", |(_, query)| query));
    let (looker, wanted) = (Looker::from(&visitor), Ask { after: None, ..ask.clone() });
    let look = move |tx: &ReadTx<'_>| {
        let ground = territory::ground(&looker.district, tx)?;
        let newest = (Newest::Changed, MOST);
        let lines = store::lines(tx, &looker.duties, &ground, &wanted, looker.lang, newest)?;
        let items = lines.into_iter().map(|line| item(tx, &looker, &ground, line));
        items.collect::<Result<Vec<_>, _>>()
    };
    let items = read(&visitor, &ask, look).await?;
    let kind = [(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")];
    Ok((kind, atom(&visitor, &ask, &items)).into_response())
}

fn atom(visitor: &Visitor, ask: &Ask, items: &[Item]) -> String {
    let config = &visitor.district.config;
    let time = |at: crate::base::Instant| at.to_rfc3339(config.offset_minutes);
    let newest = items.iter().map(|item| item.updated_at).max();
    let own = format!("{}{}", config.address, ask.link("/public.atom", None));
    let title = format!("{} {}", config.name, visitor.lang.say("page.nav.public"));
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" \
         xml:lang=\"{}\">\n<title>{}</title>\n<id>{}</id>\n<link rel=\"self\" href=\"{}\"/>\n\
         <link href=\"{}\"/>\n<author><name>{}</name></author>\n<updated>{}</updated>\n",
        visitor.lang.tag(),
        escaped(&title),
        escaped(&own),
        escaped(&own),
        escaped(&format!("{}{}", config.address, ask.link("/public", None))),
        escaped(&config.name),
        time(newest.unwrap_or_else(|| visitor.district.now()))
    );
    for item in items {
        let link = escaped(&format!("{}/cases/{}", config.address, item.number));
        let class = item.class.as_deref().unwrap_or_default();
        let summary = [item.number.as_str(), class, &item.place, &item.stage, &item.plain];
        out.push_str(&format!(
            "<entry><id>{link}</id><link href=\"{link}\"/><title>{}</title>\
             <updated>{}</updated><summary>{}</summary></entry>\n",
            escaped(&item.title),
            time(item.updated_at),
            escaped(&summary.join(" · "))
        ));
    }
    out.push_str("</feed>\n");
    out
}

/// Text as XML 1.0 may hold it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}
