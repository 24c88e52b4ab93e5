//! Which scopes an act can have at all: a right over "what is mine" means nothing where nothing is
//! anybody's.

use crate::act::Scope::{
    self, AssignedToMyBody, MyDistrict, MyGrid, MyPlaceAndBelow, Own, Party, Public,
};

/// What lies in a place: by whose post it is reached.
const PLACES: [Scope; 3] = [MyGrid, MyPlaceAndBelow, MyDistrict];

/// The scopes that make sense for an act, by what it is done to. Moves of every procedure are made
/// with matters, which have a place, a body, an owner and parties.
pub fn of(act: &str) -> Vec<Scope> {
    let kind = act.split_once('.').map_or(act, |(kind, _)| kind);
    match act {
        // An appointment lies in no place of its own, and new staff in the whole district.
        "post.relieve" | "post.delegate" => return vec![Own, MyDistrict],
        "staff.create" => return vec![MyDistrict],
        _ => {}
    }
    let more: &[Scope] = match kind {
        "person" | "staff" => &[Own],
        "body" | "remit" => &[Public, AssignedToMyBody],
        "post" => &[Public, Own, AssignedToMyBody],
        "place" | "grid" | "address" => &[Public],
        "duty" | "duty_proposal" => return vec![Public, Own, MyDistrict],
        "class" | "record" | "log" => return vec![Public, MyDistrict],
        "notice" => return vec![Own],
        "api_key" | "calendar" | "post_kind" | "process" | "setting" => return vec![MyDistrict],
        _ if ["case.import", "case.undo_import"].contains(&act) => &[],
        _ => &[Public, Own, Party, AssignedToMyBody],
    };
    let all = PLACES.iter().chain(more);
    Scope::ALL.into_iter().filter(|scope| all.clone().any(|one| one == scope)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::shipped;

    #[test]
    fn every_row_of_the_shipped_list_has_a_scope_that_its_act_can_have() {
        let list = shipped::parse(shipped::TEXT).unwrap();
        for duty in list.duty {
            let scope = Scope::from_name(duty.scope.get_ref()).unwrap();
            assert!(of(&duty.act).contains(&scope), "{} {}", duty.act, scope.name());
        }
        assert!(!of("calendar.change").contains(&Own));
        assert!(!of("post.relieve").contains(&MyPlaceAndBelow));
        assert!(!of("place.draw").contains(&AssignedToMyBody));
        assert_eq!(of("song.sing"), Scope::ALL, "a procedure of one's own");
    }
}
