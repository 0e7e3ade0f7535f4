"""The commands: `shop up` in one terminal, the others in a second."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import httpx
import pytest
from shop_probe import eventually

COMMAND = [sys.executable, "-m", "watchkeeper.staff.commands.shop"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    return {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path_factory.mktemp("runtime"))}


@pytest.fixture(scope="module")
def terminal(environment):
    process = subprocess.Popen([*COMMAND, "shop", "up"], env=environment, stdout=subprocess.PIPE, text=True)
    process.url = process.stdout.readline().split()[4]
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def run(environment, *arguments):
    return subprocess.run([*COMMAND, "shop", *arguments], env=environment, capture_output=True, text=True)


def test_without_a_shop_the_commands_say_how_to_start_one(environment):
    answer = run(environment, "status")
    assert answer.returncode == 1
    assert answer.stderr.strip() == ("No shop is running. Start one in another terminal with: watchkeeper shop up.")


def test_a_scenario_that_does_not_exist_is_answered_with_the_list():
    answer = subprocess.run([*COMMAND, "record", "bad-day", "--out", "."], capture_output=True, text=True)
    assert answer.returncode == 1
    assert "nothing-wrong" in answer.stderr and "Traceback" not in answer.stderr


def test_a_shop_is_seen_broken_mended_and_closed_from_another_terminal(environment, terminal):
    assert httpx.get(terminal.url).status_code == 200
    assert "recommendation" in run(environment, "status").stdout

    assert "no longer responds" in run(environment, "blackhole", "ads").stdout
    assert "frozen" in run(environment, "status").stdout
    assert 'class="banner"' not in httpx.get(terminal.url).text
    assert "responds again" in run(environment, "thaw", "ads").stdout

    assert "120 ms longer" in run(environment, "delay", "frontend", "catalog", "120").stdout
    assert "no longer delayed" in run(environment, "delay", "frontend", "catalog", "0").stdout
    assert "no service 'adverts'" in run(environment, "delay", "frontend", "adverts", "120").stderr
    assert "was restarted" in run(environment, "restart", "cart").stdout
    assert httpx.get(terminal.url + "cart").status_code == 200

    assert "from 1.3.0 to 1.4.0" in run(environment, "deploy", "catalog", "1.4.0").stdout
    assert "from 1.4.0 to 1.3.0" in run(environment, "roll-back", "catalog").stdout
    assert "no version '7'" in run(environment, "deploy", "catalog", "7").stderr
    assert "already runs" in run(environment, "up").stderr

    assert "closed" in run(environment, "down").stdout
    assert terminal.wait(20) == 0
    assert run(environment, "status").returncode == 1


def test_ctrl_c_closes_the_shop(environment):
    process = subprocess.Popen([*COMMAND, "shop", "up"], env=environment, stdout=subprocess.PIPE, text=True)
    url = process.stdout.readline().split()[4]
    assert httpx.get(url + "cart").status_code == 200
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    process.stdout.close()

    def refused():
        try:
            return httpx.get(url) is None
        except httpx.ConnectError:
            return True

    assert eventually(refused)
