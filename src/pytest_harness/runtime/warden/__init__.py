"""The warden: a program that runs one process tree at a time and leaves nothing of it alive.

It is run as a program of its own (``python -I -S warden/__main__.py FD OWNER``), never imported by
the package: it needs the standard library alone, so that it starts fast and nothing that a user
installs can change it. It is a child subreaper: whatever a job starts, in sessions of its own or by
forking twice, becomes a child of the warden once its parent is gone. A job has therefore ended when
the warden has no child left.

Both directions speak lines of JSON. The owner says ``start``, with three descriptors beside it,
``end``, and ``leave`` before it lets the warden go. The warden says ``failed``, or ``exited`` as
soon as the main process has gone and ``done`` when everything else has gone too. When its owner
dies, the warden kills all that is left, removes the job's private directories, and exits.
"""
