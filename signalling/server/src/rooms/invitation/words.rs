//! The sentences of an invitation in each language, and how a date is said in it.

use jiff::{
    Zoned,
    civil::{Date, Weekday},
};
use szpon_protocol::{Time, account::Language};

use super::{Occasion, ical::zone};

/// Everything that differs between languages. `{…}` in a sentence is filled in by the caller.
pub struct Words {
    /// BCP 47, for the `lang` attribute.
    pub tag: &'static str,
    pub subject_new: &'static str,
    pub subject_changed: &'static str,
    pub subject_cancelled: &'static str,
    pub hello: &'static str,
    pub hello_nobody: &'static str,
    pub intro_new: &'static str,
    pub intro_changed: &'static str,
    pub intro_cancelled: &'static str,
    pub as_interpreter: &'static str,
    pub when: &'static str,
    pub host: &'static str,
    pub about: &'static str,
    pub join: &'static str,
    pub how_guest: &'static str,
    pub how_colleague: &'static str,
    pub personal: &'static str,
    pub calendar: &'static str,
    pub farewell: &'static str,
}

impl Words {
    pub fn subject(&self, occasion: Occasion) -> &'static str {
        match occasion {
            Occasion::Invited => self.subject_new,
            Occasion::Changed => self.subject_changed,
            Occasion::Cancelled => self.subject_cancelled,
        }
    }

    pub fn intro(&self, occasion: Occasion) -> &'static str {
        match occasion {
            Occasion::Invited => self.intro_new,
            Occasion::Changed => self.intro_changed,
            Occasion::Cancelled => self.intro_cancelled,
        }
    }
}

pub fn words(language: Language) -> &'static Words {
    match language {
        Language::Pl => &PL,
        Language::En => &EN,
        Language::Uk => &UK,
    }
}

static PL: Words = Words {
    tag: "pl",
    subject_new: "Zaproszenie: {title}",
    subject_changed: "Zmiana spotkania: {title}",
    subject_cancelled: "Odwołane spotkanie: {title}",
    hello: "Dzień dobry, {name}!",
    hello_nobody: "Dzień dobry!",
    intro_new: "{office} zaprasza na spotkanie wideo „{title}”.",
    intro_changed: "Spotkanie wideo „{title}” zostało zmienione. Poniżej są aktualne dane.",
    intro_cancelled: "Spotkanie wideo „{title}” zostało odwołane i się nie odbędzie.",
    as_interpreter: "Na tym spotkaniu pełnią Państwo rolę tłumacza.",
    when: "Kiedy",
    host: "Prowadzi",
    about: "O czym",
    join: "Dołącz do spotkania",
    how_guest: "Wystarczy przeglądarka w komputerze, tablecie lub telefonie. Nie trzeba nic \
                instalować ani zakładać konta. Przed wejściem można sprawdzić kamerę i mikrofon.",
    how_colleague: "Aby dołączyć, zaloguj się swoim kontem służbowym.",
    personal: "Ten odnośnik jest przeznaczony tylko dla Państwa. Prosimy go nie przekazywać.",
    calendar: "Wpis do kalendarza jest w załączniku.",
    farewell: "Wiadomość wysłana w imieniu urzędu: {office}.",
};

static EN: Words = Words {
    tag: "en",
    subject_new: "Invitation: {title}",
    subject_changed: "Meeting changed: {title}",
    subject_cancelled: "Meeting cancelled: {title}",
    hello: "Hello {name},",
    hello_nobody: "Hello,",
    intro_new: "{office} invites you to the video meeting “{title}”.",
    intro_changed: "The video meeting “{title}” has changed. Here is what applies now.",
    intro_cancelled: "The video meeting “{title}” has been cancelled and will not take place.",
    as_interpreter: "You take part as the interpreter.",
    when: "When",
    host: "Host",
    about: "About",
    join: "Join the meeting",
    how_guest: "A browser on a computer, tablet or phone is enough. There is nothing to install \
                and no account to create. You can test your camera and microphone before you enter.",
    how_colleague: "Sign in with your office account to join.",
    personal: "This link is for you only. Please do not pass it on.",
    calendar: "A calendar entry is attached.",
    farewell: "Sent on behalf of {office}.",
};

