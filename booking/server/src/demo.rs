//! What a demo office offers: profile, matters, hours, and appointments to look at.

use jiff::ToSpan;
use szpon_booking_core::{Actor, Input, wall};
use szpon_kit::{
    problem::{Failure, Result},
    transaction,
};
use szpon_protocol::{
    MatterId, OfficeId, ResourceId,
    account::Language,
    booking::{
        Form, Hours, Localized, MatterDetails, NewResource, OfficeProfile, Question, QuestionKind,
        Release,
    },
};

use crate::{
    AppState,
    appointments::{
        clerk::{Change, Clerk, SlotWish, draw_code},
        record::Citizen,
    },
    matters::store as matters,
    office::store as offices,
    schedule::store as schedule,
    signalling,
    slots::Hidden,
};

fn text(pl: &str, en: &str, uk: &str) -> Localized {
    Localized { pl: pl.into(), en: en.into(), uk: uk.into() }
}

/// A complete profile of an office that isn't there.
pub fn profile() -> OfficeProfile {
    OfficeProfile {
        public: true,
        name: text(
            "Urząd Miasta Przykładowo (demo)",
            "Town Hall of Przykładowo (demo)",
            "Міська рада Пшикладово (демо)",
        ),
        address: "Rynek 1".into(),
        postcode: "00-950".into(),
        town: "Przykładowo".into(),
        phone: "22 000 00 00".into(),
        accessibility: text(
            "Wejście bez progu od ul. Krótkiej, winda, pętla indukcyjna przy stanowisku 1.",
            "Step-free entrance from ul. Krótka, a lift, an induction loop at desk 1.",
            "Вхід без порогу з вул. Короткої, ліфт, індукційна петля біля вікна 1.",
        ),
        privacy_notice: text(
            "Administratorem danych jest Urząd Miasta Przykładowo. Dane służą wyłącznie do umówienia \
             i obsługi wizyty i są usuwane 30 dni po niej. Mają Państwo prawo dostępu do danych, ich \
             sprostowania i usunięcia oraz skargi do Prezesa UODO.",
            "The controller of the data is the Town Hall of Przykładowo. The data serves to arrange and \
             hold the appointment only and is deleted 30 days after it. You may see, correct and erase \
             it, and complain to the President of the Personal Data Protection Office.",
            "Адміністратор даних – Міська рада Пшикладово. Дані потрібні лише для запису та проведення \
             візиту і видаляються через 30 днів після нього. Ви маєте право на доступ до даних, їх \
             виправлення й видалення та на скаргу до Голови UODO.",
        ),
        served_postcodes: vec!["00-95".into(), "00-96".into()],
        served_towns: vec!["Przykładówek".into(), "Wólka Przykładowa".into()],
        reminder_minutes: vec![1440, 60],
        cut_off_minutes: 120,
        hold_minutes: 10,
        cap_per_email: 3,
        cap_per_network: 200,
        release: Release::default(),
        retention_days: 30,
    }
}

struct Template {
    name: Localized,
    description: Localized,
    documents: Vec<Localized>,
    questions: Vec<Question>,
    forms: Vec<Form>,
    duration_minutes: u16,
    capacity: u16,
    pick_official: bool,
    max_people: u16,
}

fn templates() -> Vec<Template> {
    vec![
        Template {
            name: text("Dowód osobisty", "Identity card", "Посвідчення особи"),
            description: text(
                "Złożenie wniosku o dowód osobisty albo jego odbiór.",
                "To apply for an identity card or to collect it.",
                "Подати заяву на посвідчення особи або отримати його.",
            ),
            documents: vec![
                text("Aktualne zdjęcie", "A recent photograph", "Сучасна фотографія"),
                text("Poprzedni dowód", "The previous card", "Попереднє посвідчення"),
            ],
            questions: vec![Question {
                key: "what".into(),
                label: text("W jakim celu?", "What for?", "З якою метою?"),
                kind: QuestionKind::Choice,
                choices: vec![
                    text("Złożenie wniosku", "To apply", "Подати заяву"),
                    text("Odbiór dowodu", "To collect the card", "Отримати посвідчення"),
                ],
                required: true,
            }],
            forms: vec![Form::InPerson],
            duration_minutes: 15,
            capacity: 1,
            pick_official: false,
            max_people: 4,
        },
        Template {
            name: text(
                "Konsultacja w sprawie budowlanej",
                "Building advice",
                "Консультація щодо будівництва",
            ),
            description: text(
                "Rozmowa o warunkach zabudowy, pozwoleniu na budowę albo zgłoszeniu.",
                "A talk about planning conditions, a building permit or a notification.",
                "Розмова про умови забудови, дозвіл на будівництво або повідомлення.",
            ),
            documents: vec![text("Numer działki", "Number of the plot", "Номер ділянки")],
            questions: vec![Question {
                key: "plot".into(),
                label: text("Numer działki", "Number of the plot", "Номер ділянки"),
                kind: QuestionKind::Text,
                choices: vec![],
                required: false,
            }],
            forms: vec![Form::InPerson, Form::Phone, Form::Video],
            duration_minutes: 30,
            capacity: 1,
            pick_official: true,
            max_people: 3,
        },
        Template {
            name: text(
                "Szkolenie: załatwianie spraw przez internet",
                "Course: dealing with the office online",
                "Навчання: як вирішувати справи онлайн",
            ),
            description: text(
                "Spotkanie w grupie do ośmiu osób.",
                "A meeting in a group of up to eight people.",
                "Зустріч у групі до восьми осіб.",
            ),
            documents: vec![],
            questions: vec![],
            forms: vec![Form::InPerson, Form::Video],
            duration_minutes: 60,
            capacity: 8,
            pick_official: false,
            max_people: 2,
        },
    ]
}

