//! A filled demo office, to look around in. Not for real use: its addresses lead nowhere.

use szpon_kit::{
    problem::{Failure, Result},
    random, transaction,
};
use szpon_protocol::{
    DepartmentId, OfficeId, PersonId, account::Language, admin::AuditAction, claims::Role,
};

use crate::{AppState, audit, directory::store};

/// The demo office after [`fill`].
#[derive(Debug, Clone)]
pub struct Demo {
    pub office: String,
    pub people: Vec<DemoPerson>,
}

/// Somebody to sign in as.
#[derive(Debug, Clone)]
pub struct DemoPerson {
    pub name: String,
    pub email: String,
    /// In plain words, for the terminal.
    pub what: &'static str,
    pub password: String,
}

const OFFICE: &str = "Urząd Miasta Przykładowo (demo)";
const DEPARTMENTS: [&str; 2] =
    ["Wydział Spraw Obywatelskich", "Wydział Architektury i Budownictwa"];

struct Template {
    name: &'static str,
    email: &'static str,
    what: &'static str,
    roles: &'static [Role],
    /// Index into [`DEPARTMENTS`].
    department: Option<usize>,
    language: Language,
}

const fn template(
    name: &'static str,
    email: &'static str,
    what: &'static str,
    roles: &'static [Role],
    department: Option<usize>,
    language: Language,
) -> Template {
    Template { name, email, what, roles, department, language }
}

use Language::{Pl, Uk};
use Role::{OfficeAdmin, Official, Operator, Trainer};

const PEOPLE: [Template; 7] = [
    template(
        "Maria Wiśniewska",
        "maria.wisniewska@przykladowo.example",
        "office administrator",
        &[Official, OfficeAdmin],
        None,
        Pl,
    ),
    template("Anna Nowak", "anna.nowak@przykladowo.example", "official", &[Official], Some(0), Pl),
    template(
        "Ołena Kowalenko",
        "olena.kowalenko@przykladowo.example",
        "official, Ukrainian interface",
        &[Official],
        Some(0),
        Uk,
    ),
    template(
        "Jan Kowalski",
        "jan.kowalski@przykladowo.example",
        "official",
        &[Official],
        Some(1),
        Pl,
    ),
    template(
        "Tomasz Wójcik",
        "tomasz.wojcik@przykladowo.example",
        "official",
        &[Official],
        Some(1),
        Pl,
    ),
    template(
        "Katarzyna Lewandowska",
        "katarzyna.lewandowska@przykladowo.example",
        "trainer",
        &[Official, Trainer],
        Some(0),
        Pl,
    ),
    template(
        "Piotr Zieliński",
        "piotr.zielinski@przykladowo.example",
        "operator",
        &[Operator],
        None,
        Pl,
    ),
];

/// Makes the demo office, once: a second call changes nothing and gives none. Everyone gets
/// `password`, or else a random one each; they are known from the answer only.
pub async fn fill(state: &AppState, password: Option<&str>) -> Result<Option<Demo>> {
    let first = PEOPLE[0].email;
    if store::person_by_email(&mut *state.db.read().await?, first).await?.is_some() {
        return Ok(None);
    }
    let mut people = Vec::new();
    for template in &PEOPLE {
        let password = password.map_or_else(random_password, str::to_owned);
        let phc = state.passwords.hash(&password).await?;
        people.push((template, PersonId::new(), password, phc));
    }
    let office = OfficeId::new();
    let departments = DEPARTMENTS.map(|name| (DepartmentId::new(), name));
    let now = state.clock.now();
    let made = transaction!(state.db, |conn| {
        if store::person_by_email(conn, first).await?.is_some() {
            return Ok(false);
        }
        store::insert_office(conn, office, OFFICE, now).await?;
        for (id, name) in departments {
            store::insert_department(conn, office, id, name, now).await?;
        }
        for (template, id, _, phc) in &people {
            let person = store::NewPerson {
                id: *id,
                office,
                department: template.department.map(|at| departments[at].0),
                name: template.name,
                email: template.email,
                language: template.language,
                roles: template.roles,
                password_hash: Some(phc),
            };
            store::insert_person(conn, &person, now).await?;
        }
        let event = audit::by_system(AuditAction::OfficeCreated)
            .in_office(office)
            .on(office)
            .with(serde_json::json!({ "demo": true }));
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(true)
    })?;
    Ok(made.then(|| Demo {
        office: OFFICE.into(),
        people: people
            .into_iter()
            .map(|(template, _, password, _)| DemoPerson {
                name: template.name.into(),
                email: template.email.into(),
                what: template.what,
                password,
            })
            .collect(),
    }))
}

/// Five groups of four letters and digits that can't be mistaken for one another: 100 bits.
fn random_password() -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letters: Vec<char> = random::bytes::<20>()
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}
