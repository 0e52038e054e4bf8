"""Taking on a source: from sample files that nobody described to a draft of its YAML.

`samples` unpacks, `sniffing` finds how a file is laid out (`delimited`, `fixed_width` with `field_lists`, `nesting`,
`trailers`), `splitting` takes apart rows of several kinds, `headers` and `profiles` say what a column is like and
`recognising` which of the dataset's it could be, `matching` decides. `survey` strings them together, `drafting` writes
it down, and `inventing` adds examples.
"""
