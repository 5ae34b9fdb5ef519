"""Preparation equals scikit-learn's on the training rows, says what it leaves out, and survives what files hold."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)

from core.choices.layers import Row
from core.choices.preparation import FoldSplit, Preparation, Split
from core.choices.tables import Diabetes, Iris, Penguins, Wine
from core.data.fitted import Fitted
from core.data.prepare import prepare
from core.data.sample import as_table, chosen
from core.data.table import Table
from core.refusal import Refusal

SCALERS = {
    "standard": StandardScaler(),
    "minmax": MinMaxScaler(),
    "robust": RobustScaler(),
    "power": PowerTransformer(),
    "none": "passthrough",
    "log": make_pipeline(FunctionTransformer(lambda x: np.sign(x) * np.log1p(np.abs(x))), StandardScaler()),
}
BODY = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]


def made(target="y", task="auto", columns=None, **data):
    return chosen(as_table(pa.table({k: v if isinstance(v, pa.Array) else pa.array(v) for k, v in data.items()})),
                  target, columns, task)  # fmt: skip


def two_classes(rows):
    return ["a" if k % 2 else "b" for k in range(rows)]


def notes(prepared):
    return "\n".join(prepared.splits.notes)


@pytest.mark.parametrize("scaling", list(SCALERS))
@pytest.mark.parametrize("missing", ["median", "mean", "most_frequent", "constant"])
def test_numbers_and_words_equal_sklearn_fitted_on_the_training_rows(scaling, missing):
    sample = Penguins().load()
    prepared = prepare(sample, Split(seed=5), Preparation(scaling=scaling, missing=missing, fill_value=7.0))
    splits = prepared.splits
    frame = sample.table.data.to_pandas()
    frame[["island", "sex"]] = frame[["island", "sex"]].astype(object).fillna("(missing)")
    if missing == "most_frequent":
        filler = SimpleImputer(missing_values="(missing)", strategy="most_frequent")
        sex = frame[["sex"]].to_numpy(object)
        frame["sex"] = filler.fit(sex[splits.train[0]]).transform(sex)[:, 0]
    reference = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(strategy=missing, fill_value=7.0), SCALERS[scaling]), BODY),
        ("words", OneHotEncoder(sparse_output=False, handle_unknown="ignore"), ["island", "sex"]),
    ])  # fmt: skip
    frame[BODY] = frame[BODY].astype(float)
    wanted = reference.fit(frame.iloc[splits.train[0]]).transform(frame)
    np.testing.assert_allclose(splits.inputs[0], wanted, rtol=2e-5, atol=2e-5)


def test_nearest_neighbours_equal_sklearn():
    sample = Penguins().load()
    splits = prepare(sample, Split(), Preparation(missing="nearest")).splits
    body = sample.table.data.select(BODY).to_pandas().astype(float)
    scaler = StandardScaler().fit(body.iloc[splits.train[0]])
    filler = KNNImputer(n_neighbors=5).fit(scaler.transform(body.iloc[splits.train[0]]))
    np.testing.assert_allclose(splits.inputs[0][:, :4], filler.transform(scaler.transform(body)), atol=1e-5)


@pytest.mark.parametrize("missing", ["median", "nearest", "drop_rows", "drop_columns"])
@pytest.mark.parametrize("scaling", ["standard", "power"])
def test_description_is_json_and_prepares_new_rows_alike(missing, scaling):
    sample = Penguins().load()
    prepared = prepare(sample, Split(), Preparation(missing=missing, scaling=scaling, missing_indicator=True))
    again = Fitted.from_description(json.loads(json.dumps(prepared.steps[0].describe(), allow_nan=False)))
    some = prepared.splits.rows[:40]
    fresh = Table.of(sample.table.data.take(some), {c.name: c.type for c in sample.table.columns})
    np.testing.assert_array_equal(again.apply(fresh), prepared.splits.inputs[0][:40])


def test_nothing_is_learned_from_validation_or_test_rows():
    x = np.random.default_rng(0).permutation(40) * 1.0
    first = prepare(made(x=x, z=x[::-1] ** 2, y=two_classes(40)), Split(), Preparation()).splits
    outside = np.concatenate([first.validation[0], first.test[0]])
    x2 = x.copy()
    x2[outside] = 1e6
    second = prepare(made(x=x2, z=x[::-1] ** 2, y=two_classes(40)), Split(), Preparation()).splits
    assert np.array_equal(first.inputs[0][first.train[0]], second.inputs[0][second.train[0]])


def test_each_fold_is_prepared_on_its_own_training_rows():
    splits = prepare(Wine().load(), FoldSplit(folds=3), Preparation()).splits
    for k in range(3):
        train = splits.inputs[k][splits.train[k]]
        np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(train.std(axis=0), 1, atol=1e-4)


def test_folds_that_know_different_levels_have_the_same_columns():
    words = ["common"] * 57 + ["one", "two", "three"]
    sample = made(w=words, x=np.random.default_rng(0).standard_normal(60), y=two_classes(60))
    prepared = prepare(sample, FoldSplit(folds=5, test=0), Preparation(rare_share=0))
    splits = prepared.splits
    assert prepared.apply(sample.table).shape == (60, len(splits.input_names))
    assert splits.inputs.shape == (5, 60, len(splits.input_names))
    assert {"w = one", "w = two", "w = three"} <= set(splits.input_names)


def test_every_feature_has_a_name_of_its_own():
    words = [("a", "b", None, "(missing)")[k % 4] for k in range(80)]
    data = {"w": words, "w = a": np.random.default_rng(0).standard_normal(80)}
    names = prepare(made(**data, y=two_classes(80)), Split(), Preparation()).splits.input_names
    assert len(set(names)) == len(names) == 5


def test_regression_target_is_standardised_on_training_rows_and_leads_back():
    sample = Diabetes().load()
    splits = prepare(sample, Split(), Preparation()).splits
    own = sample.table.data.column("progression").to_numpy()
    assert splits.targets[splits.train[0]].std() == pytest.approx(1, abs=1e-5)
    back = splits.targets[:, 0] * splits.target_std[0] + splits.target_mean[0]
    np.testing.assert_allclose(back, own, rtol=1e-5)
    raw = prepare(sample, Split(), Preparation(standardise_target=False)).splits
    np.testing.assert_allclose(raw.targets[:, 0], own)


@pytest.mark.parametrize("scale", [1e9, 1e-9, -1e9])
def test_target_of_any_scale_becomes_ordinary(scale):
    """RELIABILITY.md D6."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal(100)
    splits = prepare(made(x=x, y=scale * (x + 5)), Split(), Preparation()).splits
    assert splits.targets[splits.train[0]].std() == pytest.approx(1, abs=1e-4)
    assert np.isfinite(splits.targets).all()


