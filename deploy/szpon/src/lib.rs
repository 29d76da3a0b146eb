//! The composition root: settings of all crates in one file, one database, one bus, one web server,
//! one media node; and the commands around them. No rules of its own.

mod admin;
pub mod app;
pub mod cli;
mod config;
mod http;
mod openapi;
mod serve;
pub mod settings;

use std::{error::Error, fmt, process::ExitCode};

pub use config::{document, throwaway};

use cli::{AdminCommand, Cli, Command, ConfigCommand, ServeArgs};
use settings::Settings;

/// Runs a command and says how it went.
pub fn run(cli: Cli) -> ExitCode {
    let sources = cli.settings.sources();
    let command = cli.command.unwrap_or_else(|| Command::Serve(ServeArgs::default()));
    let done = match command {
        Command::Config { command: ConfigCommand::Show } => config::show(),
        Command::Config { command: ConfigCommand::Check } => config::check(&sources),
        Command::Openapi => in_runtime(config::print_openapi()),
        Command::Serve(args) => {
            Settings::load(&sources).map_err(Failed::from).and_then(|settings| {
                szpon_kit::telemetry::init_logs(
                    &settings.telemetry.log,
                    settings.telemetry.format,
                )?;
                in_runtime(serve::serve(settings, args))
            })
        }
        Command::Admin { command } => {
            Settings::load(&sources).map_err(Failed::from).and_then(|settings| match command {
                AdminCommand::SetupLink => in_runtime(admin::print_setup_link(settings)),
                AdminCommand::Demo(password) => {
                    in_runtime(admin::print_demo(settings, password.demo_password))
                }
            })
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("szpon: {failed}");
            ExitCode::FAILURE
        }
    }
}

fn in_runtime<E: Error + 'static>(work: impl Future<Output = Result<(), E>>) -> Result<(), Failed> {
    // An error means that something else has installed one before, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    Ok(runtime.block_on(work)?)
}

/// What the person at the terminal reads: an error with its causes.
struct Failed(Box<dyn Error>);

impl<E: Error + 'static> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = self.0.to_string();
        f.write_str(&written)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Many errors repeat their cause in their own text.
            if !written.contains(&text) {
                write!(f, ": {text}")?;
                written = text;
            }
            cause = error.source();
        }
        Ok(())
    }
}
