"""Running PostgreSQL when we are root, which it refuses to run as.

It then runs as the system user `pgserver`, as the wheel itself does. That user must be able to search every
folder above the database's files and above the wheel's programs, so a home below a folder of mode 0700 (such
as `/root`) needs one opening. The wheel would let everybody read and search all of them; here only the folders
that bar the way are touched, only this one user is let in (an ACL entry), and only to search, not to list.
Where the file system has no ACLs, the folder becomes searchable for all (o+x): names below it stay unlisted.
"""

import os
import stat
import struct
import subprocess
from contextlib import suppress
from pathlib import Path
from pwd import getpwnam, struct_passwd

from csae.local_stack.errors import StackError
from csae.local_stack.state import Report
from csae.local_stack.wheel import ensure_folder_permissions, ensure_user_exists

NAME = "pgserver"

_ACL = "system.posix_acl_access"
_ACL_VERSION = struct.pack("<I", 2)
_ACL_ENTRY = struct.Struct("<HHI")  # tag, permissions, id
_OWNER, _USER, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_NO_ID = 0xFFFFFFFF
_SEARCH = 0o1


def database_user() -> struct_passwd | None:
    """Whom PostgreSQL runs as: None for ourselves, and a system user when we are root.

    Raises StackError when that user can neither be found nor made.
    """
    if os.geteuid() != 0:
        return None
    try:
        ensure_user_exists(NAME)
        return getpwnam(NAME)
    except (OSError, KeyError, subprocess.CalledProcessError):
        raise StackError(
            f"PostgreSQL does not run as root, and the system user {NAME} could not be made: "
            f"run `useradd {NAME}` yourself, or run this as a normal user."
        ) from None


def give(user: struct_passwd, folder: Path) -> None:
    """Make the user own the folder and all in it: in another container, the same name may have another id."""
    if folder.stat().st_uid == user.pw_uid:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def let_reach(user: struct_passwd, folder: Path, report: Report) -> None:
    """Open the way to a folder for the user. Raises StackError that names the folder which stays shut."""
    if _can_enter(user, folder):
        return
    for step in (*reversed(folder.parents), folder):
        if not _can_enter(user, step):
            _let_search(user, step)
            report(f"Let the system user {user.pw_name} pass through {step}, on the way to the database's files")
        if not _can_enter(user, step):
            raise StackError(
                f"PostgreSQL runs as {user.pw_name} and may not pass through the folder {step}: "
                f"run `chmod o+x {step}`, or set CSAE_HOME to a folder that other users may reach."
            )


def let_run(user: struct_passwd, installation: Path, report: Report) -> None:
    """Open the wheel's PostgreSQL programs for the user, also when they were installed under a strict umask."""
    let_reach(user, installation, report)
    if not (installation / "bin" / "postgres").stat().st_mode & stat.S_IXOTH:
        ensure_folder_permissions(
            installation, stat.S_IRGRP | stat.S_IROTH | stat.S_IXGRP | stat.S_IXOTH
        )  # the wheel's own helper: everybody may read and run what anybody may download


def _can_enter(user: struct_passwd, folder: Path) -> bool:
    """Tried for real: group membership, ACLs and mount options all have a say."""
    attempt = subprocess.run(
        ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)],
        cwd="/",
        env={},
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return attempt.returncode == 0


def _let_search(user: struct_passwd, folder: Path) -> None:
    try:
        entries = _acl_entries(folder)
        mine = (_USER, _SEARCH, user.pw_uid)
        others = [entry for entry in entries if entry[0] != _MASK and entry[::2] != mine[::2]]
        mask = 0
        for tag, permissions, _ in [*others, mine]:
            mask |= permissions if tag not in (_OWNER, _OTHER) else 0
        packed = (_ACL_ENTRY.pack(*entry) for entry in sorted([*others, mine, (_MASK, mask, _NO_ID)], key=_order))
        os.setxattr(folder, _ACL, _ACL_VERSION + b"".join(packed))
    except (OSError, AttributeError):
        with suppress(OSError):
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)


def _acl_entries(folder: Path) -> list[tuple[int, int, int]]:
    """The folder's ACL as (tag, permissions, id); one made of its mode bits when it has none."""
    try:
        stored = os.getxattr(folder, _ACL)[len(_ACL_VERSION) :]
    except OSError:
        mode = folder.stat().st_mode
        return [(_OWNER, mode >> 6 & 7, _NO_ID), (_GROUP, mode >> 3 & 7, _NO_ID), (_OTHER, mode & 7, _NO_ID)]
    return [(tag, permissions, owner) for tag, permissions, owner in _ACL_ENTRY.iter_unpack(stored)]


def _order(entry: tuple[int, int, int]) -> tuple[int, int]:
    """The kernel wants entries by tag, then by id."""
    return entry[0], entry[2]
