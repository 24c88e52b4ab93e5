//! Words that tell of danger to life, as they ship beside the classes, and whom to call then.

use std::sync::LazyLock;

use linli_rules::emergency::{Emergencies, EmergencyWords};
use serde::Deserialize;

use super::Pair;
use crate::base::Fault;

const SHIPPED: &str = include_str!("../../data/emergencies.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    supposed: Vec<String>,
    aside: Vec<String>,
    past: Vec<String>,
    now: Vec<String>,
    except: Vec<String>,
    emergency: Vec<Kind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    message: Pair,
    words: Vec<String>,
    #[serde(default)]
    alone: Vec<String>,
}

/// What ships, made ready: the words, and for each kind what to do.
struct Ready {
    words: Emergencies,
    messages: Vec<Pair>,
}

static READY: LazyLock<Option<Ready>> = LazyLock::new(|| {
    ready().inspect_err(|fault| tracing::error!("no word rings an alarm: {fault}")).ok()
});

fn ready() -> Result<Ready, Fault> {
    let file: File = toml::from_str(SHIPPED)
        .map_err(|e| Fault::new(e.to_string()).context("data/emergencies.toml"))?;
    let kinds = file.emergency.into_iter().map(|kind| (kind.words, kind.alone, kind.message));
    let (told, alone, messages) = kinds.collect();
    let words = EmergencyWords {
        supposed: file.supposed,
        aside: file.aside,
        past: file.past,
        now: file.now,
        except: file.except,
        told,
        alone,
    };
    Ok(Ready { words: Emergencies::new(&words), messages })
}

/// What to do at once, where words tell of danger to life that is there now.
pub fn told(words: &str) -> Option<&'static Pair> {
    let ready = READY.as_ref()?;
    ready.messages.get(ready.words.told(words)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first number one is told to call.
    fn calls(words: &str) -> Option<String> {
        let message = &told(words)?.zh;
        let digits = message.chars().skip_while(|c| !c.is_ascii_digit());
        Some(digits.take_while(char::is_ascii_digit).collect())
    }

    #[test]
    fn whoever_is_in_danger_is_told_whom_to_call() {
        for (words, number) in [
            ("楼上着火了快来人", "119"),
            ("家里着火", "119"),
            ("路灯杆冒烟，吓人", "119"),
            ("去年修过，现在正在冒烟", "119"),
            ("我很害怕，家里着火了", "119"),
            ("楼道里煤气泄漏", "119"),
            ("有人要跳楼", "110"),
            ("有人晕倒", "120"),
            ("老人摔倒了起不来", "120"),
            ("打人了", "110"),
            ("门口有人持刀", "110"),
            ("There is a fire in the kitchen", "119"),
            ("There's a fire in the kitchen", "119"),
            ("Fire in the building!", "119"),
            ("Help, fire!", "119"),
            ("FIRE", "119"),
            ("救命！", "110"),
            ("I'm afraid my house is on fire", "119"),
            ("I'm worried, my house is on fire", "119"),
            ("Please come if you can, there is a fire in my kitchen", "119"),
            ("如果再不来就晚了，家里着火了", "119"),
            ("恐怕要出人命了，有人持刀", "110"),
            ("爷爷昨天晕倒，到现在昏迷不醒", "120"),
            ("My neighbour's house is on fire", "119"),
            ("An old man fainted at the bus stop", "120"),
            ("Someone is stuck in the lift", "96333"),
        ] {
            assert_eq!(calls(words).as_deref(), Some(number), "{words}");
        }
    }

    #[test]
    fn what_is_feared_supposed_or_over_rings_no_alarm() {
        for words in [
            "消防通道被堵，万一着火怎么办",
            "如果不清走，着火了谁负责",
            "楼道堆物有起火隐患",
            "打人事件去年的处理",
            "去年楼上着火，至今没有修",
            "饭店的排烟管冒烟，油烟呛人",
            "拨打人工电话没人接",
            "理发店门口贴着跳楼价的广告",
            "有人打架子鼓",
            "落水管掉了",
            "建议办一次防溺水讲座",
            "门卫把门被打开后不关",
            "路灯坏了三天",
            "The fire lane is blocked by cars",
            "Fire lane: cars on it again",
            "消防电话 fire",
            "The fire extinguisher is missing",
            "If there is a fire nobody gets out",
            "A car was robbed last year",
            "A car was robbed yesterday",
            "昨天楼下有人打架",
            "There is a fire lane blocked by cars",
            "I'm afraid of a fire in the cellar",
            "Rubbish on the stairs may start a fire",
        ] {
            assert!(told(words).is_none(), "{words}");
        }
    }

    #[test]
    fn what_stands_on_the_second_page_is_no_cry_for_help() {
        let long = format!("{}着火了", "物业收费不公开，业主要求公布账目。".repeat(6));
        assert!(told(&long).is_none());
    }

    #[test]
    fn every_kind_names_a_number_in_both_languages() {
        let ready = ready().unwrap();
        assert!(ready.messages.len() > 4);
        for message in &ready.messages {
            for text in [&message.zh, &message.en] {
                assert!(text.chars().any(|c| c.is_ascii_digit()), "{text}");
            }
        }
    }
}
