"""Logs made of statements that are hard for a template miner, one log per kind; who wrote each line is known.

Unlike `foreign_lines`, these follow no program's logs. They were made together with the rules, so the results say that
the rules do what they should, not how well they do on logs that no one has seen.
"""

from __future__ import annotations

from foreign_lines import USERS, Statement, Values

HOSTS = ["pier.example.org", "relay.harbour.co.uk", "charts.lan", "mail.tide.example", "db.pier.internal", "bell.local"]
NAMES = ["Ada", "Bo", "Cleo", "Dimitri", "Ewa", "Farid", "Grace"]
CITIES = ["Oslo", "Hull", "Leith", "Riga", "Cork", "Turku"]
UNDECODED = ["caf\ufffd\ufffd", "gr\ufffdn", "m\ufffdr"]


def objects(v: Values) -> str:
    """A list of zero to five objects, as Java or Python print them."""
    return "[" + ", ".join(f"Berth(id={v.number()}, crane={v.number(9)})" for _ in range(v.random.randint(0, 5))) + "]"


def records(v: Values) -> str:
    """A list of zero to four JSON objects."""
    return "[" + ", ".join(f'{{"id": {v.number()}, "n": "{v.hex()}"}}' for _ in range(v.random.randint(0, 4))) + "]"


def size(v: Values) -> str:
    """Bytes, with the rounded number behind them if there are many."""
    much = v.number(9_999_999)
    unit, by = ("kB", 1e3) if much < 1e6 else ("MB", 1e6)
    return f"{much} bytes" + (f" ({much / by:.2f} {unit})" if much > 999 else "")


def age(v: Values) -> str:
    return v.pick(["<1 sec", f"{v.number(59)} sec", f"00:{v.number(49) + 10}", f"01:{v.number(49) + 10}:10"])


# Words with a capital letter, in quotes, after "is" or a key, methods, enumerations: each is an event of its own.
STATES: list[Statement] = [
    *(lambda v, s=s: f"Pump {v.hex(16)} {s} (cycle {v.number()})" for s in ("Primed", "Filled", "Drained", "Stalled")),
    *(lambda v, s=s: f"gate {v.number()} is now '{s}'" for s in ("open", "closed", "stuck")),
    *(lambda v, s=s: f"mirror {v.pick(HOSTS)} is {s}" for s in ("fresh", "stale", "gone")),
    *(lambda v, s=s: f"task {v.number()} went from {s} in {v.number()} ms" for s in ("NEW to READY", "READY to DONE")),
    *(
        lambda v, s=s: f'{v.ip()} "{s} /v2/{v.hex(32)}/berths HTTP/1.1" status: {v.number(599)}'
        for s in ("GET", "POST")
    ),
    *(lambda v, s=s: f"{s} /berths/{v.number()} took {v.number()} ms" for s in ("GET", "PUT", "DELETE")),
    *(lambda v, s=s: f"lamp {v.number()} switched {s} by {v.pick(USERS)}" for s in ("on", "off")),
    *(lambda v, s=s: f"transfer {v.hex()} done: {s}, {v.number()} left" for s in ("yes", "no")),
    lambda v: f"cache of {v.pick(HOSTS)} in use: {v.pick(['true', 'false'])}",
    lambda v: f"previous owner = {v.pick(['null', v.hex(), v.hex()])}, next owner = {v.hex()}",
    *(lambda v, s=s: f"Session {v.number()} opened by agent {s}." for s in ("DeepSync", "TideWatcher")),
]
# Values that are missing or of another shape in some lines.
OPTIONAL: list[Statement] = [
    lambda v: f"{v.pick(HOSTS)}:{v.number()} close, {size(v)} sent, {size(v)} received, lifetime {age(v)}",
    lambda v: f"{v.pick(HOSTS)}:{v.number()} open through gate {v.pick(HOSTS)}:{v.number()} HTTPS",
    lambda v: f"{v.pick(HOSTS)}:{v.number()} open through gate {v.pick(HOSTS)}:{v.number()} SOCKS5",
    lambda v: (
        f"call from {v.ip()} ({v.pick(['', v.pick(HOSTS)])}) at Sun Jul {v.number(28)} 13:44:{v.number(49) + 10} 2025"
    ),
    lambda v: (
        f"login failure; name= uid={v.number()} tty={v.pick(['', 'ssh'])} host={v.pick(HOSTS)} user={v.pick(USERS)}"
    ),
    lambda v: f"booked {objects(v)} for tug {v.number()}",
    lambda v: f"answer of the harbour: {records(v)}",
    lambda v: f"keeper asked to drop blocks {' '.join(v.hex() + str(v.number(9)) for _ in range(v.number(5)))}",
    lambda v: f"clock follows {v.pick([v.ip(), v.ip(), 'OSC(0)'])}, stratum {v.number(15)}",
    lambda v: f"copied {v.pick(USERS)}@{v.pick(HOSTS)}:/srv/{v.hex()} in {v.number()} {v.pick(['ms', 's'])}",
    lambda v: f"reading chart {v.pick(['tides', 'reefs', 'lamps'])}.{v.pick(['json', 'yaml', 'csv'])}",
    lambda v: (
        f"org.tide.{v.pick(['gauge.Reader', 'lamp.Keeper', 'bell'])}: told to run again, in {v.number()} seconds."
    ),
    lambda v: f"{v.pick(['TideReader', 'LampKeeper', 'BellRinger'])}: will try again after {v.number()} ms",
    lambda v: f"{v.pick(['bell', 'horn', 'lamp'])}.start() ok with /etc/tide/{v.hex()}.conf",
    lambda v: f"no berth for {v.pick(NAMES)} in {v.pick(CITIES)}, asked {v.number(9)} times",
]
# Scripts without spaces between words, other digits, other marks.
SCRIPTS: list[Statement] = [
    *(lambda v, s=s: f"出荷{v.number()}件を{s}しました。" for s in ("開始", "中止", "終了")),
    *(lambda v, s=s: f"用户{v.number()}登录{s},地址{v.ip()}" for s in ("成功", "失败")),
    lambda v: f"顧客「{v.pick(['佐藤', '鈴木', '高橋'])}」の注文{v.hex()}を受け付けました",
    lambda v: f"詳細はhttps://{v.pick(HOSTS)}/{v.number()}を参照してください",
    *(lambda v, s=s: f"입금{v.number()}이 {s}" for s in ("완료되었습니다", "실패했습니다")),
    *(lambda v, s=s: f"คำสั่งซื้อ{v.number()}{s}" for s in ("สำเร็จแล้ว", "ล้มเหลว")),
    *(lambda v, s=s: f"Заказ {v.number()} {s} за {v.number()} мс" for s in ("оплачен", "отменён", "доставлен")),
    lambda v: "الطلب " + "".join(v.pick(list("٠١٢٣٤٥٦٧٨٩")) for _ in range(5)) + " في الطريق",
    *(lambda v, s=s: f"ऑर्डर {v.number()} {s} गया" for s in ("भेजा", "रद्द किया")),
    lambda v: "第" + "".join(v.pick(list("０１２３４５６７８９")) for _ in range(3)) + "回の検査:異常なし",
    *(lambda v, s=s: f"{s} tide {v.number()} read" for s in ("✅", "❌")),
]


