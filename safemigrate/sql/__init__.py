"""SQL text to operations: a first reader of what Alembic renders, soon to be taken apart into modules."""

from __future__ import annotations
import re
from dataclasses import dataclass, replace
import sqlglot
from safemigrate.errors import SqlSyntaxError
from safemigrate.schema import sync
from safemigrate.schema import operations as o
from safemigrate.schema.model import *
from safemigrate.schema.model import (
    Answer,
    Check,
    Column,
    EnumType,
    Exclusion,
    Expression,
    ForeignKey,
    Generation,
    Index,
    NotNullConstraint,
    PrimaryKey,
    Type,
    Unique,
    Volatility,
)
from safemigrate.schema.name import Name


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    line: int
    column: int


class Bad(Exception):
    pass


@dataclass(frozen=True, slots=True)
class T:
    kind: str
    text: str
    start: int
    end: int

    @property
    def up(self):
        return self.text.upper() if self.kind == "w" else self.text if self.kind == "p" else ""


RX = re.compile(
    r"""\s+|--[^\n]*|(?P<c>/\*)|(?P<d>\$(?:[A-Za-z_]\w*)?\$)|(?P<q>"(?:[^"]|"")*")|(?P<e>[eE]'(?:[^'\\]|''|\\.)*')|(?P<s>'(?:[^']|'')*')|(?P<n>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<w>[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*)|(?P<p>::|:=|[<>!=]=|<>|->>|->|\|\||.)""",
    re.S,
)


def toks(sql):
    out = []
    i = 0
    while i < len(sql):
        m = RX.match(sql, i)
        if m is None:
            raise Bad("unterminated")
        if m["c"]:
            d = 1
            j = m.end()
            while d:
                a = sql.find("/*", j)
                b = sql.find("*/", j)
                if b < 0:
                    raise Bad("unterminated comment")
                if 0 <= a < b:
                    d += 1
                    j = a + 2
                else:
                    d -= 1
                    j = b + 2
            i = j
            continue
        if m["d"]:
            j = sql.find(m["d"], m.end())
            if j < 0:
                raise Bad("unterminated dollar quote")
            j += len(m["d"])
            out.append(T("s", sql[m.end() : j - len(m["d"])], i, j))
            i = j
            continue
        k = m.lastgroup
        if k == "q":
            out.append(T("q", m["q"][1:-1].replace('""', '"'), i, m.end()))
        elif k in ("e", "s"):
            t = m[k]
            out.append(T("s", (t[2:-1] if k == "e" else t[1:-1]).replace("''", "'"), i, m.end()))
        elif k in ("n", "w", "p"):
            if k == "p" and m[k] in ('"', "'"):
                raise Bad("unterminated quote")
            out.append(T(k, m[k], i, m.end()))
        i = m.end()
    return out


def cut(script):
    try:
        ts = toks(script)
    except Bad as e:
        raise SqlSyntaxError(str(e) + ".") from None
    out = []
    cur = []
    atomic = 0

    def flush():
        if cur:
            s = cur[0].start
            out.append(Piece(script[s : cur[-1].end], script.count("\n", 0, s) + 1, s - script.rfind("\n", 0, s)))
        cur.clear()

    for i, t in enumerate(ts):
        if t.up == "ATOMIC" and cur and cur[-1].up == "BEGIN":
            atomic += 1
        if atomic and t.up == "CASE":
            atomic += 1
        if atomic and t.up == "END":
            atomic -= 1
        if t.kind == "p" and t.text == ";" and not atomic:
            flush()
        else:
            cur.append(t)
    flush()
    return tuple(out)


_T = {
    "INT": "integer",
    "INT4": "integer",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "INT8": "bigint",
    "SMALLINT": "smallint",
    "INT2": "smallint",
    "VARCHAR": "character varying",
    "CHAR": "character",
    "DECIMAL": "numeric",
    "NUMERIC": "numeric",
    "BOOL": "boolean",
    "BOOLEAN": "boolean",
    "TIMESTAMPTZ": "timestamp with time zone",
    "FLOAT8": "double precision",
    "FLOAT4": "real",
    "FLOAT": "double precision",
    "REAL": "real",
    "TIMETZ": "time with time zone",
}
_S = {"SERIAL": "integer", "BIGSERIAL": "bigint", "SMALLSERIAL": "smallint"}


