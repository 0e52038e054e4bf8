"""Synthetic deliveries: any number of crimes, nights and forces from a seed, with what they must add up to.

A world (`world`) is drawn first, layouts (`layouts`) say how each force writes it, and writers (`writers`) make the
files. Nothing in it is or resembles a real person or case.
"""

from csae.synthetic.deliveries import personal_values, write_deliveries
from csae.synthetic.layouts import LAYOUTS
from csae.synthetic.plan import Plan
from csae.synthetic.truth import Truth, read_truth

ALL_FORCES = tuple(LAYOUTS)
"""Every source that there is a layout for."""

__all__ = ["ALL_FORCES", "Plan", "Truth", "personal_values", "read_truth", "write_deliveries"]
