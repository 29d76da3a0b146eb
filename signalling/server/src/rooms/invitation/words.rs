//! The sentences of an invitation in each language.

use szpon_protocol::account::Language;

use super::Occasion;

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
