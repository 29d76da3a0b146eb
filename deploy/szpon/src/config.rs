//! `szpon config` and `szpon openapi`: what the program would do, without doing it.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process,
};

use szpon_kit::config::Sources;
use thiserror::Error;

use crate::{
    Failed,
    app::{App, StartError},
    settings::{RawSettings, Settings, SettingsError, reference},
};

/// Prints a settings file with every key.
pub fn show() -> Result<(), Failed> {
    print!("{}", reference());
    Ok(())
}

/// Says what is wrong, or that nothing is.
pub fn check(sources: &Sources) -> Result<(), Failed> {
    let settings = Settings::load(sources)?;
    match &sources.file {
        Some(file) => println!("{} and the environment are valid.", file.display()),
        None => println!("There is no settings file; the defaults and the environment are valid."),
    }
    println!("People come to {}.", settings.public_url);
    if !settings.is_secure_context() {
        println!(
            "Warning: browsers give camera and microphone to https pages only. Set http.tls_cert and \
             http.tls_key, or put a TLS proxy in front and name its address in public_url."
        );
    }
    Ok(())
}

/// Why the document can't be had.
#[derive(Debug, Error)]
pub enum DocumentError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("a temporary folder can't be made: {0}")]
    Folder(#[from] io::Error),
    #[error("the document can't be written: {0}")]
    Write(#[from] serde_json::Error),
}

/// Prints the OpenAPI document. It is made by putting everything together as for serving, with an
/// empty database that is thrown away, so it can't differ from what is served.
pub async fn print_openapi() -> Result<(), DocumentError> {
    println!("{}", document().await?);
    Ok(())
}

/// The document as it stands in `web/openapi.json`.
pub async fn document() -> Result<String, DocumentError> {
    let folder = Temporary::new()?;
    let app = App::open(&throwaway(folder.path())?).await?;
    let text = serde_json::to_string_pretty(&*app.openapi)?;
    app.node.stop().await;
    app.db.close().await;
    Ok(text)
}

/// Settings that touch nothing but `folder` and loopback.
pub fn throwaway(folder: &Path) -> Result<Settings, SettingsError> {
    let mut raw = RawSettings { data_dir: folder.into(), ..RawSettings::default() };
    raw.sfu.listen = ([127, 0, 0, 1], 0).into();
    raw.sfu.shards = 1;
    raw.sfu.pin_threads = false;
    raw.try_into()
}

/// A folder that goes away with this value.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> io::Result<Self> {
        let path = env::temp_dir().join(format!("szpon-{}", process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What is left in the temporary folder does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}
