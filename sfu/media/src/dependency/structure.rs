//! The structure that a keyframe brings (A.8.2, `template_dependency_structure`).

use arrayvec::ArrayVec;

use super::{
    MAX_DIFFS, MAX_SPATIAL, MAX_TARGETS, MAX_TEMPLATES, MAX_TEMPORAL, ParseError,
    bits::{BitReader, BitWriter},
};

/// What a frame is to a decode target (table A.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Indication {
    /// Not part of it.
    NotPresent,
    /// Part of it, and nothing in it needs the frame.
    Discardable,
    /// Whoever can decode the frame can decode all of the target that follows.
    Switch,
    /// Part of it, and neither of the others.
    Required,
}

impl Indication {
    pub(super) fn read(bits: &mut BitReader<'_>) -> Result<Self, ParseError> {
        Ok(match bits.bits(2)? {
            0 => Self::NotPresent,
            1 => Self::Discardable,
            2 => Self::Switch,
            _ => Self::Required,
        })
    }

    pub(super) fn write(self, bits: &mut BitWriter<'_>) {
        bits.bits(2, self as u32);
    }
}

/// A kind of frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub spatial: u8,
    pub temporal: u8,
    /// What it is to each decode target.
    pub indications: ArrayVec<Indication, MAX_TARGETS>,
    /// The frames it refers to: how many numbers before its own, 1 to 16.
    pub diffs: ArrayVec<u8, MAX_DIFFS>,
    /// The frame before it in each chain, likewise; 0 for none, at most 15.
    pub chain_diffs: ArrayVec<u8, MAX_TARGETS>,
}

/// Largest picture of a spatial layer, in pixels: 1 to 65,536.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolution {
    pub width: u32,
    pub height: u32,
}

/// Parts that do not fit together, or can't be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parts of the dependency structure do not fit together")]
pub struct InvalidStructure;

/// Templates of frames, and the decode targets that they are made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    /// Id of the first template.
    id_offset: u8,
    templates: Vec<Template>,
    /// Spatial and temporal layer of each decode target.
    targets: ArrayVec<(u8, u8), MAX_TARGETS>,
    chains: u8,
    /// Which chain protects each decode target; empty without chains.
    protected_by: ArrayVec<u8, MAX_TARGETS>,
    /// Of each spatial layer, lowest first; empty if it isn't said.
    resolutions: ArrayVec<Resolution, MAX_SPATIAL>,
}

impl Structure {
    /// `templates` in the order of their ids, which count on from `id_offset`: the lowest spatial
    /// layer first, in it the lowest temporal layer. Each has an indication for each target, and a
    /// distance for each of the `chains`; `protected_by` names a chain for each target.
    pub fn new(
        id_offset: u8,
        templates: Vec<Template>,
        chains: u8,
        protected_by: ArrayVec<u8, MAX_TARGETS>,
        resolutions: ArrayVec<Resolution, MAX_SPATIAL>,
    ) -> Result<Self, InvalidStructure> {
        let first = templates.first().ok_or(InvalidStructure)?;
        let targets = first.indications.len();
        let fits = |template: &Template| {
            template.indications.len() == targets
                && template.chain_diffs.len() == usize::from(chains)
                && template.chain_diffs.iter().all(|diff| *diff < 16)
                && template.diffs.iter().all(|diff| (1..=16).contains(diff))
        };
        let follows = |pair: &[Template]| step(&pair[0], &pair[1]).is_some();
        let layers = usize::from(templates.last().map_or(0, |last| last.spatial)) + 1;
        let side = |side: u32| (1..=1 << 16).contains(&side);
        let valid = id_offset < 64
            && targets > 0
            && templates.len() <= MAX_TEMPLATES
            && (first.spatial, first.temporal) == (0, 0)
            && templates.iter().all(fits)
            && templates.windows(2).all(follows)
            && layers <= MAX_SPATIAL
            && templates.iter().all(|template| usize::from(template.temporal) < MAX_TEMPORAL)
            && protected_by.len() == if chains > 0 { targets } else { 0 }
            && usize::from(chains) <= targets
            && protected_by.iter().all(|chain| *chain < chains)
            && (resolutions.is_empty() || resolutions.len() == layers)
            && resolutions.iter().all(|size| side(size.width) && side(size.height));
        if !valid {
            return Err(InvalidStructure);
        }
        let targets = target_layers(&templates, targets);
        Ok(Self { id_offset, templates, targets, chains, protected_by, resolutions })
    }

