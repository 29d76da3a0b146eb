//! The binary as a person starts it.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use szpon_kit::testing::TempDir;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn szpon(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_szpon"));
    command.env_clear().current_dir(dir);
    command
}

fn output(command: &mut Command) -> (bool, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.success(), text(stdout), text(stderr))
}

#[test]
fn unknown_keys_are_refused_with_their_origin() {
    let dir = TempDir::new();
    let check = |command: &mut Command| output(command.args(["config", "check"]));
    let (well, said, _) = check(&mut szpon(dir.path()));
    assert!(well, "{said}");
    assert!(said.contains("http://127.0.0.1:8080"));

    let (well, _, error) = check(szpon(dir.path()).env("SZPON_SFU__LISTN", "0.0.0.0:1"));
    assert!(!well);
    assert!(error.contains("sfu.listn (environment variable SZPON_SFU__LISTN)"), "{error}");

    fs::write(dir.path().join("szpon.toml"), "[http]\nlisten = \"127.0.0.1:1\"\nlissen = 1\n")
        .unwrap();
    let (well, _, error) = check(&mut szpon(dir.path()));
    assert!(!well);
    assert!(error.contains("http.lissen (szpon.toml)"), "{error}");

    let (well, _, error) = check(szpon(dir.path()).args(["--config", "missing.toml"]));
    assert!(!well);
    assert!(error.contains("missing.toml"), "{error}");
}

#[test]
fn the_printed_settings_are_valid_settings() {
    let dir = TempDir::new();
    let (well, shown, _) = output(szpon(dir.path()).args(["config", "show"]));
    assert!(well);
    let file = dir.path().join("all.toml");
    fs::write(&file, shown).unwrap();
    let (well, _, error) =
        output(szpon(dir.path()).args(["config", "check", "--config"]).arg(&file));
    assert!(well, "{error}");
}

#[test]
fn a_setup_link_until_there_is_somebody() {
    let dir = TempDir::new();
    let link = || output(szpon(dir.path()).args(["admin", "setup-link"]));
    let (well, first, error) = link();
    assert!(well, "{error}");
    assert!(first.starts_with("http://127.0.0.1:8080/setup#"));
    assert_ne!(link().1, first, "each is new");
    let (well, demo, error) =
        output(szpon(dir.path()).args(["admin", "demo", "--demo-password", "Zielona-Brama-2026"]));
    assert!(well, "{error}");
    assert!(demo.contains("@przykladowo.example") && demo.contains("operator"), "{demo}");
    assert!(!link().1.contains("/setup#"));
    let (_, again, _) = output(szpon(dir.path()).args(["admin", "demo"]));
    assert!(again.contains("already"), "{again}");
}

/// A served process and the lines it writes.
struct Served {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Served {
    fn start(dir: &Path, http: &str, args: &[&str]) -> Self {
        let mut child = szpon(dir)
            .args(["serve", "--listen", http, "--set", "telemetry.listen=127.0.0.1:0"])
            .args(["--set", "sfu.listen=127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        let err = BufReader::new(child.stderr.take().unwrap());
        let other = sender.clone();
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|l| sender.send(l)));
        thread::spawn(move || err.lines().map_while(Result::ok).try_for_each(|l| other.send(l)));
        Self { child, lines }
    }

    fn wait_for(&self, text: &str) -> String {
        let mut seen = String::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => seen += &format!("{line}\n"),
                Err(_) => panic!("never said {text:?}:\n{seen}"),
            }
        }
    }

    fn terminate(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[test]
fn serves_and_ends_in_good_order() {
    let dir = TempDir::new();
    let http = free_address();
    let mut served = Served::start(dir.path(), &http, &[]);
    served.wait_for(&format!("at http://{http}"));
    assert!(served.wait_for("first administrator").contains("/setup#"));
    let second = output(szpon(dir.path()).args(["serve", "--listen", &http]));
    assert!(!second.0 && second.2.contains("http.listen"), "{}", second.2);
    served.terminate();
    served.wait_for("ended");
    assert!(served.child.wait().unwrap().success());
    // Its data is found again.
    let served = Served::start(dir.path(), &http, &["--demo"]);
    served.wait_for("Sign in as");
}

#[test]
fn rooms_for_everybody_are_for_loopback_and_loud() {
    let dir = TempDir::new();
    let open = output(szpon(dir.path()).args(["serve", "--dev-whip", "--listen", "0.0.0.0:0"]));
    assert!(!open.0 && open.2.contains("--dev-whip") && open.2.contains("loopback"), "{}", open.2);
    assert!(!dir.path().join("data").exists(), "refused before anything was touched");
    let served = Served::start(dir.path(), &free_address(), &["--dev-whip"]);
    let lines = [served.wait_for("--dev-whip"), served.wait_for("--dev-whip")];
    assert!(lines.iter().any(|line| line.contains("FOR TESTS ONLY")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("WARN")), "{lines:?}");
}
