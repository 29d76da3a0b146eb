"""Publishes to or watches a room by WHIP or WHEP with aiortc, until its standard input is closed.

Usage: whip_client.py publish|watch URL [TOKEN]

Says what happens as JSON, one object on each line: {"state": …} when the connection changes, and
{"frames": …, "sounds": …, "width": …, "height": …} with what was decoded so far.
"""

import asyncio
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, VideoStreamTrack


def say(**what):
    print(json.dumps(what), flush=True)


def http(method, url, token, body=None):
    request = urllib.request.Request(url, method=method, data=body)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    if body is not None:
        request.add_header("Content-Type", "application/sdp")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers, answer.read().decode()


async def count(track, counts):
    """Decodes everything that comes."""
    try:
        while True:
            frame = await track.recv()
            if track.kind == "video":
                counts["frames"] += 1
                counts.update(width=frame.width, height=frame.height)
                say(**counts)
            else:
                counts["sounds"] += 1
    except MediaStreamError:
        pass


async def main(mode, url, token):
    peer = RTCPeerConnection()
    counts = {"frames": 0, "sounds": 0, "width": 0, "height": 0}
    counting = []

    @peer.on("connectionstatechange")
    def changed():
        say(state=peer.connectionState)

    @peer.on("track")
    def came(track):
        counting.append(asyncio.ensure_future(count(track, counts)))

    if mode == "publish":
        peer.addTransceiver(AudioStreamTrack(), direction="sendonly")
        peer.addTransceiver(VideoStreamTrack(), direction="sendonly")
    else:
        peer.addTransceiver("audio", direction="recvonly")
        peer.addTransceiver("video", direction="recvonly")
    await peer.setLocalDescription(await peer.createOffer())
    offer = peer.localDescription.sdp.encode()
    headers, answer = await asyncio.to_thread(http, "POST", url, token, offer)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await asyncio.to_thread(sys.stdin.read)
    session = urllib.parse.urljoin(url, headers["Location"])
    try:
        await asyncio.to_thread(http, "DELETE", session, token)
        say(deleted=True)
    except urllib.error.HTTPError as refused:
        # The node has ended the session already.
        say(deleted=refused.code)
    await peer.close()
    await asyncio.gather(*counting)


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None))
