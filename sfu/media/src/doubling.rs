//! Pictures whose packets are all sent twice, since too many are lost.
//!
//! A repetition that was asked for comes a round trip late. Browsers show what is complete by then, and
//! leave out frames that nothing else builds on: of a large picture, where a fifth is lost, every second one.
//! Where the way has room for it, the repetition therefore follows at once. And since a frame is whole the
//! more often the fewer packets it has, the largest layer is left out: small and fluent is better.

use crate::{allocator::Wish, layer::Layer, units::Bitrate};

/// From this loss on, until it is less than the other. Below, two answers to a request are enough.
const FROM: f32 = 0.15;
const UNTIL: f32 = 0.09;
/// What must be free for pictures, in percent of what the smallest of them take twice, for it to begin.
const ROOM_PERCENT: u32 = 120;

/// Whether one subscriber gets every packet of its pictures twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Doubling {
    on: bool,
}

impl Doubling {
    pub fn is_on(self) -> bool {
        self.on
    }

    /// Decides, and makes wishes of it: layers that cost as much, and the largest only where there is no
    /// other. `loss` is the share of all packets, from 0 to 1; none if nobody knows, or if they are lost in a
    /// queue that is full. `free` is there for pictures.
    pub fn update<K>(&mut self, loss: Option<f32>, free: Bitrate, wishes: &mut [Wish<K>]) {
        let smallest = |wish: &Wish<K>| wish.layers.iter().flatten().next().copied();
        let needed: Bitrate = wishes.iter().filter_map(smallest).map(|cost| cost + cost).sum();
        let loss = loss.unwrap_or(0.0);
        self.on = match self.on {
            true => loss >= UNTIL && needed <= free,
            false => loss >= FROM && needed.percent(ROOM_PERCENT) <= free,
        };
        if !self.on {
            return;
        }
        for wish in wishes {
            for cost in wish.layers.iter_mut().flatten() {
                *cost = *cost + *cost;
            }
            let there = |layer: &Layer| wish.layers[layer.index()].is_some();
            let smaller = Layer::all().filter(|layer| *layer < Layer::HIGHEST).rfind(there);
            wish.max = smaller.map_or(wish.max, |smaller| wish.max.min(smaller));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocator::Priority;

    fn wish(layers: [Option<u64>; 3]) -> Wish<u8> {
        Wish {
            key: 0,
            priority: Priority::Other,
            max: Layer::HIGHEST,
            layers: layers.map(|cost| cost.map(Bitrate::kbps)),
            temporal_layers: 3,
        }
    }

    const CAMERA: [Option<u64>; 3] = [Some(150), Some(500), Some(1_500)];

    /// What becomes of a camera at a steady loss.
    fn after(doubling: &mut Doubling, loss: Option<f32>, free: u64) -> Wish<u8> {
        let mut wishes = [wish(CAMERA)];
        doubling.update(loss, Bitrate::kbps(free), &mut wishes);
        let [wish] = wishes;
        wish
    }

    #[test]
    fn it_begins_with_much_loss_and_ends_with_little() {
        let mut doubling = Doubling::default();
        assert_eq!(after(&mut doubling, Some(0.14), 3_000), wish(CAMERA));
        let doubled = after(&mut doubling, Some(0.15), 3_000);
        assert_eq!(doubled.layers, wish([Some(300), Some(1_000), Some(3_000)]).layers);
        assert_eq!(Some(doubled.max), Layer::new(1));
        assert_eq!(after(&mut doubling, Some(0.09), 3_000), doubled);
        assert_eq!(after(&mut doubling, Some(0.08), 3_000), wish(CAMERA));
        assert!(!doubling.is_on());
    }

    #[test]
    fn it_needs_room_for_the_smallest_of_each() {
        let mut doubling = Doubling::default();
        assert_eq!(after(&mut doubling, Some(0.2), 359), wish(CAMERA));
        after(&mut doubling, Some(0.2), 360);
        assert!(doubling.is_on());
        after(&mut doubling, Some(0.2), 300);
        assert!(doubling.is_on());
        assert_eq!(after(&mut doubling, Some(0.2), 299), wish(CAMERA));
    }

    #[test]
    fn what_is_lost_in_a_full_queue_is_no_reason() {
        let mut doubling = Doubling::default();
        after(&mut doubling, Some(0.2), 3_000);
        assert_eq!(after(&mut doubling, None, 3_000), wish(CAMERA));
    }

    #[test]
    fn where_there_is_no_smaller_layer_the_one_there_is_stays() {
        for layers in [[Some(400), None, None], [None, None, Some(400)]] {
            let mut wishes = [wish(layers)];
            Doubling::default().update(Some(0.2), Bitrate::kbps(3_000), &mut wishes);
            let layer = layers.iter().position(Option::is_some).unwrap();
            assert!(wishes[0].max.index() >= layer);
            assert_eq!(wishes[0].layers[layer], Some(Bitrate::kbps(800)));
        }
    }
}
