"""Kinds of lines that a template miner can get wrong: what stays apart, what comes together, what is unclean."""

import json
import random
from itertools import product

import pandas as pd
import pytest

from watchkeeper.logs import masked, masking, templates, tree
from watchkeeper.logs.vocabulary import METHODS


def of(bodies: list) -> list[str]:
    return templates(bodies)["template"].tolist()


# Two lines of each: numbers are in the lines so that they are values, whatever else is.
STATES = [
    ["Pump Priming (cycle {})", "Pump Filled (cycle {})", "Pump Drained (cycle {})"],
    ["gate {} Open", "gate {} Shut"],
    ["valve '{}' is 'locked'", "valve '{}' is 'unlocked'"],
    ['job {} moved to state "warming"', 'job {} moved to state "serving"'],
    ["lamp {} turned on", "lamp {} turned off"],
    ["confirmed by keeper {}: yes", "confirmed by keeper {}: no"],
    ["mirror {} is fresh", "mirror {} is behind", "mirror {} is stale"],
    ["buoy {} is adrift", "buoy {} is moored", "buoy {} is sunk"],
    ["link eth{} up", "link eth{} down", "link eth{} degraded"],
    ["task {} READY after boot", "task {} BLOCKED after boot"],
    ["shard {} went from LEADING to FOLLOWING", "shard {} went from FOLLOWING to LEADING"],
    ["unit {} finished, code E_TIME_OUT", "unit {} finished, code E_NO_ROUTE"],
    ['level=info msg="tide table {} loaded"', 'level=info msg="tide table {} dropped"'],
    ['{{"event": "signup", "ms": {}}}', '{{"event": "logout", "ms": {}}}'],
    ['{{"id": {}, "status": "sent"}}', '{{"id": {}, "status": "bounced"}}'],
    ["pilot={} state=boarding", "pilot={} state=ashore"],
    ['10.0.0.{} - - "GET /berths/7 HTTP/1.1" 200', '10.0.0.{} - - "DELETE /berths/7 HTTP/1.1" 200'],
    ["PUT /berths/{} took 3 ms", "DELETE /berths/{} took 3 ms", "PATCH /berths/{} took 3 ms"],
    ["keeper {}: could not GET /tide after 3 tries", "keeper {}: could not POST /tide after 3 tries"],
    ["keeper {} asked method=GET", "keeper {} asked method=PUT"],
    ["[raise({})] boom of crane", "[lower({})] boom of crane"],
    ["[bow, ERROR] mooring {} slipped", "[bow, INFO] mooring {} slipped"],
    ["winch {} 'jammed' at noon", "winch {} 'greased' at noon"],
    [f"asked by {method} for {{}}" for method in METHODS],
    [
        f"valve {{}} is {state}"
        for state in ("up", "down", "open", "closed", "stuck", "hot", "cold", "ready", "busy", "idle")
    ],
    ["java.io.EOFException: frame {} is cut", "java.io.SyncFailedException: frame {} is cut"],
    ["listening on IPv4 port {}", "listening on IPv6 port {}"],
    ["WARN berth {} is taken", "ERROR berth {} is taken"],
    ["crane {} lift: begin", "crane {} lift: end"],
    ["Заказ {} оплачен", "Заказ {} отменён", "Заказ {} доставлен"],
    ["Auftrag {} bezahlt", "Auftrag {} storniert", "Auftrag {} geliefert"],
    ["طلب {} مدفوع", "طلب {} ملغى", "طلب {} مرسل"],
    ["ऑर्डर {} भेजा गया", "ऑर्डर {} रद्द गया", "ऑर्डर {} वापस गया"],
    ["입금{}이 완료되었습니다", "입금{}이 실패했습니다", "입금{}이 취소되었습니다"],
    ["出荷{}件を開始しました", "出荷{}件を中止しました", "出荷{}件を終了しました"],
    ["用户{}登录成功", "用户{}登录失败", "用户{}已注销"],
    ["คำสั่งซื้อ{}สำเร็จ", "คำสั่งซื้อ{}ล้มเหลว"],
    ["✅ tide {} read", "❌ tide {} read"],
]


@pytest.mark.parametrize("forms", STATES, ids=lambda forms: forms[0])
def test_states_are_told_apart(forms: list[str]) -> None:
    found = of([form.format(k) for form, k in product(forms, (31, 42))])
    assert found[::2] == found[1::2]
    assert len(set(found)) == len(forms), set(found)