class C:
    def __init__(s, sql):
        s.sql = sql
        s.ts = toks(sql)
        s.i = 0

    def peek(s, k=0):
        return s.ts[s.i + k] if s.i + k < len(s.ts) else T("", "", len(s.sql), len(s.sql))

    def at(s, *ws):
        return all(s.peek(k).up == w for k, w in enumerate(ws))

    def take(s, *ws):
        if s.at(*ws):
            s.i += len(ws)
            return True
        return False

    def need(s, *ws):
        if not s.take(*ws):
            raise Bad(f"expected {' '.join(ws)}")

    def next(s):
        t = s.peek()
        if not t.kind:
            raise Bad("unexpected end")
        s.i += 1
        return t

    def end(s):
        return s.i >= len(s.ts)

    def ident(s):
        t = s.next()
        if t.kind == "w":
            return t.text.lower()
        if t.kind == "q":
            return t.text
        raise Bad("expected a name")

    def name(s):
        a = s.ident()
        if s.take("."):
            return Name(s.ident(), a)
        return Name(a)

    def cols(s):
        s.need("(")
        r = [s.ident()]
        while s.take(","):
            r.append(s.ident())
        s.need(")")
        return tuple(r)

    def paren(s):
        s.need("(")
        st = s.peek().start
        d = 1
        while d:
            t = s.next()
            if t.text == "(" and t.kind == "p":
                d += 1
            if t.text == ")" and t.kind == "p":
                d -= 1
        return s.sql[st : t.start].strip()

    def until(s, stops):
        st = s.peek().start
        d = 0
        e = st
        while not s.end():
            t = s.peek()
            if d == 0 and (t.up in stops) and t.kind in "wp":
                break
            if t.kind == "p" and t.text in "([":
                d += 1
            if t.kind == "p" and t.text in ")]":
                if d == 0:
                    break
                d -= 1
            s.i += 1
            e = t.end
        return s.sql[st:e].strip()

    def exists(s):
        return s.take("IF", "EXISTS")

    def notexists(s):
        return s.take("IF", "NOT", "EXISTS")

    def type(s):
        t = s.peek()
        schema = None
        n = s.ident()
        if s.take("."):
            schema, n = n, s.ident()
        up = n.upper() if t.kind == "w" else ""
        gen = None
        if up in _S:
            gen = Generation.SERIAL
            n = _S[up]
        elif up == "DOUBLE" and s.take("PRECISION"):
            n = "double precision"
        elif up in ("CHARACTER", "CHAR") and s.take("VARYING"):
            n = "character varying"
        elif up == "CHARACTER":
            n = "character"
        elif up == "BIT" and s.take("VARYING"):
            n = "bit varying"
        elif up in _T:
            n = _T[up]
        args = ()
        if s.at("("):
            args = tuple(x.strip() for x in s.paren().split(","))
        if up in ("TIMESTAMP", "TIME"):
            tz = " without time zone"
            if s.take("WITH", "TIME", "ZONE"):
                tz = " with time zone"
            else:
                s.take("WITHOUT", "TIME", "ZONE")
            n = up.lower() + tz
        d = 0
        while s.at("["):
            s.next()
            while not s.take("]"):
                s.next()
            d += 1
        if s.take("ARRAY"):
            d += 1
        return Type(n, args, d, schema), gen

    def coldef(s, table):
        n = s.ident()
        ty, gen = s.type()
        c = Column(n, ty, nullable=Answer.NO if gen else Answer.YES, generation=gen)
        cons = []
        while True:
            cn = ""
            if s.take("CONSTRAINT"):
                cn = s.ident()
            if s.take("NOT", "NULL"):
                c = replace(c, nullable=Answer.NO)
            elif s.take("NULL"):
                pass
            elif s.take("DEFAULT"):
                c = replace(
                    c,
                    default=read_expression(
                        s.until(
                            {
                                "NOT",
                                "NULL",
                                "CONSTRAINT",
                                "CHECK",
                                "UNIQUE",
                                "PRIMARY",
                                "REFERENCES",
                                "GENERATED",
                                "COLLATE",
                                ",",
                            }
                        )
                    )
                    if not s.at("NULL")
                    else (s.next(), Expression("NULL", Volatility.CONSTANT, is_null_constant=True))[1],
                )
            elif s.take("COLLATE"):
                st = s.peek().start
                s.name()
                c = replace(c, collation=s.sql[st : s.ts[s.i - 1].end])
            elif s.take("GENERATED"):
                if s.take("BY", "DEFAULT", "AS", "IDENTITY"):
                    g = Generation.IDENTITY_BY_DEFAULT
                else:
                    s.need("ALWAYS")
                    s.need("AS")
                    g = Generation.IDENTITY_ALWAYS if s.take("IDENTITY") else None
                tx = s.paren() if s.at("(") else ""
                if g is None:
                    g = Generation.STORED if s.take("STORED") else Generation.VIRTUAL
                    s.take("VIRTUAL")
                c = replace(
                    c, generation=g, generation_text=tx, nullable=Answer.NO if "IDENT" in g.name else c.nullable
                )
            elif s.take("PRIMARY", "KEY"):
                cons.append(PrimaryKey(cn, (n,)))
                c = replace(c, nullable=Answer.NO)
            elif s.take("UNIQUE"):
                cons.append(Unique(cn, (n,)))
            elif s.take("CHECK"):
                cons.append(Check(cn, read_expression(s.paren())))
            elif s.take("REFERENCES"):
                cons.append(s.refs(cn, (n,)))
            else:
                if cn:
                    raise Bad("constraint")
                return c, tuple(cons)

    def refs(s, cn, cols):
        t = s.name()
        rc = s.cols() if s.at("(") else ()
        st = s.peek().start
        e = st
        while (
            s.peek().up in ("ON", "MATCH", "DEFERRABLE", "INITIALLY", "NOT")
            and not s.at("NOT", "VALID")
            and not s.at("NOT", "NULL")
        ):
            w = s.next()
            if w.up == "ON":
                s.next()
                x = s.next()
                (x.up in ("SET", "NO")) and s.next()
            elif w.up in ("MATCH", "INITIALLY", "NOT"):
                s.next()
            e = s.ts[s.i - 1].end
        return ForeignKey(cn, cols, t, rc, s.sql[st:e].strip())

    def defer(s):
        st = s.peek().start
        e = st
        while s.peek().up in ("DEFERRABLE", "INITIALLY") or s.at("NOT", "DEFERRABLE"):
            w = s.next()
            if w.up in ("INITIALLY", "NOT"):
                s.next()
            e = s.ts[s.i - 1].end
        return s.sql[st:e].strip()

    def tablecon(s):
        cn = s.ident() if s.take("CONSTRAINT") else ""
        if s.take("PRIMARY", "KEY"):
            if s.take("USING", "INDEX"):
                return PrimaryKey(cn, (), index=s.ident(), deferrable=s.defer())
            c = s.cols()
            inc = s.cols() if s.take("INCLUDE") else ()
            return PrimaryKey(cn, c, inc, s.defer())
        if s.take("UNIQUE"):
            if s.take("USING", "INDEX"):
                return Unique(cn, (), index=s.ident(), deferrable=s.defer())
            nd = not s.take("NULLS", "NOT", "DISTINCT")
            s.take("NULLS", "DISTINCT")
            c = s.cols()
            inc = s.cols() if s.take("INCLUDE") else ()
            return Unique(cn, c, inc, nd, s.defer())
        if s.take("CHECK"):
            e = read_expression(s.paren())
            return Check(cn, e, no_inherit=s.take("NO", "INHERIT"))
        if s.take("FOREIGN", "KEY"):
            c = s.cols()
            s.need("REFERENCES")
            return s.refs(cn, c)
        if s.take("NOT", "NULL"):
            return NotNullConstraint(cn, s.ident())
        if s.at("EXCLUDE"):
            st = s.peek().start
            tx = s.until({","})
            return Exclusion(cn, tx)
        raise Bad("constraint")


