#!/usr/bin/python3
"""A slow and lossy link between this network namespace and another one.

Usage: impaired_link.py NAMESPACE HERE THERE LOSS_PERCENT DELAY_MS RATE_KBIT [SEED]

Makes two TUN devices, leaves one here with the address HERE, puts the other into NAMESPACE with
the address THERE and a default route, and carries packets between them: LOSS_PERCENT of them are
lost at random, the rest is DELAY_MS late in each direction, and RATE_KBIT is all that fits, behind
a queue of 250 ms. Lines on standard input of the form "LOSS DELAY RATE [JITTER]" change the link
while it runs: with JITTER each packet is up to so many milliseconds later, and overtakes others.
End of input ends it. Prints "up" when the link carries packets.
"""

import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x0001 | 0x1000
QUEUE_SECONDS = 0.25


def tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN_NO_PI))
    return fd


def run(*command):
    subprocess.run(command, check=True)


def main():
    namespace, here, there = sys.argv[1:4]
    loss, delay, rate = (float(x) for x in sys.argv[4:7])
    jitter = 0.0
    rng = random.Random(int(sys.argv[7]) if len(sys.argv) > 7 else 1)

    near, far = tun("weak0"), tun("weak1")
    run("ip", "link", "set", "weak1", "netns", namespace)
    inside = ("ip", "-n", namespace)
    run("ip", "address", "add", f"{here}/24", "dev", "weak0")
    run("ip", "link", "set", "weak0", "up")
    run(*inside, "link", "set", "lo", "up")
    run(*inside, "address", "add", f"{there}/24", "dev", "weak1")
    run(*inside, "link", "set", "weak1", "up")
    run(*inside, "route", "add", "default", "via", here)
    print("up", flush=True)

    other = {near: far, far: near}
    free_at = {near: 0.0, far: 0.0}  # when the wire in that direction is free again
    due = []  # (time, order, fd to write to, packet)
    order = 0
    while True:
        now = time.monotonic()
        while due and due[0][0] <= now:
            _, _, fd, packet = heapq.heappop(due)
            try:
                os.write(fd, packet)
            except OSError:
                pass  # the device is going down
        wait = max(0.0, due[0][0] - now) if due else None
        ready, _, _ = select.select([near, far, sys.stdin], [], [], wait)
        for fd in ready:
            if fd is sys.stdin:
                line = sys.stdin.readline()
                if not line:
                    return
                loss, delay, rate, jitter = [*(float(x) for x in line.split()), 0.0][:4]
                continue
            now = time.monotonic()
            while True:
                try:
                    packet = os.read(fd, 65536)
                except BlockingIOError:
                    break
                start = max(now, free_at[fd])
                if start - now > QUEUE_SECONDS or rng.random() * 100 < loss:
                    continue
                free_at[fd] = start + len(packet) * 8 / (rate * 1000)
                order += 1
                late = (delay + jitter * rng.random()) / 1000
                heapq.heappush(due, (free_at[fd] + late, order, other[fd], packet))


main()
