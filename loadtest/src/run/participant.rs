//! One participant's life: joins, looks at others, moves, leaves, comes back.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use szpon_protocol::media::Tile;
use tokio::time::{sleep, sleep_until};

use super::{Gallery, Shared};
use crate::{
    scenario::Step,
    target::{Member, Plan, TargetError, view},
};

/// Changes of the room that come together are one change of the view.
const TOGETHER: Duration = Duration::from_millis(30);

pub(super) struct Participant {
    shared: Rc<Shared>,
    gallery: Rc<Gallery>,
    plan: Plan,
    shown: Vec<Tile>,
    rotation: usize,
}

/// Why a stay ended.
enum End {
    /// The run is over.
    Over,
    /// Its time was up.
    Left,
}

impl Participant {
    pub(super) fn new(shared: Rc<Shared>, gallery: Rc<Gallery>, plan: Plan) -> Self {
        // Not everybody looks at the same.
        let rotation = plan.number as usize;
        Self { shared, gallery, plan, shown: Vec::new(), rotation }
    }

    pub(super) async fn live(mut self, wait: Duration) {
        let mut over = self.shared.over.subscribe();
        tokio::select! {
            () = sleep(wait) => {}
            _ = over.wait_for(|over| *over) => return,
        }
        let mut first = true;
        loop {
            let Shared { engine, target, .. } = &*self.shared;
            let joined = tokio::select! {
                joined = target.join(engine, &self.gallery.room, &self.plan) => joined,
                _ = over.wait_for(|over| *over) => return,
            };
            let mut member = match joined {
                Ok(member) => member,
                Err(error) => {
                    if let Some(failed) = self.shared.failed.borrow_mut().get_mut(self.plan.place) {
                        *failed += 1;
                    }
                    self.note(&error);
                    return;
                }
            };
            if std::mem::take(&mut first) {
                self.shared.joined.set(self.shared.joined.get() + 1);
            }
            let number = self.plan.number;
            let tiles = member.tiles(&self.plan.group);
            if !tiles.is_empty() {
                self.gallery.tiles.borrow_mut().push((number, tiles));
                self.gallery.changes.send_modify(|version| *version += 1);
            }
            self.shown.clear();
            self.look(&member);
            let end = self.stay(&mut member).await;
            let before = self.gallery.tiles.borrow().len();
            self.gallery.tiles.borrow_mut().retain(|(other, _)| *other != number);
            if self.gallery.tiles.borrow().len() != before {
                self.gallery.changes.send_modify(|version| *version += 1);
            }
            let Shared { engine, target, next, .. } = &*self.shared;
            target.leave(engine, member).await;
            if matches!(end, End::Over) {
                return;
            }
            self.plan.number = next.get();
            next.set(self.plan.number + 1);
        }
    }

    async fn stay(&mut self, member: &mut Member) -> End {
        let mut over = self.shared.over.subscribe();
        let mut changes = self.gallery.changes.subscribe();
        let mut measuring = self.shared.measuring.subscribe();
        let group = &self.plan.group;
        let far = Duration::from_secs(86_400);
        let after = |seconds: Option<f64>| seconds.map_or(far, Duration::from_secs_f64);
        let (stay, moves) = (after(group.stay_seconds), after(group.move_seconds));
        let restarts = after(group.restart_seconds);
        let looks = after(group.watch.and_then(|watch| watch.change_seconds));
        let mut steps = group.link.steps.clone();
        steps.sort_by(|a, b| b.at_seconds.total_cmp(&a.at_seconds));
        // Not everybody at the same moment.
        let phase = f64::from(self.plan.number % 17) / 17.0;
        let now = Instant::now();
        let leave_at = now + stay.mul_f64(0.5 + phase);
        let mut move_at = now + moves.mul_f64(0.5 + phase / 2.0);
        let mut restart_at = now + restarts.mul_f64(0.5 + phase / 2.0);
        let mut look_at = now + looks.mul_f64(0.5 + phase / 2.0);
        loop {
            let step_at = match (*measuring.borrow(), steps.last()) {
                (Some(begun), Some(step)) => {
                    begun + Duration::from_secs_f64(step.at_seconds.max(0.0))
                }
                _ => now + far,
            };
            tokio::select! {
                _ = over.wait_for(|over| *over) => return End::Over,
                () = sleep_until(leave_at.into()) => return End::Left,
                changed = changes.changed() => {
                    if changed.is_err() {
                        return End::Over;
                    }
                    sleep(TOGETHER).await;
                    changes.mark_unchanged();
                    self.look(member);
                    let Shared { engine, target, .. } = &*self.shared;
                    let followed =
                        target.follow(engine, &self.gallery.room, &self.plan, member).await;
                    if let Err(failure) = followed {
                        self.note(&failure);
                    }
                }
                () = sleep_until(look_at.into()) => {
                    look_at += looks;
                    self.rotation += 1;
                    self.look(member);
                }
                () = sleep_until(move_at.into()) => {
                    move_at += moves;
                    for peer in &member.peers {
                        self.shared.engine.change_address(*peer);
                    }
                }
                () = sleep_until(restart_at.into()) => {
                    restart_at += restarts;
                    let Shared { engine, target, .. } = &*self.shared;
                    if let Err(failure) = target.restart(engine, member).await {
                        self.note(&failure);
                    }
                }
                _ = measuring.changed(), if !steps.is_empty() => {}
                () = sleep_until(step_at.into()) => {
                    if let Some(Step { down, up, .. }) = steps.pop() {
                        for peer in &member.peers {
                            self.shared.engine.set_link(*peer, down, up);
                        }
                    }
                }
            }
        }
    }

    /// Keeps the first failure of all.
    fn note(&self, failure: &TargetError) {
        self.shared.error.borrow_mut().get_or_insert_with(|| failure.to_string());
    }

    /// Says what is shown, if that has changed.
    fn look(&mut self, member: &Member) {
        let Some(watch) = self.plan.group.watch else { return };
        let others: Vec<Tile> = self
            .gallery
            .tiles
            .borrow()
            .iter()
            .filter(|(number, _)| *number != self.plan.number)
            .flat_map(|(_, tiles)| tiles.clone())
            .collect();
        let tiles = view(watch, &others, self.rotation);
        if tiles != self.shown {
            member.show(&self.shared.engine, &tiles);
            self.shown = tiles;
        }
    }
}