def unclean(v: Values) -> str:
    """What a terminal, an editor or a collector leaves around a line."""
    line = f"tide {v.number()} of {v.pick(HOSTS)} read in {v.number()} ms"
    forms = [
        f"\x1b[32m{line}\x1b[0m",
        f"\ufeff{line}",
        line.replace(" ", "\t"),
        f"  {line.replace(' ', '  ')}\r",
        f"{line}\x00\x00",
        f"{line}\n  at Tide.read(Tide.java:{v.number()})",
        line.replace("tide", "\x1b[1;33mtide\x1b[0m"),
    ]
    return v.pick(forms)


# Bodies of objects, and lines with what is not text in them.
BODIES: list[Statement] = [
    unclean,
    *(
        lambda v, s=s: f'{{"event": "{s}", "user": "{v.pick(USERS)}", "ms": {v.number()}}}'
        for s in ("signup", "logout")
    ),
    *(lambda v, s=s: f'{{\n  "id": {v.number()},\n  "status": "{s}"\n}}' for s in ("sent", "bounced")),
    *(
        lambda v, s=s: f'level=info msg="{s} {v.number()}" host={v.pick(HOSTS)}'
        for s in ("loaded tide", "dropped tide")
    ),
    *(lambda v, s=s: f"pilot={v.pick(USERS)} state={s} berth={v.number()}" for s in ("boarding", "ashore")),
    lambda v: f"no caf\ufffd in {v.pick(UNDECODED)} harbour {v.number()}",
    lambda v: f"chart of {v.number()} points: " + ", ".join(str(v.number()) for _ in range(v.number(400))),
    lambda v: f'Traceback (most recent call last):\n  File "a.py", line {v.number()}\nTideError: no tide {v.number()}',
]
KINDS = {"states": STATES, "optional": OPTIONAL, "scripts": SCRIPTS, "bodies": BODIES}
