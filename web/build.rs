//! Builds the browser client into `OUT_DIR/dist`, from where it is embedded.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// What the build reads. Directories are walked by [`watch`].
const INPUTS: [&str; 11] = [
    "build.rs",
    "index.html",
    "openapi.json",
    "package-lock.json",
    "package.json",
    "public",
    "scripts/generate-api.mjs",
    "scripts/generate-fonts.mjs",
    "src",
    "vite",
    "vite.config.ts",
];
/// Written by the build itself.
const GENERATED: [&str; 2] = ["src/api/generated", "src/styles/generated"];
/// Remembers which lock file `node_modules` was installed from.
const INSTALLED_LOCK: &str = "node_modules/.szpon-lock.json";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("web client: {message}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    for input in INPUTS {
        watch(Path::new(input));
    }
    let out = PathBuf::from(env::var("OUT_DIR").map_err(|e| e.to_string())?).join("dist");
    let lock = fs::read("package-lock.json").map_err(|e| format!("package-lock.json: {e}"))?;
    if fs::read(INSTALLED_LOCK).ok().as_ref() != Some(&lock) {
        npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"], &out)?;
        fs::write(INSTALLED_LOCK, &lock).map_err(|e| format!("{INSTALLED_LOCK}: {e}"))?;
    }
    npm(&["run", "--silent", "build"], &out)
}

/// Names every file by itself: cargo would look into a named directory recursively and so take in
/// what the build writes and the client's tests. A new file counts once another one imports it.
fn watch(path: &Path) {
    let test = path.to_string_lossy().contains(".test.");
    if test || GENERATED.iter().any(|generated| path == Path::new(generated)) {
        return;
    }
    let Ok(entries) = fs::read_dir(path) else {
        println!("cargo::rerun-if-changed={}", path.display());
        return;
    };
    for entry in entries.flatten() {
        watch(&entry.path());
    }
}

fn npm(arguments: &[&str], out: &Path) -> Result<(), String> {
    let line = format!("npm {}", arguments.join(" "));
    let output = Command::new("npm")
        .args(arguments)
        .env("SZPON_WEB_OUT", out)
        .output()
        .map_err(|e| format!("`{line}` can't be started ({e}); install Node.js 20 or newer"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "`{line}` failed ({}):\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    ))
}
