"""What evidence is good for: which model to take, which format to prefer, what is supported.

These read the files of evidence and nothing else; equal evidence gives equal bytes.
"""
