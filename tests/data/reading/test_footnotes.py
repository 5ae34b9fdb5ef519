"""Notes under a table that a spreadsheet filled up with empty cells are left out and said; rows with holes stay."""

import pytest

from core.data.reading import read

TABLE = "city,rent\nOslo,12\nBergen,9\nTromsø,8\n"


@pytest.mark.parametrize(
    "below, said",
    [
        ("Source: Statistics Norway,\n", ["Line 5 below the table was left out: 'Source: Statistics Norway'."]),
        ("* provisional,\n", ["Line 5"]),
        (",\nAll in thousands,\n", ["Line 6"]),
        (",\nAll in thousands,\nSource: registry,\n", ["Line 6", "Line 7"]),
        ("Note: as reported,\nand counted again,\n", ["Line 5", "Line 6"]),
    ],
)
def test_a_padded_note_is_left_out_and_said(below, said):
    reading = read((TABLE + below).encode())
    assert reading.outcome == "warned" and reading.rows == 3
    assert [column.type for column in reading.columns] == ["category", "number"]
    texts = [message.text for message in reading.messages]
    assert len(texts) == len(said) and all(text.startswith(start) for text, start in zip(texts, said, strict=True))


@pytest.mark.parametrize(
    "below",
    [
        "Hammerfest,\n",
        "Hammerfest,\nSource: Statistics Norway,\n",
        "Bodø,\nNarvik,7\nSource: Statistics Norway,\n",
        ",\n17,\n",
    ],
)
def test_a_row_that_may_be_a_row_stays(below):
    """A name without a value under the table, also where such rows occur above; a number is no note."""
    assert read((TABLE + below).encode()).rows == 3 + below.count("\n")
