"""S35: a spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@``."""

from tests.test_architecture import imports, modules


def test_s35_no_module_writes_cells_that_a_spreadsheet_runs():
    """Whoever writes cells makes them safe: ``tests/review/test_datasets.py`` has which are."""
    writers = [set(imports(path.read_text())) for _, path in modules()]
    careless = [used for used in writers if "csv" in used and "review.cells" not in used]
    assert careless == []