    pub(super) fn read(bits: &mut BitReader<'_>) -> Result<Self, ParseError> {
        let id_offset = bits.bits(6)? as u8;
        let count = bits.bits(5)? as usize + 1;
        let mut templates = read_layers(bits)?;
        for template in &mut templates {
            for _ in 0..count {
                template.indications.push(Indication::read(bits)?);
            }
        }
        for template in &mut templates {
            while bits.flag()? {
                let diff = bits.bits(4)? as u8 + 1;
                template.diffs.try_push(diff).map_err(|_| ParseError::TooLarge)?;
            }
        }
        let chains = bits.below(count as u32 + 1)?;
        let mut protected_by = ArrayVec::new();
        if chains > 0 {
            for _ in 0..count {
                protected_by.push(bits.below(chains)? as u8);
            }
            for template in &mut templates {
                for _ in 0..chains {
                    template.chain_diffs.push(bits.bits(4)? as u8);
                }
            }
        }
        let mut resolutions = ArrayVec::new();
        if bits.flag()? {
            let layers = templates.last().map_or(0, |last| last.spatial);
            for _ in 0..=layers {
                let (width, height) = (bits.bits(16)? + 1, bits.bits(16)? + 1);
                resolutions.push(Resolution { width, height });
            }
        }
        let targets = target_layers(&templates, count);
        let chains = chains as u8;
        Ok(Self { id_offset, templates, targets, chains, protected_by, resolutions })
    }

    pub(super) fn write(&self, bits: &mut BitWriter<'_>) {
        bits.bits(6, self.id_offset.into());
        bits.bits(5, self.targets.len() as u32 - 1);
        for pair in self.templates.windows(2) {
            // A constructor has seen to it that there is one.
            bits.bits(2, step(&pair[0], &pair[1]).unwrap_or(0));
        }
        bits.bits(2, NO_MORE);
        for indication in self.templates.iter().flat_map(|template| &template.indications) {
            indication.write(bits);
        }
        for template in &self.templates {
            for diff in &template.diffs {
                bits.flag(true);
                bits.bits(4, u32::from(*diff) - 1);
            }
            bits.flag(false);
        }
        bits.below(self.targets.len() as u32 + 1, self.chains.into());
        for chain in &self.protected_by {
            bits.below(self.chains.into(), (*chain).into());
        }
        for diff in self.templates.iter().flat_map(|template| &template.chain_diffs) {
            bits.bits(4, (*diff).into());
        }
        bits.flag(!self.resolutions.is_empty());
        for size in &self.resolutions {
            bits.bits(16, size.width - 1);
            bits.bits(16, size.height - 1);
        }
    }

    pub fn template(&self, id: u8) -> Option<&Template> {
        self.templates.get(usize::from(id.wrapping_sub(self.id_offset) & 0x3f))
    }

    /// Spatial and temporal layer of each decode target.
    pub fn targets(&self) -> &[(u8, u8)] {
        &self.targets
    }

    pub fn chains(&self) -> usize {
        self.chains.into()
    }

    pub fn spatial_layers(&self) -> usize {
        self.templates.last().map_or(1, |last| usize::from(last.spatial) + 1)
    }

    /// Of each spatial layer, lowest first; empty if it isn't said.
    pub fn resolutions(&self) -> &[Resolution] {
        &self.resolutions
    }

    /// All decode targets, as in `active_decode_targets_bitmask`.
    pub fn all_targets(&self) -> u32 {
        u32::MAX >> (32 - self.targets.len())
    }

    /// The decode targets that need no layer above these.
    pub fn targets_up_to(&self, spatial: u8, temporal: u8) -> u32 {
        let within = |(s, t): &(u8, u8)| *s <= spatial && *t <= temporal;
        let bits = self.targets.iter().enumerate().filter(|(_, layers)| within(layers));
        bits.fold(0, |mask, (index, _)| mask | 1 << index)
    }

    /// The decode target of this spatial layer at its full frame rate.
    pub fn best_target(&self, spatial: u8) -> Option<usize> {
        let all = self.targets.iter().enumerate().filter(|(_, (s, _))| *s == spatial);
        all.max_by_key(|(_, (_, temporal))| *temporal).map(|(index, _)| index)
    }
}

const SAME_LAYER: u32 = 0;
const NEXT_TEMPORAL: u32 = 1;
const NEXT_SPATIAL: u32 = 2;
const NO_MORE: u32 = 3;

