//! The sentences of a mail in each language.

use szpon_protocol::account::Language;

use super::Occasion;

/// Everything that differs between languages. `{…}` in a sentence is filled in by the caller.
pub struct Words {
    /// BCP 47, for the `lang` attribute.
    pub tag: &'static str,
    subject_confirmed: &'static str,
    subject_changed: &'static str,
    subject_cancelled: &'static str,
    subject_reminder: &'static str,
    pub hello: &'static str,
    intro_confirmed: &'static str,
    intro_changed: &'static str,
    intro_cancelled: &'static str,
    intro_reminder: &'static str,
    pub message: &'static str,
    pub when: &'static str,
    pub matter: &'static str,
    pub place: &'static str,
    pub by_phone: &'static str,
    pub by_video: &'static str,
    pub official: &'static str,
    pub code: &'static str,
    pub interpreter: &'static str,
    pub interpreter_ordered: &'static str,
    pub documents: &'static str,
    pub office_phone: &'static str,
    pub join: &'static str,
    pub how: &'static str,
    pub manage: &'static str,
    pub personal: &'static str,
    pub calendar: &'static str,
    pub farewell: &'static str,
    pub code_subject: &'static str,
    pub code_text: &'static str,
    pub offer_subject: &'static str,
    pub offer_text: &'static str,
    pub place_subject: &'static str,
    pub place_text: &'static str,
    pub removed_subject: &'static str,
    pub removed_text: &'static str,
}

impl Words {
    pub fn subject(&self, occasion: Occasion) -> &'static str {
        match occasion {
            Occasion::Confirmed => self.subject_confirmed,
            Occasion::Changed => self.subject_changed,
            Occasion::Cancelled => self.subject_cancelled,
            Occasion::Reminder => self.subject_reminder,
        }
    }

    pub fn intro(&self, occasion: Occasion) -> &'static str {
        match occasion {
            Occasion::Confirmed => self.intro_confirmed,
            Occasion::Changed => self.intro_changed,
            Occasion::Cancelled => self.intro_cancelled,
            Occasion::Reminder => self.intro_reminder,
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
    subject_confirmed: "Potwierdzenie wizyty: {matter}",
    subject_changed: "Zmiana wizyty: {matter}",
    subject_cancelled: "Odwołana wizyta: {matter}",
    subject_reminder: "Przypomnienie o wizycie: {matter}",
    hello: "Dzień dobry, {name}!",
    intro_confirmed: "{office} potwierdza wizytę w sprawie „{matter}”. Kod wizyty: {code}.",
    intro_changed: "Wizyta w sprawie „{matter}” została zmieniona. Poniżej są aktualne dane.",
    intro_cancelled: "Wizyta w sprawie „{matter}” została odwołana i się nie odbędzie.",
    intro_reminder: "Przypominamy o wizycie w sprawie „{matter}”. Jeśli nie mogą Państwo przyjść, \
                     prosimy ją odwołać, aby z terminu skorzystał ktoś inny.",
    message: "Wiadomość od urzędu",
    when: "Kiedy",
    matter: "Sprawa",
    place: "Gdzie",
    by_phone: "Telefonicznie, zadzwonimy pod numer",
    by_video: "Rozmowa wideo w przeglądarce",
    official: "Urzędnik",
    code: "Kod wizyty",
    interpreter: "Tłumacz języka migowego",
    interpreter_ordered: "zamówiony",
    documents: "Proszę przygotować",
    office_phone: "Telefon do urzędu",
    join: "Dołącz do rozmowy wideo",
    how: "Wystarczy przeglądarka w komputerze, tablecie lub telefonie. Poczekalnia otwiera się pół \
          godziny przed rozmową.",
    manage: "Zobacz, zmień lub odwołaj wizytę",
    personal: "Te odnośniki są przeznaczone tylko dla Państwa. Prosimy ich nie przekazywać.",
    calendar: "Wpis do kalendarza jest w załączniku.",
    farewell: "Wiadomość wysłana w imieniu urzędu: {office}.",
    code_subject: "{code} – kod do umówienia wizyty",
    code_text: "Dzień dobry!\n\nKod do umówienia wizyty: {code}\n\nKod jest ważny {minutes} minut. \
                Jeśli to nie Państwo umawiają wizytę, prosimy zignorować tę wiadomość.\n\n-- \n\
                Wiadomość wysłana w imieniu urzędu: {office}.\n",
    offer_subject: "Zwolnił się termin: {matter}",
    offer_text: "Dzień dobry, {name}!\n\nZwolnił się termin, na który Państwo czekają.\n\nSprawa: {matter}\n\
                 Kiedy: {when}\n\nTermin jest zarezerwowany do: {until}. Przyjąć go albo z niego \
                 zrezygnować można tutaj:\n{url}\n\n-- \nWiadomość wysłana w imieniu urzędu: \
                 {office}.\n",
    place_subject: "Lista oczekujących: {matter}",
    place_text: "Dzień dobry, {name}!\n\nSą Państwo na liście oczekujących. Gdy zwolni się pasujący \
                 termin, zarezerwujemy go i napiszemy pod ten adres.\n\nSprawa: {matter}\nDni: {days}\n\n\
                 Zobaczyć swoje miejsce na liście albo z niego zrezygnować można tutaj:\n{url}\n\
                 Ten odnośnik jest przeznaczony tylko dla Państwa. Prosimy go nie przekazywać.\n\n-- \n\
                 Wiadomość wysłana w imieniu urzędu: {office}.\n",
    removed_subject: "Koniec oczekiwania na termin: {matter}",
    removed_text: "Dzień dobry, {name}!\n\nUrząd wykreślił Państwa z listy oczekujących na termin w \
                   sprawie „{matter}”. Nowych propozycji nie będziemy wysyłać.\n\n{message}-- \n\
                   Wiadomość wysłana w imieniu urzędu: {office}.\n",
};

