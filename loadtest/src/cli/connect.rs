//! Which server, and on which cores.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
};

use clap::Args;
use szpon_loadtest::{
    engine::Engine,
    pin::{self, Cores},
    run::{Options, Player},
    server::{OFFICIAL, Server},
    target::{Janus, Szpon, Target, Whip},
};
use tokio::runtime::Runtime;

use super::CliError;

#[derive(Debug, Args)]
pub struct Connect {
    /// Start this `szpon` on free ports with an empty demo office, and end it afterwards.
    #[arg(long, value_name = "BINARY", conflicts_with_all = ["url", "whip", "whep", "server_pid"])]
    szpon: Option<PathBuf>,
    /// Where a running SZPoN answers.
    #[arg(long, default_value = "http://127.0.0.1:8080", conflicts_with_all = ["whip", "whep"])]
    url: String,
    /// An official of that server, to make the rooms.
    #[arg(long)]
    email: Option<String>,
    #[arg(long, env = "SZPON_LOADTEST_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// Publish to any server by WHIP (RFC 9725); `{room}` stands for the room's name.
    #[arg(long, value_name = "URL")]
    whip: Option<String>,
    /// Watch by WHEP; `{room}` stands for the room's name.
    #[arg(long, value_name = "URL")]
    whep: Option<String>,
    /// Use Janus's videoroom by its HTTP API, e.g. http://127.0.0.1:8088/janus.
    #[arg(long, value_name = "URL", conflicts_with_all = ["szpon", "url", "whip", "whep"])]
    janus: Option<String>,
    /// Bearer token for WHIP and WHEP.
    #[arg(long, env = "SZPON_LOADTEST_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The server's process on this machine: its CPU time, memory and context switches are
    /// measured.
    #[arg(long, value_name = "PID")]
    server_pid: Option<u32>,
    /// Keep the server's threads on these cores (1, or 0,2, or 2-5). Apart from the clients' cores
    /// the figures are honest.
    #[arg(long, value_name = "CORES")]
    server_cores: Option<Cores>,
    /// Keep the tester's threads on these cores; all clients are on the first.
    #[arg(long, value_name = "CORES")]
    client_cores: Option<Cores>,
    /// A line on stderr each second also when that is no terminal.
    #[arg(long)]
    progress: bool,
}

/// Everything that runs while scenarios are played.
pub struct Connected {
    pub runtime: Runtime,
    pub player: Player,
    pub server_core: Option<usize>,
    pub client_core: Option<usize>,
    engine: Engine,
    /// Ends when this is dropped.
    _server: Option<Server>,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.engine.end();
    }
}

impl Connect {
    pub fn open(&self) -> Result<Connected, CliError> {
        let cores = |cores: &Option<Cores>| cores.as_ref().map(|cores| cores.0.clone());
        let (clients, servers) = (cores(&self.client_cores), cores(&self.server_cores));
        if let Some(clients) = &clients {
            pin::this_thread(clients)?;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let server = match &self.szpon {
            None => None,
            Some(binary) => Some(runtime.block_on(Server::start(binary, servers.as_deref()))?),
        };
        let pid = server.as_ref().map(Server::pid).or(self.server_pid);
        if let (Some(pid), Some(servers)) = (pid, &servers) {
            pin::process(pid, servers)?;
        }
        let first = |cores: &Option<Vec<usize>>| cores.as_ref().and_then(|c| c.first().copied());
        let client_core = first(&clients);
        let engine = Engine::start(client_core)?;
        let target = runtime.block_on(self.target(server.as_ref()))?;
        let progress = self.progress || io::stderr().is_terminal();
        let options = Options { server_pid: pid, progress };
        let player = Player::new(engine.clone(), target, options);
        let server_core = first(&servers);
        Ok(Connected { runtime, player, server_core, client_core, engine, _server: server })
    }

    async fn target(&self, server: Option<&Server>) -> Result<Target, CliError> {
        if self.whip.is_some() || self.whep.is_some() {
            let (whip, whep) = (self.whip.clone(), self.whep.clone());
            return Ok(Target::Whip(Whip::new(whip, whep, self.token.clone())));
        }
        if let Some(janus) = &self.janus {
            return Ok(Target::Janus(Janus::new(janus)));
        }
        let szpon = match (server, &self.email, &self.password) {
            (Some(server), ..) => Szpon::sign_in(&server.url, OFFICIAL, &server.password).await?,
            (None, Some(email), Some(password)) => {
                Szpon::sign_in(&self.url, email, password).await?
            }
            _ => {
                let text = "name a server: --szpon BINARY, or --url with --email and \
                            SZPON_LOADTEST_PASSWORD, or --whip and --whep, or --janus";
                return Err(CliError::Usage(text.into()));
            }
        };
        Ok(Target::Szpon(szpon))
    }
}
