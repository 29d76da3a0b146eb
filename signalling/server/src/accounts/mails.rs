//! The letters that carry account links, in the reader's language.

use szpon_kit::mail::{Address, Message};
use szpon_protocol::{
    Time,
    account::{AccountLinkPurpose, Language},
};

/// What goes into a letter.
pub(super) struct Letter<'a> {
    pub purpose: AccountLinkPurpose,
    pub from: Address,
    pub to: Address,
    pub office: &'a str,
    pub link: &'a str,
    pub expires_at: Time,
    pub language: Language,
}

/// The words of one letter; `{office}` and `{until}` are filled in.
struct Words {
    subject: &'static str,
    greeting: &'static str,
    before_link: &'static str,
    button: &'static str,
    after_link: &'static str,
}

fn words(purpose: AccountLinkPurpose, language: Language) -> Words {
    use AccountLinkPurpose::{Invitation, PasswordReset};
    use Language::{En, Pl, Uk};

    match (purpose, language) {
        (Invitation, Pl) => Words {
            subject: "{office}: zaproszenie do wirtualnego urzędu",
            greeting: "Dzień dobry,",
            before_link: "{office} zaprasza do systemu SZPoN. Aby rozpocząć, otwórz poniższy odnośnik i ustaw hasło.",
            button: "Ustaw hasło",
            after_link: "Odnośnik działa do {until}. Jeśli to nie do Ciebie, zignoruj tę wiadomość.",
        },
        (Invitation, En) => Words {
            subject: "{office}: invitation to the virtual office",
            greeting: "Hello,",
            before_link: "{office} invites you to SZPoN. To begin, open the link below and set a password.",
            button: "Set a password",
            after_link: "The link works until {until}. If this isn't meant for you, ignore this message.",
        },
        (Invitation, Uk) => Words {
            subject: "{office}: запрошення до віртуального офісу",
            greeting: "Добрий день,",
            before_link: "{office} запрошує вас до системи SZPoN. Щоб почати, відкрийте посилання нижче й установіть пароль.",
            button: "Установити пароль",
            after_link: "Посилання діє до {until}. Якщо це не для вас, просто не зважайте на цей лист.",
        },
        (PasswordReset, Pl) => Words {
            subject: "{office}: ustawienie nowego hasła",
            greeting: "Dzień dobry,",
            before_link: "poproszono o nowe hasło do Twojego konta w systemie SZPoN. Aby je ustawić, otwórz poniższy odnośnik.",
            button: "Ustaw nowe hasło",
            after_link: "Odnośnik działa do {until}. Jeśli to nie Ty o to prosisz, zignoruj tę wiadomość: hasło się nie zmieni.",
        },
        (PasswordReset, En) => Words {
            subject: "{office}: set a new password",
            greeting: "Hello,",
            before_link: "a new password was asked for your SZPoN account. To set it, open the link below.",
            button: "Set a new password",
            after_link: "The link works until {until}. If it wasn't you, ignore this message: your password stays as it is.",
        },
        (PasswordReset, Uk) => Words {
            subject: "{office}: новий пароль",
            greeting: "Добрий день,",
            before_link: "надійшов запит на новий пароль до вашого облікового запису в системі SZPoN. Щоб установити його, відкрийте посилання нижче.",
            button: "Установити новий пароль",
            after_link: "Посилання діє до {until}. Якщо це були не ви, не зважайте на цей лист: пароль залишиться без змін.",
        },
    }
}

pub(super) fn compose(letter: &Letter<'_>) -> Message {
    let words = words(letter.purpose, letter.language);
    let until = warsaw(letter.expires_at);
    let fill = |text: &str| text.replace("{office}", letter.office).replace("{until}", &until);
    let (before, after) = (fill(words.before_link), fill(words.after_link));
    let text = format!("{}\n\n{before}\n\n{}\n\n{after}\n", words.greeting, letter.link);
    let lang = match letter.language {
        Language::Pl => "pl",
        Language::En => "en",
        Language::Uk => "uk",
    };
    let html = format!(
        "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>{subject}</title></head>\
         <body><p>{greeting}</p><p>{before}</p><p><a href=\"{link}\">{button}</a></p>\
         <p>{link}</p><p>{after}</p></body></html>",
        subject = escaped(&fill(words.subject)),
        greeting = words.greeting,
        before = escaped(&before),
        link = escaped(letter.link),
        button = words.button,
        after = escaped(&after),
    );
    Message {
        from: letter.from.clone(),
        to: letter.to.clone(),
        subject: fill(words.subject),
        text,
        html: Some(html),
        calendar: None,
        language: letter.language,
    }
}

/// Polish wall-clock time, e.g. `24.11.2026 14:05`.
fn warsaw(time: Time) -> String {
    match time.timestamp().in_tz("Europe/Warsaw") {
        Ok(local) => local.strftime("%d.%m.%Y %H:%M").to_string(),
        Err(_) => time.to_string(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_complete_in_every_language() {
        for purpose in [AccountLinkPurpose::Invitation, AccountLinkPurpose::PasswordReset] {
            for language in [Language::Pl, Language::En, Language::Uk] {
                let message = compose(&Letter {
                    purpose,
                    from: Address::new("Urząd", "noreply@urzad.example"),
                    to: Address::new("Jan", "jan@urzad.example"),
                    office: "Urząd <Gminy> & Miasta",
                    link: "https://urzad.example/account#secret",
                    expires_at: Time::from_millis(1_795_525_500_000),
                    language,
                });
                let html = message.html.unwrap();
                for text in [&message.subject, &message.text, &html] {
                    assert!(!text.contains('{') && !text.contains('}'), "{text}");
                }
                assert!(message.text.contains("https://urzad.example/account#secret"));
                assert!(message.text.contains("24.11.2026 14:05"), "{}", message.text);
                assert!(html.contains("Urząd &lt;Gminy&gt; &amp; Miasta"));
                assert_eq!(message.language, language);
            }
        }
    }
}
