"""How files for the browser are stored: small, compressed, under names that carry their hash."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile, File
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

OWN = ("chat/", "review/")  # libraries come as their authors made them small
MINIFIERS = {".css": cssmin, ".js": jsmin}


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """Own files lose their comments; imports between modules get the hashed names too."""

    support_js_module_import_aggregation = True

    def save(self, name: str | None, content: File[Any], max_length: int | None = None) -> str:
        """Store a file, an own script or style sheet without what only its authors read."""
        minify = next((MINIFIERS[end] for end in MINIFIERS if name and name.endswith(end)), None)
        if name and name.startswith(OWN) and minify:
            content = ContentFile(minify(content.read().decode()).encode())
        stored: str = super().save(name, content, max_length)
        return stored

    def get_modified_time(self, name: str) -> datetime:
        """Of none: an older version that comes back has older files, and is to have its own."""
        raise NotImplementedError

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        """Give the names, by what was stored and not by what it was made of."""
        yield from super().post_process({name: (self, name) for name in paths}, *args, **options)
