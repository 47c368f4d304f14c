"""Papers held in gold: the text of each PDF, page by page, against a stored copy. ``FEEAPP_UPDATE_GOLDEN=1`` renews."""
