//! `szpon admin`: the first administrator, and the demo office.

use szpon_booking::Booking;
use szpon_kit::{
    bus::Bus, http::Options, problem::Failure, shutdown::Shutdown, telemetry::Metrics,
};
use szpon_signalling::{Signalling, demo::Demo};
use thiserror::Error;

use crate::{
    app::{StartError, open_booking, open_signalling},
    settings::Settings,
};

/// Why an administrator's command failed.
#[derive(Debug, Error)]
pub enum AdminError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("signalling: {0}")]
    Signalling(#[from] szpon_signalling::StartError),
    #[error("the demo office: {0}")]
    Demo(#[source] Failure),
}

/// Prints a link that makes the first administrator. An earlier one stops working.
pub async fn print_setup_link(settings: Settings) -> Result<(), AdminError> {
    let (signalling, db) = open(&settings).await?;
    match signalling.setup_link().await? {
        Some(link) => println!("{link}"),
        None => println!("There is an administrator already, who can invite others."),
    }
    db.close().await;
    Ok(())
}

/// Makes the demo office and prints who can sign in.
pub async fn print_demo(settings: Settings, password: Option<String>) -> Result<(), AdminError> {
    let (shutdown, signal) = Shutdown::new();
    let metrics = Metrics::new();
    let (signalling, db) =
        open_signalling(&settings, Bus::in_process(), metrics.clone(), signal.clone()).await?;
    let options = Options::new(metrics);
    let booking = open_booking(&settings, &signalling, &db, &options, signal).await?;
    fill(&signalling, &booking, password.as_deref()).await?;
    drop(shutdown);
    db.close().await;
    Ok(())
}

/// Makes the demo office in an empty installation; anything else is left as it is.
pub async fn fill(
    signalling: &Signalling,
    booking: &Booking,
    password: Option<&str>,
) -> Result<(), AdminError> {
    // Only an installation without any person has one.
    let empty = signalling.setup_link().await?.is_some();
    let made = if empty {
        szpon_signalling::demo::fill(signalling.state(), password)
            .await
            .map_err(AdminError::Demo)?
    } else {
        None
    };
    match made {
        Some(demo) => {
            szpon_booking::demo::fill(booking.state()).await.map_err(AdminError::Demo)?;
            print(&demo);
        }
        None => println!("There are people here already; no demo office was made."),
    }
    Ok(())
}

fn print(demo: &Demo) {
    println!("{}. Sign in as:", demo.office);
    let width = demo.people.iter().map(|person| person.email.len()).max().unwrap_or(0);
    for person in &demo.people {
        println!(
            "  {:width$}  {}  {} ({})",
            person.email, person.password, person.name, person.what
        );
    }
}

async fn open(settings: &Settings) -> Result<(Signalling, szpon_kit::db::Db), StartError> {
    let (_, signal) = Shutdown::new();
    open_signalling(settings, Bus::in_process(), Metrics::new(), signal).await
}