static EN: Words = Words {
    tag: "en",
    subject_confirmed: "Appointment confirmed: {matter}",
    subject_changed: "Appointment changed: {matter}",
    subject_cancelled: "Appointment cancelled: {matter}",
    subject_reminder: "Reminder of your appointment: {matter}",
    hello: "Hello {name},",
    intro_confirmed: "{office} confirms your appointment about “{matter}”. Its code is {code}.",
    intro_changed: "Your appointment about “{matter}” has changed. Here is what applies now.",
    intro_cancelled: "Your appointment about “{matter}” has been cancelled and will not take place.",
    intro_reminder: "This is a reminder of your appointment about “{matter}”. If you can't come, \
                     please cancel it, so that somebody else gets the time.",
    message: "Message from the office",
    when: "When",
    matter: "Matter",
    place: "Where",
    by_phone: "By phone, we call",
    by_video: "Video call in the browser",
    official: "Official",
    code: "Appointment code",
    interpreter: "Sign-language interpreter",
    interpreter_ordered: "ordered",
    documents: "Please have ready",
    office_phone: "Phone of the office",
    join: "Join the video call",
    how: "A browser on a computer, tablet or phone is enough. The waiting room opens half an hour \
          before the call.",
    manage: "See, change or cancel the appointment",
    personal: "These links are for you only. Please do not pass them on.",
    calendar: "A calendar entry is attached.",
    farewell: "Sent on behalf of {office}.",
    code_subject: "{code} – your code to book an appointment",
    code_text: "Hello,\n\nYour code to book an appointment: {code}\n\nIt is valid for {minutes} \
                minutes. If you are not booking an appointment, please ignore this mail.\n\n-- \n\
                Sent on behalf of {office}.\n",
    offer_subject: "A slot has become free: {matter}",
    offer_text: "Hello {name},\n\nA slot that you are waiting for has become free.\n\nMatter: {matter}\n\
                 When: {when}\n\nIt is kept for you until {until}. Take it or let it go here:\n{url}\n\n\
                 -- \nSent on behalf of {office}.\n",
    place_subject: "Waiting list: {matter}",
    place_text: "Hello {name},\n\nYou are on the waiting list. When a slot that suits you becomes free, we \
                 keep it for you and write to this address.\n\nMatter: {matter}\nDays: {days}\n\nSee your \
                 place on the list or leave it here:\n{url}\nThis link is for you only. Please do not \
                 pass it on.\n\n-- \nSent on behalf of {office}.\n",
    removed_subject: "No longer on the waiting list: {matter}",
    removed_text: "Hello {name},\n\nThe office has taken you off the waiting list for “{matter}”. You \
                   will get no more offers.\n\n{message}-- \nSent on behalf of {office}.\n",
};

