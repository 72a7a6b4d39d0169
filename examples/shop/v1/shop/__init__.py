"""The shop, version 1."""

VERSION = "1"

# the migration this version was built for; it shows in pg_stat_activity next to the version
SHOP_REVISION = "c58e0d7714fa"
