//! Who looked at somebody's data is kept for half a year and no longer (网络安全法 第21条: logs are
//! kept for at least six months; 个人信息保护法 第19条: no longer than needed). Looks stand in the
//! record, so that nobody takes one out unseen; this is how they go.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, Reach, Subject};
use crate::base::Fault;
use crate::people::prune::KEPT_DAYS;
use crate::people::store;

/// Looks that go in one act.
pub const MOST_LOOKS: i64 = 200;

pub struct ForgetLooks;

impl Act for ForgetLooks {
    type Outcome = usize;

    fn name(&self) -> Cow<'static, str> {
        "person.forget_looks".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(Vec::new())
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "looks", id: "old".to_owned(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<usize> {
        let before = cx.now().plus_days(-KEPT_DAYS);
        store::forget_looks(cx, before, MOST_LOOKS)
    }
}
