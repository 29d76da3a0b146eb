//! System calls of a process, counted by `perf` where it is installed and allowed.

use std::process::{Child, Command, Stdio};

/// A count under way.
pub struct Syscalls(Child);

impl Syscalls {
    /// Counts for so many seconds; none where there is no `perf`.
    pub fn count(pid: u32, seconds: u32) -> Option<Self> {
        let child = Command::new("perf")
            .args(["stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-p"])
            .arg(pid.to_string())
            .args(["--", "sleep"])
            .arg(seconds.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        Some(Self(child))
    }

    /// What was counted; none if `perf` may not.
    pub fn finish(self) -> Option<u64> {
        let output = self.0.wait_with_output().ok()?;
        read(&String::from_utf8_lossy(&output.stderr))
    }
}

/// The number before the event's name in `perf stat -x ,`.
fn read(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.contains("raw_syscalls:sys_enter"))?;
    line.split(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_count_comes_first() {
        assert_eq!(read("1234,,raw_syscalls:sys_enter,1000,100.00,,\n"), Some(1234));
        assert_eq!(read("<not supported>,,raw_syscalls:sys_enter,0,100.00,,\n"), None);
        assert_eq!(read("event syntax error: 'raw_syscalls:sys_enter'\n"), None);
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(raw_syscalls:sys_enter|[ -~\n]){0,40}") {
            read(&text);
        }
    }
}
