"""The commands of an apprentice: lab, submit, doctor. A kit's `watchkeeper` has no others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path | None, typer.Option(help="The unpacked kit to work in.", show_default="here, or work/")]


def add_to(app: typer.Typer) -> None:
    """Add the apprentice's commands to the app."""
    app.command()(lab)
    app.command()(submit)
    app.command()(doctor)


def lab(
    port: Annotated[int, typer.Option(help="The port JupyterLab listens on, or the next free one.")] = 8888,
    browser: Annotated[bool, typer.Option(help="Open it in your browser.")] = True,
    ip: Annotated[str, typer.Option(help="The address it listens on; 0.0.0.0 for all.")] = "127.0.0.1",
    folder: Folder = None,
) -> None:
    """Open JupyterLab on your kit.

    In the course's repository it creates or updates a kit in `work/` first. Your own work is never overwritten:
    a notebook you have changed stays as it is, and its new version is put next to it.
    """
    from watchkeeper.commands import lab as lab_

    kit, said = lab_.prepared(folder, Path.cwd())
    for sentence in said:
        print(sentence)
    print(f"JupyterLab opens {kit}. To stop it, press Ctrl-C twice here. Its log: {kit / lab_.LOG}", flush=True)
    raise typer.Exit(lab_.start(kit, port, ip, browser))


def submit(
    module: Annotated[str, typer.Argument(help="For example 00-welcome.", show_default="where you are")] = "",
    name: Annotated[str, typer.Option(help="Your name.", show_default="the one you gave last")] = "",
    folder: Folder = None,
) -> None:
    """Write the file that you send to your mentor. Save your notebooks first.

    You can submit as often as you like: the new file replaces the old one.
    """
    from watchkeeper.kit import folder as work
    from watchkeeper.kit import submission

    if os.environ.get("NBGRADER_EXECUTION"):  # the cell that submitted the notebook runs again when it is graded
        print("Nothing is submitted while a notebook is validated or graded.")
        return
    here = Path.cwd()
    made = submission.submit(module, name, work.kit_at((folder or here).resolve()), here)
    for warning in made.warnings:
        print(f"Please check: {warning}")
    print(f"Wrote {made.path}")
    for sentence in made.left_out:
        print(sentence)
    inside = ", ".join((*made.notebooks, *made.files))
    print(f"It contains {inside}. Send this one file to your mentor, the way you agreed on.")


def doctor(port: Annotated[int, typer.Option(help="The port that `lab` would use.")] = 8888) -> None:
    """Find out what is missing on this machine, and how to get it."""
    from watchkeeper.commands import doctor as doctor_

    findings = list(doctor_.examine(Path.cwd(), port))
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        print(f"{finding.what.ljust(width)}  {finding.word.ljust(13)}  {finding.detail}".rstrip())
    if missing := [finding.what for finding in findings if finding.fails]:
        print(f"Not ready yet: {', '.join(missing)}.")
        raise typer.Exit(1)
    print("Everything you need is here.")
