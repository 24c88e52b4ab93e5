//! The news of a notice, for a list in which the title of the matter stands above it.

use super::NoticeView;
use crate::words::Lang;

/// How sentences name a matter, the longer ways first, and what stands there instead: `T` is the
/// title, `N` the number.
const NAMED_ZH: [(&str, &str); 6] = [
    ("本单位在办的「T」（N）", "这件事"),
    ("您反映的「T」（N）", ""),
    ("您关注的「T」（N）", ""),
    ("您反映的「T」", ""),
    ("「T」（N）", ""),
    ("：T（N）", ""),
];
const NAMED_EN: [(&str, &str); 9] = [
    ("“T” (N), which your body has,", "It"),
    ("“T” (N): its", "Its"),
    ("“T” (N), which you follow,", "It"),
    ("your report “T” (N)", "your report"),
    ("Your report “T” (N)", "Your report"),
    ("your report “T”", "your report"),
    (": T (N)", ""),
    (" “T” (N)", " it"),
    ("“T” (N)", "It"),
];

/// The sentence of a notice without the title and number of its matter.
pub fn alone(lang: Lang, notice: &NoticeView) -> String {
    let key = format!("notice.{}", notice.kind);
    let blank = |(name, value): &(String, String)| match name.as_str() {
        "title" => (name.clone(), "\u{1}".to_owned()),
        "number" => (name.clone(), "\u{2}".to_owned()),
        _ => (name.clone(), value.clone()),
    };
    let params: Vec<_> = notice.params.iter().map(blank).collect();
    let mut said = lang.fill(&key, &params);
    let ways: &[(&str, &str)] = match lang {
        Lang::Zh => &NAMED_ZH,
        Lang::En => &NAMED_EN,
    };
    for (way, instead) in ways {
        said = said.replace(&way.replace('T', "\u{1}").replace('N', "\u{2}"), instead);
    }
    let given = |name: &str| notice.params.iter().find(|(known, _)| known == name);
    let value = |name: &str| given(name).map_or("", |(_, value)| value.as_str());
    said.replace('\u{1}', value("title")).replace('\u{2}', value("number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Instant;

    /// Every notice about a case.
    fn kinds() -> Vec<String> {
        let shared = "messages/zh/case.toml";
        let text = std::fs::read_to_string(shared).unwrap();
        let table = text.split("[notice.case]").nth(1).unwrap().split("\n[").next().unwrap();
        let names = table.lines().filter_map(|line| line.split_once(" = "));
        let names: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
        assert!(names.len() > 40, "{names:?}");
        names
    }

    #[test]
    fn the_title_is_not_said_again_and_nothing_else_is_lost() {
        let said = |lang: Lang, kind: &str| {
            let params = [("title", "路灯不亮"), ("number", "2026-000001")];
            let params = params.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
            let (news, at) = (1, Instant(0));
            let kind = format!("case.{kind}");
            alone(
                lang,
                &NoticeView { news, kind, matter: None, params, at, unread: true, text: None },
            )
        };
        assert_eq!(said(Lang::Zh, "accepted"), "已受理，正在确定由谁办理。");
        assert_eq!(said(Lang::Zh, "reported"), "已收到，编号 2026-000001。");
        assert_eq!(said(Lang::Zh, "to_accept"), "有新诉求待受理。");
        assert_eq!(said(Lang::Zh, "followed_closed"), "已办结。");
        assert_eq!(said(Lang::En, "followed_closed"), "It is closed.");
        assert_eq!(said(Lang::Zh, "class_changed"), "这件事改了类别，办理时限随之改变，请看详情。");
        assert!(said(Lang::En, "class_changed").starts_with("It was given another class"));
        assert!(said(Lang::En, "unsolved").starts_with("Its reporter says it is not solved"));
        assert_eq!(said(Lang::En, "urged"), "It is urged; please see to it.");
        let said_to_rate = said(Lang::En, "to_rate");
        assert!(
            said_to_rate.starts_with("Your report is closed. Please rate it"),
            "{said_to_rate}"
        );
        for kind in kinds() {
            for lang in [Lang::Zh, Lang::En] {
                let line = said(lang, &kind);
                let number = kind == "reported";
                assert!(!line.contains("路灯"), "{kind}: {line}");
                assert_eq!(line.contains("2026-000001"), number, "{kind}: {line}");
                let torn = ["：的", "， ，", "  ", "“”", "「」", "（）", "()", " ,", ": ."];
                assert!(torn.iter().all(|torn| !line.contains(torn)), "{kind}: {line}");
                assert!(!line.starts_with(['，', '：', ' ', ',', ':']), "{kind}: {line}");
                assert!(!line.contains('：') || kind.starts_with("clock"), "{kind}: {line}");
            }
        }
    }
}
