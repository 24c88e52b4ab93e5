//! The personal fields we hold, declared one by one: what for, on what ground, for how long, how
//! they are shown. The privacy notice is made from this list, and a test holds the schema to it
//! (个人信息保护法 第17条: 告知处理目的、处理方式、种类和保存期限).

/// How closely a field is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Published with the duty.
    Public,
    /// Seen within the administration by duty.
    Internal,
    /// About a person: masked.
    Personal,
    /// Sealed in the database; one deliberate look at a time.
    Sensitive,
}

impl Class {
    pub fn key(self) -> &'static str {
        match self {
            Class::Public => "people.class.public",
            Class::Internal => "people.class.internal",
            Class::Personal => "people.class.personal",
            Class::Sensitive => "people.class.sensitive",
        }
    }
}

/// A personal field. The sentences stand under `people.field.KEY`: its name, `_why` what for,
/// `_keep` for how long.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub key: &'static str,
    /// `table.column` of everything it covers.
    pub columns: &'static [&'static str],
    pub class: Class,
    /// The law that allows it.
    pub ground: &'static str,
    /// How it is shown to others.
    pub mask: &'static str,
    /// Held of residents too, not only of staff.
    pub of_residents: bool,
}

impl Field {
    pub fn name_key(&self) -> String {
        format!("people.field.{}", self.key)
    }

    pub fn why_key(&self) -> String {
        format!("people.field.{}_why", self.key)
    }

    pub fn keep_key(&self) -> String {
        format!("people.field.{}_keep", self.key)
    }
}

/// The notice residents agree to; a new text gets a new name, and whoever has not agreed to it is
/// asked when they next come in.
pub const NOTICE: &str = "privacy-1";

const CONSENT: &str = "个人信息保护法 第13条第1项（取得个人的同意）";
const DUTY: &str = "个人信息保护法 第13条第3项（履行法定职责）";
const SECURITY: &str = "网络安全法 第21条（网络日志不少于六个月）";
const PUBLISHED: &str = "政府信息公开条例 第20条（机构职能与办事依据）";

pub const FIELDS: [Field; 14] = [
    Field {
        key: "name",
        columns: &["person.name_sealed", "person.name_masked"],
        class: Class::Sensitive,
        ground: CONSENT,
        mask: "张**",
        of_residents: true,
    },
    Field {
        key: "phone",
        columns: &[
            "person.phone_sealed",
            "person.phone_blind",
            "person.phone_masked",
            "notice.address_masked",
        ],
        class: Class::Sensitive,
        ground: CONSENT,
        mask: "138****1234",
        of_residents: true,
    },
    Field {
        key: "contact",
        columns: &[
            "contact.name_sealed",
            "contact.name_masked",
            "contact.phone_sealed",
            "contact.phone_masked",
            "contact.email_sealed",
            "contact.email_masked",
            "contact.person_id",
        ],
        class: Class::Sensitive,
        ground: DUTY,
        mask: "z***@example.com",
        of_residents: true,
    },
    Field {
        key: "place",
        columns: &["person.place_id", "person.place_path"],
        class: Class::Personal,
        ground: CONSENT,
        mask: "—",
        of_residents: true,
    },
    Field {
        key: "matters",
        columns: &[
            "matter.owner_id",
            "case_file.words",
            "case_file.open_words",
            "case_file.address",
            "case_file.lat_e7",
            "case_file.lng_e7",
            "party.party_id",
        ],
        class: Class::Personal,
        ground: DUTY,
        mask: "—",
        of_residents: true,
    },
    Field {
        key: "drafts",
        columns: &["draft.person_id", "draft.body"],
        class: Class::Personal,
        ground: CONSENT,
        mask: "—",
        of_residents: true,
    },
    Field {
        key: "follows",
        columns: &["follow.person_id", "follow.matter_id", "follow.texts"],
        class: Class::Personal,
        ground: CONSENT,
        mask: "—",
        of_residents: true,
    },
    Field {
        key: "sessions",
        columns: &["session.person_id", "session.device"],
        class: Class::Internal,
        ground: SECURITY,
        mask: "—",
        of_residents: true,
    },
    Field {
        key: "codes",
        columns: &["sms_code.phone_blind", "sms_code.code_hash", "attempt.who"],
        class: Class::Internal,
        ground: SECURITY,
        mask: "—",
        of_residents: true,
    },
    Field {
        key: "looks",
        columns: &["access.person_id", "access.about_person_id", "access.reason"],
        class: Class::Internal,
        ground: "个人信息保护法 第51条、第54条（安全措施与合规审计）",
        mask: "—",
        of_residents: true,
    },
    Field {
        key: "acts",
        columns: &[
            "act.actor_id",
            "entry.actor_id",
            "duty_proposal.by_person",
            "duty_proposal.decided_by",
        ],
        class: Class::Internal,
        ground: SECURITY,
        mask: "—",
        of_residents: true,
    },
    Field {
        key: "notices",
        columns: &["notice.person_id", "news.params"],
        class: Class::Personal,
        ground: DUTY,
        mask: "—",
        of_residents: true,
    },
    Field {
        key: "account",
        columns: &["person.username", "person.password_hash", "person.totp_sealed"],
        class: Class::Sensitive,
        ground: SECURITY,
        mask: "—",
        of_residents: false,
    },
    Field {
        key: "post",
        columns: &["appointment.person_id", "appointment.holder_name", "delegation.to_person_id"],
        class: Class::Public,
        ground: PUBLISHED,
        mask: "—",
        of_residents: false,
    },
];

