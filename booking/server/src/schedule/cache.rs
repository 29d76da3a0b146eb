//! Hours, exceptions and officials as they were read last. They change rarely and every search needs
//! all of them; a tag in the database says whether they still hold, and is read in the transaction that
//! relies on them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::civil::Date;
use szpon_kit::{db::Conn, problem::Result};
use szpon_protocol::{OfficeId, booking::NewException};

use super::store::{self, OfficialRecord, Weeks};

/// What searches need of an office's schedule.
#[derive(Debug)]
pub struct Known {
    pub tag: String,
    pub officials: Vec<OfficialRecord>,
    pub weeks: Weeks,
    /// All that there are, in the order of their first days.
    pub exceptions: Vec<NewException>,
}

/// Schedules of offices, each as it was read last.
#[derive(Debug, Default)]
pub struct Schedules(Mutex<HashMap<OfficeId, Arc<Known>>>);

impl Schedules {
    /// The schedule as `conn` sees it.
    pub async fn get(&self, conn: &mut Conn, office: OfficeId) -> Result<Arc<Known>> {
        let tag = store::tag(conn, office).await?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&office).cloned();
        if let Some(known) = known
            && known.tag == tag
            // Nothing was ever written under an empty tag.
            && !tag.is_empty()
        {
            return Ok(known);
        }
        let exceptions = store::exceptions(conn, office, Date::MIN, Date::MAX).await?;
        let known = Arc::new(Known {
            tag,
            officials: store::officials(conn, office).await?,
            weeks: store::weeks(conn, office).await?,
            exceptions: exceptions.into_iter().map(|known| known.details).collect(),
        });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(office, known.clone());
        Ok(known)
    }
}
