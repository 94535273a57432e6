"""The embedded model: a small language model beside the web process, from file to answer.

A supervisor (``manage.py local_model``) fetches the weights, runs the model in a process
of its own and tells in a status file how it stands. Nothing here is imported by the web
process; it reads that file.
"""
