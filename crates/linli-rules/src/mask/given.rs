//! Names that a writer gives in a text: 我叫张三. Everyone reads as much of them as of a reporter's
//! own name, the first character.

use super::{DOTS, Marks, han};

/// After these a name is to come, whatever follows it.
const NAMING: [&str; 6] = ["我叫", "名叫", "姓名", "联系人", "本人叫", "名字叫"];
/// After these it may be anything: 我是三号楼业主, 本人住在附近.
const PERHAPS: [&str; 2] = ["我是", "本人"];

/// What may stand between such a word and the name.
const LEADS: &str = "：:是为叫 \t\u{3000}，,（(";
const MOST_LEADS: usize = 3;

/// The common surnames (公安部 全国姓名报告, with those of the west that stand high in it).
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董潘\
袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫阎段雷龙黎史陶\
贺毛郝顾龚邵万覃武钱戴严莫孔汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝\
包宁尚符舒阮柯纪梅童凌毕季裴霍涂苗谷曲盛翁冉骆蓝游辛靳管柴蒙鲍华喻祁蒲滕屈饶解牟艾尤穆卓古吉缪简项连\
芦麦褚娄窦戚岑景宫费卜冷晏席卫米柏宗瞿桂佟臧闵苟邬边卞姬仇栾隋刁沙荣巫寇桑郎甄仲虞敖巩佘池查麻苑迟";
/// These are words of every day as well: they are surnames only where a name is to come.
const SELDOM: &str = "向常时成单路房党全应商车和";
const DOUBLE: [&str; 16] = [
    "欧阳", "司马", "上官", "诸葛", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "夏侯", "轩辕",
    "端木", "独孤", "申屠", "司徒",
];

/// Words that begin like a name and are none.
const NO_NAMES: [&str; 64] = [
    "于昨", "于今", "于前", "于上", "于本", "于去", "于当", "于近", "于某", "于是", "于二", "曾经",
    "曾多", "曾向", "曾在", "曾于", "曾因", "曾打", "何时", "何处", "何人", "何事", "任何", "任意",
    "周边", "周围", "周末", "高层", "高新", "高龄", "高中", "方便", "方圆", "江南", "江北", "万达",
    "万科", "安置", "安居", "白天", "文明", "马上", "马路", "施工", "石油", "严重", "连续", "连日",
    "连夜", "关于", "关心", "解决", "解放", "申请", "申报", "管理", "卫生", "项目", "顾客", "边上",
    "常年", "常住", "单位", "商户",
];
/// What somebody is, or lives in.
const ROLES: [&str; 20] = [
    "小区", "街道", "社区", "业主", "居民", "住户", "村民", "花园", "家园", "公司", "学校", "号楼",
    "单元", "老人", "家长", "员工", "租户", "租客", "商户", "党员",
];
/// What ends the name of a place that stands before 的: 陈家村的村民.
const PLACES: &str = "村区苑府街路镇庄屯湾楼院城巷里园乡县市";
/// What goes on after a name: 我叫张三住在附近.
const FOLLOWS: [&str; 27] = [
    "的", "电话", "手机", "身份", "住", "家", "联系", "反映", "想", "要", "投诉", "举报", "今",
    "昨", "是", "在", "和", "来", "于", "因", "向", "有", "现", "男", "女", "先生", "号码",
];

/// Hides names that the text itself gives, but for their first character.
pub(super) fn names(chars: &[char], marks: &mut Marks) {
    for at in 0..chars.len() {
        let naming = NAMING.iter().find(|word| starts(&chars[at..], word));
        let perhaps = || PERHAPS.iter().find(|word| starts(&chars[at..], word));
        let Some(word) = naming.or_else(perhaps) else { continue };
        let from = at + word.chars().count();
        let leads = chars[from..].iter().take(MOST_LEADS);
        let from = from + leads.take_while(|c| LEADS.contains(**c)).count();
        let len = length(&chars[from..], naming.is_some());
        if len > 1 {
            marks.mark_run(from..from + len, 1..len);
        }
    }
}

pub(super) fn starts(chars: &[char], word: &str) -> bool {
    let mut rest = chars.iter();
    word.chars().all(|c| rest.next() == Some(&c))
}

fn run(chars: &[char]) -> usize {
    chars.iter().take_while(|c| han(**c)).count()
}

