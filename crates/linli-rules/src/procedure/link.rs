//! The links of the way that everyone is shown (环节).

use serde::{Deserialize, Serialize};

use crate::Words;

/// The seven links everyone is shown: 信息收集 案卷建立 任务派遣 任务处理 处理反馈 核查结案 综合评价.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    Report,
    File,
    Dispatch,
    Handle,
    Answer,
    Close,
    Rate,
}

impl Link {
    pub const ALL: [(&'static str, Link); 7] = [
        ("report", Link::Report),
        ("file", Link::File),
        ("dispatch", Link::Dispatch),
        ("handle", Link::Handle),
        ("answer", Link::Answer),
        ("close", Link::Close),
        ("rate", Link::Rate),
    ];

    pub fn name(self) -> &'static str {
        Link::ALL.iter().find(|(_, link)| *link == self).map_or("", |(name, _)| *name)
    }

    pub fn title(self) -> Words {
        match self {
            Link::Report => Words::new("信息收集", "Report"),
            Link::File => Words::new("案卷建立", "File"),
            Link::Dispatch => Words::new("任务派遣", "Dispatch"),
            Link::Handle => Words::new("任务处理", "Handle"),
            Link::Answer => Words::new("处理反馈", "Answer"),
            Link::Close => Words::new("核查结案", "Verify and close"),
            Link::Rate => Words::new("综合评价", "Rate"),
        }
    }

    /// As it is said to residents, in a word.
    pub fn plain(self) -> Words {
        match self {
            Link::Report => Words::new("收到", "Report"),
            Link::File => Words::new("受理", "Accept"),
            Link::Dispatch => Words::new("派出", "Send"),
            Link::Handle => Words::new("在办", "Work"),
            Link::Answer => Words::new("答复", "Answer"),
            Link::Close => Words::new("核查", "Check"),
            Link::Rate => Words::new("评价", "Rate"),
        }
    }
}
