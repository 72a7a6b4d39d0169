"""Fill an empty database of version 1 with customers, products, orders and invoices.

    python seed.py --database-url postgresql://… --customers 100000

The same numbers give the same rows, whatever the machine and the day.
Among the rows are those that migrations stumble over: orders without a currency, empty names and notes,
quotes, backslashes, letters of other alphabets, customers who never ordered.
"""

import argparse
import os
import sys
import time
from dataclasses import asdict, dataclass

from sqlalchemy import create_engine, text

# checking the foreign keys takes most of the time, and the rows below keep them; it needs a superuser
SKIP_FOREIGN_KEYS = """
SELECT set_config('session_replication_role', 'replica', true)
FROM pg_roles
WHERE rolname = current_user AND rolsuper
"""

# a name that holds something awkward goes to every twentieth customer
CUSTOMERS = """
INSERT INTO customers (id, email, full_name, phone, preferences, created_at)
SELECT n,
       'customer' || n || '@example.org',
       CASE WHEN n % 20 = 0
            THEN (ARRAY['', 'Seán O''Brien', 'Jean "Johnny" Dupont', '李小龍', 'back\\slash', '100% Söhne & Co.',
                        '  spaces around  ', E'two\\nlines', 'NULL', repeat('long ', 50)])[1 + n / 20 % 10]
            ELSE (ARRAY['Ada', 'Grace', 'Linus', 'Zoë', 'Barbara', 'Ken', 'Margaret'])[1 + n % 7] || ' '
                 || (ARRAY['Lovelace', 'Hopper', 'Åström', 'Liskov', 'Thompson', 'Hamilton'])[1 + n / 7 % 6]
       END,
       CASE WHEN n % 3 = 0 THEN '+49 30 ' || lpad((n % 1000000)::text, 6, '0') END,
       CASE WHEN n % 4 = 0 THEN jsonb_build_object('newsletter', n % 8 = 0) ELSE '{}' END,
       timestamptz '2022-01-01 00:00Z' + n * interval '1 minute'
FROM generate_series(1, :customers) AS n
"""

ADDRESSES = """
INSERT INTO addresses (id, customer_id, kind, street, city, postal_code, country)
SELECT n,
       n,
       CASE WHEN n % 9 = 0 THEN 'invoice' ELSE 'shipping' END,
       (ARRAY['Am Markt', 'Rue de l''Église', 'Hauptstraße', ''])[1 + n % 4] || ' ' || n % 200,
       (ARRAY['Berlin', 'Köln', 'Zürich', 'L''Aquila'])[1 + n % 4],
       (10000 + n % 2000)::text,
       (ARRAY['DE', 'DE', 'CH', 'IT'])[1 + n % 4]
FROM generate_series(1, :customers) AS n
"""

PRODUCTS = """
INSERT INTO products (id, sku, title, price, active, attributes)
SELECT n,
       'SKU-' || lpad(n::text, 6, '0'),
       'Thing no. ' || n,
       1 + n * 37 % 9900 / 100.0,
       n % 25 <> 0,
       CASE WHEN n % 2 = 0 THEN jsonb_build_object('colour', (ARRAY['red', 'blue', NULL])[1 + n % 3]) END
FROM generate_series(1, :products) AS n
"""

STOCK = """
INSERT INTO stock (id, product_id, warehouse, on_hand)
SELECT row_number() OVER (ORDER BY n, warehouse), n, warehouse, 100 + n % 50
FROM generate_series(1, :products) AS n, unnest(ARRAY['main', 'north']) AS warehouse
"""

# the first half comes from before the shop sold abroad; since then it is the home market's that are empty
ORDERS = """
INSERT INTO orders (id, customer_id, status, warehouse, currency, total, note, placed_at)
SELECT n,
       1 + n::bigint * 7919 % :customers,
       (ARRAY['new', 'invoiced', 'paid', 'shipped'])[1 + n % 4]::order_status,
       (ARRAY['main', 'north'])[1 + n % 2],
       CASE WHEN n > :orders / 2 THEN (ARRAY[NULL, 'EUR', 'CHF', 'GBP'])[1 + n % 7 % 4] END,
       (1 + n % 3) * one.price + (1 + (n + 1) % 3) * other.price,
       CASE n % 10 WHEN 0 THEN '' WHEN 1 THEN 'please don''t ring' END,
       timestamptz '2023-01-01 00:00Z' + n * interval '1 minute'
FROM generate_series(1, :orders) AS n
JOIN products AS one ON one.id = 1 + n % :products
JOIN products AS other ON other.id = 1 + (n + 1) % :products
"""