/// `next_layer_idc` between two templates (table A.2).
fn step(before: &Template, after: &Template) -> Option<u32> {
    let (spatial, temporal) = (before.spatial, before.temporal);
    match (after.spatial, after.temporal) {
        layers if layers == (spatial, temporal) => Some(SAME_LAYER),
        layers if layers == (spatial, temporal + 1) => Some(NEXT_TEMPORAL),
        layers if layers == (spatial + 1, 0) => Some(NEXT_SPATIAL),
        _ => None,
    }
}

/// `template_layers`: templates with their layers and nothing else.
fn read_layers(bits: &mut BitReader<'_>) -> Result<Vec<Template>, ParseError> {
    let (mut spatial, mut temporal) = (0, 0);
    let mut templates = Vec::new();
    loop {
        if templates.len() == MAX_TEMPLATES {
            return Err(ParseError::TooLarge);
        }
        templates.push(Template {
            spatial,
            temporal,
            indications: ArrayVec::new(),
            diffs: ArrayVec::new(),
            chain_diffs: ArrayVec::new(),
        });
        match bits.bits(2)? {
            SAME_LAYER => {}
            NEXT_TEMPORAL => temporal += 1,
            NEXT_SPATIAL => (spatial, temporal) = (spatial + 1, 0),
            _ => return Ok(templates),
        }
        if usize::from(spatial) >= MAX_SPATIAL || usize::from(temporal) >= MAX_TEMPORAL {
            return Err(ParseError::TooLarge);
        }
    }
}

