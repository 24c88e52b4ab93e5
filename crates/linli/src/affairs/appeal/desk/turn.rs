//! Whose turn a case is at: the acts that take it onward, and whether the looker may do one of
//! them.

use super::super::offer;
use super::list::Lists;
use crate::act::{Done, Scope};
use crate::matter::{CASES, Matter};

/// An act that takes cases onward and whose turn it may be for a looker.
pub struct Turn {
    /// As the duty list names it: `case.verify`.
    act: String,
    /// The stages it is made at.
    stages: Vec<String>,
    by_party: bool,
}

impl Lists<'_, '_> {
    /// What may wait for this looker, to be asked of one case after another.
    pub fn my_turns(&self) -> Vec<Turn> {
        self.turns().into_iter().map(|act| self.turn(act)).collect()
    }

    /// An act that moves cases, to be asked of one after another whether the looker may do it.
    pub fn turn(&self, act: &str) -> Turn {
        let moves = self.process.moves.iter().filter(|by| by.act == act);
        let name = format!("case.{act}");
        Turn {
            stages: moves.flat_map(|by| by.from.clone()).collect(),
            by_party: self.looker.duties.asks_for_parties(&self.looker.actor.kind, &name),
            act: name,
        }
    }

    /// Whether one of these turns is at this case, as the tab `todo` finds them.
    pub fn waits(&self, turns: &[Turn], matter: &Matter) -> Done<bool> {
        for turn in turns.iter().filter(|turn| turn.stages.contains(&matter.stage)) {
            let reach = match turn.by_party {
                true => CASES.reach(self.tx, matter.id.as_str())?,
                false => Some(matter.reach()),
            };
            if reach.is_some_and(|row| self.looker.may(&turn.act, &row)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Acts whose turn it is for this looker. Putting something right on the spot is the turn of
    /// whoever stands there: of the grid, not of all above it.
    pub fn turns(&self) -> Vec<&str> {
        let looker = self.looker;
        let here = |act: &&str| {
            let name = format!("case.{act}");
            let mut duties = looker.duties.of(&looker.actor.kind, &name);
            match *act {
                "handle_here" => duties.any(|duty| duty.scope == Scope::MyGrid),
                _ => looker.duties.has(&looker.actor, &name),
            }
        };
        offer::onward_acts(self.process).into_iter().filter(here).collect()
    }
}