pub fn of_residents() -> Vec<&'static Field> {
    FIELDS.iter().filter(|field| field.of_residents).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::store::PERSON_COLUMNS;
    use crate::store::schema;
    use crate::words::Lang;

    #[test]
    fn what_is_declared_is_in_the_schema_and_has_its_sentences() {
        for field in FIELDS {
            for column in field.columns {
                let (table, name) = column.split_once('.').unwrap();
                assert!(schema::columns(table).iter().any(|c| c == name), "{column}");
            }
            for key in [field.name_key(), field.why_key(), field.keep_key()] {
                assert!(Lang::Zh.find(&key).is_some(), "{key}");
            }
        }
    }

    /// A column that holds the id of a person, as the schema names them.
    fn names_a_person(column: &str) -> bool {
        ["actor_id", "owner_id", "party_id"].contains(&column)
            || column.ends_with("person_id")
            || column.starts_with("by_person")
            || column.ends_with("_by")
    }

    #[test]
    fn the_export_finds_every_column_that_names_a_person() {
        let exported = |name: &str| PERSON_COLUMNS.contains(&name);
        let mut found = Vec::new();
        for table in schema::tables() {
            let columns = schema::columns(&table).iter().filter(|name| names_a_person(name));
            found.extend(columns.map(|name| (table.clone(), name.clone())));
        }
        for (table, name) in &found {
            // Who handled a case has their entries in it; the case itself is not theirs.
            let told_by_entries = name == "handled_by";
            assert!(exported(name) || told_by_entries, "{table}.{name} is not in the export");
        }
        for name in PERSON_COLUMNS {
            assert!(found.iter().any(|(_, column)| column == name), "no table has {name}");
        }
        for column in FIELDS.iter().flat_map(|field| field.columns) {
            let (_, name) = column.split_once('.').unwrap();
            assert_eq!(names_a_person(name), exported(name), "{column}");
        }
    }

    #[test]
    fn a_column_that_looks_personal_is_declared() {
        let looks_personal = |name: &str| {
            [
                "phone",
                "email",
                "address_masked",
                "username",
                "password_hash",
                "totp_sealed",
                "device",
                "name_sealed",
                "name_masked",
                "holder_name",
                "about_person_id",
            ]
            .iter()
            .any(|mark| name.starts_with(mark))
        };
        for table in schema::tables() {
            for name in schema::columns(&table).iter().filter(|c| looks_personal(c)) {
                let full = format!("{table}.{name}");
                let declared = FIELDS.iter().any(|f| f.columns.contains(&full.as_str()));
                // The telephone of an office is no person's.
                assert!(declared || full == "body.phone", "{full} is not declared");
            }
        }
    }
}