_CON = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE"}
_STABLE = {
    "now",
    "current_timestamp",
    "timezone",
    "localtimestamp",
    "transaction_timestamp",
    "statement_timestamp",
    "to_char",
    "date_trunc",
    "current_setting",
}
_VOL = {
    "random",
    "clock_timestamp",
    "gen_random_uuid",
    "uuid_generate_v4",
    "uuid_generate_v1",
    "nextval",
    "uuidv7",
    "uuidv4",
    "timeofday",
}
_IMM = {
    "lower",
    "upper",
    "md5",
    "coalesce",
    "length",
    "concat",
    "nullif",
    "greatest",
    "least",
    "abs",
    "round",
    "array",
    "trim",
    "btrim",
    "substr",
    "substring",
    "replace",
    "split_part",
    "cast",
    "row",
}
_KW = {
    "AND",
    "OR",
    "NOT",
    "IS",
    "NULL",
    "IN",
    "TRUE",
    "FALSE",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "LIKE",
    "ILIKE",
    "BETWEEN",
    "EXISTS",
    "SELECT",
    "FROM",
    "WHERE",
    "AS",
    "CURRENT_TIMESTAMP",
    "CURRENT_DATE",
    "CURRENT_USER",
    "INTERVAL",
    "DISTINCT",
    "ANY",
    "ALL",
    "CAST",
    "COLLATE",
    "LIMIT",
    "ORDER",
    "BY",
    "ASC",
    "DESC",
    "AT",
    "TIME",
    "ZONE",
    "DATE",
    "TIMESTAMP",
    "DOUBLE",
    "PRECISION",
    "VARYING",
    "CHARACTER",
}


