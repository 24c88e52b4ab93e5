//! A long list page by page, as the desk has it: the address names the row behind which a page
//! begins, so that nobody is passed over when others come or go meanwhile.

use crate::base::Id;

/// Rows on one page.
pub(super) const A_PAGE: usize = 100;

/// One page of a list that is in order.
pub(super) struct Turned<T> {
    pub rows: Vec<T>,
    /// Addresses of the pages before and behind it.
    pub earlier: Option<String>,
    pub later: Option<String>,
    /// How many the whole list has.
    pub all: usize,
}

/// The page behind the row `after`, or the first where there is no such row; `page` is the
/// address of the page behind a row, the first behind none.
pub(super) fn turned<T>(
    all: Vec<T>,
    id: impl Fn(&T) -> &Id,
    after: &str,
    page: impl Fn(&str) -> String,
) -> Turned<T> {
    let count = all.len();
    let last = all.iter().position(|row| id(row).as_str() == after);
    let start = last.map_or(0, |last| last + 1);
    let behind = |at: usize| all.get(at).map_or_else(|| page(""), |row| page(id(row).as_str()));
    let earlier = match start.checked_sub(A_PAGE + 1) {
        Some(at) => Some(behind(at)),
        None => (start > 0).then(|| page("")),
    };
    let later = (start + A_PAGE < count).then(|| behind(start + A_PAGE - 1));
    let rows = all.into_iter().skip(start).take(A_PAGE).collect();
    Turned { rows, earlier, later, all: count }
}

/// An address with what was asked for, where it was.
pub(super) fn address(path: &str, asked: &[(&str, &str)]) -> String {
    let said: Vec<_> = asked.iter().filter(|(_, value)| !value.is_empty()).collect();
    match serde_urlencoded::to_string(&said) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_turn_forth_and_back_over_every_row_once() {
        let ids: Vec<Id> = (0..250).map(|n| Id::derived(&format!("row {n}"))).collect();
        let at = |after: &str| {
            turned(
                ids.clone(),
                |id| id,
                after,
                |after| address("/l", &[("q", ""), ("after", after)]),
            )
        };
        let cursor = |href: &str| href.strip_prefix("/l?after=").unwrap_or_default().to_owned();
        let first = at("");
        assert_eq!((first.rows.len(), first.all, first.earlier.as_deref()), (100, 250, None));
        let second = at(&cursor(&first.later.unwrap()));
        assert_eq!(second.earlier.as_deref(), Some("/l"));
        let third = at(&cursor(second.later.as_deref().unwrap()));
        assert_eq!((third.rows.len(), &third.later), (50, &None));
        assert_eq!(at(&cursor(&third.earlier.unwrap())).rows, second.rows);
        assert_eq!([first.rows, second.rows, third.rows].concat(), ids);
        assert_eq!(at("nobody").rows, ids[..100], "who is gone begins anew");
        assert_eq!(at(ids[249].as_str()).rows, [], "nobody follows the last");
    }

    #[test]
    fn what_was_asked_for_stands_in_the_address_as_it_was_typed() {
        let asked = [("q", "张 &"), ("sort", ""), ("after", "x")];
        assert_eq!(address("/l", &asked), "/l?q=%E5%BC%A0+%26&after=x");
        assert_eq!(address("/l", &[("q", "")]), "/l");
    }
}
