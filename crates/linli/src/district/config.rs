//! `district.toml`: the few settings a district needs before its database can be opened.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::{Fault, clock, letters};
use crate::store::Place;

/// The settings of one district.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// As people call it: 崆峒区.
    pub name: String,
    /// GB/T 2260: 620802.
    pub code: String,
    /// The name of the public record, such as `linli.example.cn/620802`.
    pub origin: String,
    /// Host names that lead here; the first district of a process takes all the rest.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// A file beside this one, or `postgres://…?schema=NAME`.
    #[serde(default = "default_store")]
    pub store: String,
    /// A file with the keys, apart from the database. Relative to this folder.
    #[serde(default = "default_keys")]
    pub keys: String,
    /// The address people use, for links in messages; `https` makes cookies secure.
    #[serde(default = "default_address")]
    pub address: String,
    /// Minutes east of UTC.
    #[serde(default = "default_offset")]
    pub offset_minutes: i32,
    /// The program that sends a text message: it is given one line of JSON, `{"phone", "text"}`.
    #[serde(default)]
    pub sms_command: Vec<String>,
    /// News of cases that one person is sent by text message in a day, and about one case in all.
    /// What goes beyond stays on the site, where it says so.
    #[serde(default = "default_texts_a_day")]
    pub texts_a_day: u32,
    #[serde(default = "default_texts_a_case")]
    pub texts_a_case: u32,
    /// Whose the base map is, as every map says in its corner; for a `map.pmtiles` of the
    /// district's own that is not made from OpenStreetMap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map_source: Option<String>,
    /// Opens `/metrics` to whoever shows it (`Authorization: Bearer`); 16 characters at least.
    /// Without it the figures are for this machine only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics_token: Option<String>,
    /// A demonstration shows the messages of its fake SMS provider and the demo logins.
    #[serde(default)]
    pub demo: bool,
}

fn default_store() -> String {
    "linli.db".to_owned()
}
fn default_keys() -> String {
    "keys/district.toml".to_owned()
}
fn default_address() -> String {
    "http://127.0.0.1:8080".to_owned()
}
fn default_offset() -> i32 {
    clock::CHINA_OFFSET_MINUTES
}

fn default_texts_a_day() -> u32 {
    5
}
fn default_texts_a_case() -> u32 {
    12
}

/// The file's name in the district's folder.
pub const FILE: &str = "district.toml";

impl Config {
    pub fn new(name: &str, code: &str) -> Config {
        Config {
            name: name.to_owned(),
            code: code.to_owned(),
            origin: format!("localhost/{code}"),
            hosts: Vec::new(),
            store: default_store(),
            keys: default_keys(),
            address: default_address(),
            offset_minutes: default_offset(),
            sms_command: Vec::new(),
            texts_a_day: default_texts_a_day(),
            texts_a_case: default_texts_a_case(),
            map_source: None,
            metrics_token: None,
            demo: false,
        }
    }

    /// The settings as they may be shown to whoever helps: without passwords and tokens.
    pub fn without_secrets(&self) -> Config {
        let shown = self.sms_command.iter().enumerate();
        let shown = shown.map(|(at, part)| if at == 0 { part.as_str() } else { HIDDEN });
        Config {
            store: without_password(&self.store),
            metrics_token: self.metrics_token.as_ref().map(|_| HIDDEN.to_owned()),
            sms_command: shown.map(str::to_owned).collect(),
            ..self.clone()
        }
    }

    pub fn read(dir: &Path) -> Result<Config, Fault> {
        let path = dir.join(FILE);
        let doing = || format!("reading {}", path.display());
        if !path.exists() {
            return Err(Fault::new(format!(
                "there is no district in {}, where {FILE} is missing: make one with `linli init`, \
                 or bring a backup in with `linli restore`",
                dir.display()
            ))
            .known_as("no_district"));
        }
        Config::parse(&letters::utf8_file(&path)?).map_err(|fault| fault.context(doing()))
    }

    /// The settings as a text has them; a fault names the line or the setting.
    pub fn parse(text: &str) -> Result<Config, Fault> {
        let wrong = |what: String| Fault::new(what).known_as("wrong_settings");
        let config: Config = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        match config.amiss() {
            Some(what) => Err(wrong(what)),
            None => Ok(config),
        }
    }

    /// As [`Config::parse`] reads it.
    pub fn text(&self) -> Result<String, Fault> {
        toml::to_string(self).map_err(|e| Fault::new(e.to_string()))
    }

