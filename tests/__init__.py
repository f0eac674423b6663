"""The tests: ``unit`` mirrors ``orchestration``; ``support`` holds what several of them need."""