def read_expression(text):
    try:
        ts = toks(text)
    except Bad:
        return Expression(text)
    vol = Volatility.CONSTANT
    cols = set()
    order = [Volatility.CONSTANT, Volatility.STABLE, Volatility.UNKNOWN, Volatility.VOLATILE]

    def up(v):
        nonlocal vol
        vol = max(vol, v, key=order.index)

    for i, t in enumerate(ts):
        nxt = ts[i + 1] if i + 1 < len(ts) else None
        prv = ts[i - 1] if i else None
        if t.kind not in "wq":
            continue
        if prv and prv.text == "::":
            continue
        w = t.text.lower() if t.kind == "w" else t.text
        if (
            nxt
            and nxt.text == "("
            and nxt.kind == "p"
            and t.up not in ("IN", "AND", "OR", "NOT", "ANY", "ALL", "EXISTS", "WHEN", "THEN", "ELSE", "SELECT")
        ):
            up(
                Volatility.STABLE
                if w in _STABLE
                else Volatility.VOLATILE
                if w in _VOL
                else Volatility.CONSTANT
                if w in _IMM or t.up in ("VARCHAR", "NUMERIC")
                else Volatility.UNKNOWN
            )
            continue
        if t.kind == "w" and t.up in ("CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_USER"):
            up(Volatility.STABLE)
        if t.kind == "w" and (t.up in _KW):
            continue
        if nxt and nxt.text == ".":
            continue
        cols.add(w)
    nn = set()
    i = 0
    d = 0
    start = 0
    parts = []
    if not any(t.up == "OR" for t in ts):
        j = 0
        for k, t in enumerate(ts):
            if t.text == "(":
                d += 1
            if t.text == ")":
                d -= 1
            if d == 0 and t.up == "AND":
                parts.append(ts[j:k])
                j = k + 1
        parts.append(ts[j:])
        for p in parts:
            while len(p) > 2 and p[0].text == "(" and p[-1].text == ")":
                p = p[1:-1]
            if len(p) == 4 and [x.up for x in p[1:]] == ["IS", "NOT", "NULL"]:
                nn.add(p[0].text.lower() if p[0].kind == "w" else p[0].text)
    return Expression(text, vol, frozenset(cols), frozenset(nn), text.strip().upper() == "NULL")


