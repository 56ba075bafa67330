"""What a party is found by: its words, the numbers it is reached on, and words it may be meant by.

``search_doc`` holds one text a party, on which the full-text index hangs; ``search_near`` leads
from a mistyped word to those that are written so. Every writer of parties or contact points calls
``index``; ``refold`` writes everything anew when ``domain.names`` has changed.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, select, text, update

from crm_core.domain.names import index_tokens, is_spelled, name_key, neighbours, words
from crm_core.domain.party import PointKind
from crm_core.storage import schema
from crm_core.storage.upsert import chunks, ignoring, replacing

_P, _N, _D, _W = schema.party, schema.contact_point, schema.search_doc, schema.search_near
AT_ONCE: Final = 500
_END: Final = "xqr"
_PART: Final = "xqn"
"""Beginnings no name has: of a token with a whole number reversed, and with four of its digits."""
_RUN: Final = 4

FTS_TRIGGERS: Final = (
    "CREATE TRIGGER search_doc_ai AFTER INSERT ON search_doc BEGIN"
    " INSERT INTO search_fts(rowid, tokens) VALUES (new.seq, new.tokens); END",
    "CREATE TRIGGER search_doc_ad AFTER DELETE ON search_doc BEGIN"
    " INSERT INTO search_fts(search_fts, rowid, tokens) VALUES ('delete', old.seq, old.tokens);"
    " END",
    "CREATE TRIGGER search_doc_au AFTER UPDATE ON search_doc BEGIN"
    " INSERT INTO search_fts(search_fts, rowid, tokens) VALUES ('delete', old.seq, old.tokens);"
    " INSERT INTO search_fts(rowid, tokens) VALUES (new.seq, new.tokens); END",
)
TSV: Final = (
    "CREATE INDEX ix_search_doc_tokens ON search_doc USING gin (to_tsvector('simple', tokens))"
)


def end_token(digits: str) -> str:
    """Return the beginning of the token of every number that ends in ``digits``."""
    return _END + digits[::-1]


def part_tokens(digits: str) -> list[str]:
    """Return the beginnings of tokens that every number with ``digits`` before its end has."""
    return [_PART + digits[at : at + _RUN] for at in range(max(len(digits) - _RUN, 0) + 1)]


def numbers_in(tokens: Iterable[str]) -> Iterator[str]:
    """Give the digits of the numbers among a party's tokens."""
    return (token[len(_END) :][::-1] for token in tokens if token.startswith(_END))


def index(connection: Connection, party_ids: Iterable[str]) -> None:
    """Bring the search index to the present names and numbers of these parties."""
    for ids in chunks(sorted(set(party_ids)), AT_ONCE):
        phones = _phones(connection, _N.c.party_id.in_(ids))
        docs, gone = [], []
        known = set[str]()
        for party in connection.execute(select(*_NAMED).where(_P.c.id.in_(ids))):
            if party.deleted_at is not None or party.merged_into_id is not None:
                gone.append(party.id)
                continue
            docs.append({"party_id": party.id, "tokens": _tokens(party, phones.get(party.id, ()))})
            known |= _spelled(party)
        if gone:
            connection.execute(delete(_D).where(_D.c.party_id.in_(gone)))
        if docs:
            connection.execute(replacing(connection.dialect.name, _D, ("party_id",)), docs)
        learn(connection, known)


_NAMED: Final = (
    _P.c.id, _P.c.display_name, _P.c.given_name, _P.c.family_name, _P.c.city,
    _P.c.deleted_at, _P.c.merged_into_id,
)  # fmt: skip


def _phones(connection: Connection, which: Any) -> dict[str, list[str]]:
    query = select(_N.c.party_id, _N.c.norm).where(
        _N.c.kind == PointKind.PHONE, _N.c.deleted_at.is_(None), which
    )
    found: dict[str, list[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.party_id, []).append(row.norm)
    return found


def _tokens(party: Any, phones: Sequence[str]) -> str:
    found = dict[str, None]()
    for part in (party.display_name, party.given_name, party.family_name, party.city):
        found.update(dict.fromkeys(index_tokens(part).split()))
    for phone in phones:
        digits = phone.removeprefix("+")
        found.update(dict.fromkeys([end_token(digits), *part_tokens(digits)]))
    return " ".join(found)


def _spelled(party: Any) -> set[str]:
    parts = (party.display_name, party.given_name, party.family_name, party.city)
    return {word for part in parts for word in words(part) if is_spelled(word)}


def learn(connection: Connection, known: Iterable[str]) -> None:
    """Remember words as those that a mistyped one may mean."""
    for some in chunks(sorted(set(known)), AT_ONCE):
        query = select(_W.c.key).where(_W.c.key.in_(some), _W.c.word == _W.c.key)
        there = set(connection.execute(query).scalars())
        rows = [
            {"key": key, "word": word}
            for word in some
            if word not in there
            for key in neighbours(word)
        ]
        if rows:
            connection.execute(ignoring(connection.dialect.name, _W), rows)


def near(connection: Connection, word: str) -> list[str]:
    """Return words that ``word`` may be mistyped for."""
    query = select(_W.c.word).distinct().where(_W.c.key.in_(neighbours(word)), _W.c.word != word)
    return list(connection.execute(query).scalars())


def refold(connection: Connection) -> None:
    """Write the keys and the index of all parties anew, a batch at a time.

    The full-text index is left alone meanwhile and built once at the end.
    """
    on_sqlite = connection.dialect.name == "sqlite"
    for name in ("ai", "ad", "au") if on_sqlite else ():
        connection.execute(text(f"DROP TRIGGER search_doc_{name}"))
    if not on_sqlite:
        connection.execute(text("DROP INDEX ix_search_doc_tokens"))
    connection.execute(delete(_W))
    learnt = set[str]()
    last = ""
    while batch := _batch(connection, last):
        last = batch[-1].id
        _refold(connection, batch, learnt)
    if on_sqlite:
        connection.execute(text("INSERT INTO search_fts(search_fts) VALUES ('rebuild')"))
    for statement in FTS_TRIGGERS if on_sqlite else (TSV,):
        connection.execute(text(statement))


BATCH: Final = 2_000


def _batch(connection: Connection, last: str) -> Sequence[Any]:
    query = select(*_NAMED).order_by(_P.c.id).limit(BATCH)
    return connection.execute(query.where(_P.c.id > last) if last else query).all()


_REKEY: Final = update(_P).where(_P.c.id == bindparam("key")).values(name_key=bindparam("made"))


def _refold(connection: Connection, batch: Sequence[Any], learnt: set[str]) -> None:
    phones = _phones(connection, _N.c.party_id.between(batch[0].id, batch[-1].id))
    keys, docs, known = [], [], set[str]()
    for party in batch:
        keys.append({"key": party.id, "made": name_key(party.display_name)})
        if party.deleted_at is None and party.merged_into_id is None:
            docs.append({"party_id": party.id, "tokens": _tokens(party, phones.get(party.id, ()))})
            known |= _spelled(party)
    connection.execute(_REKEY, keys)
    if docs:
        connection.execute(replacing(connection.dialect.name, _D, ("party_id",)), docs)
    learn(connection, known - learnt)
    learnt |= known
