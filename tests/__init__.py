"""Tests: rules, actions (on both databases), pages, browser, stories, races, tools, house, golden."""
