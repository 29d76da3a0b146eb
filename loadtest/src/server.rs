//! A server of ours that the tester starts for itself: an empty demo office in a folder that goes
//! away with it.

use std::{
    fs, io,
    net::{Ipv4Addr, TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::pin;

/// An official of the demo office.
pub const OFFICIAL: &str = "anna.nowak@przykladowo.example";
/// How long the start may take.
const START: Duration = Duration::from_secs(30);
/// How long a clean end may take.
const END: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("the server can't be started: {0}")]
    Start(#[from] io::Error),
    #[error("the server did not get ready:\n{log}")]
    NotReady { log: String },
}

pub struct Server {
    child: Child,
    dir: PathBuf,
    pub url: String,
    pub password: String,
}

impl Server {
    /// Starts `szpon serve --demo` on free ports of loopback and waits until it is ready. With
    /// `cores`, all its threads stay on them.
    pub async fn start(binary: &Path, cores: Option<&[usize]>) -> Result<Self, ServerError> {
        let dir = std::env::temp_dir().join(format!("szpon-loadtest-{:016x}", fastrand::u64(..)));
        fs::create_dir_all(&dir)?;
        let (http, metrics) = (free_tcp()?, free_tcp()?);
        let media = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let url = format!("http://{http}");
        let password = format!("Zielona-Brama-{:08x}", fastrand::u32(..));
        let log = fs::File::create(dir.join("log"))?;
        let mut command = Command::new(fs::canonicalize(binary)?);
        command
            .args(["serve", "--demo"])
            .current_dir(&dir)
            .env("SZPON_PUBLIC_URL", &url)
            .env("SZPON_DATA_DIR", dir.join("data"))
            .env("SZPON_HTTP__LISTEN", http.to_string())
            .env("SZPON_TELEMETRY__LISTEN", metrics.to_string())
            .env("SZPON_SFU__LISTEN", media.to_string())
            .env("SZPON_SFU__MAX_SESSIONS", "20000")
            .env("SZPON_SFU__MAX_SESSIONS_PER_ROOM", "10000")
            .env("SZPON_SFU__MAX_ROOMS", "5000")
            .env("SZPON_DEMO_PASSWORD", &password)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let cores = cores.map(<[usize]>::to_vec);
        // A child has its parent thread's cores, so a thread of its own starts it.
        let spawned = thread::spawn(move || {
            if let Some(cores) = cores {
                pin::this_thread(&cores)?;
            }
            command.spawn()
        });
        let child = spawned.join().unwrap_or_else(|_| Err(io::Error::other("thread")))?;
        let mut server = Self { child, dir, url, password };
        server.wait().await?;
        Ok(server)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    async fn wait(&mut self) -> Result<(), ServerError> {
        let ready = format!("{}/readyz", self.url);
        let begun = Instant::now();
        while begun.elapsed() < START && self.child.try_wait()?.is_none() {
            let answer = reqwest::get(&ready).await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
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

fn free_tcp() -> io::Result<std::net::SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
