"""A source's YAML against a sample, before anything is loaded: what the night would say, and what it could not.

`headers` looks at the files' columns, `values` at what the mapping made of them, `rehearsal` runs the gate's own rules
in a warehouse that is thrown away, and `check` puts it together to a verdict.
"""
