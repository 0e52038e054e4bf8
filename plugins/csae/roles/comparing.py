"""Where the rights of a database differ from the matrix, each difference with the statement that puts it right."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from psycopg import sql

from csae.roles import reading
from csae.roles.matrix import (
    ANALYSTS,
    FORCE_GROUP,
    FORCE_PREFIX,
    PUBLIC,
    Grant,
    expected,
    roles,
    settings,
)
from csae.roles.reading import Role
from csae.roles.shown import ShownView, standing, wanted
from csae.warehouse import Connection

_HARMLESS = {("database", "CONNECT"), ("database", "TEMPORARY"), ("schema", "USAGE")}
"""What no row can be read by alone; of schemas, in `public`, which holds nothing of ours."""


@dataclass(frozen=True)
class Difference:
    """Something that is not as the matrix says. `sentence` names no value of any row."""

    kind: Literal["role", "member", "grant", "setting", "view", "owner"]
    role: str
    place: str
    sentence: str
    is_wider: bool
    """Whether somebody could read or change more than the matrix says."""
    repair: str | None
    """The statement that puts it right; None where a person has to decide."""


def differences(connection: Connection, *, views: bool = True) -> list[Difference]:
    """All of them, what takes rights away first. `views` looks at what analysts' views show, too."""
    people = reading.people(connection)
    owner = reading.owner(connection)
    found = [
        *_roles(connection, people, owner),
        *_grants(connection, people),
        *_settings(connection, people),
        *_strangers(connection, owner),
    ]
    if views:
        found += _views(connection)
    return sorted(found, key=lambda item: not item.is_wider)


def _roles(connection: Connection, people: Mapping[str, Role], owner: str) -> Iterator[Difference]:
    for name in roles():
        if name not in people:
            create = _text(connection, "create role {} nologin", name)
            yield Difference("role", name, "server", f"there is no role {name}", False, create)
    ours = {name: role for name, role in people.items() if _is_ours(name)}
    may_set: dict[str, bool] = dict(
        connection.execute(
            "select rolname, pg_has_role(%s, oid, 'set') from pg_roles where rolname = any(%s)", [owner, list(ours)]
        ).fetchall()
    )
    for name, role in people.items():
        if name in ours:
            powers = [*(["LOGIN"] if role.can_login else []), *role.powers]
            if powers:
                alter = _without(connection, role, powers)
                yield Difference("role", name, "server", f"{name} is a group and has {', '.join(powers)}", True, alter)
            if not may_set[name]:
                grant = _text(connection, "grant {} to {}", name, owner)
                yield Difference("member", owner, name, f"{owner} cannot take the role {name}", False, grant)
            if name.startswith(FORCE_PREFIX) and name != FORCE_GROUP and FORCE_GROUP not in role.member_of:
                grant = _text(connection, "grant {} to {}", FORCE_GROUP, name)
                yield Difference("member", name, FORCE_GROUP, f"{name} is not in {FORCE_GROUP}", False, grant)
            allowed = {FORCE_GROUP} if name.startswith(FORCE_PREFIX) and name != FORCE_GROUP else set()
            yield from (_member(connection, role, group) for group in role.member_of if group not in allowed)
        else:
            yield from _login(connection, role)


def _login(connection: Connection, role: Role) -> Iterator[Difference]:
    if role.powers:
        sentence = f"{role.name} has {', '.join(role.powers)}, which the matrix does not say"
        yield Difference(
            "role", role.name, "server", sentence, role.powers != ("CREATEDB",), _without(connection, role, role.powers)
        )
    yield from (_member(connection, role, group) for group in role.reads_all_by)


def _without(connection: Connection, role: Role, powers: Iterable[str]) -> str:
    return _text(connection, "alter role {} " + " ".join(f"no{power.lower()}" for power in powers), role.name)


def _member(connection: Connection, role: Role, group: str) -> Difference:
    direct = group in role.member_of
    revoke = _text(connection, "revoke {} from {}", group, role.name) if direct else None
    way = "" if direct else " by another role"
    sentence = f"{role.name} is in {group}{way}, which the matrix does not say"
    return Difference("member", role.name, group, sentence, True, revoke)


def _grants(connection: Connection, people: Mapping[str, Role]) -> Iterator[Difference]:
    there = reading.objects(connection)
    actual = reading.grants(connection)
    wished = frozenset(grant for grant in expected(there) if grant.role in people)
    definers = reading.definers(connection)
    for grant in sorted(actual - wished):
        harmless = (grant.on, grant.privilege) in _HARMLESS and grant.schema in ("", "public")
        only_called = grant.privilege == "EXECUTE" and (grant.schema, grant.name) not in definers
        option = " and may pass it on" if grant.is_grantable else ""
        yield Difference(
            "grant",
            grant.role,
            grant.place,
            f"{grant.role} has {grant.privilege} on {grant.place}{option}, which the matrix does not say",
            not (harmless or only_called),
            statement(connection, grant, give=False),
        )
    for grant in sorted(wished - actual):
        sentence = f"{grant.role} lacks {grant.privilege} on {grant.place}"
        yield Difference("grant", grant.role, grant.place, sentence, False, statement(connection, grant, give=True))