@pytest.mark.parametrize("scaling", list(SCALERS))
def test_infinite_and_huge_numbers_count_as_missing_and_are_said(scaling):
    """RELIABILITY.md B14."""
    x = np.random.default_rng(0).standard_normal(60)
    x[:4] = [np.inf, -np.inf, 1e300, np.nan]
    prepared = prepare(made(x=x, z=np.arange(60.0) * 1e25, y=two_classes(60)), Split(), Preparation(scaling=scaling))
    assert np.isfinite(prepared.splits.inputs).all()
    assert "3 infinite or huge numbers (beyond 1e30) in 'x' count as missing" in notes(prepared)
    assert "4 missing values in 'x'" in notes(prepared)


def test_useless_columns_are_left_out_and_said():
    """RELIABILITY.md B3."""
    rows = 60
    prepared = prepare(
        made(
            x=np.random.default_rng(0).standard_normal(rows),
            empty=pa.nulls(rows, pa.float64()),
            always=[3.0] * rows,
            huge=[1e299 * (k + 1) for k in range(rows)],
            endless=[np.inf] * rows,
            same=["word"] * rows,
            row=list(range(1, rows + 1)),
            name=[f"car number {k}" for k in range(rows)],
            many=[f"level {k % 20}" for k in range(rows)],
            y=two_classes(rows),
        ),
        Split(),
        Preparation(most_levels=10),
    )
    assert prepared.splits.input_names == ("x",)
    said = notes(prepared)
    for words in (
        "'empty', 'endless': always missing",
        "'always', 'same': always the same",
        "'huge': too large to train on (beyond 1e30): divide it by a constant",
        "'row': it numbers the rows",
        "'name': nearly every row has its own value",
        "'many': more than 10 levels",
    ):
        assert f"left out: {words}" in said


