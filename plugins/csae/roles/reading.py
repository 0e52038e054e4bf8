"""What a database has and who may do what there, from its own catalogue."""

from dataclasses import dataclass

from csae.roles.matrix import FORCE_PREFIX, PUBLIC, Grant, Objects, roles
from csae.warehouse import Connection

# No object of PostgreSQL's own or of an extension is ours to decide over.
_SCHEMAS = r"""
    select n.oid, n.nspname, n.nspowner, n.nspacl
    from pg_namespace as n
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and not exists (
            select 1 from pg_depend as d
            where d.classid = 'pg_namespace'::regclass and d.objid = n.oid and d.deptype = 'e'
        )
"""
_RELATIONS = f"""
    select c.oid, s.nspname, c.relname, c.relowner, c.relacl
    from pg_class as c
    inner join ({_SCHEMAS}) as s on c.relnamespace = s.oid
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        and not exists (
            select 1 from pg_depend as d
            where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
        )
"""  # noqa: S608 - made of the constant above
_FUNCTIONS = f"""
    select
        p.oid, s.nspname, p.proowner, p.proacl, p.prosecdef,
        p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name
    from pg_proc as p
    inner join ({_SCHEMAS}) as s on p.pronamespace = s.oid
    where not exists (
        select 1 from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    )
"""  # noqa: S608 - made of the constant above
_GRANTS = f"""
with acl as (
    select 'database' as kind, '' as nspname, '' as name, '' as column_name, datdba as owner,
        coalesce(datacl, acldefault('d', datdba)) as items
    from pg_database where datname = current_database()
    union all
    select 'schema', nspname, '', '', nspowner, nspacl from ({_SCHEMAS}) as s
    union all
    select 'table', nspname, relname, '', relowner, relacl from ({_RELATIONS}) as r
    union all
    select 'column', r.nspname, r.relname, a.attname, r.relowner, a.attacl
    from ({_RELATIONS}) as r
    inner join pg_attribute as a on r.oid = a.attrelid
    where a.attnum > 0 and not a.attisdropped and a.attacl is not null
    union all
    select 'function', nspname, name, '', proowner, coalesce(proacl, acldefault('f', proowner))
    from ({_FUNCTIONS}) as f
    union all
    select
        'default', coalesce(n.nspname, ''),
        case d.defaclobjtype
            when 'f' then 'functions' when 'r' then 'tables' when 'S' then 'sequences' when 'T' then 'types'
            when 'n' then 'schemas' when 'L' then 'large objects' else d.defaclobjtype::text
        end,
        '', d.defaclrole, d.defaclacl
    from pg_default_acl as d
    left join pg_namespace as n on d.defaclnamespace = n.oid
    where d.defaclrole = (select datdba from pg_database where datname = current_database())
    union all
    -- Where nothing says otherwise, everybody may call a function that is made later.
    select 'default', '', 'functions', '', datdba, acldefault('f', datdba)
    from pg_database as here
    where datname = current_database() and not exists (
        select 1 from pg_default_acl
        where defaclrole = here.datdba and defaclnamespace = 0 and defaclobjtype = 'f'
    )
)

select coalesce(r.rolname, '{PUBLIC}'), acl.kind, acl.nspname, acl.name, acl.column_name, x.privilege_type, x.is_grantable
from acl
cross join lateral aclexplode(acl.items) as x
left join pg_roles as r on x.grantee = r.oid
where x.grantee <> acl.owner and coalesce(r.rolname, '') <> current_user and not coalesce(r.rolsuper, false)
"""  # noqa: E501, S608


READ_ALL = (
    "pg_read_all_data",
    "pg_write_all_data",
    "pg_execute_server_program",
    "pg_read_server_files",
    "pg_write_server_files",
    "pg_read_all_stats",
)
"""Roles of PostgreSQL's own by which rows can be read, or others' queries with the values in them."""


@dataclass(frozen=True)
class Role:
    """A role of ours, or a login that is in one."""

    name: str
    can_login: bool
    powers: tuple[str, ...]
    """What it may do to the server, as ALTER ROLE names it: SUPERUSER, CREATEROLE, BYPASSRLS."""
    member_of: tuple[str, ...]
    """The roles that it is in itself, by name."""
    reads_all_by: tuple[str, ...]
    """The owner of the database and those of `READ_ALL` that it is in, by whatever way; none of a superuser."""
    connection_limit: int
    settings: dict[str, str]


