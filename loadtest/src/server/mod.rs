//! Servers that the tester starts for itself, in a folder that goes away with them.

mod janus;
mod szpon;

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    pin,
    scenario::Enter,
    signalling::SignallingError,
    target::{Janus, JanusError, Szpon, Target, Whip},
};

/// How long the start may take.
const START: Duration = Duration::from_secs(30);
/// How long a clean end may take.
const END: Duration = Duration::from_secs(5);

/// glibc gives blocks from this size on back to the system at once. Otherwise what the start needed
/// (password hashes take 19 MiB each) stays with the process, to be used up by participants whose
/// memory would then seem to be nothing.
const LARGE_BLOCK: &str = "4194304";

#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("the server can't be started: {0}")]
    Start(#[from] io::Error),
    #[error("the server did not get ready:\n{log}")]
    NotReady { log: String },
    #[error("sign-in: {0}")]
    SignIn(#[from] SignallingError),
    #[error(transparent)]
    Janus(#[from] JanusError),
}

/// A server's program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// Our own, with an empty demo office.
    Szpon(PathBuf),
    /// Janus with its videoroom on the HTTP API.
    Janus(PathBuf),
}

/// A process with its folder. Ends when this is dropped.
pub struct Server {
    child: Child,
    dir: PathBuf,
}

impl Program {
    /// Starts it on free ports and waits until it is ready. With `cores`, all its threads stay on
    /// them.
    pub async fn start(
        &self,
        enter: Enter,
        cores: Option<&[usize]>,
    ) -> Result<(Server, Target), ServerError> {
        match self {
            Self::Szpon(binary) => {
                let (server, url, password) = szpon::start(binary, enter, cores).await?;
                let target = match enter {
                    Enter::Signalling => {
                        Target::Szpon(Szpon::sign_in(&url, szpon::OFFICIAL, &password).await?)
                    }
                    Enter::Whip => Target::Whip(Whip::new(
                        "SZPoN (WHIP)".into(),
                        &format!("{url}/whip/{{room}}"),
                        &format!("{url}/whep/{{room}}"),
                        None,
                    )),
                };
                Ok((server, target))
            }
            Self::Janus(binary) => {
                let (server, base, media) = janus::start(binary, cores).await?;
                Ok((server, Target::Janus(Janus::new(&base, Some(media)))))
            }
        }
    }
}

impl Server {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Runs `command` in `dir`.
    fn spawn(mut command: Command, dir: PathBuf, cores: Option<&[usize]>) -> io::Result<Self> {
        let log = fs::File::create(dir.join("log"))?;
        command.env("MALLOC_MMAP_THRESHOLD_", LARGE_BLOCK);
        command.current_dir(&dir).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let cores = cores.map(<[usize]>::to_vec);
        // A child has its parent thread's cores, so a thread of its own starts it.
        let spawned = thread::spawn(move || {
            if let Some(cores) = cores {
                pin::this_thread(&cores)?;
            }
            command.spawn()
        });
        let child = spawned.join().unwrap_or_else(|_| Err(io::Error::other("thread")))?;
        Ok(Self { child, dir })
    }

    /// Waits until this address answers with success.
    async fn wait(&mut self, ready: &str) -> Result<(), ServerError> {
        let begun = Instant::now();
        while begun.elapsed() < START && self.child.try_wait()?.is_none() {
            let answer = reqwest::get(ready).await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = fs::read_to_string(self.dir.join("log")).unwrap_or_default();
        Err(ServerError::NotReady { log })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended by itself; then there is nobody to tell.
            let _ = kill_process(pid, Signal::TERM);
        }
        let begun = Instant::now();
        while begun.elapsed() < END && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// A folder of its own.
fn folder() -> io::Result<PathBuf> {
    let dir = std::env::temp_dir().join(format!("szpon-loadtest-{:016x}", fastrand::u64(..)));
    fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// By its path, or its name where it is looked up.
fn program(binary: &Path) -> io::Result<PathBuf> {
    let is_name = binary.components().count() == 1 && !binary.exists();
    if is_name { Ok(binary.to_owned()) } else { fs::canonicalize(binary) }
}

fn free_tcp() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

fn free_udp() -> io::Result<SocketAddr> {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
