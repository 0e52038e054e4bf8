"""The pipeline of the National CSAE Dataset."""

import os

# Before polars is imported: its allocator (jemalloc) keeps freed memory for ten seconds, in which a load frees a lot.
# To give it back at once costs a third more seconds, since the next part takes it again.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:1000,muzzy_decay_ms:1000")
