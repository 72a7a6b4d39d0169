"""Views that come back with columns less, and are otherwise the same."""

from __future__ import annotations

import pytest

from safemigrate.sql import selects_less

REST = "FROM t JOIN u USING (id) WHERE a > 'A'"


@pytest.mark.parametrize("columns", ["a, lower(b) AS b, c", "LOWER(b) AS b,\n  c", "lower(b) AS b"])
@pytest.mark.parametrize("create", ["CREATE VIEW", "CREATE OR REPLACE VIEW"])
def test_a_view_with_columns_less(create: str, columns: str) -> None:
    view = f"CREATE VIEW v AS SELECT lower(b) AS b, c, a, d AS e {REST}"
    assert selects_less(view, f"{create} v AS SELECT {columns} {REST}")


@pytest.mark.parametrize(
    ("view", "other"),
    [
        pytest.param(f"v AS SELECT a, b {REST}", f"v AS SELECT b, a {REST}", id="nothing less"),
        pytest.param(f"v AS SELECT lower(a) AS a, b {REST}", f"v AS SELECT a {REST}", id="another expression"),
        pytest.param(f"v AS SELECT a, b {REST}", f"v AS SELECT b AS a {REST}", id="another column"),
        pytest.param(f"v AS SELECT a, b {REST}", f"v AS SELECT a, c {REST}", id="a column more"),
        pytest.param(f"v AS SELECT a, b {REST}", f"v AS SELECT a {REST.lower()}", id="another condition"),
        pytest.param("v AS SELECT a, b FROM t JOIN u USING (id)", "v AS SELECT a FROM t", id="a join less"),
        pytest.param("v AS SELECT a, unnest(b) AS b FROM t", "v AS SELECT a FROM t", id="a function of rows"),
        pytest.param("v AS SELECT count(*) AS a, max(b) AS b FROM t", "v AS SELECT max(b) AS b FROM t", id="a total"),
        pytest.param("v AS SELECT DISTINCT a, b FROM t", "v AS SELECT DISTINCT a FROM t", id="a DISTINCT"),
        pytest.param("v AS SELECT a, b FROM t ORDER BY 1", "v AS SELECT b FROM t ORDER BY 1", id="an order"),
        pytest.param("v AS SELECT * FROM t", "v AS SELECT a FROM t", id="a star"),
        pytest.param("v (x, y) AS SELECT a, b FROM t", "v (y) AS SELECT b FROM t", id="a list of names"),
        pytest.param("v AS SELECT a, b FROM t", "v WITH (security_barrier) AS SELECT a FROM t", id="an option"),
        pytest.param("v AS SELECT a, b FROM t", "v AS SELECT a FROM t UNION SELECT 1", id="a union"),
    ],
)
def test_a_view_that_is_otherwise_another(view: str, other: str) -> None:
    assert not selects_less(f"CREATE VIEW {view}", f"CREATE VIEW {other}")