/// `decode_target_layers`: a target is as high as the highest frame in it.
fn target_layers(templates: &[Template], count: usize) -> ArrayVec<(u8, u8), MAX_TARGETS> {
    (0..count)
        .map(|target| {
            let present = |template: &&Template| {
                template.indications.get(target).is_some_and(|dti| *dti != Indication::NotPresent)
            };
            templates.iter().filter(present).fold((0, 0), |(spatial, temporal), template| {
                (template.spatial.max(spatial), template.temporal.max(temporal))
            })
        })
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Spatial and temporal layer, distances to frames and in chains, indications.
    type Row = (u8, u8, &'static [u8], [u8; 3], &'static str);

    /// The example of A.10.2.2: three spatial and three temporal layers.
    pub(in super::super) fn l3t3() -> Structure {
        #[rustfmt::skip]
        let rows: [Row; 15] = [
            (0, 0, &[],      [0, 0, 0],    "SSSSSSSSS"),
            (0, 0, &[12],    [12, 11, 10], "RRRRRRSSS"),
            (0, 1, &[6],     [6, 5, 4],    "RR-RR-SD-"),
            (0, 2, &[3],     [3, 2, 1],    "R--R--D--"),
            (0, 2, &[3],     [9, 8, 7],    "R--R--D--"),
            (1, 0, &[1],     [1, 1, 1],    "SSSSSS---"),
            (1, 0, &[12, 1], [1, 1, 1],    "RRRSSS---"),
            (1, 1, &[6, 1],  [7, 6, 5],    "RR-SD----"),
            (1, 2, &[3, 1],  [4, 3, 2],    "R--D-----"),
            (1, 2, &[3, 1],  [10, 9, 8],   "R--D-----"),
            (2, 0, &[1],     [2, 1, 1],    "SSS------"),
            (2, 0, &[12, 1], [2, 1, 1],    "SSS------"),
            (2, 1, &[6, 1],  [8, 7, 6],    "SD-------"),
            (2, 2, &[3, 1],  [5, 4, 3],    "D--------"),
            (2, 2, &[3, 1],  [11, 10, 9],  "D--------"),
        ];
        let templates = rows.iter().map(|(spatial, temporal, diffs, chains, symbols)| Template {
            spatial: *spatial,
            temporal: *temporal,
            indications: symbols.chars().map(indication).collect(),
            diffs: diffs.iter().copied().collect(),
            chain_diffs: chains.iter().copied().collect(),
        });
        let sizes = [(320, 180), (640, 360), (1_280, 720)];
        Structure::new(
            1,
            templates.collect(),
            3,
            [2, 2, 2, 1, 1, 1, 0, 0, 0].into_iter().collect(),
            sizes.map(|(width, height)| Resolution { width, height }).into_iter().collect(),
        )
        .unwrap()
    }

    fn indication(symbol: char) -> Indication {
        match symbol {
            'D' => Indication::Discardable,
            'S' => Indication::Switch,
            'R' => Indication::Required,
            _ => Indication::NotPresent,
        }
    }

    #[test]
    fn targets_have_the_layers_of_their_frames() {
        let structure = l3t3();
        let layers = [(2, 2), (2, 1), (2, 0), (1, 2), (1, 1), (1, 0), (0, 2), (0, 1), (0, 0)];
        assert_eq!(structure.targets(), layers);
        assert_eq!(structure.all_targets(), 0x1ff);
        assert_eq!(structure.targets_up_to(0, 7), 0b1_1100_0000);
        assert_eq!(structure.targets_up_to(1, 0), 0b1_0010_0000);
        assert_eq!(structure.best_target(1), Some(3));
        assert_eq!(structure.best_target(3), None);
        assert_eq!(structure.spatial_layers(), 3);
    }

    #[test]
    fn templates_go_by_their_ids() {
        let structure = l3t3();
        assert_eq!(structure.template(1).unwrap().diffs.len(), 0);
        assert_eq!(structure.template(15).unwrap().spatial, 2);
        assert_eq!(structure.template(16), None);
        assert_eq!(structure.template(0), None);
    }

    #[test]
    fn parts_must_fit() {
        let good = l3t3();
        let remake = |change: &dyn Fn(&mut Structure)| {
            let mut parts = good.clone();
            change(&mut parts);
            let Structure { id_offset, templates, chains, protected_by, resolutions, .. } = parts;
            Structure::new(id_offset, templates, chains, protected_by, resolutions)
        };
        assert_eq!(remake(&|_| {}), Ok(good.clone()));
        assert!(remake(&|s| s.templates.clear()).is_err());
        assert!(remake(&|s| s.templates.swap(0, 14)).is_err());
        assert!(remake(&|s| s.protected_by[0] = 3).is_err());
        assert!(remake(&|s| s.templates[1].diffs[0] = 17).is_err());
        assert!(
            remake(&|s| {
                s.resolutions.pop();
            })
            .is_err()
        );
        assert!(
            remake(&|s| {
                s.templates[3].indications.pop();
            })
            .is_err()
        );
    }

    prop_compose! {
        /// Any structure that can be written.
        pub(in super::super) fn structure()(
            targets in 1..=MAX_TARGETS,
            steps in prop::collection::vec(0..3_u8, 0..30),
        )(
            templates in {
                let (mut spatial, mut temporal) = (0_u8, 0_u8);
                let mut layers = vec![(0, 0)];
                for step in steps {
                    match step {
                        1 if usize::from(temporal) + 1 < MAX_TEMPORAL => temporal += 1,
                        2 if usize::from(spatial) + 1 < MAX_SPATIAL => {
                            (spatial, temporal) = (spatial + 1, 0);
                        }
                        _ => {}
                    }
                    layers.push((spatial, temporal));
                }
                layers.into_iter().map(|layers| template(layers, targets)).collect::<Vec<_>>()
            },
            targets in Just(targets),
            chains in 0..=targets,
            protected_by in prop::collection::vec(any::<u8>(), targets),
            id_offset in 0..64_u8,
            sizes in prop::option::of(
                prop::collection::vec((1..=65_536_u32, 1..=65_536_u32), MAX_SPATIAL)),
        ) -> Structure {
            let mut templates = templates;
            for template in &mut templates {
                template.chain_diffs.truncate(chains);
            }
            let layers = usize::from(templates.last().unwrap().spatial) + 1;
            let sizes = sizes.into_iter().flatten().take(layers);
            let protected = protected_by.into_iter().map(|any| any % (chains.max(1) as u8));
            Structure::new(
                id_offset,
                templates,
                chains as u8,
                protected.take(if chains > 0 { targets } else { 0 }).collect(),
                sizes.map(|(width, height)| Resolution { width, height }).collect(),
            )
            .unwrap()
        }
    }

    fn template((spatial, temporal): (u8, u8), targets: usize) -> impl Strategy<Value = Template> {
        (
            prop::collection::vec(any_indication(), targets),
            prop::collection::vec(1..=16_u8, 0..=MAX_DIFFS),
            prop::collection::vec(0..16_u8, MAX_TARGETS),
        )
            .prop_map(move |(indications, diffs, chain_diffs)| Template {
                spatial,
                temporal,
                indications: indications.into_iter().collect(),
                diffs: diffs.into_iter().collect(),
                chain_diffs: chain_diffs.into_iter().collect(),
            })
    }

    pub(in super::super) fn any_indication() -> impl Strategy<Value = Indication> {
        (0..4_usize).prop_map(|index| {
            [
                Indication::NotPresent,
                Indication::Discardable,
                Indication::Switch,
                Indication::Required,
            ][index]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(structure in structure()) {
            let mut out = Vec::new();
            structure.write(&mut BitWriter::new(&mut out));
            prop_assert_eq!(Structure::read(&mut BitReader::new(&out)).unwrap(), structure);
        }
    }
}
