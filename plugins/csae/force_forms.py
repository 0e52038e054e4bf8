"""The forms in which a force is named, put where `reference.force_code` reads them: the gate and dbt decode by it."""

from csae.code_sets import CodeSets
from csae.warehouse import Connection


def write_force_forms(connection: Connection, codes: CodeSets) -> None:
    """Replace what was. One writer at a time, and whoever reads meanwhile reads on."""
    forces = codes.seeds.sets["transfer_force"]
    forms = [
        (rule, form, force_code)
        for rule, by_form in (("wording", forces.by_form), ("words", forces.by_words))
        for form, force_code in by_form.items()
    ]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("lock table reference.force_form in share row exclusive mode")
        cursor.execute("delete from reference.force_form")
        cursor.execute("delete from reference.force_word")
        cursor.execute("delete from reference.force_spelling")
        cursor.executemany("insert into reference.force_form (rule, form, force_code) values (%s, %s, %s)", forms)
        cursor.executemany(
            "insert into reference.force_word (word, stands_for) values (%s, %s)", list(forces.stands_for.items())
        )
        if forces.spelling:
            cursor.executemany(
                """
                insert into reference.force_spelling (letters, place, word, meaning, may_be_meant)
                values (%s, %s, %s, %s, %s)
                """,
                list(forces.spelling.rows()),
            )
