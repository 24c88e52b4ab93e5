//! Number plates of vehicles (GA 36).

use super::{DOTS, Marks, narrow};

const PLATE_PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
const PLATE_ENDS: &str = "学警港澳挂领";

/// 晋A12345 → 晋A****5: province, letter, five or six signs of which at least one is a digit.
pub(super) fn plates(chars: &[char], marks: &mut Marks) {
    for start in 0..chars.len() {
        let letter = chars.get(start + 1).is_some_and(|c| narrow(*c).is_ascii_alphabetic());
        if !letter || !PLATE_PROVINCES.contains(chars[start]) {
            continue;
        }
        let dot = chars.get(start + 2).is_some_and(|c| DOTS.contains(*c) || "- ".contains(*c));
        let from = start + 2 + usize::from(dot);
        let rest: Vec<char> = chars[from..].iter().map(|c| narrow(*c)).collect();
        let mut n = rest.iter().take_while(|c| c.is_ascii_alphanumeric()).count();
        let digits = rest[..n].iter().any(char::is_ascii_digit);
        if n == 4 && chars.get(from + n).is_some_and(|c| PLATE_ENDS.contains(*c)) {
            n += 1;
        }
        if digits && (n == 5 || n == 6) {
            marks.mark_run(from..from + n, 0..n - 1);
        }
    }
}