/// Makes an office offer things, once: an office with a profile is left as it is.
pub async fn fill(state: &AppState) -> Result<()> {
    signalling::read_directory(state).await.map_err(Failure::internal)?;
    let Some(office) = state
        .signalling
        .offices()
        .await
        .map_err(Failure::internal)?
        .into_iter()
        .next()
        .map(|office| office.id)
    else {
        return Ok(());
    };
    let now = state.clock.now();
    let made = transaction!(state.db, |conn| {
        if offices::profile(conn, office).await?.is_some() {
            return Ok(None);
        }
        offices::write(conn, office, &profile(), now).await?;
        let officials = schedule::officials(conn, office).await?;
        for (n, official) in officials.iter().enumerate() {
            let desk = ResourceId::new();
            let resource = NewResource {
                name: format!("Stanowisko {}", n + 1),
                directions: "parter, sala obsługi".into(),
                archived: false,
            };
            schedule::insert_resource(conn, office, desk, &resource).await?;
            schedule::set_desk(conn, office, official.id, Some(desk)).await?;
            schedule::write_hours(conn, office, official.id, &hours()).await?;
        }
        let mut ids = Vec::new();
        for (position, template) in templates().into_iter().enumerate() {
            let id = MatterId::new();
            let details = MatterDetails {
                name: template.name,
                description: template.description,
                documents: template.documents,
                questions: template.questions,
                forms: template.forms,
                duration_minutes: template.duration_minutes,
                buffer_before_minutes: 0,
                buffer_after_minutes: 5,
                notice_minutes: 60,
                horizon_days: 60,
                daily_cap: None,
                capacity: template.capacity,
                pick_official: template.pick_official,
                max_people: template.max_people,
                departments: vec![],
                officials: officials.iter().map(|official| official.id).collect(),
                position: i32::try_from(position).unwrap_or(0),
            };
            matters::insert(conn, office, id, &details).await?;
            ids.push(id);
        }
        Ok::<_, Failure>(Some(ids))
    })?;
    match made {
        Some(matters) => appointments(state, office, &matters).await,
        None => Ok(()),
    }
}

/// Weekdays from 8 to 16, on Monday until 18.
fn hours() -> Vec<Hours> {
    (1..=5)
        .map(|weekday| Hours {
            weekday,
            from: 8 * 60,
            to: if weekday == 1 { 18 * 60 } else { 16 * 60 },
            forms: vec![Form::InPerson, Form::Phone, Form::Video],
            valid_from: None,
            valid_to: None,
        })
        .collect()
}

/// Some appointments within the next days, without addresses: nobody gets mail.
async fn appointments(state: &AppState, office: OfficeId, matters: &[MatterId]) -> Result<()> {
    let now = state.clock.now();
    let names = ["Jadwiga Kwiatkowska", "Adam Mazur", "Iryna Bondarenko", "Zofia Krawczyk"];
    let forms = [Form::InPerson, Form::Phone];
    let today = wall::date_of(now);
    let mut made = 0;
    for day in 0..7 {
        let date = today.saturating_add(day.days());
        for (n, name) in names.iter().enumerate() {
            let hour = 9 + i64::try_from(n).unwrap_or(0);
            let wish = SlotWish {
                form: forms[n % 2],
                start: wall::start_of(date).plus_secs(hour * 3600),
                official: None,
                people: 1,
                interpreter: false,
                hidden: Hidden::Free,
            };
            let matter = matters[n % 2];
            let booked = transaction!(state.db, |conn| {
                let clerk = Clerk::new(conn, state, office, now).await?;
                let language = if n == 2 { Language::Uk } else { Language::Pl };
                let (mut record, _) =
                    clerk.hold(conn, matter, &wish, Actor::Official, language).await?;
                let phone = "600 000 000".to_owned();
                let citizen = Citizen { name: (*name).into(), phone, ..Citizen::default() };
                record.set_citizen(&state.master_key, &citizen)?;
                record.code = Some(draw_code());
                clerk.apply(conn, record, Change::citizen(Input::Confirm)).await?;
                Ok::<_, Failure>(())
            });
            // A closed day, an hour that is over: then there is one less to look at.
            made += u32::from(booked.is_ok());
        }
    }
    tracing::debug!(made, "demo appointments");
    Ok(())
}
