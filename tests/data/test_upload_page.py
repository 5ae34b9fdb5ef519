"""The Data page's own functions with files as people bring them: what is said, what is kept, what comes next.
RELIABILITY.md B1, B2, B5, B7, B9, B11, B12, B17, B18, B21, D1, D7."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from streamlit.testing.v1 import AppTest

from core.choices.presets import BROKEN
from core.choices.tables import UploadedTable
from core.data.table import Table
from core.running.loading import PreparedCache
from core.running.questions import preparation, table, tables
from core.settings import settings
from core.store import open_store
from pages.shared import dropped, loading
from pages.shared.offers import spellings

ANSWERED_S = 20
"""RELIABILITY.md B18 allows 5 s of a machine that does nothing else; beside other tests it takes longer."""
MPG = Path(__file__).parent / "files" / "mpg.csv"
PENGUINS = Path(__file__).parents[2] / "assets" / "penguins.csv"


def pixels(side: int) -> bytes:
    """scikit-learn's digits of 8 × 8 pixels, or drawn larger, as the well-known digit files write them: a label, then a
    column per pixel."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    pictures = digits.images[:400].repeat(side // 8, axis=1).repeat(side // 8, axis=2).reshape(400, -1).astype(int)
    head = ",".join(["label", *(f"pixel{number}" for number in range(side * side))])
    rows = ([label, *row] for label, row in zip(digits.target[:400], pictures, strict=True))
    return "\n".join([head, *(",".join(map(str, row)) for row in rows)]).encode()


def laid(name: str, data: bytes) -> dropped.Dropped:
    """A file that was dropped, as the page finds it on disk."""
    folder = TemporaryDirectory()
    (Path(folder.name) / "file").write_bytes(data)
    return dropped.Dropped(name, len(data), f"id of {name} {hash(data)}", "", folder)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LAYERSCOPE_HOME", str(tmp_path))
    monkeypatch.setenv("LAYERSCOPE_START_RUNNER", "false")
    monkeypatch.setenv("LAYERSCOPE_PREVIEW_SECONDS", "0.05")
    monkeypatch.setattr(loading, "STARTING_S", 0.0)
    loading.store.clear()
    loading.wake_runner.clear()
    yield tmp_path
    loading.store.clear()


def page(name: str, data: bytes) -> AppTest:
    """The review of one file as a page of its own."""

    def script(name, data):
        import streamlit as st

        from pages.shared import uploads
        from tests.data.test_upload_page import laid

        uploads.review(laid(name, data), st.container())

    return AppTest.from_function(script, kwargs={"name": name, "data": data}, default_timeout=60).run()


def said(app: AppTest) -> str:
    assert not app.exception
    return " ".join(element.value for kind in (app.title, app.markdown, app.caption) for element in kind)


