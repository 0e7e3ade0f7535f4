"""`watchkeeper shop …` and `watchkeeper record`: run the demo shop, break it, record it."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.errors import WatchkeeperError
from watchkeeper.staff.commands.tables import show

shop_app = typer.Typer(
    name="shop", help="Run the demo shop on this machine and break it on purpose.", no_args_is_help=True
)
Service = Annotated[str, typer.Argument(help="A service, for example ads.")]
STRETCH_SECONDS = 600.0
MY_RECORDINGS, MY_HELD_BACK = Path("my-recordings"), Path("my-held-back")
StoreUrl = Annotated[str, typer.Option(help="URL of the databases, with {database} for the name; SQLite by default.")]


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn a user's mistake into one sentence and exit code 1 instead of a traceback."""
    try:
        yield
    except WatchkeeperError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None


@shop_app.command()
def up(
    port: Annotated[int, typer.Option(help="Port of the pages on 127.0.0.1; 0 takes any free one.")] = 0,
    load: Annotated[float, typer.Option(help="Requests per second from invented shoppers; 0 for none.")] = 0.0,
    store_url: StoreUrl = "",
) -> None:
    """Start the shop and keep it running until Ctrl-C."""
    from watchkeeper.errors import ShopError
    from watchkeeper.shop.control import DEFAULT_STORE, Shop, announced
    from watchkeeper.shop.roster import CODE, Setup
    from watchkeeper.staff.recorder import VERSIONS

    setup = Setup(releases=(str(VERSIONS),))
    with _one_sentence(), Shop.start(port, store_url or DEFAULT_STORE, setup) as shop, announced(shop):
        with suppress(KeyboardInterrupt):
            print(f"The shop is open: {shop.url}  (Ctrl-C closes it)")
            print(f"Its telemetry: {shop.folder / 'telemetry'}  Its code: {shop.folder / CODE}")
            while shop.is_open():
                with suppress(ShopError):  # it may be closing, because of another terminal
                    if load and not shop.load_runs():
                        shop.load(int(time.time()), STRETCH_SECONDS, load)
                time.sleep(0.5)
        print("Closing.")


@shop_app.command()
def status() -> None:
    """Show what runs and in which version."""
    from watchkeeper.shop.control import running_shop

    with _one_sentence():
        state = running_shop().status()
    rows = [
        (name, one["version"], "frozen" if one["frozen"] else "runs", str(state["ports"].get(name, "")))
        for name, one in state["services"].items()
    ]
    show(("service", "version", "state", "port"), rows)


@shop_app.command()
def blackhole(service: Service) -> None:
    """Freeze a service: it accepts connections and never responds."""
    from watchkeeper.shop.control import running_shop

    with _one_sentence():
        running_shop().blackhole(service)
    print(f"{service} no longer responds. Undo it with: watchkeeper shop thaw {service}")


@shop_app.command()
def thaw(service: Service) -> None:
    """Let a frozen service continue."""
    from watchkeeper.shop.control import running_shop

    with _one_sentence():
        running_shop().thaw(service)
    print(f"{service} responds again.")


@shop_app.command()
def delay(
    caller: Service,
    called: Annotated[str, typer.Argument(help="The service that it calls, for example catalog.")],
    ms: Annotated[float, typer.Argument(help="How many milliseconds longer each call takes; 0 ends it.")],
) -> None:
    """Delay the calls from one service to another."""
    from watchkeeper.shop.control import running_shop

    with _one_sentence():
        running_shop().delay(caller, called, ms)
    print(f"Calls from {caller} to {called} " + (f"take {ms:g} ms longer." if ms else "are no longer delayed."))


@shop_app.command()
def restart(service: Service) -> None:
    """End a service's process and start it again in the same version."""
    from watchkeeper.shop.control import running_shop

    with _one_sentence():
        running_shop().restart(service)
    print(f"{service} was restarted.")


@shop_app.command()
def deploy(service: Service, version: Annotated[str, typer.Argument(help="For example 1.4.0.")]) -> None:
    """Replace a service by another version of it."""
    from watchkeeper.shop.control import running_shop

    with _one_sentence():
        done = running_shop().deploy(service, version)
    print(f"{service} went from {done['from']} to {done['to']}.")


