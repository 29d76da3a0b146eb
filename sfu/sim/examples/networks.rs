//! What a call is like over each bad network, as one table: the mean of some seeds and the worst of
//! them; the longest freeze and the time to recover are the worst.
//!
//! `cargo run --release -p szpon-sfu-sim --example networks [PART OF A CONDITION'S NAME] [SEEDS]`

use std::time::Duration;

use szpon_sfu_sim::{Condition, Felt};

/// Unless another number is asked for.
const SEEDS: u64 = 5;

fn main() {
    println!(
        "{:<46} {:>11} {:>9} {:>9} {:>11} {:>12} {:>11} {:>5}  layers",
        "condition",
        "frozen s",
        "longest s",
        "recover s",
        "frames/s",
        "invented %",
        "changes/m",
        "use %"
    );
    let only = std::env::args().nth(1).unwrap_or_default();
    let seeds = std::env::args().nth(2).and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    for condition in Condition::ALL.iter().filter(|condition| condition.name.contains(&only)) {
        let runs: Vec<(Option<Duration>, Felt)> = (1..=seeds)
            .map(|seed| {
                let (_, recovered, felt) = condition.run(seed);
                (recovered, felt)
            })
            .collect();
        print(condition.name, &runs);
    }
}

fn print(name: &str, runs: &[(Option<Duration>, Felt)]) {
    let both = |of: &dyn Fn(&Felt) -> f64, worse: fn(f64, f64) -> f64| {
        let all = || runs.iter().map(|(_, felt)| of(felt));
        let worst = all().reduce(worse).unwrap_or_default();
        format!("{:.2} {worst:.2}", all().sum::<f64>() / runs.len() as f64)
    };
    let longest = runs.iter().map(|(_, felt)| felt.freezes.longest).max().unwrap_or_default();
    let recovered = runs.iter().map(|(recovered, _)| *recovered).collect::<Option<Vec<_>>>();
    let recovered = recovered.and_then(|all| all.into_iter().max());
    let recovered = recovered.map_or("never".into(), |time| format!("{:.1}", time.as_secs_f64()));
    let layers: Vec<&str> = runs
        .iter()
        .map(|(_, felt)| felt.layer.map_or("-", |layer| ["q", "h", "f"][usize::from(layer)]))
        .collect();
    let used = match runs.iter().map(|(_, felt)| felt.used).collect::<Option<Vec<f64>>>() {
        Some(used) => format!("{:.0}", used.iter().sum::<f64>() / used.len() as f64 * 100.0),
        None => "-".into(),
    };
    println!(
        "{name:<46} {:>11} {:>9.2} {recovered:>9} {:>11} {:>12} {:>11} {used:>5}  {}",
        both(&|felt| felt.freezes.total.as_secs_f64(), f64::max),
        longest.as_secs_f64(),
        both(&|felt| felt.frames_per_second, f64::min),
        both(&|felt| felt.invented * 100.0, f64::max),
        both(&|felt| felt.changes_per_minute, f64::max),
        layers.concat(),
    );
}
