"""The README names what there is."""

import re
from pathlib import Path

from core.settings import Settings

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def choices() -> list[str]:
    from core.choices.activations import ACTIVATIONS
    from core.choices.augmentations import AUGMENTATIONS
    from core.choices.initialisations import INITIALISATIONS
    from core.choices.losses import LOSSES
    from core.choices.networks import NETWORKS
    from core.choices.optimizers import OPTIMIZERS
    from core.choices.pretraining import PRETRAININGS
    from core.choices.schedules import SCHEDULES
    from core.choices.tables import TABLES

    registries = (
        TABLES,
        NETWORKS,
        ACTIVATIONS,
        LOSSES,
        OPTIMIZERS,
        INITIALISATIONS,
        SCHEDULES,
        AUGMENTATIONS,
        PRETRAININGS,
    )
    return [choice.title() for registry in registries for choice in registry.values()]


def test_the_readme_names_every_choice():
    assert [title for title in choices() if title.lower() not in README.lower()] == []


def test_the_readme_names_every_way_to_read_a_sequence_and_to_ask_of_it():
    from typing import get_args

    from core.choices.networks import Recurrent
    from core.choices.windows import Windows

    ways = [*get_args(Recurrent.model_fields["read"].annotation), *get_args(Windows.model_fields["asked"].annotation)]
    said = {"all_until_then": "all rows until then"}
    assert len(ways) == 7
    assert [way for way in ways if said.get(way, way.replace("_", " ")) not in README] == []


def test_the_readme_names_every_setting():
    assert [name for name in Settings.model_fields if f"LAYERSCOPE_{name.upper()}" not in README] == []


def test_every_file_that_the_readme_names_exists():
    named = re.findall(r"`((?:core|pages|tests|assets)/[\w/.]+)`|\]\((assets/[\w/.-]+)\)", README)
    paths = [first or second for first, second in named]
    assert paths
    assert [path for path in paths if not (Path(__file__).parents[1] / path).exists()] == []