def parse_name(text):
    return C(text).name()


def read(sql):
    sql = sql.strip()
    own = sync.recognise(sql, parse_name)
    if own is not None:
        return (own,)
    try:
        c = C(sql)
        if not c.ts:
            return ()
        r = stmt(c)
        if not c.end():
            raise Bad(f"trailing text at {c.peek().text!r}")
        return tuple(r)
    except Bad as e:
        return (o.Unreadable(sql, f"this is not read yet ({e})"),)


def rest(c):
    c.i = len(c.ts)
    return c.sql


def stmt(c):
    w = c.peek().up
    if w == "ALTER":
        return alter(c)
    if w == "CREATE":
        return create(c)
    if w == "DROP":
        return drop(c)
    if w in ("SELECT", "VALUES", "SHOW", "EXPLAIN", "TABLE"):
        tx = rest(c)
        m = re.match(
            r"(?is)select\s+(?:pg_catalog\.)?set_config\(\s*'([\w.]+)'\s*,\s*'([^']*)'\s*,\s*(\w+)\s*\)\s*$", tx
        )
        if m:
            return [o.SetParameter(m[1].lower(), m[2], m[3].lower() == "true")]
        return [o.Query(tabs(tx), tx)]
    if w == "WITH":
        return withq(c)
    if w == "INSERT":
        c.next()
        c.need("INTO")
        t = c.name()
        cols = c.cols() if c.at("(") and c.peek(1).up != "SELECT" else ()
        sel = c.at("SELECT") or c.at("WITH") or c.at("(")
        tx = rest(c)
        return [o.Insert(t, cols, tx, sel)]
    if w == "UPDATE":
        return [update(c)]
    if w == "DELETE":
        c.next()
        c.need("FROM")
        c.take("ONLY")
        t = c.name()
        wh = None
        c.until({"WHERE"})
        if c.take("WHERE"):
            wh = read_expression(c.until({"RETURNING"}))
        return [o.Delete(t, wh, rest(c))]
    if w == "TRUNCATE":
        c.next()
        c.take("TABLE")
        c.take("ONLY")
        ns = [c.name()]
        while c.take(","):
            ns.append(c.name())
        c.take("RESTART", "IDENTITY")
        c.take("CONTINUE", "IDENTITY")
        ca = c.take("CASCADE")
        c.take("RESTRICT")
        return [o.Truncate(tuple(ns), ca)]
    if w in ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "START", "END", "ABORT", "RELEASE"):
        return [o.TransactionControl(w, rest(c))]
    if w in ("SET", "RESET"):
        c.next()
        loc = c.take("LOCAL")
        c.take("SESSION")
        n = c.ident()
        while c.take("."):
            n += "." + c.ident()
        if w == "RESET":
            return [o.SetParameter(n, None)]
        if n == "time" and c.take("ZONE"):
            n = "timezone"
        else:
            (c.take("=") or c.need("TO"))
        st = c.peek()
        v = c.sql[st.start :].strip().rstrip(";")
        rest(c)
        v = v if "," in v else v.strip("'")
        return [o.SetParameter(n, None if v.upper() == "DEFAULT" else v, loc)]
    if w == "LOCK":
        c.next()
        c.take("TABLE")
        ns = [c.name()]
        while c.take(","):
            ns.append(c.name())
        mode = "ACCESS EXCLUSIVE"
        if c.take("IN"):
            mode = c.until({"MODE"}).upper()
            c.need("MODE")
        return [o.LockTable(tuple(ns), mode, c.take("NOWAIT"))]
    if w in ("COMMENT",):
        c.next()
        c.need("ON")
        k = c.next().up
        n = c.name()
        t = n if k == "TABLE" else Name(n.schema) if k == "COLUMN" and n.schema else None
        return [o.AlterObject("COMMENT", n, rest(c), t)]
    if w in ("GRANT", "REVOKE"):
        return [o.AlterObject(w, Name(""), rest(c))]
    raise Bad(f"{w or c.peek().text} statement")