LATIN = "Größe;Straße;Note\n" + "1,5;Köln;gut\n2,25;Åbo;schlecht\n" * 20
FILES = {
    "nothing.csv": (b"", "not read", "empty"),
    "mark.csv": (b"\xef\xbb\xbf", "not read", "empty"),
    "names.csv": (b"a,b,c\n", "not read", "no data rows"),
    "quote.csv": (b'a,b\n1,"x\n' + b"2,y\n" * 30, "not read", "quote"),
    "sheet.csv": (b"PK\x03\x04" + bytes(26) + b"xl/workbook.xml" + bytes(40), "not read", "not a CSV"),
    "picture.csv": (b"\x89PNG\r\n\x1a\n" + bytes(60), "not read", "PNG"),
    "latin.csv": (LATIN.encode("latin-1"), "40", "semicolon"),
    "numbers.csv": (b"1.5,2,0\n" + b"2.5,3,1\n3.25,1,0\n" * 20, "41", "no names in the file"),
    "odd [x](y) :red[z].csv": (b"a,b\n" + b"1,2\n3,4\n" * 9, "18", "comma"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_understood_or_refused_in_words(home, name):
    data, title, words = FILES[name]
    app = page(name, data)
    assert title in app.title[0].value
    assert words in said(app).replace("\\", "").replace("\u2060", "")
    kept = [button for button in app.button if button.label == "Use this table"]
    assert bool(kept) == (title != "not read")
    assert open_store().tables("local") == []
    assert "[x](y)" not in app.title[0].value


def test_a_changed_choice_is_read_again_and_types_too(home):
    app = page("latin.csv", LATIN.encode("latin-1"))
    held = app.session_state["held-reading"]
    assert [c.type for c in held.reading.columns] == ["number", "category", "category"]
    app.selectbox[2].select("no names: all rows are data").run()
    held = app.session_state["held-reading"]
    assert held.reading.rows == 41 and held.reading.columns[0].name == "column_1"
    assert not app.exception


def test_the_same_choices_are_read_once(home, monkeypatch):
    app = page("latin.csv", LATIN.encode("latin-1"))
    before = app.session_state["held-reading"]
    app.run()
    assert app.session_state["held-reading"] is before


def test_b21_two_people_with_the_same_file_and_name_have_a_table_each(home, monkeypatch):
    for owner in ("ada", "bob"):
        monkeypatch.setattr("pages.shared.viewer.owner", lambda owner=owner: owner)
        app = page("penguins.csv", PENGUINS.read_bytes())
        next(b for b in app.button if b.label == "Use this table").click().run()
        assert not app.exception and not app.toast
    ((hers,), (his,)) = (open_store().tables(owner) for owner in ("ada", "bob"))
    assert hers.id != his.id and hers.name == his.name
    assert open_store().table(hers.id, "bob") is None


def test_what_is_kept_trains_and_the_same_file_is_kept_once(home):
    for name in ("penguins.csv", "the same penguins.csv"):
        app = page(name, PENGUINS.read_bytes())
        next(b for b in app.button if b.label == "Use this table").click().run()
        assert not app.exception
    assert "already, as penguins" in app.toast[0].value
    (stored,) = open_store().tables("local")
    assert stored.details["proposal"]["target"] == "species" and stored.details["rows"] == 344
    assert app.session_state["draft"]["data"].items() >= {"table": stored.id, "target": "species"}.items()


def test_a_kept_table_gets_its_proposal_though_no_runner_answers(home):
    """The last draft's broken network must never train on a table that was just brought."""
    files = (
        ("penguins.csv", PENGUINS.read_bytes(), "species", "dense"),
        ("mpg.csv", MPG.read_bytes(), "mpg", "dense"),
        ("digits.csv", pixels(8), "label", "dense"),
        ("large digits.csv", pixels(16), "label", "convolutional"),
    )
    for name, content, target, network in files:
        app = page(name, content)
        app.session_state["draft"] = BROKEN[0].experiment.model_dump(mode="json")
        next(b for b in app.button if b.label == "Use this table").click().run()
        stored = next(kept for kept in open_store().tables("local") if kept.name == name)
        data = {"kind": "table", "table": stored.id, "target": target}
        answer = table({"owner": "local", "experiment": {"data": data}}, PreparedCache(open_store(), settings()))
        assert app.session_state["draft"] == answer["proposed"]
        assert app.session_state["draft"]["network"]["kind"] == network


def described(text: str, target: str, **more):
    """The runner's answers about a table: what it is like, and how its rows are prepared."""
    from core.data.reading import read

    reading = read(text.encode())
    store = open_store()
    table_id = store.add_table("local", "t", reading.table.to_parquet(), {"columns": [], "rows": reading.rows})
    data = {"kind": "table", "table": table_id, "target": target, **more}
    cache = PreparedCache(store, settings())
    payload = {"owner": "local", "experiment": {"data": data}}
    return table(payload, cache), preparation(payload, cache), tables({"owner": "local", "data": [data]}, cache)


def test_leakage_comes_first(home):
    """RELIABILITY.md D7."""
    import random

    from core.analysis import data as numbers

    chance = random.Random(0)
    rows = [(chance.gauss(0, 1), chance.choice(["yes", "no"])) for _ in range(200)]
    text = "x,alive,survived\n" + "".join(f"{x:.3f},{a},{int(a == 'yes')}\n" for x, a in rows)
    answer, decided, _ = described(text, "survived")
    assert answer["leaks"] == ["alive"]
    assert described(text, "survived", columns=["x"])[0]["leaks"] == []
    assert "gives the answer away" in numbers.headline(answer).text
    assert numbers.suspicious(answer, decided)[0] == (
        "bad",
        "Leakage: 'alive' alone explains 100\u202f% of 'survived'.",
    )


def test_cars_are_a_regression_and_their_name_says_which_car(home):
    from core.analysis import data as numbers

    answer, decided, _ = described(MPG.read_text(), "mpg")
    assert answer["task"] == "regression" and answer["used"] == 7
    assert any("'name'" in text and "names the rows" in text for _, text in numbers.suspicious(answer, decided))
    assert decided["table_rows"] == decided["usable_rows"] == 398
    assert [told["column"] for told in decided["before_after"]][0] == "horsepower"
    assert decided["before_after"][0]["missing"] in range(1, 7)


def test_dropped_rows_and_folds_and_time_are_shown(home):
    text = "day,x,y\n" + "".join(f"2020-01-{1 + i % 28:02d},{i % 7},{'ab'[i % 2]}\n" for i in range(140))
    payload = {"owner": "local", "experiment": {}}
    described(text, "y")
    (stored,) = open_store().tables("local")
    data = {"kind": "table", "table": stored.id, "target": "y"}
    payload["experiment"] = {"data": data, "split": {"kind": "time", "column": "day"}}
    answer = preparation(payload, PreparedCache(open_store(), settings()))
    assert answer["moments"]["is_date"] and {bar[2] for bar in answer["moments"]["bars"]} == {
        "train", "validation", "test",
    }  # fmt: skip
    assert sum(rows for _, _, rows in answer["classes"]) == 140


def test_pixels_become_images_and_other_tables_do_not(home):
    names = [f"{r}x{c}" for r in range(6) for c in range(6)]
    rows = [",".join([str(k % 3), *(str((k * 7 + p * 13) % 256) for p in range(36))]) for k in range(60)]
    answer, _, _ = described("label," + ",".join(names) + "\n" + "\n".join(rows) + "\n", "label")
    assert answer["images"]["side"] == 6 and answer["images"]["labels"] == ["0", "1", "2"]
    words = [f"w{chr(97 + k % 26)}{chr(97 + k // 26)}" for k in range(36)]
    answer, _, _ = described("label," + ",".join(words) + "\n" + "\n".join(rows) + "\n", "label")
    assert answer["images"] is None


def test_a_wide_table_names_the_limit(home):
    """RELIABILITY.md B18."""
    wide = ",".join(f"c{k}" for k in range(10_001)) + "\n" + (",".join(["1"] * 10_001) + "\n") * 30
    start = time.monotonic()
    app = page("wide.csv", wide.encode())
    assert time.monotonic() - start < ANSWERED_S
    assert "10,001 columns; the limit is 2,000" in said(app).replace("\\", "")


def test_a_kept_table_can_be_asked_another_question(home):
    """RELIABILITY.md D1: a target with a class per row asks nothing; the page still lets another one be chosen."""
    text = "who,x,y\n" + "".join(f"p{k}x,{k % 5},{k % 2}\n" for k in range(60))
    from core.data.reading import read
    from core.refusal import Refusal

    found = read(text.encode())
    stored = Table.from_parquet(found.table.to_parquet())
    with pytest.raises(Refusal, match="is it an id"):
        UploadedTable(table="t", target="who").load(lambda _: stored)


def test_limits_are_named_before_anything_is_kept(home, monkeypatch):
    monkeypatch.setenv("LAYERSCOPE_ROWS", "10")
    app = page("many.csv", b"a,b\n" + b"1,2\n3,4\n" * 9)
    (button,) = [b for b in app.button if b.label == "Use this table"]
    assert button.disabled and "18 rows are more than the 10" in said(app)
    assert dropped.size(200_000_000) == "200\u00a0MB"


def test_lines_to_skip_and_spellings_of_missing_can_be_said(home):
    app = page("odd.csv", b"x,y\nv,w\n1,-999\n2,5\n3,6\n")
    app.text_input[0].set_value("-999, ?").run()
    assert "-999" not in app.dataframe[0].value.to_string() and not app.exception
    app.number_input[0].set_value(1).run()
    assert list(app.dataframe[0].value.columns) == ["v", "w"]


def test_spellings_are_parted_at_commas():
    assert spellings(" -999, NA,,NA ") == ("-999", "NA")
    assert spellings("  ") is None


def test_more_targets_are_asked_for_beside_the_first(home, monkeypatch):
    """What the form writes is what `Own table` reads: a word for one target, a list for several; none is an input."""
    from core.data.reading import read
    from pages.shared import session

    reading = read(MPG.read_bytes())
    columns = [{"name": c.name, "type": c.type, "missing": c.missing} for c in reading.columns]
    table_id = open_store().add_table("local", "mpg", reading.table.to_parquet(), {"columns": columns, "rows": 398})

    def script(data):
        import streamlit as st

        from pages.shared import question, session

        if "draft" not in st.session_state:
            st.session_state["draft"] = {**session.draft(), "data": data}
        question.card(f"data@{session.generation()}")

    monkeypatch.setattr(
        session, "take_data", lambda data: session.replace_draft({**session.draft(), "data": data, "name": ""})
    )
    data = {"kind": "table", "table": table_id, "target": "mpg", "columns": ["weight", "horsepower"], "task": "auto"}
    app = AppTest.from_function(script, kwargs={"data": {**data, "windows": None}}, default_timeout=60).run()
    more = next(box for box in app.multiselect if box.label == "More targets")
    assert "weight" in more.options and "name" not in more.options and "mpg" not in more.options
    more.set_value(["weight"]).run()
    assert not app.exception
    asked = app.session_state["draft"]["data"]
    assert asked["target"] == ["mpg", "weight"] and asked["columns"] == ["horsepower"]
    sample = UploadedTable(**asked).load(lambda _: Table.from_parquet(reading.table.to_parquet()))
    assert sample.targets == ("mpg", "weight") and sample.task == "regression"
    next(box for box in app.multiselect if box.label == "More targets").set_value([]).run()
    assert app.session_state["draft"]["data"]["target"] == "mpg"


def test_categories_that_are_embedded_bring_an_embedding_into_the_network(home, monkeypatch):
    """And it goes again where no category is embedded any more."""

    def script():
        import streamlit as st

        from pages.shared import editor, preparing, session

        columns = [{"name": name, "type": "category"} for name in ("island", "sex", "species")]
        if st.toggle("editor"):
            session.edit(network=editor.network(session.draft()["network"], "network"))
        else:
            table = {"profile": {"columns": columns}, "task": "classification", "target": "species"}
            preparing.card(table, f"data@{session.generation()}")

    def ask(kind, **payload):
        tree = {**payload.pop("experiment"), "data": {"kind": "penguins"}}
        answers = {"preparation": preparation, "table": table}
        return answers[kind]({"owner": "local", "experiment": tree}, PreparedCache(open_store(), settings()))

    monkeypatch.setattr(loading, "ask", ask)
    app = AppTest.from_function(script, default_timeout=60).run()
    assert not app.exception and app.session_state["draft"]["network"]["embedding"] is None
    next(toggle for toggle in app.toggle if toggle.label == "Embed categories").set_value(True).run()
    assert not app.exception
    assert app.session_state["draft"]["preparation"]["embed_over"] == 2
    assert app.session_state["draft"]["network"]["embedding"] == {"kind": "embedding", "size": 4}
    app.toggle[0].set_value(True).run()
    size = next(box for box in app.number_input if box.label == "Numbers per level")
    size.set_value(9).run()
    assert app.session_state["draft"]["network"]["embedding"] == {"kind": "embedding", "size": 9}
    app.toggle[0].set_value(False).run()
    next(toggle for toggle in app.toggle if toggle.label == "Embed categories").set_value(False).run()
    assert app.session_state["draft"]["network"]["embedding"] is None
    next(box for box in app.multiselect if box.label == "Embed these columns").set_value(["sex"]).run()
    assert not app.exception and list(app.session_state["draft"]["preparation"]["embed"]) == ["sex"]
    assert app.session_state["draft"]["network"]["embedding"] == {"kind": "embedding", "size": 4}


def test_a_table_too_short_to_train_on_is_not_offered(home):
    app = page("two.csv", b"a,b\n1,2\n3,4\n")
    (button,) = [b for b in app.button if b.label == "Use this table"]
    assert button.disabled and "training needs at least 5" in said(app)


def test_only_what_acts_on_the_table_is_asked(home, monkeypatch):
    """Of numbers alone with a class for a target: nothing about categories, and nothing about the target's scale."""

    def script():
        from pages.shared import preparing, session

        table = {"profile": {"columns": [{"name": "width", "type": "number"}, {"name": "species", "type": "category"}]}}
        preparing.card({**table, "task": "classification", "target": "species"}, f"data@{session.generation()}")

    monkeypatch.setattr(loading, "ask", lambda kind, **payload: {})
    app = AppTest.from_function(script, default_timeout=60).run()
    asked = {each.label for each in [*app.selectbox, *app.number_input, *app.toggle, *app.multiselect]}
    assert not app.exception and "Balance classes" in asked
    assert not asked & {"Fill with", "Embed categories", "Embed these columns", "Standardise target", "Most levels"}
    next(box for box in app.selectbox if box.label == "Missing inputs").select("constant").run()
    assert "Fill with" in {each.label for each in app.number_input}
