"""Change of owner on a day (过户): seen before it is done, with what becomes of bills, debts and prepaid money."""
