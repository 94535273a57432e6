"""How files for the browser are stored: compressed, under names that carry their hash."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """Imports between JavaScript modules are rewritten to the hashed names too."""

    support_js_module_import_aggregation = True