@shop_app.command(name="roll-back")
def roll_back(service: Service) -> None:
    """Roll back to the version that ran before the last deploy."""
    from watchkeeper.shop.control import running_shop

    with _one_sentence():
        done = running_shop().roll_back(service)
    print(f"{service} was rolled back from {done['from']} to {done['to']}.")


@shop_app.command()
def down() -> None:
    """Stop the shop that `up` started."""
    from watchkeeper.shop.control import running_shop

    with _one_sentence():
        running_shop().order_stop()
    print("The shop is closed.")


def record(
    scenario: Annotated[str, typer.Argument(help="Which scenario.", show_default=False)] = "",
    everything: Annotated[bool, typer.Option("--all", help="Record all, for apprentices and for grading.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the scenarios and their recordings.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the recordings.", show_default="my-recordings, private ones: my-held-back"),
    ] = None,
    held_back: Annotated[
        Path | None, typer.Option(help="With --all: folder for the held-back ones.", show_default="my-held-back")
    ] = None,
    seed: Annotated[
        int,
        typer.Option(help="Determines the load and the times of the steps. Held-back recordings take the next one."),
    ] = 1,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the recording that is there; with --all, those of other seeds.")
    ] = False,
    name: Annotated[str, typer.Option(help="Name of the recording; the scenario's public name by default.")] = "",
    public: Annotated[
        bool | None,
        typer.Option("--public/--private", help="Private also writes what was done.", show_default="public"),
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long shoppers arrive; 0 for the scenario's own.")] = 0.0,
    rate: Annotated[float, typer.Option(help="About how many requests per second; 0 for the scenario's own.")] = 0.0,
    store_url: StoreUrl = "",
) -> None:
    """Record a scenario: run the shop under load and keep all its traces, logs and metrics.

    `--all` records a school's whole set. If it is interrupted, type the same command again: it records only what is
    missing.
    """
    from watchkeeper.shop.control import DEFAULT_STORE
    from watchkeeper.staff.recorder.record import record as make
    from watchkeeper.staff.recorder.scenarios import SCENARIOS
    from watchkeeper.staff.recorder.whole import record_all

    if listed:
        rows = [(one.name, one.recording, f"{one.seconds:g}") for one in SCENARIOS.values()]
        show(("scenario", "recording", "seconds"), rows)
        return
    with _one_sentence():
        if everything == bool(scenario):
            raise WatchkeeperError(
                f"Name one scenario, or record all of them: watchkeeper record --all\nScenarios: {', '.join(SCENARIOS)}"
            )
        if everything and (name or public is not None):
            raise WatchkeeperError("--name, --public and --private are for one scenario, and --all records them all.")
        if held_back and not everything:
            raise WatchkeeperError("--held-back is for --all. For one scenario, use --private and --out.")
    # On SIGTERM or Ctrl-C, clean up: a partial recording is discarded.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    public = public is not False
    with _one_sentence():
        if everything:
            folders = (out or MY_RECORDINGS, held_back or MY_HELD_BACK)
            record_all(seed, *folders, replace, seconds, rate, store_url or DEFAULT_STORE)
            return
        where = out or (MY_RECORDINGS if public else MY_HELD_BACK)
        folder = make(scenario, seed, where, name, public, seconds, rate, store_url or DEFAULT_STORE, replace)
    print(f"Recorded {folder}.")


def compose(
    out: Annotated[Path, typer.Option(help="Folder in which the series' folder is created.")],
    recordings: Annotated[Path, typer.Option(help="Folder of the recordings that the minutes come from.")],
    seed: Annotated[int, typer.Option(help="Determines traffic and incidents.")] = 1,
    public: Annotated[bool, typer.Option("--public/--private", help="Private also writes what was arranged.")] = True,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the series that is there.")] = False,
) -> None:
    """Compose three weeks of metrics from recorded minutes."""
    from watchkeeper.staff.recorder.compose import compose as make

    with _one_sentence():
        folder = make(seed, out, recordings, not public, replace)
    print(f"Composed {folder}.")


def add_to(app: typer.Typer) -> None:
    """Add the shop's commands to `app`."""
    app.add_typer(shop_app)
    app.command()(record)
    app.command()(compose)


if __name__ == "__main__":
    alone = typer.Typer(no_args_is_help=True)
    add_to(alone)
    alone()
