"""The market store: Parquet below one folder or object address, see `MarketStore`."""

from screen.market.store.compaction import PruneReport
from screen.market.store.errors import StoreBusyError
from screen.market.store.market import MarketStore
from screen.market.store.shelf import StoreFault
from screen.market.store.tables import STORE_CHECK, STORE_STATUS

__all__ = ["STORE_CHECK", "STORE_STATUS", "MarketStore", "PruneReport", "StoreBusyError", "StoreFault"]
