"""What a frame costs the page while a long answer streams.

Run as ``python -m tests.bench.rendering [--characters 100000] [--frames 1500]``. The last frames
of an answer full of code, tables and lists are drawn as at 200 tokens a second. Told is the time
on the processor of the page's own thread, from the browser's trace, so that other programs on
the machine do not count. Goals: 95 of 100 frames under 8 ms of script, no task over 50 ms.
"""

import argparse
import json
import os
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import django
from playwright.sync_api import sync_playwright

from h2oweb.bootstrap import browser as chromium_path
from tests.bench.goals import Goal, end, show

CHARACTERS = 13  # a frame: 200 tokens of 4 characters a second, 60 frames a second
CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
FRAME = "FireAnimationFrame"
PARTS = {"script": FRAME, "style": "UpdateLayoutTree", "layout": "Layout", "task": "RunTask"}
STREAM = """async ([source, step, frames]) => {
    const element = document.querySelector("message-text");
    const start = Math.max(0, source.length - step * frames);
    element.update(source.slice(0, start), { streaming: true });
    await new Promise((done) => setTimeout(done, 2000));
    for (let end = start + step; end < source.length + step; end += step) {
        await new Promise(requestAnimationFrame);
        scrollTo(0, 1e9);  // to the end of what was laid out for the last frame
        element.update(source.slice(0, end), { streaming: true });
    }
}"""


def measure(url: str, source: str, frames: int) -> dict[str, list[float]]:
    """Milliseconds of each part's events, by the names in PARTS."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as directory:
        trace = Path(directory) / "trace.json"
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=root)
        page = browser.new_page()
        page.goto(url)
        page.wait_for_selector("message-text:defined", state="attached")
        browser.start_tracing(page=page, path=trace, categories=CATEGORIES)
        page.evaluate(STREAM, [source, CHARACTERS, frames])
        browser.stop_tracing()
        browser.close()
        return _parts(json.loads(trace.read_text())["traceEvents"])


def _parts(events: list[dict[str, Any]]) -> dict[str, list[float]]:
    first = min((event for event in events if event["name"] == FRAME), key=lambda each: each["ts"])
    names = {event: part for part, event in PARTS.items()}
    found = defaultdict(list)
    for event in events:
        is_here = (event["pid"], event["tid"]) == (first["pid"], first["tid"])
        is_timed = event["name"] in names and "tdur" in event and event["ts"] >= first["ts"]
        if is_here and is_timed:
            found[names[event["name"]]].append(event["tdur"] / 1000)
    return found


def _long_answer(rich: str, characters: int) -> str:
    copies = characters // len(rich) + 1
    whole = "\n\n".join(rich.replace("first heading", f"heading {n}") for n in range(copies))
    return whole[:characters]


def _report(part: str, times: list[float]) -> str:
    ordered = sorted(times)
    shares = [ordered[int((len(ordered) - 1) * share)] for share in (0.5, 0.95, 0.99, 1)]
    figures = " ".join(f"{value:7.2f}" for value in shares)
    return f"{part:<7}{figures} ms  (half, 95 %, 99 %, all of {len(times):,} are below)"


def _goals(found: dict[str, list[float]]) -> list[Goal]:
    scripts = sorted(found["script"])
    return [
        Goal("script of a frame, 95 of 100", scripts[int(0.95 * (len(scripts) - 1))], 8, "ms"),
        Goal("longest task", max(found["task"]), 50, "ms"),
    ]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--characters", type=int, default=100_000)
    parser.add_argument("--frames", type=int, default=1_500)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.browser.static_site import PROJECT, static_site, strict_policy

    rich = (PROJECT / "tests/fixtures/markdown/rich.md").read_text()
    source = _long_answer(rich, options.characters)
    with static_site(strict_policy()) as url:
        found = measure(url, source, options.frames)
    show(f"rendering: the end of {len(source):,} characters", _goals(found))
    for part, times in found.items():
        print(f"  {_report(part, times)}")


if __name__ == "__main__":
    main()
    end()
