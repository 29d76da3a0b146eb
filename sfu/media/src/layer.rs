//! Names of layers, and sets of them.

use std::fmt;

/// The most layers a source has (as in [`szpon_protocol::media::SIMULCAST_RIDS`]).
pub const MAX_LAYERS: usize = szpon_protocol::media::SIMULCAST_RIDS.len();

/// A layer, of simulcast or inside one stream: 0 is the smallest picture. A source without layers
/// has layer 0 only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Layer(u8);

impl Layer {
    pub const LOWEST: Self = Self(0);
    pub const HIGHEST: Self = Self(MAX_LAYERS as u8 - 1);

    /// None if there is no such layer.
    pub const fn new(index: u8) -> Option<Self> {
        if (index as usize) < MAX_LAYERS { Some(Self(index)) } else { None }
    }

    /// By its RTP stream id.
    pub fn from_rid(rid: &str) -> Option<Self> {
        let index = szpon_protocol::media::SIMULCAST_RIDS.iter().position(|known| *known == rid)?;
        Self::new(u8::try_from(index).ok()?)
    }

    pub const fn get(self) -> u8 {
        self.0
    }

    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Lowest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        (0..MAX_LAYERS as u8).map(Self)
    }
}

/// A set of layers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct LayerSet(u8);

impl LayerSet {
    pub const EMPTY: Self = Self(0);
    pub const ALL: Self = Self((1 << MAX_LAYERS) - 1);

    pub const fn only(layer: Layer) -> Self {
        Self(1 << layer.0)
    }

    /// `layer` and those below it.
    pub const fn up_to(layer: Layer) -> Self {
        Self((2 << layer.0) - 1)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub const fn contains(self, layer: Layer) -> bool {
        self.0 & (1 << layer.0) != 0
    }

    #[must_use]
    pub const fn with(self, layer: Layer) -> Self {
        Self(self.0 | 1 << layer.0)
    }

    #[must_use]
    pub const fn without(self, layer: Layer) -> Self {
        Self(self.0 & !(1 << layer.0))
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is here and not in `other`.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Lowest first.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Layer> {
        Layer::all().filter(move |layer| self.contains(*layer))
    }

    pub fn lowest(self) -> Option<Layer> {
        self.iter().next()
    }

    pub fn highest(self) -> Option<Layer> {
        self.iter().next_back()
    }

    /// One flag for each layer, lowest first.
    pub fn to_array(self) -> [bool; MAX_LAYERS] {
        let mut flags = [false; MAX_LAYERS];
        for layer in self.iter() {
            flags[layer.index()] = true;
        }
        flags
    }
}

impl FromIterator<Layer> for LayerSet {
    fn from_iter<I: IntoIterator<Item = Layer>>(layers: I) -> Self {
        layers.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl From<Option<Layer>> for LayerSet {
    fn from(layer: Option<Layer>) -> Self {
        layer.map_or(Self::EMPTY, Self::only)
    }
}

impl fmt::Debug for LayerSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Layer::get)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rids_name_layers() {
        assert_eq!(Layer::from_rid("q"), Some(Layer::LOWEST));
        assert_eq!(Layer::from_rid("f"), Some(Layer::HIGHEST));
        assert_eq!(Layer::from_rid("x"), None);
        assert_eq!(Layer::new(3), None);
    }

    #[test]
    fn sets_behave_as_sets() {
        let half = Layer::new(1).unwrap();
        let set = LayerSet::only(Layer::HIGHEST).with(Layer::LOWEST);
        assert_eq!(set.lowest(), Some(Layer::LOWEST));
        assert_eq!(set.highest(), Some(Layer::HIGHEST));
        assert!(!set.contains(half));
        assert_eq!(set.to_array(), [true, false, true]);
        assert_eq!(LayerSet::up_to(half).iter().count(), 2);
        assert_eq!(LayerSet::up_to(Layer::HIGHEST), LayerSet::ALL);
        assert_eq!(LayerSet::ALL.difference(set), LayerSet::only(half));
        assert_eq!(
            LayerSet::ALL.intersection(set).without(Layer::LOWEST).highest(),
            Some(Layer::HIGHEST)
        );
        assert_eq!(format!("{set:?}"), "{0, 2}");
    }
}