# Lines of one statement each.
ONE = [
    # Truth values and empty values are written by one statement.
    ["mirror {} in use: true", "mirror {} in use: false"],
    ["tide read, previous = null, next = 3", "tide read, previous = 12, next = 3"],
    ["peer 10.0.0.3 () left at 7", "peer 10.0.0.4 (relay.example.net) left at 8", "peer 10.0.0.4 (n7) left at 8"],
    ["login user= host=alpha", "login user=ada host=alpha", 'login user="" host=alpha'],
    ["crew of tug 7: []", "crew of tug 8: [ada]", "crew of tug 9: [ada, bo]", "crew of tug 9: ['ada', 'bo', 'cy']"],
    ["no chart for user  from 10.0.0.3", "no chart for user ada from 10.0.0.3", "no chart for user n7 from 10.0.0.3"],
    ["pilot: , berth: 3", "pilot: ada, berth: 4", "pilot: n7, berth: 4"],
    ['{"pilot": null, "berth": 3}', '{"pilot": "ada", "berth": 4}'],
    # Lists of objects have any length.
    ["lifted [] by crane", "lifted [Box(7)] by crane", "lifted [Box(8), Box(9), Box(1)] by crane"],
    ["ran with ()", "ran with (7,)", "ran with (7, 8)"],
    ["tugs: Tug(7), Tug(8), Tug(9) are out", "tugs: Tug(7) are out"],
    ["booked=[]", "booked=[Berth(id=1)]", "booked=[Berth(id=1), Berth(id=22)]", "booked=[Berth(id=1, tags=[3, 4])]"],
    ['got {"berths": []}', 'got {"berths": [{"n": 1}]}', 'got {"berths": [{"n": 1}, {"n": 2}]} '],
    ["sums: (1, 2)", "sums: (1, 2, 3)"],
    ["please drop blocks 17", "please drop blocks 17 18", "please drop blocks 17 18 19 20"],
    # Parts that may be missing.
    ["pushed 17 bytes to 10.0.0.1", "pushed 2048 bytes (2 kB) to 10.0.0.1", "pushed 3145728 bytes (3 MB) to 10.0.0.1"],
    ["the tide took 12 ms to read", "the tide took 3 s to read", "the tide took <1 s to read"],
    ["clock follows source 10.0.0.9, drift 3", "clock follows source OSC(0), drift 12"],
    # Hosts, addresses, users and files without digits.
    ["relay.example.org:443 closed", "mail.harbour.co.uk:993 closed"],
    ["copied keeper@lighthouse:/var/x to keeper@pier:/var/y", "copied bo@pier:/var/x to cy@buoy:/var/y"],
    ["handed over to tide-reader", "handed over to lamp-keeper"],
    ["reading charts.yaml", "reading tides.json"],
    ["bell.service exited", "horn.timer exited"],
    # Names of modules in front.
    ["org.tide.gauge.Reader: told to read again in {} s", "org.tide.lamps: told to read again in {} s"],
    [
        "TideReader: will read again in {} s",
        "LampKeeper: will read again in {} s",
        "BellRinger: will read again in {} s",
    ],
    ["TideReader: will read {} again", "LampKeeper: will read {} again"],
    ["org.tide.Reader - will read again in {} s", "org.lamp.Keeper - will read again in {} s"],
    ["[org.tide.Reader] will read {} again", "[org.lamp.Keeper] will read {} again"],
    ["the call of n7 ended", "the call of ada ended"],
    ["the bell is for n7.", "the bell is for ada."],
    ["bell.start() ok after {} ms", "horn.start() ok after {} ms", "lamp.start() ok after {} ms"],
    # Scripts and their digits.
    ["订单{}已发货，共{}件。", "订单１２３已发货，共４件。"],
    ["الطلب {} وصل", "الطلب ١٢٣ وصل"],
    ["आदेश {} पहुँचा", "आदेश १२३ पहुँचा"],
    ["ส่ง{}รายการ", "ส่ง๑๒๓รายการ"],
    ["顧客「佐藤」の注文を受けました", "顧客「鈴木」の注文を受けました"],
    ["係員adaが交代しました", "係員boが交代しました", "係員cleoが交代しました"],
    ["詳細はhttps://a.example/{}を参照", "詳細はhttps://b.example/zを参照"],
    ["caf\u00e9 {} open", "cafe\u0301 {} open"],
    # Unclean lines.
    ["\x1b[1;33mtide\x1b[0m {} late", "tide {} late", "#033[33mtide#033[0m {} late", "\x1b]0;title\x07tide {} late"],
    ["tide {} late\r", "\ttide\t{}   late ", "\ufefftide {} late", "tide {}\x00 late\x00\x00", "\x07tide {} late"],
    ["tide \ufffd\ufffd {} late", "tide \ufffd {} late"],
    ["⚠️ tide {} late", "⚠ tide {} late"],
    ["tide {} late\n  at Tide.read(Tide.java:3)\n  at Main.main(Main.java:9)", "tide {} late"],
    ['{\n  "tide": 1,\n  "late": true\n}', '{ "tide": 2, "late": true }'],
    [{"tide": 1, "late": 7}, {"late": 22, "tide": 3}, '{"late": 1, "tide": 4}'],
    [b"tide 7 late", "tide 8 late"],
]


@pytest.mark.parametrize("forms", ONE, ids=lambda forms: str(forms[0]))
def test_lines_of_one_statement_come_together(forms: list) -> None:
    bodies = [form.replace("{}", str(k)) if isinstance(form, str) else form for form, k in product(forms, (31, 42))]
    assert len(set(of(bodies))) == 1, set(of(bodies))


