"""The pipeline of the National CSAE Dataset."""

import os

# Before polars is imported: its allocator (jemalloc) keeps freed memory for ten seconds, in which a load frees a lot.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0")
