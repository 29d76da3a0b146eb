//! What the machine has left, as Linux tells it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Free;

/// Where control groups (version 2) are.
const GROUPS: &str = "/sys/fs/cgroup";
const OPEN_FILES: &str = "/proc/self/fd";

pub(super) fn free() -> Free {
    Free { memory: free_memory(), files: free_files() }
}

/// The least of what the machine has and what each control group around the process allows.
fn free_memory() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text));
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let allowed = group_paths(&groups).filter_map(|group| {
        let read = |name: &str| fs::read_to_string(group.join(name)).ok();
        left_in_group(&read("memory.max")?, &read("memory.current")?, &read("memory.stat")?)
    });
    allowed.chain(machine).min()
}

/// `MemAvailable` of /proc/meminfo, in bytes (proc_meminfo(5)): what programs can have before the
/// machine swaps.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(kibibytes << 10)
}

/// The folders of the process's control group and all groups around it, from /proc/self/cgroup
/// (cgroups(7)).
fn group_paths(groups: &str) -> impl Iterator<Item = PathBuf> {
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let inner: Vec<PathBuf> =
        Path::new(own).ancestors().map(|group| Path::new(GROUPS).join(group)).collect();
    inner.into_iter()
}

/// What is left of a group's memory. Its cache of files counts as used, though it is given up as
/// soon as it is needed. None without a limit.
fn left_in_group(max: &str, current: &str, stat: &str) -> Option<u64> {
    let max: u64 = max.trim().parse().ok()?;
    let current: u64 = current.trim().parse().ok()?;
    let cache = stat.lines().find_map(|line| line.strip_prefix("inactive_file "));
    let cache = cache.and_then(|bytes| bytes.trim().parse().ok()).unwrap_or(0);
    Some(max.saturating_sub(current.saturating_sub(cache)))
}

/// Raises the process's own limit of file handles to what the system allows it. Low limits are for
/// programs that use `select`, which none of this does.
pub fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of file handles can't be raised");
    }
}

fn free_files() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile).current?;
    Some(limit.saturating_sub(open_files()?))
}

/// Since Linux 6.2 the size of the folder is the number of open files; before, it is zero.
fn open_files() -> Option<u64> {
    match fs::metadata(OPEN_FILES).ok()?.len() {
        0 => fs::read_dir(OPEN_FILES).ok().map(|files| files.count() as u64),
        open => Some(open),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_machine_tells() {
        let free = free();
        assert!(free.memory.is_some_and(|bytes| bytes > 1 << 20));
        let before = free.files.unwrap();
        let more: Vec<_> = (0..100).map(|_| fs::File::open("/dev/null").unwrap()).collect();
        let after = free_files().unwrap();
        // Other tests of this program open and close files meanwhile.
        assert!(before.saturating_sub(after) > 50, "{before} {after}");
        drop(more);
    }

    #[test]
    fn meminfo_is_read() {
        let text =
            "MemTotal:       16303412 kB\nMemFree:          123456 kB\nMemAvailable:    8000 kB\n";
        assert_eq!(available(text), Some(8_000 << 10));
        assert_eq!(available("MemTotal: 1 kB\n"), None);
    }

    #[test]
    fn groups_are_read_up_to_the_root() {
        let paths: Vec<_> = group_paths("0::/system.slice/szpon.service\n").collect();
        let expected = ["system.slice/szpon.service", "system.slice", ""];
        assert_eq!(paths, expected.map(|path| Path::new(GROUPS).join(path)));
        assert_eq!(group_paths("").count(), 1);
    }

    #[test]
    fn a_group_may_have_a_limit() {
        let stat = "anon 1\ninactive_file 300\nactive_file 5\n";
        assert_eq!(left_in_group("1000\n", "900\n", stat), Some(400));
        assert_eq!(left_in_group("1000\n", "900\n", ""), Some(100));
        assert_eq!(left_in_group("1000\n", "1200\n", ""), Some(0));
        assert_eq!(left_in_group("max\n", "900\n", stat), None);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(a in "\\PC{0,40}", b in "(MemAvailable:|inactive_file )\\PC{0,30}") {
            available(&b);
            group_paths(&a).count();
            left_in_group(&a, &b, &b);
        }
    }
}
