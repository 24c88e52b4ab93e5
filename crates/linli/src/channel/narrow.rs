//! What is asked of a list of cases, as conditions of its statement.

use super::cases::{Span, Wanted};
use crate::people::store as people;
use crate::store::Value;

/// Conditions of a `where`, and the values they are asked with.
pub(super) struct Narrow {
    pub sql: String,
    pub values: Vec<Value>,
}

impl Narrow {
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    pub fn and(&mut self, column: &str, sign: &str, value: impl Into<Value>) {
        let bound = self.bind(value);
        self.sql.push_str(&format!(" and {column} {sign} {bound}"));
    }

    fn among(&mut self, column: &str, values: &[String]) {
        if values.is_empty() {
            return;
        }
        // The last one is said again until there are 2, 4, 8…: a statement for each length would be
        // kept prepared.
        let padded = (0..values.len().next_power_of_two()).map(|n| n.min(values.len() - 1));
        let marks: Vec<String> = padded.map(|n| self.bind(values[n].as_str())).collect();
        self.sql.push_str(&format!(" and {column} in ({})", marks.join(", ")));
    }

    pub fn within(&mut self, column: &str, span: Span) {
        if let Some(from) = span.from {
            self.and(column, ">=", from);
        }
        if let Some(to) = span.to {
            self.and(column, "<=", to);
        }
    }

    pub fn by(&mut self, wanted: &Wanted) {
        self.among("t.number", &wanted.numbers);
        self.among("c.code", &wanted.classes);
        self.within("t.opened_at", wanted.opened);
        self.within("t.updated_at", wanted.updated);
        if wanted.public_class {
            self.sql.push_str(" and c.publicity = 'public'");
        }
        match wanted.running {
            Some(true) => self.sql.push_str(" and t.phase not in ('closed', 'withdrawn')"),
            Some(false) => self.sql.push_str(" and t.phase in ('closed', 'withdrawn')"),
            None => {}
        }
        if let Some(stage) = &wanted.stage {
            self.and("t.stage", "=", stage.as_str());
        }
        if let Some(path) = &wanted.place_path {
            self.and("t.place_path", ">=", path.as_str());
            self.and("t.place_path", "<", crate::act::upper_bound(path));
        }
        if let Some(owner) = &wanted.owner {
            self.and("t.owner_id", "=", owner);
        }
        if let Some(follower) = &wanted.follower {
            self.bind(follower);
            self.sql.push_str(&format!(" and {}", people::followed(self.values.len())));
        }
        if let Some(square) = wanted.square {
            self.and("f.lat_e7", ">=", square.south);
            self.and("f.lat_e7", "<=", square.north);
            self.and("f.lng_e7", ">=", square.west);
            self.and("f.lng_e7", "<=", square.east);
        }
        if let Some((at, id)) = &wanted.after {
            let (at, id) = (self.bind(*at), self.bind(id));
            self.sql.push_str(&format!(
                " and (t.opened_at < {at} or (t.opened_at = {at} and t.id < {id}))"
            ));
        }
    }
}
