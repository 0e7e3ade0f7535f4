"""Lines in the manner of other people's logs, made from statements, so that who wrote each line is known.

The statements are our own, in the form that the public logs of these programs have. The templates room was not tuned on
them, but for one rule that "named" among the services showed to be wrong: what it reaches is what the test writes down.
"""

from __future__ import annotations

import random
from collections.abc import Callable

USERS = ["root", "admin", "test", "oracle", "guest", "ada", "webmaster", "uucp", "nobody", "git"]
HOSTS = ["relay.example.org", "mx-3.example.net", "dsl-7.example.com", "gate.example.edu", "n12.pool.example.org"]
MODULES = ["workerEnv", "mod_jk", "mod_ssl", "mod_cgi"]
UNITS = ["cron", "sshd", "ntpd", "cups", "named", "postfix", "smartd"]


class Values:
    """What the statements are filled with."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def number(self, most: int = 99_999) -> int:
        return self.random.randint(1, most)

    def ip(self) -> str:
        return ".".join(str(self.random.randint(1, 254)) for _ in range(4))

    def hex(self, digits: int = 8) -> str:
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"

    def pick(self, words: list[str]) -> str:
        return self.random.choice(words)


Statement = Callable[[Values], str]
HDFS: list[Statement] = [
    lambda v: f"Receiving block blk_{v.number()}{v.number()} src: /{v.ip()}:{v.number()} dest: /{v.ip()}:50010",
    lambda v: f"Received block blk_-{v.number()}{v.number()} of size {v.number()} from /{v.ip()}",
    lambda v: f"PacketResponder {v.number(2)} for block blk_{v.number()}{v.number()} terminating",
    lambda v: f"BLOCK* NameSystem.addStoredBlock: blockMap updated: {v.ip()}:50010 is added to blk_{v.number()} size 7",
    lambda v: f"BLOCK* NameSystem.allocateBlock: /user/{v.pick(USERS)}/job_{v.number()}/part-0. blk_{v.number()}",
    lambda v: f"BLOCK* NameSystem.delete: blk_{v.number()} is added to invalidSet of {v.ip()}:50010",
    lambda v: f"Verification succeeded for blk_{v.number()}",
    lambda v: f"Deleting block blk_{v.number()} file /mnt/hadoop/dfs/data/current/blk_{v.number()}",
    lambda v: f"{v.ip()}:50010 Served block blk_{v.number()} to /{v.ip()}",
    lambda v: f"{v.ip()}:50010:Got exception while serving blk_{v.number()} to /{v.ip()}:",
    lambda v: f"writeBlock blk_{v.number()} received exception java.io.IOException: Connection reset by peer",
    lambda v: f"Unexpected error trying to delete block blk_{v.number()}. BlockInfo not found in volumeMap.",
]
OPENSSH: list[Statement] = [
    lambda v: f"Failed password for {v.pick(USERS)} from {v.ip()} port {v.number()} ssh2",
    lambda v: f"Failed password for invalid user {v.pick(USERS)} from {v.ip()} port {v.number()} ssh2",
    lambda v: f"Accepted password for {v.pick(USERS)} from {v.ip()} port {v.number()} ssh2",
    lambda v: f"Invalid user {v.pick(USERS)} from {v.ip()}",
    lambda v: f"input_userauth_request: invalid user {v.pick(USERS)} [preauth]",
    lambda v: f"Received disconnect from {v.ip()}: 11: Bye Bye [preauth]",
    lambda v: f"Connection closed by {v.ip()} [preauth]",
    lambda v: f"pam_unix(sshd:session): session opened for user {v.pick(USERS)} by (uid=0)",
    lambda v: f"pam_unix(sshd:session): session closed for user {v.pick(USERS)}",
    lambda v: f"pam_unix(sshd:auth): check pass; user unknown, attempt {v.number(9)}",
    lambda v: f"reverse mapping checking getaddrinfo for {v.pick(HOSTS)} [{v.ip()}] failed - POSSIBLE BREAK-IN!",
    lambda v: f"Did not receive identification string from {v.ip()}",
    lambda v: f"error: Received disconnect from {v.ip()}: 3: com.jcraft.jsch.JSchException: Auth fail [preauth]",
    lambda v: f"Disconnecting: Too many authentication failures for {v.pick(USERS)} [preauth]",
]
APACHE: list[Statement] = [
    lambda v: f"{v.pick(MODULES)}.init() ok /etc/httpd/conf/workers{v.number(9)}.properties",
    lambda v: f"mod_jk child workerEnv in error state {v.number(9)}",
    lambda v: f"jk2_init() Found child {v.number()} in scoreboard slot {v.number(20)}",
    lambda v: f"jk2_init() Can't find child {v.number()} in scoreboard",
    lambda v: f"[client {v.ip()}] Directory index forbidden by rule: /var/www/html/",
    lambda v: f"[client {v.ip()}] File does not exist: /var/www/html/{v.hex()}",
    lambda v: f"[client {v.ip()}] script not found or unable to stat: /var/www/cgi-bin/{v.pick(USERS)}",
    lambda v: f'{v.ip()} - - "GET /{v.pick(USERS)}?q={v.number()} HTTP/1.1" {v.pick(["200", "404"])} {v.number()}',
    lambda v: f"caught SIGTERM, shutting down after {v.number()} requests",
]
SYSLOG: list[Statement] = [
    lambda v: f"authentication failure; logname= uid=0 tty=NODEVssh ruser= rhost={v.pick(HOSTS)} user={v.pick(USERS)}",
    lambda v: f"connection from {v.ip()} ({v.pick(HOSTS)}) at Sun Jul {v.number(28)} 13:44:{v.number(49) + 10} 2025",
    lambda v: f"session opened for user {v.pick(USERS)} by (uid={v.number(999)})",
    lambda v: f"session closed for user {v.pick(USERS)}",
    lambda v: f"{v.pick(UNITS)} startup succeeded",
    lambda v: f"{v.pick(UNITS)} shutdown failed",
    lambda v: f"ALERT exited abnormally with [{v.number(2)}]",
    lambda v: f"Kernel command line: ro root=LABEL=/ rhgb quiet id={v.number()}",
    lambda v: f"usb {v.number(4)}-{v.number(4)}: new high-speed USB device number {v.number(99)} using ehci-pci",
    lambda v: f"Out of memory: Kill process {v.number()} ({v.pick(UNITS)}) score {v.number(999)} or sacrifice child",
    lambda v: f"eth{v.number(3)}: link up, {v.pick(['100', '1000'])}Mbps, full-duplex",
    lambda v: f"({v.pick(USERS)}) CMD (/usr/lib/sa/sa{v.number(2)} {v.number(9)} 1)",
]
SERVICES: list[Statement] = [
    lambda v: f'level=info msg="request done" route=/{v.pick(USERS)} status={v.number(599)} took={v.number()}ms',
    lambda v: f"level=warn msg=retry attempt={v.number(5)} peer={v.pick(HOSTS)}",
    lambda v: f'{{"event": "login", "user": "{v.pick(USERS)}", "ms": {v.number()}}}',
    lambda v: f"HikariPool-{v.number(3)} - Connection is not available, request timed out after {v.number()}ms.",
    lambda v: f"Started {v.pick(['Billing', 'Search', 'Stock', 'Mailer'])} in {v.number()}.{v.number()} seconds",
    lambda v: f"cache miss for key {v.hex(32)} in region {v.pick(['north', 'south', 'east', 'west'])}",
    lambda v: f"cache hit for key {v.hex(32)} in region {v.pick(['north', 'south', 'east', 'west'])}",
    lambda v: f"Rebalance of group {v.pick(['orders', 'mails', 'clicks', 'audit'])} took {v.number()} ms",
    lambda v: f"Überweisung {v.number()} an {v.pick(['Jörg', 'Zoë', 'Łukasz', 'Åsa'])} gebucht",
    lambda v: f"Traceback (most recent call last):\n  File \"a.py\", line {v.number()}\nKeyError: '{v.pick(USERS)}'",
    lambda v: f"java.sql.SQLException: deadlock on row {v.number()}\n\tat com.example.Dao.save(Dao.java:{v.number()})",
]
LOGS = {"HDFS": HDFS, "OpenSSH": OPENSSH, "Apache": APACHE, "syslog": SYSLOG, "services": SERVICES}


def lines(statements: list[Statement], seed: int = 1, count: int = 2_000) -> tuple[list[str], list[int]]:
    """Lines and which statement wrote each; early statements are written more often, as in life."""
    values = Values(seed)
    weights = [1 / (k + 1) for k in range(len(statements))]
    truth = values.random.choices(range(len(statements)), weights, k=count)
    return [statements[k](values) for k in truth], truth
