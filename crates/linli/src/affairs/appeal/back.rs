//! ‹ 返回: from a case back to the list it was opened from, as the reader had narrowed it.

use axum::http::{HeaderMap, Uri, header};

use super::case_web::escaped;
use crate::page::{Form, Visitor};
use crate::people::rules;

/// Pages that list cases.
const LISTS: [&str; 5] = ["/desk", "/mine", "/field", "/public", "/me/notices"];

/// The list that the reader came from: the one named in the address, else the page that led here. A
/// case that was opened from itself goes back to where it went back to before.
pub fn came_from(headers: &HeaderMap, from: &str) -> Option<String> {
    if let Some(named) = list(from) {
        return Some(named);
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let before: Uri = text(header::REFERER)?.parse().ok()?;
    if before.authority()?.as_str() != text(header::HOST)? {
        return None;
    }
    let before = before.path_and_query()?.as_str();
    if before.starts_with("/cases/") { named_in(before) } else { list(before) }
}

/// The list that the address of a case names.
pub fn named_in(address: &str) -> Option<String> {
    let query = Form::parse(address.split_once('?')?.1.as_bytes())?;
    list(query.get("from"))
}

/// The address of a case that goes back to this list.
pub fn naming(case: &str, list: &str) -> String {
    format!("{case}?from={}", escaped(list))
}

/// The list that is the reader's own, for who came from nowhere.
pub fn own_list(visitor: &Visitor) -> String {
    let frame = visitor.frame("");
    let doors = ["/field", "/desk", "/mine"].into_iter();
    doors.filter(|list| frame.has_door(list)).chain(["/public"]).take(1).collect()
}

/// A list of this site with its query, without what was said there of a move just made.
fn list(address: &str) -> Option<String> {
    let (path, query) = rules::next(address).split_once('?').unwrap_or((rules::next(address), ""));
    LISTS.contains(&path).then_some(())?;
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("done="));
    let kept = kept.collect::<Vec<_>>().join("&");
    Some(if kept.is_empty() { path.to_owned() } else { format!("{path}?{kept}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(referer: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "linli.example:8080".parse().unwrap());
        headers.insert(header::REFERER, referer.parse().unwrap());
        came_from(&headers, "")
    }

    #[test]
    fn one_goes_back_to_a_list_of_this_site_and_nowhere_else() {
        let here = "http://linli.example:8080";
        let back = |path: &str| from(&format!("{here}{path}"));
        assert_eq!(back("/desk?tab=late&q=%E7%81%AF").unwrap(), "/desk?tab=late&q=%E7%81%AF");
        assert_eq!(back("/desk?done=accept&tab=late").unwrap(), "/desk?tab=late");
        assert_eq!(back("/public").unwrap(), "/public");
        assert_eq!(back("/cases/2026-000001?from=%2Fmine%3Fq%3D1&done=urge").unwrap(), "/mine?q=1");
        assert_eq!(back("/cases/2026-000001"), None);
        assert_eq!(back("/me"), None);
        assert_eq!(from("http://evil.example/desk"), None);
        let named = |list: &str| came_from(&HeaderMap::new(), list);
        assert_eq!(named("/field").unwrap(), "/field");
        for wrong in ["//evil.example/desk", "https://evil.example", "/desk\\@x", "/sign-out", ""] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
        assert_eq!(named_in(&naming("/cases/1", "/desk?a=1&b=2")).unwrap(), "/desk?a=1&b=2");
    }
}
