"""What the shop does, one function an operation, each over a session whose caller commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Engine, create_engine, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload, selectinload

from shop import SHOP_REVISION, VERSION
from shop.models import Address, Customer, Invoice, Order, OrderItem, OrderStatus, Payment, Product, Stock

HOME_CURRENCY = "EUR"

# what an order may be placed in; the home market leaves its currency empty
CURRENCIES: tuple[str | None, ...] = (None, HOME_CURRENCY, "CHF", "GBP")


def connect(database_url: str) -> Engine:
    """An engine whose connections tell which version of the shop holds them."""
    url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(url, connect_args={"application_name": f"shop@{VERSION}/{SHOP_REVISION}"})


@dataclass(frozen=True)
class CustomerPage:
    """All that the page of one customer shows."""

    name: str
    cities: tuple[str, ...]
    orders: tuple[str, ...]


# -- customers


def register_customer(session: Session, *, email: str, name: str, city: str, postal_code: str) -> int:
    """The id of a new customer who lives in *city*."""
    customer = Customer(
        email=email,
        full_name=name,
        addresses=[Address(street="Am Markt 1", city=city, postal_code=postal_code)],
    )
    session.add(customer)
    session.flush()
    return customer.id


def change_customer_name(session: Session, customer_id: int, name: str) -> None:
    """Write *name* on the customer."""
    session.get_one(Customer, customer_id).full_name = name
    session.flush()


def move_customer(session: Session, customer_id: int, *, city: str, postal_code: str) -> None:
    """Send the customer's parcels to another city from now on."""
    session.execute(
        update(Address)
        .where(Address.customer_id == customer_id, Address.kind == "shipping")
        .values(city=city, postal_code=postal_code)
    )


def customer_name(session: Session, customer_id: int) -> str:
    """The customer's name as it stands."""
    return session.scalars(select(Customer.full_name).where(Customer.id == customer_id)).one()


def customer_page(session: Session, customer_id: int) -> CustomerPage:
    """The customer with every address and the orders, newest first."""
    customer = session.scalars(
        select(Customer)
        .where(Customer.id == customer_id)
        .options(
            selectinload(Customer.addresses),
            selectinload(Customer.orders).selectinload(Order.items).joinedload(OrderItem.product),
            selectinload(Customer.orders).joinedload(Order.invoice).selectinload(Invoice.payments),
        )
    ).one()
    return CustomerPage(
        name=customer.full_name,
        cities=tuple(address.city for address in customer.addresses),
        orders=tuple(_describe(order) for order in customer.orders),
    )


def customers_near(session: Session, postal_code: str) -> Sequence[tuple[int, str]]:
    """The first twenty customers of a postal code, by name."""
    rows = session.execute(
        select(Customer.id, Customer.full_name)
        .join(Customer.addresses)
        .where(Address.postal_code == postal_code, Customer.full_name != "")
        .order_by(Customer.full_name, Customer.id)
        .limit(20)
    )
    return [(row.id, row.full_name) for row in rows]


def sample_customers(session: Session, *, limit: int) -> Sequence[int]:
    """The ids of some customers, whoever they are."""
    return session.scalars(select(Customer.id).order_by(func.random()).limit(limit)).all()


def newest_customers(session: Session, *, limit: int) -> Sequence[int]:
    """The ids of those who registered last."""
    return session.scalars(select(Customer.id).order_by(Customer.id.desc()).limit(limit)).all()


# -- products and stock


def add_product(session: Session, *, sku: str, title: str, price: Decimal) -> int:
    """The id of a new product."""
    product = Product(sku=sku, title=title, price=price)
    session.add(product)
    session.flush()
    return product.id


def sample_products(session: Session, *, limit: int) -> Sequence[int]:
    """The ids of some products that are for sale."""
    for_sale = select(Product.id).where(Product.active)
    return session.scalars(for_sale.order_by(func.random()).limit(limit)).all()