static UK: Words = Words {
    tag: "uk",
    subject_confirmed: "Підтвердження візиту: {matter}",
    subject_changed: "Зміна візиту: {matter}",
    subject_cancelled: "Візит скасовано: {matter}",
    subject_reminder: "Нагадування про візит: {matter}",
    hello: "Добрий день, {name}!",
    intro_confirmed: "{office} підтверджує візит у справі «{matter}». Код візиту: {code}.",
    intro_changed: "Візит у справі «{matter}» змінено. Нижче наведено актуальні дані.",
    intro_cancelled: "Візит у справі «{matter}» скасовано, він не відбудеться.",
    intro_reminder: "Нагадуємо про візит у справі «{matter}». Якщо ви не можете прийти, будь ласка, \
                     скасуйте його, щоб часом міг скористатися хтось інший.",
    message: "Повідомлення від установи",
    when: "Коли",
    matter: "Справа",
    place: "Де",
    by_phone: "Телефоном, ми зателефонуємо на номер",
    by_video: "Відеодзвінок у браузері",
    official: "Посадовець",
    code: "Код візиту",
    interpreter: "Перекладач жестової мови",
    interpreter_ordered: "замовлено",
    documents: "Будь ласка, підготуйте",
    office_phone: "Телефон установи",
    join: "Приєднатися до відеодзвінка",
    how: "Достатньо браузера на комп’ютері, планшеті чи телефоні. Зал очікування відкривається за \
          пів години до дзвінка.",
    manage: "Переглянути, змінити або скасувати візит",
    personal: "Ці посилання призначені лише для вас. Будь ласка, не передавайте їх іншим.",
    calendar: "Запис для календаря додано до листа.",
    farewell: "Надіслано від імені установи: {office}.",
    code_subject: "{code} – код для запису на візит",
    code_text: "Добрий день!\n\nКод для запису на візит: {code}\n\nКод дійсний {minutes} хвилин. Якщо \
                ви не записуєтеся на візит, просто не зважайте на цей лист.\n\n-- \nНадіслано від \
                імені установи: {office}.\n",
    offer_subject: "Звільнився термін: {matter}",
    offer_text: "Добрий день, {name}!\n\nЗвільнився термін, на який ви чекаєте.\n\nСправа: {matter}\n\
                 Коли: {when}\n\nТермін зарезервовано для вас до: {until}. Прийняти його або \
                 відмовитися можна тут:\n{url}\n\n-- \nНадіслано від імені установи: {office}.\n",
    place_subject: "Список очікування: {matter}",
    place_text: "Добрий день, {name}!\n\nВи у списку очікування. Коли звільниться відповідний термін, ми \
                 зарезервуємо його для вас і напишемо на цю адресу.\n\nСправа: {matter}\nДні: {days}\n\n\
                 Переглянути своє місце у списку або відмовитися від нього можна тут:\n{url}\n\
                 Це посилання призначене лише для вас. Будь ласка, не передавайте його іншим.\n\n-- \n\
                 Надіслано від імені установи: {office}.\n",
    removed_subject: "Кінець очікування на термін: {matter}",
    removed_text: "Добрий день, {name}!\n\nУстанова вилучила вас зі списку очікування на термін у \
                   справі «{matter}». Нових пропозицій не буде.\n\n{message}-- \nНадіслано від імені \
                   установи: {office}.\n",
};
