"""Pictures of the Dagster UI for the README: starts `karakoram ui` on a refreshed home and photographs it.

    uv run python tools/screenshots.py --home data --into .screenshots

Needs Playwright (in the dev group) and a Chromium of the system. Nothing leaves the machine: the browser is closed to
every address but the UI's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LONGEST_START = 120  # seconds until the UI answers
LARGEST = 300_000  # bytes of one picture
PATIENCE = 120_000  # ms for anything on a page, beside other work


class UiError(RuntimeError):
    """The UI did not start, or does not show what it should."""


@dataclass
class Ui:
    """A running UI: its address, and how to look at it."""

    url: str
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def page(self, path: str, width: int = 1440, height: int = 900) -> Page:
        """A page of the UI, with the dialog for newcomers out of the way; errors on the console are collected.

        Pages opened before are closed: each goes on asking for news, which takes a core's quarter from the others.
        """
        self.close()
        context = self.browser.new_context(viewport={"width": width, "height": height}, color_scheme="light")
        context.route(lambda url: not url.startswith(self.url), lambda route: route.abort())
        context.add_init_script("localStorage.setItem('communityNux', '1')")
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.complaints.append(f"{path}: {error}"))
        page.on("console", lambda said: self._note(path, said))
        page.goto(f"{self.url}{path}", wait_until="domcontentloaded")
        return page

    def close(self) -> None:
        """Close all pages."""
        for context in self.browser.contexts:
            context.close()

    def _note(self, path: str, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complaints.append(f"{path}: {said.text}")


@contextmanager
def running_browser() -> Iterator[Browser]:
    """The system's Chromium, without a window; UiError if there is none."""
    program = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        raise UiError(f"expected one of {', '.join(CHROMIUM)} on PATH, got none; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def running_ui(home: Path, browser: Browser, **environment: str) -> Iterator[Ui]:
    """`karakoram ui` on ``home``, looked at with ``browser``; it is ended again."""
    port = _free_port()
    command = [sys.executable, "-c", "from orchestration.cli import main; main()", "ui", "--port", str(port)]
    given = {**os.environ, "KARAKORAM_HOME": str(home.resolve()), "PYTHONPATH": str(ROOT), **environment}
    log = home / "logs" / "ui.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as output:
        process = subprocess.Popen(
            command, env=given, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_for(port, process, log)
        ui = Ui(f"http://127.0.0.1:{port}", browser)
        yield ui
        ui.close()
    finally:
        _end(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + LONGEST_START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise UiError(f"the UI ended with {process.returncode}:\n{log.read_text('utf-8', 'replace')[-2000:]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise UiError(f"the UI did not answer within {LONGEST_START} s:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the UI with all its processes: it leads a process group of its own."""
    for stop in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(process.pid, stop)
            process.wait(timeout=20)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


@dataclass(frozen=True)
class Shot:
    """One picture: where, how large, and what must be visible before it is taken."""

    name: str
    path: str
    shows: str
    width: int = 1200
    height: int = 760
    prepare: Callable[[Page], None] = lambda page: None


def open_picture(page: Page) -> None:
    """Unfold the chart in the metadata of a mart."""
    page.get_by_role("row").filter(has_text="picture").get_by_text("[Show Markdown]").click()
    page.locator("img[src^='data:image']").wait_for()


def open_last_run(page: Page) -> None:
    """From the list of runs into the newest one."""
    page.locator("a[href^='/runs/']").first.click()
    page.get_by_text("RUN_SUCCESS").wait_for()


SHOTS = (
    Shot("lineage", "/asset-groups", "published", width=1440, height=560),
    Shot("balance", "/assets/marts/trade_balance", "picture", prepare=open_picture),
    Shot("checks", "/assets/marts/trade_balance?view=checks&checkDetail=coverage_ratio", "the limit is"),
    Shot("what_changed", "/assets/published/warehouse", "what_changed"),
    Shot("run", "/runs", "Success", prepare=open_last_run),
)


def take(ui: Ui, shot: Shot, into: Path) -> Path:
    """Take one picture; UiError if it is too large to be kept."""
    page = ui.page(shot.path, shot.width, shot.height)
    page.get_by_text(shot.shows).first.wait_for()
    shot.prepare(page)
    page.wait_for_timeout(3_000)  # charts and graphs are drawn after their texts are there
    into.mkdir(parents=True, exist_ok=True)
    target = into / f"{shot.name}.png"
    page.screenshot(path=str(target))
    page.context.close()
    if target.stat().st_size > LARGEST:
        raise UiError(f"{target} has {target.stat().st_size} bytes, expected at most {LARGEST}")
    return target


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--home", type=Path, default=ROOT / "data", help="a home after `karakoram refresh`")
    parser.add_argument("--into", type=Path, default=ROOT / ".screenshots")
    parser.add_argument("--only", choices=[shot.name for shot in SHOTS], action="append")
    given = parser.parse_args()
    if not (given.home / "karakoram.duckdb").exists():
        sys.exit(f"{given.home} holds no warehouse: run `karakoram refresh` first")
    with running_browser() as browser, running_ui(given.home, browser) as ui:
        for shot in SHOTS:
            if not given.only or shot.name in given.only:
                print(take(ui, shot, given.into))


if __name__ == "__main__":
    main()
