//! Which of the build's pages an address gets: a citizen's page comes with a shell of its own.

use std::sync::OnceLock;

use crate::Files;

/// The page without a shell.
const PLAIN: &str = "index.html";
/// Languages of the client; the first stands in for all that it doesn't speak.
const LANGUAGES: [&str; 3] = ["pl", "en", "uk"];

/// The file for an address, e.g. `shells/3.pl.html`, as `Accept-Language` asks for it. Who has chosen
/// another language in the client gets that once its code runs.
pub fn file(path: &str, accept_language: &str) -> String {
    patterns().iter().position(|pattern| matches(pattern, path)).map_or_else(
        || PLAIN.to_owned(),
        |n| format!("shells/{n}.{}.html", language(accept_language)),
    )
}

/// As the build numbered them; in this order the client's router tries them, too.
fn patterns() -> &'static [String] {
    static PATTERNS: OnceLock<Vec<String>> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        Files::get("shells/index.json")
            .and_then(|file| serde_json::from_slice(&file.data).ok())
            .unwrap_or_default()
    })
}

/// `/booking/:office` is any address of two parts that begins so.
fn matches(pattern: &str, path: &str) -> bool {
    let mut given = segments(path);
    segments(pattern)
        .all(|wanted| given.next().is_some_and(|part| wanted.starts_with(':') || wanted == part))
        && given.next().is_none()
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// The first of the reader's languages that the client speaks. Browsers list them in their order, so
/// the weights say nothing more.
fn language(accept: &str) -> &'static str {
    accept
        .split(',')
        .filter_map(|one| one.trim().get(..2))
        .find_map(|wanted| LANGUAGES.into_iter().find(|known| known.eq_ignore_ascii_case(wanted)))
        .unwrap_or(LANGUAGES[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_addresses_of_its_form() {
        assert!(matches("/booking", "/booking/"));
        assert!(matches("/booking/:office/:matter/times", "/booking/0198/0199/times"));
        assert!(!matches("/booking/:office", "/booking"));
        assert!(!matches("/booking/:office", "/booking/0198/0199"));
        assert!(!matches("/booking/:office/:matter/times", "/booking/0198/0199/details"));
    }

    #[test]
    fn the_first_known_language_is_taken() {
        assert_eq!(language("uk-UA,uk;q=0.9,en;q=0.8"), "uk");
        assert_eq!(language("de-DE, de;q=0.9, EN;q=0.8"), "en");
        assert_eq!(language("de"), "pl");
        assert_eq!(language(""), "pl");
        assert_eq!(language("ż,é"), "pl");
    }

    #[test]
    fn a_named_page_comes_before_an_office() {
        let kiosk = file("/booking/kiosk/0198", "en");
        let matter = file("/booking/0197/0198", "en");
        assert!(kiosk.starts_with("shells/") && kiosk.ends_with(".en.html"));
        assert_ne!(kiosk, matter);
        assert_eq!(file("/rooms", "en"), "index.html");
    }
}