def objects(connection: Connection) -> Objects:
    schemas = frozenset(row[0] for row in connection.execute(f"select nspname from ({_SCHEMAS}) as s".encode()))  # noqa: S608
    tables = {
        (schema, name): tuple(columns)
        for schema, name, columns in connection.execute(
            f"""
            select r.nspname, r.relname, array_agg(a.attname::text)
            from ({_RELATIONS}) as r
            inner join pg_class as c on r.oid = c.oid
            inner join pg_attribute as a on r.oid = a.attrelid
            where a.attnum > 0 and not a.attisdropped and c.relkind <> 'S'
            group by 1, 2
            """.encode()  # noqa: S608
        )
    }
    functions = frozenset(
        (schema, name)
        for schema, name in connection.execute(f"select nspname, name from ({_FUNCTIONS}) as f".encode())  # noqa: S608
    )
    return Objects(schemas, tables, functions)


def grants(connection: Connection) -> frozenset[Grant]:
    """Every privilege of anybody but an object's owner, superusers and the role that asks."""
    return frozenset(Grant(*row) for row in connection.execute(_GRANTS.encode()))


def definers(connection: Connection) -> frozenset[tuple[str, str]]:
    """Functions that run with their owner's rights, by schema and name."""
    rows = connection.execute(f"select nspname, name from ({_FUNCTIONS}) as f where prosecdef".encode())  # noqa: S608
    return frozenset((schema, name) for schema, name in rows)


def strangers(connection: Connection) -> list[tuple[str, str]]:
    """Objects in our schemas, with their owner, that neither belong to the database's owner nor to a superuser."""
    return connection.execute(
        f"""
        select r.nspname || '.' || r.relname, pg_get_userbyid(r.relowner)
        from ({_RELATIONS}) as r
        inner join pg_roles as o on r.relowner = o.oid
        where not o.rolsuper and r.nspname <> 'public'
            and r.relowner <> (select datdba from pg_database where datname = current_database())
        order by 1
        """.encode()  # noqa: S608
    ).fetchall()


def people(connection: Connection) -> dict[str, Role]:
    """Our roles and the logins in them, without the owner and whoever asks, and without superusers in none of them."""
    rows = connection.execute(
        """
        with recursive ours as (
            select oid, rolname from pg_roles where rolname = any(%(names)s) or rolname ~ %(force)s
        ),

        -- Counted out, since of a superuser pg_has_role says that it is in every role.
        within as (
            select oid as member from ours
            union
            select m.member from pg_auth_members as m
            inner join within as w on m.roleid = w.member
        ),

        unbounded as (
            select oid, rolname from pg_roles
            where rolname = any(%(read_all)s)
                or oid = (select datdba from pg_database where datname = current_database())
        ),

        config as (
            select s.setrole, array_agg(split.pair order by s.setdatabase) as pairs
            from pg_db_role_setting as s
            cross join lateral unnest(s.setconfig) as split (pair)
            where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
            group by s.setrole
        )

        select
            r.rolname, r.rolcanlogin,
            array_remove(array[
                case when r.rolsuper then 'SUPERUSER' end, case when r.rolcreaterole then 'CREATEROLE' end,
                case when r.rolcreatedb then 'CREATEDB' end, case when r.rolreplication then 'REPLICATION' end,
                case when r.rolbypassrls then 'BYPASSRLS' end
            ], null),
            array(
                select g.rolname::text from pg_auth_members as m
                inner join pg_roles as g on m.roleid = g.oid
                where m.member = r.oid
                group by g.rolname
                order by g.rolname
            ),
            array(
                select u.rolname::text from unbounded as u
                where not r.rolsuper and pg_has_role(r.oid, u.oid, 'member')
                order by u.rolname
            ),
            r.rolconnlimit, coalesce(c.pairs, '{}')
        from pg_roles as r
        left join config as c on r.oid = c.setrole
        where r.oid in (select oid from ours) or (
            r.rolcanlogin and r.rolname not in (current_user, session_user)
            and r.oid <> (select datdba from pg_database where datname = current_database())
            and r.oid in (select member from within)
        )
        order by r.rolname
        """,
        {"names": list(roles()), "force": rf"^{FORCE_PREFIX}\d\d$", "read_all": list(READ_ALL)},
    ).fetchall()
    return {
        name: Role(
            name,
            can_login,
            tuple(powers),
            tuple(groups),
            tuple(all_by),
            limit,
            dict(pair.split("=", 1) for pair in pairs),
        )
        for name, can_login, powers, groups, all_by, limit, pairs in rows
    }


def owner(connection: Connection) -> str:
    """The database's owner, whose rights the pipeline has."""
    row = connection.execute(
        "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
    ).fetchone()
    return str(row[0]) if row else ""
