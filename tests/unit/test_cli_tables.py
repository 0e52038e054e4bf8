"""What stands in a cell of a table that a command prints."""

from rich.text import Text

from csae.cli.output import shown


def test_a_value_in_square_brackets_is_shown_as_it_is() -> None:
    assert [shown(value).plain for value in ("[not shown]", "[red]x", "[/]")] == ["[not shown]", "[red]x", "[/]"]


def test_booleans_numbers_and_nothing() -> None:
    assert [shown(value).plain for value in (True, False, 1234, None)] == ["true", "false", "1,234", "–"]


def test_a_state_has_its_colour_and_other_text_none() -> None:
    assert [str(shown(value).style) for value in ("rejected", "elsewhere")] == ["red", ""]


def test_styled_text_is_left_alone() -> None:
    styled = Text("low", style="red")
    assert shown(styled) is styled
