"""Test doubles: servers on loopback that answer by a script, or as the publishers do."""