    /// The first setting that cannot be, and why.
    fn amiss(&self) -> Option<String> {
        let short = self.metrics_token.as_ref().is_some_and(|token| token.len() < TOKEN_LEAST);
        let host = |host: &String| host.is_empty() || host.contains(['/', ' ', '?', '#', ':']);
        let address = self.address.strip_prefix("https://");
        let address = address.or_else(|| self.address.strip_prefix("http://")).unwrap_or_default();
        let address = address.trim_end_matches('/');
        let (name, origin) = (self.name.trim(), self.origin.as_str());
        let digits = self.code.bytes().all(|b| b.is_ascii_digit());
        let wrong = [
            (name.is_empty(), "name: is empty"),
            (
                name.chars().count() > NAME_MOST || name.contains(char::is_control),
                "name: is at most 60 letters, in one line",
            ),
            (!digits || self.code.is_empty(), "code: must be digits, such as 620802"),
            (
                origin.is_empty() || origin.contains(['+', ' ']) || !origin.is_ascii(),
                "origin: must be a name without blanks and plus signs, such as \
                 linli.example.cn/620802",
            ),
            (
                self.hosts.iter().any(host),
                "hosts: names only, without a port, such as linli.example.cn",
            ),
            (
                address.is_empty() || address.contains(['/', ' ', '?', '#']),
                "address: must be https:// or http:// and a host, such as https://linli.example.cn",
            ),
            (
                !EAST.contains(&self.offset_minutes),
                "offset_minutes: must be minutes east of UTC, from -720 to 840",
            ),
            (short, "metrics_token: must have 16 letters at least"),
        ];
        wrong.into_iter().find(|(is, _)| *is).map(|(_, what)| what.to_owned())
    }

    pub fn write(&self, dir: &Path) -> Result<(), Fault> {
        std::fs::create_dir_all(dir)?;
        put(dir, &self.text()?)
    }

    /// Names another database in the settings that are there.
    pub fn switch_store(dir: &Path, store: &str) -> Result<(), Fault> {
        Config::switch(dir, "store", store)
    }

    /// Names another address in the settings that are there.
    pub fn switch_address(dir: &Path, address: &str) -> Result<(), Fault> {
        Config::switch(dir, "address", address)
    }

    /// Changes one of the settings that are there, and leaves every other line of them, the
    /// operator's own words among them, as it is.
    fn switch(dir: &Path, key: &str, value: &str) -> Result<(), Fault> {
        let text = letters::utf8_file(&dir.join(FILE))?;
        let line = format!("{key} = {}", toml::Value::String(value.to_owned()));
        let names = |line: &&str| {
            line.trim_start().strip_prefix(key).is_some_and(|r| r.trim_start().starts_with('='))
        };
        let changed = match text.lines().find(names) {
            Some(before) => text.replacen(before, &line, 1),
            None => format!("{line}\n{text}"),
        };
        let read = |text: &str| toml::from_str::<toml::Table>(text);
        let told = |e: toml::de::Error| Fault::new(e.to_string());
        let mut wanted = read(&text).map_err(told)?;
        wanted.insert(key.to_owned(), value.into());
        if read(&changed).map_err(told)? != wanted {
            return Err(Fault::new(format!("put this line into {FILE} yourself: {line}")));
        }
        Config::parse(&changed)?;
        put(dir, &changed)
    }

    /// Where the database is; a relative file lies in the district's folder.
    pub fn store_place(&self, dir: &Path) -> Result<Place, Fault> {
        Ok(match Place::parse(&self.store)? {
            Place::File(path) => Place::File(dir.join(path)),
            schema => schema,
        })
    }

    pub fn key_file(&self, dir: &Path) -> PathBuf {
        dir.join(&self.keys)
    }

    /// Cookies are marked secure where people come over TLS.
    pub fn secure(&self) -> bool {
        self.address.starts_with("https://")
    }
}

/// The time zones of the earth, in minutes.
const EAST: std::ops::RangeInclusive<i32> = -720..=840;
/// It stands at the head of every page, and in texts of a telephone.
const NAME_MOST: usize = 60;
const TOKEN_LEAST: usize = 16;

/// Stands where a secret stood.
const HIDDEN: &str = "…";

/// What of a connection string's words may be shown as it is.
const SHOWN: [&str; 7] = ["schema", "host", "hostaddr", "port", "user", "dbname", "sslmode"];

