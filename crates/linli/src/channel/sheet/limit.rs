//! Limits as class tables write them: `4工作时`, `2紧急工作时`, `3天`, `1个工作日`.

use linli_rules::calendar::{Limit, LimitKind};

use crate::base::text;

/// A limit, and what else stood in the cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub limit: Limit,
    /// The unit was a plain word, read by our rule: 小时 as working hours, 天 as calendar days.
    pub plain: bool,
    pub rest: String,
}

/// Units, longer ones first; the flag marks the plain words.
const UNITS: [(&str, LimitKind, bool); 12] = [
    ("紧急工作时", LimitKind::UrgentHour, false),
    ("紧急工作日", LimitKind::UrgentDay, false),
    ("紧急小时", LimitKind::UrgentHour, false),
    ("工作小时", LimitKind::WorkHour, false),
    ("工作时", LimitKind::WorkHour, false),
    ("工作日", LimitKind::WorkDay, false),
    ("工作天", LimitKind::WorkDay, false),
    ("自然日", LimitKind::NaturalDay, false),
    ("小时", LimitKind::WorkHour, true),
    ("日", LimitKind::NaturalDay, true),
    ("天", LimitKind::NaturalDay, true),
    ("时", LimitKind::WorkHour, true),
];

/// Reads a limit; `None` where there is none to be read.
pub fn read(text: &str) -> Option<Read> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).map(text::narrow).collect();
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = bare.split_at(digits);
    let rest = rest.strip_prefix('个').unwrap_or(rest);
    let n = number.parse::<u32>().ok().filter(|n| (1..=Limit::MOST).contains(n))?;
    let (unit, kind, plain) = UNITS.iter().find(|(unit, ..)| rest.starts_with(unit))?;
    let rest = rest.trim_start_matches(unit).to_owned();
    Some(Read { limit: Limit { kind: *kind, n }, plain: *plain, rest })
}

/// Whether it would be a limit, were it not longer than any we reckon with.
pub fn too_long(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).map(text::narrow).collect();
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = bare.split_at(digits);
    let long = number.trim_start_matches('0').len() > 9
        || number.parse::<u32>().is_ok_and(|n| n > Limit::MOST);
    long && read(&format!("1{rest}")).is_some()
}

/// How heavy a case of this limit is: `urgent`, `simple`, `normal` or `complex`.
pub fn grade(limit: Limit) -> &'static str {
    match (limit.kind, limit.n) {
        (LimitKind::UrgentHour | LimitKind::UrgentDay, _) => "urgent",
        (LimitKind::WorkHour, 0..=8) | (LimitKind::WorkDay | LimitKind::NaturalDay, 0..=1) => {
            "simple"
        }
        (LimitKind::WorkHour, _) | (_, 0..=5) => "normal",
        _ => "complex",
    }
}

/// A limit as the template and the export write it.
pub fn write(limit: Limit) -> String {
    let unit = match limit.kind {
        LimitKind::UrgentHour => "紧急工作时",
        LimitKind::UrgentDay => "紧急工作日",
        LimitKind::WorkHour => "工作时",
        LimitKind::WorkDay => "工作日",
        LimitKind::NaturalDay => "天",
    };
    format!("{}{unit}", limit.n)
}