def _settings(connection: Connection, people: Mapping[str, Role]) -> Iterator[Difference]:
    """Of logins: a member has the rights of its group, but not its settings."""
    for login in people.values():
        if _is_ours(login.name) or not login.can_login:
            continue
        groups = _groups_of(login, people)
        asked: dict[str, str] = {}
        for setting in settings():
            if setting.role in groups:
                asked.setdefault(setting.name, setting.value)
        for name, value in asked.items():
            if name == "connection limit":
                has = str(login.connection_limit)
                repair = _text(connection, f"alter role {{}} connection limit {int(value)}", login.name)
            else:
                has = login.settings.get(name, "none")
                change = sql.SQL("alter role {} set {} to {}").format(
                    sql.Identifier(login.name), sql.Identifier(name), sql.Literal(value)
                )
                repair = change.as_string(connection)
            if has != value:
                sentence = f"{login.name} has {name} {has} and not {value}"
                yield Difference("setting", login.name, name, sentence, False, repair)


def _strangers(connection: Connection, owner: str) -> Iterator[Difference]:
    for place, of in reading.strangers(connection):
        yield Difference("owner", of, place, f"{place} belongs to {of} and not to {owner}", True, None)


def _views(connection: Connection) -> Iterator[Difference]:
    asked, there = wanted(connection), standing(connection)
    bodies = {view.place: view for view in there}
    for view in asked:
        now = bodies.pop(view.place, None)
        if now is None:
            yield _view(view, f"there is no view {view.place}", is_wider=False)
        elif now.body != view.body or now.is_barrier != view.is_barrier:
            yield _view(view, f"the view {view.place} does not show what it should", is_wider=True)
    for view in bodies.values():
        drop = sql.SQL("drop view {}").format(sql.Identifier(view.schema, view.name)).as_string(connection)
        sentence = f"{view.place} is shown, which nothing asks for"
        repair = drop if view.is_view else None
        yield Difference("view", ANALYSTS[view.schema == "curated_force"], view.place, sentence, True, repair)


def _view(view: ShownView, sentence: str, *, is_wider: bool) -> Difference:
    return Difference("view", ANALYSTS[view.schema == "curated_force"], view.place, sentence, is_wider, view.create)


def _groups_of(login: Role, people: Mapping[str, Role]) -> set[str]:
    """The roles of ours that a login is in, by whatever way."""
    found: set[str] = set()
    left: list[str] = list(login.member_of)
    while left:
        name = left.pop()
        if name not in found and name in people:
            found.add(name)
            left += people[name].member_of
    return found


def _is_ours(name: str) -> bool:
    return name in roles() or (name.startswith(FORCE_PREFIX) and name[len(FORCE_PREFIX) :].isdecimal())


def statement(connection: Connection, grant: Grant, *, give: bool) -> str:
    """The statement that gives or takes a privilege, whoever holds it on from there."""
    who = sql.SQL("public") if grant.role == PUBLIC else sql.Identifier(grant.role)
    what = sql.SQL(grant.privilege.lower())
    verb, to = (sql.SQL("grant"), sql.SQL("to")) if give else (sql.SQL("revoke"), sql.SQL("from"))
    if grant.on == "default":
        within = sql.SQL("in schema {} ").format(sql.Identifier(grant.schema)) if grant.schema else sql.SQL("")
        text = sql.SQL("alter default privileges {}{} {} on {} {} {}").format(
            within, verb, what, sql.SQL(grant.name), to, who
        )
        return text.as_string(connection)
    column = sql.SQL(" ({})").format(sql.Identifier(grant.column)) if grant.column else sql.SQL("")
    rest = sql.SQL("") if give else sql.SQL(" cascade")
    text = sql.SQL("{} {}{} on {} {} {}{}").format(verb, what, column, _on(connection, grant), to, who, rest)
    return text.as_string(connection)


def _on(connection: Connection, grant: Grant) -> sql.Composable:
    if grant.on == "database":
        return sql.SQL("database {}").format(sql.Identifier(connection.info.dbname))
    if grant.on == "schema":
        return sql.SQL("schema {}").format(sql.Identifier(grant.schema))
    if grant.on == "function":
        name, _, types = grant.name.partition("(")
        return sql.SQL("routine {}({}").format(sql.Identifier(grant.schema, name), sql.SQL(types))
    return sql.Identifier(grant.schema, grant.name)


def _text(connection: Connection, text: str, *names: str) -> str:
    return sql.SQL(text).format(*map(sql.Identifier, names)).as_string(connection)


def wider(found: Iterable[Difference]) -> list[Difference]:
    return [item for item in found if item.is_wider]
