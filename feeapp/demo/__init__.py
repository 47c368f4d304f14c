"""The demo community: Xihuayuan with its office, loaded by the actions that the pages use. Its people are invented."""
