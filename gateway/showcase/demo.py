"""`sagspost demo`: whole dialogues, in front of the reader's eyes.

By itself it plays that of a payment agreement, in scenes that show what is inside a mail; with
`--procedure` the one that a procedure brings along as a flow.

A kommune that has nothing but OpenSSL, a facility (da: tilbud) and a region write to each other
through a gateway on embedded defaults. Each mail is shown as its reader sees it; each step's claim
is checked, and the first that does not hold ends the play with exit status 1.
"""

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from gateway.showcase.correspondence import Correspondence
from gateway.showcase.flows.language import Flow, FlowError
from gateway.showcase.flows.live import on_stage
from gateway.showcase.flows.packaged import packaged_flow
from gateway.showcase.flows.player import FlowFailed, Player
from gateway.showcase.flows.telling import Teller
from gateway.showcase.inboxes import Inboxes
from gateway.showcase.narration import Narrator
from gateway.showcase.resident import resident
from gateway.showcase.runner import OpensslError
from gateway.showcase.scenes import SCENES, DemoError, Play
from gateway.showcase.stage import Stage, StageError, make_cast
from workflows.catalogue import catalogue, procedures

_BROKEN = (DemoError, FlowError, StageError, OpensslError, TimeoutError, OSError, KeyError)


def play(out: Console, *, procedure: str | None = None, keep: bool = True) -> int:
    """Play the dialogue on `out`, or the one that a procedure brings along; gives the exit status.

    The folder with home, PDFs and evidence is kept and its path told, or with `keep` false removed.
    """
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="sagspost-demo-"))
    tell = Narrator(out)
    try:
        with _ended_by_signal():
            if procedure is None:
                _perform(tell, folder)
            else:
                _perform_flow(tell, folder, packaged_flow(procedure))
    except FlowFailed as error:
        out.print("[red]The dialogue did not go as it is written:[/red]", highlight=False)
        out.print(str(error), highlight=False, markup=False)
        _show_log(out, folder / "serve.log")
        return 1
    except _BROKEN as error:
        out.print(f"[red]The demonstration stopped:[/red] {error!r}", highlight=False)
        _show_log(out, folder / "serve.log")
        return 1
    finally:
        if keep:
            tell.say(f"Everything is kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    tell.good(f"The whole dialogue took {time.monotonic() - started:.0f} seconds.")
    return 0


def _perform(tell: Narrator, folder: Path) -> None:
    """Play all steps, in order."""
    with Inboxes() as inboxes, resident() as commands:
        tell.heading("A region sets up its gateway; a kommune and a facility have certificates")
        cast = make_cast(folder / "partners")
        stage = Stage(folder / "home", relay_port=inboxes.port, resident=commands)
        stage.set_up(cast)
        tell.good(f"init, anchor add, partner add, facility add: home is {stage.home}")
        with stage.serving():
            tell.good(f"serve takes mail on 127.0.0.1:{stage.smtp_port}")
            this = Play(tell, folder, stage, cast, Correspondence(stage, inboxes))
            for scene in SCENES:
                scene(this)
        tell.good("serve has ended, and everything that it had started")


def _perform_flow(tell: Narrator, folder: Path, flow: Flow) -> None:
    """Play a procedure's own dialogue, and check what was kept of it."""
    tell.heading(f"{flow.authority[0]} sets up its gateway; everybody has a certificate")
    with on_stage(flow, folder) as live:
        tell.good(f"init, anchor add, partner add, facility add: home is {live.stage.home}")
        teller = Teller(tell, live.cast, live, folder)
        teller.begin()
        known = procedures()
        player = Player(live.cast, live, known, catalogue(known), teller)
        player.play()
        tell.heading("What was kept can be checked: cases, journal")
        commands = [("case", "verify", number) for number in player.memory.labels.values()]
        for command in (*commands, ("log", "verify")):
            tell.good(" ".join(live.stage.run(*command).out.split()))
    tell.good("serve has ended, and everything that it had started")


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """Let SIGTERM end the play as Ctrl-C does, so that children are ended with it."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _show_log(out: Console, log: Path) -> None:
    """Show the last lines of the gateway's log."""
    if log.exists():
        for line in log.read_text("utf-8", "replace").splitlines()[-20:]:
            out.print(line, highlight=False, markup=False, style="dim")
