//! Keeping threads and processes on cores.

use std::{fs, io, str::FromStr};

use rustix::{
    process::Pid,
    thread::{CpuSet, sched_setaffinity},
};

/// Processor cores by number: `1`, `0,2`, `2-5`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cores(pub Vec<usize>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no list of cores such as 1 or 0,2 or 2-5")]
pub struct CoresError(String);

impl FromStr for Cores {
    type Err = CoresError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || CoresError(text.to_owned());
        let number = |word: &str| {
            word.trim()
                .parse::<usize>()
                .ok()
                .filter(|core| *core < CpuSet::MAX_CPU)
                .ok_or_else(error)
        };
        let mut cores = Vec::new();
        for part in text.split(',') {
            match part.split_once('-') {
                Some((first, last)) => cores.extend(number(first)?..=number(last)?),
                None => cores.push(number(part)?),
            }
        }
        if cores.is_empty() { Err(error()) } else { Ok(Self(cores)) }
    }
}

fn set(cores: &[usize]) -> CpuSet {
    let mut set = CpuSet::new();
    cores.iter().for_each(|core| set.set(*core));
    set
}

/// Keeps the calling thread, and those that it starts, on these cores.
pub fn this_thread(cores: &[usize]) -> io::Result<()> {
    Ok(sched_setaffinity(None, &set(cores))?)
}

/// Keeps all threads that a process has now on these cores.
pub fn process(pid: u32, cores: &[usize]) -> io::Result<()> {
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let id = task?.file_name().to_string_lossy().parse::<i32>().ok().and_then(Pid::from_raw);
        sched_setaffinity(id, &set(cores))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lists_and_ranges() {
        assert_eq!("1".parse(), Ok(Cores(vec![1])));
        assert_eq!("0,2-4".parse(), Ok(Cores(vec![0, 2, 3, 4])));
        for bad in ["", "a", "1-", "4-2", "-1", "99999999"] {
            assert!(bad.parse::<Cores>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_list_comes_back(cores in prop::collection::vec(0usize..CpuSet::MAX_CPU, 1..8)) {
            let text = cores.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
            prop_assert_eq!(text.parse(), Ok(Cores(cores)));
        }

        #[test]
        fn arbitrary_text_never_panics(text in "[0-9, -]{0,20}") {
            let _ = text.parse::<Cores>();
        }
    }
}