def test_text_and_ids_are_left_out_unless_named():
    data = pa.table({"note": [f"text {k % 5}" for k in range(30)], "x": np.arange(30.0) ** 2, "y": two_classes(30)})
    table = Table.of(data, {"note": "text", "x": "number", "y": "category"})
    by_default = prepare(chosen(table, "y"), Split(), Preparation())
    assert by_default.splits.input_names == ("x",)
    assert "'note': free text" in notes(by_default)
    asked = prepare(chosen(table, "y", ["note", "x"]), Split(), Preparation())
    assert len(asked.splits.input_names) == 6


def test_no_usable_column_is_refused_with_the_reasons():
    with pytest.raises(Refusal, match="no column can be an input: left out: 'x': always the same"):
        prepare(made(x=[1.0] * 30, y=two_classes(30)), Split(), Preparation())


def test_booleans_and_dates_become_numbers():
    """RELIABILITY.md B16: a date is a few numbers, never a level for each day."""
    days = [dt.datetime(2024, 1, 1) + dt.timedelta(days=9 * k) for k in range(80)]
    flags = [None if k == 3 else k % 3 == 0 for k in range(80)]
    prepared = prepare(
        made(day=pa.array(days, pa.timestamp("us")), flag=flags, y=two_classes(80)),
        Split(),
        Preparation(scaling="none"),
    )
    splits = prepared.splits
    assert splits.input_names == ("day: year", "day: month", "day: weekday", "day: days", "flag")
    wanted = pd.DatetimeIndex(days)
    parts = [wanted.year, wanted.month, wanted.weekday, (wanted - wanted[0]).days]
    for k, part in enumerate(parts):
        np.testing.assert_array_equal(splits.inputs[0][:, k], part)
    assert set(splits.inputs[0][:, 4]) == {0.0, 1.0}
    assert splits.inputs[0][3, 4] == 0.0
    assert "split by time" in notes(prepared)


def test_dates_before_1970_and_hours():
    """RELIABILITY.md B16: the year 1500."""
    moments = [dt.datetime(1500 + k, 3, 1, k % 24) for k in range(48)]
    splits = prepare(
        made(t=pa.array(moments, pa.timestamp("us")), y=two_classes(48)), Split(), Preparation(scaling="none")
    ).splits
    at = {name: splits.inputs[0][:, k] for k, name in enumerate(splits.input_names)}
    assert at["t: year"].tolist() == [m.year for m in moments]
    assert at["t: hour"].tolist() == [m.hour for m in moments]
    assert at["t: weekday"].tolist() == [m.weekday() for m in moments]
    assert "t: month" not in at


def test_a_category_can_be_embedded_by_its_name_alone():
    """The others keep a column for each level; a name that the table lacks is no matter."""
    prepared = prepare(Penguins().load(), Split(), Preparation(embed=("island", "not there")))
    names = prepared.splits.input_names
    assert names[-1] == "island" and not any(name.startswith("island =") for name in names)
    assert any(name.startswith("sex =") for name in names)
    assert prepared.splits.shape == Row(len(names), (3,))
    assert set(prepared.splits.inputs[0][:, -1]) == {0.0, 1.0, 2.0}


def test_rare_levels_are_joined():
    words = ["a"] * 150 + ["b"] * 140 + [f"rare {k}" for k in range(10)]
    prepared = prepare(made(w=words, y=two_classes(300)), Split(), Preparation(rare_share=0.02))
    assert prepared.splits.input_names == ("w = a", "w = b", "w = (rare)")
    assert (prepared.splits.inputs[0].sum(axis=1) <= 1).all()
    assert "are one level" in notes(prepared)


