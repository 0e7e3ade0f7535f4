"""Words that masking and the tree know: states, levels, methods, units, and the names of hosts and files.

Two lines that differ in a state were written about two events, and two lines that differ in a name about one. The form
of a word often says which of both it is, but "up" and "ada" have the same form. So the states are listed: those that
standards define, and common opposites. No list was made from logs by which the templates are judged.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Levels are never values, whatever else occurs in their place. Methods stay what they are in quotes and after a key.
LEVELS = _words("trace debug info notice warn warning error critical fatal")  # syslog, log4j, OpenTelemetry
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE")  # RFC 9110, RFC 5789
# What a program prints for a variable that is a truth value or empty: one statement, so a value.
LITERALS = _words("true false null none nil undefined nan")

STATES = _words(
    # Interfaces (RFC 2863), systemd units, Kubernetes phases, monitoring (ITU-T X.733, Nagios), TCP (RFC 9293), Raft.
    """up down testing dormant unknown active inactive activating failed reloading running exited dead listening mounted
    plugged pending succeeded ready terminating healthy unhealthy ok warning critical cleared minor major listen closing
    established leader follower candidate primary secondary standby master replica degraded"""
    # Answers, and results.
    """ yes no on off okay done pass passed fail failure success successful error fatal invalid valid abort timeout
    aborted cancel canceled denied allow deny accept reject granted grant revoke complete incomplete partial"""
    # Opposites: how something is.
    """ open closed shut alive available unavailable online offline present absent missing found lost idle busy full
    empty free used locked unlocked clean dirty fresh stale hot cold warm good bad safe unsafe stuck frozen broken
    intact reachable unreachable new old low high normal asleep awake connected disconnected unauthorized forbidden"""
    # Opposites: what is done.
    """ start stop begin end enter exit leave join open close connect disconnect lock unlock acquire release read write
    get set put add remove create delete update insert load unload push pull send receive attach detach mount unmount
    login logout enqueue dequeue import export upload download commit rollback enable disable suspend resume pause
    request response hit miss in out started stopped finished paused resumed suspended before after increase decrease
    upgrade downgrade grow shrink expand collapse ack nack"""
)
# Before a word: what follows is said of the line's subject. "The host is …", "state: …".
TELLING = _words(
    """is are was were be been being isn't aren't wasn't becomes became remains remained stays stayed now not state
    status mode phase condition health result outcome"""
)
# Before a word: what follows is the name of something. Prepositions, and what separates names in a list.
NAMING = _words("for from to by at on in into of with via over under near between against as named called and or ,")
# The text after these keys is what the line says, as in logfmt and JSON lines.
SAYING = _words("msg message event level severity lvl") | _words("state status mode phase health result outcome")
# Symbols of SI and IEC units and their words, singular and plural. "3 ms" and "2 s" are one value with its unit.
UNITS = _words(
    """ns us µs μs ms s sec secs second seconds min mins minute minutes h hr hrs hour hours d day days millisecond
    milliseconds msec msecs microseconds nanoseconds b byte bytes kb mb gb tb kib mib gib tib kbit mbit gbit bit bits
    kbps mbps gbps hz khz mhz ghz"""
)
# Names of protocols and formats whose digit is part of the name: IPv4 and IPv6 are two things, not two values.
DIGITS_IN_NAME = _words(
    """ipv4 ipv6 socks4 socks5 http1 http2 http3 utf8 utf-8 utf-16 md5 sha1 sha256 sha512 base64 x86_64 amd64 arm64
    oauth2 sslv3 tlsv1 x509"""
)

_COUNTRIES = (
    "ac ae ar at au be bg bo br by ca ch ci cl cn co cr cy cz de dk dz ec ee eg es eu fi fr gb ge gr hk hr hu ie il ir"
    " is it jp ke kr kz lt lu lv ma md mk mx my ng nl nz pe ph pk pl pt py ro rs ru sa se sg si sk th tn tr tv tw ua uk"
    " us uy uz ve vn za"
)
# A host ends in a top-level domain (RFC 1591, RFC 2606, RFC 6762, RFC 8375, and what private networks use). A country
# or a word such as "info" is one only after two other labels, because `this.is` and `logger.info` are code.
_HOST = re.compile(
    r"(?:[\w\-]+\.)+(?:com|org|net|edu|gov|mil|arpa|local|localdomain|internal|intranet|lan|corp|test|example|invalid"
    r"|localhost)|(?:[\w\-]+\.){2,}(?:info|biz|int|io|dev|app|cloud|" + _COUNTRIES.replace(" ", "|") + ")"
)
_FILE = re.compile(
    r"[\w\-.$~%#+]*[\w\-]\.(?:txt|log|csv|tsv|json|jsonl|xml|ya?ml|toml|ini|conf|cfg|properties|html?|css|m?js|jsx|tsx?|php"
    r"|aspx?|jsp|py|ipynb|java|jar|war|kt|go|rs|c|cc|cpp|cxx|h|hpp|cs|rb|pl|sh|bash|ps1|bat|exe|dll|so|dylib|deb|rpm|zip"
    r"|tar|gz|tgz|bz2|xz|zst|7z|rar|iso|img|png|jpe?g|gif|svg|bmp|webp|ico|mp3|mp4|avi|mov|wav|pdf|docx?|xlsx?|pptx?|odt"
    r"|md|rst|db|sqlite|sql|bak|tmp|swp|pid|sock|pem|crt|p12|parquet|avro|proto|service|timer|socket|mount)",
    re.I,
)


def is_named(word: str) -> bool:
    """Whether a word without digits is the name of a host (`mail.example.org`) or of a file (`report.pdf`)."""
    return "." in word and bool(_HOST.fullmatch(word) or _FILE.fullmatch(word))
