//! Every target holds for its corpus and for whatever once broke it, and for simple damage of both.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use szpon_fuzz::TARGETS;

/// Targets that begin with a meeting or a key: whole inputs only.
const SLOW: [&str; 4] = ["offer", "strangers", "member", "token"];

/// Where an input is damaged, evenly spread: all of a short one.
const PLACES: usize = 64;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Files below `folder`/`target`, in order; none if there is no such folder.
fn inputs(kind: &str, target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder(kind).join(target)) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

#[test]
fn every_target_holds_for_its_corpus() {
    for (name, target) in TARGETS {
        let inputs = [inputs("corpus", name), inputs("found", name)].concat();
        assert!(!inputs.is_empty(), "{name} has no corpus");
        target(&[]);
        let began = Instant::now();
        for (path, bytes) in inputs {
            println!("{}", path.display());
            target(&bytes);
            if SLOW.contains(&name) {
                continue;
            }
            for end in (0..bytes.len()).step_by(bytes.len().div_ceil(PLACES).max(1)) {
                target(&bytes[..end]);
                for with in [0x00, 0xff, bytes[end] ^ 0x80, bytes[end].wrapping_add(1)] {
                    let mut damaged = bytes.clone();
                    damaged[end] = with;
                    target(&damaged);
                }
            }
        }
        println!("{name}: {:?}", began.elapsed());
    }
}

#[test]
fn every_folder_belongs_to_a_target() {
    let known: BTreeSet<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(known.len(), TARGETS.len());
    for kind in ["corpus", "found"] {
        let Ok(entries) = fs::read_dir(folder(kind)) else { continue };
        for entry in entries {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(known.contains(name.as_str()), "{kind}/{name}");
        }
    }
}