def tabs(tx):
    return tuple(
        dict.fromkeys(
            parse_name(m)
            for m in re.findall(r'(?i)\b(?:from|join)\s+((?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?)', tx)
            if m.upper() not in ("SELECT", "LATERAL")
        )
    )


def update(c):
    tx = c.sql
    start = c.i
    c.next()
    c.take("ONLY")
    t = c.name()
    simple = True
    if not c.at("SET"):
        simple = False
        c.take("AS")
        c.ident()
    c.need("SET")
    a = []
    while True:
        if c.at("("):
            simple = False
            c.until({"WHERE", "FROM", "RETURNING"})
            break
        n = c.ident()
        c.need("=")
        a.append((n, read_expression(c.until({",", "WHERE", "FROM", "RETURNING"}))))
        if not c.take(","):
            break
    wh = None
    if c.take("FROM"):
        simple = False
        c.until({"WHERE", "RETURNING"})
    if c.take("WHERE"):
        wh = read_expression(c.until({"RETURNING"}))
    if c.take("RETURNING"):
        simple = False
        c.until(set())
    return o.Update(t, tuple(a), wh, "" if simple else tx[c.ts[start].start : c.ts[c.i - 1].end])


def withq(c):
    ops = []
    c.next()
    c.take("RECURSIVE")
    while True:
        c.ident()
        c.at("(") and c.cols()
        c.need("AS")
        c.take("MATERIALIZED")
        c.take("NOT", "MATERIALIZED")
        body = c.paren()
        for op in read(body):
            if isinstance(op, o.Unreadable):
                raise Bad(op.reason)
            if not isinstance(op, o.Query):
                ops.append(op)
        if not c.take(","):
            break
    main = c.sql[c.peek().start :]
    rest(c)
    for op in read(main):
        if isinstance(op, o.Unreadable):
            raise Bad(op.reason)
        if not isinstance(op, o.Query):
            ops.append(op)
    return ops or [o.Query(tabs(c.sql), c.sql)]


def alter(c):
    c.next()
    w = c.next().up
    if w == "TABLE":
        ie = c.exists()
        c.take("ONLY")
        t = c.name()
        if c.take("RENAME"):
            if c.take("TO"):
                return [o.RenameTable(t, c.ident(), ie)]
            if c.take("CONSTRAINT"):
                a = c.ident()
                c.need("TO")
                return [o.RenameConstraint(t, a, c.ident())]
            c.take("COLUMN")
            a = c.ident()
            c.need("TO")
            return [o.RenameColumn(t, a, c.ident())]
        if c.take("SET", "SCHEMA"):
            return [o.MoveTable(t, c.ident(), ie)]
        r = [action(c, t)]
        while c.take(","):
            r.append(action(c, t))
        return r
    if w == "INDEX":
        ie = c.exists()
        n = c.name()
        c.need("RENAME", "TO")
        return [o.RenameIndex(n, c.ident(), ie)]
    if w == "TYPE":
        n = c.name()
        if c.take("ADD", "VALUE"):
            ie = c.notexists()
            v = c.next().text
            nb = None
            b = False
            if c.at("BEFORE") or c.at("AFTER"):
                b = c.next().up == "BEFORE"
                nb = c.next().text
            return [o.AddEnumValue(n, v, ie, nb, b)]
        if c.take("RENAME", "VALUE"):
            v = c.next().text
            c.need("TO")
            return [o.RenameEnumValue(n, v, c.next().text)]
        if c.take("RENAME", "TO"):
            return [o.RenameType(n, c.ident())]
    if w == "SEQUENCE":
        c.exists()
        n = c.name()
        return [o.AlterObject("SEQUENCE", n, rest(c))]
    raise Bad(f"ALTER {w}")


