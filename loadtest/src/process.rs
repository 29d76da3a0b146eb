//! What a process on this machine has used, from Linux's `/proc`.

use std::{collections::BTreeMap, fs, io, path::Path, time::Duration};

/// Everything at one moment.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    threads: BTreeMap<u32, Thread>,
    /// Resident memory in bytes, with what is shared and what is read from files.
    pub resident: u64,
    /// See [`anonymous_bytes`].
    pub anonymous: u64,
}

/// What a thread has used since it began.
#[derive(Debug, Clone, Copy, Default)]
struct Thread {
    cpu: Duration,
    voluntary: u64,
    involuntary: u64,
}

/// What was used between two moments.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    pub cpu: Duration,
    /// Context switches.
    pub voluntary: u64,
    pub involuntary: u64,
}

impl Usage {
    pub fn read(pid: u32) -> io::Result<Self> {
        let mut threads = BTreeMap::new();
        for task in fs::read_dir(format!("/proc/{pid}/task"))? {
            let task = task?;
            let id = task.file_name().to_string_lossy().parse().unwrap_or_default();
            // A thread may end between its name and its numbers.
            if let Ok(thread) = Thread::read(&task.path()) {
                threads.insert(id, thread);
            }
        }
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let resident = kib(&status, "VmRSS:")?;
        let anonymous = anonymous(&status)?;
        Ok(Self { threads, resident, anonymous })
    }

    /// Since an earlier moment. What threads used that have ended meanwhile is not known, so the
    /// moments should be near to each other.
    pub fn since(&self, before: &Self) -> Spent {
        let mut spent = Spent::default();
        for (id, now) in &self.threads {
            let then = before.threads.get(id).copied().unwrap_or_default();
            spent.cpu += now.cpu.saturating_sub(then.cpu);
            spent.voluntary += now.voluntary.saturating_sub(then.voluntary);
            spent.involuntary += now.involuntary.saturating_sub(then.involuntary);
        }
        spent
    }
}

impl Spent {
    pub fn add(&mut self, other: Self) {
        self.cpu += other.cpu;
        self.voluntary += other.voluntary;
        self.involuntary += other.involuntary;
    }
}

impl Thread {
    /// CPU time is read from `schedstat` (nanoseconds): the ticks of `stat` are too coarse for runs
    /// of seconds.
    fn read(task: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(task.join("schedstat"))?;
        let nanos = text.split_whitespace().next().and_then(|n| n.parse::<u64>().ok());
        let status = fs::read_to_string(task.join("status"))?;
        Ok(Self {
            cpu: Duration::from_nanos(nanos.unwrap_or(0)),
            voluntary: number(&status, "voluntary_ctxt_switches:").unwrap_or(0),
            involuntary: number(&status, "nonvoluntary_ctxt_switches:").unwrap_or(0),
        })
    }
}

/// CPU time of the calling thread.
pub fn thread_cpu_time() -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = text.split_whitespace().next().and_then(|n| n.parse::<u64>().ok());
    nanos.map(Duration::from_nanos).ok_or_else(|| io::Error::other("no schedstat"))
}

/// Memory that a process has allocated and used, in bytes. Not with the pages of its program and
/// files, which the system takes away and brings back as it likes.
pub fn anonymous_bytes(pid: u32) -> io::Result<u64> {
    anonymous(&fs::read_to_string(format!("/proc/{pid}/status"))?)
}

fn anonymous(status: &str) -> io::Result<u64> {
    // What was swapped out is still the process's.
    Ok(kib(status, "RssAnon:")? + kib(status, "VmSwap:").unwrap_or(0))
}

/// A number of kibibytes, in bytes.
fn kib(status: &str, key: &str) -> io::Result<u64> {
    let found = number(status, key).map(|kib| kib * 1024);
    found.ok_or_else(|| io::Error::other(format!("no {key} in the process's status")))
}

/// Proportional set size in bytes. The kernel walks all pages for it: milliseconds, so not while
/// latency is measured.
pub fn proportional_bytes(pid: u32) -> io::Result<u64> {
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
        let before = Usage::read(std::process::id()).unwrap();
        assert!(before.resident >= before.anonymous && before.anonymous > 0);
        let since_the_start = before.since(&Usage::default());
        assert!(since_the_start.voluntary + since_the_start.involuntary > 0);
        thread_cpu_time().unwrap();
    }

    #[test]
    fn threads_that_end_take_nothing_away() {
        let thread = |millis| Thread { cpu: Duration::from_millis(millis), ..Thread::default() };
        let usage = |threads: &[(u32, u64)]| Usage {
            threads: threads.iter().map(|(id, millis)| (*id, thread(*millis))).collect(),
            ..Usage::default()
        };
        let spent = usage(&[(1, 15), (3, 2)]).since(&usage(&[(1, 10), (2, 500)]));
        assert_eq!(spent.cpu, Duration::from_millis(7));
    }
}
