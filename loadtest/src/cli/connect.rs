//! Which server, and on which cores.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
};

use clap::Args;
use szpon_loadtest::{
    engine::Engine,
    pin::{self, Cores},
    report::Report,
    run::{Options, Player},
    scenario::{Enter, Scenario},
    server::{Program, Server},
    target::{Janus, Szpon, Target, Whip},
};
use tokio::runtime::Runtime;

use super::CliError;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Server")]
pub struct Connect {
    /// Start this `szpon` on free ports with an empty demo office, anew for each scenario.
    #[arg(long, value_name = "BINARY")]
    szpon: Option<PathBuf>,
    /// Start this Janus (Debian's package has /usr/bin/janus) with nothing but its videoroom, anew
    /// for each scenario.
    #[arg(long, value_name = "BINARY")]
    start_janus: Option<PathBuf>,
    /// Where a running SZPoN answers.
    #[arg(long, requires = "email")]
    url: Option<String>,
    /// An official of that server, to make the rooms.
    #[arg(long)]
    email: Option<String>,
    #[arg(long, env = "SZPON_LOADTEST_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// Publish to any running server by WHIP (RFC 9725); `{room}` stands for the room's name.
    #[arg(long, value_name = "URL", requires = "whep")]
    whip: Option<String>,
    /// Watch by WHEP; `{room}` stands for the room's name.
    #[arg(long, value_name = "URL", requires = "whip")]
    whep: Option<String>,
    /// Bearer token for WHIP and WHEP.
    #[arg(long, env = "SZPON_LOADTEST_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// What to call the server behind WHIP and WHEP in reports.
    #[arg(long, default_value = "WHIP/WHEP")]
    whip_name: String,
    /// A running Janus, by its HTTP API: http://127.0.0.1:8088/janus.
    #[arg(long, value_name = "URL")]
    janus: Option<String>,
    /// The process of a running server on this machine: its CPU time, memory, context switches and
    /// system calls are measured.
    #[arg(long, value_name = "PID")]
    server_pid: Option<u32>,
    /// Keep the server's threads on these cores (1, or 0,2, or 2-5). Apart from the clients' cores
    /// the figures are honest.
    #[arg(long, value_name = "CORES", help_heading = "Machine")]
    server_cores: Option<Cores>,
    /// Keep the tester's threads on these cores; all clients are on the first.
    #[arg(long, value_name = "CORES", help_heading = "Machine")]
    client_cores: Option<Cores>,
    /// Never let the clients' thread sleep, which needs its core to itself (--client-cores). The server
    /// then doesn't pay for waking it, as it doesn't when the clients are on other machines.
    #[arg(long, requires = "client_cores", help_heading = "Machine")]
    awake: bool,
    /// How a `szpon` that is started is entered, instead of what the scenario says.
    #[arg(long, value_enum)]
    enter: Option<Enter>,
    /// A line on stderr each second also when that is no terminal.
    #[arg(long, help_heading = "Machine")]
    progress: bool,
}

/// A server that was named.
#[derive(Debug, Clone)]
pub enum Choice {
    /// To be started.
    Start(Program),
    Url(String),
    Whip {
        publish: String,
        watch: String,
    },
    Janus(String),
}

/// Everything that stays while scenarios are played.
pub struct Bench {
    connect: Connect,
    runtime: Runtime,
    engine: Engine,
    player: Player,
    pub server_core: Option<usize>,
    pub client_core: Option<usize>,
    pub awake: bool,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.engine.end();
    }
}

impl Connect {
    /// All servers that were named, in a fixed order.
    pub fn choices(&self) -> Vec<Choice> {
        let start = |program| Choice::Start(program);
        let szpon = self.szpon.clone().map(|binary| start(Program::Szpon(binary)));
        let url = self.url.clone().map(Choice::Url);
        let whip = self.whip.clone().zip(self.whep.clone());
        let whip = whip.map(|(publish, watch)| Choice::Whip { publish, watch });
        let janus = self.start_janus.clone().map(|binary| start(Program::Janus(binary)));
        let running = self.janus.clone().map(Choice::Janus);
        [szpon, url, whip, janus, running].into_iter().flatten().collect()
    }

    /// The only one that was named.
    pub fn choice(&self) -> Result<Choice, CliError> {
        match <[Choice; 1]>::try_from(self.choices()) {
            Ok([choice]) => Ok(choice),
            Err(others) if others.is_empty() => Err(CliError::Usage(NONE_NAMED.into())),
            Err(_) => Err(CliError::Usage("name one server; only `compare` takes several".into())),
        }
    }

    pub fn bench(&self) -> Result<Bench, CliError> {
        let running = self.choices().iter().filter(|c| !matches!(c, Choice::Start(_))).count();
        if self.server_pid.is_some() && running != 1 {
            return Err(CliError::Usage("--server-pid is of one server that runs".into()));
        }
        if let Some(clients) = &self.client_cores {
            pin::this_thread(&clients.0)?;
        }
        if let (Some(pid), Some(servers)) = (self.server_pid, &self.server_cores) {
            pin::process(pid, &servers.0)?;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let first = |cores: &Option<Cores>| cores.as_ref().and_then(|c| c.0.first().copied());
        let client_core = first(&self.client_cores);
        let engine = Engine::start(client_core, self.awake)?;
        Ok(Bench {
            connect: self.clone(),
            runtime,
            player: Player::new(engine.clone()),
            engine,
            server_core: first(&self.server_cores),
            client_core,
            awake: self.awake,
        })
    }
}

const NONE_NAMED: &str = "name a server: --szpon BINARY or --start-janus BINARY, which are started, \
    or one that runs: --url with --email and SZPON_LOADTEST_PASSWORD, --whip and --whep, or --janus";

impl Bench {
    pub fn play(&mut self, choice: &Choice, scenario: &Scenario) -> Result<Report, CliError> {
        let Self { connect, runtime, player, .. } = self;
        runtime.block_on(async {
            // The server ends when the scenario is over.
            let (server, target) =
                connect.open(choice, connect.enter.unwrap_or(scenario.enter)).await?;
            let options = Options {
                server_pid: server.as_ref().map(Server::pid).or(connect.server_pid),
                progress: connect.progress || io::stderr().is_terminal(),
            };
            Ok(player.play(scenario, target, options).await?)
        })
    }
}

impl Connect {
    async fn open(
        &self,
        choice: &Choice,
        enter: Enter,
    ) -> Result<(Option<Server>, Target), CliError> {
        let target = match choice {
            Choice::Start(program) => {
                let cores = self.server_cores.as_ref().map(|cores| cores.0.as_slice());
                let (server, target) = program.start(enter, cores).await?;
                return Ok((Some(server), target));
            }
            Choice::Url(url) => {
                let (Some(email), Some(password)) = (&self.email, &self.password) else {
                    let text = "--url needs --email and SZPON_LOADTEST_PASSWORD";
                    return Err(CliError::Usage(text.into()));
                };
                Target::Szpon(Szpon::sign_in(url, email, password).await?)
            }
            Choice::Whip { publish, watch } => {
                let name = self.whip_name.clone();
                Target::Whip(Whip::new(name, publish, watch, self.token.clone()))
            }
            Choice::Janus(base) => Target::Janus(Janus::new(base, None)),
        };
        Ok((None, target))
    }
}
