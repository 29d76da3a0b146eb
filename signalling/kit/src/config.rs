//! Settings from a TOML file, from `SZPON_SECTION__KEY` in the environment and from flags, the later
//! ones over the earlier ones. Unknown keys are refused, wherever they stand, and an error says which
//! key and where it came from.
//!
//! Each crate has a raw struct for its section (`#[derive(Deserialize)]`,
//! `#[serde(deny_unknown_fields, default)]`) and turns it into validated settings itself.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use ::config::{Config, File, FileFormat, Map, Source, Value, ValueKind};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, SeqAccess, Visitor},
};

/// Environment variables that begin like this are settings.
pub const ENV_PREFIX: &str = "SZPON_";
/// … except these: the file's own path, and what tests are told.
const NOT_SETTINGS: [&str; 2] = ["SZPON_CONFIG", "SZPON_TEST_"];

/// Where settings come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Must exist when it is given.
    pub file: Option<PathBuf>,
    /// Name and value; others than `SZPON_…` are passed over. Usually [`environment`].
    pub env: Vec<(String, String)>,
    /// Dotted key and value, from the command line.
    pub overrides: Vec<(String, String)>,
}

/// The environment of this process. Variables that are not UTF-8 can't be settings.
pub fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is missing or isn't TOML.
    #[error("{}: {message}", file.display())]
    File { file: PathBuf, message: String },
    /// One key is unknown, missing, or has a wrong value.
    #[error("{key} ({origin}): {message}")]
    Key { key: String, origin: String, message: String },
}

/// Reads all sources into `T`.
pub fn load<T: DeserializeOwned>(sources: &Sources) -> Result<T, ConfigError> {
    let mut builder = Config::builder();
    if let Some(path) = &sources.file {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File {
            file: path.clone(),
            message: error.to_string(),
        })?;
        builder = builder.add_source(TomlText { path: path.clone(), text });
    }
    let config = builder
        .add_source(Pairs(from_environment(&sources.env)))
        .add_source(Pairs(from_flags(&sources.overrides)))
        .build()
        .map_err(|error| ConfigError::File {
            file: sources.file.clone().unwrap_or_default(),
            message: error.to_string(),
        })?;

    let values = config.cache.clone();
    serde_path_to_error::deserialize(config).map_err(|error| {
        let key = error.path().to_string();
        ConfigError::Key {
            origin: origin(&values, &key).unwrap_or_else(|| "not set".into()),
            key,
            message: plain_message(error.into_inner()),
        }
    })
}

/// The message without key and origin, which [`ConfigError::Key`] has already.
fn plain_message(error: ::config::ConfigError) -> String {
    match error {
        ::config::ConfigError::Type { unexpected, expected, .. } => {
            format!("expected {expected}, found {unexpected}")
        }
        ::config::ConfigError::At { error, .. } => plain_message(*error),
        other => other.to_string(),
    }
}

/// Where the value of `key`, or the nearest section above it, came from.
fn origin(values: &Value, key: &str) -> Option<String> {
    let mut found = None;
    let mut value = values;
    for part in key.split('.') {
        let ValueKind::Table(table) = &value.kind else { break };
        let Some(next) = table.get(part) else { break };
        value = next;
        found = value.origin().or(found);
    }
    found.map(Into::into)
}

/// The file with its path as origin of every value.
#[derive(Debug, Clone)]
struct TomlText {
    path: PathBuf,
    text: String,
}

impl Source for TomlText {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ::config::ConfigError> {
        let mut values = File::from_str(&self.text, FileFormat::Toml).collect()?;
        values.values_mut().for_each(|value| set_origin(value, &self.path));
        Ok(values)
    }
}

fn set_origin(value: &mut Value, path: &Path) {
    match &mut value.kind {
        ValueKind::Table(table) => table.values_mut().for_each(|value| set_origin(value, path)),
        ValueKind::Array(values) => values.iter_mut().for_each(|value| set_origin(value, path)),
        _ => {}
    }
    *value = Value::new(Some(&path.display().to_string()), value.kind.clone());
}

/// Dotted key, value and origin.
#[derive(Debug, Clone)]
struct Pairs(Vec<(String, String, String)>);

impl Source for Pairs {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ::config::ConfigError> {
        let value = |(key, text, origin): &(String, String, String)| {
            (key.clone(), Value::new(Some(origin), ValueKind::String(text.clone())))
        };
        Ok(self.0.iter().map(value).collect())
    }
}

fn from_environment(env: &[(String, String)]) -> Vec<(String, String, String)> {
    env.iter()
        .filter(|(name, _)| !NOT_SETTINGS.iter().any(|other| name.starts_with(other)))
        .filter_map(|(name, value)| {
            let key = name.strip_prefix(ENV_PREFIX)?.to_lowercase().replace("__", ".");
            Some((key, value.clone(), format!("environment variable {name}")))
        })
        .collect()
}

