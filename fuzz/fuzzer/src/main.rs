//! libFuzzer over one target, which `SZPON_FUZZ_TARGET` names. See scripts/fuzz.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("SZPON_FUZZ_TARGET").unwrap_or_default();
    szpon_fuzz::target(&name).unwrap_or_else(|| {
        let known: Vec<&str> = szpon_fuzz::TARGETS.iter().map(|(name, _)| *name).collect();
        eprintln!("SZPON_FUZZ_TARGET must be one of {}", known.join(" "));
        std::process::exit(2);
    })
});

fuzz_target!(|data: &[u8]| (*TARGET)(data));
