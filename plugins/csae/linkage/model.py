"""The frozen model: a trained Splink model with its thresholds, version, date and training record."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from splink import SettingsCreator

MODEL_DIR = Path(__file__).with_name("model")


class ModelError(Exception):
    """There is no model, or one that must not be used. The message says which file and what to do."""


@dataclass(frozen=True)
class Thresholds:
    """In match weights: the log2 of the odds that two records are one person."""

    join: float
    """Two records at or above it may be joined."""
    split: float
    """Two people are not joined where any record of one and any of the other are below it."""
    overwhelming: float
    """At or above it two records with different PNC ids may be joined nevertheless."""


@dataclass(frozen=True)
class Model:
    version: str
    trained_on: str
    """ISO date."""
    thresholds: Thresholds
    training: dict[str, Any]
    """How it was trained: seeds, worlds, records, method."""
    settings: dict[str, Any]
    """Splink's own JSON."""

    def creator(self, *, explain: bool = False) -> SettingsCreator:
        """Splink's settings; with `explain`, predictions say which level each comparison came to."""
        creator = SettingsCreator.from_path_or_dict(self.settings)
        creator.retain_matching_columns = explain
        return creator


def newest_model(folder: Path = MODEL_DIR) -> Model:
    """The model of the latest version. Raises `ModelError`."""
    files = sorted(folder.glob("*.json"))
    if not files:
        raise ModelError(f"There is no linkage model in {folder}; make one with csae person train.")
    return read_model(files[-1])


def next_version(folder: Path, day: date) -> str:
    """The version of a model that is made on a day, after the last that the folder holds: records say by which one they
    were linked, so no two models may have one version. Earlier ones of the day may be gone from the folder."""
    version = f"person_{day:%Y_%m_%d}"
    last = max((path.stem for path in folder.glob(f"{version}*.json")), default=None)
    if last is None:
        return version
    letter = last.removeprefix(version).removeprefix("_") or "a"
    return f"{version}_{chr(ord(letter) + 1)}"


def read_model(path: Path) -> Model:
    """Raises `ModelError` for a file that is no model, and for one with an untrained comparison."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        thresholds = Thresholds(**values.pop("thresholds"))
        model = Model(thresholds=thresholds, **values)
    except (OSError, ValueError, TypeError, KeyError):
        raise ModelError(f"{path} is not a linkage model; make one with csae person train.") from None
    untrained = untrained_levels(model.settings)
    if untrained:
        raise ModelError(
            f"{path} is not wholly trained: {', '.join(untrained)}. Splink would guess these; "
            "make a whole model with csae person train."
        )
    return model


def untrained_levels(settings: dict[str, Any]) -> list[str]:
    """`comparison: level` for each level that has no m or no u probability, and the prior where it is missing."""
    missing = [
        f"{comparison['output_column_name']}: {level['label_for_charts']}"
        for comparison in settings["comparisons"]
        for level in comparison["comparison_levels"]
        if not level.get("is_null_level")
        and not all(isinstance(level.get(side), float) for side in ("m_probability", "u_probability"))
    ]
    if not isinstance(settings.get("probability_two_random_records_match"), float):
        missing.append("probability_two_random_records_match")
    return missing


def write_model(model: Model, folder: Path) -> Path:
    """Write a model's JSON under its version; the same model gives the same bytes."""
    path = folder / f"{model.version}.json"
    thresholds = {name: getattr(model.thresholds, name) for name in ("join", "split", "overwhelming")}
    values = {
        "version": model.version,
        "trained_on": model.trained_on,
        "thresholds": thresholds,
        "training": model.training,
        "settings": model.settings,
    }
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    return path
