//! Which layer fits a picture of a given size on the screen (adaptive stream).

use crate::layer::{Layer, MAX_LAYERS};

/// A picture may be blown up by this much (percent) before the next layer is worth its bandwidth:
/// beyond it people see the blur.
const MAX_ENLARGEMENT: u32 = 130;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    pub width: u16,
    pub height: u16,
}

impl Size {
    pub const fn new(width: u16, height: u16) -> Self {
        Self { width, height }
    }

    const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// Whether this picture, fitted whole into `tile`, is not enlarged too much.
    fn fills(self, tile: Self) -> bool {
        let enough =
            |have: u16, want: u16| u32::from(have) * MAX_ENLARGEMENT >= u32::from(want) * 100;
        // Fitted whole: the tighter side decides.
        enough(self.width, tile.width) || enough(self.height, tile.height)
    }
}

/// Sizes of a source's layers, lowest first; None where no keyframe told it yet.
pub type LayerSizes = [Option<Size>; MAX_LAYERS];

/// The lowest of `count` layers that fills `tile`. Sizes that are not known follow from the nearest
/// known one, since each layer is half as wide as the next (RFC 8853, and what browsers do); with
/// none known, from `highest`.
pub fn fitting_layer(tile: Size, sizes: &LayerSizes, count: usize, highest: Size) -> Layer {
    let top = Layer::new(count.clamp(1, MAX_LAYERS) as u8 - 1).unwrap_or(Layer::HIGHEST);
    if tile.is_empty() {
        return Layer::LOWEST;
    }
    Layer::all()
        .take_while(|layer| *layer < top)
        .find(|layer| size_of(*layer, top, sizes, highest).fills(tile))
        .unwrap_or(top)
}

fn size_of(layer: Layer, top: Layer, sizes: &LayerSizes, highest: Size) -> Size {
    let known = |layer: &Layer| sizes[layer.index()].filter(|size| !size.is_empty());
    let nearest = Layer::all()
        .filter(|other| *other <= top && known(other).is_some())
        .min_by_key(|other| other.get().abs_diff(layer.get()));
    let (from, size) = match nearest.and_then(|near| Some((near, known(&near)?))) {
        Some(known) => known,
        None => (top, highest),
    };
    let scale = |side: u16| {
        let side = u32::from(side);
        let scaled = match layer.get().checked_sub(from.get()) {
            Some(up) => side << up,
            None => side >> (from.get() - layer.get()),
        };
        u16::try_from(scaled).unwrap_or(u16::MAX)
    };
    Size::new(scale(size.width), scale(size.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HD: Size = Size::new(1280, 720);
    const UNKNOWN: LayerSizes = [None; MAX_LAYERS];

    fn fit(width: u16, height: u16) -> u8 {
        fitting_layer(Size::new(width, height), &UNKNOWN, 3, HD).get()
    }

    #[test]
    fn the_layer_grows_with_the_tile() {
        assert_eq!(fit(160, 90), 0);
        assert_eq!(fit(416, 234), 0, "a third larger is still fine");
        assert_eq!(fit(480, 270), 1);
        assert_eq!(fit(800, 450), 1);
        assert_eq!(fit(960, 540), 2);
        assert_eq!(fit(3840, 2160), 2);
        assert_eq!(fit(0, 0), 0);
    }

    #[test]
    fn the_tighter_side_decides() {
        // A landscape picture in a tall tile of a phone.
        assert_eq!(fit(400, 900), 0);
    }

    #[test]
    fn a_known_size_stands_for_the_others() {
        let vga = [None, Some(Size::new(320, 180)), None];
        assert_eq!(fitting_layer(Size::new(640, 360), &vga, 3, HD), Layer::HIGHEST);
        assert_eq!(fitting_layer(Size::new(320, 180), &vga, 3, HD).get(), 1);
        assert_eq!(fitting_layer(Size::new(160, 90), &vga, 3, HD).get(), 0);
    }

    #[test]
    fn a_single_layer_is_always_the_one() {
        assert_eq!(fitting_layer(Size::new(1920, 1080), &UNKNOWN, 1, HD), Layer::LOWEST);
        assert_eq!(fitting_layer(Size::new(1920, 1080), &UNKNOWN, 0, HD), Layer::LOWEST);
    }
}
