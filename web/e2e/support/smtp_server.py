#!/usr/bin/python3
"""An SMTP server (aiosmtpd, from Debian) that keeps what it gets, and fails as it is told.

Usage: smtp_server.py PORT FOLDER

Each message becomes a file NNN.eml in FOLDER, its envelope NNN.to. While there is a file named
`trouble` in FOLDER, every message fails in the way that stands in it:

451   refused for now, as by a server in trouble
550   refused for good, as by a server that has no such mailbox
die   the connection ends where the answer to the message would have come; nothing was kept
lose  the same, but the message was kept
wait  no answer until the file says something else

Each message that fails leaves a line in the file `failed`.
Prints "up" when it listens; ends with its standard input.
"""

import asyncio
import os
import sys

from aiosmtpd.controller import Controller

REFUSALS = {"451": "451 4.3.0 Try again later", "550": "550 5.1.1 No such mailbox"}


class Keeper:
    def __init__(self, folder):
        self.folder = folder
        # What came before the server was stopped stays.
        self.count = sum(name.endswith(".eml") for name in os.listdir(folder))

    def trouble(self):
        try:
            with open(os.path.join(self.folder, "trouble")) as file:
                return file.read()
        except FileNotFoundError:
            return ""

    async def handle_DATA(self, server, session, envelope):
        trouble = self.trouble()
        if trouble:
            with open(os.path.join(self.folder, "failed"), "a") as out:
                out.write(f"{trouble} {' '.join(envelope.rcpt_tos)}\n")
        while trouble == "wait":
            await asyncio.sleep(0.02)
            trouble = self.trouble()
        if trouble in REFUSALS:
            return REFUSALS[trouble]
        if trouble != "die":
            self.keep(envelope)
        if trouble:
            server.transport.abort()
        return "250 2.0.0 Kept"

    def keep(self, envelope):
        self.count += 1
        name = os.path.join(self.folder, f"{self.count:03}")
        with open(name + ".to", "w") as out:
            out.write("\n".join(envelope.rcpt_tos))
        # The message appears complete or not at all.
        with open(name + ".part", "wb") as out:
            out.write(envelope.original_content)
        os.rename(name + ".part", name + ".eml")


port, folder = int(sys.argv[1]), sys.argv[2]
controller = Controller(Keeper(folder), hostname="127.0.0.1", port=port)
controller.start()
print("up", flush=True)
sys.stdin.read()
controller.stop()
