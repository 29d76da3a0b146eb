//! What a process on this machine has used, from Linux's `/proc`.

use std::{fs, io, time::Duration};

/// Everything at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    pub cpu: Duration,
    /// Resident memory in bytes, with what is shared.
    pub resident: u64,
    /// Proportional share of resident memory, in bytes; none where it may not be read.
    pub proportional: Option<u64>,
    /// Context switches of all threads that live now.
    pub voluntary: u64,
    pub involuntary: u64,
}

impl Usage {
    pub fn read(pid: u32) -> io::Result<Self> {
        let (voluntary, involuntary) = switches(pid)?;
        Ok(Self {
            cpu: cpu_time(pid)?,
            resident: resident_bytes(pid)?,
            proportional: proportional_bytes(pid).ok(),
            voluntary,
            involuntary,
        })
    }
}

/// CPU time of all threads that live now. Read from `schedstat` (nanoseconds): the ticks of
/// `/proc/<pid>/stat` are too coarse for runs of seconds.
pub fn cpu_time(pid: u32) -> io::Result<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        nanos += text.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanos))
}

/// CPU time of the calling thread.
pub fn thread_cpu_time() -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = text.split_whitespace().next().and_then(|n| n.parse::<u64>().ok());
    nanos.map(Duration::from_nanos).ok_or_else(|| io::Error::other("no schedstat"))
}

fn switches(pid: u32) -> io::Result<(u64, u64)> {
    let (mut voluntary, mut involuntary) = (0, 0);
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let status = fs::read_to_string(task?.path().join("status"))?;
        voluntary += number(&status, "voluntary_ctxt_switches:").unwrap_or(0);
        involuntary += number(&status, "nonvoluntary_ctxt_switches:").unwrap_or(0);
    }
    Ok((voluntary, involuntary))
}

/// Resident memory in bytes (`VmRSS`).
pub fn resident_bytes(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    number(&status, "VmRSS:").map(|kib| kib * 1024).ok_or_else(|| io::Error::other("no VmRSS"))
}

/// Proportional set size in bytes.
fn proportional_bytes(pid: u32) -> io::Result<u64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    number(&rollup, "Pss:").map(|kib| kib * 1024).ok_or_else(|| io::Error::other("no Pss"))
}

/// The number behind a key at the beginning of a line.
fn number(text: &str, key: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(key))?;
    rest.trim().trim_end_matches(" kB").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_at_the_beginning_of_lines_only() {
        let text = "nonvoluntary_ctxt_switches:\t7\nvoluntary_ctxt_switches:\t3\nVmRSS:\t  12 kB\n";
        assert_eq!(number(text, "voluntary_ctxt_switches:"), Some(3));
        assert_eq!(number(text, "nonvoluntary_ctxt_switches:"), Some(7));
        assert_eq!(number(text, "VmRSS:"), Some(12));
        assert_eq!(number(text, "Pss:"), None);
    }

    #[test]
    fn this_process_can_be_read() {
        let usage = Usage::read(std::process::id()).unwrap();
        assert!(usage.resident > 0 && usage.voluntary + usage.involuntary > 0);
        assert!(thread_cpu_time().unwrap() > Duration::ZERO);
    }
}
