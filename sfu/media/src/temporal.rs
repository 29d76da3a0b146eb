//! Thinning out a stream by temporal layer: fewer frames a second of the same picture. The last
//! resort, after every spatial layer is gone.

/// Where a stream lets its receiver go up to more temporal layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UpSwitch {
    No,
    /// This frame depends on the base layer only (VP8's Y bit, RFC 7741, 4.2): its own layer may
    /// begin here.
    Here,
    /// No later frame of a higher layer depends on a frame of such a layer before this one (VP9's
    /// U bit, RFC 9628, 4.2): every layer may begin after it.
    After,
}

/// Lets through frames up to a temporal layer. Going down takes effect with the next frame, going
/// up where the stream allows it.
#[derive(Debug, Clone, Default)]
pub struct TemporalFilter {
    /// None: everything.
    max: Option<u8>,
    current: Option<u8>,
}

impl TemporalFilter {
    /// Lets everything through.
    pub fn new() -> Self {
        Self::default()
    }

    /// The highest temporal layer wanted; None for all.
    pub fn set_max(&mut self, max: Option<u8>) {
        self.max = max;
        if let (Some(max), current) = (max, &mut self.current) {
            *current = Some(current.map_or(max, |current| current.min(max)));
        }
    }

    /// The highest temporal layer wanted; None for all.
    pub fn max(&self) -> Option<u8> {
        self.max
    }

    /// After a switch to another layer or source: what follows its keyframe is complete.
    pub fn restart(&mut self) {
        self.current = self.max;
    }

    /// Whether a packet passes. `temporal_id` is None for a stream without temporal layers.
    /// `starts_frame` says that it is the first of its frame: a frame passes whole or not at all.
    pub fn passes(
        &mut self,
        temporal_id: Option<u8>,
        switch: UpSwitch,
        starts_frame: bool,
    ) -> bool {
        let (Some(current), Some(id)) = (self.current, temporal_id) else { return true };
        if id <= current {
            if switch == UpSwitch::After {
                self.current = self.max;
            }
            return true;
        }
        let wanted = self.max.is_none_or(|max| id <= max);
        let begins = wanted && switch == UpSwitch::Here && starts_frame;
        if begins {
            self.current = Some(id);
        }
        begins
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn upper_layers_stop_at_once_and_return_where_it_is_safe() {
        let mut filter = TemporalFilter::new();
        assert!(filter.passes(Some(2), UpSwitch::No, true));
        filter.set_max(Some(0));
        assert!(!filter.passes(Some(2), UpSwitch::Here, true));
        assert!(!filter.passes(Some(1), UpSwitch::Here, true));
        assert!(filter.passes(Some(0), UpSwitch::No, true));

        filter.set_max(None);
        assert!(!filter.passes(Some(1), UpSwitch::No, true), "builds on frames that were left out");
        assert!(!filter.passes(Some(1), UpSwitch::Here, false), "not in the middle of a frame");
        assert!(filter.passes(Some(1), UpSwitch::Here, true));
        assert!(filter.passes(Some(1), UpSwitch::No, false), "the rest of the frame");
        assert!(!filter.passes(Some(2), UpSwitch::No, true));
        assert!(filter.passes(Some(2), UpSwitch::Here, true));
    }

    #[test]
    fn after_a_switching_point_every_layer_returns() {
        let mut filter = TemporalFilter::new();
        filter.set_max(Some(0));
        assert!(filter.passes(Some(0), UpSwitch::After, true));
        assert!(!filter.passes(Some(1), UpSwitch::No, true), "the limit holds");
        filter.set_max(None);
        assert!(!filter.passes(Some(2), UpSwitch::After, true));
        assert!(filter.passes(Some(0), UpSwitch::After, true));
        assert!(filter.passes(Some(2), UpSwitch::No, true));
    }

    #[test]
    fn a_stream_without_temporal_layers_passes() {
        let mut filter = TemporalFilter::new();
        filter.set_max(Some(0));
        assert!(filter.passes(None, UpSwitch::No, true));
    }

    #[test]
    fn a_new_source_begins_with_all_that_is_wanted() {
        let mut filter = TemporalFilter::new();
        filter.set_max(Some(0));
        filter.set_max(None);
        filter.restart();
        assert!(filter.passes(Some(2), UpSwitch::No, true));
    }

    proptest! {
        #[test]
        fn nothing_above_the_limit_passes_and_the_base_always_does(
            packets in prop::collection::vec(
                (prop::option::of(0..4_u8), 0..4_u8, 0..3_usize, any::<bool>()), 0..200)
        ) {
            let mut filter = TemporalFilter::new();
            for (max, id, switch, starts) in packets {
                filter.set_max(max);
                let switch = [UpSwitch::No, UpSwitch::Here, UpSwitch::After][switch];
                let passes = filter.passes(Some(id), switch, starts);
                if max.is_some_and(|max| id > max) { prop_assert!(!passes); }
                if id == 0 { prop_assert!(passes); }
            }
        }
    }
}
