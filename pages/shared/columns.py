"""What the columns of our tables are called on the screen."""

import pandas as pd
import streamlit as st

from core.analysis.wording import THIN

TITLES = {
    "epoch": "Epoch",
    "step": "Step",
    "layer": "Layer",
    "name": "Layer name",
    "median": "Median of seeds",
    "low": "Lowest seed",
    "high": "Highest seed",
    "rms": "Size (RMS)",
    "broken": "Seeds with NaN or ∞",
    "words": "In words",
    "train_loss": "Training loss",
    "validation_loss": "Validation loss",
    "test_loss": "Test loss",
    "train_score": "Training score",
    "validation_score": "Validation score",
    "test_score": "Test score",
    "gradient_norm": "Gradient norm",
    "recording_seconds": "Recording (s)",
    "seconds": "Time (s)",
    "replica": "Seed number",
    "rms_gradient": "Gradient size (RMS)",
    "weight_gradient_rms": "Weight gradient (RMS)",
    "weight_gradient_norm": "Weight gradient (norm)",
    "output_gradient_rms": "Output gradient (RMS)",
    "update_ratio": "Update ÷ weight",
    "activation_std": "Activation spread",
    "unit_std": "Spread of a unit over rows",
    "preactivation_std": "Input spread",
    "preactivation_mean": "Input mean",
    "zero_gradient_share": "Gradients exactly 0 (share)",
    "nan_count": "Not a number (count)",
    "infinite_count": "Infinite (count)",
}


def title(column: str) -> str:
    """The column's name in words: "Validation loss" for validation_loss."""
    usual = str(column).replace("_", " ").strip()
    return TITLES.get(column) or usual[:1].upper() + usual[1:]


SHARE = f"%.1f{THIN}%%"
"""How a column of numbers from 0 to 100 is written: as everywhere else."""


def in_percent(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The table with these shares (0 to 1) as numbers from 0 to 100, for columns whose format is SHARE."""
    return table.assign(**{column: 100 * table[column] for column in columns})


def named(table: pd.DataFrame, **titles: str) -> dict[str, object]:
    """Column settings that give every column its words; numbers with four digits."""
    found: dict[str, object] = {}
    for column in table.columns:
        name = titles.get(str(column)) or title(str(column))
        is_float = pd.api.types.is_float_dtype(table[column])
        found[str(column)] = st.column_config.NumberColumn(name, format="%.4g") if is_float else name
    return found