@pytest.mark.parametrize(
    "bodies",
    [
        # A value in a place where two families have words of their own.
        [
            *(f"opened by client {c}, id {k}" for c in ("DeepSync", "TideWatcher") for k in (1, 2)),
            "opened by client 7, id 3",
        ],
        # A call without a name, next to two with different names.
        [*(f"result of {f}({k}) is 3" for f in ("seek", "tell") for k in (1, 2)), "result of 12 is 3"],
        # A form without a bracket, next to two brackets that say different things.
        [*(f"sent 17 bytes {b} now" for b in ("(7 lost)", "(7 kept)")), "sent 18 bytes now"],
        # Two words in capital letters.
        ["opened through gate 7 SOCKS5", "opened through gate 8 HTTPS"],
    ],
    ids=str,
)
def test_one_line_does_not_join_two_families(bodies: list[str]) -> None:
    found = of(bodies)
    families = {masked(body) for body in bodies}
    assert len(set(found)) == len(families), set(found)


@pytest.mark.parametrize(
    ("body", "mask"),
    [
        ("{\n}", "{<*>}"),
        ("=====\ntide is late\n=====", "tide is late"),
        ("\x1b[31m\nlate", "late"),
        ("\x00\x00", ""),
        ("\ufeff", ""),
        ("50%\r100%", "<*>"),
        ("\ufffd", "\ufffd"),
        (
            "Traceback (most recent call last):\n  x\nOSError: it\n\nDuring …:\n\n"
            "Traceback (most recent call last):\n  y\nTideError: no tide\n(see the chart)",
            "Traceback TideError: no tide",
        ),
        ("Traceback (most recent call last):", "Traceback (most recent call last):"),
        (pd.NA, ""),
        (pd.NaT, ""),
        (b"", ""),
        ({}, "{<*>}"),
        ([], "[<*>]"),
        ({1: "a", "b": 2}, "{<*>: '<*>', '<*>': <*>}"),
        (True, "true"),
        ("use int[] and f() here", "use int[] and f() here"),
        ("see obj.at and this.log(it)", "see obj.at and this.log(it)"),
    ],
    ids=repr,
)
def test_bodies_of_any_form(body: object, mask: str) -> None:
    assert masked(body) == mask


def test_a_unit_that_changes_is_part_of_the_value() -> None:
    assert set(of(["the tide took 12 ms to read", "the tide took 3 s to read"])) == {"the tide took <*> <*> to read"}


def test_bodies_that_cannot_be_written_as_json() -> None:
    loop: list = []
    loop.append(loop)
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    assert masked(loop) == "[<*>]"
    assert masked(deep) == "list that is nested too deep"
    assert masked(json.loads("[" * 50 + "]" * 50)) == "[<*>]"


HOSTILE = [
    "[",
    "[a",
    "{,",
    "[T(1), ",
    "a=[",
    "<*>[",
    "(1)",
    "{\n",
    "x\r",
    "\x1b[0",
    "\u0301",
    "a\u0301\u0323",
    "注1",
    "「",
    "a.",
    "jan",
]


@pytest.mark.parametrize("part", HOSTILE, ids=repr)
def test_the_work_for_a_body_does_not_grow_with_its_length(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(length: int) -> tuple[int, int]:
        """How many characters of a body are cleaned, and how many the elements have that brackets are made of."""
        cleaned, read = [], []
        clean = masking._clean
        monkeypatch.setattr(masking, "_clean", lambda line: cleaned.append(1 + len(clean(line))) or clean(line))
        made = masking._bracket
        monkeypatch.setattr(masking, "_bracket", lambda *of, **how: read.extend(map(len, of[1])) or made(*of, **how))
        line = masking.telling_line(part * (length // len(part)))
        masking.mask_line(line, masking.Words())
        monkeypatch.setattr(masking, "_bracket", made)
        monkeypatch.setattr(masking, "_clean", clean)
        return sum(cleaned), sum(read)

    assert work(50_000) == work(100_000)
    assert work(100_000)[0] <= 2 * masking.LISTS
    assert work(6_000)[1] <= 3 * max(work(3_000)[1], 1_000)


def test_the_comparisons_grow_with_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)
    words = ["".join(chance.choices("abcdefgh", k=6)) for _ in range(3_000)]
    prose = [" ".join(["so", *chance.choices(words, k=6)]) for _ in range(4_000)]
    families = [
        form.format(k) for k in range(2_000) for form in ("bell {} rang", "horn {0} blew at {0}", "a {0} b{0}c {0}")
    ]
    compared = []
    one = tree._similarity
    monkeypatch.setattr(tree, "_similarity", lambda *of: compared.append(1) or one(*of))

    def work(bodies: list[str]) -> int:
        compared.clear()
        templates(bodies)
        return len(compared)

    for bodies in (prose, families):
        assert work(bodies) <= 3 * work(bodies[: len(bodies) // 2]) + 10
