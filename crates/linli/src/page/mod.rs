//! Pages: the frame around each, who looks at it, forms, and the one way answers become responses.

mod answer;
mod brought;
pub mod cookies;
mod form;
mod frame;
mod guard;
pub mod limit;
mod room;
pub mod r#static;
mod visitor;

pub use answer::{
    Page, has_tag, not_found, page_above, render, render_form, see_other, unprocessable,
};
pub use brought::{
    Bringing, Brought, MOST_BYTES, Posted, Takes, UNREADABLE, Upload, aside, bytes_at,
    is_multipart, text_at, too_big,
};
pub use cookies::{clear_cookie, set_cookie};
pub use form::{Form, Problems, Unread, one_of, whole};
pub use frame::{Frame, NavItem};
pub use guard::{
    at_terminal, cross_site_guard, log_number, no_nul, render_failures, same_site, seconds_to_wait,
    security_headers, sentence,
};
pub use limit::Limit;
pub use room::{Room, TOO_MUCH, within_room};
pub use r#static::{OWN_MAP, bytes as asset, routes as static_routes, shows_demo_map};
pub use visitor::{Visitor, accepted_language, visitor_of};
