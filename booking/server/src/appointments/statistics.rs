//! Figures of an office, for plots and for tables.

use axum::{extract::State, http::header, response::IntoResponse};
use jiff::ToSpan;
use szpon_booking_core::{statistics, wall};
use szpon_kit::{
    http::{Json, Query},
    problem::{Failure, Result},
};
use szpon_protocol::{
    OfficeId,
    booking::{DateRange, Figures, MatterName, OfficialLoad, Statistics, StatisticsRow},
};

use super::store;
use crate::{
    AppState,
    audit::{self, Action},
    caller::Reader,
    matters::store as matters,
    schedule::{routes::days, store as schedule},
    slots::core_staff,
};

/// Longest range, in days.
const RANGE_DAYS: i32 = 400;

/// Load, waits and no-shows by day, matter and official.
#[utoipa::path(
    get, path = "/booking/v1/statistics", operation_id = "booking_statistics", tag = "booking",
    params(DateRange), responses((status = 200, body = Statistics))
)]
pub async fn show(
    State(state): State<AppState>,
    Reader(staff): Reader,
    Query(range): Query<DateRange>,
) -> Result<Json<Statistics>> {
    Ok(Json(figures(&state, staff.office, &range).await?))
}

async fn figures(state: &AppState, office: OfficeId, range: &DateRange) -> Result<Statistics> {
    days(range, RANGE_DAYS)?;
    let mut conn = state.db.read().await?;
    let (from, to) = (wall::start_of(range.from), wall::start_of(range.to.saturating_add(1.day())));
    let facts = store::facts(&mut conn, office, from, to).await?;
    let matters = matters::of_office(&mut conn, office).await?;
    let names = schedule::names(&mut conn, office).await?;
    let officials = schedule::officials(&mut conn, office).await?;
    let weeks = schedule::weeks(&mut conn, office).await?;
    let exceptions = schedule::exceptions(&mut conn, office, range.from, range.to).await?;
    drop(conn);

    let mut loads = Vec::new();
    // When somebody is there doesn't depend on the matter.
    if let Some(matter) = matters.first() {
        let details = exceptions.iter().map(|known| &known.details);
        let staff =
            core_staff(&officials, &weeks, details, &matter.details).map_err(Failure::internal)?;
        for (id, name) in names {
            let open = range
                .from
                .series(1.day())
                .take_while(|date| *date <= range.to)
                .map(|date| statistics::open_minutes(&staff, id, date))
                .sum();
            loads.push(OfficialLoad { id, name, open_minutes: open });
        }
        loads.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    }
    let rows = statistics::rows(facts);
    let rows = rows.into_iter().map(|(key, figures)| StatisticsRow {
        date: key.date,
        matter: szpon_protocol::MatterId(key.matter.0),
        official: key.official,
        figures: Figures {
            booked: figures.booked,
            done: figures.done,
            no_show: figures.no_show,
            cancelled: figures.cancelled,
            planned_minutes: figures.planned_minutes,
            met_minutes: figures.met_minutes,
            waits: figures.waits,
            wait_seconds: figures.wait_seconds,
            wait_max_seconds: figures.wait_max_seconds,
        },
    });
    Ok(Statistics {
        rows: rows.collect(),
        matters: matters
            .into_iter()
            .map(|matter| MatterName { id: matter.id, name: matter.details.name })
            .collect(),
        officials: loads,
    })
}

/// The rows as a table (RFC 4180), for a spreadsheet.
#[utoipa::path(
    get, path = "/booking/v1/statistics.csv", operation_id = "booking_statistics_csv",
    tag = "booking", params(DateRange),
    responses((status = 200, body = String, content_type = "text/csv"))
)]
pub async fn csv(
    State(state): State<AppState>,
    Reader(staff): Reader,
    Query(range): Query<DateRange>,
) -> Result<impl IntoResponse> {
    let statistics = figures(&state, staff.office, &range).await?;
    let asked = serde_json::json!({ "from": range.from, "to": range.to });
    audit::look(&state, &staff, Action::StatisticsExported, asked).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"statistics.csv\""),
    ];
    Ok((headers, table(&statistics)))
}

fn table(statistics: &Statistics) -> String {
    // With a byte order mark, without which spreadsheets take Polish letters for others.
    let mut table = String::from(
        "\u{feff}date,matter,official,booked,done,no_show,cancelled,planned_minutes,met_minutes,\
         waits,wait_seconds,wait_max_seconds\r\n",
    );
    for row in &statistics.rows {
        let matter = statistics.matters.iter().find(|matter| matter.id == row.matter);
        let official = statistics.officials.iter().find(|official| official.id == row.official);
        let f = &row.figures;
        table += &format!(
            "{},{},{},{},{},{},{},{},{},{},{},{}\r\n",
            row.date,
            cell(matter.map_or("", |matter| &matter.name.pl)),
            cell(official.map_or("", |official| &official.name)),
            f.booked,
            f.done,
            f.no_show,
            f.cancelled,
            f.planned_minutes,
            f.met_minutes,
            f.waits,
            f.wait_seconds,
            f.wait_max_seconds,
        );
    }
    table
}

/// A quoted cell. One that a spreadsheet would take for a formula begins with an apostrophe.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = text.replace('"', "\"\"");
    if formula { format!("\"'{text}\"") } else { format!("\"{text}\"") }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_neither_broken_nor_formulas() {
        assert_eq!(cell("Dowód, \"osobisty\""), "\"Dowód, \"\"osobisty\"\"\"");
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell(""), "\"\"");
    }
}