def action(c, t):
    if c.take("ADD"):
        if c.peek().up in _CON or c.at("NOT", "NULL"):
            k = c.tablecon()
            if c.take("NOT", "VALID"):
                k = replace(k, valid=False)
            cls = {
                Check: o.AddCheck,
                NotNullConstraint: o.AddNotNull,
                Unique: o.AddUnique,
                PrimaryKey: o.AddPrimaryKey,
                ForeignKey: o.AddForeignKey,
                Exclusion: o.AddExclusion,
            }[type(k)]
            return cls(t, k)
        c.take("COLUMN")
        ie = c.notexists()
        col, cons = c.coldef(t)
        return o.AddColumn(t, col, cons, ie)
    if c.take("DROP"):
        if c.take("CONSTRAINT"):
            ie = c.exists()
            n = c.ident()
            ca = c.take("CASCADE")
            c.take("RESTRICT")
            return o.DropConstraint(t, n, ie, ca)
        c.take("COLUMN")
        ie = c.exists()
        n = c.ident()
        ca = c.take("CASCADE")
        c.take("RESTRICT")
        return o.DropColumn(t, n, ie, ca)
    if c.take("VALIDATE", "CONSTRAINT"):
        return o.ValidateConstraint(t, c.ident())
    if c.take("ALTER"):
        c.take("COLUMN")
        n = c.ident()
        if c.take("SET", "NOT", "NULL"):
            return o.SetNotNull(t, n)
        if c.take("DROP", "NOT", "NULL"):
            return o.DropNotNull(t, n)
        if c.take("DROP", "DEFAULT"):
            return o.DropDefault(t, n)
        if c.take("SET", "DEFAULT"):
            return o.SetDefault(t, n, read_expression(c.until({","})))
        if c.take("DROP", "IDENTITY"):
            return o.DropIdentity(t, n, c.exists())
        if c.take("ADD", "GENERATED"):
            g = Generation.IDENTITY_BY_DEFAULT if c.take("BY", "DEFAULT") else Generation.IDENTITY_ALWAYS
            c.take("ALWAYS")
            c.need("AS", "IDENTITY")
            return o.AddIdentity(t, n, g, c.paren() if c.at("(") else "")
        if c.take("SET", "DATA", "TYPE") or c.take("TYPE"):
            ty, _ = c.type()
            co = None
            us = None
            if c.take("COLLATE"):
                st = c.peek().start
                c.name()
                co = c.sql[st : c.ts[c.i - 1].end]
            if c.take("USING"):
                us = read_expression(c.until({","}))
            return o.ChangeType(t, n, ty, us, co)
        if c.at("SET", "GENERATED") or c.at("RESTART") or c.at("SET", "START"):
            return o.ChangeIdentity(t, n, c.until({","}))
    if c.take("OWNER", "TO"):
        c.ident()
        return o.AlterObject("OWNER", t, c.sql, t)
    raise Bad(f"ALTER TABLE … {c.peek().text}")


