//! What an appointment occupies: for each subject, each tick of its time with buffers.
//!
//! A (subject, tick) pair belongs to one appointment at most, and the database's primary key over
//! the two is what holds that. A group occupies its official and desk once, by the group itself;
//! those in it have a seat each.

use std::{fmt, str::FromStr};

use szpon_protocol::PersonId;
use uuid::Uuid;

use crate::{GroupId, ResourceId, Tick, TickRange};

/// Who or what can be occupied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    Official(PersonId),
    Desk(ResourceId),
    /// A seat of a group, counted from 0; claimed at the group's first tick only.
    Seat(GroupId, u32),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Official(id) => write!(f, "official:{id}"),
            Self::Desk(id) => write!(f, "desk:{id}"),
            Self::Seat(group, seat) => write!(f, "seat:{group}:{seat}"),
        }
    }
}

/// Not a subject's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a subject")]
pub struct BadSubject;

impl FromStr for Subject {
    type Err = BadSubject;

    fn from_str(text: &str) -> Result<Self, BadSubject> {
        let uuid = |text: &str| Uuid::parse_str(text).map_err(|_| BadSubject);
        match text.split_once(':').ok_or(BadSubject)? {
            ("official", id) => Ok(Self::Official(PersonId(uuid(id)?))),
            ("desk", id) => Ok(Self::Desk(ResourceId(uuid(id)?))),
            ("seat", rest) => {
                let (group, seat) = rest.split_once(':').ok_or(BadSubject)?;
                Ok(Self::Seat(GroupId(uuid(group)?), seat.parse().map_err(|_| BadSubject)?))
            }
            _ => Err(BadSubject),
        }
    }
}

/// One subject for one tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim {
    pub subject: Subject,
    pub tick: Tick,
}

/// What a meeting, single or group, occupies of its official and desk. `ticks` has the buffers.
pub fn of_meeting(official: PersonId, desk: Option<ResourceId>, ticks: TickRange) -> Vec<Claim> {
    [Some(Subject::Official(official)), desk.map(Subject::Desk)]
        .into_iter()
        .flatten()
        .flat_map(|subject| ticks.ticks().map(move |tick| Claim { subject, tick }))
        .collect()
}

/// The seats that an appointment in a group takes: `people` of those below `capacity` that aren't
/// in `taken`, the lowest first. `None` when they are too few.
pub fn of_seats(
    group: GroupId,
    start: Tick,
    capacity: u32,
    taken: &[u32],
    people: u32,
) -> Option<Vec<Claim>> {
    let claims: Vec<_> = (0..capacity)
        .filter(|seat| !taken.contains(seat))
        .take(people as usize)
        .map(|seat| Claim { subject: Subject::Seat(group, seat), tick: start })
        .collect();
    (claims.len() == people as usize).then_some(claims)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::Minutes;

    fn subject() -> impl Strategy<Value = Subject> {
        let id = any::<u128>().prop_map(Uuid::from_u128);
        prop_oneof![
            id.clone().prop_map(|id| Subject::Official(PersonId(id))),
            id.clone().prop_map(|id| Subject::Desk(ResourceId(id))),
            (id, any::<u32>()).prop_map(|(id, seat)| Subject::Seat(GroupId(id), seat)),
        ]
    }

    proptest! {
        #[test]
        fn a_subject_is_its_text(subject in subject()) {
            prop_assert_eq!(subject.to_string().parse(), Ok(subject));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "(official|desk|seat)?:?[0-9a-f:-]{0,60}") {
            if let Ok(subject) = text.parse::<Subject>() {
                prop_assert_eq!(subject.to_string().parse(), Ok(subject));
            }
        }

        /// Two meetings share a claim exactly if they share a subject and overlap.
        #[test]
        fn claims_collide_when_meetings_do(
            a in 0i64..30, b in 0i64..30, long in 1i64..10, before in 0u32..4, after in 0u32..4,
            same_official: bool, same_desk: bool,
        ) {
            let meeting = |start: i64, official: u128, desk: u128| {
                let ticks = TickRange::new(Tick(start), Tick(start + long))
                    .with_buffers(Minutes::from_ticks(before), Minutes::from_ticks(after));
                (ticks, of_meeting(
                    PersonId(Uuid::from_u128(official)),
                    Some(ResourceId(Uuid::from_u128(desk))),
                    ticks,
                ))
            };
            let (first, claims) = meeting(a, 1, 1);
            let (second, others) =
                meeting(b, if same_official { 1 } else { 2 }, if same_desk { 1 } else { 2 });
            let claims: BTreeSet<_> = claims.into_iter().collect();
            let collide = others.iter().any(|claim| claims.contains(claim));
            prop_assert_eq!(collide, first.overlaps(second) && (same_official || same_desk));
        }

        #[test]
        fn seats_are_given_while_there_are_any(
            capacity in 1u32..12, taken in proptest::collection::btree_set(0u32..12, 0..12), people in 1u32..6,
        ) {
            let taken: Vec<_> = taken.into_iter().filter(|&seat| seat < capacity).collect();
            let free = capacity - taken.len() as u32;
            let group = GroupId(Uuid::from_u128(7));
            match of_seats(group, Tick(3), capacity, &taken, people) {
                None => prop_assert!(free < people),
                Some(claims) => {
                    let seats: BTreeSet<_> = claims.iter().map(|claim| claim.subject).collect();
                    prop_assert_eq!(seats.len() as u32, people);
                    prop_assert!(taken.iter().all(|&seat| !seats.contains(&Subject::Seat(group, seat))));
                }
            }
        }
    }
}
