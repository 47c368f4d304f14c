"""Tests: rules, actions (on both databases), pages, browser, stories, races, faults, migrations, house, golden."""