/// A connection string without its password, in either way of writing one. A password may hold any
/// sign, so all up to the last `@` is taken for one; where the words after `?` hold one as well,
/// nobody can tell any more what is what, and only the user is shown.
fn without_password(store: &str) -> String {
    let Some((scheme, rest)) = store.split_once("://") else { return store.to_owned() };
    let (who, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    let user = who.split([':', '/', '?']).next().unwrap_or_default();
    if who.contains("password=") {
        return format!("{scheme}://{user}:{HIDDEN}");
    }
    let who = match who {
        "" => String::new(),
        _ if who == user => format!("{user}@"),
        _ => format!("{user}:{HIDDEN}@"),
    };
    let Some((place, query)) = place.split_once('?') else {
        return format!("{scheme}://{who}{place}");
    };
    let hide = |part: &str| match part.split_once('=') {
        Some((name, _)) if !SHOWN.contains(&name) => format!("{name}={HIDDEN}"),
        _ => part.to_owned(),
    };
    let query: Vec<String> = query.split('&').map(hide).collect();
    format!("{scheme}://{who}{place}?{}", query.join("&"))
}

/// Puts the settings in their place as a whole: whatever is cut off in the middle, the old ones or
/// the new ones are there. Who owns and reads the file stays.
fn put(dir: &Path, text: &str) -> Result<(), Fault> {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let (path, draft) = (dir.join(FILE), dir.join(format!("{FILE}.part")));
    let doing = |e: std::io::Error| Fault::from(e).context(format!("writing {}", path.display()));
    let written = || -> std::io::Result<()> {
        let mut file = File::create(&draft)?;
        if let Ok(before) = path.metadata() {
            file.set_permissions(before.permissions())?;
            // Only an administrator can give a file away; for anybody else it is their own already.
            let _ = chown(&draft, Some(before.uid()), Some(before.gid()));
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&draft, &path)?;
        File::open(dir)?.sync_all()
    };
    written().map_err(doing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_shown_without_their_secrets() {
        let mut config = Config::new("某区", "990101");
        config.store = "postgres://linli:s3c@r3t@db/linli?schema=a&password=s3c@r3t".to_owned();
        config.metrics_token = Some("s3c@r3t-s3c@r3t-".to_owned());
        config.sms_command = vec!["/usr/bin/sms".to_owned(), "--key=s3c@r3t".to_owned()];
        let shown = toml::to_string(&config.without_secrets()).unwrap();
        assert!(!shown.contains("s3c") && !shown.contains("r3t"), "{shown}");
        config.store = "postgres://linli:s3c@r3t@db/linli?schema=a".to_owned();
        let shown = config.without_secrets().store;
        assert_eq!(shown, "postgres://linli:…@db/linli?schema=a");
        for (store, shown) in [
            ("postgres://linli:s3?c@db/linli?schema=a", "postgres://linli:…@db/linli?schema=a"),
            ("postgres://linli@db/linli?schema=a", "postgres://linli@db/linli?schema=a"),
            ("postgres://db/linli?key=s3c&schema=a", "postgres://db/linli?key=…&schema=a"),
        ] {
            config.store = store.to_owned();
            assert_eq!(config.without_secrets().store, shown);
        }
        config.store = "linli.db".to_owned();
        assert_eq!(config.without_secrets().store, "linli.db");
    }

    #[test]
    fn another_database_leaves_every_other_line_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let mine = "# store = \"old\"\n# 张工的说明\n";
        let store = "postgres://u@h/db?schema=\"a\"";
        for old in ["store = \"linli.db\"  # 旧库\n", ""] {
            let text = format!("{mine}name = \"某区\"\ncode = \"1\"\norigin = \"o\"\n{old}");
            std::fs::write(folder.path().join(FILE), &text).unwrap();
            Config::switch_store(folder.path(), store).unwrap();
            let now = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
            assert!(now.contains(mine), "{now}");
            assert_eq!(Config::read(folder.path()).unwrap().store, store);
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing beside it");
        }
    }

    #[test]
    fn settings_that_cannot_be_read_are_told_with_their_place_and_change_nothing() {
        let good = toml::to_string(&Config::new("某区", "990101")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let told = |text: &[u8]| {
            std::fs::write(folder.path().join(FILE), text).unwrap();
            let told = Config::read(folder.path()).map(drop).unwrap_err().to_string();
            assert!(told.contains(FILE), "{told}");
            assert_eq!(std::fs::read(folder.path().join(FILE)).unwrap(), text);
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
            told
        };
        let huge = format!("{good}\nnonsense = \"{}\"", "x".repeat(1 << 20));
        for (text, place) in [
            (Vec::new(), "name"),
            (b"name = ".to_vec(), "line 1"),
            (good.replace("code", "coed").into_bytes(), "coed"),
            (format!("{good}\nsparkling = true").into_bytes(), "sparkling"),
            (format!("{good}\ncode = \"1\"").into_bytes(), "code"),
            (good.replace("offset_minutes = 480", "offset_minutes = \"8\"").into(), "offset"),
            (huge.into_bytes(), "nonsense"),
            (b"name = \"caf\xe9\"".to_vec(), "UTF-8"),
            (good.replace("offset_minutes = 480", "offset_minutes = 99999").into(), "offset"),
            (good.replace("http://127", "javascript:x//127").into(), "address"),
            (good.replace("code = \"990101\"", "code = \"../x\"").into(), "code"),
            (good.replace("某区", " ").into(), "name"),
            (good.replace("某区", &"长".repeat(61)).into(), "name"),
            (good.replace("某区", "某区\\n第二行").into(), "name"),
            (good.replace("localhost/990101", "a b").into(), "origin"),
            (good.replace("hosts = []", "hosts = [\"http://x\"]").into(), "hosts"),
            (good.replace("hosts = []", "hosts = [\"x.cn:8080\"]").into(), "hosts"),
            (format!("{good}\nmetrics_token = \"short\"").into(), "metrics_token"),
        ] {
            let said = told(&text);
            assert!(said.contains(place), "{place}: {said}");
        }
        let nowhere = Config::read(&folder.path().join("none")).map(drop).unwrap_err();
        assert!(nowhere.to_string().contains(FILE), "{nowhere}");
        assert!(!folder.path().join("none").exists());
    }
}
