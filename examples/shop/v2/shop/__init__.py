"""The shop, version 2."""

VERSION = "2"

# the migration this version was built for; it shows in pg_stat_activity next to the version
SHOP_REVISION = "4d90b6ce8a13"
