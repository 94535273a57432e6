"""S35: a spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@``."""

from tests.test_architecture import imports, modules


def test_s35_no_module_writes_cells_that_a_spreadsheet_runs():
    """Nothing writes cells. Whoever begins to has to neutralise them, and to say so here."""
    writers = [name for name, path in modules() if "csv" in set(imports(path.read_text()))]
    assert writers == []