/// Where what follows a name begins, after two characters at the least.
fn followed(chars: &[char], most: usize) -> Option<usize> {
    let goes_on = |at: &usize| FOLLOWS.iter().any(|word| starts(&chars[*at..], word));
    (2..=most.min(chars.len())).find(goes_on)
}

/// How many signs the name has that begins here; 0 where none does.
fn length(chars: &[char], naming: bool) -> usize {
    let run = run(chars);
    if chars.get(run).is_some_and(|c| DOTS.contains(*c)) {
        let parts = dotted(chars);
        if parts > 0 {
            return parts;
        }
    }
    let Some(surname) = surname(chars, naming) else { return 0 };
    let words = |words: &[&str]| words.iter().any(|word| starts(chars, word));
    let said: String = chars[..run].iter().collect();
    if run <= surname || words(&NO_NAMES) {
        return 0;
    }
    if run <= surname + 2 {
        let what = ROLES.iter().any(|role| said.contains(role));
        return if what { 0 } else { followed(chars, run).unwrap_or(run) };
    }
    match followed(&chars[..run], surname + 2) {
        Some(at) if naming || !place(chars, at) => at,
        None if naming => surname + 2,
        _ => 0,
    }
}

/// 陈家村的: a place, and not somebody.
fn place(chars: &[char], at: usize) -> bool {
    let ends = |c: char| PLACES.contains(c);
    ends(chars[at - 1]) || chars.get(at + 1).is_some_and(|c| ends(*c))
}

fn surname(chars: &[char], naming: bool) -> Option<usize> {
    if DOUBLE.iter().any(|word| starts(chars, word)) {
        return Some(2);
    }
    let first = *chars.first()?;
    (SURNAMES.contains(first) || (naming && SELDOM.contains(first))).then_some(1)
}

/// The longest part of a name whose parts stand apart.
const LONGEST: usize = 6;

/// 阿卜杜拉·买买提: parts with a dot between them.
fn dotted(chars: &[char]) -> usize {
    let mut at = 0;
    loop {
        let part = run(&chars[at..]);
        let ends = chars.get(at + part).is_none_or(|c| !DOTS.contains(*c));
        if part == 0 || (!ends && part > LONGEST) {
            return at.saturating_sub(1);
        }
        if ends {
            let rest = &chars[at..at + part];
            return at + followed(rest, part).unwrap_or(part).min(LONGEST);
        }
        at += part + 1;
    }
}

#[cfg(test)]
mod tests {
    use crate::mask::mask_public;

    #[test]
    fn a_name_that_the_writer_gives_is_told_as_far_as_its_first_character() {
        for (text, shown) in [
            ("我叫张三", "我叫张*"),
            ("我叫张三丰，住三楼", "我叫张**，住三楼"),
            ("我是李建民，电话13800001234", "我是李**，电话138****1234"),
            ("本人欧阳明珠，反映路灯", "本人欧***，反映路灯"),
            ("姓名：王小明 电话2021234", "姓名：王** 电话*****34"),
            ("联系人：赵敏", "联系人：赵*"),
            ("联系人赵敏电话", "联系人赵*电话"),
            ("他名叫孙悟空。", "他名叫孙**。"),
            ("我叫张三家里漏水好几天了", "我叫张*家里漏水好几天了"),
            ("我叫张三丰家里漏水好几天了", "我叫张**家里漏水好几天了"),
            ("我是张三的邻居，他不在", "我是张*的邻居，他不在"),
            ("本人于小红，昨天来过", "本人于**，昨天来过"),
            ("我叫阿卜杜拉·买买提，住得远", "我叫阿*******，住得远"),
            ("我是古丽•阿依夏", "我是古*****"),
            ("我叫买买提·吐尔逊住在附近小区", "我叫买******住在附近小区"),
        ] {
            assert_eq!(mask_public(text, None), shown);
        }
    }

    #[test]
    fn what_follows_like_a_name_and_is_none_stays() {
        for text in [
            "我是小区居民",
            "我是三号楼业主",
            "本人住在附近",
            "本人于昨日报修，没人来",
            "本人曾多次反映",
            "我是金域华府业主",
            "我是陈家村的村民",
            "我是江南苑的住户",
            "我是高层住户",
            "我是党员，也是楼长",
            "联系人方便上门",
            "姓名不详",
            "我叫了物业",
            "我叫人来修",
            "我是单位门卫",
            "本人常年在外",
            "我是周边商户，天天堵车",
        ] {
            assert_eq!(mask_public(text, None), text);
        }
    }
}