fn from_flags(flags: &[(String, String)]) -> Vec<(String, String, String)> {
    flags
        .iter()
        .map(|(key, value)| (key.clone(), value.clone(), "command line".to_owned()))
        .collect()
}

/// For `#[serde(deserialize_with = "szpon_kit::config::list")]`: a list in the file, or text with
/// commas in the environment.
pub fn list<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de> + std::str::FromStr<Err: fmt::Display>,
{
    struct List<T>(std::marker::PhantomData<T>);

    impl<'de, T> Visitor<'de> for List<T>
    where
        T: Deserialize<'de> + std::str::FromStr<Err: fmt::Display>,
    {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list, or text with commas")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| item.parse().map_err(|error| E::custom(format!("{item}: {error}"))))
                .collect()
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                list.push(item);
            }
            Ok(list)
        }
    }

    deserializer.deserialize_any(List(std::marker::PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    #[derive(Debug, Deserialize, Default, PartialEq)]
    #[serde(deny_unknown_fields, default)]
    struct Settings {
        public_url: String,
        http: Http,
    }

    #[derive(Debug, Deserialize, Default, PartialEq)]
    #[serde(deny_unknown_fields, default)]
    struct Http {
        port: u16,
        gzip: bool,
        #[serde(deserialize_with = "list")]
        proxies: Vec<String>,
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    fn read(file: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Settings, String> {
        let dir = TempDir::new();
        let path = dir.path().join("szpon.toml");
        std::fs::write(&path, file).unwrap();
        let sources =
            Sources { file: Some(path.clone()), env: pairs(env), overrides: pairs(flags) };
        load(&sources)
            .map_err(|error| error.to_string().replace(&path.display().to_string(), "szpon.toml"))
    }

    #[test]
    fn later_sources_win() {
        let file = "public_url = 'a'\n[http]\nport = 1\nproxies = ['x', 'y']";
        let settings = read(file, &[], &[]).unwrap();
        assert_eq!(
            settings.http,
            Http { port: 1, gzip: false, proxies: vec!["x".into(), "y".into()] }
        );
        let env = [("SZPON_HTTP__PORT", "2"), ("SZPON_HTTP__GZIP", "true"), ("HOME", "/")];
        assert_eq!(read(file, &env, &[]).unwrap().http.port, 2);
        let settings = read(file, &env, &[("http.port", "3"), ("http.proxies", "p, q")]).unwrap();
        assert_eq!(
            settings.http,
            Http { port: 3, gzip: true, proxies: vec!["p".into(), "q".into()] }
        );
        assert_eq!(settings.public_url, "a");
    }

    #[test]
    fn text_that_looks_like_a_number_stays_text() {
        let settings = read("", &[("SZPON_PUBLIC_URL", "1e5")], &[]).unwrap();
        assert_eq!(settings.public_url, "1e5");
    }

    #[test]
    fn unknown_keys_are_refused_everywhere_with_key_and_origin() {
        let error = read("[http]\nprot = 1", &[], &[]).unwrap_err();
        assert!(error.starts_with("http.prot (szpon.toml): unknown field `prot`"), "{error}");
        let error = read("", &[("SZPON_HTTP__PROT", "1")], &[]).unwrap_err();
        assert!(error.starts_with("http.prot (environment variable SZPON_HTTP__PROT)"), "{error}");
        let error = read("", &[], &[("nothing", "1")]).unwrap_err();
        assert!(error.starts_with("nothing (command line)"), "{error}");
    }

    #[test]
    fn wrong_values_are_refused_with_key_and_origin() {
        let error = read("[http]\nport = 70000", &[], &[]).unwrap_err();
        assert!(error.starts_with("http.port (szpon.toml)"), "{error}");
        let error = read("", &[("SZPON_HTTP__PORT", "many")], &[]).unwrap_err();
        assert!(error.starts_with("http.port (environment variable SZPON_HTTP__PORT)"), "{error}");
    }

    #[test]
    fn what_tests_are_told_is_no_setting() {
        assert!(read("", &[("SZPON_TEST_POSTGRES_URL", "x"), ("SZPON_CONFIG", "y")], &[]).is_ok());
    }

    #[test]
    fn a_file_that_is_not_toml_is_named() {
        let error = read("[http", &[], &[]).unwrap_err();
        assert!(error.starts_with("szpon.toml:"), "{error}");
        let sources = Sources { file: Some("/nonexistent.toml".into()), ..Sources::default() };
        assert!(matches!(load::<Settings>(&sources), Err(ConfigError::File { .. })));
    }
}
