"""Taking on a source: from sample files that nobody described to a draft of its YAML.

`samples` unpacks, `sniffing` and `nesting` find how a file is laid out, `headers` and `values` say what a column looks
like, `matching` decides which of the dataset's columns it is, and `drafting` writes it down.
"""
