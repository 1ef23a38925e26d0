"""Models outlive the process, and nothing else is read from their files."""

import pickle

import pytest
from skops.io import dumps

from ledger.model import learned
from ledger.model.basis import Basis
from ledger.model.known import Known
from ledger.model.learned import Kept
from ledger.model.observation import Query
from ledger.model.predict import predict
from ledger.model.shelf import LAYOUT
from ledger.model.shelf import DamagedModelError
from ledger.model.shelf import Shelf
from ledger.model.shelf import packed
from ledger.model.shelf import unpacked

from .runs import GIGABYTE
from .runs import grid

QUERY = Query("sort", nodes=10, size_bytes=30 * GIGABYTE, machine_type="m5.xlarge")


@pytest.fixture
def models():
    kept = Kept()
    predict(grid(noise=0.1, repeats=2), QUERY, kept=kept)
    return kept.models()


def ends(model, target):
    return model.odds(target)[0].between(0.9)


def test_models_of_every_kind_answer_the_same_after_they_were_read(models):
    target = Known(grid()).basis(QUERY).target(QUERY)

    assert {key.split(":")[0] for key in models} == {"ernest", "log-linear", "blend"}
    for model in models.values():
        again = unpacked(packed(model))
        assert again.error == model.error
        assert ends(again, target) == pytest.approx(ends(model, target), rel=1e-9)


def test_another_process_finds_what_one_has_learned(tmp_path, monkeypatch, models):
    monkeypatch.setattr(learned, "WORTH_KEEPING", 0)
    first = predict(grid(noise=0.1), QUERY, kept=Kept(Shelf(tmp_path)))
    monkeypatch.setattr(learned, "judge", None)

    again = predict(grid(noise=0.1), QUERY, kept=Kept(Shelf(tmp_path)))
    assert again.model == first.model
    assert again.runtime_seconds == pytest.approx(first.runtime_seconds)


def test_what_no_model_is_made_of_is_not_read(models):
    strange = dumps(Known(grid()))

    with pytest.raises(DamagedModelError) as caught:
        unpacked(strange)
    assert caught.value.hint


@pytest.mark.parametrize("content", [b"", b"no archive", pickle.dumps(Basis)])
def test_a_damaged_file_is_as_good_as_none(tmp_path, content):
    shelf = Shelf(tmp_path)
    shelf.put_bytes("key", content)

    assert shelf.get("key") is None


def test_models_of_another_layout_are_not_read(tmp_path, models):
    shelf = Shelf(tmp_path)
    shelf.put("key", next(iter(models.values())))
    (tmp_path / str(LAYOUT)).rename(tmp_path / str(LAYOUT + 1))

    assert shelf.get("key") is None


def test_the_oldest_go_where_there_are_too_many(tmp_path, models):
    shelf = Shelf(tmp_path, most=2)
    for key in "abc":
        shelf.put(key, next(iter(models.values())))

    assert [key for key in "abc" if shelf.get(key)] == ["b", "c"]
