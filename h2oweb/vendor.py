"""Copies the browser libraries from ``node_modules/`` to ``static/vendor/``.

``python h2oweb/vendor.py`` after ``npm ci``, or ``copy()`` from Python; standard library only,
so that it runs before anything else is installed. Each library keeps its licence beside it.
The copies have stable names, because the modules in ``static/chat/js/`` import them by path.
"""

import hashlib
import re
import sys
from collections.abc import Mapping
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

#: The languages that code blocks are highlighted in; ``static/chat/js/highlighting.js`` loads
#: each when it is first needed.
LANGUAGES = (
    "bash c clojure cmake cpp csharp css dart diff dockerfile dos elixir erlang fortran fsharp go"
    " graphql groovy haskell http ini java javascript json julia kotlin latex less lisp lua"
    " makefile markdown matlab nginx nix objectivec ocaml perl php powershell protobuf python"
    " python-repl r ruby rust scala scss shell sql swift typescript vbnet verilog vim wasm"
    " x86asm xml yaml"
).split()

#: Copy in ``static/vendor/`` -> file in ``node_modules/``. The build of markdown-it for browsers
#: holds the libraries that it stands on, so their licences come along, and so does that of charts.
FILES = {
    "markdown-it.js": "markdown-it/dist/browser/markdown-it.esm.min.mjs",
    "markdown-it.LICENSE": "markdown-it/LICENSE",
    "entities.LICENSE": "entities/LICENSE",
    "linkify-it.LICENSE": "linkify-it/LICENSE",
    "mdurl.LICENSE": "mdurl/LICENSE",
    "punycode.LICENSE": "punycode.js/LICENSE-MIT.txt",
    "uc.micro.LICENSE": "uc.micro/LICENSE.txt",
    "purify.js": "dompurify/dist/purify.min.js",
    "purify.LICENSE": "dompurify/LICENSE",
    "temml.js": "temml/dist/temml.min.js",
    "temml.LICENSE": "temml/LICENSE",
    "stix-two-math.woff2": "@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff2",
    "stix-two-math.LICENSE": "@fontsource/stix-two-math/LICENSE",
    "chart.js": "chart.js/dist/chart.umd.min.js",
    "chart.LICENSE": "chart.js/LICENSE.md",
    "color.LICENSE": "@kurkle/color/LICENSE.md",
    "fflate.js": "fflate/esm/browser.js",
    "fflate.LICENSE": "fflate/LICENSE",
    "highlight/core.js": "@highlightjs/cdn-assets/es/core.min.js",
    "highlight/LICENSE": "@highlightjs/cdn-assets/LICENSE",
} | {
    f"highlight/languages/{name}.js": f"@highlightjs/cdn-assets/es/languages/{name}.min.js"
    for name in LANGUAGES
}

#: Scripts that a line at their end makes modules: these builds have half the bytes of the
#: libraries' own modules, which nobody has minified.
EXPORTS = {
    "chart.js": b"\nexport default globalThis.Chart;\n",
    "purify.js": b"\nexport default globalThis.DOMPurify;\n",
    "temml.js": b"\nexport default temml;\n",
}

# Source maps are not copied, and the static files storage would look for them.
SOURCE_MAP = re.compile(rb"^//# sourceMappingURL=.*$\n?", re.MULTILINE)


def copy(base: Path = BASE_DIR, files: Mapping[str, str] = FILES) -> bool:
    """Brings ``static/vendor/`` up to date; files that are no longer wanted go.

    Returns whether there was anything to do. Raises FileNotFoundError, naming the command that
    helps, when the libraries are not installed.
    """
    vendor, stamp = base / "static/vendor", _stamp(base)
    if _is_current(vendor, files, stamp):
        return False
    # The stamp goes first and comes back last: a copy that was cut short is done again.
    (vendor / ".stamp").unlink(missing_ok=True)
    for name, source in files.items():
        _copy_file(base / "node_modules" / source, vendor / name)
    _remove_others(vendor, files)
    (vendor / ".stamp").write_text(stamp)
    return True


def _stamp(base: Path) -> str:
    """Changes with the versions in the lock file and with the list in this one."""
    lock = (base / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + Path(__file__).read_bytes()).hexdigest()


def _is_current(vendor: Path, files: Mapping[str, str], stamp: str) -> bool:
    kept = vendor / ".stamp"
    return (
        kept.exists()
        and kept.read_text() == stamp
        and all((vendor / name).exists() for name in files)
    )


def _copy_file(source: Path, target: Path) -> None:
    try:
        content = source.read_bytes()
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{source} is missing: run npm ci --ignore-scripts") from error
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(SOURCE_MAP.sub(b"", content) + EXPORTS.get(target.name, b""))


def _remove_others(vendor: Path, files: Mapping[str, str]) -> None:
    for path in vendor.rglob("*"):
        if path.is_file() and path.relative_to(vendor).as_posix() not in files:
            path.unlink()


if __name__ == "__main__":
    try:
        print("copied to static/vendor" if copy() else "static/vendor is up to date")
    except FileNotFoundError as error:
        sys.exit(str(error))
