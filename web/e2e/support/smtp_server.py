#!/usr/bin/python3
"""An SMTP server (aiosmtpd, from Debian) that keeps what it gets.

Usage: smtp_server.py PORT FOLDER

Each message becomes a file NNN.eml in FOLDER, its envelope NNN.to. While a file named `refuse`
stands in FOLDER, every message is refused for now (451), as by a server in trouble.
Prints "up" when it listens; ends with its standard input.
"""

import os
import sys

from aiosmtpd.controller import Controller


class Keeper:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_DATA(self, server, session, envelope):
        if os.path.exists(os.path.join(self.folder, "refuse")):
            return "451 4.3.0 Try again later"
        self.count += 1
        name = os.path.join(self.folder, f"{self.count:03}")
        with open(name + ".to", "w") as out:
            out.write("\n".join(envelope.rcpt_tos))
        # The message appears complete or not at all.
        with open(name + ".part", "wb") as out:
            out.write(envelope.original_content)
        os.rename(name + ".part", name + ".eml")
        return "250 2.0.0 Kept"


port, folder = int(sys.argv[1]), sys.argv[2]
controller = Controller(Keeper(folder), hostname="127.0.0.1", port=port)
controller.start()
print("up", flush=True)
sys.stdin.read()
controller.stop()