def move_stock(session: Session, product_id: int, warehouse: str, quantity: int) -> int:
    """What lies in the warehouse once *quantity* was put in, or taken out if it is negative."""
    statement = insert(Stock).values(product_id=product_id, warehouse=warehouse, on_hand=quantity)
    return session.scalars(
        statement.on_conflict_do_update(
            index_elements=[Stock.product_id, Stock.warehouse],
            set_={"on_hand": Stock.on_hand + statement.excluded.on_hand, "updated_at": func.now()},
        ).returning(Stock.on_hand)
    ).one()


# -- orders


def place_order(
    session: Session,
    customer_id: int,
    *,
    quantities: Mapping[int, int],
    warehouse: str,
    currency: str | None,
    note: str | None = None,
) -> int:
    """The id of a new order of *quantities* (product id to how many), taken out of the warehouse."""
    products = session.scalars(select(Product).where(Product.id.in_(quantities)).order_by(Product.id)).all()
    order = Order(
        customer_id=customer_id,
        warehouse=warehouse,
        currency=currency,
        note=note,
        total=sum((product.price * quantities[product.id] for product in products), Decimal(0)),
        items=[
            OrderItem(product=product, quantity=quantities[product.id], unit_price=product.price)
            for product in products
        ],
    )
    session.add(order)
    session.flush()
    # in the order of the ids: two orders of the same products must not wait for each other
    for product in products:
        move_stock(session, product.id, warehouse, -quantities[product.id])
    return order.id


def cancel_order(session: Session, order_id: int) -> None:
    """Forget an order that has no invoice yet and put its products back."""
    order = session.get_one(Order, order_id, options=[selectinload(Order.items)])
    for item in sorted(order.items, key=lambda item: item.product_id):
        move_stock(session, item.product_id, order.warehouse, item.quantity)
    session.delete(order)
    session.flush()


def order_currency(session: Session, order_id: int) -> str:
    """The currency that the order is to be paid in."""
    return session.get_one(Order, order_id).currency or HOME_CURRENCY


def list_orders(session: Session, *, status: str, limit: int = 25) -> Sequence[str]:
    """The orders in a status, newest first, one line each, for the people who pack them."""
    orders = session.scalars(
        select(Order)
        .where(Order.status == OrderStatus(status))
        .options(joinedload(Order.customer))
        .order_by(Order.id.desc())
        .limit(limit)
    )
    return [f"{order.customer.full_name}: {_describe(order)}" for order in orders]


def turnover(session: Session, customer_ids: Sequence[int]) -> Mapping[str, Decimal]:
    """What these customers ordered, by currency."""
    currency = func.coalesce(Order.currency, HOME_CURRENCY)
    rows = session.execute(
        select(currency, func.sum(Order.total)).where(Order.customer_id.in_(customer_ids)).group_by(currency)
    )
    return {row[0]: row[1] for row in rows}


def _describe(order: Order) -> str:
    return f"{order.total} {order.currency or HOME_CURRENCY}, {order.status.value}"


# -- billing


def send_invoice(session: Session, order_id: int) -> int:
    """The id of the invoice for an order that had none."""
    order = session.get_one(Order, order_id)
    order.status = OrderStatus.INVOICED
    invoice = Invoice(order=order, amount=order.total, legacy_number=f"R-{order.placed_at:%y}-{order.id:07}")
    session.add(invoice)
    session.flush()
    return invoice.id


def receive_payment(session: Session, invoice_id: int, *, method: str) -> int | None:
    """The id of the order if it is paid, now that another half of its invoice came in."""
    invoice = session.get_one(Invoice, invoice_id, options=[joinedload(Invoice.order)])
    session.add(Payment(invoice=invoice, method=method, amount=invoice.amount / 2))
    session.flush()
    payments = select(func.sum(Payment.amount)).where(Payment.invoice_id == invoice_id)
    received = session.scalars(payments).one()
    if received < invoice.amount:
        return None
    invoice.order.status = OrderStatus.PAID
    session.flush()
    return invoice.order_id


def ship_paid_orders(session: Session, order_ids: Sequence[int]) -> int:
    """How many of these orders were paid and are now on their way."""
    return len(
        session.scalars(
            update(Order)
            .where(Order.id.in_(order_ids), Order.status == OrderStatus.PAID)
            .values(status=OrderStatus.SHIPPED)
            .returning(Order.id)
        ).all()
    )
