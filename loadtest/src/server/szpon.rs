//! `szpon serve --demo`.

use std::{path::Path, process::Command};

use super::{Server, ServerError, folder, free_tcp, free_udp, program};
use crate::scenario::Enter;

/// An official of the demo office.
pub const OFFICIAL: &str = "anna.nowak@przykladowo.example";

/// Gives the server with its address and the official's password.
pub async fn start(
    binary: &Path,
    enter: Enter,
    cores: Option<&[usize]>,
) -> Result<(Server, String, String), ServerError> {
    let dir = folder()?;
    let (http, metrics, media) = (free_tcp()?, free_tcp()?, free_udp()?);
    let url = format!("http://{http}");
    let password = format!("Zielona-Brama-{:08x}", fastrand::u32(..));
    let mut command = Command::new(program(binary)?);
    // Settings of another server that is run from here, and the tester's own, are none of this one.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SZPON_") {
            command.env_remove(name);
        }
    }
    command
        .args(["serve", "--demo"])
        .env("SZPON_PUBLIC_URL", &url)
        .env("SZPON_DATA_DIR", dir.join("data"))
        .env("SZPON_HTTP__LISTEN", http.to_string())
        .env("SZPON_TELEMETRY__LISTEN", metrics.to_string())
        .env("SZPON_SFU__LISTEN", media.to_string())
        .env("SZPON_SIGNALLING__ROOM_PEOPLE", "10000")
        .env("SZPON_SFU__MAX_SESSIONS", "20000")
        .env("SZPON_SFU__MAX_SESSIONS_PER_ROOM", "10000")
        .env("SZPON_SFU__MAX_ROOMS", "5000")
        .env("SZPON_DEMO_PASSWORD", &password);
    if enter == Enter::Whip {
        command.arg("--dev-whip");
    }
    let mut server = Server::spawn(command, dir, cores)?;
    server.wait(&format!("{url}/readyz")).await?;
    Ok((server, url, password))
}