static UK: Words = Words {
    tag: "uk",
    subject_new: "Запрошення: {title}",
    subject_changed: "Зміна зустрічі: {title}",
    subject_cancelled: "Зустріч скасовано: {title}",
    hello: "Добрий день, {name}!",
    hello_nobody: "Добрий день!",
    intro_new: "{office} запрошує вас на відеозустріч «{title}».",
    intro_changed: "Відеозустріч «{title}» змінено. Нижче наведено актуальні дані.",
    intro_cancelled: "Відеозустріч «{title}» скасовано, вона не відбудеться.",
    as_interpreter: "На цій зустрічі ви берете участь як перекладач.",
    when: "Коли",
    host: "Веде",
    about: "Тема",
    join: "Приєднатися до зустрічі",
    how_guest: "Достатньо браузера на комп’ютері, планшеті чи телефоні. Нічого не треба \
                встановлювати, і обліковий запис не потрібен. Перед входом можна перевірити \
                камеру та мікрофон.",
    how_colleague: "Щоб приєднатися, увійдіть зі своїм службовим обліковим записом.",
    personal: "Це посилання призначене лише для вас. Будь ласка, не передавайте його іншим.",
    calendar: "Запис для календаря додано до листа.",
    farewell: "Надіслано від імені установи: {office}.",
};

/// “Tuesday, 1 June 2027, 10:00–10:30 (Polish time)” in the language of the reader.
pub fn span(language: Language, starts_at: Time, ends_at: Time) -> String {
    let start = starts_at.timestamp().to_zoned(zone());
    let end = ends_at.timestamp().to_zoned(zone());
    let until = if start.date() == end.date() {
        clock(&end)
    } else {
        format!("{}, {}", day(language, end.date()), clock(&end))
    };
    let day = day(language, start.date());
    let from = clock(&start);
    match language {
        Language::Pl => format!("{day}, godz. {from}–{until} (czas polski)"),
        Language::En => format!("{day}, {from}–{until} (Polish time)"),
        Language::Uk => format!("{day}, {from}–{until} (за польським часом)"),
    }
}

fn clock(at: &Zoned) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

fn day(language: Language, date: Date) -> String {
    let weekday = match date.weekday() {
        Weekday::Monday => 0,
        Weekday::Tuesday => 1,
        Weekday::Wednesday => 2,
        Weekday::Thursday => 3,
        Weekday::Friday => 4,
        Weekday::Saturday => 5,
        Weekday::Sunday => 6,
    };
    let month = usize::from(date.month().unsigned_abs()).saturating_sub(1);
    let (weekdays, months, suffix) = match language {
        Language::Pl => (&WEEKDAYS_PL, &MONTHS_PL, ""),
        Language::En => (&WEEKDAYS_EN, &MONTHS_EN, ""),
        Language::Uk => (&WEEKDAYS_UK, &MONTHS_UK, " р."),
    };
    let (weekday, month) = (weekdays[weekday], months.get(month).copied().unwrap_or_default());
    format!("{weekday}, {} {month} {}{suffix}", date.day(), date.year())
}

static WEEKDAYS_PL: [&str; 7] =
    ["poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela"];
static WEEKDAYS_EN: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
static WEEKDAYS_UK: [&str; 7] =
    ["понеділок", "вівторок", "середа", "четвер", "п’ятниця", "субота", "неділя"];
// In the genitive, as a date is said.
static MONTHS_PL: [&str; 12] = [
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
];
static MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
static MONTHS_UK: [&str; 12] = [
    "січня",
    "лютого",
    "березня",
    "квітня",
    "травня",
    "червня",
    "липня",
    "серпня",
    "вересня",
    "жовтня",
    "листопада",
    "грудня",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    #[test]
    fn dates_are_said_in_each_language() {
        let (start, end) = (at("2027-10-31T09:00:00Z"), at("2027-10-31T09:30:00Z"));
        assert_eq!(
            span(Language::Pl, start, end),
            "niedziela, 31 października 2027, godz. 10:00–10:30 (czas polski)"
        );
        assert_eq!(
            span(Language::En, start, end),
            "Sunday, 31 October 2027, 10:00–10:30 (Polish time)"
        );
        assert_eq!(
            span(Language::Uk, start, end),
            "неділя, 31 жовтня 2027 р., 10:00–10:30 (за польським часом)"
        );
    }

    #[test]
    fn summer_and_midnight() {
        let (start, end) = (at("2027-07-01T21:30:00Z"), at("2027-07-01T22:30:00Z"));
        assert_eq!(
            span(Language::En, start, end),
            "Thursday, 1 July 2027, 23:30–Friday, 2 July 2027, 00:30 (Polish time)"
        );
    }
}
