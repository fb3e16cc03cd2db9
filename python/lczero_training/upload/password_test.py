import html
import json
import pickle
from urllib.parse import quote, quote_plus

import pytest

from lczero_training.config.daemon import UploadConfig
from lczero_training.upload.password import Password, PasswordError, Scrubber, read_password

CONFIG = UploadConfig(
    url="http://127.0.0.1/upload",
    training_id=1,
    spool_directory="spool",
    password_variable="SOME_PASSWORD",
)
SECRET = "p/ä &'\"\\ <+%x"


def test_password_comes_from_the_variable() -> None:
    assert read_password(CONFIG, {"SOME_PASSWORD": "hunter2"}).reveal() == "hunter2"


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({}, "SOME_PASSWORD is not set"),
        ({"SOME_PASSWORD": ""}, "SOME_PASSWORD is empty"),
        ({"SOME_PASSWORD": "hunter2\n"}, "SOME_PASSWORD holds a control character"),
        ({"SOME_PASSWORD": "hunter2\udcff"}, "SOME_PASSWORD holds a control character"),
    ],
)
def test_missing_password_is_told_by_its_variable(environ: dict[str, str], says: str) -> None:
    with pytest.raises(PasswordError, match=says) as caught:
        read_password(CONFIG, environ)
    assert "hunter2" not in str(caught.value)


def test_password_does_not_show_itself() -> None:
    password = Password("hunter2")
    for shown in (repr(password), str(password), f"{password}", f"{[password]}"):
        assert "hunter2" not in shown
    with pytest.raises(TypeError, match="stored"):
        pickle.dumps(password)


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        SECRET.upper(),
        quote(SECRET),
        quote(SECRET, safe="").lower(),
        quote_plus(SECRET),
        json.dumps(SECRET),
        html.escape(SECRET),
        repr(SECRET),
        repr(SECRET.encode()),
        SECRET.encode("latin-1").decode("utf-8", "replace"),
    ],
)
def test_scrubber_finds_a_secret_in_many_forms(form: str) -> None:
    cleaned = Scrubber(SECRET, "?key=1").clean(f"wrong: {form}! at ?key=1")
    assert cleaned.replace("'", "").replace('"', "").replace("b*", "*") == "wrong: ***! at ***"


def test_beginning_that_ends_within_a_secret_is_shortened() -> None:
    scrubber = Scrubber("hunter2")
    for end in range(1, len("hunter2")):
        assert "h" not in scrubber.clean("no: " + "hunter2"[:end], cut=True)


def test_nothing_secret_changes_nothing() -> None:
    assert Scrubber("", "").clean("as it is", cut=True) == "as it is"