def create(c):
    c.next()
    orr = c.take("OR", "REPLACE")
    un = c.take("UNIQUE")
    temp = c.take("TEMPORARY") or c.take("TEMP")
    unl = c.take("UNLOGGED")
    mat = c.take("MATERIALIZED")
    con = c.take("CONSTRAINT")
    w = c.next().up
    if w == "TABLE":
        ie = c.notexists()
        t = c.name()
        cols = []
        cons = []
        if c.take("PARTITION", "OF"):
            p = c.name()
            return [o.CreateTable(t, if_not_exists=ie, partition_of=p, text=rest(c))]
        if not c.at("("):
            return [o.CreateTable(t, if_not_exists=ie, temporary=temp, text=rest(c))]
        c.need("(")
        while not c.at(")"):
            if c.peek().up in _CON:
                cons.append(c.tablecon())
            elif c.at("LIKE"):
                c.until({","})
            else:
                x, k = c.coldef(t)
                cols.append(x)
                cons += k
            if not c.take(","):
                break
        c.need(")")
        pk = {x for k in cons if isinstance(k, PrimaryKey) for x in k.columns}
        cols = [replace(x, nullable=Answer.NO) if x.name in pk else x for x in cols]
        part = c.at("PARTITION", "BY")
        extra = not c.end()
        rest(c)
        return [
            o.CreateTable(
                t, tuple(cols), tuple(cons), ie, temp, unl, part, None, c.sql if extra or temp or unl or ie else ""
            )
        ]
    if w == "INDEX":
        co = c.take("CONCURRENTLY")
        ie = c.notexists()
        n = "" if c.at("ON") else c.ident()
        c.need("ON")
        on = c.take("ONLY")
        t = c.name()
        me = "btree"
        if c.take("USING"):
            me = c.ident()
        body = c.paren()
        els = []
        d = 0
        cur = ""
        for ch in body:
            if ch == "(":
                d += 1
            if ch == ")":
                d -= 1
            if ch == "," and d == 0:
                els.append(cur.strip())
                cur = ""
            else:
                cur += ch
        els.append(cur.strip())
        cl = []
        for e in els:
            z = toks(e)
            if z and z[0].kind in "wq" and not (len(z) > 1 and z[1].text == "("):
                cl.append(z[0].text.lower() if z[0].kind == "w" else z[0].text)
        els = [cl[0] if False else e for e in els]
        inc = c.cols() if c.take("INCLUDE") else ()
        nd = not c.take("NULLS", "NOT", "DISTINCT")
        opt = ""
        if c.at("WITH"):
            st = c.peek().start
            c.next()
            c.paren()
            opt = c.sql[st : c.ts[c.i - 1].end]
        wh = read_expression(c.until(set())) if c.take("WHERE") else None
        return [o.CreateIndex(t, Index(n, tuple(els), tuple(cl), un, me, inc, wh, nd, opt), co, ie, on)]
    if w == "TYPE":
        n = c.name()
        c.need("AS", "ENUM", "(")
        ls = []
        while not c.take(")"):
            ls.append(c.next().text)
            c.take(",")
        return [o.CreateEnum(EnumType(n, tuple(ls)))]
    if w == "TRIGGER":
        n = c.ident()
        c.until({"ON"})
        c.need("ON")
        t = c.name()
        tx = rest(c)
        m = re.match(r"zzz_safemigrate_", n)
        if m:
            f = re.search(r"(?i)EXECUTE FUNCTION (.+?)\(\)\s*$", tx)
            for col in [n.removeprefix(f"zzz_safemigrate_{t.name}_")]:
                k = sync.CreateSyncTrigger(t, col)
                if " ".join(k.sql().split()) == " ".join(tx.split()):
                    return [k]
        return [o.CreateObject("TRIGGER", Name(n), tx, orr, table=t)]
    if w in ("SCHEMA", "EXTENSION", "SEQUENCE", "VIEW", "FUNCTION", "PROCEDURE", "POLICY"):
        ie = c.notexists()
        n = c.name()
        return [o.CreateObject(("MATERIALIZED " if mat else "") + w, n, rest(c), orr, ie)]
    raise Bad(f"CREATE {w}")


def drop(c):
    c.next()
    w = c.next().up
    if w == "MATERIALIZED":
        c.need("VIEW")
        w = "MATERIALIZED VIEW"
    co = w == "INDEX" and c.take("CONCURRENTLY")
    ie = c.exists()
    r = []
    while True:
        n = c.name()
        sig = ""
        if w in ("FUNCTION", "PROCEDURE") and c.at("("):
            sig = "(" + c.paren() + ")"
        t = None
        if w in ("TRIGGER", "POLICY", "RULE"):
            c.need("ON")
            t = c.name()
        r.append((n, sig, t))
        if not c.take(","):
            break
    ca = c.take("CASCADE")
    c.take("RESTRICT")
    if w == "TABLE":
        return [o.DropTable(n, ie, ca) for n, _, _ in r]
    if w == "INDEX":
        return [o.DropIndex(n, co, ie, ca) for n, _, _ in r]
    if w in (
        "TYPE",
        "DOMAIN",
        "SCHEMA",
        "SEQUENCE",
        "VIEW",
        "MATERIALIZED VIEW",
        "FUNCTION",
        "PROCEDURE",
        "TRIGGER",
        "POLICY",
        "EXTENSION",
        "RULE",
    ):
        return [o.DropObject(w, n, ie, ca, sig, t) for n, sig, t in r]
    raise Bad(f"DROP {w}")
