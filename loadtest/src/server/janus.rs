//! Janus with a configuration of its own: the videoroom, the HTTP API, and nothing else.

use std::{fs, io, net::IpAddr, path::Path, process::Command};

use super::{Server, ServerError, folder, free_tcp, program};

/// Ports of media. Janus has one for each peer connection.
const MEDIA_PORTS: &str = "20000-31999";

/// Gives the server with the address of its API, and where its media is.
pub async fn start(
    binary: &Path,
    cores: Option<&[usize]>,
) -> Result<(Server, String, IpAddr), ServerError> {
    // Its ICE library passes loopback over.
    let media = if_addrs::get_if_addrs()?
        .into_iter()
        .map(|interface| interface.ip())
        .find(|ip| ip.is_ipv4() && !ip.is_loopback())
        .ok_or_else(|| io::Error::other("Janus needs an IPv4 address beside loopback"))?;
    let dir = folder()?;
    let http = free_tcp()?;
    // Only the tester reaches it: the API is on loopback and has no secret.
    let main = format!(
        "general: {{ log_to_stdout = true\n debug_level = 2\n }}\n\
         media: {{ rtp_port_range = \"{MEDIA_PORTS}\"\n dtls_mtu = 1200\n }}\n\
         nat: {{ ice_lite = true\n full_trickle = false\n ice_enforce_list = \"{media}\"\n }}\n\
         plugins: {{ disable = \"{UNUSED_PLUGINS}\" }}\n\
         transports: {{ disable = \"{UNUSED_TRANSPORTS}\" }}\n"
    );
    let api = format!(
        "general: {{ json = \"compact\"\n base_path = \"/janus\"\n http = true\n port = {}\n \
         ip = \"127.0.0.1\"\n https = false\n }}\nadmin: {{ admin_http = false }}\n",
        http.port()
    );
    fs::write(dir.join("janus.jcfg"), main)?;
    fs::write(dir.join("janus.transport.http.jcfg"), api)?;
    fs::write(dir.join("janus.plugin.videoroom.jcfg"), "general: { }\n")?;
    let mut command = Command::new(program(binary)?);
    command.arg("--configs-folder").arg(&dir);
    let base = format!("http://{http}/janus");
    let mut server = Server::spawn(command, dir, cores)?;
    server.wait(&format!("{base}/info")).await?;
    Ok((server, base, media))
}

const UNUSED_PLUGINS: &str = "libjanus_audiobridge.so,libjanus_echotest.so,libjanus_lua.so,\
    libjanus_duktape.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,\
    libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_voicemail.so";
const UNUSED_TRANSPORTS: &str = "libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,\
    libjanus_rabbitmq.so,libjanus_websockets.so";
