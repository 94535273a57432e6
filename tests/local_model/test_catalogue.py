import re

import pytest

from local_model.catalogue import BY_NAME, CATALOGUE, DEFAULTS, LAST_RESORT, Hub


def test_each_name_and_each_file_is_one_models():
    assert len(BY_NAME) == len(CATALOGUE)
    assert len({model.file for model in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.name)
def test_only_the_hub_is_believed_about_a_files_hash(model):
    """What others put into packages must equal what is written here."""
    if all(isinstance(source, Hub) for source in model.sources):
        return
    assert re.fullmatch("[0-9a-f]{64}", model.sha256)
    assert model.size > 0


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.name)
def test_each_model_says_its_licence_and_who_made_it(model):
    assert model.licence
    assert model.origin
    assert model.label


def test_what_is_tried_ends_with_the_smallest():
    known = [model.size for model in (*DEFAULTS, LAST_RESORT) if model.size]
    assert known == sorted(known, reverse=True)
    assert LAST_RESORT not in DEFAULTS
