"""From a journal to a service: what is sent, what an answer means, what follows from it."""
