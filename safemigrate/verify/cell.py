"""One version on one state: what it sends, planned and run, with what it must not read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from safemigrate.verify.application import FIRST, STYLES, Application, Row, Unproven
from safemigrate.verify.outcome import Failure, Note, Observations, Refusal, Subject
from safemigrate.verify.session import Refused
from safemigrate.verify.values import same
from safemigrate.verify.workload import Attribute, Entity, Place, Query

#: objects of a cell have other numbers than those that were there before
_FRESH = 1000
_TAKEN = "23505"


def observe_cell(application: Application) -> Observations:
    """Plans and runs the whole workload of *application*, in a transaction that leaves nothing."""
    seen = Observations()
    refused = _planned(application, seen)
    for entity in application.workload.entities:
        seen.unproven += [Note(Subject(entity.name, "model"), gap) for gap in entity.gaps]
        visit = _Visit(application, entity, seen, refused, dict(application.rows))
        # reads leave nothing anyway, and without a transaction a refused one does no harm
        visit.read()
        with application.session.rolled_back():
            visit.write()
    with application.session.rolled_back():
        _recorded(application, seen, refused)
    return seen


def _planned(application: Application, seen: Observations) -> frozenset[Query]:
    refused: set[Query] = set()
    for name, query in _all_queries(application):
        if query.kind == "read":
            # the oracles' own question: what the version sends is select and get
            continue
        seen.planned += 1
        try:
            application.session.plan(query.sql, len(query.slots))
        except Refused as error:
            refused.add(query)
            seen.failures.append(_failure(Subject(name, query.kind, query.about), query.sql, error.refusal))
    return frozenset(refused)


def _all_queries(application: Application) -> Iterator[tuple[str, Query]]:
    for entity in application.workload.entities:
        for query in entity.queries:
            yield entity.name, query
        for style in STYLES:
            for query in entity.inserts.get(style, ()):
                yield entity.name, query
    for query in application.workload.recorded:
        yield "", query


def _failure(subject: Subject, sql: str, refusal: Refusal) -> Failure:
    return Failure(subject, sql, refusal.sqlstate, refusal.message)


def _recorded(application: Application, seen: Observations, refused: frozenset[Query]) -> None:
    """Recorded statements carry no values: those that need some were planned and no more."""
    for query in application.workload.recorded:
        if query in refused:
            continue
        if "$1" in query.sql:
            seen.unproven.append(Note(Subject("", query.kind, query.about), "planned, not run: no values"))
            continue
        try:
            with application.session.attempt():
                application.session.run(query.sql)
            seen.ran += 1
        except Refused as error:
            seen.failures.append(_failure(Subject("", query.kind, query.about), query.sql, error.refusal))


@dataclass
class _Visit:
    """The workload of one entity. *known* are the rows to go back to when what it wrote is rolled back."""

    application: Application
    entity: Entity
    seen: Observations
    refused: frozenset[Query]
    known: dict[tuple[str, int], Row]

    def read(self) -> None:
        """What the entity reads, and what it must not read."""
        for query in self.entity.of_kind("select", "join"):
            self._send(query, FIRST, {})
        row = self._found()
        if row is not None:
            self._get(row)
        self._read_contract()

    def write(self) -> None:
        """What the entity writes, inside a transaction that will be rolled back."""
        if self._found() is None and self.entity.inserts:
            self._get(self._made())
        self._inserts()
        self._updates()
        self._deletes()
        self.application.rows.clear()
        self.application.rows.update(self.known)

    def _get(self, row: Row | None) -> None:
        for query in self.entity.of_kind("get") if row is not None else ():
            self._send(query, FIRST, dict(row or {}))

    def _found(self) -> Row | None:
        """The object that was there before this version came, if it has the key that this version asks by."""
        row = self.application.rows.get((self.entity.name, FIRST))
        return row if row is not None and all(place in row for place in self.entity.key) else None

    def _made(self) -> Row | None:
        try:
            return self.application.ensure(self.entity.name, FIRST)
        except (Refused, Unproven) as error:
            self._unproven(Subject(self.entity.name, "insert"), str(error))
            return None

    def _read_contract(self) -> None:
        try:
            with self.application.attempt():
                rows, types = self.application.read_with_types(self.entity)
        except Refused as error:
            self._read_refused(error.refusal)
            return
        self.seen.types |= {(self.entity.name, name): type_ for name, type_ in types.items()}
        for attribute in self.entity.attributes:
            self._judge_values(attribute, [row[attribute.name] for row in rows if attribute.name in row])

    def _read_refused(self, refusal: Refusal) -> None:
        """Deferred attributes may be missing although the entity's own SELECT is answered."""
        if any(each.subject.entity == self.entity.name for each in self.seen.failures):
            return
        sql = self.entity.of_kind("read")[0].sql
        self.seen.failures.append(_failure(Subject(self.entity.name, "read"), sql, refusal))

    def _judge_values(self, attribute: Attribute, values: list[str | None]) -> None:
        sql = self.entity.of_kind("read")[0].sql
        subject = Subject(self.entity.name, "read", attribute.name)
        nulls = values.count(None)
        if nulls and not attribute.nullable:
            rows = f"{nulls} of {len(values)} rows"
            message = f"{attribute.place} is NULL in {rows}, which {self.entity.name}.{attribute.name} does not allow"
            self.seen.nulls.append(Failure(subject, sql, "", message))
        unknown = sorted({v for v in values if v is not None and v not in attribute.kind.labels})
        if attribute.kind.labels and unknown:
            message = f"{attribute.place} holds {unknown[0]!r}, which is no value of {attribute.name}"
            self.seen.surprises.append(Note(subject, message))

    def _inserts(self) -> None:
        for at, style in enumerate(STYLES):
            queries = self.entity.inserts.get(style, ())
            if not queries or self.refused.intersection(queries):
                continue
            row = self._try(
                Subject(self.entity.name, "insert", style),
                queries[0].sql,
                lambda style=style, at=at: self.application.insert(self.entity, _FRESH + at, style),
            )
            if isinstance(row, dict):
                self._own_write(Subject(self.entity.name, "insert", style), queries[0].sql, row)

    def _own_write(self, subject: Subject, sql: str, row: Row) -> None:
        """A version reads what it wrote, whatever triggers did in between."""
        try:
            with self.application.attempt():
                found = self.application.find(self.entity, row)
        except Refused:
            return
        if not found:
            self.seen.quirks.append(Failure(subject, sql, "", f"{self.entity.name} does not find the row it wrote"))
            return
        for place, written in row.items():
            attribute = self.entity.attribute(place)
            if attribute is None or same(found.get(attribute.name), written):
                continue
            message = f"{place} was written as {_shown(written)} and is read as {_shown(found.get(attribute.name))}"
            about = f"{subject.about} {attribute.name}" if subject.about != attribute.name else subject.about
            self.seen.quirks.append(Failure(Subject(subject.entity, subject.kind, about), sql, "", message))

    def _updates(self) -> None:
        for number in (FIRST, _FRESH):
            row = self.application.rows.get((self.entity.name, number))
            if row is None or any(place not in row for place in self.entity.key):
                continue
            for query in self.entity.of_kind("update"):
                self._update(query, number, row)

    def _update(self, query: Query, number: int, row: Row) -> None:
        attribute = next(each for each in self.entity.attributes if each.name == query.about)
        if query in self.refused or attribute.fixed is not None:
            return
        subject = Subject(self.entity.name, "update", query.about)
        key = {place: row[place] for place in row if place in self.entity.key or place != attribute.place}
        changed = dict(key)
        if self._send(query, number + 50, changed):
            written = {place: changed[place] for place in (*self.entity.key, attribute.place) if place in changed}
            self._own_write(subject, query.sql, written)
        if attribute.nullable and not attribute.generated:
            self._send(query, number + 50, dict(key), null=True)

    def _deletes(self) -> None:
        queries = self.entity.of_kind("delete")
        if not queries or self.refused.intersection(queries):
            return
        try:
            with self.application.attempt():
                row = self.application.ensure(self.entity.name, _FRESH + len(STYLES))
        except (Refused, Unproven):
            # the failing INSERT is told already
            return
        for query in queries:
            self._send(query, _FRESH, dict(row))

    def _send(self, query: Query, number: int, row: dict[Place, str | None], *, null: bool = False) -> bool:
        """Whether *query* was answered; a refusal or a reason for not trying is kept."""
        if query in self.refused:
            return False
        answer = self._try(
            Subject(self.entity.name, query.kind, query.about),
            query.sql,
            lambda: self.application.send(self.entity, query, number, row, null=null),
        )
        return answer is not None

    def _try(self, subject: Subject, sql: str, action: object) -> object:
        assert callable(action)
        try:
            with self.application.attempt():
                result: object = action()
        except Refused as error:
            if self.application.borrowed and error.refusal.sqlstate == _TAKEN:
                self._unproven(subject, f"the only row to refer to is taken ({error.refusal})")
                return None
            self.seen.failures.append(_failure(subject, sql, error.refusal))
            return None
        except Unproven as error:
            self._unproven(subject, error.reason)
            return None
        self.seen.ran += 1
        return result

    def _unproven(self, subject: Subject, reason: str) -> None:
        self.seen.unproven.append(Note(subject, reason))


def _shown(value: str | None) -> str:
    return "NULL" if value is None else repr(value)