ORDER_ITEMS = """
INSERT INTO order_items (order_id, product_id, quantity, unit_price)
SELECT n, products.id, 1 + (n + line) % 3, products.price
FROM generate_series(1, :orders) AS n
CROSS JOIN generate_series(0, 1) AS line
JOIN products ON products.id = 1 + (n + line) % :products
"""

INVOICES = """
INSERT INTO billing.invoices (id, order_id, legacy_number, amount, issued_at)
SELECT row_number() OVER (ORDER BY id), id, 'R-23-' || lpad(id::text, 7, '0'), total, placed_at + interval '1 day'
FROM orders
WHERE status <> 'new'
"""

# in two halves, as the shop receives them
PAYMENTS = """
INSERT INTO billing.payments (id, invoice_id, method, amount, received_at)
SELECT row_number() OVER (ORDER BY invoices.id, half),
       invoices.id,
       (ARRAY['card', 'transfer'])[half],
       invoices.amount / 2,
       invoices.issued_at + half * interval '1 day'
FROM billing.invoices
JOIN orders ON orders.id = invoices.order_id
CROSS JOIN generate_series(1, 2) AS half
WHERE orders.status IN ('paid', 'shipped')
"""

# the rows above bring their ids; the next ones come from the sequences again
SEQUENCES = """
SELECT setval(pg_get_serial_sequence('customers', 'id'), (SELECT max(id) FROM customers)),
       setval(pg_get_serial_sequence('addresses', 'id'), (SELECT max(id) FROM addresses)),
       setval(pg_get_serial_sequence('products', 'id'), (SELECT max(id) FROM products)),
       setval(pg_get_serial_sequence('stock', 'id'), (SELECT max(id) FROM stock)),
       setval(pg_get_serial_sequence('orders', 'id'), (SELECT max(id) FROM orders)),
       setval(pg_get_serial_sequence('billing.invoices', 'id'), (SELECT max(id) FROM billing.invoices)),
       setval(pg_get_serial_sequence('billing.payments', 'id'), (SELECT max(id) FROM billing.payments))
"""

STATEMENTS = (
    SKIP_FOREIGN_KEYS,
    CUSTOMERS,
    ADDRESSES,
    PRODUCTS,
    STOCK,
    ORDERS,
    ORDER_ITEMS,
    INVOICES,
    PAYMENTS,
    SEQUENCES,
    "ANALYZE",
)


@dataclass(frozen=True)
class Size:
    """How many rows to make; the other tables follow from these."""

    customers: int = 1_000
    orders: int = 3_000
    products: int = 200


def seed(database_url: str, size: Size) -> None:
    """Fill the tables of version 1, all of them or none; they must be empty."""
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as connection:
        if connection.scalar(text("SELECT EXISTS (SELECT FROM customers)")):
            raise SystemExit("There are customers already; seed.py wants an empty database.")
        for statement in STATEMENTS:
            connection.execute(text(statement), asdict(size))
    engine.dispose()


def main() -> None:
    """Read the command line, fill the database, and say how long it took."""
    parser = argparse.ArgumentParser(description="Fill an empty database of version 1 of the shop.")
    parser.add_argument("--database-url", default=os.environ.get("SHOP_DATABASE_URL"))
    parser.add_argument("--customers", type=int, default=Size.customers)
    parser.add_argument("--orders", type=int, help="three for each customer unless said otherwise")
    parser.add_argument("--products", type=int, default=Size.products, help="at least two")
    arguments = parser.parse_args()
    if not arguments.database_url:
        parser.error("say which database: --database-url or SHOP_DATABASE_URL")

    orders = arguments.customers * 3 if arguments.orders is None else arguments.orders
    size = Size(arguments.customers, orders, arguments.products)
    began = time.perf_counter()
    seed(arguments.database_url, size)
    seconds = time.perf_counter() - began
    print(f"{size.customers} customers and {size.orders} orders in {seconds:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
