"""The pages and the few actions of the chat that go by HTTP. Turns go by the socket."""
