//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use szpon_kit::config::{ENV_PREFIX, Sources, environment};

/// Looked for, in this order, when no file is named.
const DEFAULT_FILES: [&str; 2] = ["szpon.toml", "/etc/szpon/szpon.toml"];
/// Environment variables of the command line itself, which are no settings.
const OWN_VARIABLES: [&str; 1] = ["SZPON_DEMO_PASSWORD"];

/// The virtual office of the Polish administration.
#[derive(Debug, Parser)]
#[command(name = "szpon", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub settings: SettingsArgs,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Where settings come from. Flags override the environment (`SZPON_SECTION__KEY`), which overrides
/// the file.
#[derive(Debug, Args)]
pub struct SettingsArgs {
    /// The settings file. Without it: szpon.toml here or /etc/szpon/szpon.toml, if there is one.
    #[arg(long, short, value_name = "FILE", env = "SZPON_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    /// One setting, e.g. `--set sfu.shards=2`. May be given many times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair, global = true)]
    pub set: Vec<(String, String)>,
    /// Folder of the database, the master key and everything else that must survive.
    #[arg(long, value_name = "FOLDER", global = true)]
    pub data_dir: Option<PathBuf>,
    /// The address that people type, e.g. https://urzad.example.
    #[arg(long, value_name = "URL", global = true)]
    pub public_url: Option<String>,
    /// Address and port of the web server.
    #[arg(long, value_name = "ADDRESS", global = true)]
    pub listen: Option<SocketAddr>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve everything (the default).
    Serve(ServeArgs),
    /// Look at the settings.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Do what an administrator can't do in the browser.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Print the OpenAPI document of every HTTP route.
    Openapi,
}

#[derive(Debug, Default, Args)]
pub struct ServeArgs {
    /// Fill an empty installation with a demo office first, and print who can sign in.
    #[arg(long)]
    pub demo: bool,
    #[command(flatten)]
    pub password: DemoPassword,
    /// FOR TESTS AND BENCHMARKS ONLY: open /whip/{room} and /whep/{room}, by which everybody who
    /// reaches the web server publishes to and watches rooms of any name, without an account. Needs
    /// a web server on loopback.
    #[arg(long)]
    pub dev_whip: bool,
}

#[derive(Debug, Default, Args)]
pub struct DemoPassword {
    /// The password of everyone in the demo office. Without it a random one is made.
    #[arg(long, value_name = "PASSWORD", env = "SZPON_DEMO_PASSWORD", hide_env_values = true)]
    pub demo_password: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Say what is wrong with the settings, or that nothing is.
    Check,
    /// Print every setting with its default and what it costs, as a settings file to start from.
    Show,
}

#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Print a new link that makes the first administrator, if there is none yet.
    SetupLink,
    /// Fill an empty installation with a demo office and print who can sign in.
    Demo(DemoPassword),
}

impl SettingsArgs {
    /// The sources in their order.
    pub fn sources(&self) -> Sources {
        let default = || DEFAULT_FILES.iter().map(PathBuf::from).find(|path| path.exists());
        let mut overrides = self.set.clone();
        let named = [
            ("data_dir", self.data_dir.as_ref().map(|path| path.display().to_string())),
            ("public_url", self.public_url.clone()),
            ("http.listen", self.listen.map(|address| address.to_string())),
        ];
        overrides.extend(named.into_iter().filter_map(|(key, value)| Some((key.into(), value?))));
        let mut env = environment();
        env.retain(|(name, _)| {
            !name.starts_with(ENV_PREFIX) || !OWN_VARIABLES.contains(&name.as_str())
        });
        Sources { file: self.config.clone().or_else(default), env, overrides }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.trim().into(), value.into()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_become_overrides() {
        let cli = Cli::try_parse_from([
            "szpon",
            "config",
            "check",
            "--set",
            "sfu.shards=2",
            "--listen",
            "127.0.0.1:1",
        ])
        .unwrap();
        let overrides = cli.settings.sources().overrides;
        assert!(overrides.contains(&("sfu.shards".into(), "2".into())));
        assert!(overrides.contains(&("http.listen".into(), "127.0.0.1:1".into())));
        assert!(Cli::try_parse_from(["szpon", "--set", "nothing"]).is_err());
    }
}
