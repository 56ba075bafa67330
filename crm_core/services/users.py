"""Users: made, changed, and prepared for signing in. Passwords arrive hashed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crm_core.domain.errors import BadValue, Duplicate
from crm_core.domain.user import User, UserRole, checked
from crm_core.services.ports import Work


async def add_user(work: Work, user: User) -> User:
    """Add a user and commit; her id must be free."""
    if await work.users.find(checked(user).id) is not None:
        raise Duplicate(f"user {user.id}")
    stored = await work.users.add(user)
    await work.commit()
    return stored


async def set_active(work: Work, user_id: str, *, active: bool) -> bool:
    """Let a user sign in, or no longer, and commit; return whether that is new."""
    user = await work.users.get(user_id)
    if user.active == active:
        return False
    await work.users.save(replace(user, active=active))
    await work.commit()
    return True


async def set_roles(work: Work, user_id: str, roles: Sequence[UserRole]) -> bool:
    """Give a user these roles and no others, and commit; return whether that is new."""
    if not roles:
        raise BadValue("roles", f"name at least one of {', '.join(UserRole)}")
    user = await work.users.get(user_id)
    if set(user.roles) == set(roles):
        return False
    await work.users.save(replace(user, roles=tuple(dict.fromkeys(roles))))
    await work.commit()
    return True


async def set_skills(work: Work, user_id: str, skills: Mapping[str, int]) -> bool:
    """Give a user these skills and no others, and commit; return whether that is new."""
    user = await work.users.get(user_id)
    if user.skills == skills:
        return False
    await work.users.save(checked(replace(user, skills=dict(skills))))
    await work.commit()
    return True


async def unlock(work: Work, user_id: str) -> None:
    """Let a user try passwords again at once, and commit."""
    user = await work.users.get(user_id)
    await work.users.save(replace(user, unlocked_at=work.clock()))
    await work.audit.note("user_unlocked", "user", user_id)
    await work.commit()


async def set_queues(work: Work, user_id: str, queues: Sequence[str]) -> bool:
    """Let a user serve these queues and no others, and commit; return whether that is new."""
    user = await work.users.get(user_id)
    wanted = tuple(sorted(set(queues)))
    if set(user.queues) == set(wanted):
        return False
    await work.users.save(replace(user, queues=wanted))
    await work.commit()
    return True


async def set_password(work: Work, user_id: str, password_hash: str, *, address: str = "") -> None:
    """Give a user a new password hash, note it in the audit log, and commit."""
    if not password_hash.startswith("$argon2id$"):
        raise BadValue("password_hash", "must be an argon2id hash")
    user = await work.users.get(user_id)
    await work.users.save(replace(user, password_hash=password_hash))
    details = {"address": address} if address else {}
    await work.audit.note("password_changed", "user", user_id, details=details)
    await work.commit()


async def give_desk_phone(work: Work, user_id: str, digest: str, *, anew: bool) -> None:
    """Let a user talk through a desk phone with a secret, or with ``anew`` a new one; commit."""
    user = await work.users.get(user_id)
    if UserRole.AGENT not in user.roles:
        raise BadValue("user", f"{user_id} takes no calls; give the role agent first")
    if anew != (user.sip_digest is not None):
        has = "has no desk phone yet: parley phone add" if anew else "has one: parley phone secret"
        raise BadValue("user", f"{user_id} {has} {user_id}")
    await work.users.save(replace(user, phone="sip", sip_digest=digest))
    await work.audit.note("desk_phone_issued", "user", user_id)
    await work.commit()


async def remove_desk_phone(work: Work, user_id: str) -> bool:
    """Take a user's desk phone away, and commit; return whether there was one."""
    user = await work.users.get(user_id)
    if user.sip_digest is None:
        return False
    await work.users.save(replace(user, phone="browser", sip_digest=None))
    await work.audit.note("desk_phone_removed", "user", user_id)
    await work.commit()
    return True
