"""Ground floor: guards, forms, errors, menu, language."""
