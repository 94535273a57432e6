"""The browser libraries: what is copied, and that the storage of static files takes it."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

from h2oweb import vendor
from h2oweb.bootstrap import tool

PROJECT = Path(__file__).resolve().parent.parent
FILES = {"a.js": "a/dist/a.mjs", "deep/b.js": "b/b.js"}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A project with two libraries installed."""
    (tmp_path / "package-lock.json").write_text("{}")
    for source in FILES.values():
        path = tmp_path / "node_modules" / source
        path.parent.mkdir(parents=True)
        path.write_text(f"export default '{source}';\n//# sourceMappingURL=x.map\n")
    return tmp_path


def copies(base: Path) -> dict[str, str]:
    directory = base / "static/vendor"
    return {
        path.relative_to(directory).as_posix(): path.read_text()
        for path in directory.rglob("*")
        if path.is_file() and path.name != ".stamp"
    }


def imports(static_root: Path, module: str) -> list[str]:
    """The files that a module of the page imports, as it is stored."""
    (path,) = static_root.glob(f"chat/js/{module}.????????????.js")
    return re.findall(r'import(?:[ {][^"]*from ?|\(| ?)"(.*?)"', path.read_text())


def test_what_is_wanted_is_copied_without_its_source_map(base):
    assert vendor.copy(base, FILES)
    assert copies(base) == {
        "a.js": "export default 'a/dist/a.mjs';\n",
        "deep/b.js": "export default 'b/b.js';\n",
    }


def test_nothing_is_done_a_second_time(base):
    vendor.copy(base, FILES)
    (base / "static/vendor/a.js").write_text("as it was")
    assert not vendor.copy(base, FILES)
    assert copies(base)["a.js"] == "as it was"


def test_new_versions_are_copied(base):
    vendor.copy(base, FILES)
    (base / "node_modules/b/b.js").write_text("new")
    (base / "package-lock.json").write_text('{"b": 2}')
    assert vendor.copy(base, FILES)
    assert copies(base)["deep/b.js"] == "new"


def test_a_file_that_was_lost_is_copied_again(base):
    vendor.copy(base, FILES)
    (base / "static/vendor/a.js").unlink()
    assert vendor.copy(base, FILES)
    assert set(copies(base)) == set(FILES)


def test_what_is_no_longer_wanted_goes(base):
    vendor.copy(base, FILES)
    (base / "package-lock.json").write_text('{"b": 2}')
    vendor.copy(base, {"a.js": FILES["a.js"]})
    assert set(copies(base)) == {"a.js"}


def test_a_copy_that_was_cut_short_is_done_again(base):
    vendor.copy(base, FILES)
    (base / "package-lock.json").write_text('{"b": 2}')
    (base / "node_modules/b/b.js").unlink()
    with pytest.raises(FileNotFoundError, match="npm ci --ignore-scripts"):
        vendor.copy(base, FILES)
    (base / "node_modules/b/b.js").write_text("back")
    assert vendor.copy(base, FILES)
    assert copies(base)["deep/b.js"] == "back"


def test_every_library_comes_with_its_licence():
    licences = {name for name in vendor.FILES if "LICENSE" in name}
    assert licences == {
        "chart.LICENSE",
        "color.LICENSE",
        "entities.LICENSE",
        "fflate.LICENSE",
        "highlight/LICENSE",
        "linkify-it.LICENSE",
        "markdown-it.LICENSE",
        "mdurl.LICENSE",
        "punycode.LICENSE",
        "purify.LICENSE",
        "stix-two-math.LICENSE",
        "temml.LICENSE",
        "uc.micro.LICENSE",
    }
    for name in licences:
        assert "copyright" in (PROJECT / "static/vendor" / name).read_text().lower()


def test_an_older_version_gets_its_own_files_again(settings, tmp_path):
    settings.WHITENOISE_KEEP_ONLY_HASHED_FILES = False
    settings.STATIC_ROOT, sources = tmp_path / "stored", tmp_path / "static"
    settings.STATICFILES_DIRS = [sources]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "h2oweb.static_files.ModuleStorage"}
    }
    (sources / "chat").mkdir(parents=True)
    for version, modified in (("new", 2_000_000_000), ("old", 1_000_000_000)):
        (sources / "chat/a.js").write_text(f'say("{version}");')
        os.utime(sources / "chat/a.js", (modified, modified))
        call_command("collectstatic", "--noinput", verbosity=0, ignore_patterns=["admin"])
        manifest = json.loads((settings.STATIC_ROOT / "staticfiles.json").read_text())
        stored = settings.STATIC_ROOT / manifest["paths"]["chat/a.js"]
        assert stored.read_text().strip() == f'say("{version}");'


def test_modules_and_libraries_get_names_that_carry_their_hash(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "h2oweb.static_files.ModuleStorage"}
    }
    call_command("collectstatic", "--noinput", verbosity=0, ignore_patterns=["admin"])
    hashed = re.compile(r"\.[0-9a-f]{12}\.js$")
    found = imports(tmp_path, "markdown"), imports(tmp_path, "languages")
    assert list(map(len, found)) == [6, len(vendor.LANGUAGES)]
    assert [name for names in found for name in names if not hashed.search(name)] == []
    for file in (*PROJECT.glob("static/chat/**/*.js"), *PROJECT.glob("static/review/**/*.js")):
        place = (tmp_path / file.relative_to(PROJECT / "static")).parent
        (stored,) = place.glob(f"{file.stem}.????????????.js")
        assert stored.stat().st_size < file.stat().st_size
        checked = [tool("node"), "--input-type=module", "--check"]
        subprocess.run(checked, input=stored.read_bytes(), check=True)
    # What the storage takes for an import within a library must not be rewritten.
    for name in filter(lambda name: name.endswith(".js"), vendor.FILES):
        original = PROJECT / "static/vendor" / name
        (stored,) = (tmp_path / "vendor" / name).parent.glob(f"{original.stem}.????????????.js")
        assert stored.read_bytes() == original.read_bytes()
