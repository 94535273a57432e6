"""What the repository must never hold, and what it must."""

import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
OWN_WORK = (".css", ".html", ".js", ".json", ".md", ".py", ".sh", ".svg", ".toml", ".txt", "")
CODE = (".css", ".html", ".js", ".py")
# Never committed, never looked at.
MADE = (".venv", "node_modules", "static/vendor", "var", ".git")
CACHES = ("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")
HOSTS = ("npmjs.", "pypi.org", "pythonhosted.org", "debian.org", "yarnpkg.")
PATHS = ("/root/", "/work/", "/home/[a-z]", "/Users/")


@functools.cache
def committed() -> list[Path]:
    """The files of the repository, or of the directory where there is no repository."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    if listing.returncode == 0:
        found = [PROJECT / name for name in listing.stdout.split("\0") if name]
        return [path for path in found if path.is_file()]
    return list(walk(PROJECT))


def walk(directory: Path) -> Iterator[Path]:
    """The files below a directory that set-up has not made."""
    for path in sorted(directory.iterdir()):
        if path.is_file():
            yield path
        elif path.relative_to(PROJECT).as_posix() not in MADE and path.name not in CACHES:
            yield from walk(path)


def lines_with(pattern: str, files: list[Path]) -> list[str]:
    """Where a regular expression is found, as ``file:line: text``."""
    wanted = re.compile(pattern)
    return [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()[:100]}"
        for path in files
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if wanted.search(line)
    ]


def written(*suffixes: str, under: str = "") -> list[Path]:
    """The repository's own texts of these kinds, in this directory."""
    kinds = suffixes or OWN_WORK
    return [
        path
        for path in committed()
        if path.suffix in kinds
        and path != Path(__file__)  # which names all that it looks for
        and path.relative_to(PROJECT).as_posix().startswith(under)
        and "fixtures" not in path.parts
    ]


@pytest.mark.parametrize("host", HOSTS)
def test_no_package_registry_is_named(host):
    assert lines_with(re.escape(host), written()) == []


@pytest.mark.parametrize("path", PATHS)
def test_no_path_of_a_machine_is_named(path):
    assert lines_with(path, written()) == []


def test_nothing_is_left_for_another_day():
    assert lines_with(r"\b(TODO|FIXME|XXX|HACK)\b", written(*CODE)) == []


def test_no_test_is_skipped():
    skipping = (
        r"(mark\.|pytest\.)(skip|xfail|skipif|importorskip)\b|\b(test|it|describe)\.(skip|todo)\b"
    )
    assert lines_with(skipping, written(".py", ".js", under="tests/")) == []


def test_templates_hold_no_style_or_script_of_their_own():
    """The Content-Security-Policy would refuse them."""
    inline = r"""<style\b|\sstyle=|\son[a-z]+\s*=\s*["']|javascript:|<script(?![^>]*\bsrc=)[^>]*>"""
    data = r"""<script[^>]*type="(application/json|importmap)"[^>]*>"""
    found = lines_with(inline, written(".html", ".svg"))
    assert [line for line in found if not re.search(data, line)] == []


def test_markup_is_made_of_text_in_one_module_only():
    """A second way from text to markup would be a second thing to keep safe."""
    ways = (
        r"\.(inner|outer)HTML\s*\+?=(?!=)|insertAdjacentHTML|document\.write"
        r"|createContextualFragment|srcdoc|setHTMLUnsafe"
    )
    scripts = written(".js", under="static/")
    elsewhere = [path for path in scripts if path.name != "markdown.js"]
    assert lines_with(ways, elsewhere) == []
    assert len(scripts) > len(elsewhere)


def test_no_colour_is_written_twice():
    """Each is a custom property of tokens.css."""
    assert lines_with(r":[^;{]*(#[0-9a-fA-F]{3,8}\b|\b(rgb|hsl|oklch)a?\()", style_sheets()) == []


def test_every_space_and_radius_is_a_step_of_the_scale():
    strays = [
        f"{path.name}: {name}: {value}"
        for path in style_sheets()
        for name, value in SPACE.findall(
            re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        )
        if has_length_of_its_own(value)
    ]
    assert not strays, (
        "Spaces and radii are var(--space-…) and var(--radius-…) of tokens.css, or sums of them. "
        "What grows with its text may be in em, and a line's width in up to 3px."
    )


def style_sheets() -> list[Path]:
    """Those that use tokens.css."""
    found = [path for path in written(".css", under="static/") if path.name != "tokens.css"]
    assert found
    return found


# A declaration of a space, a radius or a property that may become one: its name and its value.
SPACE = re.compile(
    r"(?<![\w-])((?!overflow-)(?:[a-z-]+-)?(?:padding|margin|gap|inset|radius|border-spacing|indent)[a-z-]*"
    r"|top|right|bottom|left|--[\w-]+)\s*:\s*([^;{}]+)"
)


def has_length_of_its_own(value: str) -> bool:
    """Whether a value of CSS holds a length that is no line's width and is not the text's."""
    lengths = re.findall(r"(?<![\w.-])-?(\d*\.?\d+)([a-z]+)", value, re.IGNORECASE)
    return any(
        unit not in ("em", "ex") and not (unit == "px" and float(number) <= 3)
        for number, unit in lengths
    )


def test_no_third_partys_code_is_committed():
    strangers = {"node_modules", "vendor", "third_party", "site-packages", "bower_components"}
    assert [path for path in committed() if strangers & set(path.parts)] == []
    assert [path for path in committed() if re.search(r"[.-]min\.(js|mjs|css)$", path.name)] == []


def test_no_secret_or_database_is_committed():
    private = re.compile(r"^(\.env|secret_key|transcript_key|.*\.(sqlite3?|pem|key|gguf|log))$")
    assert [path for path in committed() if private.match(path.name)] == []


def test_the_lock_file_names_no_host():
    assert lines_with(r'"resolved":', [PROJECT / "package-lock.json"]) == []


@pytest.mark.parametrize("name", ["requirements.txt", "tests/requirements.txt"])
def test_the_lock_has_the_versions_of_the_list_with_hashes(name):
    """Else: ``make lock``."""
    lists = [name] if name == "requirements.txt" else ["requirements.txt", name]
    wanted = {pin for each in lists for pin in pins(PROJECT / each)}
    locked = PROJECT / name.replace(".txt", ".lock")
    assert pins(locked) == wanted
    packages = re.split(r"\n(?=\w)", locked.read_text().partition("==")[2])
    assert all("--hash=sha256:" in package for package in packages)


def pins(path: Path) -> set[tuple[str, str]]:
    """The packages of a list and their versions; names are alike in whichever way written."""
    found = re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([\w.]+)", path.read_text(), re.MULTILINE)
    return {(re.sub(r"[-_.]+", "-", package).lower(), version) for package, version in found}


def test_every_python_package_is_pinned_and_what_we_chose_has_a_reason():
    for name in ("requirements.txt", "tests/requirements.txt"):
        chosen, needed = (PROJECT / name).read_text().split("# What they need.")
        pinned = [line for line in (chosen + needed).splitlines() if line[:1].isalpha()]
        assert pinned
        assert [line for line in pinned if not re.match(r"[\w.\[\],-]+==[\w.]+", line)] == []
        ours = [line for line in chosen.splitlines() if line[:1].isalpha()]
        assert [line for line in ours if "  # " not in line] == []