def test_unseen_levels_missing_values_and_missing_columns_have_an_answer():
    """RELIABILITY.md D14."""
    prepared = prepare(Penguins().load(), Split(), Preparation())
    step = prepared.steps[0]
    new = as_table(pa.table({"island": ["Atlantis", None], "bill_length_mm": [40.0, np.nan], "extra": [1, 2]}))
    ready = step.apply(new)
    at = {name: ready[:, k] for k, name in enumerate(step.features)}
    assert ready.dtype == np.float32 and np.isfinite(ready).all()
    assert [at[f"island = {name}"].tolist() for name in ("Biscoe", "Dream", "Torgersen")] == [[0, 0]] * 3
    assert at["sex = (missing)"].tolist() == [1, 1]
    filled = next(entry for entry in step.numbers if entry["column"] == "bill_length_mm")
    assert at["bill_length_mm"][1] == pytest.approx((filled["fill"] - filled["centre"]) / filled["spread"], rel=1e-5)


def test_dropping_rows_or_columns_is_counted():
    rows = prepare(Penguins().load(), Split(), Preparation(missing="drop_rows"))
    assert len(rows.splits.rows) == 333
    assert "11 of 344 rows miss an input and are left out" in notes(rows)
    columns = prepare(Penguins().load(), Split(), Preparation(missing="drop_columns"))
    assert {name.split(" = ")[0] for name in columns.splits.input_names} == {"island"}


def test_missing_marks():
    splits = prepare(Penguins().load(), Split(), Preparation(missing_indicator=True)).splits
    where = splits.input_names.index("body_mass_g is missing")
    assert splits.inputs[0][:, where].sum() == 2


@pytest.mark.parametrize(("how", "size"), [("oversample", 54), ("downsample", 6)])
def test_classes_can_be_balanced_among_training_rows_only(how, size):
    y = ["rare"] * 10 + ["common"] * 90
    plain = prepare(made(x=np.random.default_rng(0).standard_normal(100), y=y), Split(), Preparation()).splits
    splits = prepare(
        made(x=np.random.default_rng(0).standard_normal(100), y=y), Split(), Preparation(balance=how)
    ).splits
    assert np.bincount(splits.targets[splits.train[0]]).tolist() == [size, size]
    assert set(splits.train[0]) <= set(plain.train[0])
    assert np.array_equal(splits.validation[0], plain.validation[0])


def test_identical_rows_on_both_sides_are_counted():
    """RELIABILITY.md D7: copies of rows."""
    x = np.random.default_rng(0).standard_normal(50)
    prepared = prepare(made(x=np.concatenate([x, x]), y=two_classes(100)), Split(), Preparation())
    splits = prepared.splits
    twins = np.isin(splits.inputs[0][splits.validation[0], 0], splits.inputs[0][splits.train[0], 0]).sum()
    assert twins > 0
    assert f"leakage: {twins} of {len(splits.validation[0])} validation rows" in notes(prepared)


def test_same_table_twice_gives_the_same_bits():
    """RELIABILITY.md D15."""
    first, second = (prepare(Penguins().load(), Split(), Preparation(scaling="power")).splits for _ in range(2))
    assert first.inputs.tobytes() == second.inputs.tobytes()


def test_wide_tables_are_prepared_in_seconds():
    """RELIABILITY.md B18: 2,000 columns here, so that the test stays quick."""
    rng = np.random.default_rng(0)
    wide = {f"c{k}": rng.standard_normal(30) for k in range(2_000)}
    assert prepare(made(**wide, y=two_classes(30)), Split(), Preparation()).splits.features == 2_000


def test_iris_defaults_say_nothing_alarming():
    prepared = prepare(Iris().load(), Split(), Preparation())
    assert all(note.startswith("leakage: 1 of 30") for note in prepared.splits.notes)
