//! Words of invented reports, the same at every run.

/// A die that falls the same way each time (SplitMix64, Steele, Lea and Flood 2014).
pub struct Dice(u64);

impl Dice {
    /// The `nth` of several dice.
    pub fn of(nth: u64) -> Dice {
        let mut first = Dice(20_261_122 + nth);
        Dice(first.next())
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

const WHERE: [&str; 8] = [
    "小区东门口",
    "六号楼一单元",
    "菜市场北侧",
    "学校门前",
    "公交站旁",
    "河边步道",
    "地下车库",
    "活动广场",
];
const WHAT: [&str; 10] = [
    "路灯不亮，晚上走路看不清",
    "路面坑洼，车一过就颠",
    "垃圾桶满了没有人清",
    "有人把杂物堆在楼道里",
    "下水道堵了，污水流到路面",
    "楼道灯坏了，上下楼看不见",
    "夜里施工声音很大，睡不着",
    "树枝断了，挂在半空",
    "共享单车堆满了人行道",
    "水压太小，五楼以上接不到水",
];
const SINCE: [&str; 5] =
    ["已经三天了", "从昨天晚上开始", "上个月就有了", "今天早上发现的", "反映过一次还没处理"];
const PLEASE: [&str; 4] =
    ["请来看看。", "希望尽快处理。", "麻烦安排人修一下。", "来往的人多，请重视。"];
const DONE: [&str; 4] = [
    "工作人员当天到现场查看，已经联系施工单位处理完毕，请您再看看是否满意。",
    "经核实情况属实，已更换损坏部件并恢复正常，今后会加强巡查。",
    "已与物业公司商定处理办法，本周内完成，网格员会到现场复核。",
    "已清理现场并对当事人进行劝导，社区将每天巡查一次。",
];

/// What somebody reports, of classes that ask nothing they must answer: some forty to seventy
/// characters.
pub fn report(dice: &mut Dice) -> String {
    let (place, what) = (dice.pick(&WHERE), dice.pick(&WHAT));
    let (since, please) = (dice.pick(&SINCE), dice.pick(&PLEASE));
    format!("{place}{what}，{since}。{}{please}", dice.pick(&WHERE))
}

pub fn reply(dice: &mut Dice) -> String {
    dice.pick(&DONE).to_owned()
}

pub fn title(words: &str) -> String {
    words.chars().take(20).collect()
}
